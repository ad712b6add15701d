package civil

import (
	"bufio"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Calendar says which days offices work: Monday to Friday, less public
// holidays, plus make-up days (调休) as the State Council announces them each
// autumn for the next year. It is a value; amending it gives another one.
type Calendar struct {
	days  map[Date]bool // the days that differ from Monday to Friday: true = worked
	flat  []bool        // worked or not, for each day from first on
	first Date
	years []int // the years that a notice was published for, ascending
}

//go:embed china.csv
var chinaCSV string

// China gives the published calendar, 2004–2026.
// Source: npm package chinese-days 1.5.7 (MIT), after the State Council's notices.
var China = sync.OnceValue(func() Calendar {
	c, err := Calendar{}.Amend(strings.NewReader(chinaCSV))
	if err != nil {
		panic(err) // the embedded file is tested
	}
	return c
})

// Amend gives a calendar in which the days that r names are as r says. Each
// line of r is DATE,off|work[,NAME]; lines that begin with # are comments. A
// year that r names counts as published.
func (c Calendar) Amend(r io.Reader) (Calendar, error) {
	days := make(map[Date]bool, len(c.days))
	maps.Copy(days, c.days)
	years := slices.Clone(c.years)
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		date, rest, _ := strings.Cut(line, ",")
		kind, _, _ := strings.Cut(rest, ",")
		d, err := Read(strings.TrimSpace(date))
		if err != nil {
			return Calendar{}, fmt.Errorf("%d:date: %q, expected %w", n, date, err)
		}
		switch strings.TrimSpace(kind) {
		case "off", "休":
			days[d] = false
		case "work", "班":
			days[d] = true
		default:
			return Calendar{}, fmt.Errorf("%d:kind: %q, expected off (休) or work (班)", n, kind)
		}
		if !slices.Contains(years, d.Year()) {
			years = append(years, d.Year())
		}
	}
	if err := lines.Err(); err != nil {
		return Calendar{}, err
	}
	slices.Sort(years)
	return flatten(days, years), nil
}

// Years are those that a notice was published for, ascending.
func (c Calendar) Years() []int { return slices.Clone(c.years) }

// Edition names what the calendar says: two that say the same of every day have
// the same edition.
func (c Calendar) Edition() string {
	sum := sha256.New()
	for _, d := range slices.Sorted(maps.Keys(c.days)) {
		fmt.Fprintln(sum, d, c.days[d])
	}
	fmt.Fprintln(sum, c.years)
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// flatten lays the span of published years out as a table, since a statement
// asks for hundreds of thousands of working days.
func flatten(days map[Date]bool, years []int) Calendar {
	c := Calendar{days: days, years: years}
	if len(years) == 0 {
		return c
	}
	c.first = Of(years[0], time.January, 1)
	last := Of(years[len(years)-1], time.December, 31)
	flat := make([]bool, last-c.first+1)
	for i := range flat {
		flat[i] = c.byRule(c.first + Date(i))
	}
	c.flat = flat
	return c
}

func (c Calendar) byRule(d Date) bool {
	if worked, ok := c.days[d]; ok {
		return worked
	}
	return weekday(d)
}

func weekday(d Date) bool {
	day := d.Weekday()
	return day != time.Saturday && day != time.Sunday
}

// IsWorkday reports whether offices work on d. In a year without a published
// calendar that is Monday to Friday (spec §8).
func (c Calendar) IsWorkday(d Date) bool {
	if i := int(d - c.first); i >= 0 && i < len(c.flat) {
		return c.flat[i]
	}
	return weekday(d)
}

// Published reports whether the calendar of d's year has been announced. A
// deadline in a year that has not is provisional.
func (c Calendar) Published(d Date) bool {
	_, ok := slices.BinarySearch(c.years, d.Year())
	return ok
}

// After gives the n-th working day after d; d itself when n is 0. So "on more
// than n working days after d" (spec §8) is on ≥ After(d, n+1).
func (c Calendar) After(d Date, n int) Date {
	for n > 0 {
		d++
		if c.IsWorkday(d) {
			n--
		}
	}
	return d
}
