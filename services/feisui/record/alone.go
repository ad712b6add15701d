package record

import (
	"slices"
	"strings"

	"feisui/pkg/civil"
	"feisui/schemas"
	"feisui/services/task"
)

// This file says what one person records by a row: a fact that is new, of a number
// behind which no workflow's instance stands. What changes something recorded goes by
// the workflow that it belongs to, or takes two persons (docs/adr/0019). Workbooks that
// a second person confirmed, and the operator, bring what happened before as it is.

// Beyond is what one person may not record.
type Beyond struct {
	Workflow string   // by which it goes; "" where it takes a second person
	No       string   // of what it is about
	Steps    []string // of the workflow, that do it
	Begins   bool     // the first of them begins an instance
	Begun    bool     // an instance stands behind the number
}

func (b *Beyond) Error() string {
	return b.No + " is not for one person to record: it goes by " + b.Workflow + " " + strings.Join(b.Steps, ", ")
}

// Alone refuses what one person does not record by a row, on a day: with *Beyond, or with
// *Refused for a day that has not come, a receipt of before the issue, a reason that is
// none. Events are those that the row brings, none of them yet in the past.
func Alone(events []schemas.Event, past Past, on civil.Date) error {
	wrong := &Refused{}
	for _, e := range events {
		b, open := belongs(e)
		b.Begun = b.Workflow != "" && past.Has(schemas.InstanceStream(b.Workflow, b.No))
		if b.Begun || !open {
			return &b
		}
		wrong.Faults = append(wrong.Faults, untimely(e, past, on)...)
	}
	if len(wrong.Faults) > 0 {
		return wrong
	}
	return nil
}

// Registers reports that events do nothing but register who and what there is, which one
// person of the competent authority may also do with a workbook.
func Registers(events []schemas.Event) bool {
	return !slices.ContainsFunc(events, func(e schemas.Event) bool {
		b, open := belongs(e)
		return !open || b.Workflow != ""
	})
}

// belongs says to which workflow an event belongs, by which steps it comes there, and
// whether it is open to a row as well, as a first fact is that one person may say.
func belongs(e schemas.Event) (b Beyond, open bool) {
	switch e := e.(type) {
	case schemas.CommunityRegistered, schemas.DepartmentRegistered, schemas.ItemListed, schemas.PlaqueTitleListed:
		return Beyond{No: e.Stream()}, true
	case schemas.TaskAssigned:
		return Beyond{Workflow: "task", No: e.No, Steps: []string{"issue"}, Begins: true}, true
	case schemas.TaskSupplemented:
		return Beyond{Workflow: "task", No: e.No, Steps: []string{"amend"}}, false
	case schemas.TaskRecalled:
		return Beyond{Workflow: "task", No: e.No, Steps: []string{"recall"}}, false
	case schemas.TaskReceipted:
		return Beyond{Workflow: "task", No: e.Task, Steps: []string{"accept", "accept_on_condition", "reject", "query"}}, true
	case schemas.TaskCompleted:
		return Beyond{Workflow: "task", No: e.Task, Steps: []string{"report", "verify"}}, false
	case schemas.AdmissionDecided:
		return Beyond{Workflow: "admission", No: e.No, Steps: []string{"apply"}, Begins: true}, false
	case schemas.AdmissionRevoked:
		return Beyond{Workflow: "admission", No: e.No, Steps: []string{"revoke"}}, false
	case schemas.PlaqueHung:
		return Beyond{Workflow: "plaque", No: e.No, Steps: []string{"register"}, Begins: true}, true
	case schemas.PlaqueTakenDown:
		return Beyond{Workflow: "plaque", No: e.No, Steps: []string{"report_removal", "confirm_removal"}}, false
	case schemas.BurdenBegun:
		return Beyond{Workflow: "burden", No: e.No, Steps: []string{"register"}, Begins: true}, true
	case schemas.BurdenSupplemented:
		return Beyond{Workflow: "burden", No: e.No, Steps: []string{"end"}}, false
	case schemas.BurdenEnded:
		return Beyond{Workflow: "burden", No: e.No, Steps: []string{"end"}}, false
	}
	return belongsToMoney(e)
}

// belongsToMoney is belongs for what departments promise and pay.
func belongsToMoney(e schemas.Event) (b Beyond, open bool) {
	switch e := e.(type) {
	case schemas.CommitmentMade:
		if e.Kind != "pledge" { // finance makes a quota of what a department promised
			return Beyond{Workflow: "commitment", No: e.No, Steps: []string{"promise", "release"}, Begins: true}, false
		}
		return Beyond{Workflow: "commitment", No: e.No, Steps: []string{"promise"}, Begins: true}, true
	case schemas.CommitmentSupplemented:
		return Beyond{Workflow: "commitment", No: e.No, Steps: []string{"amend", "release"}}, false
	case schemas.PaymentMade:
		return Beyond{Workflow: "payment", No: e.Voucher, Steps: []string{"record"}, Begins: true}, false
	case schemas.PaymentArrived:
		return Beyond{Workflow: "payment", No: e.Voucher, Steps: []string{"confirm"}}, true
	case schemas.PaymentArrivalWithdrawn:
		return Beyond{Workflow: "payment", No: e.Voucher, Steps: []string{"withdraw"}}, false
	}
	return Beyond{No: e.Stream()}, false // an amendment, or what says more of who and what there is
}

// reasons are the reason codes of a rejection (拒收原因), those that the workflow's form has.
var reasons = []string{"N01", "N02", "N03", "N04", "N05", "N06", "N07", "N08", "N09", "N10", "N11", "N12", "N99"}

// untimely says what is wrong with the day of a first fact, and with a receipt.
func untimely(e schemas.Event, past Past, on civil.Date) []Fault {
	var all faults
	said := func(sheet, column string, day civil.Date) {
		if day > on {
			all.fault(sheet, 1, column, day.String(), "row_ahead", "day", on.String())
		}
	}
	switch e := e.(type) {
	case schemas.TaskAssigned:
		said("tasks", "issued_on", e.IssuedOn)
	case schemas.TaskReceipted:
		said("receipts", "filed_on", e.FiledOn)
		var t task.Task
		for known := range past.Stream(e.Stream()) {
			t = t.Evolve(known)
		}
		if t.Assigned != nil && e.FiledOn < t.Assigned.IssuedOn {
			all.fault("receipts", 1, "filed_on", e.FiledOn.String(), "row_before_issue", "day", t.Assigned.IssuedOn.String())
		}
		if (e.Outcome == "reject" || e.Reason != "") && !slices.Contains(reasons, e.Reason) {
			all.fault("receipts", 1, "reason", e.Reason, "row_reason", "codes", strings.Join(reasons, "、"))
		}
		if e.Reason == "N99" && e.Note == "" {
			all.fault("receipts", 1, "note", "", "row_note")
		}
	case schemas.CommitmentMade:
		said("commitments", "made_on", e.MadeOn)
	case schemas.PaymentArrived:
		said("arrivals", "confirmed_on", e.ConfirmedOn)
	case schemas.PlaqueHung:
		said("plaques", "hung_on", e.HungOn)
	case schemas.BurdenBegun:
		said("burdens", "from", e.From)
	}
	return all.list
}
