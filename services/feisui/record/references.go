package record

import (
	"feisui/pkg/code"
)

// known are the things that a row may name: those of this workbook. What the
// journal has is asked of the journal.
type known map[string]bool

func keys[T any](rows *rowsOf[T], key func(*T) string) known {
	k := make(known, len(rows.list))
	for i := range rows.list {
		k[key(&rows.list[i])] = true
	}
	return k
}

func (d *door) isCommunity(c string) bool {
	return d.communities[c] || d.journal.Has("community/"+c)
}

// isParty reports whether a code is a community, a department, or a street,
// which any code of nine digits is.
func (d *door) isParty(c string) bool {
	return d.isCommunity(c) || d.departments[c] || code.IsStreet(c) || d.journal.Has("department/"+c)
}

// referencesOfTasks looks up what the rows of the first half of the sheets name, also
// those that have other faults. An unknown item is not looked for: it is a fact about
// the world and comes in. What may name a row that could not be read, and was
// reported for that, is not wrong a second time.
func (d *door) referencesOfTasks(s *sheets) {
	s.items.each(func(i int, r *itemRow) {
		d.party(s.items, i, "department", r.Department)
		for _, p := range r.Payers {
			d.party(s.items, i, "payers", p.Code)
		}
	})
	s.admissions.each(func(i int, r *admissionRecord) {
		d.party(s.admissions, i, "department", r.Admission.Department)
		for _, c := range r.Admission.Communities {
			d.community(s.admissions, i, "communities", c)
		}
	})
	s.tasks.each(func(i int, r *taskRecord) {
		d.party(s.tasks, i, "department", r.Task.Department)
		d.community(s.tasks, i, "community", r.Task.Community)
	})
	s.receipts.each(func(i int, r *receiptRow) { d.task(s.receipts, i, r.Task) })
	s.completions.each(func(i int, r *completionRow) { d.task(s.completions, i, r.Task) })
}

// referencesOfMoney looks up what those of the second half name.
func (d *door) referencesOfMoney(s *sheets) {
	s.commitments.each(func(i int, r *commitmentRow) {
		d.party(s.commitments, i, "department", r.Department)
		d.community(s.commitments, i, "community", r.Community)
	})
	s.payments.each(func(i int, r *paymentRow) {
		d.party(s.payments, i, "payer", r.Payer)
		d.party(s.payments, i, "payee", r.Payee)
		d.community(s.payments, i, "community", r.Community)
		d.voucher(s.payments, i, "upstream", r.Upstream)
		d.voucher(s.payments, i, "reverses", r.Reverses)
	})
	s.arrivals.each(func(i int, r *arrivalRecord) { d.voucher(s.arrivals, i, "voucher", r.Arrival.Voucher) })
	s.plaques.each(func(i int, r *plaqueRecord) {
		d.party(s.plaques, i, "department", r.Plaque.Department)
		d.community(s.plaques, i, "community", r.Plaque.Community)
	})
	s.burdens.each(func(i int, r *burdenRecord) {
		d.party(s.burdens, i, "department", r.Burden.Department)
		d.community(s.burdens, i, "community", r.Burden.Community)
	})
}

// faulty is any sheet's rows, for saying that one of them is wrong.
type faulty interface {
	fault(i int, column, found, key string, args ...string)
}

func (d *door) party(rows faulty, i int, column, c string) {
	if c != "" && !d.isParty(c) && !d.partly["departments"] && (!code.IsCommunity(c) || !d.partly["communities"]) {
		rows.fault(i, column, c, "party_unknown")
	}
}

func (d *door) community(rows faulty, i int, column, c string) {
	if c != "" && !d.isCommunity(c) && !d.partly["communities"] {
		rows.fault(i, column, c, "community_unknown")
	}
}

func (d *door) task(rows faulty, i int, no string) {
	if no != "" && !d.tasks[no] && !d.journal.Has("task/"+no) && !d.partly["tasks"] {
		rows.fault(i, "task", no, "task_unknown")
	}
}

func (d *door) voucher(rows faulty, i int, column, voucher string) {
	if voucher != "" && !d.vouchers[voucher] && !d.journal.Has("payment/"+voucher) && !d.partly["payments"] {
		rows.fault(i, column, voucher, "voucher_unknown")
	}
}
