package serve

// example is a row that the document shows. A test records all of them in the
// order of the layout, in a running county that knows nothing before.
type example struct {
	name  string
	about string
	row   map[string]string // by the English names and words; the Chinese ones follow
}

// The community and the task that the examples are about. All but the divisions
// is invented.
const (
	aCommunity = "431026102001"
	aStreet    = "431026102"
	aTask      = "JB2025-0031"
)

// examples are rows of each sheet. What they name stands in examples before.
var examples = map[string][]example{
	"communities": {{"community", "一个社区", map[string]string{
		"code": aCommunity, "name": "热水汤河居委会", "street": aStreet, "kind": "urban", "households": "1260", "population": "3418", "staff": "11",
	}}},
	"departments": {{"department", "一个部门", map[string]string{"code": "D01", "name": "民政局", "kind": "department"}}},
	"items": {{"item", "一个事项", map[string]string{
		"code": "T0701", "category": "民政服务", "name": "高龄津贴资格核查", "department": "D01", "list": "assist", "rule": "per_case",
		"rate": "33.5", "payers": "D01:1@2025-03-31", "timing": "advance", "authority_required": "no",
	}}},
	"admissions": {
		{"admission", "准入一年", map[string]string{
			"no": "ZR2025-001", "department": "D01", "item": "T0701", "document": "民发〔2025〕3号", "from": "2025-01-01", "to": "2025-12-31",
			"communities": aCommunity, "decision": "admitted", "decided_on": "2024-12-20",
		}},
		{"revoked", "后来撤销的准入", map[string]string{
			"no": "ZR2025-002", "department": "D01", "item": "T0702", "decision": "admitted", "decided_on": "2024-12-20", "revoked_on": "2025-07-01",
		}},
	},
	"tasks": {
		{"task", "交办一项任务，约定经费", map[string]string{
			"no": aTask, "department": "D01", "community": aCommunity, "item": "T0701", "document": "民发〔2025〕8号",
			"issued_on": "2025-03-03", "starts_on": "2025-03-10", "due_on": "2025-06-30", "quantity": "42", "amount": "8350.00",
			"pay_by": "2025-03-31", "authority_document": "汝政办函〔2025〕2号",
		}},
		{"recalled", "后来撤回的任务，按基数计提", map[string]string{
			"no": "JB2025-0032", "department": "D01", "community": aCommunity, "item": "T0702",
			"issued_on": "2025-03-03", "base": "12.5万元", "recalled_on": "2025-03-14",
		}},
	},
	"receipts": {{"receipt", "附条件接收", map[string]string{
		"task": aTask, "outcome": "conditional", "filed_on": "2025-03-05", "reason": "R2", "condition_amount": "8350", "condition_by": "2025-04-15",
		"note": "经费到账后开展", "no": "HZ1",
	}}},
	"completions": {{"completion", "办结", map[string]string{"task": aTask, "completed_on": "2025-06-27", "quantity": "42"}}},
	"commitments": {{"commitment", "下达的指标", map[string]string{
		"no": "CN2025-001", "kind": "quota", "department": "D01", "community": aCommunity, "purpose": "task:" + aTask,
		"amount": "8350", "made_on": "2025-01-15", "by": "2025-09-30",
	}}},
	"payments": {
		{"a.payment", "部门拨到街道", map[string]string{
			"voucher": "PZ2025-0107", "paid_on": "2025-03-28", "payer": "D01", "payee": aStreet, "community": aCommunity,
			"purpose": "task:" + aTask, "amount": "8350.00",
		}},
		{"b.passed_on", "街道转拨社区", map[string]string{
			"voucher": "PZ2025-0120", "paid_on": "2025-04-01", "payer": aStreet, "payee": aCommunity, "amount": "8350", "upstream": "PZ2025-0107",
		}},
		{"c.mistaken", "拨错的一笔", map[string]string{
			"voucher": "PZ2025-0130", "paid_on": "2025-05-06", "payer": "D01", "payee": aCommunity, "purpose": "general", "amount": "100",
		}},
		{"d.reversal", "冲销拨错的一笔", map[string]string{
			"voucher": "PZ2025-0131", "paid_on": "2025-05-07", "payer": aCommunity, "payee": "D01", "purpose": "general", "amount": "100", "reverses": "PZ2025-0130",
		}},
	},
	"arrivals": {
		{"arrival", "确认到账", map[string]string{"voucher": "PZ2025-0120", "confirmed_on": "2025-04-03", "amount": "8000", "no": "DZ1"}},
		{"withdrawn", "后来撤销的到账", map[string]string{"voucher": "PZ2025-0120", "confirmed_on": "2025-04-03", "amount": "350", "withdrawn_on": "2025-04-05", "no": "DZ2"}},
	},
	"plaques": {{"plaque", "一块牌子", map[string]string{
		"no": "P1", "community": aCommunity, "department": "D01", "title": "居家养老服务站", "zone": "outside", "hung_on": "2025-02-17", "removed_on": "2025-08-29",
	}}},
	"plaque_catalogue": {{"title", "允许挂的牌子", map[string]string{"title": "居家养老服务站", "zone": "outside"}}},
	"burdens": {{"burden", "每月的报表", map[string]string{
		"no": "F1", "community": aCommunity, "department": "D01", "kind": "form", "title": "高龄老人月报表", "from": "2025-01-01", "to": "2025-12-31",
	}}},
}
