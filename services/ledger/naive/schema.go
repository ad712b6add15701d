package naive

// What a column holds (§1).
const (
	text    = "text"    // trimmed
	number  = "number"  // a no or a voucher: trimmed, NFC, half width
	purpose = "purpose" // task:NO, item:CODE, department or general
	date    = "date"
	amount  = "amount" // yuan in the file, fen here
	rate    = "rate"   // yuan in the file, fen here; for ratio a number of percent
	decimal = "decimal"
	word    = "word" // one of a few values, English or Chinese
)

// sheetSpec is one sheet of §1 with both its names.
type sheetSpec struct {
	name, chinese string
	columns       []columnSpec
}

// columnSpec is one column with both its names and what it holds.
type columnSpec struct{ name, chinese, holds string }

// schema is the table of §1.
var schema = []sheetSpec{
	{"communities", "社区", []columnSpec{
		{"code", "区划代码", text}, {"name", "名称", text}, {"street", "街道乡镇", text}, {"kind", "类型", word},
		{"households", "户数", decimal}, {"population", "人口", decimal}, {"staff", "工作人员", decimal}}},
	{"departments", "部门", []columnSpec{
		{"code", "部门代码", text}, {"name", "名称", text}, {"kind", "类别", word}}},
	{"items", "事项清单", []columnSpec{
		{"code", "事项编码", text}, {"category", "大类", text}, {"name", "事项名称", text}, {"department", "责任部门", text},
		{"list", "清单", word}, {"rule", "经费方式", word}, {"rate", "标准", rate}, {"payers", "分担", text},
		{"timing", "拨付方式", word}, {"authority_required", "需赋权", word}}},
	{"admissions", "准入", []columnSpec{
		{"no", "准入编号", number}, {"department", "部门", text}, {"item", "事项", text}, {"document", "文号", text},
		{"from", "有效期起", date}, {"to", "有效期止", date}, {"communities", "适用社区", text},
		{"decision", "结论", word}, {"decided_on", "决定日期", date}, {"revoked_on", "撤销日期", date}}},
	{"tasks", "交办", []columnSpec{
		{"no", "交办单号", number}, {"department", "部门", text}, {"community", "社区", text}, {"item", "事项", text},
		{"document", "文号", text}, {"issued_on", "交办日期", date}, {"starts_on", "开始日期", date},
		{"due_on", "完成时限", date}, {"quantity", "数量", decimal}, {"base", "计提基数", amount},
		{"amount", "约定经费", amount}, {"pay_by", "拨付时限", date}, {"authority_document", "赋权文号", text},
		{"recalled_on", "撤回日期", date}}},
	{"receipts", "回执", []columnSpec{
		{"task", "交办单号", number}, {"outcome", "结果", word}, {"filed_on", "日期", date}, {"reason", "原因代码", text},
		{"condition_amount", "条件金额", amount}, {"condition_by", "条件期限", date}, {"note", "说明", text},
		{"no", "编号", number}}},
	{"completions", "办结", []columnSpec{
		{"task", "交办单号", number}, {"completed_on", "办结日期", date}, {"quantity", "实际数量", decimal}}},
	{"commitments", "承诺", []columnSpec{
		{"no", "编号", number}, {"kind", "性质", word}, {"department", "部门", text}, {"community", "社区", text},
		{"purpose", "用途", purpose}, {"amount", "金额", amount}, {"made_on", "日期", date}, {"by", "兑现时限", date}}},
	{"payments", "拨付", []columnSpec{
		{"voucher", "凭证号", number}, {"paid_on", "日期", date}, {"payer", "付款方", text}, {"payee", "收款方", text},
		{"community", "受益社区", text}, {"purpose", "用途", purpose}, {"amount", "金额", amount},
		{"upstream", "上级凭证", number}, {"reverses", "冲销凭证", number}}},
	{"arrivals", "到账", []columnSpec{
		{"voucher", "凭证号", number}, {"confirmed_on", "确认日期", date}, {"amount", "金额", amount},
		{"withdrawn_on", "撤销日期", date}, {"no", "编号", number}}},
	{"plaques", "挂牌", []columnSpec{
		{"no", "牌号", number}, {"community", "社区", text}, {"department", "部门", text}, {"title", "名称", text},
		{"zone", "位置", word}, {"hung_on", "挂牌日期", date}, {"removed_on", "摘牌日期", date}}},
	{"plaque_catalogue", "挂牌目录", []columnSpec{
		{"title", "名称", text}, {"zone", "位置", word}}},
	{"burdens", "其他负担", []columnSpec{
		{"no", "编号", number}, {"community", "社区", text}, {"department", "部门", text}, {"kind", "类型", word},
		{"title", "名称", text}, {"from", "开始", date}, {"to", "结束", date}}},
}

// words gives the Chinese word of every enumerated value (§1), by column where one English word has two.
var words = map[string]string{
	"urban": "城市社区", "village": "村",
	"department": "部门", "mass": "群团", "utility": "公用事业", "finance": "财政", "street": "街道", "superior": "上级",
	"custodian": "代管", "sponsor": "赞助",
	"statutory": "依法履行", "assist": "协助", "purchase": "购买", "negative": "负面",
	"none": "无", "fixed": "定额", "per_case": "按件", "per_household": "按户", "per_capita": "按人",
	"per_staff": "按工作人员", "ratio": "按比例", "agreed": "协商",
	"advance": "预拨", "arrears": "后付",
	"yes": "是", "no": "否",
	"admitted": "准入", "decision conditional": "附条件准入", "denied": "不予准入",
	"accept": "接收", "outcome conditional": "附条件接收", "reject": "拒收", "query": "询问",
	"pledge": "意向", "quota": "指标",
	"outside": "外部", "inside": "内部", "wall": "上墙",
	"form": "报表", "ledger": "台账", "inspection": "检查", "certificate": "证明", "group": "工作群", "app": "应用",
	"secondment": "借调", "levy": "摊派", "training": "培训", "survey": "调查", "organisation": "机构",
}
