package portal

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"feisui/pkg/civil"
	"feisui/pkg/web"
)

// This file is what the county goes by: items, plaques, caps and deadlines, the
// calendar, and the workflows with their versions. A workflow is changed by two.

func (p *Portal) catalogueRoutes() {
	p.page("GET /catalogue", (*visit).catalogue)
	p.page("GET /catalogue/{workflow}", func(v *visit) error { return v.definition(http.StatusOK, nil, nil) })
	p.page("POST /catalogue/{workflow}", (*visit).propose)
	p.page("POST /catalogue/{workflow}/{proposal}/adopt", func(v *visit) error { return v.decide("adopt", "adopted") })
	p.page("POST /catalogue/{workflow}/{proposal}/withdraw", func(v *visit) error { return v.decide("withdraw", "proposal_withdrawn") })
	p.page("POST /catalogue/{workflow}/{proposal}/refuse", func(v *visit) error { return v.decide("refuse", "proposal_refused") })
}

// countyPolicy are the caps and deadlines in force.
type countyPolicy struct {
	ReceiptDays     int            `json:"receipt_days"`
	QueryDays       int            `json:"query_days"`
	GraceDays       int            `json:"grace_days"`
	PassthroughDays int            `json:"passthrough_days"`
	ArrivalDays     int            `json:"arrival_days"`
	ArrearsDays     int            `json:"arrears_days"`
	PlaqueCaps      map[string]int `json:"plaque_caps"`
}

// calendarYears are the years of which the working days are known.
type calendarYears struct {
	Years []int `json:"years"`
}

// span is the first and the last of the years.
func (c calendarYears) span() string {
	if len(c.Years) == 0 {
		return ""
	}
	return strconv.Itoa(c.Years[0]) + "–" + strconv.Itoa(c.Years[len(c.Years)-1])
}

func (v *visit) catalogue() error {
	var all struct {
		Workflows []workflow `json:"workflows"`
	}
	if err := v.get("/v1/counties/{county}/workflows", nil, &all); err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("catalogue.title"), cataloguePage(v, v.directory(), all.Workflows))
}

// policies are the caps and deadlines as people read them.
func (v *visit) policies(p countyPolicy) (list []pair) {
	days := func(key string, n int) {
		list = append(list, pair{v.say("catalogue." + key), v.say("catalogue.days", "days", count(n))})
	}
	days("receipt_days", p.ReceiptDays)
	days("query_days", p.QueryDays)
	days("grace_days", p.GraceDays)
	days("passthrough_days", p.PassthroughDays)
	days("arrival_days", p.ArrivalDays)
	list = append(list, pair{v.say("catalogue.arrears_days"), v.say("catalogue.calendar_days", "days", count(p.ArrearsDays))})
	for _, zone := range slices.Sorted(maps.Keys(p.PlaqueCaps)) {
		list = append(list, pair{v.say("catalogue.cap", "zone", v.zone(zone)), v.say("catalogue.pieces", "count", count(p.PlaqueCaps[zone]))})
	}
	return list
}

// shares are who pays for an item, with their weights.
func (v *visit) shares(i *namedItem) string {
	all := each(i.Payers, func(p payer) string { return v.name(p.Code) + " " + p.Weight.String() })
	return strings.Join(all, v.say("form.comma"))
}

// list is what a list of items is called.
func (v *visit) listName(list string) string {
	if key := "catalogue.list_" + list; says(key) {
		return v.say(key)
	}
	return list
}

// versions are those of a workflow, and what waits to be adopted.
type versions struct {
	Workflow    string    `json:"workflow"`
	Definitions []version `json:"definitions"`
	Proposal    *version  `json:"proposal"`
	Withdrawn   []struct {
		Version     int        `json:"version"`
		WithdrawnOn civil.Date `json:"withdrawn_on"`
		Refused     bool       `json:"refused"`
		Reason      string     `json:"reason"`
	} `json:"withdrawn"`
}

type version struct {
	Version    int             `json:"version"`
	Adopted    bool            `json:"adopted"`
	AdoptedOn  civil.Date      `json:"adopted_on"`
	Proposal   int             `json:"proposal"`
	ProposedOn civil.Date      `json:"proposed_on"`
	Reason     string          `json:"reason"`
	Mine       bool            `json:"mine"`
	Definition json.RawMessage `json:"definition"`
}

// text is a definition as people read it: JSON, which is YAML too.
func (d *version) text() string {
	var value any
	if json.Unmarshal(d.Definition, &value) != nil {
		return ""
	}
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return ""
	}
	return string(text)
}

func definitionsOf(name string) string {
	return "/v1/counties/{county}/workflows/" + url.PathEscape(name) + "/definitions"
}

func (v *visit) definition(status int, typed url.Values, wrong *web.Problem) error {
	w, err := v.workflow()
	if err != nil {
		return err
	}
	var d versions
	if err := v.get(definitionsOf(w.Workflow), nil, &d); err != nil {
		return err
	}
	f := &ownForm{
		At: "/catalogue/" + url.PathEscape(w.Workflow), Submit: v.say("catalogue.propose"), Request: newRequest(), Fields: []field{
			asks("definition", "catalogue.definition", kindLong).hinted("catalogue.definition_hint"),
			asks("reason", "catalogue.reason", kindText).optional(),
		},
	}
	f.take(v, typed, wrong, nil)
	return v.show(status, v.in(w.Title), definitionPage(v, w, &d, f))
}

// proposalAt is where a proposal is decided on.
func proposalAt(w *workflow, p *version) string {
	return "/catalogue/" + url.PathEscape(w.Workflow) + "/" + strconv.Itoa(p.Proposal)
}

// refusing is the form in which what another proposed is refused.
func (v *visit) refusing(at string) *ownForm {
	return &ownForm{
		At: at, Submit: v.say("catalogue.refuse"), Request: newRequest(),
		Fields: []field{asks("reason", "catalogue.refuse_reason", kindText)},
	}
}

// propose says a new version, which another person adopts.
func (v *visit) propose() error {
	typed, request, err := v.sentForm()
	if err != nil {
		return err
	}
	body := map[string]string{"definition": typed.Get("definition"), "reason": strings.TrimSpace(typed.Get("reason"))}
	if err := v.send(http.MethodPost, definitionsOf(v.r.PathValue("workflow")), nil, request, body, nil); err != nil {
		if wrong := typedWrong(err, nil); wrong != nil {
			return v.definition(wrong.Status, typed, wrong)
		}
		return err
	}
	return elsewhere("/catalogue/" + url.PathEscape(v.r.PathValue("workflow")) + "?done=proposed")
}

// decide adopts a proposal, takes it back or refuses it.
func (v *visit) decide(how, done string) error {
	typed, request, err := v.sentForm()
	if err != nil {
		return err
	}
	name := v.r.PathValue("workflow")
	path := definitionsOf(name) + "/" + url.PathEscape(v.r.PathValue("proposal")) + "/" + how
	var body any
	if how == "refuse" {
		body = map[string]string{"reason": strings.TrimSpace(typed.Get("reason"))}
	} else if how == "withdraw" {
		body = struct{}{}
	}
	if err := v.send(http.MethodPost, path, nil, request, body, nil); err != nil {
		if wrong := typedWrong(err, nil); wrong != nil {
			return v.definition(wrong.Status, nil, wrong)
		}
		return err
	}
	return elsewhere("/catalogue/" + url.PathEscape(name) + "?done=" + done)
}

// faults are the lines of what is wrong with a definition or does not fit it.
func (v *visit) faults(p *web.Problem) []string {
	if p == nil {
		return nil
	}
	return each(p.Errors, func(f web.Fault) string { return v.in(words{f.Chinese, f.English}) })
}
