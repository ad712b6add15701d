package workbook

import (
	"encoding/xml"
	"strconv"
	"strings"
)

type formatKind int

const (
	formatPlain   formatKind = iota // shows the number itself
	formatDate                      // shows a day or a time
	formatPercent                   // shows a hundred times the number
	formatBlind                     // shows no number at all
	formatScaled                    // shows another number
)

// format is what a number format makes of a number, as far as it changes what
// a reader of the sheet understands.
type format struct {
	kind     formatKind
	decimals int    // of a percentage
	code     string // as the workbook has it
}

// formatsMax bounds the formats of a workbook; spreadsheets allow 65,490.
const formatsMax = 1 << 16

// readStyles reads which format each style has.
func (x *xlsx) readStyles(name string) error {
	p, err := x.begin(name, "styleSheet")
	if err != nil {
		return err
	}
	defer p.close()
	codes := map[int]string{}
	for {
		e, ok, err := p.child()
		if err != nil {
			return err
		}
		switch {
		case !ok:
			return x.finish(p)
		case e.Name.Local == "numFmts" && p.own(e):
			err = p.numberFormats(codes)
		case e.Name.Local == "cellXfs" && p.own(e):
			err = x.cellFormats(p, codes)
		default:
			err = p.skip()
		}
		if err != nil {
			return err
		}
	}
}

func (p *part) numberFormats(codes map[int]string) error {
	for {
		e, ok, err := p.child()
		if err != nil || !ok {
			return err
		}
		id, err := index(e, "numFmtId")
		if err != nil {
			return err
		}
		codes[id], _ = attribute(e, "formatCode")
		if err := p.skip(); err != nil {
			return err
		}
	}
}

func (x *xlsx) cellFormats(p *part, codes map[int]string) error {
	known := map[int]format{}
	for {
		e, ok, err := p.child()
		if err != nil || !ok {
			return err
		}
		if e.Name.Local != "xf" || len(x.formats) >= formatsMax {
			return p.unexpected(e)
		}
		id, err := index(e, "numFmtId")
		if err != nil {
			return err
		}
		f, ok := known[id]
		if !ok {
			if code, own := codes[id]; own {
				f = parseFormat(code)
			} else {
				f = builtinFormat(id)
			}
			known[id] = f
		}
		x.formats = append(x.formats, f)
		if err := p.skip(); err != nil {
			return err
		}
	}
}

// index reads an attribute that counts from 0; one that is not there is 0.
func index(e xml.StartElement, name string) (int, error) {
	v, given := attribute(e, name)
	if !given {
		return 0, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 {
		return 0, &trouble{v, say("structure_index")}
	}
	return n, nil
}

// builtinFormat gives a format that workbooks name without declaring it. Those
// from 27 on are dates in the Chinese, Japanese and Korean editions.
func builtinFormat(id int) format {
	switch {
	case id >= 14 && id <= 22, id >= 27 && id <= 36, id >= 45 && id <= 47, id >= 50 && id <= 58:
		return format{kind: formatDate}
	case id == 9:
		return format{kind: formatPercent, code: "0%"}
	case id == 10:
		return format{kind: formatPercent, decimals: 2, code: "0.00%"}
	}
	return format{}
}

// parseFormat finds what a format code does. Where its sections differ, it does
// what the oddest of them does; but to show nothing is odd only of the first
// section, which is for positive numbers.
func parseFormat(code string) format {
	f := format{code: code}
	if code == "" { // as good as none
		return f
	}
	for i, section := range sections(code) {
		s := parseSection(section)
		switch {
		case i > 0 && s.kind == formatBlind:
		case s.kind > f.kind:
			f.kind, f.decimals = s.kind, s.decimals
		case s.kind == formatPercent && f.kind == formatPercent:
			f.decimals = min(f.decimals, s.decimals)
		}
	}
	return f
}

// sections cuts a format code at its semicolons.
func sections(code string) []string {
	var list []string
	start := 0
	for i := 0; i < len(code); i++ {
		switch code[i] {
		case '\\', '!', '_', '*':
			i++
		case '"', '[':
			i += closing(code[i:])
		case ';':
			list = append(list, code[start:i])
			start = i + 1
		}
	}
	return append(list, code[min(start, len(code)):])
}

// closing gives the offset of what closes the quote or bracket that s begins
// with; of the last byte when nothing does.
func closing(s string) int {
	end := byte('"')
	if s[0] == '[' {
		end = ']'
	}
	if at := strings.IndexByte(s[1:], end); at >= 0 {
		return at + 1
	}
	return len(s) - 1
}

// section is what is learned from one section of a format code on the way.
type section struct {
	digits   bool // it has a place for a digit
	point    bool // it has a decimal point
	decimals int
	commas   int // behind the last place for a digit: each divides by 1,000
	percents int
	letters  bool   // it has a place for a day or a time
	literal  bool   // a point or comma that is mere text stands behind a digit
	scaled   bool   // it shows another number
	text     []rune // what it shows beside the number
}

func parseSection(code string) format {
	var s section
	runes := []rune(code)
	for i := 0; i < len(runes); i++ {
		switch r := runes[i]; r {
		case '_', '*':
			i++
		case '\\', '!':
			if i++; i < len(runes) {
				s.say(runes[i])
			}
		case '"', '[':
			rest := string(runes[i:])
			inside := []rune(rest[1 : closing(rest)+1])
			if i += len(inside); r == '"' {
				s.say(inside...)
			} else {
				s.bracket(strings.TrimSuffix(string(inside), "]"))
			}
		default:
			s.bare(r)
		}
	}
	return s.format()
}

// say takes text that stands beside the number.
func (s *section) say(text ...rune) {
	s.text = append(s.text, text...)
	s.literal = s.literal || s.digits && strings.ContainsAny(string(text), ".,，．")
}

// bracket takes an elapsed time, such as [h]; colours and conditions show nothing.
func (s *section) bracket(inside string) {
	if inside != "" && strings.Trim(strings.ToLower(inside), "hms") == "" {
		s.letters = true
	}
}

func (s *section) bare(r rune) {
	switch r {
	case '0', '#', '?':
		// 0!.0 shows 12 as 1.2: the point is text between two digits.
		s.scaled = s.scaled || s.literal
		s.digits, s.commas = true, 0
		if s.point {
			s.decimals++
		}
	case ',':
		if s.digits {
			s.commas++
		}
	case '.':
		s.scaled = s.scaled || s.commas > 0
		s.point = true
	case '%':
		s.percents++
	case 'y', 'Y', 'm', 'M', 'd', 'D', 'h', 'H', 's', 'S':
		s.letters = true
	default:
		s.text = append(s.text, r)
	}
}

// format judges the section. 万 and its like are a fault even where the number
// is not divided: 8.35万 is then shown where 8.35 is held.
func (s *section) format() format {
	beside := string(s.text)
	general := strings.Contains(beside, "General") || strings.Contains(beside, "G/通用格式")
	switch {
	case s.letters, !s.digits && strings.ContainsAny(beside, "年月日"):
		return format{kind: formatDate}
	case s.scaled, s.commas > 0, s.percents > 1, strings.ContainsAny(beside, "百千万亿"):
		return format{kind: formatScaled}
	case s.percents == 1 && s.digits:
		return format{kind: formatPercent, decimals: s.decimals}
	case !s.digits && !general && !strings.Contains(beside, "@"):
		return format{kind: formatBlind}
	}
	return format{}
}
