package process_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"feisui/pkg/workflow"
	"feisui/schemas"
	"feisui/services/process"
	"feisui/services/process/define"
)

const hurried = `{"no":"JB-1","department":"D01","community":"990101001001","item":"A01","starts_on":"2025-03-04"%s}`

// TestWhatMustBeAnsweredIs: a step that amber warnings stand against is taken with an
// answer alone; a notice asks for none; both stand in the event, and in the timeline.
func TestWhatMustBeAnsweredIs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		stands  []string // guards that do not hold
		said    string
		refused []string // the fields of what is refused
		rules   []string // in the event
		answer  string
	}{
		"nothing stands":                     {nil, "", nil, nil, ""},
		"nothing stands, and it is answered": {nil, "急", nil, nil, ""},
		"a notice":                           {[]string{"within_load"}, "", nil, []string{"R22"}, ""},
		"amber, silent":                      {[]string{"start_timely"}, "", []string{"explanation", "guard"}, nil, ""},
		"amber, answered":                    {[]string{"start_timely", "within_load"}, "汛期急用", nil, []string{"R14", "R22"}, "汛期急用"},
		"two, silent":                        {[]string{"start_timely", "within_frequency"}, "", []string{"explanation", "guard", "guard"}, nil, ""},
		"refused, whatever is answered":      {[]string{"start_timely", "not_in_past"}, "汛期急用", []string{"guard"}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlay(t, "task")
			for _, guard := range c.stands {
				p.world.no[guard] = true
			}
			form := hurriedWith(c.said)
			events, err := p.Decide(nil, p.command(head, "2025-03-03", "issue", form), p.days, p.world)
			var refused workflow.Refusals
			var fields []string
			if errors.As(err, &refused) {
				for _, r := range refused {
					fields = append(fields, r.Field)
				}
			} else if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(fields, c.refused) || (len(events) > 0) != (c.refused == nil) {
				t.Fatalf("refused %q, %d events", fields, len(events))
			}
			if c.refused != nil {
				return
			}
			p.take(events)
			told := process.Timeline(p.Definition, p.in, p.days)[0]
			var rules []string
			for _, w := range told.Warned {
				rules = append(rules, w.Rule)
			}
			if !slices.Equal(rules, c.rules) || told.Answer != c.answer {
				t.Errorf("%q %q", rules, told.Answer)
			}
		})
	}
}

func hurriedWith(said string) string {
	if said != "" {
		said = `,"explanation":"` + said + `"`
	}
	return fmt.Sprintf(hurried, said)
}

// TestAStepOfBeforeHasNothingToAnswer: what an earlier version pointed out it did not keep,
// and its instances go on so.
func TestAStepOfBeforeHasNothingToAnswer(t *testing.T) {
	t.Parallel()
	p := newPlay(t, "task")
	before := *clone(t, p.Definition)
	before.Rules = nil
	p.world.no["start_timely"] = true
	c := p.command(head, "2025-03-03", "issue", hurriedWith(""))
	events, err := before.Decide(nil, c, p.days, p.world)
	if err != nil {
		t.Fatal(err)
	}
	if e, is := events[0].(schemas.InstanceBegun); !is || e.Warnings != nil {
		t.Errorf("%+v", events[0])
	}
	if said, err := before.Warnings(nil, &c, p.world); err != nil || len(said) != 1 {
		t.Errorf("and it is said no more: %v %v", said, err)
	}
}

// TestARuleThatCannotBeIsRefused: without a place for the answer, a code or a weight.
func TestARuleThatCannotBeIsRefused(t *testing.T) {
	t.Parallel()
	for place, change := range map[string]func(d *process.Definition){
		"actions.issue.form":         action("issue", func(a *process.Action) { a.Form = builtin(t, "task").Actions["accept"].Form }),
		"actions.issue.warns":        action("issue", func(a *process.Action) { a.By = append(a.By, "community_officer@community") }),
		"rules.moon_is_full":         func(d *process.Definition) { d.Rules["moon_is_full"] = process.Rule{Code: "R14", Severity: "S2"} },
		"rules.start_timely.code":    func(d *process.Definition) { d.Rules["start_timely"] = process.Rule{Code: "十四", Severity: "S2"} },
		"rules.within_load.severity": func(d *process.Definition) { d.Rules["within_load"] = process.Rule{Code: "R22", Severity: "DQ"} },
	} {
		d := clone(t, builtin(t, "task").Definition)
		change(d)
		if faults := d.Check(define.Names); !slices.ContainsFunc(faults, func(f process.Fault) bool { return f.Place == place }) {
			t.Errorf("%s: %+v", place, faults)
		}
	}
}
