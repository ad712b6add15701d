package laws_test

import (
	"encoding/json"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"feisui/pkg/civil"
	"feisui/schemas"
	"feisui/services/feisui/record"
	"feisui/services/ledger"
	"feisui/services/ledger/naive"
)

// TestAnEntryNamesTheAccountsItChanges holds when no event changes the statement
// of an account, on any of several days, that is not among those it is said to
// change.
func TestAnEntryNamesTheAccountsItChanges(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	rapid.Check(t, func(t *rapid.T) {
		drawn := naive.DrawBook(t)
		j := newJournal()
		e.record(t, drawn, j)
		for range rapid.IntRange(0, correctionsMost).Draw(t, "corrections") {
			drawn = e.correct(t, j, drawn)
		}
		on := []civil.Date{day(t, drawn.DrawOn(t)), day(t, drawn.DrawOn(t)), day(t, "2199-12-30")}
		book, accounts := ledger.NewBook(), ledger.NewAccounts()
		said := map[string]string{}
		for _, event := range shuffled(t, j) {
			must(t, book.Apply(event))
			named := accounts.Of(event)
			for _, account := range book.Accounts() {
				now := saidOf(t, book, account, on)
				if before, known := said[account]; (!known || before != now) && named != nil && !slices.Contains(named, account) {
					t.Fatalf("%s %s of %s changes %s, and names %v:\n%s\n%s", mismatch, event.Type(), event.Stream(), account, named, before, now)
				}
				said[account] = now
			}
		}
	})
}

// lastOf are the categories of which nothing has to be known before others: what
// is recorded of them may come last.
var lastOf = []string{"", "task", "item", "department", "admission", "policy", "plaque_title"}

// shuffled gives what is recorded, with a drawn category last.
func shuffled(t *rapid.T, j *record.Journal) []schemas.Event {
	category := rapid.SampledFrom(lastOf).Draw(t, "last")
	var first, last []schemas.Event
	for entry := range j.After(0) {
		if schemas.Category(entry.Stream) == category {
			last = append(last, entry.Event)
		} else {
			first = append(first, entry.Event)
		}
	}
	return append(first, last...)
}

// saidOf gives an account's statements on some days.
func saidOf(t rapid.TB, book *ledger.Book, account string, on []civil.Date) string {
	t.Helper()
	all := make([]string, 0, len(on))
	for _, d := range on {
		said, _ := asked(t, book, account, d)
		all = append(all, said)
	}
	content, err := json.Marshal(all)
	must(t, err)
	return string(content)
}
