package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"feisui/services/feisui/serve"
)

// TestCorrectionsOverHTTP: one row may correct what is recorded, with a reason in
// Chinese; the reason is part of what a request id stands for.
func TestCorrectionsOverHTTP(t *testing.T) {
	t.Parallel()
	server := running(t, "c")
	if status, _ := post(t, server, "c", "departments", "r1", []byte(`{"code":"D1","name":"民政局","kind":"部门"}`)); status != http.StatusOK {
		t.Fatalf("a department: %d", status)
	}
	const renamed = `{"code":"D1","name":"民政和社会工作局","kind":"部门"}`
	reason := func(text string) string { return "departments?correct=true&reason=" + url.QueryEscape(text) }
	for _, c := range []struct {
		name, sheet, request, body string
		status                     int
		want                       serve.Imported
	}{
		{"a contradiction", "departments", "r2", renamed, http.StatusUnprocessableEntity, serve.Imported{}},
		{"no reason", "departments?correct=true", "r3", renamed, http.StatusUnprocessableEntity, serve.Imported{}},
		{"an empty reason", reason(" "), "r3", renamed, http.StatusUnprocessableEntity, serve.Imported{}},
		{"a reason on two lines", reason("机构\n改革"), "r3", renamed, http.StatusUnprocessableEntity, serve.Imported{}},
		{"a reason that is no text", "departments?correct=true&reason=%ff", "r3", renamed, http.StatusUnprocessableEntity, serve.Imported{}},
		{"a query that is none", "departments?correct=true&reason=%zz", "r3", renamed, http.StatusBadRequest, serve.Imported{}},
		{"a reason of 201 characters", reason(strings.Repeat("长", 201)), "r3", renamed, http.StatusUnprocessableEntity, serve.Imported{}},
		{"a reason alone", "departments?reason=x", "r3", renamed, http.StatusUnprocessableEntity, serve.Imported{}},
		{"neither yes nor no", "departments?correct=yes&reason=x", "r3", renamed, http.StatusUnprocessableEntity, serve.Imported{}},
		{"no correction", "departments?correct=false", "r3", renamed, http.StatusUnprocessableEntity, serve.Imported{}},
		{"a correction", reason("机构改革更名，原表未改"), "r4", renamed, http.StatusOK, serve.Imported{New: 1, Amended: 1}},
		{"the same request", reason("机构改革更名，原表未改"), "r4", renamed, http.StatusOK, serve.Imported{New: 1, Amended: 1, Repeated: true}},
		{"the same id for another reason", reason("另一理由"), "r4", renamed, http.StatusConflict, serve.Imported{}},
		{"the same id for no reason", "departments", "r4", renamed, http.StatusConflict, serve.Imported{}},
		{"the same row", "departments", "r5", renamed, http.StatusOK, serve.Imported{}},
		{"the same correction", reason("再来一次"), "r6", renamed, http.StatusOK, serve.Imported{}},
		{"a reason of 200 characters", reason(strings.Repeat("长", 200)), "r7", `{"code":"D1","name":"民政局","kind":"部门"}`, http.StatusOK, serve.Imported{New: 1, Amended: 1}},
		{"a first row, to correct", reason("一并"), "r8", `{"code":"D2","name":"某局","kind":"部门"}`, http.StatusOK, serve.Imported{New: 1}},
	} {
		status, got := post(t, server, "c", c.sheet, c.request, []byte(c.body))
		if got.Position = 0; status != c.status || got != c.want { // days and flags have positions too
			t.Errorf("%s: %d %+v, want %d %+v", c.name, status, got, c.status, c.want)
		}
	}
}
