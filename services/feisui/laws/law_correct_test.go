package laws_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"feisui/pkg/workbook"
	"feisui/services/feisui/record"
	"feisui/services/ledger"
	"feisui/services/ledger/naive"
)

// correctionsMost is how many workbooks correct one another in turn.
const correctionsMost = 3

// TestACorrectedBookIsTheCorrectBook holds when workbooks that correct what is
// recorded give, each in turn, for every date the statement that the last one
// gives alone; when one that is refused alone is refused as a correction too, and
// changes nothing; when the same workbook again records nothing; and when what
// was known before a correction is what it was.
func TestACorrectedBookIsTheCorrectBook(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	rapid.Check(t, func(t *rapid.T) {
		book := naive.DrawBook(t)
		j := newJournal()
		e.record(t, book, j)
		for range rapid.IntRange(1, correctionsMost).Draw(t, "corrections") {
			before, known := book, entries(j)
			book = e.correct(t, j, before)
			old, now, earlier := e.read(t, before), fold(t, j), foldTo(t, j, known)
			alone := e.read(t, book)
			for range datesPerBook {
				on := rapid.SampledFrom([]naive.Book{before, book}).Draw(t, "dates of").DrawOn(t)
				same(t, "corrected on "+on, decode(t, statement(t, now, on)), decode(t, statement(t, alone, on)))
				same(t, "as known before, on "+on, decode(t, statement(t, earlier, on)), decode(t, statement(t, old, on)))
			}
		}
	})
}

// correct draws a book that says some of book's cells otherwise, and records it
// as a correction. It gives the book that holds then.
func (e *engine) correct(t *rapid.T, j *record.Journal, book naive.Book) naive.Book {
	t.Helper()
	corrected := book.Clone()
	a := &amender{book: corrected}
	for range rapid.IntRange(1, 4).Draw(t, "changes") {
		if rapid.IntRange(0, 3).Draw(t, "what") == 3 {
			a.link(t)
		} else {
			a.change(t)
		}
	}
	if rapid.Bool().Draw(t, "reversals follow") {
		a.alignReversals()
	}
	_, alone := e.take(t, corrected, newJournal(), "")
	before := entries(j)
	n, err := e.take(t, corrected, j, "抄写有误")
	switch {
	case (alone == nil) != (err == nil):
		t.Fatalf("%s corrected: %v; alone: %v", mismatch, err, alone)
	case err != nil && entries(j) != before:
		t.Fatalf("%s a refused correction recorded %d events", mismatch, n)
	case err != nil:
		return book
	}
	if n, err := e.take(t, corrected, j, ""); n != 0 || err != nil {
		t.Fatalf("%s the corrected workbook again: %d events, %v", mismatch, n, err)
	}
	return corrected
}

// take records a book, as a correction where there is a reason, or gives the
// refusal.
func (e *engine) take(t rapid.TB, book naive.Book, to *record.Journal, reason string) (int, error) {
	t.Helper()
	e.write(t, book)
	in, err := workbook.Open(e.folder, record.Layout)
	must(t, err)
	var source record.Source = in
	if reason != "" {
		source = record.Correcting{Source: in, Reason: reason}
	}
	events, err := record.Decide(source, to)
	must(t, in.Close())
	var refused *record.Refused
	if errors.As(err, &refused) {
		return 0, err
	}
	must(t, err)
	_, err = to.Append(uuid.New(), events)
	must(t, err)
	return len(events), nil
}

func entries(j *record.Journal) (n int) {
	for range j.After(0) {
		n++
	}
	return n
}

// foldTo gives the ledger's book as known after the first entries.
func foldTo(t rapid.TB, from *record.Journal, position int) *ledger.Book {
	t.Helper()
	book := ledger.NewBook()
	for entry := range from.After(0) {
		if entry.Position <= position {
			must(t, book.Apply(entry.Event))
		}
	}
	return book
}

// amender changes cells of a book, never to empty ones.
type amender struct {
	book  naive.Book
	added int
}

// fixed are the columns that make a row that row. Receipts, arrivals and the
// plaque catalogue have no others.
var fixed = map[string][]string{
	"communities": {"code"}, "departments": {"code"}, "items": {"code"}, "admissions": {"no"}, "tasks": {"no"},
	"completions": {"task"}, "commitments": {"no"}, "payments": {"voucher"}, "plaques": {"no"}, "burdens": {"no"},
}

func (a *amender) change(t *rapid.T) {
	sheets := slices.DeleteFunc(slices.Sorted(maps.Keys(fixed)), func(sheet string) bool { return len(a.book.Sheets[sheet]) == 0 })
	if len(a.book.Sheets["payments"]) > 0 { // money is what has most to go wrong
		sheets = append(sheets, "payments", "payments", "payments", "tasks")
	}
	name := rapid.SampledFrom(sheets).Draw(t, "sheet")
	if !slices.Contains(sheets, name) || len(a.book.Sheets[name]) == 0 {
		return
	}
	rows := a.book.Sheets[name]
	row := rows[rapid.IntRange(0, len(rows)-1).Draw(t, "row")]
	if key := fixed[name][0]; key != "task" && name != "communities" && rapid.IntRange(0, 7).Draw(t, "another row") == 7 {
		row = maps.Clone(row)
		a.added++
		row[key] = fmt.Sprint("N", a.added, "-", len(rows))
		a.book.Sheets[name] = append(rows, row)
	}
	var columns []string
	for _, sheet := range record.Layout {
		for _, c := range sheet.Columns {
			if sheet.Name == name && !slices.Contains(fixed[name], c.Name) {
				columns = append(columns, c.Name)
			}
		}
	}
	column := rapid.SampledFrom(columns).Draw(t, "column")
	row[column] = a.cell(t, name, column)
}

// link makes one payment pass on another or reverse it, whatever it did before,
// on a day that suits: cells drawn one by one hardly ever do.
func (a *amender) link(t *rapid.T) {
	rows := a.book.Sheets["payments"]
	if len(rows) < 2 {
		return
	}
	row, to := rapid.SampledFrom(rows).Draw(t, "payment"), rapid.SampledFrom(rows).Draw(t, "linked to")
	switch late := max(row["paid_on"], to["paid_on"]); rapid.SampledFrom([]string{"upstream", "reverses", "undone"}).Draw(t, "link") {
	case "upstream":
		if children := slices.DeleteFunc(slices.Clone(rows), func(r naive.Row) bool { return r["upstream"] == "" }); len(children) > 0 {
			row = rapid.SampledFrom(children).Draw(t, "child")
		}
		row["upstream"], row["paid_on"], row["amount"] = to["voucher"], late, "0.01"
	case "reverses":
		reversals := slices.DeleteFunc(slices.Clone(rows), func(r naive.Row) bool { return r["reverses"] == "" })
		if len(reversals) > 0 {
			row = rapid.SampledFrom(reversals).Draw(t, "reversal")
		}
		row["reverses"], row["paid_on"] = to["voucher"], rapid.SampledFrom([]string{late, "2025-12-30"}).Draw(t, "reversed on")
	case "undone":
		a.added++
		a.book.Sheets["payments"] = append(rows, naive.Row{
			"voucher": fmt.Sprint("R", a.added, "-", len(rows)), "reverses": to["voucher"], "paid_on": rapid.SampledFrom([]string{to["paid_on"], "2025-12-30"}).Draw(t, "undone on"),
			"amount": to["amount"], "payer": to["payee"], "payee": to["payer"],
		})
	}
	a.alignReversals()
}

// cell draws what a cell may say: often something that the book has elsewhere.
func (a *amender) cell(t *rapid.T, sheet, column string) string {
	var words []string
	switch column {
	case "kind":
		words = map[string][]string{
			"communities": {"urban", "village"}, "departments": {"department", "finance", "sponsor", "superior", "mass"},
			"commitments": {"pledge", "quota"}, "burdens": {"form", "ledger", "levy", "organisation"},
		}[sheet]
	case "list":
		words = []string{"statutory", "assist", "purchase", "negative"}
	case "rule":
		words = []string{"none", "fixed", "per_case", "per_household", "agreed"} // ratio has a rate of another unit
	case "timing":
		words = []string{"advance", "arrears"}
	case "authority_required":
		words = []string{"yes", "no"}
	case "decision":
		words = []string{"admitted", "conditional", "denied"}
	case "zone":
		words = []string{"outside", "inside", "wall"}
	case "amount", "base", "rate":
		words = []string{"1", "2", "3", "5", "0.67", "100", "0.01", "50", "0"}
	case "quantity", "households", "population", "staff":
		words = []string{"1", "2", "7", "0"}
	case "department", "payer", "payee":
		words = append(append(a.values("departments", "code"), a.values("communities", "code")...), "430105001", "430105002", "430105009")
	case "community", "communities":
		words = a.values("communities", "code")
	case "street":
		words = []string{"430105001", "430105002"}
	case "item":
		words = append(a.values("items", "code"), "I99")
	case "payers":
		words = []string{"D1:1", "D2:1;D1:2", "D1:1@2025-03-03;430105001:2"}
	case "purpose":
		words = []string{"department", "general", "task:T1", "task:T2", "task:T9"}
		for _, code := range a.values("items", "code") {
			words = append(words, "item:"+code)
		}
	case "upstream", "reverses":
		words = a.values("payments", "voucher")
	case "category", "name", "title", "document", "authority_document":
		words = []string{"甲", "乙", "科普大学", "警务室"}
	default: // dates
		if near := a.values(sheet, column); len(near) > 0 && rapid.Bool().Draw(t, "another's") {
			words = near
			break
		}
		return naive.DrawDate(t)
	}
	return rapid.SampledFrom(words).Draw(t, column)
}

func (a *amender) values(sheet, column string) (values []string) {
	for _, row := range a.book.Sheets[sheet] {
		if row[column] != "" {
			values = append(values, row[column])
		}
	}
	return values
}

// alignReversals makes each reversal what it reverses, the other way round, so
// that what is drawn is not mostly refused.
func (a *amender) alignReversals() {
	for _, r := range a.book.Sheets["payments"] {
		for _, p := range a.book.Sheets["payments"] {
			if r["reverses"] != "" && strings.TrimSpace(p["voucher"]) == r["reverses"] {
				r["amount"], r["payer"], r["payee"] = p["amount"], p["payee"], p["payer"]
			}
		}
	}
}
