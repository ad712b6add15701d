package ledger_test

import (
	"testing"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/schemas"
	"feisui/services/ledger"
)

// TestAPriceIsWhatTheTasksWillCost: of every rule the price is the sum of what the
// ledger has for the tasks once the item is listed and they are assigned.
func TestAPriceIsWhatTheTasksWillCost(t *testing.T) {
	t.Parallel()
	days, on := civil.China(), civil.Of(2025, 5, 6)
	places := []schemas.CommunityRegistered{
		{Code: "990101001001", Households: new(int64(1000)), Population: new(int64(3001)), Staff: new(int64(7))},
		{Code: "990101001002", Households: new(int64(2000)), Population: new(int64(4999)), Staff: new(int64(9))},
	}
	codes := []string{places[0].Code, places[1].Code}
	for _, c := range []struct {
		rule, rate string
		quantity   string
		base       *money.Fen
		amount     *money.Fen
		total      int64 // fen; -1: undetermined
	}{
		{rule: "none", total: 0},
		{rule: "fixed", rate: "100", total: 200},
		{rule: "per_case", rate: "2000", quantity: "2.5", total: 10_000},
		{rule: "per_case", rate: "2000", total: 4000},
		{rule: "per_household", rate: "2000", total: 6_000_000},
		{rule: "per_capita", rate: "0.5", total: 1501 + 2500}, // each rounded half up
		{rule: "per_staff", rate: "180000", total: 2_880_000},
		{rule: "ratio", rate: "2.5", base: new(money.Fen(10_001)), total: 500},
		{rule: "ratio", rate: "2.5", total: -1},
		{rule: "agreed", total: -1},
		{rule: "agreed", amount: new(money.Fen(77)), total: 154},
		{rule: "per_case", total: -1},
	} {
		item := schemas.ItemListed{Code: "B01", Name: "调查", List: "purchase", Rule: c.rule}
		task := schemas.TaskAssigned{No: "ZR", Department: "D01", Item: "B01", IssuedOn: on, Base: c.base, Amount: c.amount}
		if c.rate != "" {
			item.Rate = new(decimal(t, c.rate))
		}
		if c.quantity != "" {
			task.Quantity = new(decimal(t, c.quantity))
		}
		book := ledger.NewBook()
		for _, p := range places {
			apply(t, book, p)
		}
		p, err := book.Price(task, item, codes, days)
		if err != nil {
			t.Fatal(err)
		}
		if p.Communities != 2 || (p.Total == nil) != (c.total < 0) || p.Total != nil && int64(*p.Total) != c.total {
			t.Errorf("%s %s: %+v", c.rule, c.rate, p)
		}
		// The book is as it was: another rule gives another price.
		if again, err := book.Price(task, schemas.ItemListed{Code: "B01", Rule: "fixed", Rate: new(money.Whole(1))}, codes, days); err != nil || c.amount == nil && (again.Total == nil || *again.Total != 2) {
			t.Errorf("%s: %+v %v", c.rule, again, err)
		}
		apply(t, book, item)
		sum, undetermined := int64(0), 0
		for i, code := range codes {
			task.No, task.Community = []string{"T1", "T2"}[i], code
			apply(t, book, task)
			s, _, err := book.Statement(code, days, on)
			if err != nil {
				t.Fatal(err)
			}
			if fee := s.Tasks[0].Entitlement; fee == nil {
				undetermined++
			} else {
				sum += int64(*fee)
			}
		}
		if undetermined != p.Undetermined || p.Total != nil && int64(*p.Total) != sum {
			t.Errorf("%s %s: priced %+v, and it is %d, %d undetermined", c.rule, c.rate, p, sum, undetermined)
		}
	}
}

// TestTheCatalogueHoldsOverTheApplication: an item that is listed costs what its
// own rule says, whatever is offered; a community without figures is undetermined.
func TestTheCatalogueHoldsOverTheApplication(t *testing.T) {
	t.Parallel()
	book := ledger.NewBook()
	apply(t, book, schemas.CommunityRegistered{Code: "990101001001"})
	apply(t, book, schemas.ItemListed{Code: "B01", List: "purchase", Rule: "fixed", Rate: new(money.Whole(300))})
	task := schemas.TaskAssigned{No: "ZR", Department: "D01", Item: "B01", IssuedOn: civil.Of(2025, 5, 6)}
	listed, err := book.Price(task, schemas.ItemListed{Code: "B01", Rule: "fixed", Rate: new(money.Whole(1))}, []string{"990101001001"}, civil.China())
	if err != nil || listed.Total == nil || *listed.Total != 300 {
		t.Errorf("%+v %v", listed, err)
	}
	task.Item = "B02"
	unknown, err := book.Price(task, schemas.ItemListed{Code: "B02", Rule: "per_household", Rate: new(money.Whole(1))}, []string{"990101001001"}, civil.China())
	if err != nil || unknown.Total != nil || unknown.Undetermined != 1 {
		t.Errorf("%+v %v", unknown, err)
	}
	if _, err := book.Price(schemas.TaskAssigned{No: "ZR", Item: "B02", Amount: new(money.Fen(1) << 62), IssuedOn: 1}, schemas.ItemListed{Code: "B02"}, []string{"1", "2", "3"}, civil.China()); err == nil {
		t.Error("a sum that is too large is given")
	}
}

func apply(t *testing.T, b *ledger.Book, e schemas.Event) {
	t.Helper()
	if err := b.Apply(e); err != nil {
		t.Fatal(err)
	}
}

func decimal(t *testing.T, text string) money.Decimal {
	t.Helper()
	d, err := money.ParseDecimal(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
