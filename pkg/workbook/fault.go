package workbook

import (
	"embed"
	"io/fs"
	"slices"

	"feisui/pkg/code"
	"feisui/pkg/message"
)

//go:embed messages/*.json
var messageFiles embed.FS

// Messages says what a fault expected. The English follows the word "expected".
var Messages = message.MustLoad(fs.Sub(messageFiles, "messages"))

// Fault is one thing wrong with the workbook: where it is, what was found and
// what was expected there.
type Fault struct {
	File   string       // the file's name as on disk, the XLSX sheet's as it stands; the XLSX file's own when the archive is damaged
	Row    int          // as a spreadsheet counts, usually 1 for the header; 0 when the fault concerns the whole file
	Column string       // the English name; the header as it stands for an unknown column; "" if none
	Found  string       // the offending text, at most 80 characters, control characters made visible
	Expect message.Text // what was expected, in Messages
}

// faultsMax bounds what one reading reports. Somebody who has to correct a
// thousand rows is not helped by the next thousand.
const faultsMax = 1000

// faults keeps the first faultsMax faults and counts the rest.
type faults struct {
	list []Fault
	more int
}

func (f *faults) add(fault Fault) {
	if len(f.list) >= faultsMax {
		f.more++
		return
	}
	f.list = append(f.list, fault)
}

func (f *faults) reset() { f.list, f.more = nil, 0 }

func (f *faults) count() int { return len(f.list) + f.more }

// inOrder gives the faults by row; those of one row in the order they were met.
func (f *faults) inOrder() []Fault {
	sorted := slices.Clone(f.list)
	slices.SortStableFunc(sorted, func(a, b Fault) int { return a.Row - b.Row })
	return sorted
}

// say makes a text of a key and pairs of argument and value.
func say(key string, pairs ...string) message.Text {
	t := message.Text{Key: key}
	for i := 0; i+1 < len(pairs); i += 2 {
		if t.Args == nil {
			t.Args = message.Args{}
		}
		t.Args[pairs[i]] = pairs[i+1]
	}
	return t
}

// foundMax is how much of an offending text a report shows.
const foundMax = 80

// excerpt shows what was found.
func excerpt(s string) string { return code.Excerpt(s, foundMax) }
