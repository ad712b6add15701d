package burden

import (
	"slices"
	"strings"

	"feisui/pkg/code"
)

// The lengths of what identifies somebody in mainland China: a mobile telephone's
// number, and an identity card's.
const (
	mobileDigits   = 11
	identityDigits = 17 // and a check character
	fixedDigits    = 7  // of a telephone that stands somewhere, without the area's
)

// Personal reports that a text has what looks like the number of a mobile telephone
// or of an identity card. Names it cannot know; forms say that none belong there.
func Personal(text string) bool {
	return slices.ContainsFunc(numbers(text), func(n string) bool {
		return len(n) == mobileDigits && n[0] == '1' || len(n) >= identityDigits
	})
}

// Telephone reports that a text has what looks like the number of any telephone, for
// where no number so long belongs.
func Telephone(text string) bool {
	return slices.ContainsFunc(numbers(text), func(n string) bool { return len(n) >= fixedDigits })
}

// numbers gives the runs of digits in a text, with what groups them left out.
func numbers(text string) (all []string) {
	return strings.FieldsFunc(grouped.Replace(code.HalfWidth(text)), func(r rune) bool { return r < '0' || r > '9' })
}

// grouped takes out what people group digits with.
var grouped = strings.NewReplacer(" ", "", "-", "")
