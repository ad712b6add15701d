package laws_test

import (
	"encoding/json"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"feisui/pkg/civil"
	"feisui/schemas"
	"feisui/services/ledger"
	"feisui/services/ledger/naive"
	"feisui/services/ledger/reconcile"
)

// feed is a county's journal on its way into a ledger.
type feed struct {
	accounts *ledger.Accounts
	current  *ledger.Current
	versions map[string]int64
	position int64
	heard    map[string]schemas.FlagRaised // by somebody who listens
}

func newFeed() *feed {
	return &feed{ledger.NewAccounts(), ledger.NewCurrent(civil.China()), map[string]int64{}, 0, map[string]schemas.FlagRaised{}}
}

func (f *feed) take(t rapid.TB, e schemas.Event) {
	t.Helper()
	data, err := json.Marshal(e)
	must(t, err)
	f.position++
	f.versions[e.Stream()]++
	f.current.Take(ledger.Entry{
		Position: f.position, Version: f.versions[e.Stream()], Type: e.Type(), Data: data, Accounts: f.accounts.Of(e),
	})
}

// TestWhatIsKeptCurrentIsWhatIs holds when the standing of every account, judged
// only when news or a day concerned it, is what judging everything at the end
// gives, whenever it was judged between.
func TestWhatIsKeptCurrentIsWhatIs(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	rapid.Check(t, func(t *rapid.T) { e.keepCurrent(t).check(t) })
}

// TestWhatWasAnnouncedIsWhatStands holds when the flags that are announced, taken
// together by somebody who only listens, are those that stand.
func TestWhatWasAnnouncedIsWhatStands(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	rapid.Check(t, func(t *rapid.T) { e.keepCurrent(t).listen(t) })
}

// keepCurrent feeds a drawn book to a ledger, in which days begin, accounts are
// judged and flags announced at drawn moments.
func (e *engine) keepCurrent(t *rapid.T) *feed {
	drawn := naive.DrawBook(t)
	j := newJournal()
	e.record(t, drawn, j)
	for range rapid.IntRange(0, correctionsMost).Draw(t, "corrections") {
		drawn = e.correct(t, j, drawn)
	}
	days := []civil.Date{day(t, drawn.DrawOn(t)), day(t, drawn.DrawOn(t)), day(t, drawn.DrawOn(t))}
	slices.Sort(days)
	f := newFeed()
	for _, event := range shuffled(t, j) {
		f.take(t, event)
		if len(days) > 1 && rapid.IntRange(0, 9).Draw(t, "a day begins") == 0 {
			f.take(t, schemas.CountyDayBegan{Date: days[0]})
			days = days[1:]
		}
		if rapid.IntRange(0, 3).Draw(t, "judged") == 0 {
			f.current.Judge()
		}
		if rapid.IntRange(0, 9).Draw(t, "announced") == 0 {
			f.announce(t)
		}
	}
	f.take(t, schemas.CountyDayBegan{Date: days[len(days)-1]})
	f.current.Judge()
	f.announce(t)
	return f
}

// listen compares what was announced with what stands.
func (f *feed) listen(t rapid.TB) {
	t.Helper()
	stand := map[string]schemas.FlagRaised{}
	for _, s := range f.current.Standings() {
		flags := []reconcile.Flag{}
		if s.Community != nil {
			flags = s.Community.Flags
		}
		if s.Holder != nil {
			flags = append(flags, s.Holder.Flags...)
		}
		for _, flag := range flags {
			stand[s.Account+" "+string(flag.Rule)+" "+flag.Subject] = schemas.FlagRaised{
				Account: s.Account, Rule: string(flag.Rule), Subject: flag.Subject, Responsible: flag.Responsible,
				Since: flag.Since, Amount: flag.Amount, Lamp: string(flag.Lamp),
			}
		}
	}
	if got, want := encode(t, f.heard), encode(t, stand); got != want {
		t.Fatalf("%s announced\n%s\nstands\n%s", mismatch, got, want)
	}
}

func encode(t rapid.TB, v any) string {
	t.Helper()
	content, err := json.Marshal(v)
	must(t, err)
	return string(content)
}

// hear remembers announcements as somebody does who is not the ledger.
func (f *feed) hear(e schemas.Event) {
	say := func(e schemas.FlagRaised) {
		e.JudgedOn, e.Position = 0, 0
		f.heard[e.Account+" "+e.Rule+" "+e.Subject] = e
	}
	switch e := e.(type) {
	case schemas.FlagRaised:
		say(e)
	case schemas.FlagChanged:
		say(schemas.FlagRaised(e))
	case schemas.FlagCleared:
		delete(f.heard, e.Account+" "+e.Rule+" "+e.Subject)
	}
}

// announce has said what is to be said.
func (f *feed) announce(t rapid.TB) {
	t.Helper()
	for _, a := range f.current.Unsaid() {
		if at := f.versions["flag/"+a.Account]; a.Version != at {
			t.Fatalf("%s the flags of %s are announced at version %d, and the stream is at %d", mismatch, a.Account, a.Version, at)
		}
		for _, event := range a.Events {
			f.take(t, event)
			f.hear(event)
		}
	}
}

// check compares what is kept with what is, and has its money audited.
func (f *feed) check(t rapid.TB) {
	t.Helper()
	if wrong := f.current.Audit(); len(wrong) > 0 {
		t.Fatalf("%s on %s the audit says: %s", mismatch, f.current.Day(), wrong[0])
	}
	book := f.current.Book()
	for _, account := range book.Accounts() {
		s := f.current.Standing(account)
		if s == nil || s.Block.Position != 0 {
			t.Fatalf("%s %s is not judged: %+v", mismatch, account, s)
		}
		want, _ := asked(t, book, account, f.current.Day())
		var kept any
		switch {
		case s.Community != nil:
			kept = s.Community
		case s.Holder != nil:
			kept = s.Holder
		default: // a holder of whom nothing is in force, ever again
			continue
		}
		got, err := json.Marshal(kept)
		must(t, err)
		if string(got) != want {
			t.Fatalf("%s %s on %s: kept\n%s\nis\n%s", mismatch, account, f.current.Day(), got, want)
		}
	}
}
