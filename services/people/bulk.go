package people

import (
	"fmt"
	"strconv"
	"strings"
)

// How much one person takes away (reliability A84), as files and as pages of lists, over
// all accounts that they have. From the alarm on the audit administrator is told; what is
// beyond the bounds is refused until some of it is old enough.
const (
	FilesHour = 120       // files within an hour: a statement of each community of a street, and again
	RowsDay   = 1_000_000 // rows within a day; who has taken fewer may take one more file, of any size

	FilesAlarm = 20      // files within a day: one that is fetched every hour, in a day
	RowsAlarm  = 200_000 // rows within a day: no one reads as many
)

// BulkRead is the code of the alarm in the audit log, and of the refusal.
const BulkRead = "BULK_READ"

// Taking is what one person took away at once: a file, or pages that were added up.
type Taking struct {
	At    Moment
	Files int64 // 1, or 0 of pages
	Rows  int64
	Told  bool // the alarm was raised of what was taken until then
}

// Taken is what one person took away within a day.
type Taken struct{ Files, Rows int64 }

// TakenOf adds up a day that ends at a moment.
func TakenOf(before []Taking, at Moment) Taken {
	return Taken{
		within(before, at, Day, func(t Taking) int64 { return t.Files }), within(before, at, Day, func(t Taking) int64 { return t.Rows }),
	}
}

// Alarming reports that an alarm is to be raised of what was taken within a day: once a
// day, however much follows.
func Alarming(before []Taking, at Moment) bool {
	for _, one := range before {
		if one.Told && at-one.At < Day {
			return false
		}
	}
	t := TakenOf(before, at)
	return t.Files >= FilesAlarm || t.Rows >= RowsAlarm
}

// MayTake refuses more rows, or another file, to who took so much before, the oldest
// first. The refusal says for how long.
func MayTake(before []Taking, file bool, at Moment) error {
	files := func(t Taking) int64 { return t.Files }
	rows := func(t Taking) int64 { return t.Rows }
	hour, day := within(before, at, Hour, files), within(before, at, Day, rows)
	no := refuse(TooMany, "BULK_READ", "files", strconv.FormatInt(hour, 10), "rows", strconv.FormatInt(day, 10))
	switch {
	case day >= RowsDay:
		no.Wait = untilBelow(before, at, Day, RowsDay, rows)
	case file && hour >= FilesHour:
		no.Wait = untilBelow(before, at, Hour, FilesHour, files)
	default:
		return nil
	}
	return no
}

// within adds up what was taken within a window that ends at a moment.
func within(before []Taking, at, window Moment, of func(Taking) int64) (sum int64) {
	for _, one := range before {
		if at-one.At < window {
			sum += of(one)
		}
	}
	return sum
}

// untilBelow is how long it takes until what was taken within a window is below a bound.
func untilBelow(before []Taking, at, window Moment, bound int64, of func(Taking) int64) (wait Moment) {
	left := within(before, at, window, of)
	for _, one := range before {
		if at-one.At < window && left >= bound {
			left -= of(one)
			wait = one.At + window - at
		}
	}
	return wait
}

// Target is what an alarm in the audit log is about: what was asked for at last, and how
// much was taken within a day.
func (t Taken) Target(asked string) string {
	return fmt.Sprintf("%s files=%d rows=%d", asked, t.Files, t.Rows)
}

// TakenIn takes a Target apart again; all of it is what was asked for where it is none.
func TakenIn(target string) (asked string, t Taken) {
	rest, rows, found := cutLast(target, " rows=")
	asked, files, both := cutLast(rest, " files=")
	var err, err2 error
	t.Files, err = strconv.ParseInt(files, 10, 64)
	t.Rows, err2 = strconv.ParseInt(rows, 10, 64)
	if !found || !both || err != nil || err2 != nil {
		return target, Taken{}
	}
	return asked, t
}

func cutLast(text, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(text, sep); i >= 0 {
		return text[:i], text[i+len(sep):], true
	}
	return text, "", false
}
