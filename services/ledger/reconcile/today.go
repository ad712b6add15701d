package reconcile

import "feisui/pkg/civil"

// today is the date that a statement is asked for. Rules never compare with it
// themselves: they ask whether a date has been reached. So it knows the first
// later date on which any of their questions has another answer, and up to that
// date a statement is the same, whatever the rules are.
type today struct {
	on    civil.Date
	until civil.Date // the first later date that was asked about; zero when there is none
}

// reached reports whether a date is on or before the day. A date that is not
// given is reached: who cares asks first whether it is given.
func (t *today) reached(d civil.Date) bool {
	if d <= t.on {
		return true
	}
	if !t.until.Given() || d < t.until {
		t.until = d
	}
	return false
}

// over reports whether the day is later than a date.
func (t *today) over(d civil.Date) bool { return t.reached(d.AddDays(1)) }

// inForce reports whether something that began one day and may have been undone
// on another is there.
func (t *today) inForce(from, undone civil.Date) bool {
	return t.reached(from) && !(undone.Given() && t.reached(undone))
}

// year is the calendar year of the day. It asks about the next one, which ends it.
func (t *today) year() int {
	year := t.on.Year()
	t.reached(civil.Of(year+1, 1, 1))
	return year
}

// at gives the version in force on the day.
func at[T any](vs Versions[T], t *today) (value T, ok bool) {
	for _, v := range vs {
		if !t.reached(v.From) {
			break
		}
		value, ok = v.Value, true
	}
	return value, ok
}
