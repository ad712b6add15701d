package record_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"feisui/pkg/workbook"
	"feisui/schemas"
	"feisui/services/feisui/record"
)

func TestTheSameWorkbookAgainChangesNothing(t *testing.T) {
	t.Parallel()
	j := newJournal()
	b := edited(t, `policy {"grace_days": 3}`)
	for i := range 3 {
		n, faults := into(t, j, b.write(t))
		if faults != nil || (n == 0) != (i > 0) {
			t.Errorf("import %d: %d events, %q", i+1, n, faults)
		}
	}
}

// A request goes in once. A workbook that brings nothing new is a request too.
func TestARequestIsRecordedOnce(t *testing.T) {
	t.Parallel()
	in, err := workbook.Open(edited(t, "").write(t), record.Layout)
	fatalIfErr(t, err)
	t.Cleanup(func() { fatalIfErr(t, in.Close()) })
	j, request := newJournal(), uuid.New()
	n, err := record.Import(in, j, request)
	fatalIfErr(t, err)
	if _, err := record.Import(in, j, request); err == nil || len(entries(j)) != n {
		t.Errorf("again: %v, %d events in the journal", err, len(entries(j))-n)
	}
	for e := range j.After(0) {
		if e.Request != request {
			t.Errorf("position %d is of request %s", e.Position, e.Request)
		}
	}
}

// However a workbook is cut in two, the same facts are recorded, as long as
// what names something comes after it.
func TestAWorkbookInTwoParts(t *testing.T) {
	t.Parallel()
	whole := newJournal()
	into(t, whole, edited(t, `policy {"grace_days": 3}`).write(t))
	for name, split := range map[string][2]string{
		"the registry first":      {"admissions tasks receipts completions commitments payments arrivals plaques burdens", "communities departments items plaque_catalogue"},
		"no money at first":       {"payments arrivals", "communities departments items plaque_catalogue admissions tasks receipts completions commitments plaques burdens"},
		"arrivals and so on":      {"arrivals receipts completions", "communities departments items plaque_catalogue admissions tasks commitments payments plaques burdens"},
		"the parties' rows again": {"tasks payments arrivals receipts completions", "items plaque_catalogue commitments"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := newJournal()
			for _, without := range split {
				b := edited(t, "")
				for sheet := range strings.FieldsSeq(without) {
					delete(b.sheets, sheet)
				}
				if without == split[0] {
					b.files["policy.json"] = `{"grace_days": 3}`
				}
				if _, faults := into(t, j, b.write(t)); faults != nil {
					t.Fatalf("without %s: %q", without, faults)
				}
			}
			wantSameFacts(t, facts(t, j), facts(t, whole))
		})
	}
}

// A chain may go on in a later workbook.
func TestAChainOverTwoWorkbooks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		second string // added to a workbook that has the parties only
		want   []string
	}{
		"a child":                     {"pay K1 04-02 150 <PZ5", nil},
		"a child of more":             {"pay K1 04-02 201 <PZ5", one(`payments.csv:2:amount: "201.00" … upstream voucher PZ5 has: of its 200.00 yuan, 201.00 yuan are passed on on 2025-04-02 (vouchers K1)`)},
		"a child of what is left":     {"pay K1 03-12 40 <PZ1", nil},
		"a child of more than that":   {"pay K1 03-12 40.01 <PZ1", one(`payments.csv:2:amount: "40.01" … of its 100.00 yuan, 100.01 yuan`)},
		"a child of what has arrived": {"pay K1 03-15 10 <PZ2", one(`payments.csv:2:upstream: "PZ2" … confirmed on 2025-03-14`)},
		"a child of what is reversed": {"pay K1 03-20 10 <PZ3", one(`payments.csv:2:upstream: "PZ3" … PZ4 reversed it on 2025-03-20`)},
		"a child before it is paid":   {"pay K1 03-01 10 <PZ5", one(`payments.csv:2:paid_on: "2025-03-01" … PZ5, 2025-04-01`)},
		"a child of a reversal":       {"pay K1 03-21 10 <PZ4", one(`payments.csv:2:upstream: "PZ4" … moves money`)},
		"an arrival":                  {"payments drop && arrive PZ2 03-15 1", one(`arrivals.csv:2:amount: "1.00" … voucher PZ2 has: of its 60.00 yuan, 61.00 yuan are confirmed`)},
		"an arrival passed on":        {"payments drop && arrive PZ1 03-15 1", one(`arrivals.csv:2:voucher: "PZ1" … PZ2 passes it on`)},
		"an arrival on a reversal":    {"payments drop && arrive PZ4 03-25 1", one(`arrivals.csv:2:voucher: "PZ4" … not a reversal`)},
		"an arrival after a reversal": {"payments drop && arrive PZ3 03-25 1", one(`arrivals.csv:2:voucher: "PZ3" … PZ4 reversed it`)},
		"the same arrival":            {"payments drop && arrive PZ2 03-14 60", nil},
		"a second reversal":           {"pay R1 04-01 50 ~PZ3 && payments 2 payer=990101001002 payee=D1", one(`payments.csv:2:reverses: "PZ3" … PZ4 reversed it`)},
		"a reversal of a reversal":    {"pay R1 04-01 50 ~PZ4 && payments 2 payer=D1 payee=990101001002", one(`payments.csv:2:reverses: "PZ4" … not another reversal`)},
		"a reversal of what arrived":  {"pay R1 04-01 60 ~PZ2 && payments 2 payer=990101001001 payee=990101001", one(`payments.csv:2:reverses: "PZ2" … confirmed on 2025-03-14`)},
		"a reversal of what went on":  {"pay R1 04-01 100 ~PZ1 && payments 2 payer=990101001 payee=F1", one(`payments.csv:2:reverses: "PZ1" … PZ2 passes it on`)},
		"a reversal":                  {"pay R1 04-01 200 ~PZ5 && payments 2 payer=990101001 payee=D1", nil},
		"a receipt":                   {"receipts + task=T1 outcome=query filed_on=2025-03-05", nil},
		"a receipt to nothing":        {"receipts + task=T9 outcome=query filed_on=2025-03-05", one(`receipts.csv:2:task: "T9"`)},
		"a completion too early":      {"completions + task=T1 completed_on=2025-03-02", one(`completions.csv:2:completed_on: "2025-03-02" … issued_on 2025-03-03`)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := newJournal()
			into(t, j, edited(t, "").write(t))
			b := edited(t, "")
			for sheet := range b.sheets {
				b.sheets[sheet] = b.sheets[sheet][:1]
			}
			for edit := range strings.SplitSeq(c.second, " && ") {
				b.edit(t, edit)
			}
			_, faults := into(t, j, b.write(t))
			wantFaults(t, faults, c.want)
		})
	}
}

func TestCellsThatAreFilledIn(t *testing.T) {
	t.Parallel()
	for edits, want := range map[string]string{ // to the second workbook
		"communities 3 households=5":                         "community.supplemented",
		"items 2 timing=后付 authority_required=否":             "item.supplemented",
		"admissions 2 document=X号":                           "admission.supplemented",
		"admissions 2 revoked_on=2025-05-01":                 "admission.revoked",
		"tasks 3 amount=0":                                   "task.supplemented",
		"tasks 2 recalled_on=2025-05-01":                     "task.recalled",
		"tasks 2 recalled_on=2025-05-01 document=X号":         "task.supplemented task.recalled",
		"commitments 2 by=2025-05-01":                        "commitment.supplemented",
		"plaques 2 removed_on=2025-05-01":                    "plaque.taken_down",
		"burdens 2 to=2025-05-01":                            "burden.ended",
		"burdens 2 title=月报":                                 "burden.supplemented",
		"completions 2 quantity=10":                          "task.completed",
		"payments 6 community=990101001002":                  "payment.supplemented",
		"payments 3 community=990101001002":                  "payment.supplemented",
		"payments 3 purpose=general":                         "payment.supplemented",
		"communities 2 kind= households= population=":        "", // an empty cell says nothing
		"tasks 2 starts_on= due_on= quantity= base= pay_by=": "",
		"items 3 rule=ratio payers= timing=":                 "",
		"payments 2 community= purpose=":                     "",
	} {
		t.Run(edits, func(t *testing.T) {
			t.Parallel()
			j := newJournal()
			into(t, j, edited(t, "commitments 2 by= && plaques 2 removed_on= && burdens 2 to= title= && completions 2 quantity=").write(t))
			before := len(entries(j))
			b := edited(t, "commitments 2 by= && plaques 2 removed_on= && burdens 2 to= title= && completions 2 quantity= && "+edits)
			if _, faults := into(t, j, b.write(t)); faults != nil {
				t.Fatalf("%q", faults)
			}
			var got []string
			for _, e := range entries(j)[before:] {
				got = append(got, e.Type())
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%q, want %q", got, want)
			}
			if n, faults := into(t, j, b.write(t)); n != 0 || faults != nil {
				t.Errorf("again: %d events, %q", n, faults)
			}
		})
	}
}

// A supplement says the whole: what was recorded, and what was filled in.
func TestASupplementSaysTheWhole(t *testing.T) {
	t.Parallel()
	j := newJournal()
	into(t, j, edited(t, "").write(t))
	into(t, j, edited(t, "communities 3 households=5 name=乙村").write(t))
	into(t, j, edited(t, "communities 3 households= staff=7").write(t))
	all := entries(j)
	got, ok := all[len(all)-1].(schemas.CommunitySupplemented)
	if !ok || got.Name != "乙村" || *got.Households != 5 || *got.Staff != 7 || got.Population != nil {
		t.Errorf("%+v", all[len(all)-1])
	}
}

func TestContradictionsNameBothValues(t *testing.T) {
	t.Parallel()
	const same = " … the same as recorded before, which is "
	for name, c := range map[string]refusal{
		"a name":                    {"communities 2 name=丙社区", one(`communities.csv:2:name: "丙社区"` + same + `"甲社区"`)},
		"a count":                   {"communities 2 households=1001", one(`communities.csv:2:households: "1001"` + same + `"1000"`)},
		"a count of nothing":        {"communities 2 households=0", one(`communities.csv:2:households: "0"` + same + `"1000"`)},
		"a kind":                    {"departments 2 kind=finance", one(`departments.csv:2:kind: "finance"` + same + `"department"`)},
		"a rate":                    {"items 2 rate=99.5", one(`items.csv:2:rate: "99.5"` + same + `"100"`)},
		"a percentage":              {"items 3 rate=3", one(`items.csv:3:rate: "3%"` + same + `"2%"`)},
		"shares":                    {"items 3 payers=F1:1;D2:10@2025-07-01", one(`items.csv:3:payers: "F1:1;D2:10@2025-07-01"` + same + `"F1:4;D2:10@2025-07-01"`)},
		"an answer":                 {"items 3 authority_required=no", one(`items.csv:3:authority_required: "no"` + same + `"yes"`)},
		"communities":               {"admissions 2 communities=990101001001;990101001002", one(`admissions.csv:2:communities: "990101001001;990101001002"` + same + `"990101001001"`)},
		"a decision":                {"admissions 2 decision=denied", one(`admissions.csv:2:decision: "denied"` + same + `"admitted"`)},
		"a task's amount":           {"tasks 2 amount=100.5", one(`tasks.csv:2:amount: "100.50"` + same + `"100.00"`)},
		"a task's amount of 0":      {"tasks 2 amount=0", one(`tasks.csv:2:amount: "0.00"` + same + `"100.00"`)},
		"a date":                    {"tasks 2 issued_on=2025-03-04", one(`tasks.csv:2:issued_on: "2025-03-04"` + same + `"2025-03-03"`)},
		"a completion":              {"completions 2 completed_on=2025-05-31", one(`completions.csv:2:completed_on: "2025-05-31"` + same + `"2025-05-30"`)},
		"a commitment":              {"commitments 2 amount=99", one(`commitments.csv:2:amount: "99.00"` + same + `"100.00"`)},
		"a commitment of 0":         {"commitments 2 amount=0", one(`commitments.csv:2:amount: "0.00"` + same + `"100.00"`)},
		"a payment":                 {"payments 6 amount=199", one(`payments.csv:6:amount: "199.00"` + same + `"200.00"`)},
		"a payment of 0":            {"payments 6 amount=0", one(`payments.csv:6:amount: "0.00"` + same + `"200.00"`)},
		"a payee":                   {"payments 6 payee=D2", one(`payments.csv:6:payee: "D2"` + same + `"990101001"`)},
		"an upstream":               {"payments 3 upstream=PZ5", one(`payments.csv:3:upstream: "PZ5"` + same + `"PZ1"`)},
		"a beneficiary":             {"payments 2 community=990101001002", one(`payments.csv:2:community: "990101001002"` + same + `"990101001001"`)},
		"too much filled upstream":  {"payments 4 upstream=PZ1", one(`payments.csv:4:amount: "50.00" … of its 100.00 yuan, 110.00 yuan are passed on`)},
		"a plaque":                  {"plaques 2 zone=wall", one(`plaques.csv:2:zone: "wall"` + same + `"outside"`)},
		"a plaque's end":            {"plaques 2 removed_on=2025-02-02", one(`plaques.csv:2:removed_on: "2025-02-02"` + same + `"2025-02-01"`)},
		"a burden's end":            {"burdens 2 to=2025-03-02", one(`burdens.csv:2:to: "2025-03-02"` + same + `"2025-03-01"`)},
		"several":                   {"tasks 2 quantity=3 base=2000", []string{`tasks.csv:2:quantity: "3"` + same + `"2"`, `tasks.csv:2:base: "2,000.00"` + same + `"1,000.00"`}},
		"a fill against what is":    {"tasks 3 due_on=2025-03-10 starts_on=2025-03-11", one(`tasks.csv:3:due_on: "2025-03-10" … starts_on 2025-03-11`)},
		"a recall before the issue": {"tasks 3 recalled_on=2025-03-02", one(`tasks.csv:3:recalled_on: "2025-03-02" … issued_on 2025-03-03`)},
		"what cannot be read":       {"tasks 2 amount=x && commitments 2 amount=x", []string{`tasks.csv:2:amount: "x"`, `commitments.csv:2:amount: "x"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := newJournal()
			into(t, j, edited(t, "").write(t))
			_, faults := into(t, j, edited(t, c.edits).write(t))
			wantFaults(t, faults, c.want)
		})
	}
}

// The rows of every sheet in any order give the same events as a set.
func TestTheOrderOfRowsDoesNotMatter(t *testing.T) {
	t.Parallel()
	const rich = "arrivals 2 amount=10 && arrive PZ2 03-14 10 #2 && arrive PZ2 03-13 10 && arrive PZ2 03-14 10 -03-15 && arrive PZ2 03-14 11 && " +
		"pay K1 04-02 150 <PZ5 && pay R1 04-05 150 ~K1 && pay K2 04-05 150 <PZ5 && payments 9 payee=D2 && pay L1 04-05 100 <K2 && pay M1 04-05 90 <L1 && payments 10 payee=990101001 && " +
		"receipts + task=T1 outcome=query filed_on=2025-03-04"
	straight := newJournal()
	if _, faults := into(t, straight, edited(t, rich).write(t)); faults != nil {
		t.Fatalf("%q", faults)
	}
	want := facts(t, straight)
	for seed := range uint64(20) {
		b := edited(t, rich)
		shuffle := rand.New(rand.NewPCG(seed, 1))
		for _, rows := range b.sheets {
			shuffle.Shuffle(len(rows)-1, func(i, k int) { rows[i+1], rows[k+1] = rows[k+1], rows[i+1] })
		}
		j := newJournal()
		if _, faults := into(t, j, b.write(t)); faults != nil {
			t.Fatalf("seed %d: %q", seed, faults)
		}
		wantSameFacts(t, facts(t, j), want)
	}
}

// facts are the events of a journal, as lines in order of their text.
func facts(t *testing.T, j *record.Journal) []string {
	t.Helper()
	var lines []string
	for _, e := range entries(j) {
		b, err := json.Marshal(e)
		fatalIfErr(t, err)
		lines = append(lines, e.Type()+" "+string(b))
	}
	slices.Sort(lines)
	return lines
}

func wantSameFacts(t *testing.T, got, want []string) {
	t.Helper()
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("not expected: %s", line)
		}
	}
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("missing: %s", line)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d events, want %d", len(got), len(want))
	}
}

func count[E schemas.Event](j *record.Journal) (n int) {
	for _, e := range entries(j) {
		if _, ok := e.(E); ok {
			n++
		}
	}
	return n
}
