package code_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"feisui/pkg/code"
)

func TestHalfWidth(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"":                "",
		"D01":             "D01",
		"  D01\t\n":       "D01",
		"Ｄ０１":             "D01",
		"　Ｄ０１　":           "D01",
		"ＪＢ２０２５－００３１":     "JB2025-0031",
		"！＂＃～":            `!"#~`,
		"民政局　（本级）":        "民政局 (本级)",
		"民政局、财政局。":        "民政局、财政局。",
		"￥１２":             "￥12", // U+FFE5 is beyond the ASCII forms
		"｟１｠":             "｟1｠",
		"1\xff２":          "1\xff2",
		"\u00a0１\u3000\r": "1",
	} {
		if got := code.HalfWidth(s); got != want {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	}
}

func TestHalfWidthCoversTheWholeRange(t *testing.T) {
	t.Parallel()
	for c := rune('!'); c <= '~'; c++ {
		if got := code.HalfWidth(string(c - '!' + 0xFF01)); got != string(c) {
			t.Errorf("%q: got %q", c, got)
		}
	}
}

// Not parallel: it counts the allocations of the whole process.
func TestHalfWidthOfPlainTextAllocatesNothing(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { code.HalfWidth(" 运河社区 D01 ") }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzHalfWidth(f *testing.F) {
	for _, s := range []string{"Ｄ０１", "　a　b　", "\xef\xbc", "1\xff２", "～"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := code.HalfWidth(s)
		if again := code.HalfWidth(got); again != got {
			t.Errorf("%q was folded to %q, and that to %q", s, got, again)
		}
		if utf8.ValidString(s) != utf8.ValidString(got) {
			t.Errorf("%q was folded to %q: only one of them is UTF-8", s, got)
		}
		if strings.ContainsAny(got, "０Ａ　～") {
			t.Errorf("%q was folded to %q", s, got)
		}
	})
}
