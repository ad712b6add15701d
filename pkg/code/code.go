// Package code reads the identifiers that Chinese offices write on paper:
// division codes, credit codes and document numbers. Each reader is lenient
// about how a thing was typed and strict about what it is; what it gives back
// is the canonical form, and reading that again changes nothing.
//
// No reader knows what exists. A code may have the right form and belong to
// nobody, since divisions and organisations come and go.
package code

import (
	"strings"
	"unicode/utf8"
)

// What an input method adds to the characters of ASCII.
const (
	wideFirst = '！' // U+FF01, the wide '!'
	wideLast  = '～' // U+FF5E, the wide '~'
	wideSpace = '　' // U+3000
)

// HalfWidth writes full-width ASCII and the ideographic space as ASCII, and
// trims space at both ends. All else stays as it is, even what is no UTF-8.
func HalfWidth(s string) string {
	first := strings.IndexFunc(s, isWide)
	if first < 0 {
		return strings.TrimSpace(s)
	}
	b := make([]byte, first, len(s))
	copy(b, s)
	for rest := s[first:]; rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		switch {
		case r == wideSpace:
			b = append(b, ' ')
		case isWide(r):
			b = append(b, byte(r-wideFirst+'!'))
		default:
			b = append(b, rest[:size]...)
		}
		rest = rest[size:]
	}
	return strings.TrimSpace(string(b))
}

func isWide(r rune) bool { return r == wideSpace || wideFirst <= r && r <= wideLast }

// isDigits reports whether s is n ASCII digits.
func isDigits(s string, n int) bool {
	if len(s) != n {
		return false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
