package workbook

import (
	"strings"
	"unicode/utf8"
)

// triggers are what makes a program take a text for a formula (OWASP, CSV
// injection), in their full width too: some programs fold that first.
const triggers = "=+-@\t\r\n＝＋－＠"

// Harmless gives a text as it is written for a spreadsheet: with an apostrophe
// before what a program would take for a formula, also where apostrophes stand
// before that already. A workbook that is read has the text again.
func Harmless(text string) string {
	if triggering(text) {
		return "'" + text
	}
	return text
}

// original takes the one apostrophe off that Harmless puts, and no other.
func original(raw string) string {
	if raw != "" && raw[0] == '\'' && triggering(raw) {
		return raw[1:]
	}
	return raw
}

// triggering reports whether a text, apostrophes before it aside, begins like a
// formula.
func triggering(text string) bool {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(text, "'"))
	return strings.ContainsRune(triggers, first)
}
