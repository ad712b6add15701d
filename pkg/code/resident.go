package code

import (
	"strings"

	"feisui/pkg/civil"
)

// residentLen is the length of a resident's number (公民身份号码, GB 11643-1999): six
// digits of a division, eight of the day of birth, three in order, and a check
// character.
const residentLen = 18

// IsResident reports that a text is a resident's number: its form, a province that
// numbers are given in, a day from 1900 to 2099, and the check character (ISO 7064
// MOD 11-2). It knows no person and asks nobody.
func IsResident(s string) bool {
	if len(s) != residentLen || strings.Trim(s[:17], "0123456789") != "" || s[0] < '1' || s[0] > '8' {
		return false
	}
	if year := s[6:8]; year != "19" && year != "20" {
		return false
	}
	if _, err := civil.Parse(s[6:10] + "-" + s[10:12] + "-" + s[12:14]); err != nil {
		return false
	}
	return strings.ToUpper(s[17:]) == string("10X98765432"[residentSum(s)])
}

// residentSum is the weighted sum of the first 17 digits, modulo 11: the weights are
// 2 to the power of the place from the right.
func residentSum(s string) int {
	sum := 0
	for i := range 17 {
		sum = (sum + int(s[i]-'0')) * 2 % 11
	}
	return sum
}
