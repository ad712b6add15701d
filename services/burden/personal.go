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
// or of an identity card, by its length alone: rather once too often. Names it cannot know; forms say that none belong there.
func Personal(text string) bool {
	return slices.ContainsFunc(numbers(text), func(n string) bool {
		return len(n) == mobileDigits && n[0] == '1' || len(n) >= identityDigits
	})
}

// PersonalAmongCodes reports that a text in which long codes belong, such as those of a
// budget (指标、项目、科目), has the number of a mobile telephone or of a resident. There
// length says nothing: a project's code has 17 digits and more. So a resident's number is
// what its check character and day of birth say is one, wherever it stands among other
// digits, and a telephone's is 11 digits by themselves. A bank card's is not looked for:
// its one check digit would refuse every tenth code of that length.
func PersonalAmongCodes(text string) bool {
	wide := code.HalfWidth(text)
	for _, of := range []string{wide, grouped.Replace(wide)} {
		for run := range strings.FieldsFuncSeq(of, func(r rune) bool { return (r < '0' || r > '9') && r != 'X' && r != 'x' }) {
			if digits := strings.Trim(run, "Xx"); len(digits) == mobileDigits && digits[0] == '1' && digits[1] >= '3' || resident(run) {
				return true
			}
		}
	}
	return false
}

// resident reports that a resident's number stands somewhere in a run.
func resident(run string) bool {
	for from := range len(run) - identityDigits {
		if code.IsResident(run[from : from+identityDigits+1]) {
			return true
		}
	}
	return false
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
