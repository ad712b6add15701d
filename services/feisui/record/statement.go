package record

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/pkg/workbook"
)

// StatementSheet is the name of the only sheet of a bank statement's layout.
const StatementSheet = "statement"

// statementColumns are what we look for in a statement of a bank or the treasury:
// the number, day and amount of a payment, who pays whom, and, where the county has
// its departments write it, for whom and what for.
var statementColumns = []string{
	"voucher", "凭证号", "paid_on", "日期", "payer", "付款方", "payee", "收款方", "community", "受益社区",
	"amount", "金额", "task", "交办单号", "item", "事项", "upstream", "上级凭证", "summary", "摘要",
}

// StatementColumns lists the names that a mapping may give headers to.
func StatementColumns() (names []string) {
	for i := 0; i < len(statementColumns); i += 2 {
		names = append(names, statementColumns[i])
	}
	return names
}

// StatementLayout is the layout of a statement of which headers are known: by our
// column, the header of the file. A column that is not mapped may stand under our
// own names.
func StatementLayout(headers map[string]string) workbook.Layout {
	s := sheet(StatementSheet, "流水", statementColumns...)
	s.Foreign = true
	for i := range s.Columns {
		if header := headers[s.Columns[i].Name]; header != "" {
			s.Columns[i] = workbook.Column{Name: s.Columns[i].Name, Chinese: header}
		}
	}
	return workbook.Layout{s}
}

// StatementLine is one line of a statement. Who pays whom stands as it was written:
// a code or a name.
type StatementLine struct {
	File string
	Row  int

	Voucher   string
	PaidOn    civil.Date
	Payer     string
	Payee     string
	Community string
	Amount    money.Fen
	Task      string
	Item      string
	Upstream  string
	Summary   string
}

// linesMax bounds a statement: each of its lines may begin something that people
// have to look at.
const linesMax = 5_000

// What a line may say of a name, of a number, and in its summary, in characters.
const (
	fieldMax   = 200
	numberMax  = 64
	summaryMax = 500
)

// StatementHeaders reads the headers of a statement's file, those that are no text
// left out. A file that cannot be read as a table is *Refused.
func StatementHeaders(path string) (headers []string, err error) {
	book, err := workbook.Open(path, StatementLayout(nil))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	for _, header := range book.Headers(StatementSheet) {
		if header != "" && !slices.Contains(headers, header) {
			headers = append(headers, header)
		}
	}
	if len(headers) > 0 {
		return headers, nil // what is wrong with the rows is said once they are read
	}
	_, err = ReadStatement(book, StatementLayout(nil), nil, "")
	return nil, err
}

// ReadStatement reads a statement, whole or not at all: what cannot be read, a
// voucher that stands in two lines, and a mapped column that is not there are
// faults, all of them listed, as *Refused. payer says that all lines are of one
// payer, so that no column has to.
func ReadStatement(book Source, layout workbook.Layout, headers map[string]string, payer string) ([]StatementLine, error) {
	d := &door{book: book, absent: map[string]bool{}, names: names{partly: map[string]bool{}}}
	columns := &layout[0]
	var lines []StatementLine
	first := map[string]int{}
	for row := range book.Sheet(StatementSheet) {
		c := &cells{door: d, sheet: columns, row: row}
		line := statementLine(c, payer)
		if at, again := first[line.Voucher]; again && line.Voucher != "" {
			c.fault("voucher", line.Voucher, "voucher_again", "row", strconv.Itoa(at))
		}
		first[line.Voucher] = row.Number
		if lines = append(lines, line); len(lines) > linesMax {
			d.fault(row.File, row.Number, "", "", "lines_max", "max", strconv.Itoa(linesMax))
			break
		}
	}
	for _, name := range StatementColumns() {
		if headers[name] != "" && !book.Has(StatementSheet, name) && !d.absent[StatementSheet+"."+name] {
			d.fault(StatementSheet, 1, name, headers[name], "header_absent")
		}
	}
	if len(lines) == 0 && d.count() == 0 && len(book.Faults()) == 0 {
		d.fault(StatementSheet, 0, "", "", "statement_empty")
	}
	return lines, d.err(book)
}

func statementLine(c *cells, payer string) StatementLine {
	line := StatementLine{
		File: c.row.File, Row: c.row.Number,
		Voucher:   c.short("voucher", c.required("voucher", c.code("voucher")), numberMax),
		PaidOn:    c.requiredDate("paid_on"),
		Payer:     c.short("payer", c.text("payer"), fieldMax),
		Payee:     c.short("payee", c.text("payee"), fieldMax),
		Community: c.short("community", c.text("community"), fieldMax),
		Amount:    c.requiredAmount(),
		Task:      c.short("task", c.code("task"), fieldMax),
		Item:      c.short("item", c.code("item"), fieldMax),
		Upstream:  c.short("upstream", c.code("upstream"), numberMax),
		Summary:   c.short("summary", c.text("summary"), summaryMax),
	}
	if line.Payer == "" {
		if line.Payer = payer; payer == "" {
			c.required("payer", "")
		}
	}
	if line.Amount == 0 && !c.unread {
		c.fault("amount", c.raw("amount"), "amount_nothing")
	}
	return line
}

// short refuses a text that is longer than such a thing is.
func (c *cells) short(column, text string, most int) string {
	if len([]rune(text)) > most {
		c.fault(column, text, "text_long", "max", strconv.Itoa(most))
	}
	return text
}

// InTenThousands reports that a header says that its amounts are in 万元. Such a
// column is not read: what it holds and what it shows differ ten thousand times.
func InTenThousands(header string) bool { return strings.ContainsRune(header, '万') }
