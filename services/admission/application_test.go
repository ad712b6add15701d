package admission_test

import (
	"maps"
	"strings"
	"testing"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/services/admission"
)

// fields of an application with which nothing is wrong, and what is given stands
// over them.
func fields(more map[string]string) map[string]string {
	all := map[string]string{
		"no": "ZR1", "department": "D1", "kind": "task", "item": "I1", "name": "调查", "communities": "C1;C2", "from": "2025-05-06",
		"to": "2025-12-31", "document": "民发〔2025〕12号", "plan": "方案", "cost": "600", "source": "2080299",
	}
	maps.Copy(all, more)
	return all
}

func rules(all []admission.Warning) string {
	var list []string
	for _, w := range all {
		list = append(list, w.Rule+" "+w.Lamp)
	}
	return strings.Join(list, ", ")
}

func TestWarningsAreWhatRulesSay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		more map[string]string
		on   civil.Date
		want string
	}{
		"nothing is wrong":            {nil, day(3), ""},
		"30 working days before":      {map[string]string{"from": "2025-04-15"}, day(3), ""},
		"29 working days before":      {map[string]string{"from": "2025-04-14"}, day(3), "R06 yellow"},
		"an emergency needs no days":  {map[string]string{"from": "2025-03-03", "emergency": "yes"}, day(3), ""},
		"no document number":          {map[string]string{"document": "口头"}, day(3), "R04 yellow"},
		"one that hides its number":   {map[string]string{"document": "万办字[**]60号"}, day(3), "R04 yellow"},
		"two numbers":                 {map[string]string{"document": "姜委发[2022]34、35号"}, day(3), ""},
		"no document yet":             {map[string]string{"document": ""}, day(3), ""},
		"an assessment":               {map[string]string{"kind": "assessment"}, day(3), "R12 red"},
		"how it is assessed":          {map[string]string{"assessment": "季度排名"}, day(3), "R12 red"},
		"a pledge comes with it":      {map[string]string{"side_effects": "签订责任状"}, day(3), "R13 red"},
		"no end":                      {map[string]string{"to": ""}, day(3), "R20 blue"},
		"everything at once, in turn": {map[string]string{"document": "x", "from": "2025-03-04", "to": "", "assessment": "一票否决"}, day(3), "R04 yellow, R06 yellow, R12 red, R13 red, R20 blue"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := admission.Read(fields(c.more))
			if got := rules(a.Warnings(c.on, civil.China())); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// TestADayOfAnUnpublishedYearIsSaidToBeProvisional: who is told from when an application
// would be early enough is told that the holidays of that year are not known.
func TestADayOfAnUnpublishedYearIsSaidToBeProvisional(t *testing.T) {
	t.Parallel()
	a := admission.Read(fields(map[string]string{"from": "2026-12-30", "to": "2027-12-31"}))
	for on, want := range map[civil.Date]string{
		civil.Of(2026, 11, 19): "warn_notice", civil.Of(2026, 11, 20): "warn_notice_provisional", // 30 working days after it is in 2027
	} {
		all := a.Warnings(on, civil.China())
		if len(all) != 1 || all[0].Text.Key != want {
			t.Errorf("on %s: %+v, want %s", on, all, want)
		}
	}
}

func TestAnEmergencyIsSaidInTimeAndEnds(t *testing.T) {
	t.Parallel()
	a := admission.Read(fields(map[string]string{"emergency": "yes", "started_on": "2025-03-03"}))
	for on, refused := range map[civil.Date]bool{day(2): true, day(3): false, day(6): false, day(7): true} {
		if got := a.Timely(on, civil.China()); (got != nil) != refused {
			t.Errorf("on %s: %v", on, got)
		}
	}
	friday := admission.Read(fields(map[string]string{"emergency": "yes", "started_on": "2025-03-04"})) // the third day is a Friday
	if err := friday.Timely(day(9), civil.China()); err != nil {
		t.Errorf("the weekend after the last day is in time: %v", err)
	}
	for on, want := range map[civil.Date]string{civil.Of(2025, 4, 2): "R21 yellow", civil.Of(2025, 4, 3): "R21 red"} {
		if got := rules(a.Provisional(on)); got != want {
			t.Errorf("on %s: %q", on, got)
		}
	}
	usual := admission.Read(fields(nil))
	if usual.Timely(day(3), civil.China()) != nil || usual.Provisional(day(3)) != nil {
		t.Error("an application that is no emergency is one")
	}
}

func TestADecisionGoesNoFurther(t *testing.T) {
	t.Parallel()
	all := map[string]string{"communities": "all"}
	for name, c := range map[string]struct {
		applied, decided map[string]string
		refused          string
	}{
		"as applied for":                  {nil, nil, ""},
		"less of all":                     {nil, map[string]string{"from": "2025-06-01", "to": "2025-06-30", "communities": "C2"}, ""},
		"one of all":                      {all, map[string]string{"communities": "C9"}, ""},
		"an end where was none":           {map[string]string{"to": ""}, map[string]string{"to": "2030-01-01"}, ""},
		"earlier":                         {nil, map[string]string{"from": "2025-05-05"}, "from: 2025-05-05: no_earlier"},
		"later":                           {nil, map[string]string{"to": "2026-01-01"}, "to: 2026-01-01: no_later"},
		"another community":               {nil, map[string]string{"communities": "C1;C3"}, "communities: C3: no_wider"},
		"all of some":                     {nil, map[string]string{"communities": "all"}, "communities: all: no_wider"},
		"an end before the applied start": {nil, map[string]string{"to": "2025-05-05"}, "to: 2025-05-05: end_before_start"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := admission.Read(fields(c.applied))
			err := a.Within(admission.Read(c.decided)).Err()
			if got := said(err); got != c.refused {
				t.Errorf("%q, want %q", got, c.refused)
			}
		})
	}
}

func said(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestWhatIsNotSound(t *testing.T) {
	t.Parallel()
	for want, more := range map[string]map[string]string{
		"":                                     nil,
		"to: 2025-05-05: end_before_start":     {"to": "2025-05-05"},
		"started_on: 2025-03-03: no_emergency": {"started_on": "2025-03-03"},
		"emergency_event: 洪水: no_emergency\nemergency_level: second: no_emergency\nemergency_document: 汛〔2025〕1号: no_emergency": {
			"emergency_event": "洪水", "emergency_level": "second", "emergency_document": "汛〔2025〕1号",
		},
	} {
		a := admission.Read(fields(more))
		if got := said(a.Sound().Err()); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestThePriceIsHeldAgainstTheCost(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		more  map[string]string
		total *money.Fen
		want  string
	}{
		"as much":               {nil, new(money.Fen(600_00)), ""},
		"a fen less":            {nil, new(money.Fen(600_01)), "R31 yellow"},
		"nobody knows":          {nil, nil, "R34 yellow"},
		"nothing":               {nil, new(money.Fen(0)), "R34 yellow"},
		"of a survey":           {map[string]string{"kind": "survey"}, nil, ""},
		"no cost is reckoned":   {map[string]string{"cost": ""}, new(money.Fen(1)), ""},
		"no cost, and for free": {map[string]string{"cost": ""}, new(money.Fen(0)), "R34 yellow"},
	} {
		a := admission.Read(fields(c.more))
		if got := rules(a.Priced(c.total)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestWhatIsOfferedHasItsRate(t *testing.T) {
	t.Parallel()
	yuan := admission.Read(fields(map[string]string{"rule": "per_case", "rate": "0.05"}))
	percent := admission.Read(fields(map[string]string{"rule": "ratio", "rate": "2.5"}))
	none := admission.Read(fields(map[string]string{"rule": "agreed"}))
	if got := yuan.Offered(); got.List != "purchase" || got.Rate.String() != "5" { // fen
		t.Errorf("%+v", got)
	}
	if got := percent.Offered(); got.Rate.String() != "2.5" {
		t.Errorf("%+v", got)
	}
	if got := none.Offered(); got.Rate != nil || got.Rule != "agreed" {
		t.Errorf("%+v", got)
	}
}
