package burden

import "feisui/pkg/code"

// The lengths of what identifies somebody in mainland China: a mobile telephone's
// number, and an identity card's.
const (
	mobileDigits   = 11
	identityDigits = 17 // and a check character
)

// Personal reports that a text has what looks like the number of a mobile telephone
// or of an identity card. Names it cannot know; forms say that none belong there.
func Personal(text string) bool {
	digits, first := 0, rune(0)
	ends := func() bool { return digits == mobileDigits && first == '1' || digits >= identityDigits }
	for _, r := range code.HalfWidth(text) {
		switch {
		case r >= '0' && r <= '9':
			if digits++; digits == 1 {
				first = r
			}
		case (r == ' ' || r == '-') && digits > 0: // as people group digits
		default:
			if ends() {
				return true
			}
			digits = 0
		}
	}
	return ends()
}
