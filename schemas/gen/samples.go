package main

import (
	"fmt"

	"github.com/google/jsonschema-go/jsonschema"
)

// samples are the examples that goldens are made of, by field, or by category
// and field where they differ. Places and numbers are made up: 990101 is no
// county. What is not here is made from the field's schema where that says
// enough: the first word of an enumeration. A golden shows a shape and tells no
// story: one payment may pass money on and reverse another.
var samples = map[string]any{
	"code":            "990101001001",
	"department.code": "D01",
	"item.code":       "SX-018",
	"payers.code":     "D01",

	"name":            "运河社区",
	"department.name": "民政局",
	"item.name":       "高龄津贴入户核查",

	"no":            "JB2025-0031",
	"admission.no":  "ZR2025-004",
	"commitment.no": "CN2025-0007",
	"payment.no":    "DZ2025-0012",
	"plaque.no":     "GP-0102",
	"burden.no":     "FD-0033",
	"task":          "JB2025-0031",

	"title":        "居家养老服务站",
	"burden.title": "月度走访统计表",

	"document":           "民发〔2025〕12号",
	"authority_document": "政办发〔2025〕8号",
	"community":          "990101001001",
	"communities":        []any{"990101001001", "990101001002"},
	"street":             "990101001",
	"department":         "D01",
	"item":               "SX-018",
	"category":           "社会保障",
	"reason":             "录入有误，按原始凭证更正",
	"note":               "经费到账后开展",

	"purpose":           "task:JB2025-0031",
	"inherited_purpose": "task:JB2025-0031",
	"voucher":           "PZ2025-0101",
	"upstream":          "PZ2025-0088",
	"reverses":          "PZ2025-0090",
	"child":             "PZ2025-0120",
	"payer":             "D01",
	"payee":             "990101001",
	"beneficiary":       "990101001001",
	"origin":            "D02",
	"payment.by":        "PZ2025-0131",
	"arrival":           1,

	"source":   "国库集中支付",
	"columns":  map[string]any{"voucher": "凭证号", "paid_on": "支付日期", "amount": "金额"},
	"digest":   "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
	"lines":    3,
	"total":    835000,
	"paid":     1,
	"pooled":   1,
	"known":    1,
	"taken_on": "2025-04-01",

	"rule":        "per_case",
	"timing":      "arrears",
	"flag.rule":   "underfunded",
	"account":     "990101001001",
	"subject":     "JB2025-0031",
	"responsible": "D01",
	"position":    4711,
	"decision":    "conditional",
	"outcome":     "conditional",

	"from":          "2025-01-01",
	"to":            "2025-12-31",
	"decided_on":    "2024-12-20",
	"revoked_on":    "2025-07-01",
	"issued_on":     "2025-03-03",
	"starts_on":     "2025-03-10",
	"due_on":        "2025-06-30",
	"pay_by":        "2025-03-31",
	"recalled_on":   "2025-03-14",
	"filed_on":      "2025-03-05",
	"condition_by":  "2025-04-15",
	"completed_on":  "2025-06-27",
	"made_on":       "2025-01-15",
	"commitment.by": "2025-09-30",
	"paid_on":       "2025-03-28",
	"reversed_on":   "2025-04-02",
	"confirmed_on":  "2025-04-01",
	"withdrawn_on":  "2025-04-03",
	"hung_on":       "2025-02-17",
	"removed_on":    "2025-08-29",
	"since":         "2025-04-11",
	"judged_on":     "2025-04-11",
	"date":          "2025-04-11",

	"workflow":          "task",
	"instance":          "JB2025-0031",
	"version":           1,
	"definition":        map[string]any{"workflow": "task", "version": 1},
	"proposal":          1,
	"proposed_on":       "2025-01-02",
	"adopted_on":        "2025-01-02",
	"definition.reason": "缩短回执期限",
	"action":            "accept",
	"state":             "delivered",
	"instance.from":     "delivered",
	"instance.to":       "accepted",
	"on":                "2025-03-05",
	"actor":             "person:0198f3a1-7c11-7b52-9c2e-0d5f6a7b8c9d",
	"person":            "0198f3a1-9d20-7c01-8b1f-1f2e3d4c5b6a",
	"role":              "community_officer",
	"office":            "990101001001",
	"parties":           map[string]any{"department": "D01", "community": "990101001001"},
	"form":              map[string]any{"note": "经费到账后开展"},
	"step":              2,
	"deadline":          "receipt",
	"met":               []any{"receipt"},
	"field":             "completed_on",
	"found":             "2025-03-04",
	"zh":                "不得早于交办日期 2025-03-05",
	"en":                "no earlier than the issue, 2025-03-05",
	"warnings.rule":     "R14",
	"warnings.severity": "S2",
	"n":                 1,
	"deadlines.from":    "2025-03-03",
	"days":              5,
	"unit":              "working",
	"extended":          1,
	"stood":             12,
	"ahead":             1,
	"before":            "2025-03-10",
	"instance.due_on":   "2025-03-11",
	"deadlines.due_on":  "2025-03-10",
	"calendar":          "6f1d2a77c0b3e915",

	"number.office":   "authority",
	"number.kind":     "order",
	"number.workflow": "case",
	"number.instance": "fee:D01:1:JB2025-0031",
	"year":            "2025",
	"report":          "JF-2025-04-11-1",
	"as_of":           "2025-03-31",
	"report.since":    "2024-12-31",
	"report.before": map[string]any{
		"report": "JF-2025-01-08-1", "document": "费转报〔2025〕1号", "as_of": "2024-12-31", "since": "2024-06-30", "position": 4711,
	},
	"month":            "2025-03",
	"closing":          1,
	"departments.paid": map[string]any{"count": 2, "sum": 835000}, // elsewhere it is how many lines were
	"count":            2,
	"sum":              835000,
	"period.before":    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
	"closed_on":        "2025-04-03",
	"reopened_on":      "2025-04-08",

	"hash":            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
	"number":          12,
	"number.document": "费转督〔2025〕12号",

	"households": 1260,
	"population": 3418,
	"staff":      11,

	"rate":             "33.5",
	"quantity":         "42.5",
	"weight":           "2.5",
	"base":             1250000000,
	"amount":           835000,
	"condition_amount": 500000,
	"plaque_caps":      map[string]any{"inside": 6, "outside": 3, "wall": 0},

	"receipt_days":     5,
	"query_days":       3,
	"grace_days":       0,
	"passthrough_days": 10,
	"arrival_days":     10,
	"arrears_days":     30,
}

// sample makes a value of a schema: with every property, or with the required
// ones alone. In a full list of objects the first is full and the second is not.
func sample(category, field string, s *jsonschema.Schema, full bool) (any, error) {
	for _, key := range []string{category + "." + field, field} {
		if v, ok := samples[key]; ok {
			return v, nil
		}
	}
	switch {
	case len(s.Enum) > 0:
		return s.Enum[0], nil
	case s.Type == "boolean":
		return true, nil
	case s.Type == "array" && s.Items.Type == "object":
		first, err := sample(field, "", s.Items, true)
		if err != nil {
			return nil, err
		}
		second, err := sample(field, "", s.Items, false)
		return []any{first, second}, err
	case s.Type == "object" && len(s.Properties) > 0:
		return sampleObject(category, s, full)
	}
	return nil, fmt.Errorf("no example of the field %q; add one to samples", field)
}

func sampleObject(category string, s *jsonschema.Schema, full bool) (any, error) {
	names := s.Required
	if full {
		names = s.PropertyOrder
	}
	v := map[string]any{}
	for _, name := range names {
		var err error
		if v[name], err = sample(category, name, s.Properties[name], full); err != nil {
			return nil, err
		}
	}
	return v, nil
}
