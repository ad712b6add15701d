package act_test

import (
	"slices"
	"strings"
	"testing"

	"feisui/pkg/message"
	"feisui/pkg/workflow"
	"feisui/services/feisui/act"
	"feisui/services/process/define"
)

// verbs make a sentence of what a refusal says; where it has none of them it is a part of one, or
// says of something how it is.
var verbs = []string{"应", "须", "不得", "不能", "请", "没有", "不再", "不必", "不填", "无法", "不要"}

// states are texts that say how something is, and families those that nobody is refused with, or
// that stand in a list of a definition's faults.
var (
	states = []string{
		"other_kind", "unknown_key", "key_twice", "schema", "form_too_large", "pattern", "too_short", "too_long", "otherwise", "too_few", "too_few_items",
		"too_many_items", "item_twice", "proposal_over", "overloaded", "all_alone", "numbered", "task_not_issued", "not_published", "begins_with",
		"wrong_state", "often_enough",
	}
	families = []string{"moment_", "counted_", "notice_", "misfit_", "loose_", "pointed_", "warn_", "draft_communities", "flow_", "too_often"}
)

// notSaid says what is wrong with how a text is marked, "" for nothing.
func notSaid(key, text string, part bool) string {
	whole := slices.ContainsFunc(verbs, func(verb string) bool { return strings.Contains(text, verb) }) || slices.Contains(states, key) ||
		slices.ContainsFunc(families, func(family string) bool { return strings.HasPrefix(key, family) })
	switch {
	case part && slices.ContainsFunc(verbs, func(verb string) bool { return strings.HasPrefix(text, verb) }):
		return "it is a sentence, and is marked as a part of one"
	case !part && !whole:
		return "it is a part of a sentence, and is not marked"
	}
	return ""
}

// TestEveryRefusalIsASentence: a text that is no sentence by itself is marked in its catalogue, and
// is said with its verb; one that is stays as it is.
func TestEveryRefusalIsASentence(t *testing.T) {
	t.Parallel()
	parts := 0
	for _, c := range []*message.Catalogue{act.Messages, define.Messages, workflow.Messages} {
		for _, key := range c.Keys() {
			text := c.Say(message.Chinese, message.Text{Key: key})
			if wrong := notSaid(key, text, c.Part(key)); wrong != "" {
				t.Errorf("%s: %s: %s", key, wrong, text)
			}
			said := act.Sentence(message.Text{Key: key})
			if c.Part(key) != (said == "应为"+text) || strings.HasPrefix(said, "…") {
				t.Errorf("%s is said as %s", key, said)
			}
			if c.Part(key) {
				parts++
			}
		}
	}
	if parts == 0 {
		t.Error("no text is marked")
	}
	for _, c := range []struct {
		key, text string
		part      bool
	}{{"x", "至少一个社区", false}, {"x", "不得早于今天", true}, {"x", "请先登记挂牌", true}} { // the control
		if notSaid(c.key, c.text, c.part) == "" {
			t.Errorf("%+v passes", c)
		}
	}
}
