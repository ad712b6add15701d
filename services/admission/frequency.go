package admission

import (
	"time"

	"feisui/pkg/civil"
)

// Frequency is how often an application says that its work comes (频次).
type Frequency string

// The frequencies that bound anything; irregular bounds nothing.
const (
	Once       Frequency = "once"
	Monthly    Frequency = "monthly"
	Quarterly  Frequency = "quarterly"
	HalfYearly Frequency = "half_yearly"
	Yearly     Frequency = "yearly"
)

// months are how long the period of a frequency is.
var months = map[Frequency]int{Monthly: 1, Quarterly: 3, HalfYearly: 6, Yearly: 12}

// Since gives the first day of the period in which a day lies: of that month, quarter,
// half or year; of what comes once, since the admission was in force. It is false of a
// frequency that bounds nothing.
func (f Frequency) Since(inForce, on civil.Date) (first civil.Date, bounds bool) {
	if f == Once {
		return inForce, true
	}
	length := months[f]
	if length == 0 {
		return 0, false
	}
	month := 1
	for next := month + length; next <= 12 && civil.Of(on.Year(), time.Month(next), 1) <= on; next += length {
		month = next
	}
	return civil.Of(on.Year(), time.Month(month), 1), true
}
