package task_test

import (
	"slices"
	"testing"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/schemas"
	"feisui/services/task"
)

type facts = []schemas.Event

var wrong = schemas.Correction{Reason: "错"}

func day(d int) civil.Date { return civil.Of(2025, 3, d) }

var assigned = schemas.TaskAssigned{No: "T1", Department: "D1", Community: "C1", Item: "I1", IssuedOn: day(5), StartsOn: day(7)}

func with(change func(*schemas.TaskAssigned)) schemas.TaskAssigned {
	a := assigned
	change(&a)
	return a
}

// command is any of the task's.
type command interface {
	Decide(task.Task) ([]schemas.Event, error)
}

func TestTasks(t *testing.T) {
	t.Parallel()
	fee, half := money.Fen(5000), money.Whole(5).Shift(-1)
	early := with(func(a *schemas.TaskAssigned) { a.DueOn = day(6) })
	brief := with(func(a *schemas.TaskAssigned) { a.DueOn = day(7) })
	agreed := with(func(a *schemas.TaskAssigned) { a.Amount = &fee })
	free := with(func(a *schemas.TaskAssigned) { a.Amount = new(money.Fen(0)) })
	elsewhere := with(func(a *schemas.TaskAssigned) { a.Community = "C2" })
	later := with(func(a *schemas.TaskAssigned) { a.IssuedOn = day(6) })
	recalled := schemas.TaskRecalled{No: "T1", RecalledOn: day(6)}
	answer := schemas.TaskReceipted{Task: "T1", Outcome: "conditional", FiledOn: day(1), ConditionAmount: &fee}
	other := answer
	other.ConditionAmount = new(money.Fen(0))
	none := answer
	none.ConditionAmount = nil
	done := schemas.TaskCompleted{Task: "T1", CompletedOn: day(5)}
	counted := schemas.TaskCompleted{Task: "T1", CompletedOn: day(5), Quantity: &half}
	for name, c := range map[string]struct {
		given   facts
		when    command
		then    facts
		refused string
	}{
		"it is assigned":              {when: task.Record{Task: assigned}, then: facts{assigned}},
		"it is assigned and recalled": {when: task.Record{Task: assigned, RecalledOn: day(6)}, then: facts{assigned, recalled}},
		"due on the day it starts":    {when: task.Record{Task: brief}, then: facts{brief}},
		"due before it starts":        {when: task.Record{Task: early}, refused: "due_on: 2025-03-06: end_before_start"},
		"due before it started":       {given: facts{assigned}, when: task.Record{Task: early}, refused: "due_on: 2025-03-06: end_before_start"},
		"recalled before the issue":   {when: task.Record{Task: assigned, RecalledOn: day(4)}, refused: "recalled_on: 2025-03-04: end_before_start"},
		"recalled before it was":      {given: facts{assigned}, when: task.Record{Task: assigned, RecalledOn: day(4)}, refused: "recalled_on: 2025-03-04: end_before_start"},
		"wrong in two ways":           {when: task.Record{Task: early, RecalledOn: day(4)}, refused: "due_on: 2025-03-06: end_before_start\nrecalled_on: 2025-03-04: end_before_start"},
		"the same again":              {given: facts{agreed, recalled}, when: task.Record{Task: agreed, RecalledOn: day(6)}},
		"a fee is filled in":          {given: facts{assigned}, when: task.Record{Task: agreed}, then: facts{schemas.TaskSupplemented(agreed)}},
		"a fee of 0 is filled in":     {given: facts{assigned}, when: task.Record{Task: free}, then: facts{schemas.TaskSupplemented(free)}},
		"a fee is taken to 0":         {given: facts{agreed}, when: task.Record{Task: free}, refused: "amount: 0.00: contradiction"},
		"nothing is said of a fee":    {given: facts{assigned, schemas.TaskSupplemented(agreed)}, when: task.Record{Task: assigned}},
		"it is recalled":              {given: facts{assigned}, when: task.Record{Task: assigned, RecalledOn: day(6)}, then: facts{recalled}},
		"recalled on another day":     {given: facts{assigned, recalled}, when: task.Record{Task: assigned, RecalledOn: day(7)}, refused: "recalled_on: 2025-03-07: contradiction"},
		"it is another's, to correct": {given: facts{assigned, recalled}, when: task.Record{Task: elsewhere, Reason: "错"}, then: facts{schemas.TaskAmended{TaskAssigned: elsewhere, RecalledOn: day(6), Correction: wrong}}},
		"a recall, to correct":        {given: facts{assigned, recalled}, when: task.Record{Task: assigned, RecalledOn: day(7), Reason: "错"}, then: facts{schemas.TaskAmended{TaskAssigned: assigned, RecalledOn: day(7), Correction: wrong}}},
		"it was amended":              {given: facts{assigned, schemas.TaskAmended{TaskAssigned: elsewhere, RecalledOn: day(7)}}, when: task.Record{Task: elsewhere, RecalledOn: day(7)}},
		"issued after it was done":    {given: facts{assigned, schemas.TaskCompleted{Task: "T1", CompletedOn: day(5)}}, when: task.Record{Task: later, Reason: "错"}, refused: "issued_on: 2025-03-06: start_after_end"},
		"done on another day, to correct": {given: facts{assigned, done}, when: task.RecordCompletion{Completion: schemas.TaskCompleted{Task: "T1", CompletedOn: day(6)}, Reason: "错"},
			then: facts{schemas.TaskCompletionAmended{TaskCompleted: schemas.TaskCompleted{Task: "T1", CompletedOn: day(6)}, Correction: wrong}}},
		"its end was amended": {given: facts{assigned, done, schemas.TaskCompletionAmended{TaskCompleted: counted}}, when: task.RecordCompletion{Completion: counted}},
		"it is another's":     {given: facts{assigned}, when: task.Record{Task: elsewhere}, refused: "community: C2: contradiction"},

		"an answer, however early":           {given: facts{assigned}, when: task.RecordReceipt{Receipt: answer}, then: facts{answer}},
		"the same answer":                    {given: facts{assigned, answer}, when: task.RecordReceipt{Receipt: copied(answer)}},
		"another answer":                     {given: facts{assigned, answer}, when: task.RecordReceipt{Receipt: other}, then: facts{other}},
		"no amount is another answer than 0": {given: facts{assigned, other}, when: task.RecordReceipt{Receipt: none}, then: facts{none}},
		"an answer to a completed task":      {given: facts{assigned, done}, when: task.RecordReceipt{Receipt: answer}, then: facts{answer}},
		"it is completed at once":            {given: facts{assigned}, when: task.RecordCompletion{Completion: done}, then: facts{done}},
		"completed before the issue":         {given: facts{assigned}, when: task.RecordCompletion{Completion: schemas.TaskCompleted{Task: "T1", CompletedOn: day(4)}}, refused: "completed_on: 2025-03-04: end_before_start"},
		"completed again":                    {given: facts{assigned, done}, when: task.RecordCompletion{Completion: done}},
		"completed on another day":           {given: facts{assigned, done}, when: task.RecordCompletion{Completion: schemas.TaskCompleted{Task: "T1", CompletedOn: day(6)}}, refused: "completed_on: 2025-03-06: contradiction"},
		"a quantity is filled in":            {given: facts{assigned, done}, when: task.RecordCompletion{Completion: counted}, then: facts{counted}},
		"nothing is said of a quantity":      {given: facts{assigned, counted}, when: task.RecordCompletion{Completion: done}},
		"other things have happened":         {given: facts{schemas.PlaqueHung{}}, when: task.Record{Task: assigned}, then: facts{assigned}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var known task.Task
			for _, e := range c.given {
				known = known.Evolve(e)
			}
			events, err := c.when.Decide(known)
			switch {
			case err != nil && err.Error() != c.refused, err == nil && c.refused != "":
				t.Errorf("refused: %v, want %q", err, c.refused)
			case !slices.Equal(events, c.then): // pointers too: what is decided is what was given
				t.Errorf("decided\n\t%v\nwant\n\t%v", events, c.then)
			}
		})
	}
}

func copied(r schemas.TaskReceipted) schemas.TaskReceipted {
	amount := *r.ConditionAmount
	r.ConditionAmount = &amount
	return r
}
