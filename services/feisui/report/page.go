package report

import (
	"bufio"
	"embed"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"feisui/pkg/message"
	"feisui/pkg/money"
)

//go:embed messages
var messages embed.FS

// Messages holds the words of the report.
var Messages = message.MustLoad(fs.Sub(messages, "messages"))

// page writes lines; the first error stops it.
type page struct {
	out  *bufio.Writer
	lang message.Language
}

func newPage(out io.Writer, lang message.Language) *page {
	return &page{out: bufio.NewWriter(out), lang: lang}
}

// say is a text of the catalogue with its placeholders filled: names and values
// in turn.
func (p *page) say(key string, args ...string) string {
	text := message.Text{Key: key, Args: message.Args{}}
	for i := 0; i+1 < len(args); i += 2 {
		text.Args[args[i]] = args[i+1]
	}
	return Messages.Say(p.lang, text)
}

// line writes one line. bufio keeps the first error for flush.
func (p *page) line(s string) {
	p.out.WriteString(strings.TrimRight(s, " ")) //nolint:errcheck // bufio.Writer keeps it: flush reports it
	p.out.WriteByte('\n')                        //nolint:errcheck // the same
}

func (p *page) flush() error { return p.out.Flush() }

func (p *page) heading(key string, args ...string) {
	p.line("")
	p.line(p.say(key, args...))
	p.line(strings.Repeat("-", columns))
}

// column is a column of a table.
type column struct {
	key   string // of its heading
	width int
	right bool
}

// table writes a heading row and rows; columns are two blanks apart.
func (p *page) table(cols []column, rows [][]string) {
	head := make([]string, len(cols))
	for i, c := range cols {
		head[i] = p.say(c.key)
	}
	for _, row := range append([][]string{head}, rows...) {
		cells := make([]string, len(cols))
		for i, c := range cols {
			if c.right {
				cells[i] = right(row[i], c.width)
			} else {
				cells[i] = left(row[i], c.width)
			}
		}
		p.line(strings.Join(cells, "  "))
	}
}

// more says how many rows were left out.
func (p *page) more(n int) {
	if n > 0 {
		p.line(p.say("more", "n", count(n)))
	}
}

func count(n int) string {
	return strings.TrimSuffix(money.Fen(n*100).Yuan(), ".00")
}

// percent writes basis points, and a dash where there was nothing to divide by.
func percent(bp *int64) string {
	if bp == nil {
		return "-"
	}
	return strconv.FormatInt(*bp/100, 10) + "." + strconv.FormatInt(*bp%100/10, 10) + strconv.FormatInt(*bp%10, 10) + "%"
}
