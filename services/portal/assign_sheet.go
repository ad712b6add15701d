package portal

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"feisui/pkg/money"
	"feisui/pkg/web"
)

// This file hands down, or drafts, the tasks of a sheet that somebody filled in.

const (
	sheetPath   = "/assign/sheet"
	draftSheet  = draftsPath + "/sheet"
	draftResend = draftsPath + "/i/{instance}/sheet"
)

func (p *Portal) assignSheetRoutes() {
	for path, made := range map[string]func(*visit) (*sheetAssignment, error){
		sheetPath: (*visit).assignedBySheet, draftSheet: (*visit).draftedBySheet, draftResend: (*visit).redraftedBySheet,
	} {
		p.page("GET "+path, func(v *visit) error {
			s, err := made(v)
			if err != nil {
				return err
			}
			return v.sheetForm(http.StatusOK, s)
		})
		p.page("POST "+path, func(v *visit) error { return v.sheetSent(made) })
	}
}

// sheetAssignment is a sheet on its way: to be handed down, or to be a draft.
type sheetAssignment struct {
	At, Back string
	Drafts   bool
	Draft    string // the number of the draft that is written anew, "" of a new one
	Seen     int    // its step that was seen last

	File    *upload
	Wrong   *web.Problem
	Request string
	Total   *money.Fen
	Rows    []pricedRow
	Warned  []pricedWarning
}

// key is that of a text, which says of a draft that it is one.
func (s *sheetAssignment) key(what string) string {
	if s.Drafts {
		return "drafts.sheet_" + what
	}
	return "assign.sheet_" + what
}

func (v *visit) assignedBySheet() (*sheetAssignment, error) {
	_, err := v.beginning("task")
	return &sheetAssignment{At: sheetPath, Back: assignPath, Request: newRequest()}, err
}

func (v *visit) draftedBySheet() (*sheetAssignment, error) {
	_, err := v.beginning(draftFlow)
	return &sheetAssignment{At: draftSheet, Back: draftBegin, Drafts: true, Request: newRequest()}, err
}

func (v *visit) redraftedBySheet() (*sheetAssignment, error) {
	in, action, err := v.redrafting()
	switch {
	case err != nil:
		return nil, err
	case action == nil:
		return nil, refusal(http.StatusNotFound, "NOT_OPEN", "not_open")
	}
	return &sheetAssignment{At: in.path() + "/sheet", Back: in.path(), Drafts: true, Draft: in.Instance, Seen: in.Steps, Request: newRequest()}, nil
}

func (v *visit) sheetForm(status int, s *sheetAssignment) error {
	return v.show(status, v.say(s.key("title")), sheetPage(v, s))
}

// sheetSent prices a sheet that was chosen, and issues or keeps it after that.
func (v *visit) sheetSent(made func(*visit) (*sheetAssignment, error)) error {
	file, err := v.readUpload()
	if err != nil {
		return err
	}
	s, err := made(v)
	if err != nil {
		return err
	}
	if s.File = file; file == nil {
		s.Wrong = refusal(http.StatusUnprocessableEntity, "FILE", "no_file")
		return v.sheetForm(s.Wrong.Status, s)
	}
	request, dry := s.Request, true
	if v.r.PostForm.Get("do") == doIssue && v.r.PostForm.Get("sum") == sumOf(file.Data) {
		request, dry = v.r.PostForm.Get("request"), false
	}
	d, err := v.sendSheet(s, request, dry)
	var wrong *web.Problem
	switch {
	case errors.As(err, &wrong) && (fileRefused(wrong) || wrong.Code == "VERSION_CONFLICT"):
		s.Wrong = wrong
		return v.sheetForm(wrong.Status, s)
	case err != nil:
		return err
	case !dry && s.Drafts:
		return elsewhere(instancePath(draftFlow, d.Instances[0].Instance) + "?done=drafted")
	case !dry:
		return elsewhere("/tasks?" + url.Values{"view": {viewAll}, "done": {"assigned"}}.Encode())
	}
	if seen, err := strconv.Atoi(v.r.PostForm.Get(seenField)); err == nil { // what was read, not what is there by now
		s.Seen = seen
	}
	s.Total, s.Rows, s.Warned = d.Entitlement, d.rows(), d.warnings()
	return v.show(http.StatusOK, v.say(s.key("title")), sheetPricePage(v, s))
}

// sendSheet has the API price a sheet, or do what it says.
func (v *visit) sendSheet(s *sheetAssignment, request string, dry bool) (*drafted, error) {
	to, query := "task-sheets", url.Values{}
	if s.Drafts {
		to = "draft-sheets"
	}
	if s.Draft != "" {
		query.Set("draft", s.Draft)
	}
	if dry {
		query.Set("dry_run", "true")
	}
	d := &drafted{}
	if err := v.sendFile("/v1/counties/{county}/"+to, query, request, "tasks", s.File, d); err != nil {
		return nil, err
	}
	if dry && s.Drafts {
		d.Instances = d.Tasks
	}
	if len(d.Instances) == 0 {
		return nil, errors.New("a sheet was taken, and nothing came of it")
	}
	return d, nil
}

// rows are what each task would be, by its number.
func (d *drafted) rows() (rows []pricedRow) {
	for _, in := range d.Instances {
		row := pricedRow{Number: in.Instance}
		if in.Task != nil {
			row.Entitlement, row.Lamp = in.Task.Entitlement, in.Task.Lamp
		}
		rows = append(rows, row)
	}
	return rows
}

// bySheet reports that each of its tasks has an item of its own: no form has a place for that.
func (f draftFields) bySheet() bool {
	return slices.ContainsFunc(f.each(), func(one map[string]any) bool { return one["item"] != nil })
}

// sheetContent is what a draft says of each of its tasks, where a sheet wrote it: a line each.
func (v *visit) sheetContent(by defined, fields draftFields) (list []pair) {
	for _, one := range fields.each() {
		var said []string
		for _, f := range by.fields {
			name := f.Name
			if name == "task" {
				name = "no"
			}
			if value, there := one[name]; there && f.Name != "no" { // which is the draft's
				said = append(said, v.titleIn(by, "edit", f.Name)+" "+v.value(name, value))
			}
		}
		list = append(list, pair{v.name(fmt.Sprint(one[inputCommunity])), strings.Join(said, v.say("form.comma"))})
	}
	return list
}

// faultColumn is what the column of a fault is called: as the API says, where it knows.
func (v *visit) faultColumn(f web.Fault) string {
	if f.Column != "" {
		return v.in(words{f.Column, f.Field})
	}
	return v.columnName(f.Field)
}

// columnName is what a column of a sheet or a field of a form is called.
func (v *visit) columnName(name string) string {
	if key := "bank.column_" + name; says(key) {
		return v.say(key)
	}
	return v.fieldName(name)
}
