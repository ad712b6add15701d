package oversight

import "slices"

// The rules of matters that no flag of the ledger is about: what was recorded of a workflow
// raises them, and no fact says that they are made good. Whoever answers for one gives
// its word in the case, and the authority strikes that off.
const (
	OutsideWork  = "outside_work"        // R74, red: work given outside the system was upheld, or admitted and not issued
	RelayUnnamed = "relay_unnamed"       // R19, yellow: a street relayed work and does not say whose it is
	Unpapered    = "emergency_unpapered" // R21, yellow: the papers of what began in an emergency did not come in time
)

// ByWord are these rules.
var ByWord = []string{OutsideWork, RelayUnnamed, Unpapered}

// Cited is how people cite such a rule, and how much it weighs: R74, S1.
func Cited(rule string) (code, severity string) {
	switch rule {
	case OutsideWork:
		return "R74", "S1"
	case RelayUnnamed:
		return "R19", "S2"
	case Unpapered:
		return "R21", "S2"
	}
	return rule, ""
}

// NeedsWord reports that a matter of a rule takes an answer of whoever answers for it
// before it is struck off, while it stands.
func NeedsWord(rule string) bool { return slices.Contains(ByWord, rule) }
