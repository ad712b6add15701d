package naive

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// purposeOf draws a purpose, or leaves it to be inherited; now and then of a task or an item that nobody knows, or of
// another community's task.
func (d *drawer) purposeOf(t *rapid.T) string {
	switch pick(t, "purpose", "", "", "task", "task", "item", "item", "department", "general") {
	case "task":
		return fmt.Sprint("task:T", rapid.IntRange(1, len(d.book.Sheets["tasks"])+1).Draw(t, "task"))
	case "item":
		return "item:" + d.item(t)
	case "department":
		return "department"
	case "general":
		return "general"
	}
	return ""
}

// commitments draws pledges and quotas, half of them ones that a payment may serve.
func (d *drawer) commitments(t *rapid.T) {
	d.rows(t, "commitments", "no", "C", 5, func(t *rapid.T) Row {
		c := Row{
			"kind": pick(t, "kind", "pledge", "quota"), "department": d.assigner(t), "community": d.community(t),
			"purpose": d.purposeOf(t), "amount": money(t, "amount"), "made_on": DrawDate(t),
		}
		near := c["made_on"]
		if payments := d.book.Sheets["payments"]; len(payments) > 0 && chance(t, "of a payment", 2) {
			payment := pick(t, "payment", payments...)
			c["department"] = payment["payer"]
			c["community"] = first(payment["community"], c["community"])
			if d.isCommunityCode(payment["payee"]) && payment["community"] == "" {
				c["community"] = payment["payee"]
			}
			c["amount"], near = part(t, payment["amount"]), payment["paid_on"]
			c["made_on"] = addDays(near, pick(t, "made before", 0, -1, -10, -30, 1))
			c["purpose"] = pick(t, "purpose", "", "general", payment["purpose"])
		}
		c["by"] = mostly(t, "by", 6, func() string { return max(c["made_on"], beside(t, "by", near)) })
		return c
	})
}

var zones = []string{"outside", "inside", "wall"}

// plaques draws plaques of few titles, and a catalogue for most books.
func (d *drawer) plaques(t *rapid.T) {
	d.rows(t, "plaques", "no", "P", 8, func(t *rapid.T) Row {
		hung := DrawDate(t)
		return Row{
			"community": d.community(t), "department": d.assigner(t), "title": pick(t, "title", "科普大学", "警务室", "家长学校"),
			"zone": pick(t, "zone", zones...), "hung_on": hung,
			"removed_on": sometimes(t, "removed_on", 2, func() string { return after(t, "removed_on", hung) }),
		}
	})
	for _, plaque := range d.book.Sheets["plaques"] {
		if plaque["removed_on"] == "" || !chance(t, "hung again", 2) {
			continue
		}
		d.add("plaques", Row{
			"no": plaque["no"] + "-2", "community": plaque["community"], "department": d.assigner(t), "title": plaque["title"],
			"zone":    pick(t, "zone", plaque["zone"], "wall"),
			"hung_on": addDays(plaque["removed_on"], pick(t, "days later", 1, 0, 30, 364, 365, 366)),
		})
	}
	if chance(t, "no catalogue", 4) {
		return
	}
	seen := map[string]bool{}
	for range rapid.IntRange(1, 4).Draw(t, "catalogue") {
		row := Row{"title": pick(t, "title", "科普大学", "警务室", "党群服务中心"), "zone": pick(t, "zone", zones...)}
		if key := row["title"] + row["zone"]; !seen[key] {
			seen[key] = true
			d.add("plaque_catalogue", row)
		}
	}
}

// burdens draws a few other burdens.
func (d *drawer) burdens(t *rapid.T) {
	d.rows(t, "burdens", "no", "B", 4, func(t *rapid.T) Row {
		from := DrawDate(t)
		return Row{
			"community": d.community(t), "department": d.assigner(t),
			"kind":  pick(t, "kind", "form", "ledger", "inspection", "group", "levy", "organisation"),
			"title": "负担", "from": from,
			"to": sometimes(t, "to", 2, func() string { return after(t, "to", from) }),
		}
	})
}

// admissions draws admissions, mostly of a task's item and department about its issue.
func (d *drawer) admissions(t *rapid.T) {
	d.rows(t, "admissions", "no", "A", 5, func(t *rapid.T) Row {
		department, item, near := d.assigner(t), d.item(t), DrawDate(t)
		if tasks := d.book.Sheets["tasks"]; len(tasks) > 0 && !chance(t, "of no task", 5) {
			task := pick(t, "task", tasks...)
			department, item, near = task["department"], task["item"], task["issued_on"]
		}
		day := func(label string) func() string {
			return func() string { return beside(t, label, near) }
		}
		admission := Row{
			"department": department, "item": item,
			"decision":   pick(t, "decision", "admitted", "conditional", "denied"),
			"decided_on": mostly(t, "decided_on", 6, func() string { return addDays(near, pick(t, "decided_on", 0, -1, -30, 1)) }),
			"from":       sometimes(t, "from", 3, day("from")),
			"revoked_on": sometimes(t, "revoked_on", 3, func() string { return addDays(near, pick(t, "revoked_on", 0, 1, -1, 30)) }),
		}
		admission["to"] = sometimes(t, "to", 3, func() string { return max(admission["from"], beside(t, "to", near)) })
		if chance(t, "scope", 3) {
			n := rapid.IntRange(1, len(d.communities)).Draw(t, "scope")
			admission["communities"] = strings.Join(d.communities[len(d.communities)-n:], ";")
		}
		return admission
	})
}
