package record_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"

	"feisui/pkg/civil"
	"feisui/pkg/workbook"
	"feisui/schemas"
	"feisui/services/feisui/record"
)

// TestAClosedMonthSaysWhichRows: each row by which March would become another, at the day
// that is closed; shut is whether nothing else is wrong. The same workbook again, and
// what is of other months, is taken.
func TestAClosedMonthSaysWhichRows(t *testing.T) {
	t.Parallel()
	const known = "pay K9 03-02 50" // besides what the workbook has
	for name, c := range map[string]struct {
		edits   string
		correct bool
		shut    bool
		at      []string // the faults; none: it is taken
	}{
		"the same again":            {"", false, false, nil},
		"of the month after":        {"pay K1 04-02 5 && arrive K9 04-03 40", false, false, nil},
		"a payment and its arrival": {"pay K1 03-30 5 && arrive K1 03-31 5", false, true, []string{"payments.csv:8:paid_on", "arrivals.csv:3:confirmed_on"}},
		"withdrawn in it":           {"arrive K9 03-20 40 -03-21", false, true, []string{"arrivals.csv:3:confirmed_on", "arrivals.csv:3:withdrawn_on"}},
		"a reversal in it":          {"pay R1 03-25 60 ~PZ2 && payments 2 purpose=task:T1", false, false, []string{"payments.csv:8"}}, // what arrived is not reversed
		"a promise":                 {"commitments + no=C2 kind=pledge department=D1 community=990101001001 amount=1 made_on=2025-03-31", false, true, []string{"commitments.csv:3:made_on"}},
		"and one of April":          {"commitments + no=C2 kind=pledge department=D1 community=990101001001 amount=1 made_on=2025-04-01", false, false, nil},
		"corrected":                 {"payments 2 amount=101", true, true, []string{"payments.csv:2:paid_on"}},
		"moved into it":             {"payments 6 paid_on=2025-03-31", true, true, []string{"payments.csv:6:paid_on"}},
		"moved out of it":           {"payments 2 paid_on=2025-04-01 && payments 3 paid_on=2025-04-01 && arrivals drop", true, false, []string{"payments.csv:3"}},
		"beside other faults":       {"pay K1 03-30 5 && pay K2 04-02 300 <PZ5 && arrive K1 03-31 5", false, false, []string{"payments.csv:8:paid_on", "payments.csv:9:amount", "arrivals.csv:3:confirmed_on"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := newJournal()
			if _, faults := into(t, j, edited(t, known).write(t)); faults != nil {
				t.Fatal(faults)
			}
			_, err := j.Append(uuid.New(), []schemas.Event{schemas.PeriodClosed{Month: "2025-03", Closing: 1, ClosedOn: civil.Of(2025, 4, 2)}})
			fatalIfErr(t, err)
			in, err := workbook.Open(edited(t, known+" && "+c.edits).write(t), record.Layout)
			fatalIfErr(t, err)
			t.Cleanup(func() { fatalIfErr(t, in.Close()) })
			var source record.Source = in
			if c.correct {
				source = record.Correcting{Source: in, Reason: "抄错"}
			}
			_, err = record.Decide(source, j)
			var refused *record.Refused
			if errors.As(err, &refused); (refused == nil) != (c.at == nil) || err != nil && refused == nil {
				t.Fatalf("%v", err)
			}
			if refused == nil {
				return
			}
			for _, want := range c.at {
				if !slices.ContainsFunc(refused.Faults, func(f record.Fault) bool {
					return fmt.Sprintf("%s:%d:%s", f.File, f.Row, f.Column) == want || fmt.Sprintf("%s:%d", f.File, f.Row) == want
				}) {
					t.Errorf("nothing is said of %s: %v", want, refused.Faults)
				}
			}
			if refused.Shut() != c.shut || c.shut && len(refused.Faults) != len(c.at) {
				t.Errorf("that it is closed alone: %v, of %v", refused.Shut(), refused.Faults)
			}
		})
	}
}
