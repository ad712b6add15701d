package record

import (
	"math"

	"feisui/pkg/money"
	"feisui/pkg/workbook"
	"feisui/schemas"
)

// Preview says what a workbook is and would do, before anything of it is recorded.
type Preview struct {
	Sheets []Previewed // those with a row, in the order of the layout
	Policy bool        // it brings the county's policy, which is recorded with it where that is new
	News   int         // rows that would record something; the policy is one
	Two    bool        // it does more than register who and what there is, which takes two persons
}

// Previewed is one sheet. What is new and what was known is said of a workbook without
// faults only: of another nothing is decided for good.
type Previewed struct {
	Sheet   workbook.Sheet
	Rows    int // as its author counts them: those that repeat another too
	New     int // that record something, or fill in what was empty
	Amended int // that say otherwise what is recorded
	Known   int // that change nothing
	Refused int // with a fault
	Sums    []Sum
}

// Sum is a control total: all amounts of a column, also of rows that are repeated,
// known or refused.
type Sum struct {
	Column workbook.Column
	Total  money.Fen
	Huge   bool // it is more than can be said; Total is not it
}

// tally is what a preview is made of.
type tally struct {
	rows    map[string]int
	new     map[string]int
	amended map[string]int
	sums    map[string]map[string]*Sum // by sheet and column
	refused map[int]map[int]bool       // by place of the file, the rows
	policy  bool
	adopted bool // the policy is new
}

func newTally() *tally {
	return &tally{
		rows: map[string]int{}, new: map[string]int{}, amended: map[string]int{},
		sums: map[string]map[string]*Sum{}, refused: map[int]map[int]bool{},
	}
}

// adds counts an amount of a column.
func (t *tally) adds(sheet, column string, amount money.Fen) {
	if t == nil {
		return
	}
	if t.sums[sheet] == nil {
		t.sums[sheet] = map[string]*Sum{}
	}
	s := t.sums[sheet][column]
	if s == nil {
		s = &Sum{}
		t.sums[sheet][column] = s
	}
	if amount > math.MaxInt64-s.Total { // amounts are not negative
		s.Huge = true
		return
	}
	s.Total = s.Total.Plus(amount)
}

// reads counts a row.
func (t *tally) reads(sheet string) {
	if t != nil {
		t.rows[sheet]++
	}
}

// faulty counts a row with a fault, once.
func (t *tally) faulty(file string, row int) {
	if t == nil || row <= 1 {
		return // of the whole file, or its header
	}
	at := place(file)
	if t.refused[at] == nil {
		t.refused[at] = map[int]bool{}
	}
	t.refused[at][row] = true
}

// came counts a row by what came of it.
func (t *tally) came(sheet string, events []schemas.Event) {
	if t == nil || len(events) == 0 {
		return
	}
	for _, e := range events {
		if _, amends := e.(schemas.Amendment); amends {
			t.amended[sheet]++
			return
		}
	}
	t.new[sheet]++
}

// paid counts the rows of payments and arrivals, which are decided as one set: a row
// makes a payment, or amends it; it makes an arrival, or withdraws one that was known.
func (t *tally) paid(events []schemas.Event) {
	if t == nil {
		return
	}
	type arrival struct {
		voucher string
		n       int
	}
	arrived := map[arrival]bool{}
	for _, e := range events {
		switch e := e.(type) {
		case schemas.PaymentMade, schemas.PaymentSupplemented: // made, or filled in
			t.new["payments"]++
		case schemas.PaymentAmended:
			t.amended["payments"]++
		case schemas.PaymentArrived:
			arrived[arrival{e.Voucher, e.Arrival}] = true
			t.new["arrivals"]++
		case schemas.PaymentArrivalWithdrawn:
			if !arrived[arrival{e.Voucher, e.Arrival}] {
				t.new["arrivals"]++
			}
		}
	}
}

// preview is what was counted; whole says that there was no fault.
func (t *tally) preview(whole bool) *Preview {
	p := &Preview{Policy: t.policy}
	if t.adopted && whole {
		p.News++
	}
	for at := range Layout {
		sheet := Layout[at]
		one := Previewed{Sheet: sheet, Rows: t.rows[sheet.Name], Refused: len(t.refused[at+1])}
		if one.Rows == 0 && one.Refused == 0 {
			continue
		}
		if whole {
			one.New, one.Amended = t.new[sheet.Name], t.amended[sheet.Name]
			one.Known = max(0, one.Rows-one.New-one.Amended) // a correction may move what other rows said
			p.News += one.New + one.Amended
		}
		for _, c := range sheet.Columns {
			if s := t.sums[sheet.Name][c.Name]; s != nil {
				s.Column = c
				one.Sums = append(one.Sums, *s)
			}
		}
		p.Sheets = append(p.Sheets, one)
	}
	return p
}

// Look is Decide, and says what the workbook is, also of one that is refused.
func Look(book Source, past Past) (*Preview, []schemas.Event, error) {
	t := newTally()
	events, err := decideOn(book, past, t)
	p := t.preview(err == nil)
	if err == nil && p.News == 0 {
		p.News = len(events) // whatever is recorded counts, also what no row of the sheets shows
	}
	p.Two = !Registers(events)
	return p, events, err
}
