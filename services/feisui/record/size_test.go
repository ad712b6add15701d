package record_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// The worst shapes that many rows can have, each within seconds: nothing looks
// at all rows for each row. With 100,000 rows the slowest takes 3 s on 2 cores.
func TestSizes(t *testing.T) { //nolint:tparallel // one shape at a time: each is timed
	t.Parallel()
	if testing.Short() {
		t.Skip("thirty thousand rows of each shape")
	}
	const rows = 30_000
	const patience = 30 * time.Second // each pair of rows, compared by reflection, takes minutes
	for name, c := range map[string]struct {
		row  func(b book, i int)
		want string // of the first fault
	}{
		"one payment passed on": {func(b book, i int) { b.pay(words("K%d 04-02 0.001万元 <PZ5", i)) }, `payments.csv:6:amount: "200.00", expected at least what is passed on from it, 300,000.00 yuan`},
		"one payment passed on and returned": {func(b book, i int) {
			b.pay(words("K%d 04-02 200 <PZ5", i))
			b.add("payments", fmt.Sprintf("R%d", i), "2025-04-02", first, street, "", "", "200", "", fmt.Sprintf("K%d", i))
		}, ""},
		"one payment passed on and reversed": {func(b book, i int) { b.pay(words("K%d 04-02 0.01 <PZ3", i)) }, `payments.csv:4:amount: "50.00"`},
		"one payment passed on and arrived": {func(b book, i int) {
			b.pay(words("K%d 03-12 0 <PZ1", i))
			b.arrive(words("PZ1 03-12 0 #%d", i))
		}, `arrivals.csv:3:voucher: "PZ1", expected an arrival of a payment`},
		"one payment's arrivals":            {func(b book, i int) { b.arrive(words("PZ2 03-14 0 #%d", i)) }, ""},
		"one payment's arrivals, withdrawn": {func(b book, i int) { b.arrive(words("PZ2 03-14 60 -03-14 #%d", i)) }, ""},
		"one task's receipts":               {func(b book, i int) { b.add("receipts", "T1", "query", "2025-03-04", "", "", "", "", fmt.Sprint(i)) }, ""},
		"one receipt":                       {func(b book, _ int) { b.add("receipts", "T1", "query", "2025-03-04", "", "", "", "", "") }, ""},
		"one voucher":                       {func(b book, _ int) { b.pay(words("K1 04-02 1 <PZ5")) }, ""},
		"one voucher, never alike":          {func(b book, i int) { b.pay(words("K1 04-02 %d <PZ5", i)) }, `payments.csv:8:voucher: "K1"`},
		"one long chain": {func(b book, i int) {
			b.pay(words("K%d 04-02 1 <K%d", i, i-1))
			if i == 0 {
				b.sheets["payments"][6][7] = "PZ5"
			}
		}, ""},
		"one long circle": {func(b book, i int) { b.pay(words("K%d 04-02 1 <K%d", i, (i+1)%rows)) }, `payments.csv:7:upstream: "K1", expected vouchers that do not pass`},
		"many circles":    {func(b book, i int) { b.pay(words("K%d 04-02 1 <K%d", i, i)) }, `payments.csv:7:upstream: "K0", expected vouchers that do not pass`},
		"a tail each on one circle": {func(b book, i int) { b.pay(words("K%d 04-02 1 <K0", i)) },
			`payments.csv:7:upstream: "K0", expected vouchers that do not pass`},
		"as much as there can be": {func(b book, i int) { b.pay(words("K%d 04-02 100000000000 <PZ5", i)) }, `payments.csv:6:amount: "200.00", expected at least what is passed on from it, 3,000,000,000,000,000.00`},
		"faults in all":           {func(b book, _ int) { b.add("receipts", "T9", "x", "y", "", "z", "v", "", "") }, `receipts.csv:4:outcome: "x"`},
		"one reversal after another": {func(b book, i int) {
			b.add("payments", fmt.Sprintf("R%d", i), "2025-03-20", second, "D1", "", "", "50", "", "PZ3")
		}, `payments.csv:7:reverses: "PZ3", expected a payment not reversed before; PZ4`},
	} {
		t.Run(name, func(t *testing.T) {
			b := edited(t, "")
			for i := range rows {
				c.row(b, i)
			}
			dir := b.write(t)
			j := newJournal()
			for again := range 2 {
				start := time.Now()
				n, faults := into(t, j, dir)
				if took := time.Since(start); took > patience {
					t.Errorf("import %d took %v", again+1, took)
				} else {
					t.Logf("import %d: %v, %d events", again+1, took.Round(time.Millisecond), n)
				}
				switch {
				case (c.want == "") != (faults == nil):
					t.Errorf("faults: %.300q, want %q", faults, c.want)
				case faults != nil && !strings.HasPrefix(faults[0], c.want):
					t.Errorf("%.300s\nwant %s", faults[0], c.want)
				}
				for _, f := range faults {
					if len(f) > 1000 {
						t.Fatalf("a fault of %d bytes: %.300s", len(f), f)
					}
				}
			}
		})
	}
}

func words(format string, args ...any) []string {
	return strings.Fields(fmt.Sprintf(format, args...))
}
