package process_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"feisui/pkg/workflow"
	"feisui/services/process"
	"feisui/services/process/define"
)

// own makes a change to a county's version, which must be one that can be used.
func own(t *testing.T, workflow string, change func(d *process.Definition)) (now, built *process.Definition) {
	t.Helper()
	built = builtin(t, workflow).Definition
	now = clone(t, built)
	now.Version++
	change(now)
	if faults := now.Check(define.Names); faults != nil {
		t.Fatalf("it is refused for another reason: %v", faults)
	}
	return now, built
}

func both(changes ...func(d *process.Definition)) func(d *process.Definition) {
	return func(d *process.Definition) {
		for _, change := range changes {
			change(d)
		}
	}
}

// adds adds a state that is not there, from which one action leads on.
func adds(state, name string, a process.Action) func(d *process.Definition) {
	return func(d *process.Definition) {
		words := process.Text{Chinese: "复核", English: "Review"}
		if state != "" {
			d.States[state] = process.State{Title: words}
		}
		a.Title = words
		d.Actions[name] = a
	}
}

// required makes a form need nothing.
func required(d *process.Definition, name string) {
	a := d.Actions[name]
	var form map[string]any
	if err := json.Unmarshal(a.Form, &form); err != nil {
		panic(err) // it was compiled
	}
	form["required"] = []string{}
	a.Form, _ = json.Marshal(form) //nolint:errchkjson // it was read a line above
	d.Actions[name] = a
}

// TestWhatACountyMayChange: a shorter deadline, a step of review, another escalation.
func TestWhatACountyMayChange(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(d *process.Definition){
		"nothing":            func(*process.Definition) {},
		"a shorter deadline": timer("receipt", func(t *process.Timer) { t.Days = 3 }),
		"in calendar days":   timer("verification", func(t *process.Timer) { t.Unit = "calendar" }),
		"another escalation": timer("ruling", func(t *process.Timer) { t.Notify, t.Remind = []string{"authority"}, []int{2} }),
		"a deadline more": func(d *process.Definition) {
			r := d.Timers["ruling"]
			r.Days, r.Notify = 2, []string{"leader"}
			d.Timers["ruling_near"] = r
		},
		"a guard more":   action("report", func(a *process.Action) { a.Guards = append(a.Guards, "not_completed") }),
		"a pair of eyes": action("uphold", func(a *process.Action) { a.NotBy = append(a.NotBy, "contest") }),
		"fewer who may":  action("verify", func(a *process.Action) { a.By = a.By[1:] }),
		"fewer times":    action("return_report", func(a *process.Action) { a.Times = 1 }),
		"a step of a department's less": func(d *process.Definition) {
			delete(d.Actions, "amend")
			timer("completion", func(t *process.Timer) { t.Extends = t.Extends[:1] })(d)
		},
		"a review before the end": both(
			adds("checked", "confirm", process.Action{From: []string{"checked"}, To: "closed", By: []string{"authority"}, NotBy: []string{"verify"}}),
			adds("", "send_back", process.Action{From: []string{"checked"}, To: "reported", By: []string{"authority"}}),
			action("verify", func(a *process.Action) { a.To = "checked" })),
		"a review of two": both(
			adds("checked", "check", process.Action{From: []string{"checked"}, To: "checked_twice", By: []string{"authority"}}),
			adds("checked_twice", "confirm", process.Action{From: []string{"checked_twice"}, To: "closed", By: []string{"leader"}}),
			action("verify", func(a *process.Action) { a.To = "checked" })),
		"a state beside another, in which the community goes on": both(
			aside("watched", "accepted", "authority"),
			openIn("watched", "recall", "report", "ask_extension", "note_recall", "note_completion"), runsIn("watched", "completion")),
		"a notice that must be answered": func(d *process.Definition) {
			d.Rules["within_load"] = process.Rule{Code: "R22", Severity: "S2"}
		},
		"a refusal for a warning": action("issue", func(a *process.Action) { a.Warns, a.Guards = a.Warns[1:], append(a.Guards, "start_timely") }),
		"less grace":              timer("receipt", func(t *process.Timer) { t.Grace = 0 }),
		"an earlier silence": func(d *process.Definition) {
			r := d.Timers["verification"]
			r.Days = 4
			d.Timers["verification_near"] = r
		},
		"a review before it is handed down": both(
			adds("checked", "hand_on", process.Action{From: []string{"checked"}, To: "delivered", By: []string{"authority"}}),
			action("issue", func(a *process.Action) { a.To = "checked" }),
			openIn("checked", "see", "accept", "accept_on_condition", "reject", "query", "lapse", "note_recall", "note_completion"), runsIn("checked", "seeing", "receipt")),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now, built := own(t, "task", change)
			if faults := now.Looser(built, define.Lowered); faults != nil {
				t.Errorf("%v", faults)
			}
		})
	}
}

// TestALooserVersionIsFound: each way to break a core promise that was planted.
func TestALooserVersionIsFound(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(d *process.Definition){
		"loose_right actions.accept.by": action("accept", func(a *process.Action) { a.By = []string{"system"} }),
		"loose_kept actions.accept.by":  action("accept", func(a *process.Action) { a.By = []string{"system"} }),
		"loose_right actions.recall.by": action("recall", func(a *process.Action) { a.By = append(a.By, "department_officer@department") }),
		"loose_severity rules.start_timely.severity": func(d *process.Definition) {
			d.Rules["start_timely"] = process.Rule{Code: "R14", Severity: "S3"}
		},
		"loose_same rules.within_frequency.code": func(d *process.Definition) {
			d.Rules["within_frequency"] = process.Rule{Code: "R99", Severity: "S2"}
		},
		"loose_kept rules":                           func(d *process.Definition) { delete(d.Rules, "within_load") },
		"loose_eyes actions.verify.not_by":           action("verify", func(a *process.Action) { a.NotBy = nil }),
		"loose_guard actions.amend.guards":           action("amend", func(a *process.Action) { a.Guards = []string{"not_completed"} }),
		"loose_kept actions":                         func(d *process.Definition) { delete(d.Actions, "reject") },
		"loose_kept actions.reject.form.required":    func(d *process.Definition) { required(d, "reject") },
		"loose_same actions.grant_extension.answers": action("grant_extension", func(a *process.Action) { a.Answers = "" }),
		"loose_times actions.return_report.times":    action("return_report", func(a *process.Action) { a.Times = 3 }),
		"loose_effects actions.verify.effects":       action("verify", func(a *process.Action) { a.Effects = nil }),
		"loose_effects actions.see.effects":          action("see", func(a *process.Action) { a.Effects = []process.Effect{{Name: "recall_task"}} }),
		"loose_from actions.verify.from":             action("verify", func(a *process.Action) { a.From = append(a.From, "accepted") }),
		"loose_kept actions.reject.from":             action("reject", func(a *process.Action) { a.From = []string{"delivered"} }),
		"loose_same actions.lapse.to":                action("lapse", func(a *process.Action) { a.To = "accepted" }),
		"loose_same actions.see.to":                  action("see", func(a *process.Action) { a.To = "accepted" }),
		"loose_branch actions.lapse.branches":        action("lapse", func(a *process.Action) { a.Branches[2].To = "accepted" }),
		"loose_branches actions.lapse.branches":      action("lapse", func(a *process.Action) { a.Branches = a.Branches[1:] }),
		"loose_added actions.shortcut.effects": adds("", "shortcut", process.Action{
			From: []string{"accepted"}, By: []string{"department_head@department"}, Effects: []process.Effect{{Name: "recall_task"}},
		}),
		"loose_way actions.shortcut": adds("", "shortcut", process.Action{From: []string{"delivered"}, To: "accepted", By: []string{"department_head@department"}}),
		"loose_way actions.there": both(
			adds("between", "here", process.Action{From: []string{"delivered"}, To: "between", By: []string{"department_head@department"}}),
			adds("", "there", process.Action{From: []string{"between"}, To: "accepted", By: []string{"department_head@department"}})),
		"loose_way actions.confirm": both( // by the department's report instead of the community's
			adds("checked", "confirm", process.Action{From: []string{"checked"}, To: "closed", By: []string{"authority"}}),
			adds("", "hurry", process.Action{From: []string{"accepted"}, To: "checked", By: []string{"department_head@department"}}),
			action("verify", func(a *process.Action) { a.To = "checked" })),
		"loose_from actions.report.from": both( // what was never accepted is reported
			adds("between", "there", process.Action{From: []string{"delivered"}, To: "between", By: []string{"department_head@department"}}),
			action("report", func(a *process.Action) { a.From = append(a.From, "between") })),
		"loose_kept deadlines":                    func(d *process.Definition) { delete(d.Timers, "seeing") },
		"loose_days deadlines.receipt.days":       timer("receipt", func(t *process.Timer) { t.Days = 6 }),
		"loose_same deadlines.condition.unit":     timer("condition", func(t *process.Timer) { t.Unit = "working" }),
		"loose_kept deadlines.verification.in":    both(adds("checked", "back", process.Action{From: []string{"checked"}, To: "reported", By: []string{"authority"}}), adds("", "check", process.Action{From: []string{"reported"}, To: "checked", By: []string{"authority"}}), action("verify_by_silence", func(a *process.Action) { a.From = append(a.From, "checked") }), timer("verification", func(t *process.Timer) { t.In = []string{"checked"} })),
		"loose_same deadlines.contesting.pass":    timer("contesting", func(t *process.Timer) { t.Pass = "" }),
		"loose_same deadlines.completion.after":   timer("completion", func(t *process.Timer) { t.After, t.Days = "", 90 }),
		"loose_same deadlines.completion.still":   timer("completion", func(t *process.Timer) { t.Still = nil }),
		"loose_extends deadlines.receipt.extends": timer("receipt", func(t *process.Timer) { t.Extends[0].Times = 2 }),
		"loose_grace deadlines.receipt.grace":     timer("receipt", func(t *process.Timer) { t.Grace = 3660 }),
		"loose_grace deadlines.ruling.grace":      timer("ruling", func(t *process.Timer) { t.Grace = 1 }),
		"loose_same deadlines.answering.warning":  timer("answering", func(t *process.Timer) { t.Warning = true }),
		"loose_kept deadlines.answering.whom":     timer("answering", func(t *process.Timer) { t.Whom = []string{"authority"} }),
		"loose_silence deadlines.near.pass meet_condition": func(d *process.Definition) { // which takes it from what facts bring
			near := d.Timers["condition"]
			near.In, near.Pass = []string{"conditional", "suspended"}, "meet_condition"
			d.Timers["near"] = near
		},
		"loose_silence deadlines.verification.pass verify_by_silence": runsIn("accepted", "verification"),
		"loose_kept actions note_completion":                          func(d *process.Definition) { delete(d.Actions, "note_completion") },
		"loose_kept actions.let_stand.by system":                      action("let_stand", func(a *process.Action) { a.By = a.By[1:] }),
		"loose_kept actions.note_recall.from accepted":                action("note_recall", func(a *process.Action) { a.From = []string{"delivered"} }),
		"loose_same actions.meet_condition.guards":                    action("meet_condition", func(a *process.Action) { a.Guards = append(a.Guards, "not_in_past") }),
		"loose_same actions.meet_condition.times":                     action("meet_condition", func(a *process.Action) { a.Times = 1 }),
		"loose_same recorded.lapsed":                                  func(d *process.Definition) { delete(d.Recorded, "lapsed") },
		"loose_kept actions.accept.from parked":                       aside("parked", "delivered", "department_head@department"),
		"loose_kept actions.note_recall.from parked":                  aside("parked", "delivered", "department_head@department"),
		"loose_kept deadlines.receipt.in parked": both(
			aside("parked", "delivered", "department_head@department"),
			openIn("parked", "see", "accept", "accept_on_condition", "reject", "query", "note_recall", "note_completion")),
		"loose_kept deadlines.answering.in drawer": both( // two states away
			aside("parked", "queried", "department_head@department"), runsIn("parked", "answering", "receipt"), openIn("parked", "lapse"),
			aside("drawer", "parked", "department_head@department")),
		"loose_kept actions.reject.from unsent": both(
			adds("unsent", "send", process.Action{From: []string{"unsent"}, To: "delivered", By: []string{"department_head@department"}}),
			action("issue", func(a *process.Action) { a.To = "unsent" })),
		"loose_kept actions.report.from dropped": both(
			adds("dropped", "drop", process.Action{From: []string{"accepted"}, To: "dropped", By: []string{"department_head@department"}}),
			func(d *process.Definition) { d.States["dropped"] = process.State{Final: true} }),
		"loose_added actions.summon.effects": adds("", "summon", signing("authority", "authority")), // where none signs
		"loose_same parties.department":      func(d *process.Definition) { d.Parties["department"] = "community" },
		"loose_same recorded.issued":         func(d *process.Definition) { d.Recorded["issued"] = "accepted" },
		"loose_same states.lapsed.final":     func(d *process.Definition) { d.States["lapsed"] = process.State{Final: true} },
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			now := clone(t, builtin(t, "task").Definition)
			change(now)
			if found := looser(t, now, "task"); !slices.Contains(found, want) {
				t.Errorf("%s", strings.Join(found, "\n"))
			}
		})
	}
}

// looser is what is said of a county's version, each with its place, and once more with
// what it names.
func looser(t *testing.T, now *process.Definition, of string) (found []string) {
	t.Helper()
	for _, f := range now.Looser(builtin(t, of).Definition, define.Lowered) {
		found = append(found, f.Text.Key+" "+f.Place, fmt.Sprint(f.Text.Key, " ", f.Place, " ", f.Text.Args["name"]))
		if !workflow.Messages.Has(f.Text.Key) {
			t.Errorf("%s has no sentence", f.Text.Key)
		}
	}
	return found
}

// aside adds a state beside another, and the ways into it and back.
func aside(state, other, by string) func(d *process.Definition) {
	return both(
		adds(state, state+"_in", process.Action{From: []string{other}, To: state, By: []string{by}}),
		adds("", state+"_out", process.Action{From: []string{state}, To: other, By: []string{by}}))
}

// openIn opens steps in one state more.
func openIn(state string, names ...string) func(d *process.Definition) {
	return func(d *process.Definition) {
		for _, name := range names {
			action(name, func(a *process.Action) { a.From = append(slices.Clone(a.From), state) })(d)
		}
	}
}

// runsIn has deadlines run in one state more.
func runsIn(state string, names ...string) func(d *process.Definition) {
	return func(d *process.Definition) {
		for _, name := range names {
			timer(name, func(t *process.Timer) { t.In = append(slices.Clone(t.In), state) })(d)
		}
	}
}

// limit sets one.
func limit(name string, n int) func(d *process.Definition) {
	return func(d *process.Definition) { d.Limits[name] = n }
}

// signing is a step that signs a document of an office.
func signing(by, office string) process.Action {
	return process.Action{From: []string{"red"}, By: []string{by}, Effects: []process.Effect{{
		Name: "number_document", Row: map[string]string{"office": office, "kind": "summons", "issuer": "费转谈"},
	}}}
}

// TestWhatACountyMayChangeOfCases: a step that it adds may number a document, by who signs
// the others, and who signed it does not decide on the appeal. Flags that open a case it may
// add, and not leave out; the days to pay in it may lower.
func TestWhatACountyMayChangeOfCases(t *testing.T) {
	t.Parallel()
	apart := func(a *process.Action) { a.NotBy = append(a.NotBy, "summon") }
	eyes := both(action("uphold", apart), action("annul", apart))
	for name, c := range map[string]struct {
		change func(d *process.Definition)
		want   string // "": it may
	}{
		"a summons":                      {both(adds("", "summon", signing("authority", "authority")), eyes), ""},
		"its signer decides on it":       {adds("", "summon", signing("authority", "authority")), "loose_eyes actions.annul.not_by summon"},
		"by whom it is about":            {both(adds("", "summon", signing("department_head@department", "authority")), eyes), "loose_right actions.summon.by"},
		"by nobody, again and again":     {both(adds("", "summon", signing("system", "authority")), eyes), "loose_right actions.summon.by system"},
		"in the series of another":       {both(adds("", "summon", signing("authority", "finance")), eyes), "loose_added actions.summon.effects"},
		"sixty days to pay become fifty": {limit("promise_days", 50), ""},
		"they become sixty-one":          {limit("promise_days", 61), "loose_days limits.promise_days"},
		"there is no bound to a promise": {func(d *process.Definition) { d.Limits = nil }, "loose_days limits.promise_days"},
		"what brings facts as well":      {both(adds("", "summon", signing("authority", "authority")), eyes, action("summon", func(a *process.Action) { a.Effects = append(a.Effects, process.Effect{Name: "recall_task"}) })), "loose_added actions.summon.effects"},
		"a flag more":                    {func(d *process.Definition) { d.OpenedBy.Rules = append(d.OpenedBy.Rules, "overpaid") }, ""},
		"since a day":                    {func(d *process.Definition) { d.OpenedBy.Since = "2025-02-01" }, ""},
		"a flag less":                    {func(d *process.Definition) { d.OpenedBy.Rules = d.OpenedBy.Rules[1:] }, "loose_kept opened_by.rules"},
		"money that comes cures no more": {func(d *process.Definition) { delete(d.Actions, "cure") }, "loose_kept actions cure"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := clone(t, builtin(t, "case").Definition)
			c.change(now)
			if found := looser(t, now, "case"); c.want == "" && found != nil || c.want != "" && !slices.Contains(found, c.want) {
				t.Errorf("%s", strings.Join(found, "\n"))
			}
		})
	}
}

// TestADraftIsSignedAsItWasSeen: no county lets somebody issue what another wrote meanwhile,
// nor shows a draft to more.
func TestADraftIsSignedAsItWasSeen(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(d *process.Definition){
		"loose_same actions.issue.seen":       action("issue", func(a *process.Action) { a.Seen = false }),
		"loose_effects actions.issue.effects": action("issue", func(a *process.Action) { a.Effects = nil }),
		"loose_right seen_by leader":          func(d *process.Definition) { d.SeenBy = append(d.SeenBy, "leader") },
		"loose_kept deadlines":                func(d *process.Definition) { delete(d.Timers, "issuing") },
	} {
		now := clone(t, builtin(t, "draft").Definition)
		change(now)
		if found := looser(t, now, "draft"); !slices.Contains(found, want) {
			t.Errorf("%s: %s", want, strings.Join(found, "\n"))
		}
	}
}

// TestWhatComesWithTheProgramIsAsStrictAsItself: or no county could change anything.
func TestWhatComesWithTheProgramIsAsStrictAsItself(t *testing.T) {
	t.Parallel()
	all, err := define.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for name, w := range all {
		if faults, err := w.Looser(); err != nil || faults != nil {
			t.Errorf("%s: %v %v", name, faults, err)
		}
	}
}
