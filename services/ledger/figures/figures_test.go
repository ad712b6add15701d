package figures_test

import (
	"strings"
	"testing"

	"feisui/pkg/civil"
	"feisui/services/ledger"
	"feisui/services/ledger/figures"
)

func date(t *testing.T, text string) civil.Date {
	t.Helper()
	d, err := civil.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestATrendHasMonthEnds: of a year every one, of more years every second, third …,
// the last among them.
func TestATrendHasMonthEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ since, on, want string }{
		"a day":               {"2025-03-03", "2025-03-04", "2025-03-03 2025-03-04"},
		"within a month":      {"2025-03-03", "2025-03-31", "2025-03-03 2025-03-31"},
		"over a month's end":  {"2025-03-03", "2025-04-01", "2025-03-03 2025-03-31 2025-04-01"},
		"from a month's end":  {"2024-01-31", "2024-03-31", "2024-01-31 2024-02-29 2024-03-31"},
		"over the year's end": {"2024-11-30", "2025-01-02", "2024-11-30 2024-12-31 2025-01-02"},
		"a year, every month": {"2024-12-31", "2025-12-31", "2024-12-31 2025-01-31 2025-02-28 2025-03-31 2025-04-30 2025-05-31 " +
			"2025-06-30 2025-07-31 2025-08-31 2025-09-30 2025-10-31 2025-11-30 2025-12-31"},
		"a year and a day":     {"2024-12-30", "2025-12-31", "2024-12-30 2025-01-31 2025-03-31 2025-05-31 2025-07-31 2025-09-30 2025-11-30 2025-12-31"},
		"two years, every 3rd": {"2023-12-31", "2025-12-31", "2023-12-31 2024-02-29 2024-05-31 2024-08-31 2024-11-30 2025-02-28 2025-05-31 2025-08-31 2025-11-30 2025-12-31"},
	} {
		f, err := figures.Of(ledger.NewBook(), civil.China(), date(t, c.since), date(t, c.on))
		if err != nil {
			t.Fatal(err)
		}
		var days []string
		for _, p := range f.Trend {
			days = append(days, p.On.String())
		}
		if got := strings.Join(days, " "); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestACountyWithoutFactsHasNoShares: nothing to divide by is no zero.
func TestACountyWithoutFactsHasNoShares(t *testing.T) {
	t.Parallel()
	f, err := figures.Of(ledger.NewBook(), civil.China(), date(t, "2025-01-01"), date(t, "2025-02-01"))
	if err != nil {
		t.Fatal(err)
	}
	if f.Now.CoverageBP != nil || f.Now.CoverageDueBP != nil || len(f.Unfunded.Bands) != 5 || f.Unfunded.Bands[4].To != nil || *f.Unfunded.Bands[3].To != 365 {
		t.Errorf("%+v", f)
	}
}
