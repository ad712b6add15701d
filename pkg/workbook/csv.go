package workbook

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"feisui/pkg/code"
)

const (
	// lineMax bounds a line of a CSV file, and so the memory that one takes.
	lineMax = 1 << 20
	// rowMax and columnMax are what a spreadsheet can hold; a table with more
	// could not have been checked by anybody.
	rowMax    = 1 << 20
	columnMax = 1 << 14
)

// csvFile is a CSV file. It is read line by line and not by encoding/csv,
// because a record may not contain a line break here: so a missing quote spoils
// one row rather than swallowing the rest, and a row's number is its line's.
type csvFile struct {
	root  *os.Root
	name  string
	gb    *gbDecoder // nil for UTF-8
	cells []string   // of the line being read; reused
}

func (c *csvFile) read(p *pass) {
	f, err := openRegular(c.root, c.name)
	if err != nil {
		p.fault(0, "", c.name, say("file_not_regular"))
		return
	}
	defer f.Close() // read only: nothing to lose
	if p.opening && !c.detect(p, f) {
		return
	}
	lines := newLines(f)
	defer lines.done()
	c.records(p, lines)
	if p.heading() && p.faults.count() == 0 {
		p.fault(0, "", "", say("file_empty"))
	}
}

// detect finds the encoding, for which all of the file must be seen.
func (c *csvFile) detect(p *pass, f *os.File) bool {
	start := make([]byte, 1024)
	n, err := f.ReadAt(start, 0)
	start = start[:n]
	switch {
	case err != nil && err != io.EOF:
		p.fault(0, "", err.Error(), say("file_unreadable"))
		return false
	case utf16(start):
		p.fault(0, "", string(start[:min(n, 8)]), say("encoding_utf16"))
		return false
	}
	var search encodingSearch
	lines := newLines(f)
	defer lines.done()
	for {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			c.lineFault(p, lines.number, err)
			return false
		}
		search.line(lines.number, lines.offset, line)
	}
	gb, at, problem := search.result(lines.bom)
	if problem.Key != "" {
		odd := make([]byte, 4)
		n, _ := f.ReadAt(odd, at.offset) // what cannot be read is not shown
		p.fault(at.line, "", string(odd[:n]), problem)
		return false
	}
	if gb {
		c.gb = newGBDecoder()
	}
	return true
}

func (c *csvFile) lineFault(p *pass, row int, err error) {
	if errors.Is(err, bufio.ErrBufferFull) {
		p.fault(row, "", "", say("csv_line_long", "max", fmt.Sprint(lineMax)))
		return
	}
	p.fault(row, "", err.Error(), say("file_unreadable"))
}

// records hands every line to p as a record.
func (c *csvFile) records(p *pass, lines *lines) {
	for {
		raw, err := lines.next()
		switch {
		case errors.Is(err, io.EOF):
			return
		case err != nil:
			c.lineFault(p, lines.number, err)
			return
		case lines.number > rowMax:
			p.fault(lines.number, "", "", say("row_limit", "max", fmt.Sprint(rowMax)))
			return
		}
		line, ok := c.text(p, lines, raw)
		if ok && c.blank(line) {
			continue
		}
		ok = ok && c.split(p, lines, line) && c.fits(p, lines.number, line)
		// Without its header the rest of a file cannot be understood.
		if !ok && p.heading() || ok && !p.record(lines.number, c.cells) {
			return
		}
	}
}

func (c *csvFile) blank(line string) bool { return strings.Trim(line, " ,") == "" }

// text gives a line in UTF-8.
func (c *csvFile) text(p *pass, lines *lines, raw []byte) (string, bool) {
	if c.gb != nil {
		decoded, bad := c.gb.decode(raw)
		if bad >= 0 { // the file was changed after its encoding was found
			p.fault(lines.number, "", "", say("encoding", "offset", fmt.Sprint(lines.offset+int64(bad))))
			return "", false
		}
		raw = decoded
	}
	if bytes.IndexByte(raw, '\r') >= 0 {
		p.fault(lines.number, "", string(raw), say("csv_line_end"))
		return "", false
	}
	line := string(raw)
	if p.heading() && !strings.Contains(line, ",") {
		if at := strings.IndexAny(line, ";\t，；"); at >= 0 {
			found := string(firstRune(line[at:]))
			p.fault(lines.number, "", line, say("csv_delimiter", "found", excerpt(found)))
			return "", false
		}
	}
	return line, true
}

// fits checks that a record has as many cells as the header. Empty cells that
// a spreadsheet wrote after the last one do no harm.
func (c *csvFile) fits(p *pass, row int, line string) bool {
	if len(c.cells) > columnMax {
		p.fault(row, "", line, say("column_limit", "max", fmt.Sprint(columnMax)))
		return false
	}
	if p.heading() || p.seen(row) || len(c.cells) == len(p.table.places) {
		return true
	}
	want, got := len(p.table.places), 0
	first := ""
	for i, cell := range c.cells {
		if cell = strings.TrimFunc(cell, code.Padding); cell != "" {
			got = i + 1
			if first == "" {
				first = cell
			}
		}
	}
	if got == 0 || total(first) || got <= want && len(c.cells) >= p.table.width {
		return true
	}
	p.fault(row, "", line, say("row_width", "want", fmt.Sprint(p.table.width), "got", fmt.Sprint(max(got, len(c.cells)))))
	return false
}

// split cuts a line into c.cells.
func (c *csvFile) split(p *pass, lines *lines, line string) bool {
	c.cells = c.cells[:0]
	if strings.IndexByte(line, '"') < 0 {
		for {
			at := strings.IndexByte(line, ',')
			if at < 0 {
				c.cells = append(c.cells, line)
				return true
			}
			c.cells = append(c.cells, line[:at])
			line = line[at+1:]
		}
	}
	for rest, more := line, true; more; {
		var cell string
		var bad quoting
		cell, rest, more, bad = cut(rest)
		switch bad {
		case quoteStray:
			p.fault(lines.number, "", line, say("csv_quote"))
			return false
		case quoteOpen:
			c.open(p, lines, line)
			return false
		}
		c.cells = append(c.cells, cell)
	}
	return true
}

// open reports a quote that its line does not close: either the cell goes on
// in the lines that follow, which are skipped up to the one that closes it, or
// no line does.
func (c *csvFile) open(p *pass, lines *lines, line string) {
	start := lines.number
	for {
		raw, err := lines.next()
		if err != nil {
			p.fault(start, "", line, say("csv_quote_open"))
			return
		}
		// A quote within quotes is doubled, so an odd count closes.
		if bytes.Count(raw, []byte{'"'})%2 == 1 {
			p.fault(start, "", line, say("csv_line_break"))
			return
		}
	}
}

type quoting int

const (
	quoteFine  quoting = iota
	quoteStray         // a quote inside of a cell, or text after its closing quote
	quoteOpen          // no closing quote
)

// cut takes the first cell off a line; more says that a comma followed it.
func cut(line string) (cell, rest string, more bool, bad quoting) {
	if !strings.HasPrefix(line, `"`) {
		cell, rest, more = strings.Cut(line, ",")
		if strings.Contains(cell, `"`) {
			bad = quoteStray
		}
		return cell, rest, more, bad
	}
	line = line[1:]
	end, doubled := 0, false
	for {
		at := strings.IndexByte(line[end:], '"')
		if at < 0 {
			return "", "", false, quoteOpen
		}
		end += at
		if !strings.HasPrefix(line[end+1:], `"`) {
			break
		}
		end, doubled = end+2, true
	}
	cell, rest = line[:end], line[end+1:]
	if doubled {
		cell = strings.ReplaceAll(cell, `""`, `"`)
	}
	if rest != "" && rest[0] != ',' {
		return "", "", false, quoteStray
	}
	return cell, strings.TrimPrefix(rest, ","), rest != "", quoteFine
}

// lines cuts a file at its line feeds.
type lines struct {
	reader *bufio.Reader
	number int   // of the line that next gave, from 1
	offset int64 // of its first byte
	after  int64
	bom    bool // the file begins with the mark of UTF-8
}

// readers are used again, since each has a buffer of lineMax.
var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, lineMax) }}

// newLines begins at the first byte of f; done must follow.
func newLines(f io.ReaderAt) *lines {
	r := readers.Get().(*bufio.Reader)
	r.Reset(io.NewSectionReader(f, 0, 1<<62))
	return &lines{reader: r}
}

func (l *lines) done() {
	l.reader.Reset(nil) // lets go of the file
	readers.Put(l.reader)
}

// next gives a line without its end, LF or CR LF; it is valid until the next
// call. A line that does not fit the buffer is bufio.ErrBufferFull.
func (l *lines) next() ([]byte, error) {
	line, err := l.reader.ReadSlice('\n')
	l.offset, l.after = l.after, l.after+int64(len(line))
	if errors.Is(err, io.EOF) && len(line) > 0 {
		err = nil
	}
	l.number++
	if err != nil {
		return nil, err
	}
	if l.number == 1 && bytes.HasPrefix(line, bomUTF8) {
		l.bom = true
		line = line[len(bomUTF8):]
	}
	line, ended := bytes.CutSuffix(line, []byte{'\n'})
	if ended {
		line = bytes.TrimSuffix(line, []byte{'\r'})
	}
	return line, nil
}
