package workbook

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"

	"feisui/pkg/message"
)

var (
	bomUTF8     = []byte("\xEF\xBB\xBF")
	replacement = []byte("\uFFFD")
)

// utf16 reports whether a file that begins so is UTF-16: it says so, or has
// the zero bytes that text has in no other encoding.
func utf16(start []byte) bool {
	return bytes.HasPrefix(start, []byte("\xFF\xFE")) || bytes.HasPrefix(start, []byte("\xFE\xFF")) ||
		bytes.IndexByte(start, 0) >= 0
}

// gbDecoder decodes single lines of GB18030. No character of GB18030 has a
// line feed inside, so a file may be cut at its line feeds before decoding.
type gbDecoder struct {
	decoder transform.Transformer
	buffer  []byte
}

func newGBDecoder() *gbDecoder {
	return &gbDecoder{decoder: simplifiedchinese.GB18030.NewDecoder()}
}

// decode gives a line in UTF-8, valid until the next call; bad is the offset
// of the first byte that is no GB18030, or -1.
func (g *gbDecoder) decode(line []byte) (text []byte, bad int) {
	// No character needs more than three bytes for two of GB18030, but
	// a single byte that is none becomes U+FFFD, which takes three.
	if need := 3*len(line) + utf8.UTFMax; cap(g.buffer) < need {
		g.buffer = make([]byte, need)
	}
	g.decoder.Reset()
	n, _, err := g.decoder.Transform(g.buffer[:cap(g.buffer)], line, true)
	if err != nil || bytes.Contains(g.buffer[:n], replacement) {
		return g.slowly(line)
	}
	return g.buffer[:n], -1
}

// slowly decodes a line character by character, to find the one that is none,
// and to keep those that the library does not know.
func (g *gbDecoder) slowly(line []byte) (text []byte, bad int) {
	text = g.buffer[:0]
	for at := 0; at < len(line); {
		size := gbLength(line[at:])
		if r := private(line[at : at+size]); r != 0 {
			text = utf8.AppendRune(text, r)
		} else {
			g.decoder.Reset()
			var one [8]byte
			n, _, err := g.decoder.Transform(one[:], line[at:at+size], true)
			if err != nil || bytes.Contains(one[:n], replacement) {
				return text, at
			}
			text = append(text, one[:n]...)
		}
		at += size
	}
	return text, -1
}

// gbLength says how many bytes the first character of text has.
func gbLength(text []byte) int {
	switch {
	case text[0] <= 0x80 || text[0] == 0xFF || len(text) < 2:
		return 1
	case text[1] >= '0' && text[1] <= '9':
		return min(4, len(text))
	}
	return 2
}

// private decodes the three areas that GB18030 gives to its users. Offices
// keep rare characters of names there, which the library takes for errors; it
// does so too with eight ideographs that later editions of the standard fixed.
func private(c []byte) rune {
	if len(c) != 2 {
		return 0
	}
	row, cell := rune(c[0]), rune(c[1])
	switch {
	case row >= 0xAA && row <= 0xAF && cell >= 0xA1 && cell <= 0xFE:
		return 0xE000 + (row-0xAA)*94 + cell - 0xA1
	case row >= 0xF8 && row <= 0xFE && cell >= 0xA1 && cell <= 0xFE:
		return 0xE234 + (row-0xF8)*94 + cell - 0xA1
	case row >= 0xA1 && row <= 0xA7 && cell >= 0x40 && cell <= 0x7E:
		return 0xE4C6 + (row-0xA1)*96 + cell - 0x40
	case row >= 0xA1 && row <= 0xA7 && cell >= 0x80 && cell <= 0xA0:
		return 0xE4C6 + (row-0xA1)*96 + cell - 0x41
	}
	if at := strings.IndexByte("\x59\x61\x66\x67\x6D\x7E\x90\xA0", c[1]); row == 0xFE && at >= 0 {
		return 0x9FB4 + rune(at)
	}
	return 0
}

// encodingSearch finds how a file is encoded from all of its lines. A file is
// UTF-8 when every line is; else GB18030 when every line that is not ASCII is
// that and none is UTF-8. A file that mixes both would decode as GB18030
// without complaint, into names that nobody ever wrote.
type encodingSearch struct {
	gb      *gbDecoder
	utf8    place // the first line that is Chinese in UTF-8
	foreign place // the first byte that is not UTF-8
	broken  place // the first byte that is not GB18030 either
}

// place is a byte of a file: its line, from 1, and offset. Line 0 is none.
type place struct {
	line   int
	offset int64
}

func (s *encodingSearch) line(number int, offset int64, line []byte) {
	if utf8.Valid(line) {
		if s.utf8.line == 0 && han(line) {
			s.utf8 = place{number, offset}
		}
		return
	}
	if s.foreign.line == 0 {
		s.foreign = place{number, offset + int64(invalidUTF8(line))}
		s.gb = newGBDecoder()
	}
	if _, bad := s.gb.decode(line); bad >= 0 && s.broken.line == 0 {
		s.broken = place{number, offset + int64(bad)}
	}
}

// result says whether the file is GB18030, or where and why it is nothing.
func (s *encodingSearch) result(bom bool) (gb bool, at place, problem message.Text) {
	switch {
	case s.foreign.line == 0:
		return false, place{}, problem
	case bom:
		at = s.foreign
	case s.utf8.line != 0:
		// Whatever comes second is the odd one.
		at = s.foreign
		if s.utf8.offset > at.offset {
			at = s.utf8
		}
	case s.broken.line != 0:
		at = s.broken
	default:
		return true, place{}, problem
	}
	return false, at, say("encoding", "offset", fmt.Sprint(at.offset))
}

// han reports whether UTF-8 text has a common Chinese character. Two or three
// characters of GB18030 can by chance be valid UTF-8, but not as Chinese.
func han(line []byte) bool {
	for len(line) > 0 {
		if line[0] < 0xE4 {
			line = line[1:]
			continue
		}
		r, size := utf8.DecodeRune(line)
		if r >= 0x4E00 && r <= 0x9FFF {
			return true
		}
		line = line[size:]
	}
	return false
}

func invalidUTF8(line []byte) int {
	for at := 0; at < len(line); {
		r, size := utf8.DecodeRune(line[at:])
		if r == utf8.RuneError && size == 1 {
			return at
		}
		at += size
	}
	return len(line)
}
