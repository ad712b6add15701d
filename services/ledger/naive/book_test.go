package naive

import (
	"bytes"
	commandline "flag"
	"math/big"
	"os"
	"testing"

	"pgregory.net/rapid"
)

// TestMain draws 200 books a test unless -rapid.checks says otherwise.
func TestMain(m *testing.M) {
	commandline.Parse()
	given := false
	commandline.Visit(func(f *commandline.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		if err := commandline.Set("rapid.checks", "200"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// TestIdentities holds when in every drawn book, on several days: confirmed = allocated + surplus + general and
// entitlement = allocated + shortfall per community; each payment in force is passed on, confirmed, held or in transit
// to the fen; no obligation gets more than its amount and no arrival pays more than it brings.
func TestIdentities(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		book := DrawBook(t)
		for range 3 {
			on := book.DrawOn(t)
			l, err := open(book, on)
			if err != nil {
				t.Fatal(err)
			}
			for _, code := range l.communityCodes() {
				checkCommunity(t, l, code)
			}
			for _, payment := range l.paymentsInForce() {
				checkPayment(t, l, payment)
			}
		}
	})
}

// checkCommunity checks a community's identities of §7 and the bounds of its allocation.
func checkCommunity(t *rapid.T, l *ledger, code string) {
	tally := l.tally(code)
	if tally["confirmed"] != sumOf(tally, "allocated", "surplus", "general") {
		t.Fatalf("%s on %s: confirmed ≠ allocated + surplus + general: %v", code, l.on, tally)
	}
	if tally["entitlement"] != sumOf(tally, "allocated", "shortfall") {
		t.Fatalf("%s on %s: entitlement ≠ allocated + shortfall: %v", code, l.on, tally)
	}
	shares := l.allocate(code)
	for _, o := range l.standingObligations(code) {
		if o.amount.Sign() < 0 || shortfall(shares, o).Sign() < 0 {
			t.Fatalf("%s on %s: obligation %v has amount %v, shortfall %v", code, l.on, o.task, o.amount, shortfall(shares, o))
		}
	}
	for _, payment := range l.paymentsFor(code) {
		if allocatedFrom(shares, payment["voucher"]).Cmp(l.confirmed(payment)) > 0 {
			t.Fatalf("%s on %s: %v pays more than has arrived", code, l.on, payment)
		}
	}
	for _, task := range l.tasksOf(code) {
		whole := l.entitlement(task)
		if whole == nil {
			continue
		}
		sum := new(big.Rat)
		for _, o := range l.obligations(task) {
			sum = add(sum, o.amount)
		}
		if !whole.IsInt() || sum.Cmp(whole) != 0 {
			t.Fatalf("%v: parts sum to %v, not %v", task, sum, whole)
		}
	}
}

// checkPayment checks that a payment in force is all passed on, confirmed, held or in transit.
func checkPayment(t *rapid.T, l *ledger, payment Row) {
	rest := sub(sub(fraction(payment["amount"]), l.passedOn(payment)), l.confirmed(payment))
	if rest.Sign() < 0 || l.passedOn(payment).Sign() > 0 && l.confirmed(payment).Sign() > 0 {
		t.Fatalf("%v on %s: passed on %v, confirmed %v", payment, l.on, l.passedOn(payment), l.confirmed(payment))
	}
	if !l.isCommunity(payment["payee"]) && rest.Cmp(l.held(payment)) != 0 {
		t.Fatalf("%v on %s: passed on, confirmed and held do not sum to the amount", payment, l.on)
	}
}

// sumOf adds fields of a tally.
func sumOf(tally object, names ...string) any {
	sum := int64(0)
	for _, name := range names {
		sum += tally[name].(int64)
	}
	return sum
}

// TestSame holds when the order of rows, their repetition, the language of the files and their encoding change nothing.
func TestSame(t *testing.T) {
	english, chinese := t.TempDir(), t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		book := DrawBook(t)
		on := book.DrawOn(t)
		want, err := StatementOf(book, on)
		if err != nil {
			t.Fatal(err)
		}
		same := book.DrawSame(t)
		got, err := StatementOf(same, on)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%v: other order: %s\n%s", err, got, want)
		}
		for dir, write := range map[string]func(string) error{english: same.WriteCSV, chinese: same.WriteChineseCSV} {
			empty(t, dir)
			if err := write(dir); err != nil {
				t.Fatal(err)
			}
			got, err := Statement(dir, on)
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%v: from %s: %s\n%s", err, dir, got, want)
			}
		}
	})
}

// empty removes the files of a folder.
func empty(t *rapid.T, dir string) {
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
}

// TestDrawBookReaches holds when the drawn books together reach every state, status and flag there is.
func TestDrawBookReaches(t *testing.T) {
	missing := map[string]bool{}
	for _, name := range []string{
		"recalled", "completed", "accepted", "rejected", "suspended", "conditional", "lapsed", "issued",
		"void", "undetermined", "no_fee", "funded", "funded_late", "pending", "unfunded", "underfunded",
	} {
		missing[name] = true
	}
	for _, rule := range []string{
		"prohibited", "unadmitted", "unfunded", "underfunded", "due_soon", "funded_late", "undetermined", "unreceipted",
		"no_authority", "duplicated", "commitment_broken", "commitment_late", "retained", "unconfirmed", "unlinked",
		"diverted", "plaque_unlisted", "plaque_over_cap", "plaque_relapse",
	} {
		missing["flag "+rule] = true
	}
	type drawn struct {
		book Book
		on   string
	}
	seen := map[string]int{}
	draw := rapid.Custom(func(t *rapid.T) drawn {
		book := DrawBook(t)
		return drawn{book, book.DrawOn(t)}
	})
	for seed := range 400 {
		d := draw.Example(seed)
		l, err := open(d.book, d.on)
		if err != nil {
			t.Fatal(err)
		}
		for _, code := range l.communityCodes() {
			shares := l.allocate(code)
			for _, task := range l.tasksOf(code) {
				seen[l.state(task)]++
				seen["status "+l.status(shares, task)]++
				delete(missing, l.state(task))
				delete(missing, l.status(shares, task))
			}
			for _, f := range l.flagsOf(code) {
				seen["flag "+f.rule]++
				delete(missing, "flag "+f.rule)
			}
		}
	}
	if len(missing) > 0 {
		t.Errorf("never drawn: %v", missing)
	}
	t.Log(seen)
}
