package portal

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/pkg/web"
)

// This file shows 减负报告, the burden-reduction report: its editions, and the figures of
// one or of now. Departments are ranked, communities never.

func (p *Portal) reportRoutes() {
	p.page("GET /reports", (*visit).reports)
	p.page("GET /reports/now", (*visit).reportNow)
	p.page("GET /reports/{instance}", (*visit).report)
}

// reportFlow is the workflow by which editions are drawn up, signed and instructed.
const reportFlow = "report"

// figures are what a report says. Amounts are in fen.
type figures struct {
	Edition *struct {
		Report      string      `json:"report"`
		Title       string      `json:"title"`
		Words       words       `json:"state_title"`
		Document    string      `json:"document"`
		DraftedOn   civil.Date  `json:"drafted_on"`
		SignedOn    *civil.Date `json:"signed_on"`
		Drafts      int         `json:"drafts"`
		Instruction *struct {
			Choice string     `json:"choice"`
			Text   string     `json:"text"`
			On     civil.Date `json:"on"`
		} `json:"instruction"`
	} `json:"edition"`
	Position    int64             `json:"position"`
	Hash        string            `json:"hash"`
	KnownOn     civil.Date        `json:"known_on"`
	KnownAt     time.Time         `json:"known_at"`
	On          civil.Date        `json:"on"`
	Since       civil.Date        `json:"since"`
	Now         headline          `json:"now"`
	Then        headline          `json:"then"`
	Tasks       movement          `json:"tasks"`
	Plaques     movement          `json:"plaques"`
	Burdens     movement          `json:"burdens"`
	Departments []covered         `json:"departments"`
	Streets     []covered         `json:"streets"`
	LeftOut     []leftOut         `json:"left_out"`
	Unfunded    mandates          `json:"unfunded"`
	Stuck       []holder          `json:"stuck"`
	Trend       []headline        `json:"trend"`
	Lists       map[string]inList `json:"lists"`
	Corrections *corrections      `json:"corrections"`
}

// headline is where the county stands on a day.
type headline struct {
	On               civil.Date `json:"on"`
	StandingTasks    int        `json:"standing_tasks"`
	Unfunded         int        `json:"unfunded"`
	Underfunded      int        `json:"underfunded"`
	Undetermined     int        `json:"undetermined"`
	Unadmitted       int        `json:"unadmitted"`
	Plaques          int        `json:"plaques"`
	Burdens          int        `json:"burdens"`
	Red              int        `json:"red"`
	Yellow           int        `json:"yellow"`
	Entitlement      money.Fen  `json:"entitlement"`
	Allocated        money.Fen  `json:"allocated"`
	Due              money.Fen  `json:"due"`
	DueCovered       money.Fen  `json:"due_covered"`
	OverdueShortfall money.Fen  `json:"overdue_shortfall"`
	Held             money.Fen  `json:"held"`
	Retained         money.Fen  `json:"retained"`
	CoverageBP       *int64     `json:"coverage_bp"`
	CoverageDueBP    *int64     `json:"coverage_due_bp"`
}

type movement struct {
	Then int `json:"then"`
	In   int `json:"in"`
	Out  int `json:"out"`
	Net  int `json:"net"`
	Now  int `json:"now"`
}

type coverage struct {
	Tasks         int       `json:"tasks"`
	Due           money.Fen `json:"due"`
	DueCovered    money.Fen `json:"due_covered"`
	CoverageDueBP *int64    `json:"coverage_due_bp"`
}

// covered is a department or a street with its coverage.
type covered struct {
	Code    string            `json:"code"`
	Name    string            `json:"name"`
	Rank    *int              `json:"rank"`
	Now     coverage          `json:"now"`
	Then    coverage          `json:"then"`
	Owes    money.Fen         `json:"owes"`
	Tasks   movement          `json:"tasks"`
	LeftOut []leftOut         `json:"left_out"`
	Lists   map[string]inList `json:"lists"`
}

type leftOut struct {
	Why    string     `json:"why"`
	Item   string     `json:"item"`
	Name   string     `json:"name"`
	Tasks  int        `json:"tasks"`
	Amount *money.Fen `json:"amount"`
}

type mandates struct {
	Tasks   int       `json:"tasks"`
	Amount  money.Fen `json:"amount"`
	Bands   []band    `json:"bands"`
	Payers  []debtor  `json:"payers"`
	Longest []mandate `json:"longest"`
}

type band struct {
	From        int               `json:"from"`
	To          *int              `json:"to"`
	Tasks       int               `json:"tasks"`
	Unfunded    int               `json:"unfunded"`
	Underfunded int               `json:"underfunded"`
	Amount      money.Fen         `json:"amount"`
	Lists       map[string]inList `json:"lists"`
}

type debtor struct {
	Code   string            `json:"code"`
	Name   string            `json:"name"`
	Tasks  int               `json:"tasks"`
	Amount money.Fen         `json:"amount"`
	Days   int               `json:"days"`
	Lists  map[string]inList `json:"lists"`
}

type mandate struct {
	Task       string    `json:"task"`
	Name       string    `json:"name"`
	Department string    `json:"department"`
	Community  string    `json:"community"`
	Place      string    `json:"community_name"`
	Amount     money.Fen `json:"amount"`
	Days       int       `json:"days"`
}

type holder struct {
	Code     string    `json:"code"`
	Name     string    `json:"name"`
	Held     money.Fen `json:"held"`
	Retained money.Fen `json:"retained"`
	Days     int       `json:"days"`
}

// inList is where the parts of a figure can be read.
type inList struct {
	List       string `json:"list"`
	Rule       string `json:"rule"`
	Status     string `json:"status"`
	Lamp       string `json:"lamp"`
	Department string `json:"department"`
	Street     string `json:"street"`
	Party      string `json:"party"`
	SinceFrom  string `json:"since_from"`
	SinceTo    string `json:"since_to"`
}

// corrections are what has changed since in what the last edition said.
type corrections struct {
	Report   string       `json:"report"`
	Document string       `json:"document"`
	Printed  headline     `json:"printed"`
	Now      headline     `json:"now"`
	Requests []correction `json:"requests"`
}

type correction struct {
	First      int64    `json:"first"`
	Last       int64    `json:"last"`
	RecordedAt string   `json:"recorded_at"`
	Streams    []string `json:"streams"`
}

// reports lists the editions, the newest first, beside what may be drawn up.
func (v *visit) reports() error {
	var l listing
	if err := v.get("/v1/counties/{county}/workflows/"+reportFlow+"/instances", url.Values{"limit": {"200"}}, &l); err != nil {
		return err
	}
	slices.Reverse(l.Instances)
	w, err := v.workflowOf(reportFlow)
	if err != nil {
		return err
	}
	l.Workflow = w
	return v.show(http.StatusOK, v.say("report.title"), reportsPage(v, &l))
}

// reportNow shows the figures of now, or of days that somebody asks for: no edition.
func (v *visit) reportNow() error {
	asked := v.r.URL.Query()
	query := url.Values{}
	for _, name := range []string{"on", "since"} {
		if value := asked.Get(name); value != "" {
			query.Set(name, value)
		}
	}
	var f figures
	err := v.get("/v1/counties/{county}/reports/preview", query, &f)
	var wrong *web.Problem
	if errors.As(err, &wrong) && wrong.Status == http.StatusUnprocessableEntity {
		return v.show(wrong.Status, v.say("report.now"), reportAskPage(v, asked.Get("on"), asked.Get("since"), wrong))
	}
	if err != nil {
		return err
	}
	v.letter = true
	return v.show(http.StatusOK, v.say("report.now"), reportPage(v, &f, nil))
}

// report shows an edition as it was frozen, and what may be done with it.
func (v *visit) report() error {
	var f figures
	no := url.PathEscape(v.r.PathValue("instance"))
	if err := v.get("/v1/counties/{county}/reports/"+no, nil, &f); err != nil {
		return err
	}
	in := &instance{}
	if err := v.get("/v1/counties/{county}/workflows/"+reportFlow+"/instances/"+no, nil, in); err != nil {
		return err
	}
	v.letter = true
	return v.show(http.StatusOK, f.Edition.Title, reportPage(v, &f, in))
}

// drill is the page of the list that a figure is the sum of, "" where there is none
// for who looks.
func (v *visit) drill(l inList) string {
	query := url.Values{}
	for name, value := range map[string]string{
		"rule": l.Rule, "status": l.Status, "lamp": l.Lamp, "department": l.Department, "street": l.Street, "party": l.Party,
		"since_from": l.SinceFrom, "since_to": l.SinceTo,
	} {
		if value != "" {
			query.Set(name, value)
		}
	}
	paths := map[string]string{
		"tasks": "/tasks", "flags": "/flags", "workflows/plaque/instances": "/w/plaque", "workflows/burden/instances": "/w/burden",
	}
	path := paths[l.List]
	if path == "" || len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// accountOf is the page of a community's account as it was when the figures were frozen.
func (f *figures) accountOf(community string) string {
	return "/statement?" + url.Values{"community": {community}, "on": {f.On.String()}, "position": {number(f.Position)}}.Encode()
}

// signed is a number with its sign, for what came or went.
func signed(n int) string {
	if n > 0 {
		return "+" + count(n)
	}
	return count(n)
}

// list is where the API has the figures, below the county, and asked what it is asked
// for: of an edition nothing, of a preview the days.
func (f *figures) list() string {
	if f.Edition == nil {
		return "reports/preview"
	}
	return "reports/" + url.PathEscape(f.Edition.Report)
}

func (f *figures) asked() url.Values {
	if f.Edition != nil {
		return nil
	}
	return url.Values{"on": {f.On.String()}, "since": {f.Since.String()}}
}

// draws reports whether who looks may draw up an edition.
func (v *visit) draws(w *workflow) bool { return len(w.Begin) > 0 && v.is(access.Authority) }

// ageOf is what a band of days is called.
func (v *visit) ageOf(b *band) string {
	if b.To == nil {
		return v.say("report.days_from", "from", count(b.From))
	}
	return v.say("report.days_between", "from", count(b.From), "to", count(*b.To))
}

// leftOutGroup is what the shares leave out for one reason.
type leftOutGroup struct {
	Why    string
	Tasks  int
	Amount *money.Fen
	Items  []leftOut
}

// leftOutBy gathers what is left out by the reason, in the order in which they come.
func leftOutBy(all []leftOut) (groups []leftOutGroup) {
	for _, l := range all {
		if len(groups) == 0 || groups[len(groups)-1].Why != l.Why {
			groups = append(groups, leftOutGroup{Why: l.Why})
		}
		g := &groups[len(groups)-1]
		g.Tasks += l.Tasks
		if l.Amount != nil {
			g.Amount = l.Amount
		}
		if l.Item != "" {
			g.Items = append(g.Items, l)
		}
	}
	return groups
}

// row is a line of the comparison.
type row struct {
	key       string
	then, now string
	drill     inList
}

// compared are the headline's figures, then and now.
func (v *visit) compared(f *figures) []row {
	n, t := &f.Now, &f.Then
	whole := func(key, list string, then, now int) row { return row{key, count(then), count(now), f.Lists[list]} }
	yuan := func(key, list string, then, now money.Fen) row {
		return row{key, then.Yuan(), now.Yuan(), f.Lists[list]}
	}
	return []row{
		whole("standing", "standing_tasks", t.StandingTasks, n.StandingTasks),
		yuan("entitlement", "entitlement", t.Entitlement, n.Entitlement),
		yuan("allocated", "allocated", t.Allocated, n.Allocated),
		yuan("due", "due", t.Due, n.Due),
		yuan("overdue", "overdue_shortfall", t.OverdueShortfall, n.OverdueShortfall),
		{"coverage_due", percent(t.CoverageDueBP), percent(n.CoverageDueBP), f.Lists["overdue_shortfall"]},
		whole("unfunded", "unfunded", t.Unfunded, n.Unfunded),
		whole("underfunded", "underfunded", t.Underfunded, n.Underfunded),
		whole("undetermined", "undetermined", t.Undetermined, n.Undetermined),
		whole("unadmitted", "unadmitted", t.Unadmitted, n.Unadmitted),
		whole("plaques", "plaques", t.Plaques, n.Plaques),
		whole("burdens", "burdens", t.Burdens, n.Burdens),
		yuan("held", "retained", t.Held, n.Held),
		yuan("retained", "retained", t.Retained, n.Retained),
	}
}
