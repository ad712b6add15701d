package ledger_test

import (
	"fmt"
	"testing"

	"feisui/pkg/civil"
	"feisui/schemas"
	"feisui/services/ledger"
)

// TestADirectoryIsOfItsDay: of what has versions the one in force, of what comes into
// force later the first and from when, and never what is over.
func TestADirectoryIsOfItsDay(t *testing.T) {
	t.Parallel()
	book := ledger.NewBook()
	for _, e := range []schemas.Event{
		schemas.CommunityRegistered{Code: canal, Name: "运河", Street: "990101001"},
		schemas.CommunityRegistered{Code: canal, Name: "运河新村", Street: "990101002", From: civil.Of(2025, 7, 1)},
		schemas.CommunityRegistered{Code: bridge, Name: "石桥", Street: "990101001", From: civil.Of(2025, 9, 1)},
		schemas.ItemListed{Code: "A01", Name: "核查", List: "assist", Rule: "per_case"},
		schemas.ItemListed{Code: "A01", Name: "核查（新）", List: "negative", From: civil.Of(2025, 7, 1)},
	} {
		apply(t, book, e)
	}
	for day, want := range map[civil.Date]string{
		civil.Of(2025, 6, 30): "[{990101001001 运河 990101001 } {990101001002 石桥 990101001 2025-09-01}] 核查 true per_case",
		civil.Of(2025, 7, 1):  "[{990101001001 运河新村 990101002 } {990101001002 石桥 990101001 2025-09-01}] 核查（新） false none",
		civil.Of(2025, 9, 1):  "[{990101001001 运河新村 990101002 } {990101001002 石桥 990101001 }] 核查（新） false none",
	} {
		d := book.Directory(day)
		if got := fmt.Sprint(d.Communities, " ", d.Items[0].Name, " ", d.Items[0].Allowed, " ", d.Items[0].Rule); got != want {
			t.Errorf("%s: %s, want %s", day, got, want)
		}
	}
}
