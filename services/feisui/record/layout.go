package record

import "feisui/pkg/workbook"

// Layout is the workbook of spec §1: every sheet and column, by its English and
// its Chinese name.
var Layout = workbook.Layout{
	sheet("communities", "社区", "code", "区划代码", "name", "名称", "street", "街道乡镇", "kind", "类型",
		"households", "户数", "population", "人口", "staff", "工作人员"),
	sheet("departments", "部门", "code", "部门代码", "name", "名称", "kind", "类别"),
	sheet("items", "事项清单", "code", "事项编码", "category", "大类", "name", "事项名称", "department", "责任部门",
		"list", "清单", "rule", "经费方式", "rate", "标准", "payers", "分担", "timing", "拨付方式", "authority_required", "需赋权"),
	sheet("admissions", "准入", "no", "准入编号", "department", "部门", "item", "事项", "document", "文号",
		"from", "有效期起", "to", "有效期止", "communities", "适用社区", "decision", "结论", "decided_on", "决定日期", "revoked_on", "撤销日期"),
	sheet("tasks", "交办", "no", "交办单号", "department", "部门", "community", "社区", "item", "事项", "document", "文号",
		"issued_on", "交办日期", "starts_on", "开始日期", "due_on", "完成时限", "quantity", "数量", "base", "计提基数",
		"amount", "约定经费", "pay_by", "拨付时限", "authority_document", "赋权文号", "recalled_on", "撤回日期"),
	sheet("receipts", "回执", "task", "交办单号", "outcome", "结果", "filed_on", "日期", "reason", "原因代码",
		"condition_amount", "条件金额", "condition_by", "条件期限", "note", "说明", "no", "编号"),
	sheet("completions", "办结", "task", "交办单号", "completed_on", "办结日期", "quantity", "实际数量"),
	sheet("commitments", "承诺", "no", "编号", "kind", "性质", "department", "部门", "community", "社区",
		"purpose", "用途", "amount", "金额", "made_on", "日期", "by", "兑现时限"),
	sheet("payments", "拨付", "voucher", "凭证号", "paid_on", "日期", "payer", "付款方", "payee", "收款方",
		"community", "受益社区", "purpose", "用途", "amount", "金额", "upstream", "上级凭证", "reverses", "冲销凭证"),
	sheet("arrivals", "到账", "voucher", "凭证号", "confirmed_on", "确认日期", "amount", "金额", "withdrawn_on", "撤销日期", "no", "编号"),
	sheet("plaques", "挂牌", "no", "牌号", "community", "社区", "department", "部门", "title", "名称",
		"zone", "位置", "hung_on", "挂牌日期", "removed_on", "摘牌日期"),
	sheet("plaque_catalogue", "挂牌目录", "title", "名称", "zone", "位置"),
	sheet("burdens", "其他负担", "no", "编号", "community", "社区", "department", "部门", "kind", "类型",
		"title", "名称", "from", "开始", "to", "结束"),
}

// sheet pairs English and Chinese column names.
func sheet(name, chinese string, columns ...string) workbook.Sheet {
	s := workbook.Sheet{Name: name, Chinese: chinese}
	for i := 0; i < len(columns); i += 2 {
		s.Columns = append(s.Columns, workbook.Column{Name: columns[i], Chinese: columns[i+1]})
	}
	return s
}

func layoutSheet(name string) *workbook.Sheet {
	for i := range Layout {
		if Layout[i].Name == name {
			return &Layout[i]
		}
	}
	panic("record: no sheet " + name)
}
