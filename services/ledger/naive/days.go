package naive

import "feisui/pkg/civil"

// at is the civil date of a canonical text.
func at(day string) civil.Date {
	d, err := civil.Parse(day)
	if err != nil {
		panic(err)
	}
	return d
}

// addDays is n calendar days after a day.
func addDays(day string, n int) string { return at(day).AddDays(n).String() }

// isWorkday tells whether a day is a working day in China (§8).
func isWorkday(day string) bool { return civil.China().IsWorkday(at(day)) }

// workday is the n-th working day after a day; for 0 the day itself.
func workday(day string, n int) string {
	for n > 0 {
		day = addDays(day, 1)
		if isWorkday(day) {
			n--
		}
	}
	return day
}

// moreThan tells whether on is more than n working days after a day: at least n + 1 working days lie in (day, on] (§8).
func moreThan(n int, day, on string) bool {
	working := 0
	for d := addDays(day, 1); d <= on; d = addDays(d, 1) {
		if isWorkday(d) {
			working++
		}
	}
	return working >= n+1
}

// firstPast is the first day past a limit of n working days after a day: the (n+1)-th working day after it (§8).
func firstPast(n int, day string) string {
	return workday(day, n+1)
}
