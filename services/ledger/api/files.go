package api

import (
	"context"
	"iter"
	"maps"
	"math"
	"strconv"
	"time"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/pkg/sheet"
	"feisui/pkg/web"
	"feisui/services/ledger"
	"feisui/services/ledger/keep"
)

// This file is how lists become files. Amounts are in yuan. What the interface says in
// words of its own stands in the reader's, as pages have it, and names stand for codes;
// after those come the words and the codes themselves, for programs.

// Words says what a word of the interface is called: of what it is one, and the word.
// What it does not know is called as it is.
type Words func(of, word string) sheet.Name

// tabled is how a list becomes a table.
type tabled[R any] struct {
	name    sheet.Name
	columns []sheet.Name
	row     func(*R, *spoken) []any
}

// names is the table without what it says beside code and name, its first two columns.
func (t *tabled[R]) names() *tabled[R] {
	return &tabled[R]{t.name, t.columns[:2], func(r *R, say *spoken) []any { return t.row(r, say)[:2] }}
}

// spoken is what the codes of a county are called, as of when a file is begun.
type spoken struct {
	word  Words
	names ledger.Names
}

func (s *service) spoken(l *keep.Ledger) (*spoken, error) {
	say := &spoken{word: s.Words}
	err := l.Read(func(current *ledger.Current) error {
		names := current.Book().Names()
		say.names = ledger.Names{Departments: maps.Clone(names.Departments), Items: maps.Clone(names.Items)}
		return nil
	})
	return say, err
}

// party is what a department or street is called.
func (s *spoken) party(code string) string { return named(s.names.Departments, code) }

func (s *spoken) item(code string) string { return named(s.names.Items, code) }

// named is what a code is called, or the code.
func named(names map[string]string, code string) string {
	if name := names[code]; name != "" {
		return name
	}
	return code
}

// of is the table of rows that are at hand.
func (t *tabled[R]) of(rows []R, say *spoken) *sheet.Table {
	return t.stream(func(yield func(*R, error) bool) {
		for i := range rows {
			if !yield(&rows[i], nil) {
				return
			}
		}
	}, say)
}

// stream is the table of rows as they come.
func (t *tabled[R]) stream(rows iter.Seq2[*R, error], say *spoken) *sheet.Table {
	return &sheet.Table{Name: t.name, Columns: t.columns, Stream: func(yield func([]any, error) bool) {
		for row, err := range rows {
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(t.row(row, say), nil) {
				return
			}
		}
	}}
}

// listOf is a list that the database keeps: K is a row there, R one of an answer.
type listOf[K, R any] struct {
	page  func(*keep.Ledger, keep.Page) (keep.List[K], error)
	whole func(*keep.Ledger) iter.Seq2[keep.List[K], error]
	shown func(*K) R
	table *tabled[R]

	beside func([]R) // says of rows what the database does not; nil: nothing
}

// of gives rows of the database as they are answered.
func (l *listOf[K, R]) of(kept []K) []R {
	rows := make([]R, len(kept))
	for i := range kept {
		rows[i] = l.shown(&kept[i])
	}
	if l.beside != nil {
		l.beside(rows)
	}
	return rows
}

// answer gives a page as it is, or the whole list, of one moment, as a file.
func answer[K, R any](ctx context.Context, s *service, county string, in *Paged, list listOf[K, R], page func(Listed, []R) (any, error)) (*web.Listing, error) {
	l, err := s.Ledger(county)
	if err != nil {
		return nil, err
	}
	file, err := in.AsFile(in.After, in.Limit)
	if err != nil {
		return nil, err
	}
	if file {
		return exportOf(ctx, s, l, &in.Export, list)
	}
	limit, err := limitOf(in.Limit)
	if err != nil {
		return nil, err
	}
	found, err := list.page(l, keep.Page{After: in.After, Limit: limit})
	if err != nil {
		return nil, refuseCursor(err)
	}
	body, err := page(Listed{Position: found.Position, Day: found.Day, Next: found.Next}, list.of(found.Rows))
	if err != nil {
		return nil, err
	}
	return web.Page(body), nil
}

func exportOf[K, R any](ctx context.Context, s *service, l *keep.Ledger, in *web.Export, list listOf[K, R]) (*web.Listing, error) {
	say, err := s.spoken(l)
	if err != nil {
		return nil, err
	}
	var day civil.Date
	rows := func(yield func(*R, error) bool) {
		for part, err := range list.whole(l) {
			if err != nil {
				yield(nil, err)
				return
			}
			day = part.Day
			shown := list.of(part.Rows)
			for i := range shown {
				if !yield(&shown[i], nil) {
					return
				}
			}
		}
	}
	return in.File(ctx, list.table.stream(rows, say), func() string { return day.String() })
}

// pageOrFile reads whether a file is asked for, and how many rows there are then: all.
func (p *Paged) pageOrFile() (file bool, limit int, err error) {
	if file, err = p.AsFile(p.After, p.Limit); file || err != nil {
		return file, math.MaxInt, err
	}
	limit, err = limitOf(p.Limit)
	return false, limit, err
}

// pageOrTable answers with what is at hand: the page, or its rows as a file.
func pageOrTable[R any](
	ctx context.Context, s *service, l *keep.Ledger, file bool, in *web.Export, page any, rows []R, as *tabled[R], asOf func() string,
) (*web.Listing, error) {
	if !file {
		return web.Page(page), nil
	}
	say, err := s.spoken(l)
	if err != nil {
		return nil, err
	}
	return in.File(ctx, as.of(rows, say), asOf)
}

// yuan is an amount that may not be known.
func yuan(f *money.Fen) any {
	if f == nil {
		return nil
	}
	return *f
}

// shareOf is a share that there may be none of.
func shareOf(bp *int64) any {
	if bp == nil {
		return nil
	}
	return sheet.Share(*bp)
}

// given is a number, and nothing for 0.
func given(n int64) any {
	if n == 0 {
		return nil
	}
	return n
}

// dated is a date of the book as a date; what is none stays as it is.
func dated(text string) any {
	d, err := civil.Parse(text)
	if err != nil {
		return text
	}
	return d
}

// zone is that of the counties; it has no summer time.
var zone = time.FixedZone("UTC+8", 8*60*60)

// atPosition and onDay say for a file's name what it is of.
func atPosition(position int64) func() string {
	return func() string { return strconv.FormatInt(position, 10) }
}

func onDay(day civil.Date) func() string { return day.String }
