package portal

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"feisui/pkg/access"
	"feisui/pkg/money"
	"feisui/pkg/web"
)

// This file takes in whole workbooks: what one is, with all its faults, is seen before
// anything is recorded, and it is confirmed, by a second person where that is asked for.

const (
	importsPath = "/imports"
	preparedAPI = "/v1/counties/{county}/prepared-imports"
)

func (p *Portal) importRoutes() {
	p.page("GET "+importsPath, func(v *visit) error { return v.imports(http.StatusOK, nil) })
	p.page("POST "+importsPath, (*visit).prepareImport)
	p.page("GET "+importsPath+"/{id}", func(v *visit) error { return v.preparedImport(http.StatusOK, nil) })
	p.page("POST "+importsPath+"/{id}/confirm", func(v *visit) error { return v.endImport("confirm", "digest") })
	p.page("POST "+importsPath+"/{id}/withdraw", func(v *visit) error { return v.endImport("withdraw", "") })
	p.page("POST "+importsPath+"/{id}/refuse", func(v *visit) error { return v.endImport("refuse", "why") })
}

// preparedBook is a workbook that waits, or what became of it.
type preparedBook struct {
	ID          string         `json:"id"`
	State       string         `json:"state"`
	Digest      string         `json:"digest"`
	Files       []preparedFile `json:"files"`
	Reason      string         `json:"reason"`
	Sheets      []preparedPart `json:"sheets"`
	Policy      bool           `json:"policy"`
	Rows        int            `json:"rows"`
	News        int            `json:"news"`
	MayConfirm  bool           `json:"may_confirm"`
	MayWithdraw bool           `json:"may_withdraw"`
	PreparedBy  string         `json:"prepared_by"`
	Preparer    string         `json:"prepared_by_name"`
	PreparedAt  time.Time      `json:"prepared_at"`
	ExpiresAt   time.Time      `json:"expires_at"`
	DecidedBy   string         `json:"decided_by"`
	Decider     string         `json:"decided_by_name"`
	DecidedAt   time.Time      `json:"decided_at"`
	Why         string         `json:"why"`
	Faults      []web.Fault    `json:"faults"`
	More        int            `json:"more"`
}

type preparedFile struct {
	Name   string `json:"name"`
	Size   int    `json:"size"`
	SHA256 string `json:"sha256"`
}

type preparedPart struct {
	Sheet   string        `json:"sheet"`
	Title   string        `json:"title"`
	Rows    int           `json:"rows"`
	New     int           `json:"new"`
	Amended int           `json:"amended"`
	Known   int           `json:"known"`
	Refused int           `json:"refused"`
	Sums    []preparedSum `json:"sums"`
}

type preparedSum struct {
	Column string     `json:"column"`
	Title  string     `json:"title"`
	Total  *money.Fen `json:"total"`
}

// preparedBooks are the county's.
type preparedBooks struct {
	Waiting []preparedBook `json:"waiting"`
	Decided []preparedBook `json:"decided"`
	Rows    int            `json:"rows"`
	Reason  string         `json:"-"` // as it was typed
	Request string         `json:"-"`
	Wrong   *web.Problem   `json:"-"`
}

// imports is where a workbook is handed in, and those that wait.
func (v *visit) imports(status int, wrong *web.Problem) error {
	all := preparedBooks{Request: newRequest(), Wrong: wrong}
	if wrong != nil {
		all.Reason = v.r.PostForm.Get("reason")
	}
	if err := v.get(preparedAPI, nil, &all); err != nil {
		return err
	}
	return v.show(status, v.say("import.title"), importsPage(v, &all))
}

// prepareImport has a workbook looked at. Without faults it waits at an address of its
// own; with some they are shown, and nothing is kept.
func (v *visit) prepareImport() error {
	files, err := v.readUploads()
	if err != nil {
		return err
	}
	if len(files) == 0 {
		wrong := refusal(http.StatusUnprocessableEntity, "FILE", "no_file")
		return v.imports(wrong.Status, wrong)
	}
	query := url.Values{}
	if reason := strings.TrimSpace(v.r.PostForm.Get("reason")); reason != "" {
		query.Set("correct", "true")
		query.Set("reason", reason)
	}
	var b preparedBook
	err = v.sendFiles(preparedAPI, query, v.r.PostForm.Get("request"), files, &b)
	var wrong *web.Problem
	switch {
	case errors.As(err, &wrong) && fileRefused(wrong):
		return v.imports(wrong.Status, wrong)
	case err != nil:
		return err
	case b.ID == "":
		return v.show(http.StatusUnprocessableEntity, v.say("import.title"), importFaultsPage(v, &b))
	}
	return elsewhere(importsPath + "/" + url.PathEscape(b.ID))
}

// preparedImport is one workbook, and what may be done with it.
func (v *visit) preparedImport(status int, wrong *web.Problem) error {
	var b preparedBook
	if err := v.get(preparedAPI+"/"+url.PathEscape(v.r.PathValue("id")), nil, &b); err != nil {
		return err
	}
	return v.show(status, v.say("import.title"), preparedPage(v, &b, wrong))
}

// endImport confirms, withdraws or refuses a workbook; said is the one thing that is
// sent with it, "" for none.
func (v *visit) endImport(how, said string) error {
	typed, request, err := v.sentForm()
	if err != nil {
		return err
	}
	body := map[string]string{}
	if said != "" {
		body[said] = typed.Get(said)
	}
	at := importsPath + "/" + url.PathEscape(v.r.PathValue("id"))
	err = v.send(http.MethodPost, preparedAPI+"/"+url.PathEscape(v.r.PathValue("id"))+"/"+how, nil, request, body, nil)
	var wrong *web.Problem
	switch {
	case errors.As(err, &wrong) && (mended(wrong) || wrong.Code == "SECOND_PERSON" || wrong.Code == "NOT_YOURS"):
		return v.preparedImport(wrong.Status, wrong)
	case err != nil:
		return err
	case how == "confirm":
		return elsewhere(at + "?done=import_confirmed")
	case how == "withdraw":
		return elsewhere(importsPath + "?done=import_withdrawn")
	}
	return elsewhere(importsPath + "?done=import_refused")
}

// importsWait are the workbooks that wait, for the first page of who may confirm them:
// how many, and how many of them by this person.
func (v *visit) importsWait() (waiting, theirs int) {
	var all preparedBooks
	if !v.is(access.Authority) || !v.may("confirmImport") || v.get(preparedAPI, nil, &all) != nil {
		return 0, 0 // the page is as good without
	}
	for i := range all.Waiting {
		if all.Waiting[i].MayConfirm {
			theirs++
		}
	}
	return len(all.Waiting), theirs
}

// name is what a workbook is called: by its file, of many by the first.
func (b *preparedBook) name(v *visit) string {
	switch len(b.Files) {
	case 0:
		return b.Digest[:min(len(b.Digest), 12)]
	case 1:
		return b.Files[0].Name
	}
	return b.Files[0].Name + " " + v.say("import.more_files", "count", count(len(b.Files)))
}

// by is who prepared it.
func (b *preparedBook) by(v *visit) string {
	if b.PreparedBy == v.me.Who {
		return v.say("import.you")
	}
	return cmp.Or(b.Preparer, b.PreparedBy)
}

// decidedBy is who ended it, "" where nobody did.
func (b *preparedBook) decidedBy(v *visit) string {
	if b.DecidedBy == v.me.Who && b.DecidedBy != "" {
		return v.say("import.you")
	}
	return cmp.Or(b.Decider, b.DecidedBy)
}

// faulty is how many rows have faults, as far as they were listed.
func (b *preparedBook) faulty() (n int) {
	for _, s := range b.Sheets {
		n += s.Refused
	}
	return n
}

// stateOf says where it stands, and for whom it waits.
func (b *preparedBook) stateOf(v *visit) string {
	switch {
	case b.State != "waiting":
		return v.say("import.state_" + b.State)
	case b.MayConfirm:
		return v.say("import.yours_to_confirm")
	}
	return v.say("import.others_to_confirm")
}

// title is what a sheet is called.
func (s *preparedPart) title(v *visit) string { return v.in(words{s.Title, s.Sheet}) }

// amounts are the control totals of a sheet in words.
func (s *preparedPart) amounts(v *visit) string {
	return strings.Join(each(s.Sums, func(one preparedSum) string {
		total := v.say("import.huge")
		if one.Total != nil {
			total = one.Total.Yuan()
		}
		return v.say("import.sum", "column", v.in(words{one.Title, one.Column}), "total", total)
	}), v.say("form.comma"))
}
