package act

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/message"
	"feisui/pkg/workflow"
	"feisui/schemas"
	"feisui/services/process"
	"feisui/services/process/define"
)

// Misfits are open instances that a new version has no word for, so it is not
// adopted.
type Misfits struct {
	List []process.Misfit // by instance and step
}

func (m *Misfits) Error() string {
	return fmt.Sprintf("%d misfits, the first: %v", len(m.List), m.List[0])
}

// ErrNoProposal says that a workflow never had such a proposal.
var ErrNoProposal = errors.New("no such proposal")

// Propose decides that a definition waits for a second person. It refuses one with
// faults (*Faults), one that is looser than what comes with the program, and one that some open instance does not fit (*Misfits), though
// each keeps the version that it began with. It takes the place of a proposal that
// waits.
func (c *County) Propose(name string, definition json.RawMessage, reason string, who access.Principal) (*Decision, error) {
	d, text, err := c.fitting(name, definition)
	if err != nil {
		return nil, err
	}
	_, last := c.Proposal(name)
	return &Decision{Proposal: last + 1, Events: []schemas.Event{schemas.DefinitionProposed{
		Workflow: d.Workflow, Proposal: last + 1, Version: d.Version, Definition: text, ProposedOn: c.Flows.day, Reason: reason,
		Actor: who.ID, Person: who.Person,
	}}}, nil
}

// Adopt decides that a workflow goes from now on as a proposal says, which whoever
// made it may not. What is open is replayed again: it may have begun since. It gives
// ErrNoProposal for what was never proposed, workflow.Refusals for what no longer
// waits and for the person who proposed it, and refuses as Propose does.
func (c *County) Adopt(name string, n int, who access.Principal) (*Decision, error) {
	waits, err := c.waiting(name, n)
	if err == nil && Proposed(waits, who) {
		err = ofProposal(process.FieldActor, n, "proposal_yours")
	}
	if err != nil {
		return nil, err
	}
	d, text, err := c.fitting(name, waits.Definition)
	if err != nil {
		return nil, err
	}
	return &Decision{Proposal: n, Events: []schemas.Event{schemas.DefinitionAdopted{
		Workflow: d.Workflow, Version: d.Version, Definition: text, AdoptedOn: c.Flows.day, Reason: waits.Reason,
		Proposal: n, Actor: who.ID, Person: who.Person,
	}}}, nil
}

// Withdraw decides that a proposal waits no more: whoever made it takes it back, or
// another person refuses it, with a reason. It gives ErrNoProposal for what was never
// proposed, and workflow.Refusals for what no longer waits and for who should have done
// the other of the two.
func (c *County) Withdraw(name string, n int, refuse bool, reason string, who access.Principal) (*Decision, error) {
	waits, err := c.waiting(name, n)
	switch {
	case err != nil:
		return nil, err
	case !c.Flows.day.Given():
		return nil, ErrNoDay
	case refuse && Proposed(waits, who):
		return nil, ofProposal(process.FieldActor, n, "proposal_take_back")
	case !refuse && !Proposed(waits, who):
		return nil, ofProposal(process.FieldActor, n, "proposal_refuse")
	}
	return &Decision{Proposal: n, Events: []schemas.Event{schemas.DefinitionWithdrawn{
		Workflow: name, Proposal: n, Version: waits.Version, WithdrawnOn: c.Flows.day, Refused: refuse, Reason: reason,
		Actor: who.ID, Person: who.Person,
	}}}, nil
}

// waiting gives a proposal that waits for a second person, or why there is none.
func (c *County) waiting(name string, n int) (*schemas.DefinitionProposed, error) {
	waits, last := c.Proposal(name)
	switch {
	case n < 1 || n > last:
		return nil, ErrNoProposal
	case waits == nil || waits.Proposal != n:
		return nil, ofProposal(process.FieldState, n, "proposal_over")
	}
	return waits, nil
}

// ofProposal refuses what somebody wants of a proposal.
func ofProposal(field string, n int, key string) error {
	return workflow.Refusals{workflow.Refuse(0, field, strconv.Itoa(n), key, "n", strconv.Itoa(n))}
}

// Withdrawals lists the proposals of a workflow that were taken back or refused.
func (c *County) Withdrawals(name string) (all []schemas.DefinitionWithdrawn) {
	for e := range c.Past.Stream(schemas.DefinitionWithdrawn{Workflow: name}.Stream()) {
		if withdrawn, ok := e.(schemas.DefinitionWithdrawn); ok {
			all = append(all, withdrawn)
		}
	}
	return all
}

// Proposal is the proposal of a workflow that waits for a second person, nil where
// none does, and the number of the last that was made. One whose version was
// adopted otherwise waits no more.
func (c *County) Proposal(name string) (waits *schemas.DefinitionProposed, last int) {
	for e := range c.Past.Stream(schemas.DefinitionAdopted{Workflow: name}.Stream()) {
		switch e := e.(type) {
		case schemas.DefinitionProposed:
			waits, last = &e, e.Proposal
		case schemas.DefinitionAdopted:
			if waits != nil && e.Version >= waits.Version {
				waits = nil
			}
		case schemas.DefinitionWithdrawn:
			if waits != nil && e.Proposal == waits.Proposal {
				waits = nil
			}
		}
	}
	return waits, last
}

// Proposed reports that somebody made a proposal, under whichever account.
func Proposed(p *schemas.DefinitionProposed, who access.Principal) bool {
	return p.Actor == who.ID || p.Person != "" && p.Person == who.Person
}

// fitting reads a definition that a workflow could go by today, and writes it.
func (c *County) fitting(name string, definition json.RawMessage) (*define.Workflow, json.RawMessage, error) {
	if !c.Flows.day.Given() {
		return nil, nil, ErrNoDay
	}
	d, err := define.Adopted(definition, Names())
	var faults define.Faults
	switch {
	case errors.As(err, &faults):
		return nil, nil, saidOfDefinition(faults)
	case err != nil:
		return nil, nil, err
	}
	if all := c.unfit(d, name); all != nil {
		return nil, nil, all
	}
	looser, err := d.Looser()
	if err != nil {
		return nil, nil, err
	}
	if looser != nil {
		return nil, nil, saidOfDefinition(looser)
	}
	if all := c.noOffice(d); all != nil {
		return nil, nil, all
	}
	if all := c.opensLater(d); all != nil {
		return nil, nil, all
	}
	switch misfits := c.misfits(d); {
	case misfits == nil:
	case schemas.Confidential(schemas.InstanceStream(d.Workflow, "")): // that there are some is as much as anybody hears
		return nil, nil, faulty(0, "", "", "misfits_confidential")
	default:
		return nil, nil, &Misfits{misfits}
	}
	text, err := json.Marshal(d.Definition)
	return d, text, err
}

// saidOfDefinition lists what is wrong with a definition, by place.
func saidOfDefinition(faults define.Faults) *Faults {
	all := &Faults{}
	for _, f := range faults {
		all.List = append(all.List, Fault{Field: f.Place, English: Say(message.English, f.Text), Chinese: Say(message.Chinese, f.Text)})
	}
	return all
}

// unfit refuses a definition of another workflow, or one that is no later version.
func (c *County) unfit(d *define.Workflow, name string) *Faults {
	if d.Workflow != name {
		return faulty(0, "workflow", d.Workflow, "same_workflow", "name", name)
	}
	if in, adopted := c.InForce(name); adopted && d.Version <= in.Version {
		return faulty(0, "version", strconv.Itoa(d.Version), "next_version", "version", strconv.Itoa(in.Version+1))
	}
	return nil
}

// noOffice refuses offices that are no departments of the county.
func (c *County) noOffice(d *define.Workflow) *Faults {
	for _, party := range slices.Sorted(maps.Keys(d.Offices)) {
		if code := d.Offices[party]; code != "" && !c.Past.Has("department/"+code) {
			return faulty(0, "offices."+party, code, "no_department")
		}
	}
	return nil
}

// opensLater refuses a day to come as that since which flags open cases: until it had come
// none would be opened, which no county may want that has the workflow.
func (c *County) opensLater(d *define.Workflow) *Faults {
	if d.OpenedBy == nil {
		return nil
	}
	since, err := civil.Parse(d.OpenedBy.Since)
	if err != nil || since <= c.Flows.day {
		return nil //nolint:nilerr // what is no day was refused as the definition was read
	}
	return faulty(0, "opened_by.since", since.String(), "opens_later", "today", c.Flows.day.String())
}

// misfits replays a definition against every open instance.
func (c *County) misfits(d *define.Workflow) (all []process.Misfit) {
	for _, id := range slices.Sorted(maps.Keys(c.Flows.instances[d.Workflow])) {
		in := c.Flows.instances[d.Workflow][id]
		if by := c.Flows.definition(in); by != nil && by.States[in.State].Final {
			continue
		}
		events := slices.Collect(c.Past.Stream(schemas.InstanceStream(d.Workflow, id)))
		all = append(all, process.Fits(d.Definition, *in, events)...)
	}
	return all
}

// SayMisfit gives a misfit in a language.
func SayMisfit(lang message.Language, m process.Misfit) string { return m.Say(lang, workflow.Messages) }

// Adoptions lists the versions of a workflow as they were adopted.
func (c *County) Adoptions(name string) (all []schemas.DefinitionAdopted) {
	for e := range c.Past.Stream(schemas.DefinitionAdopted{Workflow: name}.Stream()) {
		if adopted, ok := e.(schemas.DefinitionAdopted); ok {
			all = append(all, adopted)
		}
	}
	return all
}
