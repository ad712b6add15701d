package code

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Use is what a text is for, which says what characters it may hold.
type Use int

// A number or a name stands for something, so that what looks alike must be alike: nothing in
// them is invisible, and nothing should pass for another character (Lookalike). A line is
// what one line says. A note has lines.
const (
	Number Use = iota
	Name
	Line
	Note
)

// Unfit names the first character of a text that a text for this use may not hold, as
// U+202E, or as 0xFF where it is no UTF-8; "" where there is none. No text holds what
// controls or hides others. Private and rare characters are characters. Marks alone
// have lost the letter they stood on; there is nothing to read.
func Unfit(s string, as Use) string {
	marks := true
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !isReplacement(s[i:]):
			return ByteName(s[i])
		case as == Note && (r == '\n' || r == '\r' || r == '\t'):
		case !Allowed(r), as <= Name && invisible(r):
			return RuneName(r)
		}
		marks = marks && unicode.Is(unicode.M, r)
	}
	if marks && s != "" {
		first, _ := utf8.DecodeRuneInString(s)
		return RuneName(first)
	}
	return ""
}

func isReplacement(s string) bool {
	_, size := utf8.DecodeRuneInString(s)
	return size == len(string(unicode.ReplacementChar))
}

// ByteName names a byte that is no text, as 0xFF.
func ByteName(b byte) string { return fmt.Sprintf("0x%02X", b) }

// RuneName names a character that may not be shown, as U+202E.
func RuneName(r rune) string { return fmt.Sprintf("U+%04X", r) }

// Excerpt shows so many characters of a text at most, with nothing in it that could
// move a cursor, forge a line or turn the reading direction.
func Excerpt(s string, most int) string {
	var b strings.Builder
	n := 0
	for i, r := range s {
		if n++; n > most {
			b.WriteString("…")
			break
		}
		switch {
		case r == utf8.RuneError && !isReplacement(s[i:]):
			b.WriteString(ByteName(s[i]))
		case Visible(r):
			b.WriteRune(r)
		default:
			b.WriteString(RuneName(r))
		}
	}
	return b.String()
}

// Visible reports whether r can be shown as it is.
func Visible(r rune) bool {
	return Allowed(r) && (r == ' ' || unicode.IsGraphic(r) && !unicode.IsSpace(r) || unicode.Is(unicode.Co, r))
}

// Padding is what looks like nothing at the ends of a text.
func Padding(r rune) bool {
	switch r {
	case '\u00AD', '\u180E', '\u200B', '\u200C', '\u200D', '\u200E', '\u200F', '\u2060', '\uFEFF':
		return true
	}
	return unicode.IsSpace(r)
}

// Allowed reports whether a line may hold r. It may hold every character that
// is one, private and rare ones too, but none that controls or hides others.
func Allowed(r rune) bool {
	switch {
	case r >= 0x20 && r < 0x7F, r >= 0x3000 && r < 0xD800:
		return true
	case r == unicode.ReplacementChar: // what some program wrote when it lost a character
		return false
	case unicode.IsControl(r), r == 0x2028, r == 0x2029:
		return false
	case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
		return false
	}
	return !noncharacter(r)
}

func noncharacter(r rune) bool { return r >= 0xFDD0 && r <= 0xFDEF || r&0xFFFE == 0xFFFE }

// invisible reports that r shows nothing, or a gap that is not the usual one: two
// numbers that differ in it look alike.
func invisible(r rune) bool {
	switch r {
	case ' ', wideSpace:
		return false
	case '\u115F', '\u1160', '\u2800', '\u3164', '\uFFA0': // fillers, and Braille without a dot
		return true
	}
	return Padding(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r)
}
