package workflow_test

import (
	"errors"
	"slices"
	"testing"

	"feisui/pkg/civil"
	"feisui/pkg/message"
	"feisui/pkg/money"
	"feisui/pkg/workflow"
)

// fact is something with a field of each kind that events have.
type fact struct {
	No     string         `json:"no"`
	Due    civil.Date     `json:"due,omitzero"`
	Fee    money.Fen      `json:"fee"`
	Extra  *money.Fen     `json:"extra,omitempty"`
	Rate   *money.Decimal `json:"rate,omitempty"`
	People *int64         `json:"people,omitempty"`
	Needed *bool          `json:"needed,omitempty"`
	Places []string       `json:"places,omitempty"`
}

func TestFill(t *testing.T) {
	t.Parallel()
	may := civil.Of(2025, 5, 1)
	half := money.Whole(5).Shift(-1)
	known := fact{No: "1", Due: may, Fee: 120000, Extra: new(money.Fen(50)), Rate: &half, People: new(int64(7)), Needed: new(false), Places: []string{"a", "b"}}
	bare := fact{No: "1", Fee: 120000}
	for name, c := range map[string]struct {
		known   *fact
		given   fact
		change  workflow.Change
		refused string
	}{
		"nothing is known":          {nil, known, workflow.New, ""},
		"the same":                  {&known, known, workflow.Same, ""},
		"empty cells say nothing":   {&known, bare, workflow.Same, ""},
		"cells that were empty":     {&bare, known, workflow.Filled, ""},
		"zeros that were not given": {&bare, fact{No: "1", Fee: 120000, Extra: new(money.Fen(0)), People: new(int64(0)), Needed: new(false)}, workflow.Filled, ""},
		"another number":            {&known, fact{No: "2", Fee: 120000}, workflow.Same, `no: 2, not 1`},
		"another day":               {&known, fact{No: "1", Fee: 120000, Due: may.AddDays(1)}, workflow.Same, `due: 2025-05-02, not 2025-05-01`},
		"another amount":            {&known, fact{No: "1", Fee: 5}, workflow.Same, `fee: 0.05, not 1,200.00`},
		"no amount where one was":   {&known, fact{No: "1"}, workflow.Same, `fee: 0.00, not 1,200.00`},
		"an amount where none was":  {&fact{No: "1"}, fact{No: "1", Fee: 5}, workflow.Same, `fee: 0.05, not 0.00`},
		"another extra":             {&known, fact{No: "1", Fee: 120000, Extra: new(money.Fen(0))}, workflow.Same, `extra: 0.00, not 0.50`},
		"another rate":              {&known, fact{No: "1", Fee: 120000, Rate: new(money.Whole(2))}, workflow.Same, `rate: 2, not 0.5`},
		"other people":              {&known, fact{No: "1", Fee: 120000, People: new(int64(0))}, workflow.Same, `people: 0, not 7`},
		"another answer":            {&known, fact{No: "1", Fee: 120000, Needed: new(true)}, workflow.Same, `needed: yes, not no`},
		"other places":              {&known, fact{No: "1", Fee: 120000, Places: []string{"b", "a"}}, workflow.Same, `places: b;a, not a;b`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			merged, change, refused := workflow.Fill(c.known, c.given, 3)
			if change != c.change || contradictions(t, refused) != c.refused {
				t.Errorf("change %d, refused %q", change, contradictions(t, refused))
			}
			if _, again, _ := workflow.Fill(&merged, c.given, 3); c.refused == "" && again != workflow.Same {
				t.Error("the same again changes something")
			}
			if c.known != nil && c.known.No != "1" {
				t.Error("what was known has changed")
			}
		})
	}
}

// Every contradiction is refused, and what else is given is taken up.
func TestFillRefusesEachField(t *testing.T) {
	t.Parallel()
	known := fact{No: "1", Fee: 1}
	merged, change, refused := workflow.Fill(&known, fact{No: "2", Fee: 2, People: new(int64(3))}, 0)
	if len(refused) != 2 || change != workflow.Filled || merged.No != "1" || merged.Fee != 1 || *merged.People != 3 || known.People != nil {
		t.Errorf("%+v, change %d, refused %v", merged, change, refused)
	}
}

func TestEnd(t *testing.T) {
	t.Parallel()
	d := func(day int) civil.Date { return civil.Of(2025, 5, day) }
	for name, c := range map[string]struct {
		known, given, start civil.Date
		news                bool
		refused             string
	}{
		"no end":                           {0, 0, d(5), false, ""},
		"an end":                           {0, d(6), d(5), true, ""},
		"an end on the first day":          {0, d(5), d(5), true, ""},
		"an end before the start":          {0, d(4), d(5), true, "end_before_start"},
		"an end of what never began":       {0, d(4), 0, true, ""},
		"the same end":                     {d(6), d(6), d(5), false, ""},
		"no word of a known end":           {d(6), 0, d(5), false, ""},
		"another end":                      {d(6), d(7), d(5), false, "contradiction"},
		"another end, before the start":    {d(6), d(1), d(5), false, "contradiction"},
		"a known end that is very strange": {d(1), d(1), d(5), false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			news, refused := workflow.End(2, "to", c.known, c.given, "from", c.start)
			if got := key(refused); got != c.refused || c.refused == "" && news != c.news {
				t.Errorf("news %v, refused %q", news, got)
			}
		})
	}
}

func TestNotBefore(t *testing.T) {
	t.Parallel()
	may, june := civil.Of(2025, 5, 1), civil.Of(2025, 6, 1)
	for _, c := range []struct {
		end, start civil.Date
		refused    bool
	}{{may, june, true}, {june, may, false}, {may, may, false}, {0, june, false}, {may, 0, false}, {0, 0, false}} {
		refused := workflow.NotBefore(2, "due_on", c.end, "starts_on", c.start)
		if (refused != nil) != c.refused {
			t.Errorf("%s before %s: %v", c.end, c.start, refused)
		}
		for _, r := range refused {
			if r.Row != 2 || r.Field != "due_on" || r.Found != "2025-05-01" || r.Expect.Args["field"] != "starts_on" || r.Expect.Args["start"] != "2025-06-01" {
				t.Errorf("%+v", r)
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	if err := workflow.Refusals(nil).Err(); err != nil {
		t.Errorf("no refusals are %v", err)
	}
	one := workflow.Refuse(1, "amount", "5", "circle", "circle", "a → a", "odd")
	if len(one.Expect.Args) != 1 || one.Expect.Args["circle"] != "a → a" {
		t.Errorf("%+v", one)
	}
	err := workflow.Refusals{one, workflow.Refuse(2, "no", "6", "contradiction")}.Err()
	var refused workflow.Refusals
	if !errors.As(err, &refused) || len(refused) != 2 || err.Error() != "amount: 5: circle\nno: 6: contradiction" {
		t.Errorf("%v", err)
	}
}

func contradictions(t *testing.T, refused workflow.Refusals) (said string) {
	t.Helper()
	for _, r := range refused {
		if r.Row != 3 || !slices.Contains(workflow.Messages.Keys(), r.Expect.Key) {
			t.Errorf("%+v", r)
		}
		said += r.Field + ": " + r.Found + ", not " + r.Expect.Args["known"]
		if text := workflow.Messages.Say(message.Chinese, r.Expect); text == r.Expect.Key {
			t.Errorf("%q has no text", text)
		}
	}
	return said
}

func key(refused workflow.Refusals) string {
	if len(refused) == 0 {
		return ""
	}
	return refused[0].Expect.Key
}
