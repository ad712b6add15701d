package code

import (
	"errors"
	"strings"
)

// CreditCode is a unified social credit code (统一社会信用代码, GB 32100-2015):
// 18 characters, of which the 1st names the registering authority, the 2nd the
// sort of organisation (11 机关, 12 事业单位, 13 群团, 54 and 55 grassroots
// self-government, N2 a village's collective), the 3rd to 8th the division of
// registration, the 9th to 17th the organisation (GB 11714-1997, with a check
// character of its own), and the 18th checks the whole.
type CreditCode string

// ErrCreditForm is a text that is no credit code.
var ErrCreditForm = errors.New("not a credit code of 18 digits and capital letters without I, O, S, V and Z")

// What Verify finds.
var (
	ErrCreditCheck       = errors.New("the 18th character is not the check character of the first 17")
	ErrOrganisationCheck = errors.New("the 17th character is not the check character of the organisation, the 9th to 16th")
)

const (
	creditLen = 18
	// creditAlphabet gives each character its value in GB 32100.
	creditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
)

// organisationWeights are those of GB 11714.
var organisationWeights = [8]int{3, 7, 9, 10, 5, 8, 4, 2}

// ParseCreditCode reads a credit code in either width and case. It checks the
// form alone: some codes of early years fail the checks and are good, so what
// Verify finds is for a person to judge.
func ParseCreditCode(s string) (CreditCode, error) {
	c := CreditCode(strings.ToUpper(HalfWidth(s)))
	if !c.formed() {
		return "", ErrCreditForm
	}
	return c, nil
}

func (c CreditCode) formed() bool {
	return len(c) == creditLen && strings.Trim(string(c), creditAlphabet) == ""
}

// Verify says which of the two check characters are wrong: nil when neither is,
// else ErrCreditCheck, ErrOrganisationCheck or both, joined. What
// ParseCreditCode would refuse is ErrCreditForm.
func (c CreditCode) Verify() error {
	if !c.formed() {
		return ErrCreditForm
	}
	var whole, organisation error
	if c[17] != c.check() {
		whole = ErrCreditCheck
	}
	if c[16] != c.organisationCheck() {
		organisation = ErrOrganisationCheck
	}
	return errors.Join(whole, organisation)
}

// check gives the 18th character: 31 less the sum modulo 31 of the values by
// the weights 3⁰, 3¹, 3² … modulo 31.
func (c CreditCode) check() byte {
	sum, weight := 0, 1
	for _, char := range []byte(c[:17]) {
		sum += strings.IndexByte(creditAlphabet, char) * weight
		weight = weight * 3 % 31
	}
	return creditAlphabet[(31-sum%31)%31]
}

// organisationCheck gives the 17th character by GB 11714, in which letters
// count on from 10 without a gap: A 10, I 18, Z 35.
func (c CreditCode) organisationCheck() byte {
	sum := 0
	for i, weight := range organisationWeights {
		char := c[8+i]
		value := int(char - '0')
		if char >= 'A' {
			value = int(char-'A') + 10
		}
		sum += value * weight
	}
	return "0X987654321"[sum%11]
}
