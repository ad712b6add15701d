package portal

import (
	"errors"
	"net/http"
	"net/url"

	"feisui/pkg/money"
	"feisui/pkg/web"
)

// This file hands down the tasks of a sheet that somebody filled in.

const sheetPath = "/assign/sheet"

func (p *Portal) assignSheetRoutes() {
	p.page("GET "+sheetPath, func(v *visit) error { return v.sheetForm(http.StatusOK, &sheetAssignment{}) })
	p.page("POST "+sheetPath, (*visit).sheetSent)
}

// sheetAssignment is a sheet on its way.
type sheetAssignment struct {
	File    *upload
	Wrong   *web.Problem
	Request string
	Total   *money.Fen
	Rows    []pricedRow
	Warned  []pricedWarning
}

func (v *visit) sheetForm(status int, s *sheetAssignment) error {
	if _, err := v.beginning("task"); err != nil {
		return err
	}
	return v.show(status, v.say("assign.sheet_title"), sheetPage(v, s))
}

// sheetSent prices a sheet that was chosen, and issues it after that.
func (v *visit) sheetSent() error {
	file, err := v.readUpload()
	if err != nil {
		return err
	}
	s := &sheetAssignment{File: file, Request: newRequest()}
	if file == nil {
		s.Wrong = refusal(http.StatusUnprocessableEntity, "FILE", "no_file")
		return v.sheetForm(s.Wrong.Status, s)
	}
	request, query, issue := s.Request, url.Values{"dry_run": {"true"}}, v.r.PostForm.Get("do") == doIssue
	if issue && v.r.PostForm.Get("sum") == sumOf(file.Data) {
		request, query = v.r.PostForm.Get("request"), nil
	}
	var d drafted
	err = v.sendFile("/v1/counties/{county}/task-sheets", query, request, "tasks", file, &d)
	var wrong *web.Problem
	switch {
	case errors.As(err, &wrong) && fileRefused(wrong):
		s.Wrong = wrong
		return v.sheetForm(wrong.Status, s)
	case err != nil:
		return err
	case query == nil:
		return elsewhere("/tasks?" + url.Values{"view": {viewAll}, "done": {"assigned"}}.Encode())
	}
	s.Total, s.Rows, s.Warned = d.Entitlement, d.rows(), d.warnings()
	return v.show(http.StatusOK, v.say("assign.sheet_title"), sheetPricePage(v, s))
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
