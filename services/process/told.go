package process

import (
	"slices"
	"strings"

	"feisui/pkg/access"
	"feisui/pkg/message"
	"feisui/schemas"
)

// This file says to whom a step is said (通知). It adds nothing to what happened: a
// notice is a step of an instance and an office that it concerns.

// Address is an office as notices reach it: a role within an organisation; no
// Office: the county's. The zero Address is everybody who may look at instances.
type Address struct {
	Role   access.Role
	Office string // Everyone: of each of that role
}

// Why a step is said to somebody. Of several the first holds.
type Why string

// Reasons, the most urgent first.
const (
	Reminder  Why = "reminder"  // a deadline of theirs comes near
	Late      Why = "late"      // a deadline of theirs passed
	Escalated Why = "escalated" // another's did, and they are to know
	Asked     Why = "asked"     // something waits for them now
	Moved     Why = "moved"     // a deadline of theirs falls on another day
	Said      Why = "said"      // an answer, a decision: something of theirs went on
)

var urgency = []Why{Reminder, Late, Escalated, Asked, Moved, Said}

// Before reports that a reason is more urgent than another; "" is none.
func (w Why) Before(other Why) bool {
	return w != "" && (other == "" || slices.Index(urgency, w) < slices.Index(urgency, other))
}

// Audience gives to whom the last step of an instance is said: those who have to keep
// a deadline that it set, or of which it speaks; those whom the definition has learn
// that one passed, and the authority where what should have followed was refused; those whose step it answers; the parties for whom it changes what
// they can do (parted); and who hears of it without having a step (Informs). Where no
// deadline runs, whoever may go on is asked. What was only taken up as recorded is said
// to nobody, and who took the step is not left out: that is for who knows them. street gives the street of a community, as Domain does.
func (d *Definition) Audience(in *Instance, street func(community string) string) map[Address]Why {
	step := &in.Steps[len(in.Steps)-1]
	a := &audience{Definition: d, in: in, parties: d.acting(in), street: street, to: map[Address]Why{}}
	timer := d.Timers[step.Deadline]
	switch step.Event {
	case schemas.InstanceReminded{}.Type():
		a.rights(timer.Whom, Reminder)
		return a.to
	case schemas.InstanceDeadlineMoved{}.Type():
		a.rights(timer.Whom, Moved)
		return a.to
	case schemas.InstanceDeadlinePassed{}.Type():
		late, escalated := Late, Escalated
		if timer.Warning {
			late, escalated = Reminder, Said
		}
		a.rights(timer.Whom, late)
		a.rights(timer.Notify, escalated)
		if step.Refused != nil { // which nothing but people can mend
			a.add(Address{Role: access.Authority}, Escalated)
		}
		if step.From == step.To {
			return a.to
		}
	}
	if step.Event == (schemas.InstanceBegun{}).Type() && step.Action == "" {
		return nil
	}
	for _, set := range step.Deadlines {
		a.rights(d.Timers[set.Deadline].Whom, Asked)
	}
	if step.From != step.To && !d.timed(step.To) && !d.States[step.To].Rest {
		a.rights(d.next(step.To, ""), Asked)
	}
	if step.From != step.To && slices.Contains(d.SeenBy, anyone) {
		a.add(Address{}, Said)
	}
	a.parted(step)
	a.answered(step)
	a.informed(step)
	return a.to
}

// audience is to whom a step is said, while it is found.
type audience struct {
	*Definition

	in      *Instance
	parties map[string]string
	street  func(string) string
	to      map[Address]Why
}

func (a *audience) add(to Address, why Why) {
	if why.Before(a.to[to]) {
		a.to[to] = why
	}
}

// rights adds who has one of some rights.
func (a *audience) rights(rights []string, why Why) {
	for _, text := range rights {
		r := parseRight(text)
		switch {
		case text == system:
		case r.party == "":
			a.add(Address{Role: r.role}, why)
		default:
			for code := range strings.SplitSeq(a.parties[r.party], ";") {
				if street := a.street(code); r.role == access.StreetOfficer && street != "" {
					code = street
				}
				a.office(Address{r.role, code}, why)
			}
		}
	}
}

// office adds an organisation's office. Who holds the role in the county holds it there too.
func (a *audience) office(to Address, why Why) {
	if to.Office == "" {
		return
	}
	a.add(to, why)
	if to.Role == access.FinanceOfficer {
		a.add(Address{Role: to.Role}, why)
	}
}

// parted adds the offices of parties. Of a step that stays in its state, those who may
// act there are told, but for who may take the same step: one who was asked for an opinion
// hears no other's. Of one that leads on, those who could act before it alone or can from
// now on; and of the end, all.
func (a *audience) parted(step *Step) {
	var told []string
	switch before, now := a.next(step.From, ""), a.next(step.To, ""); {
	case step.From == step.To:
		told = without(a.next(step.To, step.Action), a.Actions[step.Action].By)
	case a.States[step.To].Final:
		for _, action := range a.Actions {
			told = append(told, action.By...)
		}
	default:
		told = append(without(before, now), without(now, before)...)
	}
	for _, text := range told {
		if strings.Contains(text, "@") {
			a.rights(a.colleagues(text), Said)
		}
	}
}

// without gives the rights that are not among others.
func without(rights, others []string) []string {
	return slices.DeleteFunc(slices.Clone(rights), func(text string) bool { return slices.Contains(others, text) })
}

// colleagues are the rights of an office of which one is given: of a department its
// officers' and its head's.
func (*audience) colleagues(text string) []string {
	r := parseRight(text)
	if of := (Address{Role: r.role}).colleagues(); of != nil {
		return []string{string(of[0]) + "@" + r.party, string(of[1]) + "@" + r.party}
	}
	return []string{text}
}

func (a Address) colleagues() []access.Role {
	if both := []access.Role{access.DepartmentOfficer, access.DepartmentHead}; slices.Contains(both, a.Role) {
		return both
	}
	return nil
}

// answered adds the office whose step this one answers: the last that a person took and
// that was another. Of a step that leads on, all organisations that took one before are
// told; the county's offices, which take steps in most, are not.
func (a *audience) answered(step *Step) {
	answered := false
	for _, s := range slices.Backward(a.in.Steps[:len(a.in.Steps)-1]) {
		if s.Role == "" || s.Action == step.Action {
			continue
		}
		if !answered || s.Office != "" && step.From != step.To {
			a.stepped(&s)
		}
		answered = true
	}
}

// stepped adds the office that took a step.
func (a *audience) stepped(s *Step) {
	by := Address{access.Role(s.Role), s.Office}
	a.add(by, Said)
	for _, role := range by.colleagues() {
		a.add(Address{role, s.Office}, Said)
	}
	if by.Role == access.FinanceOfficer {
		a.add(Address{Role: by.Role}, Said)
	}
}

// next lists the rights of those who may act in a state, except by one action.
func (d *Definition) next(state, except string) (rights []string) {
	for name, action := range d.Actions {
		if name != except && slices.Contains(action.From, state) {
			rights = append(rights, action.By...)
		}
	}
	return rights
}

// timed reports that some deadline may run in a state.
func (d *Definition) timed(state string) bool {
	for _, t := range d.Timers {
		if slices.Contains(t.In, state) {
			return true
		}
	}
	return false
}

// Tell says what happened in the n-th step of an instance, from 1.
func (d *Definition) Tell(in *Instance, n int) message.Text { return d.tell(&in.Steps[n-1]) }
