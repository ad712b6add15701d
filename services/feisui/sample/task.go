package sample

import (
	"fmt"

	"feisui/pkg/civil"
)

// task is a row of tasks and what became of it.
type task struct {
	item
	no, assigner, document   string
	issued, starts, due      civil.Date
	payBy, recalled          civil.Date
	permit                   string // The document that gives the authority.
	quantity                 int
	base, amount             fen
	state                    state
	completed                civil.Date
	done                     int // The completed quantity, none where it is not given.
	unadmitted, uncatalogued bool
}

// state is what the community answered, as far as the sample needs it.
type state int

const (
	accepted state = iota
	conditional
	rejected
	lapsed
	recalled
)

// writeTasks writes the street's programme and then what other departments
// assign. Of a hundred of those, so many are:
const (
	forbiddenShare    = 4
	unadmittedShare   = forbiddenShare + 8
	uncataloguedShare = unadmittedShare + 3
	duplicatedShare   = uncataloguedShare + 3
	statutoryShare    = duplicatedShare + 1
	admittedShare     = statutoryShare + 22
)

func (c *community) writeTasks() {
	assist := deck{all: c.assist}
	admitted, unadmitted, forbidden := deck{all: c.admitted}, deck{all: c.unadmitted}, deck{all: c.forbidden}
	for n := range c.Tasks {
		var t task
		share := c.r.IntN(100)
		switch {
		case n == 0:
			t = c.assigned()
		case share < forbiddenShare:
			t = c.assign(forbidden.deal(c.r))
			t.unadmitted = true
		case share < unadmittedShare:
			t = c.assign(unadmitted.deal(c.r))
			t.unadmitted = true
		case share < uncataloguedShare:
			t = c.assignUncatalogued()
		case share < duplicatedShare:
			t = c.duplicate()
		case share < statutoryShare:
			t = c.assign(c.byCode["T2503"])
		case share < admittedShare:
			t = c.assign(admitted.deal(c.r))
		default:
			t = c.assign(c.other(&assist))
		}
		c.follow(n+1, t)
	}
}

// other deals an assist item other than the street's programme.
func (c *community) other(d *deck) item {
	for {
		if i := d.deal(c.r); i.code != c.programme.code {
			return i
		}
	}
}

// follow writes a task and what follows from it.
func (c *community) follow(n int, t task) {
	t.no = c.number("JB", c.Code, n)
	c.answer(&t)
	c.complete(&t)
	c.writeTask(t)
	if n == 1 {
		c.receiveLump()
	} else {
		c.fund(t)
	}
	c.tasks = append(c.tasks, t)
}

// assigned is this community's task of the street's programme.
func (c *community) assigned() task {
	return task{
		item: c.programme, assigner: c.programme.department, document: c.notice, issued: c.issued, starts: c.starts, due: c.due,
		quantity: none, base: none, amount: none, done: none,
	}
}

// assign makes a task of an item, dated and measured.
func (c *community) assign(i item) task {
	t := task{item: i, assigner: i.department, quantity: none, base: none, amount: none, done: none}
	c.date(&t)
	c.measure(&t)
	t.document = c.county.document(c.County, t.assigner, c.between(1, 180))
	if c.chance(4) {
		t.document = ""
	}
	if i.authority && c.chance(50) {
		t.permit = fmt.Sprintf("授权委托〔%d〕%d号", c.Year, c.between(1, 90))
	}
	return t
}

// date sets when a task is issued, begins and ends. More than a third of the
// year's work comes in its first quarter.
func (c *community) date(t *task) {
	at := c.between(6, 340)
	if c.chance(15) {
		at = c.between(6, 90)
	}
	t.issued = c.workday(c.first.AddDays(at))
	t.starts = t.issued.AddDays(c.between(12, 35))
	t.due = min(t.starts.AddDays(c.between(15, 100)), c.latest)
	if c.chance(12) {
		t.due = 0
	}
	if c.chance(60) {
		t.payBy = min(t.issued.AddDays(c.between(20, 60)), c.latest)
	}
}

// measure sets what the item's rule asks for, and leaves it out now and then.
func (c *community) measure(t *task) {
	if t.high == 0 {
		return
	}
	n := c.between(t.low, t.high)
	switch t.rule {
	case "per_case":
		t.quantity = n
	case "ratio":
		t.base = fen(n/100) * 10000
		if c.chance(15) {
			t.base = none
		}
	case "agreed":
		t.amount = fen(n/100) * 10000
		if c.chance(20) {
			t.amount = none
		}
	}
}

// unknownItems are codes that no catalogue has, with who asks for them.
var unknownItems = []struct{ code, department string }{
	{"L001", "D15"}, {"L002", "D23"}, {"L003", "D05"}, {"L004", "D14"}, {"L005", "D30"}, {"L006", "D03"},
}

func (c *community) assignUncatalogued() task {
	u := unknownItems[c.r.IntN(len(unknownItems))]
	t := c.assign(item{code: u.code, department: u.department})
	t.uncatalogued = true
	if c.chance(50) {
		t.amount = fen(c.between(3, 60)) * 10000
	}
	return t
}

// duplicate is a task that another department gives a second time, while the
// first is still going on.
func (c *community) duplicate() task {
	first := c.tasks[0]
	for range c.tasks { // A few tries to find one that can be repeated.
		if t := c.tasks[c.r.IntN(len(c.tasks))]; t.list == "assist" && t.due != 0 && t.state != recalled {
			first = t
			break
		}
	}
	t := c.assign(first.item)
	for t.assigner == first.assigner {
		t.assigner = c.departments[1+c.r.IntN(30)].code
	}
	t.document = c.county.document(c.County, t.assigner, c.between(1, 180))
	t.issued = min(c.workday(first.issued.AddDays(c.between(3, 25))), c.last.AddDays(-3))
	t.starts = t.issued.AddDays(12)
	t.due = min(t.starts.AddDays(60), c.latest)
	t.payBy = 0
	return t
}

func (c *community) writeTask(t task) {
	c.out.add(tasks, t.no, t.assigner, c.Code, t.code, t.document, t.issued.String(), cell(t.starts), cell(t.due),
		count(t.quantity), t.base.yuan(), t.amount.yuan(), cell(t.payBy), t.permit, cell(t.recalled))
}
