package civil_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"feisui/pkg/civil"
)

func TestDatesAsUsersTypeThem(t *testing.T) {
	t.Parallel()
	want := civil.Of(2025, time.March, 1)
	for _, text := range []string{"2025-03-01", "2025-3-1", "2025-03-1", "2025/3/1", "2025/03/01", "2025年3月1日", "2025年03月01日"} {
		if got, err := civil.Read(text); err != nil || got != want {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
	for text, want := range map[string]civil.Date{
		"2024-02-29":  civil.Of(2024, time.February, 29),
		"2000/2/29":   civil.Of(2000, time.February, 29),
		"1901年1月1日":   civil.Of(1901, time.January, 1),
		"2199年12月31日": civil.Of(2199, time.December, 31),
	} {
		if got, err := civil.Read(text); err != nil || got != want {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
}

func TestWhatIsNoDate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]error{
		"":                     civil.ErrForm,
		"-":                    civil.ErrForm,
		"//":                   civil.ErrForm,
		"年月日":                  civil.ErrForm,
		"2025":                 civil.ErrForm,
		"2025-03":              civil.ErrForm,
		"2025年3月":              civil.ErrForm,
		"2025年3月1号":            civil.ErrForm,
		"2025年3月1":             civil.ErrForm,
		"2025年3月1日止":           civil.ErrForm,
		"25-03-01":             civil.ErrForm,
		"02025-03-01":          civil.ErrForm,
		"2025-003-01":          civil.ErrForm,
		"2025-03-001":          civil.ErrForm,
		"2025-03-01-":          civil.ErrForm,
		"2025-03/01":           civil.ErrForm,
		"2025年3-1":             civil.ErrForm,
		"2025.3.1":             civil.ErrForm,
		"20250301":             civil.ErrForm,
		"2025-03-01T00:00:00Z": civil.ErrForm,
		" 2025-03-01":          civil.ErrForm,
		"２０２５-03-01":           civil.ErrForm,
		"-2025-03-01":          civil.ErrForm,
		"+025-03-01":           civil.ErrForm,
		"2025--3-01":           civil.ErrForm,
		"2025-+3-01":           civil.ErrForm,
		"2025-Mar-01":          civil.ErrForm,
		"45717":                civil.ErrForm,
		"2025-00-01":           civil.ErrDay,
		"2025-13-01":           civil.ErrDay,
		"2025-03-00":           civil.ErrDay,
		"2025-03-32":           civil.ErrDay,
		"2025-04-31":           civil.ErrDay,
		"2025-02-29":           civil.ErrDay,
		"1900-02-29":           civil.ErrDay,
		"2100/2/29":            civil.ErrDay,
		"0000-01-01":           civil.ErrDay,
		"0001-01-01":           civil.ErrRange,
		"1900-01-01":           civil.ErrRange,
		"1900年12月31日":          civil.ErrRange,
		"2200-01-01":           civil.ErrRange,
		"9999-12-31":           civil.ErrRange,
	} {
		if got, err := civil.Read(text); got.Given() || !errors.Is(err, want) {
			t.Errorf("%q: got %v, %v; want %v", text, got, err, want)
		}
	}
}

func TestParseReadsOneFormOnly(t *testing.T) {
	t.Parallel()
	if got, err := civil.Parse("2025-03-01"); err != nil || got != civil.Of(2025, time.March, 1) {
		t.Errorf("got %v, %v", got, err)
	}
	for text, want := range map[string]error{
		"": civil.ErrForm, "2025-3-1": civil.ErrForm, "2025/03/01": civil.ErrForm, "2025年3月1日": civil.ErrForm, "2025-03-01 ": civil.ErrForm,
		"2025-0a-01": civil.ErrForm, "2025-02-30": civil.ErrDay, "1900-01-01": civil.ErrRange,
	} {
		if got, err := civil.Parse(text); got.Given() || !errors.Is(err, want) {
			t.Errorf("%q: got %v, %v; want %v", text, got, err, want)
		}
	}
}

// The package counts days on its own; here it is held against time.Time, for
// every day that a record may hold.
func TestEveryDayIsThatOfTheGregorianCalendar(t *testing.T) {
	t.Parallel()
	end := time.Date(civil.YearMax, time.December, 31, 0, 0, 0, 0, time.UTC)
	before := civil.Of(civil.YearMin-1, time.December, 31)
	for day := time.Date(civil.YearMin, time.January, 1, 0, 0, 0, 0, time.UTC); !day.After(end); day = day.AddDate(0, 0, 1) {
		d := civil.Of(day.Date())
		if d != before+1 || !before.Before(d) || d.Before(before) || before.AddDays(1) != d || d.AddDays(-1) != before {
			t.Fatalf("%s is not the day after %s", d, before)
		}
		before = d
		text := day.Format(time.DateOnly)
		if d.String() != text || d.Year() != day.Year() || d.Weekday() != day.Weekday() || !d.Given() {
			t.Fatalf("%s: got %s, the year %d, a %s", text, d, d.Year(), d.Weekday())
		}
		if got, err := civil.Parse(text); err != nil || got != d {
			t.Fatalf("%s: parsed as %v, %v", text, got, err)
		}
		for _, form := range []string{"2006-1-2", "2006/1/2", "2006年1月2日"} {
			if got, err := civil.Read(day.Format(form)); err != nil || got != d {
				t.Fatalf("%s: read as %v, %v", day.Format(form), got, err)
			}
		}
	}
}

func TestDaysCountFromTheFirst(t *testing.T) {
	t.Parallel()
	for d, want := range map[civil.Date]string{0: "", 1: "0001-01-01", 719163: "1970-01-01"} {
		if d.String() != want {
			t.Errorf("day %d is %q, want %q", int(d), d, want)
		}
	}
	if d := civil.Date(1); d.Weekday() != time.Monday {
		t.Errorf("0001-01-01 is a %s", d.Weekday())
	}
}

func TestTheZeroDateIsNotGivenAndBeforeAllOthers(t *testing.T) {
	t.Parallel()
	var zero civil.Date
	if zero.Given() || !zero.Before(civil.Of(civil.YearMin, time.January, 1)) {
		t.Error("the zero Date is given, or late")
	}
}

type record struct {
	On  civil.Date  `json:"on"`
	By  civil.Date  `json:"by,omitzero"`
	End *civil.Date `json:"end,omitempty"`
}

func TestDatesInJSON(t *testing.T) {
	t.Parallel()
	end := civil.Of(2026, time.December, 31)
	for text, want := range map[string]record{
		`{"on":"2025-03-01","by":"2025-03-31","end":"2026-12-31"}`: {On: civil.Of(2025, time.March, 1), By: civil.Of(2025, time.March, 31), End: &end},
		`{"on":"2025-03-01"}`: {On: civil.Of(2025, time.March, 1)},
		`{"on":null}`:         {},
	} {
		var got record
		if err := json.Unmarshal([]byte(text), &got); err != nil || got.On != want.On || got.By != want.By || (got.End == nil) != (want.End == nil) {
			t.Errorf("%s: got %+v, %v", text, got, err)
		}
		if b, err := json.Marshal(want); err != nil || string(b) != text {
			t.Errorf("%+v: got %s, %v; want %s", want, b, err, text)
		}
	}
	for _, text := range []string{`20250301`, `"2025/3/1"`, `""`, `"2025-02-30"`, `"1900-01-01"`, `{}`, `true`, `["2025-03-01"]`} {
		got := civil.Of(2025, time.March, 1)
		if err := json.Unmarshal([]byte(text), &got); err == nil {
			t.Errorf("%s: got %v", text, got)
		}
	}
	set := civil.Of(2025, time.March, 1)
	if err := json.Unmarshal([]byte("null"), &set); err != nil || set.Given() {
		t.Errorf("null: got %v, %v", set, err)
	}
}

func TestADateSurvivesJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := days().Draw(t, "d")
		b, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		var again civil.Date
		if err := json.Unmarshal(b, &again); err != nil || again != d {
			t.Errorf("%s was written as %s, and that read as %s, %v", d, b, again, err)
		}
	})
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"2025-03-01", "2025/3/1", "2025年3月1日", "2025-02-30", "年月日"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := civil.Read(s)
		if (err == nil) != d.Given() {
			t.Fatalf("%q: %v, %v", s, d, err)
		}
		if again, _ := civil.Parse(d.String()); again != d {
			t.Errorf("%q was read as %s, and that as %s", s, d, again)
		}
		if err == nil && (d.Year() < civil.YearMin || d.Year() > civil.YearMax) {
			t.Errorf("%q is in the year %d", s, d.Year())
		}
	})
}

func ExampleDate_AddDays() {
	d := civil.Of(2026, time.September, 28)
	fmt.Println(d, d.Weekday(), d.AddDays(3))
	// Output: 2026-09-28 Monday 2026-10-01
}

// days draws any day that a record may hold.
func days() *rapid.Generator[civil.Date] {
	first, last := civil.Of(civil.YearMin, time.January, 1), civil.Of(civil.YearMax, time.December, 31)
	return rapid.Map(rapid.Int32Range(int32(first), int32(last)), func(n int32) civil.Date { return civil.Date(n) })
}
