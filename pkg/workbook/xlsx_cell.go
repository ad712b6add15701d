package workbook

import (
	"encoding/xml"
	"math"
	"strconv"
	"strings"
	"time"

	"feisui/pkg/code"
	"feisui/pkg/message"
)

// cell is a cell as the sheet has it.
type cell struct {
	kind    string // attribute t; "" is a number
	style   int
	value   []byte
	inline  []byte
	formula []byte
	given   struct{ value, inline, formula bool }
}

// readCell reads a cell and puts its text where it belongs in the row.
func (s *sheetReader) readCell(e xml.StartElement) error {
	if e.Name.Local != "c" || !s.part.own(e) {
		if e.Name.Local == "extLst" {
			return s.part.skip()
		}
		return s.part.unexpected(e)
	}
	column := s.column + 1
	s.cell = cell{value: s.cell.value[:0], inline: s.cell.inline[:0], formula: s.cell.formula[:0]}
	for _, a := range e.Attr {
		switch {
		case a.Name.Space != "":
		case a.Name.Local == "t":
			s.cell.kind = a.Value
		case a.Name.Local == "r":
			c, row, ok := reference(a.Value)
			if !ok || row != s.row || c < column {
				return s.disorder("structure_reference", a.Value)
			}
			column = c
		case a.Name.Local == "s":
			style, err := strconv.Atoi(a.Value)
			if err != nil || style < 0 || style > 0 && style >= len(s.formats) {
				return s.disorder("structure_index", a.Value)
			}
			s.cell.style = style
		}
	}
	if column > columnMax {
		return s.disorder("structure_reference", letter(columnMax))
	}
	s.column = column
	if err := s.readValue(); err != nil {
		return err
	}
	return s.put(column - 1)
}

// readValue reads what is inside of a cell.
func (s *sheetReader) readValue() error {
	c := &s.cell
	for {
		e, ok, err := s.part.child()
		if err != nil || !ok {
			return err
		}
		switch {
		case e.Name.Local == "v" && !c.given.value:
			c.given.value = true
			c.value, err = s.part.text(c.value)
		case e.Name.Local == "is" && !c.given.inline:
			c.given.inline = true
			c.inline, err = s.part.richText(c.inline)
		case e.Name.Local == "f" && !c.given.formula:
			c.given.formula = true
			c.formula, err = s.part.text(c.formula)
		case e.Name.Local == "extLst":
			err = s.part.skip()
		default:
			err = s.part.unexpected(e)
		}
		if err != nil {
			return err
		}
	}
}

// put gives the row the text of the cell, or reports why it has none.
func (s *sheetReader) put(position int) error {
	text, problem := s.text(&s.cell)
	if isDisorder(problem) {
		return &trouble{text, problem}
	}
	if problem.Key != "" {
		s.pass.cellFault(s.row, position, text, problem)
		text = ""
	}
	if strings.TrimFunc(text, code.Padding) == "" {
		return nil
	}
	// Kept apart: a row could be padded to its last possible column.
	if t := s.pass.table; t.head != 0 && position >= t.width {
		if !s.pass.seen(s.row) {
			s.pass.lacksHeader(s.row, position, text)
		}
		return nil
	}
	for len(s.cells) < position {
		s.cells = append(s.cells, "")
	}
	s.cells = append(s.cells, text)
	s.reveal(position)
	return nil
}

// reveal reports, once a column, data that nobody saw.
func (s *sheetReader) reveal(position int) {
	if s.hidden == nil || !s.hidden[position] || s.pass.opening || s.pass.seen(s.row) {
		return
	}
	s.hidden[position] = false
	s.pass.cellFault(s.row, position, s.cells[position], say("hidden_column", "letter", letter(position)))
}

// text gives what a cell says. With a problem, text is what was found.
func (s *sheetReader) text(c *cell) (text string, problem message.Text) {
	if c.given.formula {
		return "=" + strings.TrimPrefix(string(c.formula), "="), say("formula")
	}
	// A text in a place where its kind does not look would not be read.
	if c.given.inline != (c.kind == "inlineStr") && (c.given.inline || c.given.value) {
		return c.kind, say("structure_index")
	}
	switch c.kind {
	case "inlineStr":
		return unescape(string(c.inline)), problem
	case "str":
		return unescape(string(c.value)), problem
	case "s":
		return s.shared(c.value)
	case "e":
		return string(c.value), say("cell_error")
	case "b":
		return boolean(string(c.value))
	case "d":
		return isoDate(string(c.value))
	case "n", "":
		return s.number(c)
	}
	return c.kind, say("structure_index")
}

// isDisorder reports whether a problem is one of the sheet rather than of a cell.
func isDisorder(problem message.Text) bool { return problem.Key == "structure_index" }

func (s *sheetReader) shared(value []byte) (string, message.Text) {
	if len(value) == 0 {
		return "", message.Text{}
	}
	n, err := strconv.Atoi(string(value))
	if err != nil || n < 0 || n >= len(s.strings) {
		return string(value), say("structure_index")
	}
	return s.strings[n], message.Text{}
}

func boolean(value string) (string, message.Text) {
	switch strings.TrimSpace(value) {
	case "1", "true":
		return "TRUE", message.Text{}
	case "0", "false":
		return "FALSE", message.Text{}
	case "":
		return "", message.Text{}
	}
	return value, say("structure_index")
}

// number gives a number as the cell means it: a date, a percentage or a plain
// decimal number.
func (s *sheetReader) number(c *cell) (string, message.Text) {
	raw := strings.TrimSpace(string(c.value))
	if raw == "" {
		return "", message.Text{}
	}
	plain, problem := decimal(raw)
	if problem.Key != "" {
		return raw, problem
	}
	f := format{}
	if len(s.formats) > 0 {
		f = s.formats[c.style]
	}
	switch f.kind {
	case formatDate:
		return dateOf(plain, s.date1904)
	case formatPercent:
		return percent(plain, f.decimals)
	case formatScaled, formatBlind:
		if plain != "0" {
			return plain, say("number_scaled", "held", plain, "format", excerpt(f.code))
		}
	}
	return plain, message.Text{}
}

// digitsMax is how many digits of a number a spreadsheet keeps.
const digitsMax = 15

// decimal gives a number as it is in the sheet to 15 significant digits,
// without an exponent: 0.30000000000000004 is 0.3, as the spreadsheet shows.
func decimal(raw string) (string, message.Text) {
	if short(raw) {
		return raw, message.Text{}
	}
	for i := range len(raw) {
		// ParseFloat reads more than numbers in decimal notation.
		if !strings.ContainsRune("0123456789+-.eE", rune(raw[i])) {
			return raw, say("number")
		}
	}
	f, err := strconv.ParseFloat(raw, 64)
	if err != nil {
		return raw, say("number")
	}
	if math.Abs(f) >= 1e15 {
		return raw, say("id_precision")
	}
	return positional(strconv.FormatFloat(f, 'e', digitsMax-1, 64)), message.Text{}
}

// short reports whether a number is written as it is to be read: a whole
// number of at most 15 digits. Most are.
func short(raw string) bool {
	if len(raw) > digitsMax || raw[0] == '0' && len(raw) > 1 {
		return false
	}
	for i := range len(raw) {
		if raw[i] < '0' || raw[i] > '9' {
			return false
		}
	}
	return true
}

// positional writes a number in scientific notation without the exponent and
// without zeros that say nothing.
func positional(scientific string) string {
	sign, rest := "", scientific
	if rest[0] == '-' {
		sign, rest = "-", rest[1:]
	}
	mantissa, exponent, _ := strings.Cut(rest, "e")
	e, _ := strconv.Atoi(exponent) // FormatFloat wrote it
	digits := strings.TrimRight(strings.Replace(mantissa, ".", "", 1), "0")
	if digits == "" {
		return "0"
	}
	return sign + point(digits, e+1)
}

// point puts the decimal point behind the first at digits, padding with zeros.
func point(digits string, at int) string {
	switch {
	case at <= 0:
		return "0." + strings.Repeat("0", -at) + digits
	case at >= len(digits):
		return digits + strings.Repeat("0", at-len(digits))
	}
	return digits[:at] + "." + digits[at:]
}

// percent gives a number as a percentage, if the format shows all of it.
func percent(plain string, decimals int) (string, message.Text) {
	sign, number := "", plain
	if number[0] == '-' {
		sign, number = "-", number[1:]
	}
	whole, fraction, _ := strings.Cut(number, ".")
	for len(fraction) < 2 {
		fraction += "0"
	}
	whole, fraction = strings.TrimLeft(whole+fraction[:2], "0"), strings.TrimRight(fraction[2:], "0")
	held := whole
	if held == "" {
		held = "0"
	}
	if fraction != "" {
		held += "." + fraction
	}
	held = sign + held + "%"
	if len(fraction) > decimals {
		f, _ := strconv.ParseFloat(plain, 64) // decimal wrote it
		shown := strconv.FormatFloat(f*100, 'f', decimals, 64) + "%"
		return shown, say("percent_hidden", "shown", shown, "held", held)
	}
	return held, message.Text{}
}

// dateOf gives the day that a spreadsheet counts with a number.
func dateOf(plain string, from1904 bool) (string, message.Text) {
	whole, fraction, _ := strings.Cut(plain, ".")
	n, err := strconv.Atoi(whole)
	first := time.Date(1899, 12, 31, 0, 0, 0, 0, time.UTC)
	switch {
	case err != nil || plain[0] == '-':
		return plain, say("date_invalid")
	case from1904:
		first = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case n == 0 || n == 60: // 60 would be 1900-02-29, which never was
		return plain, say("date_invalid")
	case n > 60:
		n--
	}
	const last = 2958465 // 9999-12-31
	if n > last {
		return plain, say("date_invalid")
	}
	day := first.AddDate(0, 0, n)
	switch {
	case fraction != "":
		return plain, say("date_time")
	case day.Year() > 9999:
		return plain, say("date_invalid")
	}
	return day.Format(time.DateOnly), message.Text{}
}

// isoDate reads a cell that holds its date as text, as few programs write it.
func isoDate(value string) (string, message.Text) {
	value = strings.TrimSpace(value)
	day, clock, _ := strings.Cut(value, "T")
	if value == "" {
		return "", message.Text{}
	}
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return value, say("date_invalid")
	}
	if strings.Trim(clock, "0:.Z") != "" {
		return value, say("date_time")
	}
	return day, message.Text{}
}

// unescape reads the characters that XML cannot hold and the format writes as
// _x000D_. A text that looks so by itself is written _x005F_x000D_.
func unescape(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for {
		at := strings.Index(s, "_x")
		if at < 0 || len(s) < at+7 {
			b.WriteString(s)
			return b.String()
		}
		n, err := strconv.ParseUint(s[at+2:at+6], 16, 16)
		if err != nil || s[at+6] != '_' {
			b.WriteString(s[:at+2])
			s = s[at+2:]
			continue
		}
		b.WriteString(s[:at])
		b.WriteRune(rune(n))
		s = s[at+7:]
	}
}
