package workflow_test

import (
	"errors"
	"reflect"
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

func TestLay(t *testing.T) {
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
			merged, change, refused := workflow.Lay(c.known, c.given, 3, false)
			if change != c.change || contradictions(t, refused) != c.refused {
				t.Errorf("change %d, refused %q", change, contradictions(t, refused))
			}
			if _, again, _ := workflow.Lay(&merged, c.given, 3, false); c.refused == "" && again != workflow.Same {
				t.Error("the same again changes something")
			}
			if c.known != nil && c.known.No != "1" {
				t.Error("what was known has changed")
			}
		})
	}
}

// A row that is to correct replaces what contradicts it; an empty cell of it
// still says nothing.
func TestLayToCorrect(t *testing.T) {
	t.Parallel()
	may := civil.Of(2025, 5, 1)
	known := fact{No: "1", Due: may, Fee: 1, Extra: new(money.Fen(50)), Places: []string{"a"}}
	for name, c := range map[string]struct {
		given  fact
		change workflow.Change
		want   fact
	}{
		"the same":             {known, workflow.Same, known},
		"empty cells":          {fact{No: "1", Fee: 1}, workflow.Same, known},
		"a cell that is new":   {fact{No: "1", Fee: 1, People: new(int64(0))}, workflow.Filled, fact{No: "1", Due: may, Fee: 1, Extra: new(money.Fen(50)), Places: []string{"a"}, People: new(int64(0))}},
		"another amount":       {fact{No: "1", Fee: 0, Extra: new(money.Fen(0))}, workflow.Amended, fact{No: "1", Due: may, Fee: 0, Extra: new(money.Fen(0)), Places: []string{"a"}}},
		"another and a new":    {fact{No: "1", Fee: 1, Due: may.AddDays(1), Rate: new(money.Whole(2))}, workflow.Amended, fact{No: "1", Due: may.AddDays(1), Fee: 1, Extra: new(money.Fen(50)), Rate: new(money.Whole(2)), Places: []string{"a"}}},
		"a new one, then more": {fact{No: "1", Fee: 1, Places: []string{"b"}, People: new(int64(3))}, workflow.Amended, fact{No: "1", Due: may, Fee: 1, Extra: new(money.Fen(50)), People: new(int64(3)), Places: []string{"b"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			merged, change, refused := workflow.Lay(&known, c.given, 3, true)
			if change != c.change || refused != nil || !reflect.DeepEqual(merged, c.want) {
				t.Errorf("%+v, change %d, refused %v; want %+v", merged, change, refused, c.want)
			}
			if known.Fee != 1 || known.Due != may {
				t.Error("what was known has changed")
			}
		})
	}
}

// Every contradiction is refused, and what else is given is taken up.
func TestLayRefusesEachField(t *testing.T) {
	t.Parallel()
	known := fact{No: "1", Fee: 1}
	merged, change, refused := workflow.Lay(&known, fact{No: "2", Fee: 2, People: new(int64(3))}, 0, false)
	if len(refused) != 2 || change != workflow.Filled || merged.No != "1" || merged.Fee != 1 || *merged.People != 3 || known.People != nil {
		t.Errorf("%+v, change %d, refused %v", merged, change, refused)
	}
}

func TestEnd(t *testing.T) {
	t.Parallel()
	d := func(day int) civil.Date { return civil.Of(2025, 5, day) }
	for name, c := range map[string]struct {
		known, given, start civil.Date
		correct             bool
		end                 civil.Date
		change              workflow.Change
		refused             string
	}{
		"no end":                           {start: d(5)},
		"an end":                           {given: d(6), start: d(5), end: d(6), change: workflow.New},
		"an end on the first day":          {given: d(5), start: d(5), end: d(5), change: workflow.New},
		"an end before the start":          {given: d(4), start: d(5), refused: "end_before_start"},
		"an end of what never began":       {given: d(4), end: d(4), change: workflow.New},
		"the same end":                     {known: d(6), given: d(6), start: d(5), end: d(6)},
		"no word of a known end":           {known: d(6), start: d(5), end: d(6)},
		"another end":                      {known: d(6), given: d(7), start: d(5), refused: "contradiction"},
		"another end, before the start":    {known: d(6), given: d(1), start: d(5), refused: "contradiction"},
		"a known end that is very strange": {known: d(1), given: d(1), start: d(5), end: d(1)},
		"another end, to correct":          {known: d(6), given: d(7), start: d(5), correct: true, end: d(7), change: workflow.Amended},
		"the same end, to correct":         {known: d(6), given: d(6), start: d(5), correct: true, end: d(6)},
		"a first end, to correct":          {given: d(6), start: d(5), correct: true, end: d(6), change: workflow.New},
		"a corrected end before the start": {known: d(6), given: d(4), start: d(5), correct: true, refused: "end_before_start"},
		"a corrected start after the end":  {known: d(6), start: d(7), correct: true, refused: "end_before_start"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			end, change, refused := workflow.End(2, "to", c.known, c.given, "from", c.start, c.correct)
			if got := key(refused); got != c.refused || c.refused == "" && (change != c.change || end != c.end) {
				t.Errorf("%s, change %d, refused %q", end, change, got)
			}
		})
	}
}

func TestNotAfter(t *testing.T) {
	t.Parallel()
	may, june := civil.Of(2025, 5, 1), civil.Of(2025, 6, 1)
	for _, c := range []struct {
		start, end civil.Date
		refused    bool
	}{{june, may, true}, {may, june, false}, {may, may, false}, {0, june, false}, {may, 0, false}, {0, 0, false}} {
		refused := workflow.NotAfter(2, "issued_on", c.start, "completed_on", c.end)
		if (refused != nil) != c.refused {
			t.Errorf("%s after %s: %v", c.start, c.end, refused)
		}
		for _, r := range refused {
			if r.Row != 2 || r.Field != "issued_on" || r.Found != "2025-06-01" || r.Expect.Args["field"] != "completed_on" || r.Expect.Args["end"] != "2025-05-01" {
				t.Errorf("%+v", r)
			}
		}
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
