package portal

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"feisui/pkg/civil"
	"feisui/pkg/code"
	"feisui/pkg/money"
	"feisui/pkg/web"
)

// This file takes in a statement of a bank or the treasury: the file and what somebody
// who read it says of its sum; which column is which, remembered by source; how each
// line is understood; and then it is taken in, whole or not at all.

const bankPath = "/bank"

func (p *Portal) bankRoutes() {
	p.page("GET "+bankPath, func(v *visit) error { return v.bankForm(http.StatusOK, &bankFile{}) })
	p.page("POST "+bankPath, (*visit).bankSent)
	p.page("GET /pool", (*visit).pool)
}

// Which button of the forms was pressed.
const (
	doMap     = "map"     // the columns were chosen
	doColumns = "columns" // they are to be chosen anew
	doTake    = "take"
)

// bankFile is a statement on its way in.
type bankFile struct {
	File    *upload
	Source  string
	Payer   string
	Total   string // as it was typed
	Lines   string
	Mapping map[string]string // by our column, the header
	Sources []bankSource
	Columns *bankColumns
	Answer  *bankAnswer
	Wrong   *web.Problem
	Request string
}

type bankSource struct {
	Source  string            `json:"source"`
	Payer   string            `json:"payer"`
	Mapping map[string]string `json:"mapping"`
}

type bankColumns struct {
	Headers []string   `json:"headers"`
	Rows    [][]string `json:"rows"`
	Columns []string   `json:"columns"`
}

type bankShare struct {
	Lines int       `json:"lines"`
	Total money.Fen `json:"total"`
}

type bankAnswer struct {
	Lines    int        `json:"lines"`
	Total    money.Fen  `json:"total"`
	Payments bankShare  `json:"payments"`
	Pool     bankShare  `json:"pool"`
	Known    bankShare  `json:"known"`
	List     []bankLine `json:"list"`
	More     int        `json:"more"`
}

type bankLine struct {
	Row       int        `json:"row"`
	Voucher   string     `json:"voucher"`
	Amount    money.Fen  `json:"amount"`
	PaidOn    civil.Date `json:"paid_on"`
	Payer     string     `json:"payer"`
	Payee     string     `json:"payee"`
	Community string     `json:"community"`
	Outcome   string     `json:"outcome"`
	Purpose   string     `json:"purpose"`
	Why       string     `json:"why"`
	Upstream  string     `json:"upstream"`
}

// bankForm shows where a statement is handed in, with what was wrong with the last.
func (v *visit) bankForm(status int, s *bankFile) error {
	known := struct {
		Sources []bankSource `json:"sources"`
	}{}
	if err := v.get("/v1/counties/{county}/bank-sources", nil, &known); err != nil {
		return err
	}
	s.Sources = known.Sources
	return v.show(status, v.say("bank.title"), bankPage(v, s))
}

// bankSent takes a statement to its next step.
func (v *visit) bankSent() error {
	file, err := v.readUpload()
	if err != nil {
		return err
	}
	sent := v.r.PostForm
	s := &bankFile{
		File: file, Source: strings.TrimSpace(sent.Get("source")), Payer: sent.Get("payer"), Request: newRequest(),
		Total: strings.TrimSpace(sent.Get("total")), Lines: strings.TrimSpace(sent.Get("lines")), Mapping: map[string]string{},
	}
	if s.Wrong = s.lacks(); s.Wrong != nil {
		return v.bankForm(s.Wrong.Status, s)
	}
	for input := range sent {
		if column, is := strings.CutPrefix(input, "map."); is && sent.Get(input) != "" {
			s.Mapping[column] = sent.Get(input)
		}
	}
	switch sent.Get("do") {
	case doTake:
		return v.bankTake(s, sent.Get("request"))
	case doMap:
		return v.bankPreview(s)
	}
	return v.bankMap(s, sent.Get("do") == doColumns)
}

// lacks says what is missing before anything can be done.
func (s *bankFile) lacks() *web.Problem {
	switch {
	case s.File == nil:
		return refusal(http.StatusUnprocessableEntity, "FILE", "no_file")
	case s.Source == "":
		return refusal(http.StatusUnprocessableEntity, "SOURCE", "no_source")
	}
	return nil
}

// bankMap goes straight on where all columns are known from the last time; else it
// asks which column is which.
func (v *visit) bankMap(s *bankFile, asked bool) error {
	if err := v.bankLook(s); err != nil || s.Wrong != nil {
		return cmp.Or(err, v.bankBack(s))
	}
	last := v.bankLast(s)
	if len(s.Mapping) == 0 && last != nil && s.has(last.Mapping) {
		s.Mapping, s.Payer = last.Mapping, cmp.Or(s.Payer, last.Payer)
		if !asked {
			return v.bankPreview(s)
		}
	}
	if len(s.Mapping) == 0 {
		s.Mapping = s.guess(v)
	}
	return v.show(http.StatusOK, v.say("bank.title"), bankMapPage(v, s))
}

// bankLook learns which columns the file has.
func (v *visit) bankLook(s *bankFile) error {
	s.Columns = &bankColumns{}
	err := v.sendFile("/v1/counties/{county}/bank-statements/columns", nil, newRequest(), "statement", s.File, s.Columns)
	if errors.As(err, &s.Wrong) && fileRefused(s.Wrong) {
		return nil
	}
	return err
}

func (v *visit) bankBack(s *bankFile) error {
	if s.Wrong == nil {
		return nil
	}
	return v.bankForm(s.Wrong.Status, s)
}

// bankLast is how the last statement of the source was read.
func (v *visit) bankLast(s *bankFile) *bankSource {
	known := struct {
		Sources []bankSource `json:"sources"`
	}{}
	if v.get("/v1/counties/{county}/bank-sources", nil, &known) != nil {
		return nil // it is asked for anew
	}
	i := slices.IndexFunc(known.Sources, func(k bankSource) bool { return k.Source == s.Source })
	if i < 0 {
		return nil
	}
	return &known.Sources[i]
}

// has reports that the file has all headers of a mapping.
func (s *bankFile) has(mapping map[string]string) bool {
	for _, header := range mapping {
		if !slices.Contains(s.Columns.Headers, header) {
			return false
		}
	}
	return len(mapping) > 0
}

// guess finds headers that say what they are: what our column is called, or what
// banks call it. Somebody looks at it before it counts.
func (s *bankFile) guess(v *visit) map[string]string {
	found := map[string]string{}
	for _, column := range s.Columns.Columns {
		for _, header := range s.Columns.Headers {
			plain := strings.NewReplacer("(元)", "", "（元）", "", " ", "").Replace(header)
			if slices.Contains(strings.Split(v.say("bank.called_"+column), " "), plain) || header == column {
				found[column] = header
				break
			}
		}
	}
	return found
}

// query is how the statement is handed to the API.
func (s *bankFile) query(dry bool) (url.Values, error) {
	mapping, err := json.Marshal(s.Mapping)
	if err != nil {
		return nil, err
	}
	query := url.Values{"source": {s.Source}, "mapping": {string(mapping)}}
	setGiven(query, "payer", s.Payer)
	setGiven(query, "total", s.Total)
	setGiven(query, "lines", s.Lines)
	if dry {
		query.Set("dry_run", "true")
		query.Del("total") // what differs is shown beside what was typed
		query.Del("lines")
	}
	return query, nil
}

const bankStatements = "/v1/counties/{county}/bank-statements"

// bankPreview shows how each line is understood.
func (v *visit) bankPreview(s *bankFile) error {
	query, err := s.query(true)
	if err != nil {
		return err
	}
	s.Answer = &bankAnswer{}
	err = v.sendFile(bankStatements, query, s.Request, "statement", s.File, s.Answer)
	if errors.As(err, &s.Wrong) && fileRefused(s.Wrong) {
		if err := v.bankLook(s); err != nil {
			return err
		}
		return v.show(s.Wrong.Status, v.say("bank.title"), bankMapPage(v, s))
	}
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("bank.title"), bankPreviewPage(v, s))
}

// bankTake takes the statement in, once.
func (v *visit) bankTake(s *bankFile, request string) error {
	query, err := s.query(false)
	if err != nil {
		return err
	}
	err = v.sendFile(bankStatements, query, request, "statement", s.File, nil)
	if errors.As(err, &s.Wrong) && fileRefused(s.Wrong) {
		wrong := s.Wrong
		s.Wrong = nil
		if err := v.bankAgain(s, wrong); err != nil {
			return err
		}
		return nil
	}
	if err != nil {
		return err
	}
	return elsewhere("/pool?done=statement")
}

// bankAgain shows the preview with why the statement was not taken in.
func (v *visit) bankAgain(s *bankFile, wrong *web.Problem) error {
	query, err := s.query(true)
	if err != nil {
		return err
	}
	s.Answer = &bankAnswer{}
	if v.sendFile(bankStatements, query, s.Request, "statement", s.File, s.Answer) != nil {
		s.Wrong = wrong
		if err := v.bankLook(s); err != nil {
			return err
		}
		return v.show(wrong.Status, v.say("bank.title"), bankMapPage(v, s))
	}
	s.Wrong = wrong
	return v.show(wrong.Status, v.say("bank.title"), bankPreviewPage(v, s))
}

// Agrees says of what was typed whether it is what the file says; known is false
// where nothing was typed.
func (s *bankFile) agrees() (total, totalKnown, lines, linesKnown bool) {
	typed, err := money.ParseAmount(code.HalfWidth(s.Total))
	return err == nil && typed == s.Answer.Total, s.Total != "", s.Lines == strconv.Itoa(s.Answer.Lines), s.Lines != ""
}

// samples are what stands in a column of the file.
func (s *bankFile) samples(header string) string {
	at := slices.Index(s.Columns.Headers, header)
	var all []string
	for _, row := range s.Columns.Rows {
		if at >= 0 && at < len(row) && row[at] != "" {
			all = append(all, row[at])
		}
	}
	return strings.Join(all, " · ")
}

// must reports that a column has to be there.
func mustColumn(column string) bool {
	return slices.Contains([]string{"voucher", "paid_on", "amount"}, column)
}

// purposeName says what a payment is for.
func (v *visit) purposeName(purpose string) string {
	kind, what, _ := strings.Cut(purpose, ":")
	switch kind {
	case "task":
		return v.say("bank.purpose_task", "task", what)
	case "item":
		return v.say("bank.purpose_item", "item", v.name(what))
	case "department", "general":
		return v.say("bank.purpose_" + kind)
	}
	return purpose
}

// poolAnswer is what waits.
type poolAnswer struct {
	Day      civil.Date `json:"day"`
	Waiting  bankShare  `json:"waiting"`
	SetAside bankShare  `json:"set_aside"`
	Oldest   int        `json:"oldest_days"`
	Lines    []poolLine `json:"lines"`
}

type poolLine struct {
	Voucher string     `json:"voucher"`
	State   string     `json:"state"`
	PaidOn  civil.Date `json:"paid_on"`
	Age     int        `json:"age_days"`
	Payer   string     `json:"payer"`
	Payee   string     `json:"payee"`
	Amount  money.Fen  `json:"amount"`
	Summary string     `json:"summary"`
	Source  string     `json:"source"`
	Why     string     `json:"why"`

	Upstream string `json:"upstream"`
}

// pool lists the lines of statements that wait until somebody places them.
func (v *visit) pool() error {
	var p poolAnswer
	if err := v.get("/v1/counties/{county}/bank-pool", nil, &p); err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("pool.title"), poolPage(v, &p))
}
