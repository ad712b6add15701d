package serve

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/sheet"
	"feisui/pkg/web"
	"feisui/schemas"
	"feisui/services/feisui/act"
	"feisui/services/feisui/report"
	"feisui/services/ledger/figures"
	"feisui/services/portal"
)

// routeReports registers what burden-reduction reports say.
func (s *Server) routeReports(api *web.API) {
	wholeCounty := web.Refusal{Status: http.StatusForbidden, Code: "WHOLE_COUNTY", Chinese: "减负报告只对管全县的角色开放"}
	unprocessable := func(code, chinese string) web.Refusal {
		return web.Refusal{Status: http.StatusUnprocessableEntity, Code: code, Chinese: chinese}
	}
	word := unprocessable("WORD", "不是可选的值")
	web.Register(api, huma.Operation{
		OperationID: "report", Method: http.MethodGet, Path: "/v1/counties/{county}/reports/{instance}", Tags: []string{"act"},
		Summary: "减负报告的数字 (the figures of a burden-reduction report)",
		Description: "按起草时截至的记录计算，此后登记的、更正的一概不计，永远不变。每项数字说明见于哪个列表；列表是现在的。" +
			" (As they follow from the entries up to where the edition was frozen, for ever. Each figure says in which list its parts stand; lists are of now.)",
		Metadata: map[string]any{web.Sensitive: true}, Responses: api.Listed(Report{}),
	}, append([]web.Refusal{
		countyUnknown, blocked, wholeCounty, instanceUnknown, word,
		{Status: http.StatusConflict, Code: "JOURNAL_DIFFERS", Chinese: "截至处的记录与起草时不同，请立即核查（verify）"},
	}, web.WorkbookRefusals...), s.report)
	web.Register(api, huma.Operation{
		OperationID: "reportPreview", Method: http.MethodGet, Path: "/v1/counties/{county}/reports/preview", Tags: []string{"act"},
		Summary:     "减负报告的数字，按现在所知 (the same figures, as known now)",
		Description: "未截数，随登记而变；与上一期已签发的相比。 (Frozen nowhere: they change with what is recorded. Compared with the last edition that is signed.)",
		Metadata:    map[string]any{web.Sensitive: true}, Responses: api.Listed(Report{}),
	}, append([]web.Refusal{
		countyUnknown, blocked, wholeCounty, unprocessable("DATE", "不是日期"), unprocessable("SINCE", "since 应早于 on"), word,
		{Status: http.StatusConflict, Code: "NO_DAY", Chinese: "县里还没有开始任何一天"},
	}, web.WorkbookRefusals...), s.reportPreview)
}

type (
	reportIn struct {
		web.OfCounty
		OfInstance
		web.Export
		web.Part
	}
	previewIn struct {
		web.OfCounty
		On    string `query:"on" example:"2025-12-31" doc:"截止日期，缺省为今天 (as of which day; today if empty)"`
		Since string `query:"since" example:"2025-06-30" doc:"对比日期，缺省为 on 的上一年末 (the day compared with; the end of the year before on if empty)"`
		web.Export
		web.Part
	}
)

// Report are the figures of a burden-reduction report.
type Report struct {
	Edition  *Edition   `json:"edition,omitempty" doc:"预览没有 (not in a preview)"`
	Position int64      `json:"position" doc:"数字截至第几条记录 (the last entry that counts)"`
	Hash     string     `json:"hash" doc:"该条记录的校验值 (its hash, which covers all before it)"`
	KnownOn  civil.Date `json:"known_on" doc:"按哪一天所知 (as known on this day)"`
	KnownAt  time.Time  `json:"known_at" doc:"该条记录登记的时刻 (when that entry was recorded)"`
	figures.Figures
	Corrections *figures.Corrections `json:"corrections,omitempty" doc:"上一期以来补记和更正对上一期数字的影响；没有上一期就没有 (what has changed in the last edition's figures since; absent where there is none)"`
}

// Edition is a report as it was drawn up.
type Edition struct {
	Report      string       `json:"report" doc:"编号 (its number)"`
	Title       string       `json:"title"`
	State       string       `json:"state"`
	Words       Words        `json:"state_title"`
	Document    string       `json:"document,omitempty" doc:"文号，签发后才有" example:"费转报〔2026〕1号"`
	DraftedOn   civil.Date   `json:"drafted_on"`
	SignedOn    *civil.Date  `json:"signed_on,omitempty"`
	Drafts      int          `json:"drafts" doc:"起草过几次 (how often it was drawn up)"`
	Instruction *Instruction `json:"instruction,omitempty"`
}

// Instruction is what a leader wrote on a report (批示).
type Instruction struct {
	Choice string     `json:"choice" enum:"read,agreed,carry_out,rectify,other"`
	Text   string     `json:"text,omitempty"`
	On     civil.Date `json:"on"`
}

func (s *Server) report(ctx context.Context, in *reportIn) (*web.Listing, error) {
	file, err := in.AsFile("", "")
	if err != nil {
		return nil, err
	}
	var found *act.Report
	var edition *Edition
	c, err := s.reading(ctx, in.County, func(c *act.County) (err error) {
		if found, err = c.Report(in.Instance); err != nil {
			return err
		}
		edition = editionOf(found)
		return nil
	})
	if err != nil {
		return nil, err
	}
	e := found.Frozen
	w, err := s.figures(ctx, c, askedOf(e.Position, e.AsOf, e.Since, e.Before))
	if err == nil && w.hash != e.Hash {
		err = refuse(http.StatusConflict, "JOURNAL_DIFFERS",
			"截至处的记录与起草时不同，数字不可信，请立即核查（verify）", "the entry up to which the figures count is not the one that they were frozen at: verify the journal")
	}
	if err != nil {
		return nil, err
	}
	out := reportOf(&w, e.On)
	out.Edition = edition
	return out.answer(ctx, file, &in.Export, &in.Part)
}

// reading looks at what people did, for who answers for the whole county.
func (s *Server) reading(ctx context.Context, name string, look func(*act.County) error) (*county, error) {
	c, err := s.county(name)
	if err != nil {
		return nil, err
	}
	if !access.Within(ctx).All {
		return nil, wholeCounty()
	}
	return c, s.seeing(ctx, name, look)
}

func askedOf(position int64, on, since civil.Date, before *schemas.ReportBefore) asked {
	a := asked{position: position, on: on, since: since}
	if before != nil {
		a.before = *before
	}
	return a
}

func reportOf(w *worked, knownOn civil.Date) *Report {
	return &Report{
		Position: w.position, Hash: w.hash, KnownOn: knownOn, KnownAt: w.knownAt, Figures: *w.figures, Corrections: w.corrections,
	}
}

// answer gives a report as JSON, or as a file of the day that it is of.
func (r *Report) answer(ctx context.Context, file bool, in *web.Export, part *web.Part) (*web.Listing, error) {
	if !file {
		return web.Page(r), nil
	}
	name := sheet.Name{English: "burden-report", Chinese: "减负报告"}
	return in.Files(ctx, part, name, r.On.String, r.sheets()...)
}

// sheets are the tables of a report.
func (r *Report) sheets() []*sheet.Table {
	e := report.Edition{
		Position: r.Position, Hash: r.Hash, KnownOn: r.KnownOn, KnownAt: r.KnownAt, Figures: &r.Figures, Corrections: r.Corrections,
		Event: func(event string) sheet.Name { return portal.Word("event", event) },
		Why:   func(why string) sheet.Name { return portal.Word("left_out", why) },
	}
	if of := r.Edition; of != nil {
		e.Report, e.Title, e.Document, e.State, e.DraftedOn, e.Drafts = of.Report, of.Title, of.Document, of.Words.name(), of.DraftedOn, of.Drafts
		if of.SignedOn != nil {
			e.SignedOn = *of.SignedOn
		}
		if by := of.Instruction; by != nil {
			e.Instruction, e.InstructionText, e.InstructedOn = portal.Word("instruction", by.Choice), by.Text, by.On
		}
	}
	return e.Sheets()
}

func editionOf(r *act.Report) *Edition {
	in := &r.Instance
	e := &Edition{Report: in.ID, State: in.State, Words: wordsOf(r.State), Document: r.Document, Title: r.Title, Drafts: r.Drafts, DraftedOn: r.Frozen.On}
	if r.SignedOn.Given() {
		e.SignedOn = &r.SignedOn
	}
	if r.InstructedOn.Given() {
		e.Instruction = &Instruction{r.Choice, r.Text, r.InstructedOn}
	}
	return e
}

func (s *Server) reportPreview(ctx context.Context, in *previewIn) (*web.Listing, error) {
	file, err := in.AsFile("", "")
	if err != nil {
		return nil, err
	}
	var a asked
	var today civil.Date
	c, err := s.reading(ctx, in.County, func(c *act.County) (err error) {
		if today = c.Flows.Day(); !today.Given() {
			return act.ErrNoDay
		}
		on, since, err := in.days(today)
		a = askedOf(c.Position, on, since, c.ReportBefore())
		return err
	})
	if err != nil {
		return nil, err
	}
	w, err := s.figures(ctx, c, a)
	if err != nil {
		return nil, err
	}
	return reportOf(&w, today).answer(ctx, file, &in.Export, &in.Part)
}

// days reads the two days of a preview.
func (in *previewIn) days(today civil.Date) (on, since civil.Date, err error) {
	on = today
	if in.On != "" {
		if on, err = web.Date("on", in.On); err != nil {
			return on, since, err
		}
	}
	since = civil.Of(on.Year(), time.January, 1) - 1
	if in.Since != "" {
		if since, err = web.Date("since", in.Since); err != nil {
			return on, since, err
		}
	}
	if since >= on {
		err = refuse(http.StatusUnprocessableEntity, "SINCE", "since 应早于 on", "expected since before on")
	}
	return on, since, err
}
