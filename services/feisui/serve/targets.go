package serve

import "slices"

// Targets are what a server may run, each in a process of its own if need be. The
// services take the rows of their sheets; import takes workbooks, for all of
// them; act lets people act, in workflows across them; ledger gives figures; people
// signs in and grants; portal shows pages, of what the same process answers or, alone,
// another (Config.API); relay fills the bus. registry also says which day it is.
var Targets = []string{"registry", "admission", "task", "fund", "burden", "import", "act", "ledger", "people", "portal", "relay"}

// checkTargets refuses what is no target.
func checkTargets(targets []string) error {
	for _, t := range targets {
		if !slices.Contains(Targets, t) {
			return noTarget(t)
		}
	}
	return nil
}

// runs reports whether this process runs a target; without any, it runs all.
func (s *Server) runs(target string) bool {
	return len(s.targets) == 0 || slices.Contains(s.targets, target)
}

// records reports whether this process decides on anything.
func (s *Server) records() bool {
	return len(s.targets) == 0 || slices.ContainsFunc(s.targets, func(t string) bool { return t != "ledger" && t != "portal" && t != "relay" })
}
