package code_test

import (
	"testing"

	"feisui/pkg/code"
)

// TestAResidentsNumber has the example of GB 11643-1999 and what one character more,
// less or other makes of it. The others were made up and their check characters worked
// out by hand: no person has them.
func TestAResidentsNumber(t *testing.T) {
	t.Parallel()
	for number, is := range map[string]bool{
		"11010519491231002X": true, // the standard's own
		"11010519491231002x": true,
		"440524188001010014": false, // the standard's other, of somebody born in 1880
		"110105194912310021": false,
		"11010519491231002":  false,
		"1101051949123100XX": false,
		"11010519491331002X": false, // no such month
		"91010519491231002X": false, // no such province
		"11010519491231012X": false, // one digit other
		"11010519491213002X": false, // two digits changed about
		"":                   false,
	} {
		if code.IsResident(number) != is {
			t.Errorf("%q", number)
		}
	}
}
