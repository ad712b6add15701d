package record

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"feisui/pkg/code"
	"feisui/pkg/message"
	"feisui/pkg/workbook"
)

//go:embed messages
var messages embed.FS

// Messages says what a fault of a cell or a reference expected.
var Messages = message.MustLoad(fs.Sub(messages, "messages"))

// Fault is one thing wrong with a workbook: where, what was found, and what was
// expected, in both languages.
type Fault struct {
	File             string // the CSV file, or the sheet of an XLSX
	Row              int    // as a spreadsheet counts, 1 for the header; 0 for the whole file
	Column           string // the English name; "" when no column is meant
	Found            string
	English, Chinese string // what was expected
	Period           string // the month that is closed, where that is what is wrong
}

// String is the line that users see: file:row:column: "found", expected … .
func (f Fault) String() string {
	where := f.File
	if f.Row > 0 {
		where += ":" + strconv.Itoa(f.Row)
	}
	if f.Column != "" {
		where += ":" + f.Column
	}
	return fmt.Sprintf("%s: %s, expected %s（%s）", where, quote(f.Found), f.English, f.Chinese)
}

// Title is the Chinese name of the column, "" where no column of the layout is meant.
func (f Fault) Title() string {
	return titleOf(f.File, f.Column)
}

func titleOf(file, column string) string {
	at := place(file)
	if at == 0 {
		return ""
	}
	for _, c := range append(slices.Clip(Layout[at-1].Columns), explanation) {
		if c.Name == column {
			return c.Chinese
		}
	}
	return ""
}

// titleAnywhere is the Chinese name of a column of whatever sheet has one of that name:
// a completion is refused for the day of its task.
func titleAnywhere(column string) string {
	for _, sheet := range Layout {
		if title := titleOf(sheet.Name, column); title != "" {
			return title
		}
	}
	return ""
}

// quote puts text between quotes without escaping Chinese.
func quote(s string) string {
	if strconv.CanBackquote(s) && !slices.Contains([]rune(s), '"') {
		return `"` + s + `"`
	}
	return strconv.Quote(s)
}

// foundMax is how much of an offending text a fault shows.
const foundMax = 80

func excerpt(s string) string { return code.Excerpt(s, foundMax) }

// faultsMax bounds how many faults one refusal lists.
const faultsMax = 1000

// Refused is a workbook refused whole: nothing of it was taken.
type Refused struct {
	Faults []Fault // at most 1000, by sheet and row
	More   int     // those not listed
}

// Shut reports that nothing is wrong but that months are closed.
func (r *Refused) Shut() bool {
	return !slices.ContainsFunc(r.Faults, func(f Fault) bool { return f.Period == "" })
}

func (r *Refused) Error() string {
	return fmt.Sprintf("%d faults, the first: %v", len(r.Faults)+r.More, r.Faults[0])
}

// faults gathers what is wrong, wherever it is found.
type faults struct {
	list  []Fault
	more  int
	tally *tally // nil unless rows with faults are counted
}

func (fs *faults) count() int { return len(fs.list) + fs.more }

func (fs *faults) say(catalogue *message.Catalogue, file string, row int, column, found string, expect message.Text) {
	fs.tally.faulty(file, row)
	if len(fs.list) >= faultsMax {
		fs.more++
		return
	}
	if other := expect.Args["field"]; other != "" { // another column, which people know by its title
		expect.Words = maps.Clone(expect.Words)
		if expect.Words == nil {
			expect.Words = map[string]message.Words{}
		}
		expect.Words["field"] = message.Words{message.Chinese: cmp.Or(titleOf(file, other), titleAnywhere(other), other), message.English: other}
	}
	should := ""
	if catalogue.Part(expect.Key) {
		should = "应为"
	}
	fs.list = append(fs.list, Fault{
		File: file, Row: row, Column: column, Found: excerpt(found),
		English: catalogue.Say(message.English, expect), Chinese: should + catalogue.Say(message.Chinese, expect),
	})
}

func (fs *faults) fault(file string, row int, column, found, key string, args ...string) {
	text := message.Text{Key: key, Args: message.Args{}}
	for i := 0; i+1 < len(args); i += 2 {
		text.Args[args[i]] = args[i+1]
	}
	fs.say(Messages, file, row, column, found, text)
}

// err gives what was gathered together with what reading the workbook found,
// nil when nothing is wrong.
func (fs *faults) err(book Source) error {
	for _, f := range book.Faults() {
		fs.say(workbook.Messages, f.File, f.Row, f.Column, f.Found, f.Expect)
	}
	if len(fs.list) == 0 {
		return nil
	}
	slices.SortStableFunc(fs.list, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(place(a.File), place(b.File)), cmp.Compare(a.File, b.File), cmp.Compare(a.Row, b.Row))
	})
	return &Refused{Faults: fs.list, More: fs.more + book.Unlisted()}
}

// place is where in the layout a file or sheet stands; what is none comes first.
func place(file string) int {
	name := code.HalfWidth(strings.TrimSuffix(file, filepath.Ext(file)))
	return 1 + slices.IndexFunc(Layout, func(s workbook.Sheet) bool { return s.Name == name || s.Chinese == name })
}

// missing reports a required column that is not there, once.
func (d *door) missing(file string, sheet *workbook.Sheet, column string) {
	if d.absent[sheet.Name+"."+column] {
		return
	}
	d.absent[sheet.Name+"."+column] = true
	for _, c := range sheet.Columns {
		if c.Name == column {
			d.fault(file, 1, column, "", "column_missing", "column", column, "chinese", c.Chinese)
		}
	}
}
