package admission

import "feisui/pkg/civil"

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
	for next := civil.Of(on.Year(), 1, 1); next <= on; {
		first = next
		for range length {
			next = next.MonthEnd() + 1
		}
	}
	return first, true
}
