package process

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"feisui/pkg/civil"
	"feisui/pkg/message"
	"feisui/pkg/workflow"
	"feisui/schemas"
)

// Moment is a line of an instance's timeline: a step, or how the day of a
// deadline was found that it set.
type Moment struct {
	Step        int
	On          civil.Date // of a deadline: the last day that is in time
	Event       string     // the type of the step's event
	Text        message.Text
	Deadline    string
	Action      string          // of a step that somebody took
	Office      string          // and for whom, "" for the county
	Form        json.RawMessage // what was filled in with it
	Running     bool            // of a deadline: it runs still, and counts
	Provisional bool

	Warned []schemas.StepWarning // what was pointed out with the step
	Answer string                // and what whoever took it said of that
}

// Timeline tells an instance from its beginning, by step, each followed by the
// deadlines that it set. days is the calendar by which it explains them.
func Timeline(d *Definition, in *Instance, days civil.Calendar) []Moment {
	var all []Moment
	for i, s := range in.Steps {
		all = append(all, Moment{
			Step: i + 1, On: s.On, Event: s.Event, Text: d.tell(&s), Deadline: s.Deadline, Action: s.Action, Office: s.Office, Form: s.Form,
			Warned: s.Warned, Answer: d.Answer(&s),
		})
		for _, set := range s.Deadlines {
			text := Explain(set, days)
			t := d.Timers[set.Deadline]
			text.Words["deadline"], text.Words["due"] = words(t.Title), t.graced(text.Words["due"])
			all = append(all, Moment{
				Step: i + 1, On: set.DueOn, Event: s.Event, Text: text, Deadline: set.Deadline,
				Running: slices.Contains(in.Running, set), Provisional: set.Provisional,
			})
		}
	}
	return all
}

// graced adds to what is said of the day on which a deadline falls those that are waited
// after it.
func (t *Timer) graced(due message.Words) message.Words {
	if t.Grace == 0 {
		return due
	}
	said := message.Words{}
	for _, lang := range message.Languages {
		said[lang] = due[lang] + workflow.Messages.Say(lang, message.Text{Key: grace[t.Unit], Args: message.Args{"days": strconv.Itoa(t.Grace)}})
	}
	return said
}

// tell says what happened in a step.
func (d *Definition) tell(s *Step) message.Text {
	text := message.Text{
		Key: "moment_acted", Args: message.Args{"on": s.On.String(), "due": s.DueOn.String(), "before": s.Before.String(), "ahead": strconv.Itoa(s.Ahead)},
		Words: map[string]message.Words{
			"action": words(d.Actions[s.Action].Title), "state": words(d.States[s.To].Title), "deadline": words(d.Timers[s.Deadline].Title),
		},
	}
	switch {
	case s.Event == schemas.InstanceBegun{}.Type() && s.Action == "":
		text.Key = "moment_taken_up"
	case s.Event == schemas.InstanceDeadlineMoved{}.Type():
		text.Key = "moment_moved"
	case s.Event == schemas.InstanceReminded{}.Type():
		text.Key = "moment_reminded"
	case s.Refused != nil:
		text.Key, text.Words["action"], text.Words["why"] = "moment_passed_refused", words(d.Actions[s.Refused.Action].Title), why(s.Refused)
	case s.Event == schemas.InstanceDeadlinePassed{}.Type() && s.Action == "":
		text.Key = "moment_passed"
	case s.Event == schemas.InstanceDeadlinePassed{}.Type() && !d.Timers[s.Deadline].Warning:
		text.Key = "moment_passed_with"
	}
	return text
}

// why says for which reasons a step was refused.
func why(r *schemas.StepRefused) message.Words {
	zh, en := make([]string, len(r.Why)), make([]string, len(r.Why))
	for i, w := range r.Why {
		zh[i], en[i] = strings.TrimSpace(w.Found+" "+w.Chinese), strings.TrimSpace(w.Found+" "+w.English)
	}
	return message.Words{message.Chinese: strings.Join(zh, "；"), message.English: strings.Join(en, "; ")}
}

// Explain says how the day of a deadline was found: "2025-03-31 起 5 个工作日，其中
// 4月4日–6日放假 → 4月8日". The deadline's own title is for the caller to fill.
func Explain(set schemas.DeadlineSet, days civil.Calendar) message.Text {
	text := message.Text{
		Key:  "counted_calendar",
		Args: message.Args{"from": set.From.String(), "days": strconv.Itoa(set.Days)},
		Words: map[string]message.Words{
			"due":   dated(set.DueOn, set.From),
			"notes": {message.Chinese: "", message.English: ""},
		},
	}
	switch {
	case set.Days == 0 && set.DueOn == set.From && set.Stood > 0:
		text.Key, text.Args["days"], text.Args["from"] = "counted_stood", strconv.Itoa(set.Stood), set.From.AddDays(-set.Stood).String()
	case set.Days == 0 && set.DueOn == set.From:
		text.Key = "counted_day" // which somebody named, and nobody counted
	case set.Unit == working:
		text.Key = "counted_working"
		text.Words["notes"] = notes(set, days)
	}
	return text
}

// notes says which days off and make-up days lie between, and that the day is
// provisional. A calendar by which the deadline would fall elsewhere is not the
// one by which it was counted, and explains nothing.
func notes(set schemas.DeadlineSet, days civil.Calendar) message.Words {
	said := message.Words{}
	for _, lang := range message.Languages {
		var b strings.Builder
		say := func(key string, args message.Args) {
			b.WriteString(workflow.Messages.Say(lang, message.Text{Key: key, Args: args}))
		}
		if count(set, days).DueOn == set.DueOn {
			off, made := exceptions(set.From, set.DueOn, days)
			if off != nil {
				say("counted_off", message.Args{"days": spans(off, set.From, lang)})
			}
			if made != nil {
				say("counted_made_up", message.Args{"days": spans(made, set.From, lang)})
			}
		} else {
			say("counted_otherwise", nil)
		}
		if set.Provisional {
			say("counted_provisional", nil)
		}
		said[lang] = b.String()
	}
	return said
}

// span is days in a row.
type span struct{ first, last civil.Date }

// exceptions gives the rows of days off with a weekday among them that touch the
// days after from up to due, whole, and the days of weekends that are worked.
func exceptions(from, due civil.Date, days civil.Calendar) (off, made []span) {
	weekend := func(d civil.Date) bool { return d.Weekday() == 0 || d.Weekday() == 6 }
	for d := from + 1; d <= due; d++ {
		switch {
		case days.IsWorkday(d) && weekend(d):
			made = append(made, span{d, d})
		case !days.IsWorkday(d) && !weekend(d):
			s := span{d, d}
			for !days.IsWorkday(s.first - 1) {
				s.first--
			}
			for !days.IsWorkday(s.last + 1) {
				s.last++
			}
			off = append(off, s)
			d = s.last
		}
	}
	return off, made
}

// spans writes rows of days: 4月4日–6日.
func spans(all []span, near civil.Date, lang message.Language) string {
	list := make([]string, len(all))
	for i, s := range all {
		list[i] = dated(s.first, near)[lang]
		if s.last > s.first {
			list[i] += "–" + lastOf(s, lang)
		}
	}
	if lang == message.Chinese {
		return strings.Join(list, "、")
	}
	return strings.Join(list, ", ")
}

// lastOf writes the end of a row of days, in Chinese as short as it may be.
func lastOf(s span, lang message.Language) string {
	text := dated(s.last, s.first)[lang]
	_, day, split := strings.Cut(text, "月")
	if split && s.first.String()[:7] == s.last.String()[:7] {
		return day
	}
	return text
}

// dated writes a day as people do, in Chinese without the year where that is the
// other's.
func dated(day, near civil.Date) message.Words {
	text := day.String()
	year, month, number := text[:4], strings.TrimLeft(text[5:7], "0"), strings.TrimLeft(text[8:], "0")
	zh := month + "月" + number + "日"
	if near.Year() != day.Year() {
		zh = year + "年" + zh
	}
	return message.Words{message.Chinese: zh, message.English: text}
}

// grace is how days of grace are said, by their unit.
var grace = map[string]string{"working": "counted_grace_working", "calendar": "counted_grace_calendar"}
