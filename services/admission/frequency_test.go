package admission_test

import (
	"testing"

	"feisui/pkg/civil"
	"feisui/services/admission"
)

func TestAFrequencysPeriod(t *testing.T) {
	t.Parallel()
	inForce := civil.Of(2025, 2, 10)
	for _, c := range []struct {
		frequency admission.Frequency
		on, since string
	}{
		{admission.Once, "2027-03-03", "2025-02-10"},
		{admission.Monthly, "2025-03-01", "2025-03-01"},
		{admission.Monthly, "2025-12-31", "2025-12-01"},
		{admission.Quarterly, "2025-03-31", "2025-01-01"},
		{admission.Quarterly, "2025-04-01", "2025-04-01"},
		{admission.HalfYearly, "2025-06-30", "2025-01-01"},
		{admission.HalfYearly, "2025-12-31", "2025-07-01"},
		{admission.Yearly, "2025-12-31", "2025-01-01"},
		{"irregular", "2025-12-31", ""},
		{"", "2025-12-31", ""},
	} {
		on, err := civil.Parse(c.on)
		if err != nil {
			t.Fatal(err)
		}
		since, bounds := c.frequency.Since(inForce, on)
		if bounds != (c.since != "") || bounds && since.String() != c.since {
			t.Errorf("%s on %s: since %s, %v", c.frequency, c.on, since, bounds)
		}
	}
}
