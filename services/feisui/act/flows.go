package act

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"feisui/pkg/civil"
	"feisui/pkg/code"
	"feisui/schemas"
	"feisui/services/evaluation"
	"feisui/services/fund"
	"feisui/services/oversight"
	"feisui/services/process"
	"feisui/services/process/define"
)

// Flows is how far every workflow of a county came: a fold over its entries. What
// is recorded of a task that no instance has begun for is here too, since it may
// be taken up.
type Flows struct {
	adopted   map[string][]*define.Workflow // by workflow, as they were adopted: later versions last
	instances map[string]map[string]*process.Instance
	open      map[string]map[*process.Instance]bool // by the parties of those that go on
	running   map[*process.Instance]bool            // those with a deadline
	bare      map[string]map[string]Parties         // recorded without a workflow, by workflow and number
	streets   map[string]string                     // of communities
	periods   map[string]*evaluation.Period         // of evaluations, by number
	paid      *paid
	closings  fund.Periods // months of money that were closed
	day       civil.Date
	kinds     map[string]string // of departments
	doubted   map[string]bool   // accounts of which facts came since they were looked at
	all       bool              // those of the whole county did

	cases     *oversight.Cases
	began     *began
	moved     map[*process.Instance]bool      // of whose flags or voucher something came since they were looked at
	documents map[Key][]schemas.NumberGiven   // by what they were signed in
	cited     map[Key]citation                // the document that a task or an admission came with
	frozen    map[string]schemas.ReportFrozen // reports as they were last drawn up, by number
	notices   notices
	pointed   pointed
}

// Parties are the organisations that something concerns, by their part in it.
type Parties struct{ Department, Community, Item, Payer, Payee string }

func (p Parties) byName() map[string]string {
	all := map[string]string{"department": p.Department, "community": p.Community, "item": p.Item, "payer": p.Payer, "payee": p.Payee}
	maps.DeleteFunc(all, func(_, code string) bool { return code == "" })
	return all
}

// NewFlows begins with a county of which nothing is known.
func NewFlows() *Flows {
	return &Flows{
		adopted: map[string][]*define.Workflow{}, instances: map[string]map[string]*process.Instance{},
		open: map[string]map[*process.Instance]bool{}, running: map[*process.Instance]bool{},
		bare: map[string]map[string]Parties{taskFlow: {}, plaqueFlow: {}, burdenFlow: {}, paymentFlow: {}, commitmentFlow: {}},
		paid: newPaid(), periods: map[string]*evaluation.Period{}, streets: map[string]string{}, kinds: map[string]string{},
		doubted: map[string]bool{}, cases: oversight.NewCases(), began: newBegan(),
		moved: map[*process.Instance]bool{}, documents: map[Key][]schemas.NumberGiven{},
		cited:  map[Key]citation{},
		frozen: map[string]schemas.ReportFrozen{},
	}
}

// taskFlow is the workflow of tasks, each of which its stream's name numbers.
const taskFlow = "task"

// Day is the last day that began; zero when none did.
func (f *Flows) Day() civil.Date { return f.day }

// Take takes in an event, which stands at a position, and the accounts that it can
// change. It fails on a definition that cannot be read.
func (f *Flows) Take(at int64, e schemas.Event, accounts []string) error {
	switch e := e.(type) {
	case schemas.BankStatementTaken:
		f.paid.mapped[e.Source] = e
	case schemas.CountyDayBegan:
		f.day = max(f.day, e.Date)
	case schemas.DefinitionAdopted:
		if e.Proposal > 0 {
			f.note(at, nil, e)
		}
		return f.adopt(e)
	case schemas.DefinitionProposed, schemas.DefinitionWithdrawn: // nothing goes by it yet, or any more
		f.note(at, nil, e)
	case schemas.InstanceBegun:
		f.note(at, f.evolve(e.Workflow, e.Instance, e), nil)
		delete(f.bare[e.Workflow], e.Instance)
	case schemas.InstanceActed:
		f.note(at, f.evolve(e.Workflow, e.Instance, e), nil)
	case schemas.InstanceDeadlinePassed:
		f.note(at, f.evolve(e.Workflow, e.Instance, e), nil)
	case schemas.InstanceDeadlineMoved:
		f.note(at, f.evolve(e.Workflow, e.Instance, e), nil)
	case schemas.InstanceReminded:
		f.note(at, f.evolve(e.Workflow, e.Instance, e), nil)
	case schemas.FlagRaised, schemas.FlagChanged, schemas.FlagCleared:
		f.announce(e)
	case schemas.NumberGiven:
		in := Key{e.Workflow, e.Instance}
		f.documents[in] = append(f.documents[in], e)
	case schemas.ReportFrozen:
		f.frozen[e.Report] = e
	case schemas.PeriodClosed, schemas.PeriodReopened:
		f.closings = f.closings.Evolve(e)
	default:
		f.began.take(e.Stream())
		f.register(e)
		f.takeTask(e)
		f.cite(e)
		f.takeBurden(e)
		f.takePayment(e)
		f.takeCommitment(e)
		f.doubt(accounts)
	}
	return nil
}

// doubt notes that facts came which may move instances: those of the accounts that
// they can change, or of the whole county.
func (f *Flows) doubt(accounts []string) {
	f.all = f.all || len(accounts) == 0
	for _, account := range accounts {
		f.doubted[account] = true
	}
}

// register keeps of which street a community is, of which kind a department, and what
// organisations are called.
func (f *Flows) register(e schemas.Event) {
	switch e := e.(type) {
	case schemas.CommunityRegistered:
		f.streets[e.Code] = e.Street
		f.paid.call(e.Code, e.Name)
	case schemas.CommunitySupplemented:
		f.register(schemas.CommunityRegistered(e))
	case schemas.CommunityAmended:
		f.register(e.CommunityRegistered)
	case schemas.DepartmentRegistered:
		f.kinds[e.Code] = e.Kind
		f.paid.call(e.Code, e.Name)
	case schemas.DepartmentSupplemented:
		f.register(schemas.DepartmentRegistered(e))
	case schemas.DepartmentAmended:
		f.register(e.DepartmentRegistered)
	}
}

// takeTask keeps what is recorded of tasks without a workflow.
func (f *Flows) takeTask(e schemas.Event) {
	switch e := e.(type) {
	case schemas.TaskAssigned:
		f.found(taskFlow, e.No, Parties{Department: e.Department, Community: e.Community, Item: e.Item})
	case schemas.TaskSupplemented:
		f.found(taskFlow, e.No, Parties{Department: e.Department, Community: e.Community, Item: e.Item})
	case schemas.TaskAmended:
		f.found(taskFlow, e.No, Parties{Department: e.Department, Community: e.Community, Item: e.Item})
	}
}

// found keeps what is recorded and has no instance.
func (f *Flows) found(workflow, no string, parties Parties) {
	if f.instances[workflow][no] == nil {
		f.bare[workflow][no] = parties
	}
}

func (f *Flows) adopt(e schemas.DefinitionAdopted) error {
	d, err := define.Adopted(e.Definition, Names())
	if err != nil {
		return fmt.Errorf("the definition %d of %s: %w", e.Version, e.Workflow, err)
	}
	f.adopted[e.Workflow] = append(f.adopted[e.Workflow], d)
	return nil
}

// evolve takes an event into its instance, which it gives, and keeps the indexes.
func (f *Flows) evolve(workflow, id string, e schemas.Event) *process.Instance {
	if f.instances[workflow] == nil {
		f.instances[workflow] = map[string]*process.Instance{}
	}
	in := f.instances[workflow][id]
	if in == nil {
		in = &process.Instance{}
		f.instances[workflow][id] = in
	}
	f.paid.propose(in, false)
	*in = process.Evolve(*in, e)
	f.pointed.step(in)
	f.evaluate(in)
	f.paid.propose(in, true)
	delete(f.running, in)
	if len(in.Running) > 0 {
		f.running[in] = true
	}
	d := f.definition(in)
	final := d == nil || d.States[in.State].Final
	if in.Workflow == caseFlow {
		var by *process.Definition
		if d != nil {
			by = d.Definition
		}
		f.follow(by, in, final)
	} else {
		f.raise(in)
	}
	for _, party := range codesOf(f.concerned(in)) {
		if f.open[party] == nil {
			f.open[party] = map[*process.Instance]bool{}
		}
		f.open[party][in] = true
		if final {
			delete(f.open[party], in)
		}
	}
	return in
}

// concerned are the organisations of an instance, by their part in it.
func (f *Flows) concerned(in *process.Instance) map[string]string {
	if d := f.definition(in); d != nil {
		return d.Concerned(in)
	}
	return in.Parties
}

// codesOf lists all organisations of some parties.
func codesOf(parties map[string]string) (codes []string) {
	for _, list := range parties {
		codes = append(codes, split(list)...)
	}
	return codes
}

// definition is what an instance goes by, nil where it was never adopted.
func (f *Flows) definition(in *process.Instance) *define.Workflow {
	for _, d := range f.adopted[in.Workflow] {
		if d.Version == in.Version {
			return d
		}
	}
	return nil
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

// Key names an instance.
type Key struct{ Workflow, ID string }

// Compare orders instances by workflow and number.
func (k Key) Compare(other Key) int {
	return cmp.Or(cmp.Compare(k.Workflow, other.Workflow), cmp.Compare(k.ID, other.ID))
}

// Waiting gives the instances that the driver has to look at: those with a
// deadline, which a day may end, when a day began or the program did; and those of
// which facts came since Waiting was asked, which the facts may move. Asking it
// again gives those no more. Nobody may look at f meanwhile.
func (f *Flows) Waiting(everything bool) []Key {
	found := map[*process.Instance]bool{}
	if everything {
		maps.Copy(found, f.running)
	}
	for account, open := range f.open {
		if everything || f.all || f.doubted[account] {
			f.awaiting(open, found)
		}
	}
	f.awaiting(f.moved, found)
	clear(f.moved)
	clear(f.doubted)
	f.all = false
	all := make([]Key, 0, len(found))
	for in := range found {
		all = append(all, Key{in.Workflow, in.ID})
	}
	slices.SortFunc(all, Key.Compare)
	return all
}

// awaiting adds the instances that a fact may move.
func (f *Flows) awaiting(open, found map[*process.Instance]bool) {
	for in := range open {
		if d := f.definition(in); d != nil && !found[in] && len(d.Awaits(in)) > 0 {
			found[in] = true
		}
	}
}
