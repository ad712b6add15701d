package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"mime/multipart"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The county of the rights: two streets, three communities, two departments that
// hand down tasks, money in each state. D01 and 热水 (S1) with its community A are
// somebody's own; B is A's sibling, and C is in another street.
const (
	streetS1, streetS2    = "431026102", "431026103"
	communityA            = "431026102001"
	communityB            = "431026102002"
	communityC            = "431026103001"
	absentCode            = "431026999999"
	absentDepartment      = "D77"
	departmentD1          = "D01"
	departmentD2, finance = "D02", "D09"
)

// rightsRows are the county's rows, by sheet, and by whose they are.
var rightsRows = map[string]map[string]map[string]string{
	"departments": {
		departmentD1: {"code": departmentD1, "name": "民政局", "kind": "部门"},
		departmentD2: {"code": departmentD2, "name": "教育局", "kind": "部门"},
		finance:      {"code": finance, "name": "财政局", "kind": "财政"},
		streetS1:     {"code": streetS1, "name": "热水镇", "kind": "街道"},
		streetS2:     {"code": streetS2, "name": "土桥镇", "kind": "街道"},
	},
	"communities": {
		communityA: {"code": communityA, "name": "甲社区", "street": streetS1},
		communityB: {"code": communityB, "name": "乙社区", "street": streetS1},
		communityC: {"code": communityC, "name": "丙社区", "street": streetS2},
	},
	"items":            {departmentD1: {"code": "T01", "name": "一项", "department": departmentD1, "list": "依法履行"}},
	"admissions":       {departmentD1: {"no": "ZR1", "department": departmentD1, "item": "T01", "decision": "准入", "decided_on": "2025-01-01"}},
	"plaque_catalogue": {departmentD1: {"title": "党群服务中心", "zone": "外部"}},
	"tasks": {
		departmentD1: {"no": "T-A1", "department": departmentD1, "community": communityA, "item": "T01", "issued_on": "2025-01-06", "amount": "100", "pay_by": "2025-02-01"},
		departmentD2: {"no": "T-C1", "department": departmentD2, "community": communityC, "item": "T01", "issued_on": "2025-01-06", "amount": "300", "pay_by": "2025-02-01"},
		"":           {"no": "T-B1", "department": departmentD1, "community": communityB, "item": "T01", "issued_on": "2025-01-06", "amount": "200", "pay_by": "2025-02-01"},
		" ":          {"no": "T-A2", "department": departmentD2, "community": communityA, "item": "T01", "issued_on": "2025-01-06", "amount": "400", "pay_by": "2025-02-01"},
	},
	"receipts": {
		communityA: {"task": "T-A1", "outcome": "接收", "filed_on": "2025-01-08"},
		communityB: {"task": "T-B1", "outcome": "接收", "filed_on": "2025-01-08"},
		communityC: {"task": "T-C1", "outcome": "接收", "filed_on": "2025-01-08"},
	},
	"completions": {
		communityA: {"task": "T-A1", "completed_on": "2025-03-08"},
		communityC: {"task": "T-C1", "completed_on": "2025-03-08"},
	},
	"commitments": {
		departmentD1: {"no": "CM1", "kind": "意向", "department": departmentD1, "community": communityA, "amount": "50", "made_on": "2025-01-08"},
		departmentD2: {"no": "CM2", "kind": "意向", "department": departmentD2, "community": communityC, "amount": "50", "made_on": "2025-01-08"},
	},
	"payments": {
		departmentD1: {"voucher": "P-A", "paid_on": "2025-02-10", "payer": departmentD1, "payee": communityA, "purpose": "task:T-A1", "amount": "30"},
		departmentD2: {"voucher": "P-C", "paid_on": "2025-02-10", "payer": departmentD2, "payee": communityC, "purpose": "task:T-C1", "amount": "30"},
		finance:      {"voucher": "P-S", "paid_on": "2025-02-10", "payer": finance, "payee": streetS1, "community": communityB, "amount": "80"},
		streetS1:     {"voucher": "P-B", "paid_on": "2025-02-12", "payer": streetS1, "payee": communityB, "amount": "20", "upstream": "P-S"},
		"":           {"voucher": "P-T", "paid_on": "2025-02-10", "payer": finance, "payee": streetS2, "community": communityC, "amount": "70"},
	},
	"arrivals": {
		communityA: {"voucher": "P-A", "confirmed_on": "2025-02-11", "amount": "30"},
		communityB: {"voucher": "P-B", "confirmed_on": "2025-02-13", "amount": "20"},
		communityC: {"voucher": "P-C", "confirmed_on": "2025-02-11", "amount": "30"},
	},
	"plaques": {
		communityA: {"no": "PL-A", "community": communityA, "department": departmentD1, "title": "甲牌", "zone": "外部", "hung_on": "2025-01-01"},
		communityB: {"no": "PL-B", "community": communityB, "department": departmentD1, "title": "乙牌", "zone": "外部", "hung_on": "2025-01-01"},
		communityC: {"no": "PL-C", "community": communityC, "department": departmentD2, "title": "丙牌", "zone": "外部", "hung_on": "2025-01-01"},
	},
	"burdens": {
		communityA: {"no": "BU-A", "community": communityA, "department": departmentD1, "kind": "报表", "title": "甲表", "from": "2025-01-01"},
		communityC: {"no": "BU-C", "community": communityC, "department": departmentD2, "kind": "报表", "title": "丙表", "from": "2025-01-01"},
	},
}

// absentRow is a row of somebody who is not there.
func absentRow(sheet string) map[string]string {
	absent := map[string]string{}
	for column, value := range rightsRows[sheet][slices.Min(slices.Collect(maps.Keys(rightsRows[sheet])))] {
		switch column {
		case "department", "payer":
			value = absentDepartment
		case "community", "payee":
			value = absentCode
		case "no", "voucher", "task":
			value = "absent"
		case "code", "zone", "kind": // which the door refuses, so that nothing comes of it
			value = "?"
		}
		absent[column] = value
	}
	return absent
}

// rightsWorkbook writes the rows as a folder.
func rightsWorkbook(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "book")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range rightsFiles() {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func rightsFiles() map[string]string {
	files := map[string]string{}
	for sheet, rows := range rightsRows {
		columns := map[string]bool{}
		for _, row := range rows {
			for c := range row {
				columns[c] = true
			}
		}
		var names []string
		for c := range columns {
			names = append(names, c)
		}
		text := strings.Join(names, ",") + "\n"
		for _, row := range rows {
			var cells []string
			for _, c := range names {
				cells = append(cells, row[c])
			}
			text += strings.Join(cells, ",") + "\n"
		}
		files[sheet+".csv"] = text
	}
	return files
}

// rightsForm is the workbook as an upload.
func rightsForm(t testing.TB) (kind string, body []byte) {
	t.Helper()
	var out bytes.Buffer
	form := multipart.NewWriter(&out)
	for name, text := range rightsFiles() {
		part, err := form.CreateFormFile("file", name)
		if err == nil {
			_, err = part.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return form.FormDataContentType(), out.Bytes()
}

func asJSON(t testing.TB, row map[string]string) []byte {
	t.Helper()
	text, err := json.Marshal(row)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
