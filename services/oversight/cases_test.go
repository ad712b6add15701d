package oversight_test

import (
	"fmt"
	"slices"
	"testing"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/schemas"
	"feisui/services/oversight"
)

const community = "990101001001"

func raised(rule, subject, responsible string, since civil.Date) schemas.FlagRaised {
	amount := money.Fen(100)
	return schemas.FlagRaised{
		Account: community, Rule: rule, Subject: subject, Responsible: responsible, Since: since, Amount: &amount, Lamp: "red",
	}
}

func cleared(rule, subject string) schemas.FlagCleared {
	return schemas.FlagCleared{Account: community, Rule: rule, Subject: subject}
}

var (
	april = civil.Of(2025, 4, 1)
	all   = oversight.Open{
		Rules: []string{"unfunded", "underfunded", "retained", "plaque_relapse"}, Apart: func(schemas.FlagRaised) bool { return false },
	}
)

// waiting lists the numbers of the cases to open, each with the one before it.
func waiting(c *oversight.Cases, o oversight.Open) (list []string) {
	for _, w := range c.Waiting(o, 100) {
		no := w.No
		if w.Before != "" {
			no += " after " + w.Before
		}
		list = append(list, no)
	}
	return list
}

// want looks at what waits.
func want(t *testing.T, c *oversight.Cases, numbers ...string) {
	t.Helper()
	if got := waiting(c, all); !slices.Equal(got, numbers) {
		t.Errorf("%q wait, not %q", got, numbers)
	}
}

func begin(c *oversight.Cases, n int) string {
	w := c.Waiting(all, n)[n-1]
	c.Begin(w.No, w.Matter)
	return w.No
}

func TestOneYuanRestartsNothing(t *testing.T) {
	t.Parallel()
	c := oversight.NewCases()
	c.Announce(raised("unfunded", "JB-1", "D01", april))
	want(t, c, "fee:D01:1:JB-1")
	no := begin(c, 1)
	want(t, c)
	// The ledger says what is new before what is gone, in one append.
	if moved := c.Announce(raised("underfunded", "JB-1", "D01", april)) + c.Clear(cleared("unfunded", "JB-1")); moved != "" {
		t.Errorf("%s is said to have nothing to stand on", moved)
	}
	want(t, c)
	if moved := c.Clear(cleared("underfunded", "JB-1")); moved != no {
		t.Errorf("%q has nothing to stand on, not %s", moved, no)
	}
	c.End(no, true)
	want(t, c)
	c.Announce(raised("underfunded", "JB-1", "D01", april))
	want(t, c, "fee:D01:2:JB-1 after fee:D01:1:JB-1")
}

// What was left standing, on purpose, is no new case before it has gone and come
// back.
func TestAWaiverHolds(t *testing.T) {
	t.Parallel()
	c := oversight.NewCases()
	c.Announce(raised("unfunded", "JB-1", "D01", april))
	c.End(begin(c, 1), false)
	want(t, c)
	c.Announce(raised("underfunded", "JB-1", "D01", april))
	c.Clear(cleared("unfunded", "JB-1"))
	want(t, c)
	c.Clear(cleared("underfunded", "JB-1"))
	want(t, c)
	c.Announce(raised("unfunded", "JB-1", "D01", april))
	want(t, c, "fee:D01:2:JB-1 after fee:D01:1:JB-1")
}

// A flag that came back before its case was closed for its having gone is the next
// case: whoever closed it had not seen that.
func TestWhatCameBackUnseenIsTheNextCase(t *testing.T) {
	t.Parallel()
	c := oversight.NewCases()
	c.Announce(raised("unfunded", "JB-1", "D01", april))
	no := begin(c, 1)
	c.Clear(cleared("unfunded", "JB-1"))
	c.Announce(raised("unfunded", "JB-1", "D01", april))
	want(t, c)
	c.End(no, true)
	want(t, c, "fee:D01:2:JB-1 after fee:D01:1:JB-1")
}

// Once one payer has paid its share, what is left is asked of the other.
func TestAnotherWhoAnswersIsAnotherMatter(t *testing.T) {
	t.Parallel()
	c := oversight.NewCases()
	c.Announce(raised("unfunded", "JB-1", "D01", april))
	no := begin(c, 1)
	c.Announce(raised("underfunded", "JB-1", "D02", april))
	if moved := c.Clear(cleared("unfunded", "JB-1")); moved != no {
		t.Errorf("%q has nothing to stand on, not %s", moved, no)
	}
	want(t, c, "fee:D02:1:JB-1")
	// Also where the flag keeps its rule, and is said to be another's.
	second := begin(c, 1)
	if moved := c.Announce(raised("underfunded", "JB-1", "D03", april)); moved != second {
		t.Errorf("%q has nothing to stand on, not %s", moved, second)
	}
	want(t, c, "fee:D03:1:JB-1")
}

func TestWhomNothingIsAsked(t *testing.T) {
	t.Parallel()
	blue := raised("unfunded", "JB-6", "D01", april)
	blue.Lamp = "blue"
	for name, f := range map[string]schemas.FlagRaised{
		"of a community":             raised("unfunded", "JB-1", community, april),
		"of nobody":                  raised("unfunded", "JB-1", "", april),
		"by a rule that opens none":  raised("unlinked", "V1", "D01", april),
		"by a lamp that asks nobody": blue,
	} {
		c := oversight.NewCases()
		c.Announce(f)
		if list := waiting(c, all); list != nil {
			t.Errorf("%s: %q", name, list)
		}
	}
	c := oversight.NewCases()
	c.Announce(raised("unfunded", "JB-1", "D01", april))
	c.Announce(raised("unfunded", "JB-2", "D01", april+1))
	later := all
	later.Since = april + 1
	if list := waiting(c, later); !slices.Equal(list, []string{"fee:D01:1:JB-2"}) {
		t.Errorf("since a day: %q", list)
	}
	apart := all
	apart.Apart = func(f schemas.FlagRaised) bool { return f.Subject == "JB-2" }
	if list := waiting(c, apart); !slices.Equal(list, []string{"fee:D01:1:JB-1"}) {
		t.Errorf("apart: %q", list)
	}
	if got := c.Waiting(all, 1); len(got) != 1 || got[0].No != "fee:D01:1:JB-1" {
		t.Errorf("a page: %+v", got)
	}
}

// No two cases have one number, whatever is in the names.
func TestNumbersOfCasesAreApart(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	names := []string{"a", "a:1", "a::1", ":", "1", "a:1:b", "", "::", "1:a"}
	for _, responsible := range names {
		for _, subject := range names {
			for _, n := range []int{1, 11} {
				m := oversight.Of("retained", subject, responsible)
				what := fmt.Sprintf("%q %q %d", responsible, subject, n)
				if other, twice := seen[m.Case(n)]; twice {
					t.Errorf("%s and %s are both %s", what, other, m.Case(n))
				}
				seen[m.Case(n)] = what
			}
		}
	}
}

func TestLateIsWhatTheLedgerSays(t *testing.T) {
	t.Parallel()
	c := oversight.NewCases()
	if c.Late("unfunded", "JB-1") {
		t.Error("nothing was said")
	}
	c.Announce(raised("funded_late", "JB-1", "D01", april))
	c.Announce(raised("funded_late", "JB-1", "D01", april)) // said again is said once
	if !c.Late("underfunded", "JB-1") || c.Late("unfunded", "JB-2") || c.Late("retained", "JB-1") {
		t.Error("late is another task's or rule's")
	}
	c.Clear(cleared("funded_late", "JB-1"))
	if c.Late("unfunded", "JB-1") {
		t.Error("it was taken back")
	}
	for rule, by := range map[string]bool{"unfunded": true, "underfunded": true, "retained": true, "commitment_broken": true, "prohibited": false, "diverted": false} {
		if oversight.CuredByMoney(rule) != by {
			t.Errorf("%s by money: %v", rule, !by)
		}
	}
}

// TestWhatNoFactClears is each cited, heavy enough to be answered, and cured by no money; the
// ledger's flags need nobody's word.
func TestWhatNoFactClears(t *testing.T) {
	t.Parallel()
	cited := map[string]string{oversight.OutsideWork: "R74 S1", oversight.RelayUnnamed: "R19 S2", oversight.Unpapered: "R21 S2"}
	for _, rule := range oversight.ByWord {
		code, severity := oversight.Cited(rule)
		if code+" "+severity != cited[rule] || !oversight.NeedsWord(rule) || oversight.CuredByMoney(rule) {
			t.Errorf("%s: %s %s", rule, code, severity)
		}
	}
	if len(oversight.ByWord) != len(cited) || oversight.NeedsWord("unfunded") || oversight.NeedsWord("") {
		t.Errorf("%q", oversight.ByWord)
	}
	c := oversight.NewCases()
	matter := oversight.Of(oversight.OutsideWork, "TW-1", "D01")
	if c.Last(matter) != "" {
		t.Error("none began")
	}
	c.Announce(raised(oversight.OutsideWork, "TW-1", "D01", april))
	one := all
	one.Rules = oversight.ByWord
	no := c.Waiting(one, 1)[0].No
	if c.Begin(no, matter); c.Last(matter) != no {
		t.Errorf("%s is not the last", no)
	}
}

func TestNumbersOfDocuments(t *testing.T) {
	t.Parallel()
	given := schemas.NumberGiven{Office: "authority", Kind: "order", Year: "2026", Workflow: "case", Instance: "DB-1", Step: 2, On: civil.Of(2026, 1, 5)}
	var n oversight.Numbers
	for i := 1; i <= 12; i++ {
		events := oversight.GiveNumber{Issuer: "汝社督", Given: given}.Decide(n)
		e, is := events[0].(schemas.NumberGiven)
		if len(events) != 1 || !is || e.Number != i || e.Document != fmt.Sprintf("汝社督〔2026〕%d号", i) || e.Stream() != "number/authority/order/2026" {
			t.Fatalf("%+v", events)
		}
		n = n.Evolve(e).Evolve(schemas.CountyDayBegan{})
	}
}
