package code_test

import (
	"testing"

	"golang.org/x/text/unicode/norm"

	"feisui/pkg/code"
)

// TestWhatPassesForAnother (#18): letters of other scripts, hyphens of word processors,
// radicals of PDF files; and what only has a likeness to something stands.
func TestWhatPassesForAnother(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]rune{
		"":               {},
		"JB2025-O1Il0":   {}, // letters and digits of ASCII
		"湘民发〔2025〕3 号—〇": {},
		"日曰己已土士":         {}, // characters of their own
		"αβ":             {},
		"JB\u20131":      {'\u2013', '-'},
		"\u0410-1":       {'\u0410', 'A'},
		"N\u03BF1":       {'\u03BF', 'o'},
		"城\u30ED社区":      {'\u30ED', '口'},
		"\u2F00社区":       {'\u2F00', '一'},
		"甲\u2FD5\u0410":  {'\u2FD5', '龠'}, // the first
	} {
		if is, as := code.Lookalike(text); is != want[0] || as != want[1] {
			t.Errorf("%q: %q %q", text, is, as)
		}
	}
	for r := '\u2F00'; r <= '\u2FD5'; r++ {
		if is, as := code.Lookalike(string(r)); is != r || string(as) != norm.NFKC.String(string(r)) {
			t.Errorf("%U passes for %q", r, as)
		}
	}
}
