package portal

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/a-h/templ"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/money"
)

// This file shows which months of money are closed (结账), what their facts come to, and
// which month is next. Closing, asking to reopen and deciding are steps of the workflow.

const periodsPath = "/periods"

// digestShown is how much of a digest a list shows; the month's page has all of it.
const digestShown = 16

func (p *Portal) periodRoutes() {
	p.page("GET "+periodsPath, (*visit).months)
}

// monthTotal is how many facts there are, and what they add up to.
type monthTotal struct {
	Count int       `json:"count"`
	Sum   money.Fen `json:"sum"`
}

// monthOf is what the facts of a month come to, of one department.
type monthOf struct {
	Department  string     `json:"department"`
	Commitments monthTotal `json:"commitments"`
	Paid        monthTotal `json:"paid"`
	PassedOn    monthTotal `json:"passed_on"`
	Arrived     monthTotal `json:"arrived"`
	Withdrawn   monthTotal `json:"withdrawn"`
	Reversed    monthTotal `json:"reversed"`
}

// monthPart is one column of totals.
type monthPart struct {
	Key string // of what it is called
	monthTotal
}

// parts are the columns of totals, in their order.
func (m *monthOf) parts() []monthPart {
	return []monthPart{
		{"commitment", m.Commitments}, {"paid", m.Paid}, {"passed_on", m.PassedOn},
		{"arrived", m.Arrived}, {"withdrawn", m.Withdrawn}, {"reversed", m.Reversed},
	}
}

// month is one that was closed.
type month struct {
	Month    string     `json:"month"`
	State    string     `json:"state"`
	Title    words      `json:"title"`
	Open     bool       `json:"open"`
	Closing  int        `json:"closing"`
	ClosedOn civil.Date `json:"closed_on"`
	Digest   string     `json:"digest"`
	Before   string     `json:"before"`
	Totals   []monthOf  `json:"totals"`
	Changes  []struct {
		Department string     `json:"department"`
		What       string     `json:"what"`
		Was        monthTotal `json:"was"`
		Is         monthTotal `json:"is"`
	} `json:"changes"`
}

// path is the page of what is done with it.
func (m *month) path() string { return instancePath("period", m.Month) }

// monthList is what the API says of a county's months.
type monthList struct {
	Day  civil.Date `json:"day"`
	Next struct {
		Month  string    `json:"month"`
		Over   bool      `json:"over"`
		Totals []monthOf `json:"totals"`
	} `json:"next"`
	Closed []month `json:"closed"`
}

// closes is where the next month is closed, "" where it is not over, was closed before or
// is not for who looks to close.
func (l *monthList) closes(v *visit) string {
	again := slices.ContainsFunc(l.Closed, func(m month) bool { return m.Month == l.Next.Month })
	switch {
	case !l.Next.Over || !v.may("begin") || !v.is(access.FinanceOfficer) || !v.ofCounty():
		return ""
	case again:
		return instancePath("period", l.Next.Month)
	}
	return withQuery("/w/period/new", url.Values{"no": {l.Next.Month}})
}

func (v *visit) monthsNow() (l monthList, err error) {
	return l, v.get("/v1/counties/{county}/periods", nil, &l)
}

func (v *visit) months() error {
	l, err := v.monthsNow()
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("period.title"), monthsPage(v, &l))
}

// besidePeriod shows beside a month what it came to when it was closed.
func (v *visit) besidePeriod(in *instance) (templ.Component, error) {
	if !v.may("periods") || !v.ofCounty() {
		return templ.NopComponent, nil
	}
	l, err := v.monthsNow()
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(l.Closed, func(m month) bool { return m.Month == in.Instance })
	if at < 0 {
		return templ.NopComponent, nil
	}
	return monthBeside(v, &l.Closed[at]), nil
}
