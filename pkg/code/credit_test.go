package code_test

import (
	"errors"
	"strings"
	"testing"

	"feisui/pkg/code"
)

// 990101 is the division of nobody; these codes are made up and pass both checks.
var creditCodes = []string{
	"91350100M000100Y43",                       // a published example
	"11990101000000019X", "11990101000000027Q", // 机关
	"129901014000001A84", // 事业单位
	"13990101MB0000019W", // 群团
	"55990101MF00000138", // 居委会
	"54990101MF00000216", // 村委会
	"N2990101MF000003XJ", // 村集体
}

func TestCreditCodesThatCheck(t *testing.T) {
	t.Parallel()
	for _, text := range creditCodes {
		c, err := code.ParseCreditCode(text)
		if err != nil || string(c) != text || c.Verify() != nil {
			t.Errorf("%s: got %s, %v, %v", text, c, err, c.Verify())
		}
		if lower, err := code.ParseCreditCode(" " + strings.ToLower(text) + "　"); err != nil || lower != c {
			t.Errorf("%s in lower case: got %s, %v", text, lower, err)
		}
	}
	if c, err := code.ParseCreditCode("Ｎ２９９０１０１ＭＦ０００００３ＸＪ"); err != nil || c != "N2990101MF000003XJ" {
		t.Errorf("full width: got %s, %v", c, err)
	}
}

// A check that fails is found, and the code is read all the same.
func TestCreditCodesThatDoNotCheck(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]bool{ // the whole's check is wrong, the organisation's is
		"91350100M000100Y4A": {true, false},
		"91310115MA1H8R7C6D": {true, true}, // copied all over the web as an example
		"91350100M000100Y53": {true, true},
	} {
		c, err := code.ParseCreditCode(text)
		found := c.Verify()
		if err != nil || errors.Is(found, code.ErrCreditCheck) != want[0] || errors.Is(found, code.ErrOrganisationCheck) != want[1] {
			t.Errorf("%s: %v; found %v", text, err, found)
		}
	}
}

func TestWhatIsNoCreditCode(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "91350100M000100Y4", "91350100M000100Y433", "91350100M000100Y4O", "91350100M000100I43", "9135010S M000100Y4",
		"91350100-000100Y43", "民政局民政局", "91350100M000100Y4Ｏ",
	} {
		if c, err := code.ParseCreditCode(text); c != "" || !errors.Is(err, code.ErrCreditForm) {
			t.Errorf("%q: got %q, %v", text, c, err)
		}
		if err := code.CreditCode(text).Verify(); !errors.Is(err, code.ErrCreditForm) {
			t.Errorf("%q: verified with %v", text, err)
		}
	}
}

// Weights that are no multiple of 31 and values below 31 leave no slip unseen.
func TestOneWrongCharacterIsAlwaysFound(t *testing.T) {
	t.Parallel()
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	for _, text := range creditCodes {
		for i := range text {
			for _, other := range alphabet {
				wrong := text[:i] + string(other) + text[i+1:]
				if err := code.CreditCode(wrong).Verify(); wrong != text && !errors.Is(err, code.ErrCreditCheck) {
					t.Fatalf("%s for %s: %v", wrong, text, err)
				}
			}
		}
	}
}
