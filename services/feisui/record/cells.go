package record

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"feisui/pkg/civil"
	"feisui/pkg/code"
	"feisui/pkg/money"
	"feisui/pkg/workbook"
)

// cells reads one row of a sheet, column by column. A cell that cannot be read
// as its column's type is a fault and reads as not given.
type cells struct {
	door   *door
	sheet  *workbook.Sheet
	row    workbook.Row
	unread bool // a cell could not be read, or is missing
}

func (c *cells) raw(column string) string {
	for i := range c.sheet.Columns {
		if c.sheet.Columns[i].Name == column {
			return c.row.Cells[i]
		}
	}
	panic("record: no column " + column + " in " + c.sheet.Name)
}

func (c *cells) fault(column, found, key string, args ...string) {
	c.unread = true
	c.door.fault(c.row.File, c.row.Number, column, found, key, args...)
}

// text is a cell as it stands. Only a note has lines, where the door lets them in.
func (c *cells) text(column string) string {
	c.is(column, Text)
	use := code.Line
	switch column {
	case "note", "summary":
		use = code.Note
	case "document", "authority_document":
		use = code.Number
	case "name":
		use = code.Name
	}
	return c.fit(column, c.raw(column), use)
}

// fit is a text that holds what one for its use may, or is recorded as it stands; "" where
// it does not.
func (c *cells) fit(column, text string, use code.Use) string {
	character := code.Unfit(text, use)
	var is, as rune
	if use <= code.Name {
		is, as = code.Lookalike(text)
	}
	switch {
	case character == "" && is == 0, c.door.journal != nil && c.recorded(column, text):
		return text
	case character != "":
		c.fault(column, text, "character", "character", character)
	default:
		c.fault(column, text, "lookalike", "character", code.RuneName(is), "as", string(as))
	}
	return ""
}

// code is a cell that names something: what looks alike is the same. What was recorded
// under a number as it was typed, before that held, is still what it names. A door
// without a past leaves the invisible to whoever takes in what it reads.
func (c *cells) code(column string) string {
	c.is(column, Code)
	typed := code.HalfWidth(c.raw(column))
	number := Cell(typed)
	switch {
	case c.door.journal == nil:
		return c.fit(column, number, code.Line)
	case number != typed && c.recorded(column, typed):
		return typed
	}
	return c.fit(column, number, code.Number)
}

// half is a cell in half width, so that the same number typed in full width is the
// same number.
func (c *cells) half(column string) string {
	c.is(column, Code)
	return Cell(c.raw(column))
}

// Cell is a text as it is recorded where it names something, and as the cell of a
// workbook holds one that does not: in half width and NFC, without what looks like
// nothing around it.
func Cell(text string) string {
	return norm.NFC.String(code.HalfWidth(strings.TrimFunc(text, code.Padding)))
}

// required is a given value; a cell without one is a fault.
func (c *cells) required(column, value string) string {
	c.isRequired(column)
	switch {
	case value != "" || c.raw(column) != "":
	case c.door.book.Has(c.sheet.Name, column):
		c.fault(column, "", "required")
	default:
		c.unread = true
		c.door.missing(c.row.File, c.sheet, column)
	}
	return value
}

// division is a code of digits. A wrong one stands: what names it is not wrong
// a second time.
func (c *cells) division(column string, shape func(string) bool, key string) string {
	s := c.required(column, c.half(column))
	c.is(column, Division)
	if s != "" && !shape(s) {
		c.fault(column, s, key)
	}
	return s
}

func (c *cells) word(column string, w words) string {
	s := c.half(column)
	c.is(column, Word, w.pairs...)
	if s == "" {
		return ""
	}
	recorded, ok := w.recorded[s]
	if !ok {
		c.fault(column, s, "word", "words", w.list)
	}
	return recorded
}

func (c *cells) requiredWord(column string, w words) string {
	return c.required(column, c.word(column, w))
}

func (c *cells) date(column string) civil.Date {
	s := c.half(column)
	c.is(column, Date)
	if s == "" {
		return 0
	}
	d, err := civil.Read(s)
	if err != nil {
		c.fault(column, s, dateKey(err))
	}
	return d
}

func dateKey(err error) string {
	switch {
	case errors.Is(err, civil.ErrDay):
		return "date_day"
	case errors.Is(err, civil.ErrRange):
		return "date_range"
	default:
		return "date_form"
	}
}

func (c *cells) requiredDate(column string) civil.Date {
	c.required(column, "")
	return c.date(column)
}

func (c *cells) amount(column string) *money.Fen {
	s := c.half(column)
	c.is(column, Amount)
	if s == "" {
		return nil
	}
	fen, err := money.ParseAmount(s)
	if err != nil {
		c.fault(column, s, moneyKey("amount", err))
		return nil
	}
	c.door.tally.adds(c.sheet.Name, column, fen)
	return &fen
}

// requiredAmount is the amount of a row that is about one.
func (c *cells) requiredAmount() money.Fen {
	const column = "amount"
	c.required(column, "")
	if fen := c.amount(column); fen != nil {
		return *fen
	}
	return 0
}

func (c *cells) number(column string) *money.Decimal {
	s := c.half(column)
	c.is(column, Number)
	if s == "" {
		return nil
	}
	d, err := money.ParseDecimal(s)
	if err != nil {
		c.fault(column, s, moneyKey("number", err))
		return nil
	}
	return &d
}

// rate is an amount in fen, or for the rule ratio a number of percent.
func (c *cells) rate(column, rule string) *money.Decimal {
	s := c.half(column)
	c.is(column, Rate)
	if s == "" {
		return nil
	}
	parse, kind := money.ParseRate, "rate"
	if rule == "ratio" {
		s, parse, kind = strings.TrimSpace(strings.TrimSuffix(s, "%")), money.ParseDecimal, "percent"
	}
	d, err := parse(s)
	if err != nil {
		c.fault(column, c.raw(column), moneyKey(kind, err))
		return nil
	}
	return &d
}

func moneyKey(kind string, err error) string {
	switch {
	case errors.Is(err, money.ErrNegative):
		return kind + "_negative"
	case errors.Is(err, money.ErrRange):
		return kind + "_range"
	case errors.Is(err, money.ErrScale):
		return "amount_scale"
	case errors.Is(err, money.ErrUnit):
		return "amount_unit"
	default:
		return kind + "_form"
	}
}

// count is a whole number: households, population, staff.
func (c *cells) count(column string) *int64 {
	s := c.half(column)
	c.is(column, Count)
	if s == "" {
		return nil
	}
	d, err := money.ParseDecimal(s)
	if errors.Is(err, money.ErrNegative) || errors.Is(err, money.ErrRange) {
		c.fault(column, s, moneyKey("number", err))
		return nil
	}
	n, parseErr := strconv.ParseInt(d.String(), 10, 64)
	if err != nil || parseErr != nil || n > math.MaxInt32 {
		c.fault(column, s, "count_form", "max", strconv.Itoa(math.MaxInt32))
		return nil
	}
	return &n
}

// purpose is task:NO, item:CODE, department or general, "" when not given.
func (c *cells) purpose(column string) string {
	s := c.code(column)
	c.is(column, Purpose)
	kind, name, named := strings.Cut(s, ":")
	kind, name = strings.TrimSpace(kind), strings.TrimSpace(name)
	switch {
	case s == "", s == "department", s == "general":
		return s
	case named && name != "" && (kind == "task" || kind == "item"):
		return kind + ":" + name
	}
	c.fault(column, s, "purpose")
	return ""
}

// list is a cell of codes split by semicolons. One that has semicolons alone
// says nothing that can be read.
func (c *cells) list(column string) []string {
	var codes []string
	given := c.code(column)
	c.is(column, List)
	for part := range strings.SplitSeq(given, ";") {
		if part = strings.TrimSpace(part); part != "" {
			codes = append(codes, part)
		}
	}
	if given := c.raw(column); given != "" && codes == nil {
		c.fault(column, given, "list_empty")
	}
	return codes
}
