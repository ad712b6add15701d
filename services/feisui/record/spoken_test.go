package record_test

import (
	"slices"
	"strings"
	"testing"

	"feisui/pkg/message"
	"feisui/services/feisui/record"
)

// verbs are in every sentence of the door: it stands in a table, and beside a field.
var verbs = []string{"应", "须", "不得", "不能", "请", "没有", "必填", "缺少", "至多", "至少", "只能", "只占"}

func verbless(text string) bool {
	text = strings.ReplaceAll(text, "对应", "") // which is another word
	return !slices.ContainsFunc(verbs, func(verb string) bool { return strings.Contains(text, verb) })
}

func TestEveryRefusalOfTheDoorHasAVerb(t *testing.T) {
	t.Parallel()
	for _, key := range record.Messages.Keys() {
		text := record.Messages.Say(message.Chinese, message.Text{Key: key})
		if !strings.HasPrefix(key, "fact_") && (verbless(text) || strings.HasPrefix(text, "不晚于") || strings.HasPrefix(text, "不早于")) { // fact_ are words
			t.Errorf("%s: %s", key, text)
		}
	}
	for _, text := range []string{"大于 0 的金额", "拒收原因代码：N01", "对应关系中指定的表头"} { // the control
		if !verbless(text) {
			t.Errorf("%s passes", text)
		}
	}
}
