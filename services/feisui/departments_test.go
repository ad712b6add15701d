package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"testing"

	"feisui/pkg/money"
	"feisui/services/feisui/serve"
	"feisui/services/ledger/api"
	"feisui/services/ledger/reconcile"
)

// TestDepartmentsCompared plays three: one that owes and is late, one that paid, one
// that only hands down, with the cases that go on against them.
func TestDepartmentsCompared(t *testing.T) {
	t.Parallel()
	s := played(t, serve.Config{})
	s.contract = contractOf(t)
	s.rows("departments", `{"code":"D03","name":"统计局","kind":"department"}`)
	s.owed("T1", north) // 240 yuan each, due on 2025-01-20
	s.owed("T2", south)
	s.paid("V1", "T2", south, "100", "2025-01-15")
	s.rows("tasks", `{"no":"T3","department":"D02","community":"`+south+`","item":"A01","issued_on":"2025-01-06","quantity":"1","pay_by":"2025-01-20"}`,
		`{"no":"T4","department":"D03","community":"`+south+`","item":"Z99","issued_on":"2025-02-28"}`)
	s.rows("payments", `{"voucher":"V2","paid_on":"2025-01-15","payer":"D02","payee":"`+south+`","purpose":"task:T3","amount":"20"}`)
	s.rows("arrivals", `{"voucher":"V2","confirmed_on":"2025-01-15","amount":"20"}`)
	for _, no := range []string{feeOf("T1", "1"), feeOf("T2", "1"), "unadmitted:D03:1:T4", "undetermined:D03:1:T4"} {
		s.caseIs(no, "notified")
	}
	var list api.DepartmentList
	eventually(t, func() bool { // T3 was unfunded until V2 came: a case that began then has ended since
		list = api.DepartmentList{}
		s.get(ofLeader, "/departments", &list)
		i := slices.IndexFunc(list.Departments, func(d api.ComparedDepartment) bool { return d.Code == "D02" })
		return i >= 0 && list.Departments[i].OpenCases != nil && *list.Departments[i].OpenCases == 0
	})
	var lines []string
	for _, d := range list.Departments {
		lines = append(lines, fmt.Sprint(d.Rank, " ", d.Code, d.Name, " tasks ", d.Tasks, " coverage ", d.Allocated, "/", d.Entitlement, " ", amountOf(d.CoverageBP),
			" due ", d.Covered, "/", d.Due, " ", amountOf(d.CoverageDueBP), " late ", d.Overdue, " of ", d.LateTasks, " for ", d.LateDays,
			" unadmitted ", d.Unadmitted, " undetermined ", d.Undetermined, " cases ", amountOf(d.OpenCases)))
	}
	want := []string{
		"1 D01民政局 tasks 2 coverage 10000/48000 2083 due 10000/48000 2083 late 38000 of 2 for 42 unadmitted 0 undetermined 0 cases 2",
		"2 D02司法局 tasks 1 coverage 2000/2000 10000 due 2000/2000 10000 late 0 of 0 for 0 unadmitted 0 undetermined 0 cases 0",
		"2 D03统计局 tasks 1 coverage 0/0 none due 0/0 none late 0 of 0 for 0 unadmitted 1 undetermined 1 cases 2",
	}
	if !slices.Equal(lines, want) || list.Ranked != 3 {
		t.Errorf("%q\nwant %q", lines, want)
	}
	for who, code := range map[string]string{officeHead: "D01", otherHead: "D02"} {
		var own api.DepartmentList
		s.get(who, "/departments", &own)
		i := slices.IndexFunc(list.Departments, func(d api.ComparedDepartment) bool { return d.Code == code })
		if len(own.Departments) != 1 || asText(t, own.Departments[0]) != asText(t, list.Departments[i]) || own.Ranked != 3 {
			t.Errorf("%s sees %+v", who, own)
		}
	}
	for _, who := range []string{northOfficer, ofStreet} {
		s.refused(who, "/departments", http.StatusForbidden, "FORBIDDEN")
	}
	var ofStreetsFinance api.DepartmentList
	s.get("person:sf finance_officer@"+streetOfBoth, "/departments", &ofStreetsFinance)
	if len(ofStreetsFinance.Departments) != 0 {
		t.Errorf("a street's finance sees %+v", ofStreetsFinance.Departments)
	}
}

// TestDepartmentsAreTheStatement: what the departments of a drawn county have
// together is what its statement has in sum.
func TestDepartmentsAreTheStatement(t *testing.T) {
	t.Parallel()
	server := running(t, "c")
	mustRun(t, "import", filepath.Join(casesFolder(), "random-21", "book"), "--server", server, "--county", "c")
	statement := countyToday(t, server, "c")
	var list api.DepartmentList
	ask(t, server, "c", "departments", nil, &list)
	var tasks, standing, unfunded, underfunded, undetermined, unadmitted int
	var owed, came, due, overdue money.Fen
	for i, d := range list.Departments {
		tasks, standing, unfunded, underfunded = tasks+d.Tasks, standing+d.StandingTasks, unfunded+d.Unfunded, underfunded+d.Underfunded
		undetermined, unadmitted = undetermined+d.Undetermined, unadmitted+d.Unadmitted
		owed, came, due, overdue = owed.Plus(d.Entitlement), came.Plus(d.Allocated), due.Plus(d.Due), overdue.Plus(d.Overdue)
		if i > 0 && (d.Overdue > list.Departments[i-1].Overdue || d.Rank < list.Departments[i-1].Rank) {
			t.Errorf("%+v comes after %+v", d, list.Departments[i-1])
		}
		if (d.Overdue > 0) != (d.LateDays > 0) || (d.Overdue > 0) != (d.LateTasks > 0) {
			t.Errorf("%+v", d)
		}
	}
	all := statement.Totals
	got := fmt.Sprint(tasks, standing, unfunded, underfunded, undetermined, unadmitted, owed, came, due, overdue)
	want := fmt.Sprint(all.Tasks, all.StandingTasks, all.Unfunded, all.Underfunded, all.Undetermined, all.Flags[reconcile.Unadmitted],
		all.Entitlement, all.Allocated, all.Due, all.OverdueShortfall)
	if got != want || len(list.Departments) < 3 || overdue == 0 {
		t.Errorf("%s, want %s", got, want)
	}
}
