package process_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"feisui/pkg/message"
	"feisui/pkg/workflow"
	"feisui/services/process"
	"feisui/services/process/define"
)

// clone gives a copy of a definition that shares nothing with it.
func clone(t *testing.T, d *process.Definition) *process.Definition {
	t.Helper()
	b, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var copied process.Definition
	if err := json.Unmarshal(b, &copied); err != nil {
		t.Fatal(err)
	}
	return &copied
}

// actionsOf changes one action of a definition.
func action(name string, change func(a *process.Action)) func(d *process.Definition) {
	return func(d *process.Definition) {
		a := d.Actions[name]
		change(&a)
		d.Actions[name] = a
	}
}

func timer(name string, change func(t *process.Timer)) func(d *process.Definition) {
	return func(d *process.Definition) {
		t := d.Timers[name]
		change(&t)
		d.Timers[name] = t
	}
}

func TestEveryFaultIsFound(t *testing.T) {
	t.Parallel()
	good := builtin(t, "task").Definition
	if faults := good.Check(define.Names); faults != nil {
		t.Fatalf("%v", faults)
	}
	for want, change := range map[string]func(d *process.Definition){
		"flow_empty workflow":                            func(d *process.Definition) { d.Workflow = "" },
		"flow_version version":                           func(d *process.Definition) { d.Version = 0 },
		"flow_no_title states.seen.title":                func(d *process.Definition) { d.States["seen"] = process.State{} },
		"flow_no_action begin":                           func(d *process.Definition) { d.Begin = "start" },
		"flow_no_field number":                           func(d *process.Definition) { d.Number = "nr" },
		"flow_no_field parties.payer":                    func(d *process.Definition) { d.Parties["payer"] = "payer" },
		"flow_begin_from actions.issue.from":             action("issue", func(a *process.Action) { a.From = []string{"seen"} }),
		"flow_empty actions.issue.to":                    action("issue", func(a *process.Action) { a.To = "" }),
		"flow_empty actions.see.from":                    action("see", func(a *process.Action) { a.From = nil }),
		"flow_no_state actions.see.from":                 action("see", func(a *process.Action) { a.From = append(a.From, "sent") }),
		"flow_final_state actions.see.from":              action("see", func(a *process.Action) { a.From = append(a.From, "closed") }),
		"flow_no_state actions.see.to":                   action("see", func(a *process.Action) { a.To = "sent" }),
		"flow_no_state actions.lapse.branches":           action("lapse", func(a *process.Action) { a.Branches[0].To = "sent" }),
		"flow_no_limit limits.moon":                      func(d *process.Definition) { d.Limits = map[string]int{"moon": 1} },
		"flow_limit limits.sampled_percent":              func(d *process.Definition) { d.Limits = map[string]int{"sampled_percent": 101} },
		"flow_no_amount amounts.moon":                    func(d *process.Definition) { d.Amounts = map[string]string{"moon": "1"} },
		"flow_amount amounts.transfer_limit":             func(d *process.Definition) { d.Amounts = map[string]string{"transfer_limit": "-1"} },
		"flow_no_guard actions.lapse.branches":           action("lapse", func(a *process.Action) { a.Branches[0].When = "moon" }),
		"flow_no_guard actions.accept.guards":            action("accept", func(a *process.Action) { a.Guards = []string{"moon"} }),
		"flow_no_action actions.verify.not_by":           action("verify", func(a *process.Action) { a.NotBy = []string{"sing"} }),
		"flow_no_action actions.grant_extension.answers": action("grant_extension", func(a *process.Action) { a.Answers = "sing" }),
		"flow_negative actions.see.times":                action("see", func(a *process.Action) { a.Times = -1 }),
		"flow_nobody actions.see.by":                     action("see", func(a *process.Action) { a.By = nil }),
		"flow_no_role actions.see.by":                    action("see", func(a *process.Action) { a.By = []string{"mayor@community"} }),
		"flow_no_party actions.see.by":                   action("see", func(a *process.Action) { a.By = []string{"community_officer@village"} }),
		"flow_unguarded actions.note_recall.guards":      action("note_recall", func(a *process.Action) { a.Guards = nil }),
		"flow_form actions.accept.form":                  action("accept", func(a *process.Action) { a.Form = json.RawMessage(`{"type":"object","properties":{}}`) }),
		"flow_no_field_title actions.accept.form.properties.note": action("accept", func(a *process.Action) {
			a.Form = json.RawMessage(`{"type":"object","additionalProperties":false,"properties":{"note":{"type":"string","title":"说明"}}}`)
		}),
		"flow_no_field actions.see.form.required": action("see", func(a *process.Action) {
			a.Form = json.RawMessage(`{"type":"object","additionalProperties":false,"required":["x"]}`)
		}),
		"flow_effect actions.see.effects":    action("see", func(a *process.Action) { a.Effects = []process.Effect{{}} }),
		"flow_no_effect actions.see.effects": action("see", func(a *process.Action) { a.Effects = []process.Effect{{Name: "rain"}} }),
		"flow_no_sheet actions.see.effects":  action("see", func(a *process.Action) { a.Effects = []process.Effect{{Sheet: "weather"}} }),
		"flow_no_column actions.see.effects.receipts": action("see", func(a *process.Action) {
			a.Effects = []process.Effect{{Sheet: "receipts", Row: map[string]string{"rain": ""}}}
		}),
		"flow_no_hole actions.see.effects.receipts.note": action("see", func(a *process.Action) {
			a.Effects = []process.Effect{{Sheet: "receipts", Row: map[string]string{"note": "{form.note}"}}}
		}),
		"flow_no_hole actions.verify.effects.completions.task": action("verify", func(a *process.Action) { a.Effects[0].Row["task"] = "{party.village}" }),
		"flow_no_title deadlines.receipt.title":                timer("receipt", func(t *process.Timer) { t.Title.English = " " }),
		"flow_empty deadlines.receipt.in":                      timer("receipt", func(t *process.Timer) { t.In = nil }),
		"flow_final_state deadlines.seeing.in":                 timer("seeing", func(t *process.Timer) { t.In = []string{"closed"} }),
		"flow_days deadlines.receipt.days":                     timer("receipt", func(t *process.Timer) { t.Days = 4000 }),
		"flow_days deadlines.seeing.days":                      timer("seeing", func(t *process.Timer) { t.Days = 0 }),
		"flow_days deadlines.receipt.grace":                    timer("receipt", func(t *process.Timer) { t.Grace = -1 }),
		"flow_unit deadlines.receipt.unit":                     timer("receipt", func(t *process.Timer) { t.Unit = "weeks" }),
		"flow_no_date deadlines.seeing.after":                  timer("seeing", func(t *process.Timer) { t.After = "amount" }),
		"flow_no_action deadlines.seeing.pass":                 timer("seeing", func(t *process.Timer) { t.Pass = "sing" }),
		"flow_pass_by deadlines.seeing.pass":                   timer("seeing", func(t *process.Timer) { t.Pass = "see" }),
		"flow_pass_from deadlines.receipt.pass":                timer("receipt", func(t *process.Timer) { t.In = append(t.In, "accepted") }),
		"flow_still deadlines.completion.still":                timer("completion", func(t *process.Timer) { t.Still = append(t.Still, "accepted") }),
		"flow_still deadlines.receipt.still":                   timer("receipt", func(t *process.Timer) { t.Still = []string{"paused"} }),
		"flow_final_state deadlines.completion.still":          timer("completion", func(t *process.Timer) { t.Still = []string{"closed"} }),
		"flow_no_action deadlines.receipt.extends":             timer("receipt", func(t *process.Timer) { t.Extends[0].Action = "sing" }),
		"flow_extension deadlines.receipt.extends":             timer("receipt", func(t *process.Timer) { t.Extends[0].Days = 0 }),
		"flow_no_date deadlines.completion.extends":            timer("completion", func(t *process.Timer) { t.Extends[0].Until = "reason" }),
		"flow_remind deadlines.receipt.remind":                 timer("receipt", func(t *process.Timer) { t.Remind = []int{5} }),
		"flow_empty deadlines.receipt.whom":                    timer("receipt", func(t *process.Timer) { t.Whom = nil }),
		"flow_no_role deadlines.receipt.whom":                  timer("receipt", func(t *process.Timer) { t.Whom = []string{"mayor"} }),
		"flow_no_party deadlines.receipt.notify":               timer("receipt", func(t *process.Timer) { t.Notify = []string{"leader@moon"} }),
		"flow_no_field filled.nr":                              func(d *process.Definition) { d.Filled = map[string]string{"nr": "{on}"} },
		"flow_no_hole filled.no":                               func(d *process.Definition) { d.Filled = map[string]string{"no": "JB-{year}-{n}"} },
		"flow_no_hole filled.document":                         func(d *process.Definition) { d.Filled = map[string]string{"document": "{n}"} },
		"flow_no_hole filled.item":                             func(d *process.Definition) { d.Filled = map[string]string{"item": "{form.no}", "no": "{form.item}"} },
		"flow_empty informs":                                   informs(process.Inform{Whom: []string{"community_officer@community"}}),
		"flow_no_party informs.whom":                           informs(process.Inform{Whom: []string{"leader@moon"}, Actions: []string{"see"}}),
		"flow_no_field informs.of":                             informs(process.Inform{Whom: []string{"leader"}, Actions: []string{"see"}, Of: map[string][]string{"moon": {"full"}}}),
		"flow_no_action informs.actions":                       informs(process.Inform{Whom: []string{"leader"}, Actions: []string{"sing"}}),
		"flow_no_field informs.given":                          informs(process.Inform{Whom: []string{"leader"}, Actions: []string{"reject"}, Given: "moon"}),
		"flow_no_role seen_by":                                 func(d *process.Definition) { d.SeenBy = []string{"mayor", "anyone"} },
		"flow_seen_by seen_by":                                 func(d *process.Definition) { d.SeenBy = []string{"authority"} },
		"flow_no_guard actions.see.warns":                      action("see", func(a *process.Action) { a.Warns = []string{"moon_is_full"} }),
		"flow_final_state recorded":                            func(d *process.Definition) { d.Recorded["issued"] = "closed" },
		"flow_unreachable states.limbo": func(d *process.Definition) {
			d.States["limbo"] = process.State{Title: process.Text{Chinese: "无", English: "none"}}
		},
		"flow_no_way_out states.limbo": func(d *process.Definition) {
			d.States["limbo"] = process.State{Title: process.Text{Chinese: "无", English: "none"}}
			action("see", func(a *process.Action) { a.To = "limbo" })(d)
		},
		"flow_endless states": func(d *process.Definition) {
			for name, s := range d.States {
				s.Final = false
				d.States[name] = s
			}
		},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			d := clone(t, good)
			change(d)
			var found []string
			for _, f := range d.Check(define.Names) {
				found = append(found, f.Text.Key+" "+f.Place)
				for _, lang := range message.Languages {
					if text := workflow.Messages.Say(lang, f.Text); strings.Contains(text, "{"+"name}") || text == f.Text.Key {
						t.Errorf("%s: %q", f.Place, text)
					}
				}
			}
			if !slices.Contains(found, want) {
				t.Errorf("found %q", found)
			}
		})
	}
}

func informs(i process.Inform) func(d *process.Definition) {
	return func(d *process.Definition) { d.Informs = []process.Inform{i} }
}

func TestAVersionIsReplayedAgainstWhatIsOpen(t *testing.T) {
	t.Parallel()
	p := issued(t)
	p.do(secretary, "2025-03-04", "see", "")
	for name, c := range map[string]struct {
		change func(d *process.Definition)
		want   string
	}{
		"the same":           {func(*process.Definition) {}, ""},
		"a shorter deadline": {timer("receipt", func(t *process.Timer) { t.Days = 3 }), ""},
		"a step more": {func(d *process.Definition) {
			d.States["checked"] = d.States["seen"]
			action("accept", func(a *process.Action) { a.To = "checked" })(d)
		}, ""},
		"no such party":                {func(d *process.Definition) { delete(d.Parties, "item") }, "JB2025-0031:1: 新版没有当事单位 item"},
		"no such action":               {func(d *process.Definition) { delete(d.Actions, "see") }, "JB2025-0031:2: 新版没有步骤 see"},
		"no such state, where it was":  {func(d *process.Definition) { delete(d.States, "delivered") }, "JB2025-0031:1: 新版没有状态 delivered"},
		"the state is an end":          {func(d *process.Definition) { d.States["seen"] = d.States["closed"] }, "JB2025-0031: 现在的状态 seen 在新版中是终结状态"},
		"a deadline that runs is gone": {func(d *process.Definition) { delete(d.Timers, "receipt") }, "JB2025-0031: 正在计的期限 receipt 在新版的这一状态中不计"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := clone(t, p.Definition)
			d.Version = 2
			c.change(d)
			var said []string
			for _, m := range process.Fits(d, *p.in, p.all) {
				said = append(said, m.Say(message.Chinese, workflow.Messages))
			}
			if got := strings.Join(said, "\n"); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
