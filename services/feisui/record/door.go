package record

import (
	"errors"
	"fmt"
	"iter"
	"runtime/debug"
	"sync"

	"github.com/google/uuid"

	"feisui/pkg/journal/memory"
	"feisui/pkg/workbook"
	"feisui/pkg/workflow"
	"feisui/schemas"
	"feisui/services/admission"
	"feisui/services/burden"
	"feisui/services/fund"
	"feisui/services/registry"
	"feisui/services/task"
)

// Journal is where the door records.
type Journal = memory.Journal[schemas.Event]

// The rows of the sheets, as they are decided on.
type (
	itemRow         = schemas.ItemListed
	receiptRow      = schemas.TaskReceipted
	completionRow   = schemas.TaskCompleted
	commitmentRow   = schemas.CommitmentMade
	paymentRow      = schemas.PaymentMade
	admissionRecord = admission.Record
	taskRecord      = task.Record
	arrivalRecord   = fund.RecordArrival
	plaqueRecord    = burden.RecordPlaque
	burdenRecord    = burden.RecordBurden
)

// sheets are a workbook's rows.
type sheets struct {
	communities *rowsOf[schemas.CommunityRegistered]
	departments *rowsOf[schemas.DepartmentRegistered]
	items       *rowsOf[itemRow]
	admissions  *rowsOf[admissionRecord]
	tasks       *rowsOf[taskRecord]
	receipts    *rowsOf[receiptRow]
	completions *rowsOf[completionRow]
	commitments *rowsOf[commitmentRow]
	payments    *rowsOf[paymentRow]
	arrivals    *rowsOf[arrivalRecord]
	plaques     *rowsOf[plaqueRecord]
	titles      *rowsOf[schemas.PlaqueTitleListed]
	burdens     *rowsOf[burdenRecord]
}

// door is one workbook on its way in.
type door struct {
	faults
	book    Source
	reason  string // why rows may say otherwise than is recorded; "" when they may not
	journal Past
	events  []schemas.Event
	absent  map[string]bool // sheet.column that was reported missing
	taught  described       // nil unless the columns are to be described
	unpaid  bool            // payments and arrivals were refused, and bring no events

	names
}

// names are what rows may name.
type names struct {
	communities, departments, tasks, vouchers known
	partly                                    map[string]bool // sheets of which rows could not be read
}

// Source is a workbook, as pkg/workbook reads it.
type Source interface {
	Sheet(name string) iter.Seq[workbook.Row]
	Has(sheet, column string) bool
	Extra(name string) ([]byte, bool, error)
	Faults() []workbook.Fault
	Unlisted() int
}

// Correcting is a workbook that corrects what is recorded (更正): a cell that
// differs from what is recorded amends it, and the amendment says the reason. An
// empty cell still says nothing, and rows that are not there change nothing.
type Correcting struct {
	Source
	Reason string // not empty
}

// Past is what has been recorded before.
type Past interface {
	Has(stream string) bool
	Stream(name string) iter.Seq[schemas.Event]
}

// Import takes a workbook into the journal as one request: all of it, or, when
// anything is wrong with it, nothing. Then the error is a *Refused that lists
// every fault. What is recorded already changes nothing; recorded says how many
// events were new.
func Import(book *workbook.Book, j *Journal, request uuid.UUID) (recorded int, err error) {
	events, err := Decide(book, j)
	if err != nil {
		return 0, err
	}
	_, err = j.Append(request, events)
	return len(events), err
}

// Decide gives the events that a workbook adds to the past, none when all is
// known, or a *Refused that lists every fault. A row that differs from what is
// recorded is a fault, unless the workbook is Correcting; then the rules of a
// first import hold for what results.
func Decide(book Source, past Past) ([]schemas.Event, error) { return decideOn(book, past, nil) }

func decideOn(book Source, past Past, t *tally) ([]schemas.Event, error) {
	d := &door{book: book, journal: past, absent: map[string]bool{}, names: names{partly: map[string]bool{}}, faults: faults{tally: t}}
	if c, ok := book.(Correcting); ok {
		d.reason = c.Reason
	}
	policy := d.readPolicy()
	s, beside := &sheets{}, d.beside()
	d.inTwo(beside, func() { d.readTasks(s) }, func() { beside.readMoney(s) })
	d.know(s)
	for _, f := range book.Faults() {
		if at := place(f.File); at > 0 {
			d.partly[Layout[at-1].Name] = true
		}
	}
	beside.names = d.names
	d.inTwo(beside, func() { d.referencesOfTasks(s); d.decideTasks(s, policy) }, func() { beside.referencesOfMoney(s); beside.decideMoney(s) })
	d.join(beside)
	d.shut(s)
	if err := d.err(book); err != nil {
		return nil, err
	}
	return d.events, nil
}

// beside gives the door of the second half of the sheets: another one where that half
// can be read and decided on while the first is.
func (d *door) beside() *door {
	book := d.book
	if c, ok := book.(Correcting); ok {
		book = c.Source
	}
	if _, severally := book.(*workbook.Book); !severally || d.tally != nil { // rows are counted in one place
		return d
	}
	return &door{book: d.book, journal: d.journal, reason: d.reason, absent: map[string]bool{}}
}

// inTwo does something with the first half of the sheets and the second: at once where
// they have doors of their own.
func (d *door) inTwo(beside *door, first, second func()) {
	if beside == d {
		first()
		second()
		return
	}
	var half sync.WaitGroup
	var fault any
	half.Go(func() {
		defer func() {
			if is := recover(); is != nil {
				fault = fmt.Sprintf("%v, at %s", is, debug.Stack())
			}
		}()
		second()
	})
	defer func() {
		if half.Wait(); fault != nil {
			panic(fault) // here, where it is the caller's
		}
	}()
	first()
}

// join takes in what came of the second half.
func (d *door) join(beside *door) {
	if beside == d {
		return
	}
	d.events, d.unpaid = append(d.events, beside.events...), beside.unpaid
	room := min(faultsMax-len(d.list), len(beside.list))
	d.list, d.more = append(d.list, beside.list[:room]...), d.more+beside.more+len(beside.list)-room
}

func (d *door) readPolicy() *schemas.PolicyAdopted {
	data, ok, err := d.book.Extra(policyFile)
	if err != nil {
		d.fault(policyFile, 0, "", err.Error(), "policy_json", "example", policyExample)
		return nil
	}
	if !ok {
		return nil
	}
	if policy, ok := d.policy(data); ok {
		return &policy
	}
	return nil
}

// readTasks reads the first half of the sheets: who there is, and what is asked of them.
func (d *door) readTasks(s *sheets) {
	s.communities = read(d, "communities", community, func(r *schemas.CommunityRegistered) string { return r.Code })
	s.departments = read(d, "departments", department, func(r *schemas.DepartmentRegistered) string { return r.Code })
	s.items = read(d, "items", item, func(r *itemRow) string { return r.Code })
	s.admissions = read(d, "admissions", admissionRow, func(r *admissionRecord) string { return r.Admission.No })
	s.tasks = read(d, "tasks", taskRow, func(r *taskRecord) string { return r.Task.No })
	s.receipts = read(d, "receipts", receipt, whole)
	s.completions = read(d, "completions", completion, func(r *completionRow) string { return r.Task })
	s.titles = read(d, "plaque_catalogue", plaqueTitle, func(r *schemas.PlaqueTitleListed) string { return r.Zone + ":" + r.Title })
}

// readMoney reads the second half: what is paid, and what hangs.
func (d *door) readMoney(s *sheets) {
	s.commitments = read(d, "commitments", commitment, func(r *commitmentRow) string { return r.No })
	s.payments = read(d, "payments", payment, func(r *paymentRow) string { return r.Voucher })
	s.arrivals = read(d, "arrivals", arrival, whole)
	s.plaques = read(d, "plaques", plaque, func(r *plaqueRecord) string { return r.Plaque.No })
	s.burdens = read(d, "burdens", otherBurden, func(r *burdenRecord) string { return r.Burden.No })
}

// know takes in what rows may name.
func (d *door) know(s *sheets) {
	d.communities = keys(s.communities, func(r *schemas.CommunityRegistered) string { return r.Code })
	d.departments = keys(s.departments, func(r *schemas.DepartmentRegistered) string { return r.Code })
	d.tasks = keys(s.tasks, func(r *taskRecord) string { return r.Task.No })
	d.vouchers = keys(s.payments, func(r *paymentRow) string { return r.Voucher })
}

// decideTasks turns the rows of the first half into commands, and has each service
// decide on its own.
func (d *door) decideTasks(s *sheets, policy *schemas.PolicyAdopted) {
	d.decideRegistry(s, policy)
	decide(d, s.admissions, "admission/", func(i int, r admissionRecord, known admission.Admission) ([]schemas.Event, error) {
		r.Row, r.Reason = i, d.reason
		return r.Decide(known)
	})
	d.decideTask(s)
}

// decideMoney does so with the second half.
func (d *door) decideMoney(s *sheets) {
	decide(d, s.commitments, "commitment/", func(i int, r commitmentRow, known fund.Commitment) ([]schemas.Event, error) {
		return fund.RecordCommitment{Row: i, Commitment: r, Reason: d.reason}.Decide(known)
	})
	d.decideFund(s)
	decide(d, s.plaques, "plaque/", func(i int, r plaqueRecord, known burden.Plaque) ([]schemas.Event, error) {
		r.Row, r.Reason = i, d.reason
		return r.Decide(known)
	})
	decide(d, s.burdens, "burden/", func(i int, r burdenRecord, known burden.Burden) ([]schemas.Event, error) {
		r.Row, r.Reason = i, d.reason
		return r.Decide(known)
	})
}

func (d *door) decideRegistry(s *sheets, policy *schemas.PolicyAdopted) {
	if policy != nil {
		adopts := registry.RecordPolicy{Policy: *policy}.Decide(load[registry.Policy](d, policy.Stream()))
		d.events = append(d.events, adopts...)
		if d.tally != nil {
			d.tally.policy, d.tally.adopted = true, len(adopts) > 0
		}
	}
	decide(d, s.departments, "department/", func(i int, r schemas.DepartmentRegistered, known registry.Department) ([]schemas.Event, error) {
		return registry.RecordDepartment{Row: i, Department: r, Reason: d.reason}.Decide(known)
	})
	decide(d, s.communities, "community/", func(i int, r schemas.CommunityRegistered, known registry.Community) ([]schemas.Event, error) {
		return registry.RecordCommunity{Row: i, Community: r, Reason: d.reason}.Decide(known)
	})
	decide(d, s.items, "item/", func(i int, r itemRow, known registry.Item) ([]schemas.Event, error) {
		return registry.RecordItem{Row: i, Item: r, Reason: d.reason}.Decide(known)
	})
	decide(d, s.titles, "plaque_title/", func(_ int, r schemas.PlaqueTitleListed, known registry.PlaqueTitle) ([]schemas.Event, error) {
		return registry.RecordPlaqueTitle{Title: r}.Decide(known), nil
	})
}

// decide has a service decide on each row of a sheet. A row with an unread cell,
// or with the key of another, is decided on as if it was new, for what is wrong
// with its cells: what it leaves out, or is at fault for, contradicts nothing.
func decide[T any, S state[S]](d *door, rows *rowsOf[T], category string, decide func(i int, row T, known S) ([]schemas.Event, error)) {
	rows.each(func(i int, row *T) {
		var known S
		if !rows.unread[i] && !rows.again[i] {
			known = load[S](d, category+rows.key(row))
		}
		events, err := decide(i, *row, known)
		d.tally.came(rows.name, events)
		d.take(rows, events, err)
	})
}

// decideTask keeps the state of each task at hand, since receipts and
// completions of the same workbook need it.
func (d *door) decideTask(s *sheets) {
	states := make(map[string]*task.Task, len(s.tasks.list))
	state := func(no string) *task.Task {
		if states[no] == nil {
			t := load[task.Task](d, "task/"+no)
			states[no] = &t
		}
		return states[no]
	}
	completing := keys(s.completions, s.completions.key)
	decide(d, s.tasks, "task/", func(i int, r taskRecord, known task.Task) ([]schemas.Event, error) {
		t := state(r.Task.No)
		if t.Assigned == nil {
			t.Assigned = &r.Task // also of a row that is refused: its dates bind what follows
		}
		if completing[r.Task.No] {
			known.Completed = nil // the row that completes it may say another day, and is held against the issue below
		}
		r.Row, r.Reason = i, d.reason
		events, err := r.Decide(known)
		for _, e := range events {
			*t = t.Evolve(e)
		}
		return events, err
	})
	s.receipts.each(func(_ int, r *receiptRow) {
		events, err := task.RecordReceipt{Receipt: *r}.Decide(*state(r.Task))
		d.tally.came(s.receipts.name, events)
		d.take(s.receipts, events, err)
	})
	decide(d, s.completions, "task/", func(i int, r completionRow, known task.Task) ([]schemas.Event, error) {
		if known.Assigned = state(r.Task).Assigned; known.Assigned == nil {
			return nil, nil // refused as an unknown task
		}
		return task.RecordCompletion{Row: i, Completion: r, Reason: d.reason}.Decide(known)
	})
}

func (d *door) decideFund(s *sheets) {
	c := fund.Record{
		Payments: make([]fund.RecordPayment, 0, len(s.payments.list)), Arrivals: make([]fund.RecordArrival, 0, len(s.arrivals.list)), Reason: d.reason,
	}
	s.payments.each(func(i int, r *paymentRow) {
		switch {
		case r.Voucher == "":
			c.Unsure = append(c.Unsure, r.Upstream, r.Reverses)
		case s.payments.again[i]:
			c.Unsure = append(c.Unsure, r.Voucher, r.Upstream, r.Reverses)
		default:
			p := *r
			p.Beneficiary = d.beneficiary(r)
			c.Payments = append(c.Payments, fund.RecordPayment{Row: i, Payment: p, Unread: s.payments.unread[i]})
		}
	})
	s.arrivals.each(func(i int, r *arrivalRecord) {
		if s.arrivals.unread[i] {
			c.Unsure = append(c.Unsure, r.Arrival.Voucher)
			return
		}
		r.Row = i
		c.Arrivals = append(c.Arrivals, *r)
	})
	events, err := c.Decide(d.payment)
	d.tally.paid(events)
	var refused fund.Refused
	if errors.As(err, &refused) {
		d.unpaid = true
		d.refuse(s.payments, refused.Payments)
		d.refuse(s.arrivals, refused.Arrivals)
	}
	d.events = append(d.events, events...)
}

// beneficiary is the community that a payment is for, "" when there is none. A
// payee that nobody is, which is a fault, may have been meant as a community.
func (d *door) beneficiary(r *paymentRow) string {
	if r.Community == "" && (d.isCommunity(r.Payee) || !d.isParty(r.Payee)) {
		return r.Payee
	}
	return r.Community
}

// payment gives what the journal knows of a payment, nil when nothing.
func (d *door) payment(voucher string) *fund.Payment {
	stream := "payment/" + voucher
	if !d.journal.Has(stream) {
		return nil
	}
	p := &fund.Payment{}
	for e := range d.journal.Stream(stream) {
		p.Evolve(e)
	}
	return p
}

// state is what a service knows of one stream.
type state[S any] interface{ Evolve(schemas.Event) S }

// load folds what the journal has of a stream into the state of its kind.
func load[S state[S]](d *door, stream string) (s S) {
	for e := range d.journal.Stream(stream) {
		s = s.Evolve(e)
	}
	return s
}

// refusable is any sheet's rows, for finding the row of a refusal.
type refusable interface {
	where(i int) (file string, row int)
}

func (r *rowsOf[T]) where(i int) (file string, row int) { return r.sheet, r.at[i] }

// take gathers what a service decided.
func (d *door) take(rows refusable, events []schemas.Event, err error) {
	var refused workflow.Refusals
	if errors.As(err, &refused) {
		d.refuse(rows, refused)
	}
	d.events = append(d.events, events...)
}

func (d *door) refuse(rows refusable, refused workflow.Refusals) {
	for _, r := range refused {
		file, row := rows.where(r.Row)
		d.say(workflow.Messages, file, row, r.Field, r.Found, r.Expect)
	}
}
