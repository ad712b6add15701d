package act

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

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

// Adopt decides that a workflow goes otherwise from now on. It refuses a definition
// with faults (*Faults), and one that some open instance does not fit (*Misfits),
// though each keeps the version that it began with.
func (c *County) Adopt(name string, definition json.RawMessage, reason string) (*Decision, error) {
	if !c.Flows.day.Given() {
		return nil, ErrNoDay
	}
	d, err := define.Adopted(definition, Names())
	var faults define.Faults
	switch {
	case errors.As(err, &faults):
		return nil, saidOfDefinition(faults)
	case err != nil:
		return nil, err
	}
	if all := c.unfit(d, name); all != nil {
		return nil, all
	}
	if misfits := c.misfits(d); misfits != nil {
		return nil, &Misfits{misfits}
	}
	text, err := json.Marshal(d.Definition)
	if err != nil {
		return nil, err
	}
	return &Decision{Events: []schemas.Event{schemas.DefinitionAdopted{
		Workflow: d.Workflow, Version: d.Version, Definition: text, AdoptedOn: c.Flows.day, Reason: reason,
	}}}, nil
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
