package laws_test

import (
	"maps"
	"math/big"
	"regexp"
	"slices"

	"feisui/pkg/civil"
	"feisui/services/ledger/naive"
)

// change changes every row of a sheet in place.
func change(book naive.Book, sheet string, change func(naive.Row)) {
	for _, row := range book.Sheets[sheet] {
		change(row)
	}
}

// keep leaves those rows on a sheet that a choice takes.
func keep(book naive.Book, sheet string, choice func(naive.Row) bool) {
	book.Sheets[sheet] = slices.DeleteFunc(book.Sheets[sheet], func(row naive.Row) bool { return !choice(row) })
}

// clearAfter empties a date that lies after a day.
func clearAfter(row naive.Row, column, day string) {
	if row[column] > day {
		delete(row, column)
	}
}

// stands reports whether what began one day, and may have ended on another, is
// there on the day on. A drawn date is written so that texts compare as dates do.
func stands(from, ended, on string) bool { return from <= on && (ended == "" || ended > on) }

// fen is an amount of yuan in fen.
func fen(yuan string) int64 {
	r, ok := new(big.Rat).SetString(yuan)
	if !ok {
		panic("no amount: " + yuan)
	}
	return r.Mul(r, big.NewRat(100, 1)).Num().Int64()
}

var written = regexp.MustCompile(`\d{4}-\d{2}-\d{2}`)

// days gives every date that stands anywhere in the book, with the day before
// and the day after.
func days(book naive.Book) []civil.Date {
	seen := map[civil.Date]bool{}
	for _, rows := range book.Sheets {
		for _, row := range rows {
			for _, cell := range row {
				for _, text := range written.FindAllString(cell, -1) {
					if d, err := civil.Parse(text); err == nil {
						seen[d-1], seen[d], seen[d+1] = true, true, true
					}
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}
