package api_test

import (
	"strings"
	"testing"

	"feisui/pkg/money"
	"feisui/services/ledger/api"
)

// TestFeesInWords: every rule at every state of its rate and timing is said in both
// languages, nothing of it a key or a hole.
func TestFeesInWords(t *testing.T) {
	t.Parallel()
	rate := money.Whole(2050)
	half := money.Whole(1).Shift(-1)
	for _, c := range []struct {
		rule, timing string
		rate         *money.Decimal
		zh, en, unit string
	}{
		{"none", "", nil, "不需经费", "no fee", ""},
		{"none", "arrears", nil, "不需经费", "no fee", ""},
		{"fixed", "", &rate, "定额，每项任务 20.5 元", "fixed: 20.5 yuan a task", ""},
		{"per_case", "advance", &rate, "按件，每件 20.5 元；交办时预拨", "by the case: 20.5 yuan each; paid in advance", "件"},
		{"per_household", "arrears", &half, "按户，每户 0.001 元；办结后拨付", "by the household: 0.001 yuan each; paid after completion", "户"},
		{"per_capita", "", &rate, "按人，每人 20.5 元", "by the head: 20.5 yuan each", "人"},
		{"per_staff", "", nil, "按工作人员，标准尚未规定", "by the community's staff, at a rate that is not set yet", "名工作人员"},
		{"ratio", "", &half, "按比例，计提基数的 0.1%", "0.1% of the base", ""},
		{"ratio", "", nil, "按比例，标准尚未规定", "a share of the base, at a rate that is not set yet", ""},
		{"agreed", "", nil, "协商，以交办时约定的金额为准", "agreed: the amount that the task says", ""},
	} {
		got := api.FeeOf(c.rule, c.rate, c.timing)
		if got.Chinese != c.zh || got.English != c.en {
			t.Errorf("%s: %q, %q", c.rule, got.Chinese, got.English)
		}
		unit := ""
		if u := api.UnitOf(c.rule); u != nil {
			unit = u.Chinese
		}
		if unit != c.unit {
			t.Errorf("%s is counted by %q, want %q", c.rule, unit, c.unit)
		}
	}
	twelve := money.Whole(12)
	for _, f := range []api.TaskFee{
		{Rule: "own"}, {Rule: "unlisted"}, {Rule: "none"}, {Rule: "agreed"}, {Rule: "fixed", By: "task", Rate: &rate, Count: &twelve},
		{Rule: "per_case", By: "completed_quantity", Rate: &rate, Count: &twelve}, {Rule: "per_case", By: "one", Rate: &rate, Count: &twelve},
		{Rule: "per_case", By: "quantity", Count: &twelve}, {Rule: "per_household", By: "households", Rate: &rate},
		{Rule: "per_capita", By: "population", Rate: &rate}, {Rule: "per_staff", By: "staff", Rate: &rate},
		{Rule: "ratio", By: "base", Rate: &rate}, {Rule: "ratio", By: "base", Rate: &half, Count: &rate},
	} {
		got := api.FoundOf(&f)
		for _, text := range []string{got.Chinese, got.English} {
			if text == "" || strings.ContainsAny(text, "{}_") {
				t.Errorf("%+v: %q", f, text)
			}
		}
	}
}
