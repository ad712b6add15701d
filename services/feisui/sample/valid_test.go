package sample_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"feisui/services/feisui/sample"
)

// TestValid checks what an import would refuse: keys, references, dates, sums.
func TestValid(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]sample.Options{
		"a county":          {},
		"another year":      {Seed: 9, Year: 2023, Communities: 60},
		"many tasks":        {Seed: 3, Tasks: 300, Communities: 4},
		"one task":          {Tasks: 1},
		"without a holiday": {Year: 2050, Communities: 20},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := write(t, o)
			year := "2025"
			if o.Year != 0 {
				year = strconv.Itoa(o.Year)
			}
			checkKeys(t, b)
			checkReferences(t, b)
			checkDates(t, b, year)
			checkMoney(t, b)
		})
	}
}

func checkKeys(t *testing.T, b book) {
	t.Helper()
	seen := map[string]string{}
	for sheet, column := range map[string]string{
		"communities": "code", "departments": "code", "items": "code", "admissions": "no", "tasks": "no",
		"commitments": "no", "payments": "voucher", "plaques": "no", "burdens": "no",
	} {
		for _, r := range b[sheet] {
			if r[column] == "" || seen[r[column]] != "" {
				t.Errorf("%s: %q is given twice, in %s too", sheet, r[column], seen[r[column]])
			}
			seen[r[column]] = sheet
		}
	}
}

func checkReferences(t *testing.T, b book) {
	t.Helper()
	known := func(sheet, column string) map[string]bool {
		all := map[string]bool{"": true}
		for _, r := range b[sheet] {
			all[r[column]] = true
		}
		return all
	}
	communities, departments := known("communities", "code"), known("departments", "code")
	parties := known("communities", "code")
	for code := range departments {
		parties[code] = true
	}
	for _, ref := range []struct {
		sheet, column string
		among         map[string]bool
	}{
		{"communities", "street", departments},
		{"items", "department", departments},
		{"admissions", "item", known("items", "code")}, {"admissions", "department", departments},
		{"tasks", "community", communities}, {"tasks", "department", departments},
		{"receipts", "task", known("tasks", "no")}, {"completions", "task", known("tasks", "no")},
		{"commitments", "community", communities}, {"commitments", "department", departments},
		{"payments", "payer", parties}, {"payments", "payee", parties}, {"payments", "community", communities},
		{"payments", "upstream", known("payments", "voucher")}, {"payments", "reverses", known("payments", "voucher")},
		{"arrivals", "voucher", known("payments", "voucher")},
		{"plaques", "community", communities}, {"plaques", "department", departments},
		{"burdens", "community", communities}, {"burdens", "department", departments},
	} {
		for _, r := range b[ref.sheet] {
			if !ref.among[r[ref.column]] {
				t.Errorf("%s: nobody is %s %q", ref.sheet, ref.column, r[ref.column])
			}
		}
	}
	for _, r := range b["admissions"] {
		for code := range strings.SplitSeq(r["communities"], ";") {
			if !communities[code] {
				t.Errorf("admission %s: no community %q", r["no"], code)
			}
		}
	}
}

func checkDates(t *testing.T, b book, year string) {
	t.Helper()
	for sheet, columns := range map[string][]string{
		"admissions": {"from", "to", "decided_on", "revoked_on"}, "tasks": {"issued_on", "recalled_on"}, "receipts": {"filed_on"},
		"completions": {"completed_on"}, "commitments": {"made_on"}, "payments": {"paid_on"}, "arrivals": {"confirmed_on", "withdrawn_on"},
		"plaques": {"hung_on", "removed_on"}, "burdens": {"from", "to"},
	} {
		for _, r := range b[sheet] {
			for _, c := range columns {
				if r[c] != "" && !strings.HasPrefix(r[c], year+"-") {
					t.Errorf("%s %v: %s is not of the year", sheet, r, c)
				}
			}
		}
	}
	for sheet, order := range map[string][][2]string{
		"admissions": {{"from", "to"}}, "tasks": {{"starts_on", "due_on"}, {"issued_on", "recalled_on"}, {"issued_on", "starts_on"}, {"issued_on", "pay_by"}},
		"commitments": {{"made_on", "by"}}, "arrivals": {{"confirmed_on", "withdrawn_on"}}, "plaques": {{"hung_on", "removed_on"}}, "burdens": {{"from", "to"}},
	} {
		for _, r := range b[sheet] {
			for _, o := range order {
				if r[o[0]] != "" && r[o[1]] != "" && r[o[1]] < r[o[0]] {
					t.Errorf("%s %v: %s before %s", sheet, r, o[1], o[0])
				}
			}
		}
	}
	issued := map[string]string{}
	for _, r := range b["tasks"] {
		issued[r["no"]] = r["issued_on"]
	}
	for sheet, column := range map[string]string{"receipts": "filed_on", "completions": "completed_on"} {
		for _, r := range b[sheet] {
			if r[column] < issued[r["task"]] {
				t.Errorf("%s %v: before the task was issued", sheet, r)
			}
		}
	}
}

// checkMoney checks the chains: nothing is passed on or confirmed that was not
// paid, on any day, and a reversal mirrors what it reverses.
func checkMoney(t *testing.T, b book) {
	t.Helper()
	payments, children, reversed := map[string]row{}, map[string][]row{}, map[string]bool{}
	for _, p := range b["payments"] {
		payments[p["voucher"]] = p
		children[p["upstream"]] = append(children[p["upstream"]], p)
		if p["reverses"] != "" {
			if reversed[p["reverses"]] {
				t.Errorf("%s is reversed twice", p["reverses"])
			}
			reversed[p["reverses"]] = true
		}
	}
	arrived := map[string][]row{}
	for _, a := range b["arrivals"] {
		arrived[a["voucher"]] = append(arrived[a["voucher"]], a)
	}
	for v, p := range payments {
		var passed int64
		for _, c := range children[v] {
			passed += fen(t, c["amount"])
			if c["paid_on"] < p["paid_on"] || c["payer"] != p["payee"] || p["reverses"] != "" || reversed[v] {
				t.Errorf("%v does not pass on %v", c, p)
			}
		}
		confirmed := most(t, arrived[v])
		if paid := fen(t, p["amount"]); passed > paid || confirmed > paid || paid <= 0 {
			t.Errorf("%v: %d passed on, %d confirmed", p, passed, confirmed)
		}
		if len(arrived[v]) > 0 && (len(children[v]) > 0 || p["reverses"] != "" || reversed[v] || len(p["community"]+p["payee"]) < 12) {
			t.Errorf("%v: cannot arrive", p)
		}
		for _, a := range arrived[v] {
			if a["confirmed_on"] < p["paid_on"] {
				t.Errorf("%v arrives before %v is paid", a, p)
			}
		}
		if o := payments[p["reverses"]]; o != nil {
			mirrored := o["payer"] == p["payee"] && o["payee"] == p["payer"] && o["amount"] == p["amount"] && o["reverses"] == ""
			if !mirrored || p["upstream"] != "" || p["paid_on"] < o["paid_on"] {
				t.Errorf("%v does not reverse %v", p, o)
			}
		}
	}
}

// most gives the largest sum of the arrivals that stand on one day.
func most(t *testing.T, arrivals []row) int64 {
	t.Helper()
	var sums []int64
	for _, on := range arrivals {
		var sum int64
		for _, a := range arrivals {
			if a["confirmed_on"] <= on["confirmed_on"] && (a["withdrawn_on"] == "" || on["confirmed_on"] < a["withdrawn_on"]) {
				sum += fen(t, a["amount"])
			}
		}
		sums = append(sums, sum)
	}
	return slices.Max(append(sums, 0))
}

func fen(t *testing.T, yuan string) int64 {
	t.Helper()
	whole, cents, _ := strings.Cut(yuan, ".")
	n, err := strconv.ParseInt(whole+cents, 10, 64)
	if err != nil || len(cents) != 2 {
		t.Fatalf("amount %q", yuan)
	}
	return n
}
