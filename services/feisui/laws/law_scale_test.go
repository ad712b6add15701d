package laws_test

import (
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"feisui/services/ledger/naive"
)

// TestMoneyHasNoSize holds when a county with all amounts k times as large
// stands where it stood: amounts k times as large, and nothing else other.
//
// Rounding does have a size. So the book is first made free of it: weights
// become 0, 1 or 2, so that up to three of them sum to 6 at most, and all
// amounts are multiplied by 60 for the shares and by 100,000 for the decimals
// of rates, quantities and percents. Then every rate is of whole fen, and every
// entitlement and share is whole without rounding.
func TestMoneyHasNoSize(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	rapid.Check(t, func(t *rapid.T) {
		book := naive.DrawBook(t)
		change(book, "items", func(item naive.Row) { item["payers"] = evenly(item["payers"]) })
		largest := multiply(book, 60*100_000)
		k := rapid.Int64Range(2, min(9, amountMax/max(largest, 1))).Draw(t, "k") // what is larger is no amount
		larger := book.Clone()
		multiply(larger, k)
		actual, grown := e.read(t, book), e.read(t, larger)
		for range datesPerBook {
			on := book.DrawOn(t)
			want := decode(t, statement(t, actual, on))
			same(t, "all amounts larger on "+on, decode(t, statement(t, grown, on)), magnified(t, want, k))
		}
	})
}

// amountMax is the largest amount that a cell takes, in yuan (spec §1).
const amountMax = 100_000_000_000

// evenly gives a list of payers with weights 0, 1 and 2.
func evenly(payers string) string {
	if payers == "" {
		return ""
	}
	parts := strings.Split(payers, ";")
	for i, part := range parts {
		code, rest, _ := strings.Cut(part, ":")
		weight, date, dated := strings.Cut(rest, "@")
		switch weight {
		case "0":
		case "0.5", "1":
			weight = "1"
		default:
			weight = "2"
		}
		if parts[i] = code + ":" + weight; dated {
			parts[i] += "@" + date
		}
	}
	return strings.Join(parts, ";")
}

// multiply multiplies all amounts of a book, and gives the largest, rounded up. What a
// ratio is taken of is one; the percents are none.
func multiply(book naive.Book, k int64) (largest int64) {
	times := func(columns ...string) func(naive.Row) {
		return func(row naive.Row) {
			for _, column := range columns {
				if row[column] == "" {
					continue
				}
				amount, ok := new(big.Rat).SetString(row[column])
				if !ok {
					panic("no amount: " + row[column])
				}
				row[column] = amount.Mul(amount, big.NewRat(k, 1)).FloatString(0)
				if n := new(big.Int).Div(amount.Num(), amount.Denom()); n.Int64() >= largest {
					largest = n.Int64() + 1
				}
			}
		}
	}
	change(book, "items", func(item naive.Row) {
		if item["rule"] != "ratio" {
			times("rate")(item)
		}
	})
	change(book, "tasks", times("amount", "base"))
	change(book, "receipts", times("condition_amount"))
	for _, sheet := range []string{"commitments", "payments", "arrivals"} {
		change(book, sheet, times("amount"))
	}
	return largest
}

// amounts are the members of a statement that are money.
var amounts = []string{
	"entitlement", "allocated", "shortfall", "overdue_shortfall", "due", "amount", "held", "retained", "confirmed",
	"surplus", "general", "in_transit",
}

// magnified is part of a statement with its amounts multiplied.
func magnified(t rapid.TB, v any, k int64) any {
	t.Helper()
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = magnified(t, v[i], k)
		}
	case object:
		for key, member := range v {
			number, isNumber := member.(json.Number)
			_, isList := member.([]any)
			switch {
			case key == "flags" && !isList: // the totals' counts, by rule
			case !isNumber:
				v[key] = magnified(t, member, k)
			case slices.Contains(amounts, key) && v["rule"] != "plaque_over_cap": // whose amount is a count of plaques
				n, err := number.Int64()
				must(t, err)
				v[key] = json.Number(big.NewInt(n * k).String())
			}
		}
	}
	return v
}
