package act

import (
	"encoding/json"
	"errors"
	"iter"
	"slices"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/schemas"
	"feisui/services/feisui/record"
	"feisui/services/ledger"
	"feisui/services/ledger/reconcile"
	"feisui/services/process"
	"feisui/services/process/define"
	"feisui/services/task"
)

// County is what a command meets: everything that is recorded of a county, by now.
// It is used while nothing is taken in, by one goroutine.
type County struct {
	Past     record.Past
	Events   iter.Seq[schemas.Event] // all that Past has, in order
	Book     *ledger.Book
	Flows    *Flows
	Calendar civil.Calendar

	// Declared are the definitions that come with the program, by workflow: what
	// holds until a county adopts one. The first instance adopts it.
	Declared map[string]*define.Workflow

	// Position is that of the last entry of all this, and Hash its hash.
	Position int64
	Hash     [32]byte

	// Blocked reports that nothing can be recorded of an account; nil: of none.
	Blocked func(account string) bool

	// Who asks. Some instances are shown to those alone whom their definition names.
	Who access.Principal

	stood    map[string]*standing            // by community
	parts    map[payDay]map[string]money.Fen // of the command, as dayTotal
	adopting bool                            // the payment workflow, in the command
	applied  map[string][]often              // by item, as applicationsOf found them
	wide     bool                            // a guard looked at streams that the step adds nothing to
}

// ErrNone says that there is no such thing, or none that may be seen.
var ErrNone = errors.New("no such instance")

// ErrNoWorkflow says that there is no workflow of a name.
var ErrNoWorkflow = errors.New("no such workflow")

// ErrNoDay says that no day began in the county yet, so nothing is in time.
var ErrNoDay = errors.New("no day began yet")

// InForce is the definition by which an instance would begin, nil where there is
// none of that name; adopted is false for one that comes with the program.
func (c *County) InForce(workflow string) (d *define.Workflow, adopted bool) {
	if all := c.Flows.adopted[workflow]; len(all) > 0 {
		return all[len(all)-1], true
	}
	return c.Declared[workflow], false
}

// standing is where a community stands on the county's day.
type standing struct {
	tasks map[string]reconcile.TaskStatement
	came  map[string]money.Fen // for commitments
}

// standing gives where a community stands, by the ledger's rules. One community is
// judged once for all that is asked of it.
func (c *County) standing(community string) (*standing, error) {
	if known := c.stood[community]; known != nil {
		return known, nil
	}
	s, _, err := c.Book.Statement(community, c.Calendar, c.Flows.day)
	if err != nil {
		return nil, err
	}
	stands := &standing{make(map[string]reconcile.TaskStatement, len(s.Tasks)), s.Came}
	for _, one := range s.Tasks {
		stands.tasks[one.No] = one
	}
	if c.stood == nil {
		c.stood = map[string]*standing{}
	}
	c.stood[community] = stands
	return stands, nil
}

// today gives where a task stands.
func (c *County) today(no string) (t reconcile.TaskStatement, there bool, err error) {
	community := c.Book.CommunityOf(no)
	if community == "" {
		return t, false, nil
	}
	stands, err := c.standing(community)
	if err != nil {
		return t, false, err
	}
	t, there = stands.tasks[no]
	return t, there, nil
}

// found is what was recorded without a workflow.
type found struct {
	state string          // in which its facts have it today; "" before its day
	since civil.Date      // since when
	form  json.RawMessage // what its first form would have said
}

func (c *County) recorded(workflow, id string) (f found, err error) {
	if _, bare := c.Flows.bare[workflow][id]; !bare {
		return f, ErrNone
	}
	switch workflow {
	case paymentFlow:
		return c.recordedPayment(id)
	case commitmentFlow:
		return c.recordedCommitment(id)
	case plaqueFlow, burdenFlow:
		return c.recordedBurden(workflow, id)
	}
	stands, there, err := c.today(id)
	if err != nil || !there {
		return f, err
	}
	a := c.task(id).Assigned
	form := formOfTask(a)
	f.state, f.since = string(stands.State), a.IssuedOn
	if answered := c.answered(id, stands.State); answered.Given() {
		f.since = answered
	}
	if stands.Condition != nil && stands.Condition.By.Given() {
		form["condition_by"] = stands.Condition.By.String() // by which its deadline falls
	}
	f.form, err = json.Marshal(form)
	return f, err
}

// answered is the day of the answer that puts a task into a state, none where
// none does: the first that accepted it, else the last of its kind.
func (c *County) answered(no string, state reconcile.State) (on civil.Date) {
	outcome := map[reconcile.State]reconcile.Outcome{
		reconcile.Accepted: reconcile.Accept, reconcile.Rejected: reconcile.Reject,
		reconcile.ConditionalAccept: reconcile.Conditional, reconcile.Suspended: reconcile.Conditional,
	}[state]
	for e := range c.Past.Stream("task/" + no) {
		r, ok := e.(schemas.TaskReceipted)
		if !ok || reconcile.Outcome(r.Outcome) != outcome || r.FiledOn > c.Flows.day {
			continue
		}
		if !on.Given() || (r.FiledOn < on) == (outcome == reconcile.Accept) {
			on = r.FiledOn
		}
	}
	return on
}

func (c *County) task(no string) task.Task { return taskIn(c.Past, no) }

func taskIn(past record.Past, no string) (t task.Task) {
	for e := range past.Stream("task/" + no) {
		t = t.Evolve(e)
	}
	return t
}

// formOfTask says a task in the words of the tasks sheet.
func formOfTask(a *schemas.TaskAssigned) map[string]string {
	form := map[string]string{}
	put := func(column, text string) {
		if text != "" {
			form[column] = text
		}
	}
	put("no", a.No)
	put("department", a.Department)
	put("community", a.Community)
	put("item", a.Item)
	put("document", a.Document)
	put("issued_on", a.IssuedOn.String())
	put("starts_on", a.StartsOn.String())
	put("due_on", a.DueOn.String())
	put("pay_by", a.PayBy.String())
	put("authority_document", a.AuthorityDocument)
	if a.Quantity != nil {
		put("quantity", a.Quantity.String())
	}
	put("base", yuan(a.Base))
	put("amount", yuan(a.Amount))
	return form
}

func yuan(fen *money.Fen) string {
	if fen == nil {
		return ""
	}
	return fen.Yuan()
}

// shows reports that an instance of these parties, or what would be taken up, is
// shown: to whom its definition says, or else as Sees says.
func (c *County) shows(by *define.Workflow, scope access.Scope, parties map[string]string) bool {
	if shown, said := by.Shown(parties, c.Who, &domain{county: c}); said {
		return shown
	}
	return c.Sees(scope, parties)
}

// itemParty is what a task is about, which stands among its parties.
const itemParty = "item"

// Sees reports that somebody's scope has something that concerns these parties: a
// department's, a community's, or that of the street above it. What nobody has a
// right for is no party in this sense.
func (c *County) Sees(scope access.Scope, parties map[string]string) bool {
	if scope.All {
		return true
	}
	for party, list := range parties {
		if party == itemParty {
			continue
		}
		if slices.ContainsFunc(split(list), func(code string) bool { return c.sees(scope, code) }) {
			return true
		}
	}
	return false
}

// sees reports that a scope has something to do with an organisation, or with
// every community.
func (c *County) sees(scope access.Scope, code string) bool {
	if code == process.Everyone {
		return scope.All || len(scope.Communities) > 0 || len(scope.Streets) > 0
	}
	return scope.All || scope.Department(code) || scope.Account(code, c.Flows.Street(code))
}
