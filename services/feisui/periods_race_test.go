package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"feisui/pkg/journal"
	"feisui/schemas"
	"feisui/services/feisui/serve"
)

// raced are the months that are closed while many pay, the first one first.
var raced = []string{"2024-12", "2025-01", "2025-02"}

// after looks at a journal by itself: it lists the payments that are dated in a month and
// come after its closing, and the closings that are not the sum of what came before.
func (p place) after(t testing.TB) (wrong []string) {
	t.Helper()
	sums, closed := map[string]int64{}, map[string]bool{}
	for e, err := range p.journal.After(t.Context(), "county", 0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		var said struct {
			Voucher     string
			PaidOn      string `json:"paid_on"`
			Amount      int64
			Month       string
			Departments []struct{ Paid struct{ Sum int64 } }
		}
		if e.Type != "payment.made" && e.Type != "period.closed" {
			continue
		}
		if err := json.Unmarshal(e.Data, &said); err != nil {
			t.Fatal(err)
		}
		switch {
		case e.Type == "payment.made":
			month := said.PaidOn[:7]
			if sums[month] += said.Amount; closed[month] {
				wrong = append(wrong, fmt.Sprintf("%s of %s is at %d, after its closing", said.Voucher, said.PaidOn, e.Position))
			}
		default:
			closed[said.Month] = true
			sum := int64(0)
			for _, d := range said.Departments {
				sum += d.Paid.Sum
			}
			if sum != sums[said.Month] {
				wrong = append(wrong, fmt.Sprintf("the closing of %s says %d, and before it were %d", said.Month, sum, sums[said.Month]))
			}
		}
	}
	return wrong
}

// payer pays now and then, by rows and by the workflow, until no month takes it.
type payer struct {
	s    *stage
	n    int
	rng  *rand.Rand
	paid chan<- string // the months of what was recorded
}

// run ends when the last month is closed. What else it is told fails the test.
func (p *payer) run() {
	for i := 0; ; i++ {
		month := raced[p.rng.IntN(len(raced))]
		voucher, day := fmt.Sprintf("PZ-%d-%d", p.n, i), fmt.Sprintf("%s-%02d", month, 1+p.rng.IntN(28))
		who, path := "", "/payments"
		if p.rng.IntN(2) == 0 {
			who, path = financeOne, pays
		}
		form := strings.NewReplacer("2025-03-03", day).Replace(toNorth(voucher, fmt.Sprintf("%d.01", 1+p.rng.IntN(9))))
		a := p.s.ask(who, http.MethodPost, path, fmt.Sprint(p.n, "/", i), form)
		switch problem := a.problem(p.s.t); {
		case a.status == http.StatusOK:
			p.paid <- month
		case problem.Code == "PERIOD_CLOSED" && month == raced[len(raced)-1]:
			return
		case problem.Code != "PERIOD_CLOSED" && problem.Code != "BUSY":
			p.s.t.Errorf("%s: %d %s", voucher, a.status, a.body)
			return
		}
	}
}

// TestAClosingAndPaymentsRace: months are closed while six pay into them, from the first
// month of the county on by two servers that share its database. Whoever is first in the
// journal holds: no payment of a month comes after its closing, each closing is the sum of
// what came before it, and whoever looks says so. A workbook of a month that is not closed
// is recorded beside all of them.
func TestAClosingAndPaymentsRace(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := moneyPlayed(t, place)
	s.contract = nil // it is not for many at once
	beside := opened(t, serve.Config{DatabaseURL: place.database})
	paid := make(chan string)
	var paying sync.WaitGroup
	for n := range 6 {
		p := &payer{s: []*stage{s, beside}[n%2], n: n, rng: rand.New(rand.NewPCG(uint64(n), 20)), paid: paid}
		paying.Go(p.run)
	}
	among := func(name string, ask func() (answer, error)) { // others record before it and while it lasts
		for range 10 {
			<-paid
		}
		done := make(chan error)
		go func() {
			a, err := ask()
			if err == nil && a.status != http.StatusOK {
				err = fmt.Errorf("%d %s", a.status, a.body)
			}
			done <- err
		}()
		for {
			select {
			case <-paid:
			case err := <-done:
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
				return
			}
		}
	}
	for i, month := range raced {
		if i == len(raced)-1 {
			among("a workbook", func() (answer, error) {
				return s.tryUpload(testKey, "/imports", "", "拨付.csv", []byte(monthsEnd(month)), "")
			})
		}
		among(month, func() (answer, error) {
			return s.ask(financeTwo, http.MethodPost, "/workflows/period/instances", "", fmt.Sprintf(`{"no":%q}`, month)), nil
		})
	}
	ended := make(chan struct{})
	go func() { paying.Wait(); close(ended) }()
	for going := true; going; {
		select {
		case <-paid:
		case <-ended:
			going = false
		}
	}
	if wrong := place.after(t); len(wrong) > 0 {
		t.Error(strings.Join(wrong, "\n"))
	}
	s.verifiedClosings(3)
	place.passesUnguarded(t, s)
}

// monthsEnd is a workbook of a month's last payments.
func monthsEnd(month string) string {
	var csv strings.Builder
	csv.WriteString("voucher,paid_on,payer,payee,purpose,amount\n")
	for i := range 28 {
		fmt.Fprintf(&csv, "YM-%d,%s-%02d,D01,%s,task:JB-2025-001,%d\n", i, month, 1+i, north, 1+i)
	}
	return csv.String()
}

// passesUnguarded is the control: a payment that was decided before the last closing, and
// is appended after it as if closings did not matter, is in the journal, and is seen. The
// guard is that the stream of closings is named.
func (p place) passesUnguarded(t *testing.T, s *stage) {
	t.Helper()
	made := schemas.PaymentMade{Voucher: "PZ-late", PaidOn: dayOf(t, raced[2]+"-28"), Payer: "D01", Payee: north, Amount: 1, Beneficiary: north, Origin: "D01", InheritedPurpose: "department"}
	data, err := json.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	late := journal.Request{
		County: "county", ID: "late", Kind: journal.Act, Unmoved: map[string]int64{schemas.PeriodStream: int64(len(raced) - 1)},
		Events: []journal.Pending{{Stream: made.Stream(), Type: made.Type(), Version: 1, Data: data, Accounts: []string{north}}},
	}
	if _, err := p.journal.Append(t.Context(), late); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("guarded, it is %v", err)
	}
	late.Unmoved = nil
	if _, err := p.journal.Append(t.Context(), late); err != nil {
		t.Fatal(err)
	}
	if wrong := p.after(t); len(wrong) != 1 || !strings.HasPrefix(wrong[0], "PZ-late") {
		t.Errorf("unguarded, it is not seen: %q", wrong)
	}
	var v serve.Verified
	s.ask(testKey, http.MethodGet, "/verify", "", "").into(t, &v)
	if i := slices.IndexFunc(v.Checks, func(c serve.Check) bool { return c.Name == "periods" }); v.Checks[i].OK || len(v.Checks[i].Wrong) != 1 {
		t.Errorf("nor by verify: %+v", v.Checks[i])
	}
}
