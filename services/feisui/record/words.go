package record

import "strings"

// words are the values of a column that holds one of a few: what users write,
// in English or Chinese, and the word that is recorded.
type words struct {
	recorded map[string]string
	pairs    []string // English, Chinese, English, …
	list     string   // for people: urban 城市社区, village 村
}

func wordList(pairs ...string) words {
	w := words{recorded: map[string]string{}, pairs: pairs}
	var list []string
	for i := 0; i < len(pairs); i += 2 {
		w.recorded[pairs[i]], w.recorded[pairs[i+1]] = pairs[i], pairs[i]
		list = append(list, pairs[i]+" "+pairs[i+1])
	}
	w.list = strings.Join(list, ", ")
	return w
}

// The words of spec §1.
var (
	communityKinds  = wordList("urban", "城市社区", "village", "村")
	departmentKinds = wordList("department", "部门", "mass", "群团", "utility", "公用事业", "finance", "财政",
		"street", "街道", "superior", "上级", "custodian", "代管", "sponsor", "赞助")
	lists = wordList("statutory", "依法履行", "assist", "协助", "purchase", "购买", "negative", "负面")
	rules = wordList("none", "无", "fixed", "定额", "per_case", "按件", "per_household", "按户", "per_capita", "按人",
		"per_staff", "按工作人员", "ratio", "按比例", "agreed", "协商")
	timings         = wordList("advance", "预拨", "arrears", "后付")
	yesNo           = wordList("yes", "是", "no", "否")
	decisions       = wordList("admitted", "准入", "conditional", "附条件准入", "denied", "不予准入")
	outcomes        = wordList("accept", "接收", "conditional", "附条件接收", "reject", "拒收", "query", "询问")
	commitmentKinds = wordList("pledge", "意向", "quota", "指标")
	zones           = wordList("outside", "外部", "inside", "内部", "wall", "上墙")
	burdenKinds     = wordList("form", "报表", "ledger", "台账", "inspection", "检查", "certificate", "证明", "group", "工作群",
		"app", "应用", "secondment", "借调", "levy", "摊派", "training", "培训", "survey", "调查", "organisation", "机构")
)
