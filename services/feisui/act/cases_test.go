package act_test

import (
	"encoding/json"
	"maps"
	"os"
	"strings"
	"testing"

	"feisui/pkg/civil"
	"feisui/services/feisui/act"
	"feisui/services/process"
	"feisui/services/process/define"
)

// TestAnAppealCountsFromTheLastDocumentByItsDeclaration: thirty days from the last step
// that signs one, whichever version says so, and whatever step a county has added.
func TestAnAppealCountsFromTheLastDocumentByItsDeclaration(t *testing.T) {
	t.Parallel()
	all, err := define.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile("testdata/adopted/case-3.yaml")
	if err != nil {
		t.Fatal(err)
	}
	then, err := define.Load(content, act.Names())
	if err != nil {
		t.Fatal(err)
	}
	summoned := strings.ReplaceAll(string(content), "  # The 整改通知书;", `  summon:
    title: {zh: 约谈, en: Summon}
    from: [red]
    by: [authority]
    effects:
      - {effect: number_document, row: {office: authority, kind: summons, issuer: 费转谈}}

  # The 整改通知书;`)
	own, err := define.Load([]byte(summoned), act.Names())
	if err != nil {
		t.Fatal(err)
	}
	none := *all["case"].Definition
	none.Actions = maps.Clone(none.Actions)
	for name, a := range none.Actions {
		a.Effects = nil
		none.Actions[name] = a
	}
	form := json.RawMessage(`{}`)
	step := func(day, action, to string) process.Step {
		on, err := civil.Parse(day)
		if err != nil {
			t.Fatal(err)
		}
		return process.Step{Action: action, On: on, To: to, Form: form}
	}
	in := &process.Instance{Workflow: "case", ID: "DB-1", State: "red", Steps: []process.Step{
		step("2025-03-03", "open", "notified"), step("2025-03-11", "raise_blue", "blue"), step("2025-03-19", "raise_yellow", "yellow"),
		step("2025-03-27", "raise_red", "red"), step("2025-04-14", "summon", "red"), step("2025-04-20", "", "red"),
	}}
	for _, c := range []struct {
		name, last, over string
		by               *define.Workflow
	}{
		{"now", "2025-04-26", "2025-04-27", all["case"]},
		{"as it was adopted", "2025-04-26", "2025-04-27", then},
		{"with a step of the county's that signs", "2025-05-14", "2025-05-15", own},
		{"where no step signs, none is late", "2025-12-31", "", &define.Workflow{Definition: &none}},
	} {
		if err := act.AppealTimely(c.by, in, step(c.last, "", "").On); err != nil {
			t.Errorf("%s: on %s: %v", c.name, c.last, err)
		}
		if c.over == "" {
			continue
		}
		if err := act.AppealTimely(c.by, in, step(c.over, "", "").On); err == nil {
			t.Errorf("%s: on %s it is timely still", c.name, c.over)
		}
	}
}
