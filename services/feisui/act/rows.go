package act

import (
	"cmp"
	"errors"
	"iter"
	"maps"
	"slices"

	"feisui/pkg/code"
	"feisui/pkg/workbook"
	"feisui/schemas"
	"feisui/services/feisui/record"
	"feisui/services/process"
)

// row is one row of a sheet that an effect brings.
type row struct {
	of    int // which of the commands brings it
	sheet *workbook.Sheet
	cells map[string]string
	from  map[string]string // by column, the field of the form that a cell came from
}

// workbookOf is rows as the record door reads them, with one reason why they may
// say otherwise than is recorded; "" when they may not.
type workbookOf struct {
	rows   []row
	reason string
}

// Sheet gives the rows of a sheet; each is numbered by its place among all.
func (w *workbookOf) Sheet(name string) iter.Seq[workbook.Row] {
	return func(yield func(workbook.Row) bool) {
		for i := range w.rows {
			r := &w.rows[i]
			if r.sheet.Name != name {
				continue
			}
			cells := make([]string, len(r.sheet.Columns))
			for c, column := range r.sheet.Columns {
				if cells[c] = record.Cell(r.cells[column.Name]); record.Names(name, column.Name) {
					cells[c] = code.HalfWidth(r.cells[column.Name]) // the door knows what is recorded as it was typed
				}
			}
			if !yield(workbook.Row{File: name, Number: i + 1, Cells: cells}) {
				return
			}
		}
	}
}

// Has reports that a sheet has every column: one that is not given is empty.
func (w *workbookOf) Has(sheet, _ string) bool {
	return slices.ContainsFunc(w.rows, func(r row) bool { return r.sheet.Name == sheet })
}

// Extra gives nothing.
func (w *workbookOf) Extra(string) ([]byte, bool, error) { return nil, false, nil }

// Faults gives none: rows are made here, and not read from a file.
func (w *workbookOf) Faults() []workbook.Fault { return nil }

// Unlisted is 0, as Faults has none.
func (w *workbookOf) Unlisted() int { return 0 }

// Fault is one thing wrong with what was filled in: of which of the commands, the
// field of the form where there is one, and what was expected, in both languages.
type Fault struct {
	Of               int          // which of the commands, from 0, or OfSeveral
	Field            string       // of the form; "" where no field is meant
	Title            process.Text // what its form calls it, where that is known
	Found            string
	English, Chinese string
	Period           string // the month that is closed, where that is what is wrong
}

// OfSeveral is of a fault that several commands have, and says which.
const OfSeveral = -1

// Faults are all that is wrong with a command. Nothing of it was taken.
type Faults struct {
	List []Fault
	More int  // those not listed
	Many bool // of several beginnings
}

// Shut reports that nothing is wrong but that months are closed.
func (f *Faults) Shut() bool {
	return !slices.ContainsFunc(f.List, func(one Fault) bool { return one.Period == "" })
}

func (f *Faults) Error() string {
	return f.List[0].Field + ": " + f.List[0].Found + ": " + f.List[0].English
}

// facts are the rows that effects bring, by the reason for which they may correct
// what is recorded.
type facts map[string]*workbookOf

func (f facts) add(r row, reason string) {
	if f[reason] == nil {
		f[reason] = &workbookOf{reason: reason}
	}
	f[reason].rows = append(f[reason].rows, r)
}

// decide has the record door decide on all rows: those that correct nothing
// first, and the others on what these leave.
func (f facts) decide(past record.Past) ([]schemas.Event, error) {
	after := &drafted{Past: past, streams: map[string][]schemas.Event{}}
	var events []schemas.Event
	for _, reason := range slices.Sorted(maps.Keys(f)) {
		var source record.Source = f[reason]
		if reason != "" {
			source = record.Correcting{Source: source, Reason: reason}
		}
		more, err := record.Decide(source, after)
		var refused *record.Refused
		if errors.As(err, &refused) {
			return nil, f[reason].faults(refused)
		}
		if err != nil {
			return nil, err
		}
		after.add(more)
		events = append(events, more...)
	}
	return events, nil
}

// faults says what the door refuses by the fields of the form.
func (w *workbookOf) faults(refused *record.Refused) *Faults {
	all := &Faults{More: refused.More}
	for _, f := range refused.Faults {
		if f.Row < 1 || f.Row > len(w.rows) { // of a whole sheet, which rows made here are not
			all.List = append(all.List, Fault{Field: f.Column, Found: f.Found, English: f.English, Chinese: f.Chinese, Period: f.Period})
			continue
		}
		r := &w.rows[f.Row-1]
		all.List = append(all.List, Fault{
			Of: r.of, Field: cmp.Or(r.from[f.Column], f.Column), Found: f.Found, English: f.English, Chinese: f.Chinese, Period: f.Period,
		})
	}
	slices.SortStableFunc(all.List, func(a, b Fault) int { return cmp.Compare(a.Of, b.Of) })
	return all
}

// drafted is the past with events that are not recorded yet.
type drafted struct {
	record.Past
	streams map[string][]schemas.Event
}

func (d *drafted) add(events []schemas.Event) {
	for _, e := range events {
		d.streams[e.Stream()] = append(d.streams[e.Stream()], e)
	}
}

// Has reports whether anything is recorded or drafted in a stream.
func (d *drafted) Has(stream string) bool { return len(d.streams[stream]) > 0 || d.Past.Has(stream) }

// Stream gives the events of a stream, first to last.
func (d *drafted) Stream(name string) iter.Seq[schemas.Event] {
	return func(yield func(schemas.Event) bool) {
		for e := range d.Past.Stream(name) {
			if !yield(e) {
				return
			}
		}
		for _, e := range d.streams[name] {
			if !yield(e) {
				return
			}
		}
	}
}

func sheetOf(name string) *workbook.Sheet {
	for i := range record.Layout {
		if s := &record.Layout[i]; s.Name == name || s.Chinese == name {
			return s
		}
	}
	return nil
}
