package sample

import "strings"

// kind is what a column holds, so that a spreadsheet shows it rightly.
type kind int

const (
	text   kind = iota // Names and codes: 431026102001 must not become 4.3E+11.
	word               // One of a few words, in English or Chinese.
	number             // An amount or a count.
	day                // A date.
)

type column struct {
	en, zh string
	kind   kind
}

type sheet struct {
	en, zh  string
	columns []column
}

// name and header are in the language the workbook is kept in.
func (s sheet) name(chinese bool) string {
	if chinese {
		return s.zh
	}
	return s.en
}

func (s sheet) header(chinese bool) []string {
	names := make([]string, len(s.columns))
	for i, c := range s.columns {
		names[i] = c.en
		if chinese {
			names[i] = c.zh
		}
	}
	return names
}

// sheetID is a sheet's place in sheets.
type sheetID int

const (
	note sheetID = iota
	communities
	departments
	items
	admissions
	tasks
	receipts
	completions
	commitments
	payments
	arrivals
	plaques
	plaqueCatalogue
	burdens
	sheetCount
)

var sheets = [sheetCount]sheet{
	note:        {"说明", "说明", cols("item 项目, content 内容")},
	communities: {"communities", "社区", cols("code 区划代码, name 名称, street 街道乡镇, kind 类型 word, households 户数 number, population 人口 number, staff 工作人员 number")},
	departments: {"departments", "部门", cols("code 部门代码, name 名称, kind 类别 word")},
	items: {"items", "事项清单", cols("code 事项编码, category 大类, name 事项名称, department 责任部门, list 清单 word, rule 经费方式 word, rate 标准 number, " +
		"payers 分担, timing 拨付方式 word, authority_required 需赋权 word")},
	admissions: {"admissions", "准入", cols("no 准入编号, department 部门, item 事项, document 文号, from 有效期起 day, to 有效期止 day, communities 适用社区, " +
		"decision 结论 word, decided_on 决定日期 day, revoked_on 撤销日期 day")},
	tasks: {"tasks", "交办", cols("no 交办单号, department 部门, community 社区, item 事项, document 文号, issued_on 交办日期 day, starts_on 开始日期 day, " +
		"due_on 完成时限 day, quantity 数量 number, base 计提基数 number, amount 约定经费 number, pay_by 拨付时限 day, authority_document 赋权文号, recalled_on 撤回日期 day")},
	receipts: {"receipts", "回执", cols("task 交办单号, outcome 结果 word, filed_on 日期 day, reason 原因代码, condition_amount 条件金额 number, " +
		"condition_by 条件期限 day, note 说明, no 编号")},
	completions: {"completions", "办结", cols("task 交办单号, completed_on 办结日期 day, quantity 实际数量 number")},
	commitments: {"commitments", "承诺", cols("no 编号, kind 性质 word, department 部门, community 社区, purpose 用途, amount 金额 number, made_on 日期 day, by 兑现时限 day")},
	payments: {"payments", "拨付", cols("voucher 凭证号, paid_on 日期 day, payer 付款方, payee 收款方, community 受益社区, purpose 用途, amount 金额 number, " +
		"upstream 上级凭证, reverses 冲销凭证")},
	arrivals:        {"arrivals", "到账", cols("voucher 凭证号, confirmed_on 确认日期 day, amount 金额 number, withdrawn_on 撤销日期 day, no 编号")},
	plaques:         {"plaques", "挂牌", cols("no 牌号, community 社区, department 部门, title 名称, zone 位置 word, hung_on 挂牌日期 day, removed_on 摘牌日期 day")},
	plaqueCatalogue: {"plaque_catalogue", "挂牌目录", cols("title 名称, zone 位置 word")},
	burdens:         {"burdens", "其他负担", cols("no 编号, community 社区, department 部门, kind 类型 word, title 名称, from 开始 day, to 结束 day")},
}

// cols reads "en zh kind, en zh": a column without a kind is text.
func cols(s string) []column {
	kinds := map[string]kind{"word": word, "number": number, "day": day}
	var all []column
	for c := range strings.SplitSeq(s, ", ") {
		f := append(strings.Fields(c), "")
		all = append(all, column{f[0], f[1], kinds[f[2]]})
	}
	return all
}

// words are the Chinese of the words that a column of few values holds.
var words = map[string]string{
	"urban": "城市社区", "village": "村",
	"department": "部门", "mass": "群团", "utility": "公用事业", "finance": "财政", "street": "街道", "superior": "上级",
	"custodian": "代管", "sponsor": "赞助",
	"statutory": "依法履行", "assist": "协助", "purchase": "购买", "negative": "负面",
	"none": "无", "fixed": "定额", "per_case": "按件", "per_household": "按户", "per_capita": "按人", "per_staff": "按工作人员",
	"ratio": "按比例", "agreed": "协商", "advance": "预拨", "arrears": "后付", "yes": "是", "no": "否",
	"admitted": "准入", "conditional": "附条件准入", "denied": "不予准入",
	"accept": "接收", "reject": "拒收", "query": "询问", "pledge": "意向", "quota": "指标",
	"outside": "外部", "inside": "内部", "wall": "上墙",
	"form": "报表", "ledger": "台账", "inspection": "检查", "certificate": "证明", "group": "工作群", "app": "应用",
	"secondment": "借调", "levy": "摊派", "training": "培训", "survey": "调查", "organisation": "机构",
}

// chineseWord gives the Chinese of a word on a sheet. "conditional" is the one
// word that two sheets say differently.
func chineseWord(s sheetID, w string) string {
	if s == receipts && w == "conditional" {
		return "附条件接收"
	}
	return words[w]
}
