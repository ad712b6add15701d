package code_test

import (
	"testing"

	"feisui/pkg/code"
)

// TestWhatATextMayHold (#15, #17, #18, #19, #21): numbers are strictest, notes have
// lines, and no use takes what controls or hides.
func TestWhatATextMayHold(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][4]string{ // as a number, a name, a line, a note
		"":                       {},
		"JB2025-001":             {},
		"湘民发〔2025〕3 号":           {},
		"ＪＢ　１":                   {},
		"𠮷\uE000":                {}, // Ext-B, private use
		"e\u0301":                {},
		"M\n4":                   {"U+000A", "U+000A", "U+000A", ""},
		"M\r\n4\t":               {"U+000D", "U+000D", "U+000D", ""},
		"M\u200B4":               {"U+200B", "U+200B", "", ""},
		"\u200B":                 {"U+200B", "U+200B", "", ""},
		"M\u00A04":               {"U+00A0", "U+00A0", "", ""},
		"M\u3164":                {"U+3164", "U+3164", "", ""},
		"M\u2800":                {"U+2800", "U+2800", "", ""},
		"M\uFE0F":                {"U+FE0F", "U+FE0F", "", ""},
		"M\U000E0041":            {"U+E0041", "U+E0041", "", ""},
		"\u0301\u0302":           {"U+0301", "U+0301", "U+0301", "U+0301"},
		"M\u202E4":               {"U+202E", "U+202E", "U+202E", "U+202E"},
		"M\u20674":               {"U+2067", "U+2067", "U+2067", "U+2067"},
		"M\u2028":                {"U+2028", "U+2028", "U+2028", "U+2028"},
		"M\x00":                  {"U+0000", "U+0000", "U+0000", "U+0000"},
		"M\x1b[31m":              {"U+001B", "U+001B", "U+001B", "U+001B"},
		"M\u0085":                {"U+0085", "U+0085", "U+0085", "U+0085"},
		"M\uFDD0":                {"U+FDD0", "U+FDD0", "U+FDD0", "U+FDD0"},
		"M\uFFFE":                {"U+FFFE", "U+FFFE", "U+FFFE", "U+FFFE"},
		"M\uFFFD":                {"U+FFFD", "U+FFFD", "U+FFFD", "U+FFFD"}, // a lone surrogate, as encoding/json reads it
		"\xd6\xd0":               {"0xD6", "0xD6", "0xD6", "0xD6"},
		"<script>{{7*7}}${jndi}": {}, // #20: escaped where it is shown
	} {
		for use, want := range want {
			if got := code.Unfit(text, code.Use(use)); got != want {
				t.Errorf("%q as %d: %q, want %q", text, use, got, want)
			}
		}
	}
}
