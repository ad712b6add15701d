package civil_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"feisui/pkg/civil"
)

// The State Council's notices for 2025 and 2026, written down here a second
// time: what offices work on a weekend, and what they have off.
var (
	madeUp = []string{
		"2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11",
		"2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10",
	}
	off = [][2]string{
		{"2025-01-01", "2025-01-01"}, {"2025-01-28", "2025-02-04"}, {"2025-04-04", "2025-04-06"}, {"2025-05-01", "2025-05-05"},
		{"2025-05-31", "2025-06-02"}, {"2025-10-01", "2025-10-08"},
		{"2026-01-01", "2026-01-03"}, {"2026-02-15", "2026-02-23"}, {"2026-04-04", "2026-04-06"}, {"2026-05-01", "2026-05-05"},
		{"2026-06-19", "2026-06-21"}, {"2026-09-25", "2026-09-27"}, {"2026-10-01", "2026-10-07"},
	}
)

func TestEveryDayOf2025And2026(t *testing.T) {
	t.Parallel()
	china := civil.China()
	known := map[civil.Date]bool{}
	for _, day := range madeUp {
		known[date(t, day)] = true
		if w := date(t, day).Weekday(); w != time.Saturday && w != time.Sunday {
			t.Errorf("%s, a make-up day, is a %s", day, w)
		}
	}
	for _, span := range off {
		for d := date(t, span[0]); d <= date(t, span[1]); d++ {
			known[d] = false
		}
	}
	for d := date(t, "2025-01-01"); d <= date(t, "2026-12-31"); d++ {
		want, ok := known[d]
		if !ok {
			want = mondayToFriday(d)
		}
		if china.IsWorkday(d) != want {
			t.Errorf("%s, a %s: works is %v", d, d.Weekday(), !want)
		}
	}
}

func TestWorkingDaysAfter(t *testing.T) {
	t.Parallel()
	china := civil.China()
	for _, c := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-09-28", 5, "2026-10-10"}, // 29, 30, eight days off, 8, 9, and a Saturday that is worked
		{"2026-09-28", 0, "2026-09-28"},
		{"2026-10-01", 0, "2026-10-01"}, // even on a day off
		{"2026-09-30", 1, "2026-10-08"},
		{"2026-10-03", 1, "2026-10-08"},
		{"2026-02-13", 1, "2026-02-14"},
		{"2026-02-14", 1, "2026-02-24"},
		{"2025-12-31", 1, "2026-01-04"},
		{"2026-12-31", 1, "2027-01-01"}, // not announced: a Friday is a Friday
		{"2026-12-31", 2, "2027-01-04"},
		{"2003-12-31", 1, "2004-01-02"},
	} {
		if got := china.After(date(t, c.from), c.n); got != date(t, c.want) {
			t.Errorf("%d working days after %s: %s, want %s", c.n, c.from, got, c.want)
		}
	}
}

func TestAfterAddsUp(t *testing.T) {
	t.Parallel()
	china := civil.China()
	rapid.Check(t, func(t *rapid.T) {
		first, last := civil.Of(2003, time.June, 1), civil.Of(2028, time.June, 1)
		d := civil.Date(rapid.Int32Range(int32(first), int32(last)).Draw(t, "d"))
		a, b := rapid.IntRange(0, 60).Draw(t, "a"), rapid.IntRange(0, 60).Draw(t, "b")
		end := china.After(d, a+b)
		if got := china.After(china.After(d, a), b); got != end {
			t.Errorf("%d, then %d working days after %s: %s; %d: %s", a, b, d, got, a+b, end)
		}
		worked := 0
		for day := d + 1; day <= end; day++ {
			if china.IsWorkday(day) {
				worked++
			}
		}
		if worked != a+b || a+b > 0 && !china.IsWorkday(end) {
			t.Errorf("%d working days after %s is %s, with %d in between", a+b, d, end, worked)
		}
	})
}

func TestAYearWithoutANoticeIsMondayToFriday(t *testing.T) {
	t.Parallel()
	china := civil.China()
	for _, year := range []int{civil.YearMin, 2003, 2027, 2050, civil.YearMax} {
		for d := civil.Of(year, time.January, 1); d.Year() == year; d++ {
			if china.IsWorkday(d) != mondayToFriday(d) || china.Published(d) {
				t.Fatalf("%s, a %s: works is %v, published is %v", d, d.Weekday(), china.IsWorkday(d), china.Published(d))
			}
		}
	}
}

func TestTheYearsThatAreAnnounced(t *testing.T) {
	t.Parallel()
	china := civil.China()
	for year := 2000; year <= 2030; year++ {
		want := 2004 <= year && year <= 2026
		for _, d := range []civil.Date{civil.Of(year, time.January, 1), civil.Of(year, time.December, 31)} {
			if china.Published(d) != want {
				t.Errorf("%s: published is %v", d, !want)
			}
		}
	}
}

func TestNoCalendarIsMondayToFriday(t *testing.T) {
	t.Parallel()
	var none civil.Calendar
	rapid.Check(t, func(t *rapid.T) {
		if d := days().Draw(t, "d"); none.IsWorkday(d) != mondayToFriday(d) || none.Published(d) {
			t.Errorf("%s, a %s: works is %v", d, d.Weekday(), none.IsWorkday(d))
		}
	})
}

func TestAmend(t *testing.T) {
	t.Parallel()
	china := civil.China()
	amended, err := china.Amend(strings.NewReader("\ufeff# 2027, as announced\r\n" +
		"2027-01-01,off,元旦\r\n\r\n" +
		"  # an indented comment, 2031-01-01,off\n" +
		"2027/1/2,work\n" +
		"2027年2月5日, 休 ,春节, 放假\n" +
		" 2027-02-07 ,班\n" +
		"2026-10-10,off,a second notice\n" +
		"2027-01-03,off\n2027-01-03,work"))
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]bool{
		"2027-01-01": false, "2027-01-02": true, "2027-02-05": false, "2027-02-07": true, "2026-10-10": false,
		"2027-01-03": true,                                          // the later line holds
		"2027-01-04": true,                                          // a Monday that no line names
		"2027-01-09": false,                                         // a Saturday that no line names
		"2026-10-09": true, "2026-10-07": false, "2004-01-17": true, // as before
	} {
		if d := date(t, day); amended.IsWorkday(d) != want {
			t.Errorf("%s, a %s: works is %v", day, d.Weekday(), !want)
		}
	}
	for day, want := range map[string]bool{"2027-12-31": true, "2028-01-01": false, "2031-01-01": false, "2026-01-01": true} {
		if amended.Published(date(t, day)) != want {
			t.Errorf("%s: published is %v", day, !want)
		}
	}
	if got := amended.After(date(t, "2026-09-28"), 5); got != date(t, "2026-10-12") {
		t.Errorf("5 working days after 2026-09-28 are now %s", got)
	}

	// The calendar that was amended is as it was.
	if d := date(t, "2027-01-01"); !china.IsWorkday(d) || china.Published(d) || !china.IsWorkday(date(t, "2026-10-10")) {
		t.Error("amending a calendar changed it")
	}
	if again := civil.China(); !again.IsWorkday(date(t, "2026-10-10")) || again.Published(date(t, "2027-01-01")) {
		t.Error("amending China's calendar changed it for all")
	}
}

// Years between two notices, of which none speaks, stay Monday to Friday.
func TestAmendLeavesAGap(t *testing.T) {
	t.Parallel()
	amended, err := civil.China().Amend(strings.NewReader("2002-05-01,off\n2030-05-01,off\n"))
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]bool{
		"2002-05-01": false, "2003-05-01": true, "2028-05-01": true, "2028-05-06": false, "2030-05-01": false, "2030-05-02": true, "2026-10-10": true,
	} {
		if amended.IsWorkday(date(t, day)) != want {
			t.Errorf("%s: works is %v", day, !want)
		}
	}
	for day, want := range map[string]bool{"2002-01-01": true, "2003-01-01": false, "2028-01-01": false, "2030-01-01": true} {
		if amended.Published(date(t, day)) != want {
			t.Errorf("%s: published is %v", day, !want)
		}
	}
}

func TestNothingToAmend(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "\n\n", "# nothing\n"} {
		amended, err := civil.China().Amend(strings.NewReader(text))
		if d := date(t, "2026-10-10"); err != nil || !amended.IsWorkday(d) || !amended.Published(d) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestAmendRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, begins string
		is           error
	}{
		{"2027-02-30,off", `1:date: "2027-02-30"`, civil.ErrDay},
		{"# a comment\n\n2027-01-01,off\n1 Jan 2027,off", `4:date: "1 Jan 2027"`, civil.ErrForm},
		{"date,kind,name", `1:date: "date"`, civil.ErrForm},
		{"9999-01-01,off", `1:date: "9999-01-01"`, civil.ErrRange},
		{"2027-01-01", `1:kind: ""`, nil},
		{"2027-01-01,off\n2027-01-02,holiday,元旦", `2:kind: "holiday"`, nil},
		{"2027-01-01,OFF", `1:kind: "OFF"`, nil},
	} {
		_, err := civil.China().Amend(strings.NewReader(c.text))
		if err == nil || !strings.HasPrefix(err.Error(), c.begins) || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%q: %v, want %s", c.text, err, c.begins)
		}
	}
}

func TestAmendPassesOnWhatReadingFoundWrong(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is gone")
	if _, err := civil.China().Amend(failing{broken}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func BenchmarkAfter(b *testing.B) {
	china, from := civil.China(), civil.Of(2026, time.September, 28)
	for b.Loop() {
		china.After(from, 10)
	}
}

func mondayToFriday(d civil.Date) bool {
	return d.Weekday() != time.Saturday && d.Weekday() != time.Sunday
}

func date(t *testing.T, text string) civil.Date {
	t.Helper()
	d, err := civil.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestAnEditionNamesWhatACalendarSays(t *testing.T) {
	t.Parallel()
	amend := func(text string) civil.Calendar {
		c, err := civil.China().Amend(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	same := amend("2025-01-01,off")
	if same.Edition() != civil.China().Edition() {
		t.Error("a notice that repeats what is known makes another edition")
	}
	for _, text := range []string{"2025-01-01,work", "2027-01-01,off"} {
		if amend(text).Edition() == civil.China().Edition() {
			t.Errorf("%s makes no other edition", text)
		}
	}
}
