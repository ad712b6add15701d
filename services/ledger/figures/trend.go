package figures

import (
	"slices"

	"feisui/pkg/civil"
)

// pointsMax bounds the points of a trend after the first, so that a year has every
// month: each is a day on which the whole county is judged.
const pointsMax = 12

// points are the days of a trend: since, month ends between, and on. Of more month
// ends than there is room for, every second, third … is taken, the last among them.
func points(since, on civil.Date) []civil.Date {
	var ends []civil.Date
	for end := since.MonthEnd(); end < on; end = (end + 1).MonthEnd() {
		if end > since {
			ends = append(ends, end)
		}
	}
	const room = pointsMax - 1 // beside on
	step := max(1, (len(ends)+room-1)/room)
	all := []civil.Date{on}
	for i := len(ends) - 1; i >= 0; i -= step {
		all = append(all, ends[i])
	}
	all = append(all, since)
	slices.Reverse(all)
	return all
}
