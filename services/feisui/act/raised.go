package act

import (
	"cmp"

	"feisui/schemas"
	"feisui/services/oversight"
	"feisui/services/process"
)

// This file has the matters that are raised by what was recorded of an instance, and by no
// flag of the ledger (oversight.ByWord). They follow from entries alone, so no event says
// them: a case opens about one as about a flag.

// raise takes in that the last step of an instance raises a matter, or does away with one.
func (f *Flows) raise(in *process.Instance) {
	switch in.Workflow {
	case outsideFlow:
		f.raiseOutside(in)
	case admissionFlow:
		f.raiseUnpapered(in)
	}
}

// raiseOutside: what was upheld, or admitted and not issued in time, is the department's;
// what a street relayed without saying whose it is, is the street's.
func (f *Flows) raiseOutside(in *process.Instance) {
	last := in.Steps[len(in.Steps)-1]
	if last.From == last.To {
		return
	}
	parties := f.concerned(in)
	m := schemas.FlagRaised{Account: parties["community"], Subject: in.ID, Since: last.On}
	switch in.State {
	case "upheld", "unissued":
		m.Rule, m.Lamp, m.Responsible = oversight.OutsideWork, "red", cmp.Or(parties["originator"], parties["department"])
		f.stand(in, m)
	case "unnamed":
		m.Rule, m.Lamp, m.Responsible = oversight.RelayUnnamed, "yellow", parties["department"]
		f.stand(in, m)
	case "issued", "unfounded", "withdrawn":
		f.gone(m.Account, oversight.OutsideWork, in.ID)
		f.gone(m.Account, oversight.RelayUnnamed, in.ID)
	case "issuing", "admitted": // who admits says whose it is
		f.gone(m.Account, oversight.RelayUnnamed, in.ID)
	case "reported": // by who it was given before, it is another's now
		f.gone(m.Account, oversight.OutsideWork, in.ID)
		f.gone(m.Account, oversight.RelayUnnamed, in.ID)
	}
}

// raiseUnpapered: an emergency lapsed of which the department filed no papers, or signed no
// application. That the authority did not decide in time is not the department's.
func (f *Flows) raiseUnpapered(in *process.Instance) {
	last := in.Steps[len(in.Steps)-1]
	unpapered := last.Deadline == "papers" || last.Deadline == "provisional" && last.From == "drafted"
	if in.State != "lapsed" || !unpapered {
		return
	}
	department := f.concerned(in)["department"]
	f.stand(in, schemas.FlagRaised{
		Account: department, Rule: oversight.Unpapered, Subject: in.ID, Responsible: department, Since: last.On, Lamp: "yellow",
	})
}

// stand takes in that a matter stands.
func (f *Flows) stand(in *process.Instance, m schemas.FlagRaised) {
	f.announce(m)
	f.pointed.raise(in, m)
}

// gone takes in that it stands no more.
func (f *Flows) gone(account, rule, subject string) {
	f.announce(schemas.FlagCleared{Account: account, Rule: rule, Subject: subject})
}

// struckOff takes in that a case was: with it goes what stood by no fact.
func (f *Flows) struckOff(in *process.Instance) {
	m := matterOf(in.Form)
	if !oversight.NeedsWord(m.Kind) {
		return
	}
	for _, stands := range f.cases.Stands(m) {
		f.cases.Clear(schemas.FlagCleared{Account: stands.Account, Rule: stands.Rule, Subject: stands.Subject})
	}
}
