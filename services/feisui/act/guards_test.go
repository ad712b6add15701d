package act_test

import (
	"errors"
	"testing"

	"github.com/google/uuid"

	"feisui/pkg/civil"
	"feisui/pkg/journal/memory"
	"feisui/pkg/money"
	"feisui/pkg/workflow"
	"feisui/schemas"
	"feisui/services/feisui/act"
	"feisui/services/ledger"
)

// TestAQuantityIsPointedOutWhereOneWasAskedForOrIsPaid: nobody asked for one of a task that
// says none, and unless its fee is by the case none is counted.
func TestAQuantityIsPointedOutWhereOneWasAskedForOrIsPaid(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rule, asked, own, done, want string
	}{
		{"per_household", "", "", "3", ""},
		{"per_household", "2", "", "3", "quantity_other"},
		{"per_household", "3", "", "3", ""},
		{"per_case", "", "", "3", "quantity_unsaid"},
		{"per_case", "", "", "1", ""},
		{"per_case", "", "50", "3", ""}, // it says its fee itself
		{"per_case", "2", "50", "3", "quantity_other"},
		{"per_case", "2", "", "3", "quantity_paid"},
		{"per_case", "2", "", "1.5", "quantity_paid"},
		{"per_case", "2", "", "2", ""},
		{"per_case", "2", "", "", ""},
		{"", "", "", "3", ""},
	} {
		task := schemas.TaskAssigned{No: "JB-1", Department: "D01", Community: "990101001001", Item: "A01", IssuedOn: civil.Of(2025, 3, 3)}
		if c.asked != "" {
			task.Quantity = new(read(t, money.ParseDecimal, c.asked))
		}
		if c.own != "" {
			task.Amount = new(read(t, money.ParseAmount, c.own))
		}
		book, past := ledger.NewBook(), memory.New[schemas.Event]()
		events := []schemas.Event{schemas.ItemListed{Code: "A01", Name: "x", List: "assist", Rule: c.rule}, task}
		for _, e := range events {
			if err := book.Apply(e); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := past.Append(uuid.New(), events); err != nil {
			t.Fatal(err)
		}
		report := map[string]string{"completed_on": "2025-03-04"}
		if c.done != "" {
			report["quantity"] = c.done
		}
		var said workflow.Refusals
		got, err := "", act.QuantityAssigned(book, past, "JB-1", report)
		if errors.As(err, &said) {
			got = said[0].Expect.Key
		} else if err != nil {
			t.Fatal(err)
		}
		if got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

func read[T any](t *testing.T, parse func(string) (T, error), text string) T {
	t.Helper()
	value, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return value
}
