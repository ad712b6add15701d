package api

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"feisui/pkg/civil"
	"feisui/pkg/journal"
	"feisui/schemas"
	"feisui/services/ledger"
)

// Behind is an entry behind a number, without what it says: entries give that to
// whom it is for.
type Behind struct {
	Position   int64      `json:"position"`
	Type       string     `json:"type" example:"task.assigned"`
	Stream     string     `json:"stream" example:"task/JB2025-0031"`
	On         civil.Date `json:"on,omitzero" doc:"所说的事发生的日期 (the day of what it says)"`
	RecordedAt time.Time  `json:"recorded_at"`
	Kind       string     `json:"kind" enum:"record,act" doc:"补录或当场办理"`
	Request    string     `json:"request"`
	Actor      string     `json:"actor,omitempty"`
	Role       string     `json:"role,omitempty" doc:"以何种角色 (in which role)"`
	Office     string     `json:"office,omitempty" doc:"代表哪个单位 (for which organisation)"`
}

// behind writes into a task what stands in entries alone, and which entries its
// figures come from, up to the position that those are of.
func (s *service) behind(ctx context.Context, county string, task *WholeTask, trail *ledger.Trail) error {
	hops := map[string]bool{}
	for _, h := range task.Payments {
		hops[h.Voucher] = true
	}
	for e, err := range s.Journal().Streams(ctx, county, streamsOf(task, trail)) {
		if err != nil {
			return err
		}
		if e.Position > task.Position || schemas.Confidential(e.Stream) {
			continue
		}
		event, err := schemas.Decode(e.Type, e.Data)
		if err != nil {
			return err
		}
		if elsewhere(event, hops) {
			continue
		}
		task.tell(event, e.Position)
		behind, err := behindOf(&e)
		if err != nil {
			return err
		}
		task.Entries = append(task.Entries, behind)
	}
	return nil
}

// streamsOf are those that a task's figures follow from.
func streamsOf(task *WholeTask, trail *ledger.Trail) []string {
	streams := []string{
		"task/" + task.No, schemas.InstanceStream("task", task.No), "item/" + task.Item, "community/" + task.Community, schemas.PolicyAdopted{}.Stream(),
	}
	for _, p := range task.Commitments {
		streams = append(streams, "commitment/"+p.No, schemas.InstanceStream("commitment", p.No))
	}
	for _, h := range task.Payments {
		streams = append(streams, "payment/"+h.Voucher, schemas.InstanceStream("payment", h.Voucher))
	}
	for _, no := range trail.Deciding {
		streams = append(streams, "admission/"+no)
	}
	return streams
}

// elsewhere reports that an entry is about money that left this way: a payment was
// passed on to others too, who are nobody's business here.
func elsewhere(e schemas.Event, hops map[string]bool) bool {
	switch e := e.(type) {
	case schemas.PaymentPassedOn:
		return !hops[e.Child]
	case schemas.PaymentReturned:
		return !hops[e.Child]
	}
	return false
}

// tell takes in what an entry says that the ledger does not keep: the document of a
// task, and its receipts in full.
func (w *WholeTask) tell(e schemas.Event, position int64) {
	switch e := e.(type) {
	case schemas.TaskAssigned:
		w.Facts.Document = e.Document
	case schemas.TaskSupplemented:
		w.Facts.Document = e.Document
	case schemas.TaskAmended:
		w.Facts.Document = e.Document
	case schemas.TaskReceipted:
		if e.FiledOn <= w.Day {
			w.Receipts = append(w.Receipts, TaskReceipt{position, e.No, e.Outcome, e.FiledOn, e.Reason, e.ConditionAmount, e.ConditionBy, e.Note})
		}
	}
}

// ofDay are the fields in which events say the day of what they tell, by the first of
// which an entry is dated.
var ofDay = []string{
	"on", "filed_on", "completed_on", "recalled_on", "withdrawn_on", "confirmed_on", "reversed_on", "paid_on", "issued_on", "made_on",
	"revoked_on", "decided_on", "from",
}

func behindOf(e *journal.Entry) (b Behind, err error) {
	b = Behind{
		Position: e.Position, Type: e.Type, Stream: e.Stream, RecordedAt: e.RecordedAt, Kind: e.Kind, Request: e.Request, Actor: e.Actor,
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(e.Data, &fields); err != nil {
		return b, err
	}
	text := func(name string) (value string) {
		if json.Unmarshal(fields[name], &value) != nil {
			return "" // it is not there, or something else
		}
		return value
	}
	b.Role, b.Office = text("role"), text("office")
	if i := slices.IndexFunc(ofDay, func(name string) bool { return text(name) != "" }); i >= 0 {
		b.On, err = civil.Parse(text(ofDay[i]))
	}
	return b, err
}
