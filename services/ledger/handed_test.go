package ledger_test

import (
	"testing"

	"feisui/pkg/civil"
	"feisui/schemas"
	"feisui/services/ledger"
)

// TestWhatACommunityHasInHand counts what it was handed and is not over by a day; and how
// often it was handed an item.
func TestWhatACommunityHasInHand(t *testing.T) {
	t.Parallel()
	const place = "990101001001"
	day := func(n int) civil.Date { return civil.Of(2025, 3, n) }
	b := ledger.NewBook()
	facts := []schemas.Event{schemas.CommunityRegistered{Code: place, Staff: new(int64(7))}}
	for _, no := range []string{"issued", "accepted", "rejected", "both", "conditional", "asked", "recalled", "done", "later"} {
		issued := day(3)
		if no == "later" {
			issued = day(20)
		}
		facts = append(facts, schemas.TaskAssigned{No: no, Department: "D01", Community: place, Item: "A01", IssuedOn: issued})
	}
	for no, outcomes := range map[string][]string{
		"accepted": {"accept"}, "rejected": {"reject"}, "both": {"reject", "accept"}, "conditional": {"reject", "conditional"}, "asked": {"query"},
	} {
		for _, outcome := range outcomes {
			facts = append(facts, schemas.TaskReceipted{Task: no, Outcome: outcome, FiledOn: day(5)})
		}
	}
	facts = append(facts, schemas.TaskRecalled{No: "recalled", RecalledOn: day(6)}, schemas.TaskCompleted{Task: "done", CompletedOn: day(7)})
	for _, e := range facts {
		if err := b.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	for on, want := range map[civil.Date]int{day(2): 0, day(3): 8, day(5): 7, day(6): 6, day(7): 5, day(20): 6} {
		if w := b.Work(place, on); w.Open != want || w.Staff == nil || *w.Staff != 7 {
			t.Errorf("on %s: %+v, want %d", on, w, want)
		}
	}
	if w := b.Work("990101001002", day(20)); w.Open != 0 || w.Staff != nil {
		t.Errorf("a community that is not there: %+v", w)
	}
	for _, c := range []struct {
		community, item string
		from, to, want  int
	}{
		{place, "A01", 1, 31, 8}, {place, "A01", 1, 3, 7}, {place, "A01", 4, 31, 1}, {place, "A02", 1, 31, 0}, {"990101001002", "A01", 1, 31, 0},
	} {
		if n := b.Handed(c.community, c.item, day(c.from), day(c.to)); n != c.want {
			t.Errorf("%+v: %d", c, n)
		}
	}
}
