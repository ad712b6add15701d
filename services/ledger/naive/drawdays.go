package naive

import (
	"maps"
	"slices"

	"pgregory.net/rapid"
)

// hotDays are the days that books cluster around: plain days first, then days beside the holidays and make-up days of
// spring 2025, then a few beyond that half year.
var hotDays = []string{
	"2025-03-03", "2025-03-14", "2025-01-24", "2025-01-26", "2025-02-05", "2025-02-08", "2025-02-28", "2025-04-03",
	"2025-04-07", "2025-04-27", "2025-04-30", "2025-05-06", "2025-05-30", "2025-06-03", "2025-06-30",
	"2024-12-31", "2025-01-01", "2024-09-29", "2024-10-08", "2025-09-28", "2025-10-09",
}

// DrawDate draws a day from those that books cluster around.
func DrawDate(t *rapid.T) string {
	return addDays(pick(t, "day", hotDays...), pick(t, "days beside", 0, 0, 1, -1, 2, -2, 3, -3, 7, 14, 30))
}

// DrawOn draws a day to look at the book: one of its dates, or a few days, or a limit's working days, from one.
func (b Book) DrawOn(t *rapid.T) string {
	days := b.dates()
	if len(days) == 0 || chance(t, "any day", 6) {
		return DrawDate(t)
	}
	day := pick(t, "on", days...)
	if chance(t, "exactly", 3) {
		return day
	}
	if chance(t, "before", 4) {
		return addDays(day, pick(t, "days before", -1, -2, -3, -4))
	}
	return after(t, "on after", day)
}

// dates lists the dates in the book's date columns, in order, each once.
func (b Book) dates() []string {
	seen := map[string]bool{}
	for _, sheet := range schema {
		for _, row := range b.Sheets[sheet.name] {
			for _, column := range sheet.columns {
				if column.holds == date && row[column.name] != "" {
					seen[row[column.name]] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// after draws a day on or after another, often exactly on a limit of §8 or one working day past it.
func after(t *rapid.T, label, day string) string {
	if chance(t, label+" by working days", 2) {
		return workday(day, pick(t, label, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 15, 16))
	}
	return addDays(day, pick(t, label, 0, 0, 1, 1, 2, 3, 4, 7, 14, 30, 31, 60))
}

// beside draws a day a little before or after another.
func beside(t *rapid.T, label, day string) string {
	if chance(t, label+" before", 3) {
		return addDays(day, pick(t, label, -1, -2, -3, -5, -10))
	}
	return after(t, label, day)
}

// sometimes draws a value one time in n, and else leaves the cell empty.
func sometimes(t *rapid.T, label string, n int, draw func() string) string {
	if !chance(t, label+" given", n) {
		return ""
	}
	return draw()
}

// mostly leaves the cell empty one time in n.
func mostly(t *rapid.T, label string, n int, draw func() string) string {
	if chance(t, label+" empty", n) {
		return ""
	}
	return draw()
}
