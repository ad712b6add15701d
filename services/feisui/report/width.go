package report

import (
	"strings"

	"golang.org/x/text/width"
)

// columns is how wide a page is.
const columns = 100

// cellsOf is how many columns a text takes: two for each wide character.
// Characters of ambiguous width are kept out of the texts, since terminals
// differ about them.
func cellsOf(s string) int {
	n := 0
	for _, r := range s {
		n += cellsOfRune(r)
	}
	return n
}

func cellsOfRune(r rune) int {
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	default:
		return 1
	}
}

// cut shortens a text to n columns, showing that it did.
func cut(s string, n int) string {
	if cellsOf(s) <= n {
		return s
	}
	taken := 0
	for i, r := range s {
		if taken += cellsOfRune(r); taken > n-2 {
			return s[:i] + ".."
		}
	}
	return s
}

// left and right fill a text up to n columns.
func left(s string, n int) string {
	s = cut(s, n)
	return s + strings.Repeat(" ", n-cellsOf(s))
}

func right(s string, n int) string {
	if over := cellsOf(s); over > n {
		return s // a number is never cut
	}
	return strings.Repeat(" ", n-cellsOf(s)) + s
}
