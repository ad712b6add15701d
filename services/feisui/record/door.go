package record

import (
	"errors"

	"github.com/google/uuid"

	"feisui/pkg/journal"
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
type Journal = journal.Memory[schemas.Event]

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
	book    *workbook.Book
	journal *Journal
	events  []schemas.Event
	absent  map[string]bool // sheet.column that was reported missing

	communities, departments, tasks, vouchers known
}

// Import takes a workbook into the journal as one request: all of it, or, when
// anything is wrong with it, nothing. Then the error is a *Refused that lists
// every fault. What is recorded already changes nothing; new reports how many
// events were.
func Import(book *workbook.Book, j *Journal, request uuid.UUID) (new int, err error) {
	d := &door{book: book, journal: j, absent: map[string]bool{}}
	d.order = map[string]int{}
	policy, err := d.readPolicy()
	if err != nil {
		return 0, err
	}
	s := d.readSheets()
	d.references(s)
	d.decide(s, policy)
	if err := d.err(book); err != nil {
		return 0, err
	}
	_, err = j.Append(request, d.events)
	return len(d.events), err
}

func (d *door) readPolicy() (*schemas.PolicyAdopted, error) {
	data, ok, err := d.book.Extra(policyFile)
	if err != nil || !ok {
		return nil, err
	}
	if policy, ok := d.policy(data); ok {
		return &policy, nil
	}
	return nil, nil
}

func (d *door) readSheets() *sheets {
	s := &sheets{
		communities: read(d, "communities", community, func(r *schemas.CommunityRegistered) string { return r.Code }, byKey),
		departments: read(d, "departments", department, func(r *schemas.DepartmentRegistered) string { return r.Code }, byKey),
		items:       read(d, "items", item, func(r *itemRow) string { return r.Code }, byKey),
		admissions:  read(d, "admissions", admissionRow, func(r *admissionRecord) string { return r.Admission.No }, byKey),
		tasks:       read(d, "tasks", taskRow, func(r *taskRecord) string { return r.Task.No }, byKey),
		receipts:    read(d, "receipts", receipt, func(r *receiptRow) string { return r.Task }, byRow),
		completions: read(d, "completions", completion, func(r *completionRow) string { return r.Task }, byKey),
		commitments: read(d, "commitments", commitment, func(r *commitmentRow) string { return r.No }, byKey),
		payments:    read(d, "payments", payment, func(r *paymentRow) string { return r.Voucher }, byKey),
		arrivals:    read(d, "arrivals", arrival, func(r *arrivalRecord) string { return r.Arrival.Voucher }, byRow),
		plaques:     read(d, "plaques", plaque, func(r *plaqueRecord) string { return r.Plaque.No }, byKey),
		titles:      read(d, "plaque_catalogue", plaqueTitle, func(r *schemas.PlaqueTitleListed) string { return r.Zone + ":" + r.Title }, byKey),
		burdens:     read(d, "burdens", otherBurden, func(r *burdenRecord) string { return r.Burden.No }, byKey),
	}
	d.communities = keys(s.communities, func(r *schemas.CommunityRegistered) string { return r.Code })
	d.departments = keys(s.departments, func(r *schemas.DepartmentRegistered) string { return r.Code })
	d.tasks = keys(s.tasks, func(r *taskRecord) string { return r.Task.No })
	d.vouchers = keys(s.payments, func(r *paymentRow) string { return r.Voucher })
	return s
}

// decide turns rows into commands, and has each service decide on its own.
func (d *door) decide(s *sheets, policy *schemas.PolicyAdopted) {
	d.decideRegistry(s, policy)
	s.admissions.each(func(i int, r *admissionRecord) {
		r.Row = i
		events, err := r.Decide(load[admission.Admission](d, "admission/"+r.Admission.No))
		d.take(s.admissions, events, err)
	})
	d.decideTasks(s)
	d.decideFund(s)
	s.plaques.each(func(i int, r *plaqueRecord) {
		r.Row = i
		events, err := r.Decide(load[burden.Plaque](d, "plaque/"+r.Plaque.No))
		d.take(s.plaques, events, err)
	})
	s.burdens.each(func(i int, r *burdenRecord) {
		r.Row = i
		events, err := r.Decide(load[burden.Burden](d, "burden/"+r.Burden.No))
		d.take(s.burdens, events, err)
	})
}

func (d *door) decideRegistry(s *sheets, policy *schemas.PolicyAdopted) {
	if policy != nil {
		c := registry.RecordPolicy{Policy: *policy}
		d.events = append(d.events, c.Decide(load[registry.Policy](d, policy.Stream()))...)
	}
	s.departments.each(func(i int, r *schemas.DepartmentRegistered) {
		c := registry.RecordDepartment{Row: i, Department: *r}
		events, err := c.Decide(load[registry.Department](d, r.Stream()))
		d.take(s.departments, events, err)
	})
	s.communities.each(func(i int, r *schemas.CommunityRegistered) {
		c := registry.RecordCommunity{Row: i, Community: *r}
		events, err := c.Decide(load[registry.Community](d, r.Stream()))
		d.take(s.communities, events, err)
	})
	s.items.each(func(i int, r *itemRow) {
		c := registry.RecordItem{Row: i, Item: *r}
		events, err := c.Decide(load[registry.Item](d, r.Stream()))
		d.take(s.items, events, err)
	})
	s.titles.each(func(_ int, r *schemas.PlaqueTitleListed) {
		c := registry.RecordPlaqueTitle{Title: *r}
		d.events = append(d.events, c.Decide(load[registry.PlaqueTitle](d, r.Stream()))...)
	})
}

// decideTasks keeps the state of each task at hand, since receipts and
// completions of the same workbook follow it.
func (d *door) decideTasks(s *sheets) {
	states := make(map[string]*task.Task, len(s.tasks.list))
	state := func(no string) *task.Task {
		if states[no] == nil {
			t := load[task.Task](d, "task/"+no)
			states[no] = &t
		}
		return states[no]
	}
	decided := func(rows refusable, no string, decide func(task.Task) ([]schemas.Event, error)) {
		t := state(no)
		events, err := decide(*t)
		for _, e := range events {
			*t = t.Evolve(e)
		}
		d.take(rows, events, err)
	}
	s.tasks.each(func(i int, r *taskRecord) {
		r.Row = i
		decided(s.tasks, r.Task.No, r.Decide)
	})
	s.receipts.each(func(_ int, r *receiptRow) {
		decided(s.receipts, r.Task, task.RecordReceipt{Receipt: *r}.Decide)
	})
	s.completions.each(func(i int, r *completionRow) {
		if state(r.Task).Assigned != nil { // else its task has a fault of its own
			decided(s.completions, r.Task, task.RecordCompletion{Row: i, Completion: *r}.Decide)
		}
	})
}

func (d *door) decideFund(s *sheets) {
	s.commitments.each(func(i int, r *commitmentRow) {
		c := fund.RecordCommitment{Row: i, Commitment: *r}
		events, err := c.Decide(load[fund.Commitment](d, r.Stream()))
		d.take(s.commitments, events, err)
	})
	c := fund.Record{Payments: make([]fund.RecordPayment, 0, len(s.payments.list)), Arrivals: make([]fund.RecordArrival, 0, len(s.arrivals.list))}
	s.payments.each(func(i int, r *paymentRow) {
		p := *r
		if p.Beneficiary = p.Community; p.Beneficiary == "" && d.isCommunity(p.Payee) {
			p.Beneficiary = p.Payee
		}
		c.Payments = append(c.Payments, fund.RecordPayment{Row: i, Payment: p})
	})
	s.arrivals.each(func(i int, r *arrivalRecord) {
		r.Row = i
		c.Arrivals = append(c.Arrivals, *r)
	})
	events, err := c.Decide(d.payment)
	var refused fund.Refused
	if errors.As(err, &refused) {
		d.refuse(s.payments, refused.Payments)
		d.refuse(s.arrivals, refused.Arrivals)
	}
	d.events = append(d.events, events...)
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

// load folds what the journal has of a stream into the state of its kind.
func load[S interface{ Evolve(schemas.Event) S }](d *door, stream string) (s S) {
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
