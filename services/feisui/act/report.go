package act

import (
	"cmp"
	"encoding/hex"
	"slices"

	"feisui/pkg/civil"
	"feisui/pkg/workflow"
	"feisui/schemas"
	"feisui/services/ledger"
	"feisui/services/process"
)

// This file has what the workflow of burden-reduction reports (减负报告) names. A
// report has no figures of its own: it says up to which entry the county's count,
// so whoever works them out again, however late, gets the same.

// reportFlow is the workflow of reports.
const reportFlow = "report"

// The states in which a report that was signed is none that another goes on from,
// as its declaration has them.
var undone = []string{"returned", "cancelled"}

// reportDays are the days that a report is of and compares with: by the form, else
// as it was last drawn up. A day that cannot be read is none.
func (l *look) reportDays() (on, since civil.Date) {
	before := l.county.Flows.frozen[l.id()]
	day := func(field string, known civil.Date) civil.Date {
		given, err := civil.Parse(l.form[field])
		if err != nil { // the form's schema says so where it is wrong
			return known
		}
		return given
	}
	return day("on", before.AsOf), day("since", before.Since)
}

func reportDates(l *look) error {
	on, since := l.reportDays()
	var refused workflow.Refusals
	if on > l.command.On {
		refused = append(refused, workflow.Refuse(0, "on", on.String(), "report_to_come", "today", l.command.On.String()))
	}
	if on.Given() && since >= on {
		refused = append(refused, workflow.Refuse(0, "since", since.String(), "report_since", "on", on.String()))
	}
	return refused.Err()
}

// figuresKnown refuses to freeze figures of which some are not known.
func figuresKnown(l *look) error {
	if l.county.Blocked == nil {
		return nil
	}
	for _, account := range append([]string{ledger.County}, l.county.Book.Accounts()...) {
		if l.county.Blocked(account) {
			return refuse(account, "figures_blocked", "account", cmp.Or(account, "*"))
		}
	}
	return nil
}

// freezeFigures says of what entries the report's figures are: of those that this
// step was decided on.
func freezeFigures(l *look) ([]schemas.Event, error) {
	step := 1
	if l.in != nil {
		step = len(l.in.Steps) + 1
	}
	on, since := l.reportDays()
	return []schemas.Event{schemas.ReportFrozen{
		Report: l.id(), Step: step, AsOf: on, Since: since, Position: l.county.Position, Hash: hex.EncodeToString(l.county.Hash[:]),
		Before: l.county.Flows.reportBefore(l.id()), On: l.command.On,
	}}, nil
}

// reportBefore is the last edition that is signed, nil where none is; never the one
// that is asked about.
func (f *Flows) reportBefore(no string) (last *schemas.ReportBefore) {
	for other, e := range f.frozen {
		document, _ := f.signedAfter(Key{reportFlow, other}, e.Step)
		in := f.Instance(reportFlow, other)
		if other == no || document == "" || in == nil || slices.Contains(undone, in.State) {
			continue
		}
		if last == nil || cmp.Or(cmp.Compare(e.Position, last.Position), cmp.Compare(other, last.Report)) > 0 {
			last = &schemas.ReportBefore{Report: other, Document: document, AsOf: e.AsOf, Since: e.Since, Position: e.Position}
		}
	}
	return last
}

// signedAfter is the number of the last document that a step after this one signed,
// and when; "" where none did.
func (f *Flows) signedAfter(key Key, step int) (document string, on civil.Date) {
	for _, d := range f.documents[key] {
		if d.Step > step {
			document, on = d.Document, d.On
		}
	}
	return document, on
}

// Report is an edition as it is shown beside its figures.
type Report struct {
	Instance process.Instance
	Frozen   schemas.ReportFrozen
	State    process.Text // what its state is called
	Title    string
	Drafts   int        // how often it was drawn up
	Document string     // its number, "" before it is signed as it is
	SignedOn civil.Date // zero likewise

	// What the leader wrote on it (批示); no day: nothing.
	Choice, Text string
	InstructedOn civil.Date
}

// Report gives an edition, ErrNone where there is none.
func (c *County) Report(no string) (*Report, error) {
	in := c.Flows.Instance(reportFlow, no)
	e, frozen := c.Flows.frozen[no]
	if in == nil || !frozen {
		return nil, ErrNone
	}
	r := &Report{Instance: *in, Frozen: e}
	r.Document, r.SignedOn = c.Flows.signedAfter(Key{reportFlow, no}, e.Step)
	if by := c.Flows.definition(in); by != nil {
		r.State = by.States[in.State].Title
	}
	for _, s := range in.Steps {
		fields := fieldsOf(s.Form)
		if fields["title"] != "" {
			r.Title = fields["title"]
		}
		switch s.Action {
		case "draft", "redraw":
			r.Drafts++
		case "instruct":
			r.Choice, r.Text, r.InstructedOn = fields["choice"], fields["text"], s.On
		}
	}
	return r, nil
}

// ReportBefore is the last edition that is signed, nil where none is.
func (c *County) ReportBefore() *schemas.ReportBefore { return c.Flows.reportBefore("") }
