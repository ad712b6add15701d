package people_test

import (
	"errors"
	"testing"

	"feisui/services/people"
)

// taken are so many of the same, so far apart, the last at a moment.
func taken(n int, apart, last people.Moment, files, rows int64) (all []people.Taking) {
	for i := range n {
		all = append(all, people.Taking{At: last - apart*people.Moment(n-1-i), Files: files, Rows: rows})
	}
	return all
}

// TestHowMuchOnePersonTakes: what is refused, and for how long; the nearest that is not.
func TestHowMuchOnePersonTakes(t *testing.T) {
	t.Parallel()
	const now = 1_000 * people.Day
	many := append(taken(1, 0, now-23*people.Hour, 1, 400_000), taken(2, 0, now-people.Hour, 1, 400_000)...)
	for name, c := range map[string]struct {
		before []people.Taking
		file   bool
		wait   people.Moment // 0: it is not refused
	}{
		"nothing before":                 {nil, true, 0},
		"one less than an hour's files":  {taken(people.FilesHour-1, people.Second, now, 1, 10), true, 0},
		"an hour's files":                {taken(people.FilesHour, people.Second, now, 1, 10), true, people.Hour - (people.FilesHour-1)*people.Second},
		"an hour's files, and one reads": {taken(people.FilesHour, people.Second, now, 1, 10), false, 0},
		"they are an hour old":           {taken(people.FilesHour, 0, now-people.Hour, 1, 10), true, 0},
		"more than an hour's":            {taken(people.FilesHour+1, 10*people.Second, now, 1, 10), true, people.Hour - (people.FilesHour-1)*10*people.Second},
		"one row less than a day's":      {taken(1, 0, now, 0, people.RowsDay-1), false, 0},
		"a day's rows":                   {taken(1, 0, now-people.Hour, 0, people.RowsDay), false, 23 * people.Hour},
		"a day's rows, and a file":       {taken(1, 0, now-people.Hour, 0, people.RowsDay), true, 23 * people.Hour},
		"they are a day old":             {taken(1, 0, now-people.Day, 1, people.RowsDay), true, 0},
		"until the first is a day old":   {many, true, people.Hour},
		"both bounds":                    {append(taken(1, 0, now-2*people.Hour, 0, people.RowsDay), taken(people.FilesHour, 0, now, 1, 0)...), true, 22 * people.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := people.MayTake(c.before, c.file, now)
			var no *people.Refusal
			if errors.As(err, &no) != (c.wait > 0) || no != nil && (no.Wait != c.wait || no.Code != people.BulkRead || no.Kind != people.TooMany) {
				t.Fatalf("%+v, want a wait of %d", no, c.wait)
			}
			if no == nil {
				return
			}
			if people.MayTake(c.before, c.file, now+c.wait) != nil || people.MayTake(c.before, c.file, now+c.wait-1) == nil {
				t.Error("it does not hold until then, or longer")
			}
		})
	}
}

// TestAnAlarmIsRaisedOnceADay: at the twentieth file, at so many rows, and not again.
func TestAnAlarmIsRaisedOnceADay(t *testing.T) {
	t.Parallel()
	const now = 1_000 * people.Day
	told := taken(people.FilesAlarm, people.Minute, now, 1, 1)
	told[0].Told = true
	old := taken(people.FilesAlarm, 0, now, 1, 1)
	old = append([]people.Taking{{At: now - people.Day, Files: 1, Told: true}}, old...)
	for name, c := range map[string]struct {
		before []people.Taking
		is     bool
	}{
		"nineteen files":           {taken(people.FilesAlarm-1, people.Hour, now, 1, 1), false},
		"a file an hour":           {taken(people.FilesAlarm, people.Hour, now, 1, 1), true},
		"spread over days":         {taken(people.FilesAlarm, 2*people.Hour, now, 1, 1), false},
		"rows":                     {taken(2, people.Hour, now, 0, people.RowsAlarm/2), true},
		"a row less":               {taken(1, people.Hour, now, 0, people.RowsAlarm-1), false},
		"it was raised":            {told, false},
		"it was raised a day past": {old, true},
	} {
		if people.Alarming(c.before, now) != c.is {
			t.Errorf("%s: %v", name, !c.is)
		}
	}
}

// TestAnAlarmSaysHowMuch: what stands in the log is read again, and what is not ours stays.
func TestAnAlarmSaysHowMuch(t *testing.T) {
	t.Parallel()
	is := people.Taken{Files: 20, Rows: 12_345}
	for _, asked := range []string{"/v1/counties/c/tasks?format=csv", "", "x files=1 rows=2"} {
		if back, t2 := people.TakenIn(is.Target(asked)); back != asked || t2 != is {
			t.Errorf("%q: %q %+v", asked, back, t2)
		}
	}
	for _, other := range []string{"/v1/counties/c/tasks?format=csv rows=7", "person:1", " files= rows="} {
		if back, none := people.TakenIn(other); back != other || none != (people.Taken{}) {
			t.Errorf("%q: %q %+v", other, back, none)
		}
	}
}
