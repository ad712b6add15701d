package act

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"feisui/pkg/civil"
	"feisui/pkg/code"
	"feisui/schemas"
	"feisui/services/process"
)

// Flows is how far every workflow of a county came: a fold over its entries. What
// is recorded of a task that no instance has begun for is here too, since it may
// be taken up.
type Flows struct {
	adopted   map[string][]*process.Definition // by workflow, version 1 first
	instances map[string]map[string]*process.Instance
	open      map[string]map[*process.Instance]bool // by the parties of those that go on
	running   map[*process.Instance]bool            // those with a deadline
	bare      map[string]map[string]Parties         // recorded without a workflow, by workflow and number
	streets   map[string]string                     // of communities
	day       civil.Date
	doubted   map[string]map[string]bool // whose facts came by the other door since it was looked at, by workflow
}

// Parties are the organisations that something concerns, by their part in it.
type Parties struct{ Department, Community string }

func (p Parties) byName() map[string]string {
	return map[string]string{"department": p.Department, "community": p.Community}
}

// NewFlows begins with a county of which nothing is known.
func NewFlows() *Flows {
	return &Flows{
		adopted: map[string][]*process.Definition{}, instances: map[string]map[string]*process.Instance{},
		open: map[string]map[*process.Instance]bool{}, running: map[*process.Instance]bool{},
		bare: map[string]map[string]Parties{taskFlow: {}}, streets: map[string]string{}, doubted: map[string]map[string]bool{taskFlow: {}},
	}
}

// taskFlow is the workflow of tasks, each of which its stream's name numbers.
const taskFlow = "task"

// Day is the last day that began; zero when none did.
func (f *Flows) Day() civil.Date { return f.day }

// Take takes in an event, and whether it came by the record door. It fails on a
// definition that cannot be read.
func (f *Flows) Take(e schemas.Event, recorded bool) error {
	switch e := e.(type) {
	case schemas.CountyDayBegan:
		f.day = max(f.day, e.Date)
	case schemas.CommunityRegistered:
		f.streets[e.Code] = e.Street
	case schemas.CommunitySupplemented:
		f.streets[e.Code] = e.Street
	case schemas.CommunityAmended:
		f.streets[e.Code] = e.Street
	case schemas.DefinitionAdopted:
		return f.adopt(e)
	case schemas.InstanceBegun:
		f.evolve(e.Workflow, e.Instance, e)
		delete(f.bare[e.Workflow], e.Instance)
	case schemas.InstanceActed:
		f.evolve(e.Workflow, e.Instance, e)
	case schemas.InstanceDeadlinePassed:
		f.evolve(e.Workflow, e.Instance, e)
	case schemas.InstanceDeadlineMoved:
		f.evolve(e.Workflow, e.Instance, e)
	case schemas.InstanceReminded:
		f.evolve(e.Workflow, e.Instance, e)
	default:
		f.takeTask(e, recorded)
	}
	return nil
}

// takeTask keeps what is recorded of tasks without a workflow, and which of those
// that have one are to be looked at, since a fact came by the other door.
func (f *Flows) takeTask(e schemas.Event, recorded bool) {
	no := ""
	switch e := e.(type) {
	case schemas.TaskAssigned:
		no = e.No
		f.found(no, e)
	case schemas.TaskSupplemented:
		no = e.No
		f.found(no, schemas.TaskAssigned(e))
	case schemas.TaskAmended:
		no = e.No
		f.found(no, e.TaskAssigned)
	case schemas.TaskRecalled:
		no = e.No
	case schemas.TaskReceipted:
		no = e.Task
	case schemas.TaskCompleted:
		no = e.Task
	case schemas.TaskCompletionAmended:
		no = e.Task
	}
	if no != "" && recorded && f.instances[taskFlow][no] != nil {
		f.doubted[taskFlow][no] = true
	}
}

func (f *Flows) found(no string, e schemas.TaskAssigned) {
	if f.instances[taskFlow][no] == nil {
		f.bare[taskFlow][no] = Parties{e.Department, e.Community}
	}
}

func (f *Flows) adopt(e schemas.DefinitionAdopted) error {
	d := &process.Definition{}
	if err := json.Unmarshal(e.Definition, d); err != nil {
		return fmt.Errorf("the definition %d of %s: %w", e.Version, e.Workflow, err)
	}
	if unknown := Check(d); len(unknown) > 0 {
		return fmt.Errorf("the definition %d of %s: unknown names: %v", e.Version, e.Workflow, unknown)
	}
	if have := len(f.adopted[e.Workflow]); e.Version != have+1 {
		return fmt.Errorf("the definition %d of %s comes after version %d", e.Version, e.Workflow, have)
	}
	f.adopted[e.Workflow] = append(f.adopted[e.Workflow], d)
	return nil
}

// evolve takes an event into its instance, and keeps the indexes.
func (f *Flows) evolve(workflow, id string, e schemas.Event) {
	if f.instances[workflow] == nil {
		f.instances[workflow] = map[string]*process.Instance{}
	}
	in := f.instances[workflow][id]
	if in == nil {
		in = &process.Instance{}
		f.instances[workflow][id] = in
	}
	*in = process.Evolve(*in, e)
	delete(f.running, in)
	if len(in.Running) > 0 {
		f.running[in] = true
	}
	d := f.definition(in)
	final := d == nil || d.States[in.State].Final
	for _, party := range in.Parties {
		if f.open[party] == nil {
			f.open[party] = map[*process.Instance]bool{}
		}
		f.open[party][in] = true
		if final {
			delete(f.open[party], in)
		}
	}
}

// definition is what an instance goes by, nil where it was never adopted.
func (f *Flows) definition(in *process.Instance) *process.Definition {
	if all := f.adopted[in.Workflow]; in.Version >= 1 && in.Version <= len(all) {
		return all[in.Version-1]
	}
	return nil
}

// Definitions gives the versions of a workflow that were adopted, 1 first.
func (f *Flows) Definitions(workflow string) []*process.Definition {
	return slices.Clone(f.adopted[workflow])
}

// Adopted lists the workflows of which a version was adopted.
func (f *Flows) Adopted() []string { return slices.Sorted(maps.Keys(f.adopted)) }

// Instance gives an instance, nil where none began.
func (f *Flows) Instance(workflow, id string) *process.Instance { return f.instances[workflow][id] }

// Street is the street of a community, "" of what is none.
func (f *Flows) Street(community string) string {
	if !code.IsCommunity(community) {
		return ""
	}
	return f.streets[community]
}

// Running gives the instances that go on and have a deadline, by workflow and
// number.
func (f *Flows) Running() []*process.Instance {
	return sorted(slices.Collect(maps.Keys(f.running)))
}

// Doubted gives the instances of which a fact came by the other door and that were
// not looked at since.
func (f *Flows) Doubted() (all []*process.Instance) {
	for workflow, ids := range f.doubted {
		for id := range ids {
			all = append(all, f.instances[workflow][id])
		}
	}
	return sorted(all)
}

// Looked notes that an instance was looked at.
func (f *Flows) Looked(in *process.Instance) { delete(f.doubted[in.Workflow], in.ID) }

func sorted(all []*process.Instance) []*process.Instance {
	slices.SortFunc(all, func(a, b *process.Instance) int {
		return compare(a.Workflow, a.ID, b.Workflow, b.ID)
	})
	return all
}
