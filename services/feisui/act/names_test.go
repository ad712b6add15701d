package act_test

import (
	"maps"
	"slices"
	"testing"

	"feisui/pkg/message"
	"feisui/services/feisui/act"
	"feisui/services/feisui/record"
	"feisui/services/process/define"
)

// TestWhatDefinitionsMayNameIsOneList: every guard and effect that this door has is
// one that declarations may name, and every column that they may name is one of the
// sheets.
func TestWhatDefinitionsMayNameIsOneList(t *testing.T) {
	t.Parallel()
	names := act.Names()
	for _, name := range names.Guards {
		if !slices.Contains(define.Names.Guards, name) {
			t.Errorf("no declaration may name the guard %s", name)
		}
	}
	for _, name := range names.Effects {
		if !slices.Contains(define.Names.Effects, name) {
			t.Errorf("no declaration may name the effect %s", name)
		}
	}
	if len(names.Sheets) != len(record.Layout) {
		t.Errorf("%d sheets", len(names.Sheets))
	}
	for sheet, columns := range define.Names.Sheets {
		for _, column := range columns {
			if !slices.Contains(names.Sheets[sheet], column) {
				t.Errorf("the sheet %s has no column %s", sheet, column)
			}
		}
	}
}

// TestTheTaskWorkflowIsServed: it names nothing that this door lacks. What would be
// said of a declaration that does is said when it is read.
func TestTheTaskWorkflowIsServed(t *testing.T) {
	t.Parallel()
	all, err := act.Declared()
	if err != nil || all["task"] == nil {
		t.Fatal(all, err)
	}
	d := *all["task"].Definition
	d.Actions = maps.Clone(d.Actions)
	step := d.Actions["accept"]
	step.Guards = append(slices.Clone(step.Guards), "moon_is_full")
	d.Actions["accept"] = step
	if faults := d.Check(act.Names()); len(faults) != 1 || faults[0].Place != "actions.accept.guards" {
		t.Errorf("%+v", faults)
	}
}

// TestEverySentenceIsInBothLanguages: what a refusal expects is said, and not its
// key.
func TestEverySentenceIsInBothLanguages(t *testing.T) {
	t.Parallel()
	for _, key := range act.Messages.Keys() {
		for _, lang := range message.Languages {
			if said := act.Say(lang, message.Text{Key: key}); said == key || said == "" {
				t.Errorf("%s in %s: %q", key, lang, said)
			}
		}
	}
}
