package workbook

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"

	"feisui/pkg/code"
	"feisui/pkg/message"
)

// cellMax is the longest text of a cell, in characters. It leaves room for a
// list of some three hundred community codes; more is no cell but a file.
const cellMax = 4096

// clean gives the text of a cell as it is kept: as it was before Harmless, trimmed
// and in NFC. When it may not be kept, problem has a key and says what was expected.
func clean(raw string) (text string, problem message.Text) {
	raw = original(raw)
	if text, ok := cleanASCII(raw); ok {
		return text, problem
	}
	text = strings.TrimFunc(raw, code.Padding)
	length, marks, settled := 0, 0, true
	for i, r := range text {
		length++
		if r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD") {
			return text, say("text_invalid", "character", code.ByteName(text[i]))
		}
		if !code.Allowed(r) {
			return text, say("text_invalid", "character", code.RuneName(r))
		}
		if !inert(r) {
			settled = false
			if unicode.Is(unicode.M, r) {
				marks++
			}
		}
	}
	if length > cellMax {
		return text, say("too_long", "max", fmt.Sprint(cellMax), "length", fmt.Sprint(length))
	}
	// Marks alone have lost the letter they stood on; there is nothing to read.
	if length > 0 && marks == length {
		return text, say("text_invalid", "character", code.RuneName(firstRune(text)))
	}
	if !settled {
		text = norm.NFC.String(text)
	}
	return text, problem
}

// cleanASCII is the short way for codes, numbers and dates: the most of cells.
func cleanASCII(raw string) (string, bool) {
	if len(raw) > cellMax {
		return "", false
	}
	for i := range len(raw) {
		if raw[i] < ' ' || raw[i] > '~' {
			return "", false
		}
	}
	return strings.Trim(raw, " "), true
}

// inert reports whether NFC surely leaves r alone whatever stands around it.
func inert(r rune) bool {
	return r < 0x300 || r >= 0x3400 && r <= 0x9FFF || r >= 0xFF00 && r <= 0xFFEF || r >= 0x3001 && r <= 0x3029 ||
		r >= 0x2010 && r <= 0x2027 || r >= 0xE000 && r <= 0xF8FF || r >= 0x20000 && r <= 0x2F7FF
}

func firstRune(s string) rune { r, _ := utf8.DecodeRuneInString(s); return r }

// fold gives a name as it is compared: trimmed, in NFC and half width.
func fold(s string) string {
	return norm.NFC.String(width.Fold.String(strings.TrimFunc(s, code.Padding)))
}

// total reports whether a row that begins with this text sums up others.
func total(first string) bool {
	// Few texts come so far; folding each first cell would cost a third of all.
	if len(first) > 32 || !strings.Contains(first, "计") && !strings.ContainsAny(first, "tTｔＴ") {
		return false
	}
	word := strings.TrimRight(strings.Join(strings.Fields(fold(first)), ""), ":")
	switch word {
	case "合计", "总计", "小计":
		return true
	}
	return strings.EqualFold(word, "total")
}
