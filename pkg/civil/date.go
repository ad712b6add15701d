// Package civil holds dates as people write them, without a time of day or a
// zone, and the calendar of working days that Chinese offices keep.
//
// No function here reads a clock: a date is a fact or an argument.
package civil

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Date is a day of the Gregorian calendar. The zero Date means "not given" and
// is before every other; dates compare with < and ==. Its number counts days,
// with 1 for 0001-01-01.
type Date int32

// The range of dates that a record may hold. Years outside of it are slips of
// the hand (1900 is an empty Excel cell, 9999 somebody's "for ever").
const (
	YearMin = 1901
	YearMax = 2199
)

// Errors of Parse and Read. ErrRange is a real day outside YearMin–YearMax.
var (
	ErrForm  = errors.New("not a date of the form 2025-03-01, 2025/3/1 or 2025年3月1日")
	ErrDay   = errors.New("no such day")
	ErrRange = fmt.Errorf("a year outside %d–%d", YearMin, YearMax)
)

const unixToCivil = 719163 // 1970-01-01 is day 719163.

// Of gives the date of a year, month and day, which must name a real day.
func Of(year int, month time.Month, day int) Date {
	return Date(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix()/86400 + unixToCivil)
}

// Parse reads the form 2025-03-01, as events and arguments have it.
func Parse(s string) (Date, error) {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return 0, ErrForm
	}
	return ymd(s[:4], s[5:7], s[8:])
}

// Read reads a date as users type it: 2025-03-01, 2025/3/1, 2025年3月1日
// (spec §1). Digits must be ASCII: the caller folds the width.
func Read(s string) (Date, error) {
	y, rest, sep := cutSeparator(s)
	switch sep {
	case "-", "/":
		if m, d, ok := strings.Cut(rest, sep); ok {
			return ymd(y, m, d)
		}
	case "年":
		m, d, ok := strings.Cut(rest, "月")
		if d, closed := strings.CutSuffix(d, "日"); ok && closed {
			return ymd(y, m, d)
		}
	}
	return 0, ErrForm
}

func cutSeparator(s string) (year, rest, sep string) {
	for _, sep := range []string{"-", "/", "年"} {
		if y, rest, ok := strings.Cut(s, sep); ok {
			return y, rest, sep
		}
	}
	return "", "", ""
}

func ymd(y, m, d string) (Date, error) {
	year, okY := digits(y, 4, 4)
	month, okM := digits(m, 1, 2)
	day, okD := digits(d, 1, 2)
	if !okY || !okM || !okD {
		return 0, ErrForm
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if year == 0 || t.Year() != year || t.Month() != time.Month(month) || t.Day() != day {
		return 0, ErrDay
	}
	if year < YearMin || year > YearMax {
		return 0, ErrRange
	}
	return Of(year, time.Month(month), day), nil
}

func digits(s string, least, most int) (int, bool) {
	if len(s) < least || len(s) > most {
		return 0, false
	}
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

func (d Date) time() time.Time { return time.Unix((int64(d)-unixToCivil)*86400, 0).UTC() }

// Given reports whether d is a day at all.
func (d Date) Given() bool { return d != 0 }

// Before reports whether d is an earlier day than e.
func (d Date) Before(e Date) bool { return d < e }

// AddDays gives the day n days later, or earlier when n is negative.
func (d Date) AddDays(n int) Date { return d + Date(n) }

// Year is the calendar year of d.
func (d Date) Year() int { return d.time().Year() }

// MonthEnd is the last day of the month of d.
func (d Date) MonthEnd() Date {
	t := d.time()
	return Of(t.Year(), t.Month()+1, 1) - 1
}

// Weekday is the day of the week of d.
func (d Date) Weekday() time.Weekday { return time.Weekday(d % 7) }

// String gives 2025-03-01, and "" for the zero Date.
func (d Date) String() string {
	if d == 0 {
		return ""
	}
	return d.time().Format(time.DateOnly)
}

// MarshalJSON gives "2025-03-01", and null for the zero Date.
func (d Date) MarshalJSON() ([]byte, error) {
	if d == 0 {
		return []byte("null"), nil
	}
	return strconv.AppendQuote(nil, d.String()), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (d *Date) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*d = 0
		return nil
	}
	s, err := strconv.Unquote(string(b))
	if err != nil {
		return ErrForm
	}
	*d, err = Parse(s)
	return err
}
