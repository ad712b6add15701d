package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"feisui/pkg/figure"
	"feisui/services/feisui/serve"
)

// cutStage is a county into which workbooks come over a line that is cut.
type cutStage struct {
	*intakeStage

	line    *line
	courses int
	failed  map[string]int // answers that were no yes, by what was asked
}

// TestAWorkbookSurvivesEveryCut: the connection to the database is lost at each message
// of preparing a workbook and confirming it, before the database has it or after, and
// both are asked again with the same id until they are answered. Every workbook is then
// there once, recorded once, and counted once, and its files are let go.
func TestAWorkbookSurvivesEveryCut(t *testing.T) {
	t.Parallel()
	postgres := ownPostgres(t, filepath.Join(dataOf(t), "postgres"), nil)
	l, database := newLine(t, postgres.URL(), "", false)
	s := &cutStage{&intakeStage{opened(t, serve.Config{DatabaseURL: database, MigrateURL: postgres.URL()}), poolOf(t, postgres.URL())}, l, 0, map[string]int{}}
	s.contract = contractOf(t)
	s.course(0) // what is done once is done
	points := [2]int32{}
	for way, delivered := range []bool{false, true} {
		s.line.deliver.Store(delivered)
		for n := int32(1); s.course(n); n++ {
			points[way] = n
		}
	}
	s.sound()
	figure.Logf(t, "preparing and confirming a workbook, cut at each of %d messages before the database had them, and at each of %d after: %d workbooks, "+
		"%d answers to preparing and %d to confirming that were no yes; each is there once, recorded once, counted once",
		points[0], points[1], s.courses, s.failed["prepare"], s.failed["confirm"])
	if min(points[0], points[1]) < 20 || s.failed["prepare"] == 0 || s.failed["confirm"] == 0 {
		t.Error("hardly anything was cut: nothing is shown")
	}
	s.doubles()
}

// course prepares a workbook of one row and confirms it, while the n-th message to the
// database is cut, and reports whether there was one.
func (s *cutStage) course(n int32) (cut bool) {
	s.t.Helper()
	s.courses++
	who := fmt.Sprintf("person:c%d=C%d authority@", s.courses, s.courses)
	if s.line.turn.Store(n); n > 500 {
		s.t.Fatal("there is no end to it")
	}
	p := s.prepared(who, func() string { return fmt.Sprintf("prepare/%d", s.courses) })
	s.until("confirm", func() answer {
		return s.ask(who, http.MethodPost, "/prepared-imports/"+p.ID+"/confirm", fmt.Sprintf("confirm/%d", s.courses), object("digest", p.Digest))
	})
	cut = n > 0 && s.line.turn.Swap(0) <= 0
	s.until("look", func() answer { return s.ask(who, http.MethodGet, "/prepared-imports/"+p.ID, "", "") }).into(s.t, &p)
	if p.State != "confirmed" {
		s.t.Errorf("cut at %d: %+v", n, p)
	}
	return cut
}

// prepared prepares the workbook of a course, until that is answered.
func (s *cutStage) prepared(who string, request func() string) (p serve.Prepared) {
	s.t.Helper()
	csv := fmt.Sprintf("code,name,kind\nC%d,第%d局,部门\n", s.courses, s.courses)
	s.until("prepare", func() answer { return s.sends(who, "/prepared-imports", request(), "部门.csv", csv) }).into(s.t, &p)
	return p
}

// until asks until the answer is a yes; what is none says to try again.
func (s *cutStage) until(what string, ask func() answer) (a answer) {
	s.t.Helper()
	for began := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		switch a = ask(); {
		case a.status == http.StatusOK:
			return a
		case a.status != http.StatusServiceUnavailable, time.Since(began) > hungAfter:
			s.t.Fatalf("%s: %d %s", what, a.status, a.body)
		}
		s.failed[what]++
	}
}

// sound looks at everything that is kept and recorded.
func (s *cutStage) sound() {
	s.t.Helper()
	for what, sql := range map[string]string{
		"workbooks that are there":           `select count(*) from intake.workbook`,
		"workbooks that are confirmed":       `select count(*) from intake.workbook where state = 'confirmed'`,
		"people with a workbook":             `select count(distinct preparer) from intake.workbook`,
		"files that are let go":              `select count(*) from intake.file where content is null`,
		"files":                              `select count(*) from intake.file`,
		"departments that are recorded":      `select count(*) from journal.entry where type = 'department.registered'`,
		"departments":                        `select count(distinct stream) from journal.entry where type = 'department.registered'`,
		"rows counted of one without second": `select coalesce(sum(news), 0) from intake.alone`,
		"people whose rows are counted":      `select count(distinct person) from intake.alone`,
	} {
		var n int
		if err := s.pool.QueryRow(s.t.Context(), sql).Scan(&n); err != nil {
			s.t.Fatal(err)
		}
		if n != s.courses {
			s.t.Errorf("%s: %d, and not %d", what, n, s.courses)
		}
	}
}

// doubles is the control: who asks with a new id each time has two workbooks after some
// cut at which the database had the message.
func (s *cutStage) doubles() {
	s.t.Helper()
	for n, rounds := int32(1), 0; rounds < 3; n++ { // what runs beside may be cut instead
		s.courses++
		s.line.turn.Store(n)
		s.prepared(fmt.Sprintf("person:c%d=C%d authority@", s.courses, s.courses), uuid.NewString)
		if s.line.turn.Swap(0) > 0 {
			n, rounds = 0, rounds+1
		}
		var kept int
		if err := s.pool.QueryRow(s.t.Context(), `select count(*) from intake.workbook where state = 'waiting'`).Scan(&kept); err != nil {
			s.t.Fatal(err)
		}
		if kept > 1 {
			return
		}
		s.sql(`update intake.workbook set state = 'withdrawn' where state = 'waiting'`)
	}
	s.t.Error("no workbook is there twice, although nothing prevents it")
}
