package sample_test

import (
	"regexp"
	"strings"
	"testing"

	"feisui/services/feisui/sample"
)

func TestCatalogue(t *testing.T) {
	t.Parallel()
	b := write(t, sample.Options{Communities: 1})
	heads, lists := map[string]bool{}, map[string]int{}
	code := regexp.MustCompile(`^T\d{4}$`)
	for _, r := range b["items"] {
		if !code.MatchString(r["code"]) || r["name"] == "" {
			t.Errorf("item %v", r)
		}
		heads[r["category"]] = true
		lists[r["list"]]++
		if forbidden := r["list"] == "negative"; forbidden != (r["rule"] == "none") && r["list"] != "statutory" {
			t.Errorf("item %s: list %s, rule %s", r["code"], r["list"], r["rule"])
		}
		if strings.Contains(r["payers"], "{") {
			t.Errorf("item %s: payers %s", r["code"], r["payers"])
		}
	}
	if len(heads) != 25 || len(b["items"]) != 90 {
		t.Errorf("%d heads, %d items; want 25 and 90", len(heads), len(b["items"]))
	}
	for list, want := range map[string]int{"assist": 49, "purchase": 32, "negative": 8, "statutory": 1} {
		if lists[list] != want {
			t.Errorf("%d items %s, want %d", lists[list], list, want)
		}
	}
	zones := map[string]int{}
	for _, r := range b["plaque_catalogue"] {
		zones[r["zone"]]++
	}
	if zones["outside"] != 4 || zones["inside"] != 20 || zones["wall"] != 0 {
		t.Errorf("plaque catalogue: %v", zones)
	}
}

// Every word on a Chinese sheet is one of the words that the format knows.
func TestChineseWords(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := sample.Write(t.Context(), sample.Options{Out: dir, Communities: 40, Chinese: true}); err != nil {
		t.Fatal(err)
	}
	b := readBook(t, dir)
	for _, c := range []struct{ sheet, column, words string }{
		{"社区", "类型", "城市社区 村"},
		{"部门", "类别", "部门 群团 公用事业 财政 街道 上级 代管 赞助"},
		{"事项清单", "清单", "依法履行 协助 购买 负面"},
		{"事项清单", "经费方式", "无 定额 按件 按户 按人 按比例 协商"},
		{"事项清单", "拨付方式", " 预拨 后付"},
		{"事项清单", "需赋权", "是 否"},
		{"准入", "结论", "准入 附条件准入 不予准入"},
		{"回执", "结果", "接收 附条件接收 拒收 询问"},
		{"承诺", "性质", "意向 指标"},
		{"挂牌", "位置", "外部 内部 上墙"},
		{"其他负担", "类型", "报表 台账 检查 证明 工作群 应用 借调 摊派 培训 调查 机构"},
	} {
		known, met := map[string]bool{}, map[string]bool{}
		for w := range strings.SplitSeq(c.words, " ") {
			known[w] = true
		}
		for _, r := range b[c.sheet] {
			met[r[c.column]] = true
			if !known[r[c.column]] {
				t.Errorf("%s %s: %q", c.sheet, c.column, r[c.column])
			}
		}
		if len(met) != len(known) {
			t.Errorf("%s %s: only %v occur", c.sheet, c.column, met)
		}
	}
}

// The proportions that the package's comment promises, roughly.
func TestProportions(t *testing.T) {
	t.Parallel()
	b := write(t, sample.Options{})
	all := float64(len(b["tasks"]))
	outcomes := map[string]float64{}
	for _, r := range b["receipts"] {
		outcomes[r["outcome"]]++
	}
	lists := map[string]string{"": ""}
	for _, i := range b["items"] {
		lists[i["code"]] = i["list"]
	}
	var negative, unknown, recalled float64
	for _, r := range b["tasks"] {
		switch lists[r["item"]] {
		case "negative":
			negative++
		case "":
			unknown++
		}
		if r["recalled_on"] != "" {
			recalled++
		}
	}
	for what, c := range map[string]struct{ part, low, high float64 }{
		"rejected":    {outcomes["reject"], 5, 8},
		"conditional": {outcomes["conditional"], 3.5, 6},
		"queries":     {outcomes["query"], 2, 7},
		"recalled":    {recalled, 1, 3},
		"negative":    {negative, 3, 5},
		"unknown":     {unknown, 2, 4.5},
		"completed":   {float64(len(b["completions"])), 50, 62},
	} {
		if percent := 100 * c.part / all; percent < c.low || percent > c.high {
			t.Errorf("%s: %.1f %%, want %.1f to %.1f", what, percent, c.low, c.high)
		}
	}
}
