package naive

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// streets may pay and hold money; the last has no community.
var streets = []string{"430105001", "430105002", "430105009"}

// drawParties draws one to three communities of two streets, and two to five departments of all kinds.
func (d *drawer) drawParties(t *rapid.T) {
	codes := []string{"430105001001", "430105001002", "430105002001"}
	for _, code := range codes[:rapid.IntRange(1, 3).Draw(t, "communities")] {
		figure := func(name string) string {
			return mostly(t, name, 4, func() string { return pick(t, name, "1", "2", "3", "7", "100") })
		}
		d.add("communities", Row{
			"code": code, "name": "社区" + code[9:], "street": code[:9], "kind": pick(t, "kind", "urban", "village"),
			"households": figure("households"), "population": figure("population"), "staff": figure("staff"),
		})
		d.communities = append(d.communities, code)
	}
	kinds := []string{"department", "finance", "sponsor", "superior", "mass"}
	first := pick(t, "first kind", 0, 0, 1, 3)
	for i := range rapid.IntRange(2, 5).Draw(t, "departments") {
		code := fmt.Sprint("D", i+1)
		d.add("departments", Row{"code": code, "name": "部门" + code, "kind": kinds[(first+i)%len(kinds)]})
		d.departments = append(d.departments, code)
	}
	if chance(t, "street listed", 4) {
		d.add("departments", Row{"code": streets[0], "name": "街道", "kind": "street"})
	}
	d.parties = append(append(d.parties, d.departments...), streets...)
}

// department draws the code of a department.
func (d *drawer) department(t *rapid.T) string { return pick(t, "department", d.departments...) }

// community draws the code of a community.
func (d *drawer) community(t *rapid.T) string { return pick(t, "community", d.communities...) }

// assigner draws who assigns tasks, promises or hangs plaques: a department, now and then a street.
func (d *drawer) assigner(t *rapid.T) string {
	if chance(t, "street assigns", 8) {
		return streets[0]
	}
	return d.department(t)
}

// items draws two to six items of all rules, lists, timings and forms of payers.
func (d *drawer) items(t *rapid.T) {
	draw := rapid.Custom(func(t *rapid.T) Row {
		item := Row{
			"list": pick(t, "list", "assist", "purchase", "statutory", "negative"),
			"rule": pick(t, "rule", "agreed", "fixed", "per_case", "per_household", "per_capita", "per_staff", "ratio",
				"none", ""),
			"timing": pick(t, "timing", "", "advance", "arrears"),
			"payers": d.payers(t),
		}
		if chance(t, "authority", 3) {
			item["authority_required"] = pick(t, "authority_required", "yes", "no")
		}
		item["rate"] = mostly(t, "rate", 6, func() string {
			return pick(t, "rate", "1", "2", "10", "0.335", "0.005", "33.34", "12.345", "1.5")
		})
		return item
	})
	for i, item := range rapid.SliceOfN(draw, 2, 6).Draw(t, "items") {
		item["code"] = fmt.Sprint("I", i+1)
		item["name"] = "事项" + item["code"]
		item["category"] = "类"
		d.add("items", item)
	}
}

// payers draws an item's payers: none, one, or several with weights and now and then a date each.
func (d *drawer) payers(t *rapid.T) string {
	n := pick(t, "payers", 0, 0, 0, 1, 2, 2, 3)
	var parts []string
	for i := range n {
		weights := []string{"1", "2", "2.5", "0.5", "10", "0"}
		if i == 0 {
			weights = weights[:5]
		}
		part := pick(t, "payer", append(append([]string{}, d.departments...), streets[0])...) + ":" +
			pick(t, "weight", weights...)
		if chance(t, "payer date", 4) {
			part += "@" + DrawDate(t)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ";")
}

// money draws an amount of yuan in whole fen.
func money(t *rapid.T, label string) string {
	return pick(t, label, "1", "2", "3", "5", "10", "0.01", "1.5", "0.67", "33.34", "100", "0")
}

// tasks draws up to twelve tasks, now and then of an item that is not in the catalogue.
func (d *drawer) tasks(t *rapid.T) {
	d.rows(t, "tasks", "no", "T", 12, func(t *rapid.T) Row {
		issued := DrawDate(t)
		task := Row{"department": d.assigner(t), "community": d.community(t), "item": d.item(t), "issued_on": issued}
		if chance(t, "like others", 2) {
			// so that tasks compete for money and repeat each other
			task["community"], task["item"] = d.communities[0], d.book.Sheets["items"][0]["code"]
			task["department"] = pick(t, "department", d.departments[:2]...)
		}
		task["starts_on"] = sometimes(t, "starts_on", 2, func() string { return beside(t, "starts_on", issued) })
		task["due_on"] = sometimes(t, "due_on", 3, func() string {
			if task["starts_on"] == "" && chance(t, "due before issue", 4) {
				return addDays(issued, -1)
			}
			return after(t, "due_on", max(task["starts_on"], issued))
		})
		task["pay_by"] = sometimes(t, "pay_by", 3, func() string {
			if chance(t, "pay_by far off", 3) {
				return addDays(issued, pick(t, "pay_by", 31, 45, 90))
			}
			return beside(t, "pay_by", issued)
		})
		task["amount"] = sometimes(t, "amount", 2, func() string { return money(t, "amount") })
		task["quantity"] = sometimes(t, "quantity", 2, func() string { return pick(t, "quantity", "1", "2", "3.5", "0") })
		task["base"] = sometimes(t, "base", 2, func() string { return pick(t, "base", "100", "10", "33.33") })
		task["authority_document"] = sometimes(t, "authority_document", 3, func() string { return "授权〔2025〕1号" })
		task["recalled_on"] = sometimes(t, "recalled_on", 6, func() string { return after(t, "recalled_on", issued) })
		return task
	})
}

// item draws the code of an item, now and then one that is not in the catalogue.
func (d *drawer) item(t *rapid.T) string {
	if chance(t, "unknown item", 8) {
		return "I9"
	}
	return pick(t, "item", d.book.Sheets["items"]...)["code"]
}

// receipts draws receipts of all outcomes, several on one day now and then.
func (d *drawer) receipts(t *rapid.T) {
	tasks := d.book.Sheets["tasks"]
	if len(tasks) == 0 {
		return
	}
	d.rows(t, "receipts", "", "", 10, func(t *rapid.T) Row {
		task := pick(t, "task", tasks...)
		receipt := Row{"task": task["no"], "outcome": pick(t, "outcome", "accept", "conditional", "reject", "query")}
		receipt["filed_on"] = after(t, "filed_on", task["issued_on"])
		switch {
		case receipt["outcome"] == "query" && chance(t, "on the limit", 2):
			limit := workday(task["issued_on"], pick(t, "receipt_days", 5, 3, 2, 1, 0))
			receipt["filed_on"] = addDays(limit, pick(t, "days past", 0, 1, 2))
		case chance(t, "before issue", 10):
			receipt["filed_on"] = addDays(task["issued_on"], -1)
		}
		receipt["no"] = sometimes(t, "no", 3, func() string { return pick(t, "no", "1", "2", "10") })
		if receipt["outcome"] == "conditional" {
			receipt["condition_amount"] = mostly(t, "condition_amount", 5, func() string { return money(t, "condition_amount") })
			receipt["condition_by"] = mostly(t, "condition_by", 4, func() string {
				return beside(t, "condition_by", receipt["filed_on"])
			})
		}
		return receipt
	})
	for _, receipt := range d.book.Sheets["receipts"] {
		if receipt["outcome"] == "conditional" && chance(t, "second answer that day", 3) {
			d.add("receipts", Row{
				"task": receipt["task"], "filed_on": receipt["filed_on"], "outcome": pick(t, "outcome", "conditional", "reject"),
				"no": pick(t, "no", receipt["no"], "2", ""), "condition_amount": money(t, "condition_amount"),
				"condition_by": pick(t, "condition_by", receipt["condition_by"], receipt["filed_on"]),
			})
		}
	}
}

// completions draws for each task whether and when it was completed.
func (d *drawer) completions(t *rapid.T) {
	for _, task := range d.book.Sheets["tasks"] {
		if !chance(t, "completed", 4) {
			continue
		}
		near := task["issued_on"]
		if task["recalled_on"] != "" && chance(t, "near the recall", 2) {
			near = task["recalled_on"]
		}
		d.add("completions", Row{
			"task": task["no"], "completed_on": after(t, "completed_on", near),
			"quantity": sometimes(t, "quantity", 2, func() string { return pick(t, "quantity", "1", "2", "4", "0.5") }),
		})
	}
}
