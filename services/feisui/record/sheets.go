package record

import (
	"feisui/pkg/code"
	"feisui/schemas"
	"feisui/services/admission"
	"feisui/services/burden"
	"feisui/services/fund"
	"feisui/services/registry"
	"feisui/services/task"
)

// This file says, sheet by sheet, how a row is read. A * of spec §1 is a
// required column here.

func community(c *cells) schemas.CommunityRegistered {
	return schemas.CommunityRegistered{
		Code:       c.division("code", code.IsCommunity, "community_code"),
		Name:       c.required("name", c.text("name")),
		Street:     c.division("street", code.IsStreet, "street_code"),
		Kind:       c.word("kind", communityKinds),
		Households: c.count("households"),
		Population: c.count("population"),
		Staff:      c.count("staff"),
	}
}

func department(c *cells) schemas.DepartmentRegistered {
	return schemas.DepartmentRegistered{
		Code: c.required("code", c.code("code")),
		Name: c.required("name", c.text("name")),
		Kind: c.requiredWord("kind", departmentKinds),
	}
}

func item(c *cells) schemas.ItemListed {
	i := schemas.ItemListed{
		Code:       c.required("code", c.code("code")),
		Category:   c.text("category"),
		Name:       c.required("name", c.text("name")),
		Department: c.code("department"),
		List:       c.requiredWord("list", lists),
		Rule:       c.word("rule", rules),
		Payers:     c.payers("payers"),
		Timing:     c.word("timing", timings),
	}
	i.Rate = c.rate("rate", c.door.rule(i))
	if answer := c.word("authority_required", yesNo); answer != "" {
		yes := answer == "yes"
		i.AuthorityRequired = &yes
	}
	return i
}

// rule is the rule that an item's rate is meant for: an empty cell says nothing
// against the one that is recorded.
func (d *door) rule(i schemas.ItemListed) string {
	if i.Rule != "" || i.Code == "" {
		return i.Rule
	}
	if known := load[registry.Item](d, i.Stream()).Listed; known != nil {
		return known.Rule
	}
	return ""
}

func plaqueTitle(c *cells) schemas.PlaqueTitleListed {
	return schemas.PlaqueTitleListed{
		Title: c.required("title", c.text("title")),
		Zone:  c.requiredWord("zone", zones),
	}
}

func admissionRow(c *cells) admission.Record {
	return admission.Record{
		Admission: schemas.AdmissionDecided{
			No:          c.required("no", c.code("no")),
			Department:  c.required("department", c.code("department")),
			Item:        c.required("item", c.code("item")),
			Document:    c.text("document"),
			From:        c.date("from"),
			To:          c.date("to"),
			Communities: c.list("communities"),
			Decision:    c.requiredWord("decision", decisions),
			DecidedOn:   c.date("decided_on"),
		},
		RevokedOn: c.date("revoked_on"),
	}
}

func taskRow(c *cells) task.Record {
	return task.Record{
		Task: schemas.TaskAssigned{
			No:                c.required("no", c.code("no")),
			Department:        c.required("department", c.code("department")),
			Community:         c.required("community", c.code("community")),
			Item:              c.required("item", c.code("item")),
			Document:          c.text("document"),
			IssuedOn:          c.requiredDate("issued_on"),
			StartsOn:          c.date("starts_on"),
			DueOn:             c.date("due_on"),
			Quantity:          c.number("quantity"),
			Base:              c.amount("base"),
			Amount:            c.amount("amount"),
			PayBy:             c.date("pay_by"),
			AuthorityDocument: c.text("authority_document"),
		},
		RecalledOn: c.date("recalled_on"),
	}
}

func receipt(c *cells) schemas.TaskReceipted {
	return schemas.TaskReceipted{
		Task:            c.required("task", c.code("task")),
		Outcome:         c.requiredWord("outcome", outcomes),
		FiledOn:         c.requiredDate("filed_on"),
		Reason:          c.code("reason"),
		ConditionAmount: c.amount("condition_amount"),
		ConditionBy:     c.date("condition_by"),
		Note:            c.text("note"),
		No:              c.code("no"),
	}
}

func completion(c *cells) schemas.TaskCompleted {
	return schemas.TaskCompleted{
		Task:        c.required("task", c.code("task")),
		CompletedOn: c.requiredDate("completed_on"),
		Quantity:    c.number("quantity"),
	}
}

func commitment(c *cells) schemas.CommitmentMade {
	return schemas.CommitmentMade{
		No:         c.required("no", c.code("no")),
		Kind:       c.requiredWord("kind", commitmentKinds),
		Department: c.required("department", c.code("department")),
		Community:  c.required("community", c.code("community")),
		Purpose:    c.purpose("purpose"),
		Amount:     c.requiredAmount(),
		MadeOn:     c.requiredDate("made_on"),
		By:         c.date("by"),
	}
}

func payment(c *cells) schemas.PaymentMade {
	return schemas.PaymentMade{
		Voucher:   c.required("voucher", c.code("voucher")),
		PaidOn:    c.requiredDate("paid_on"),
		Payer:     c.required("payer", c.code("payer")),
		Payee:     c.required("payee", c.code("payee")),
		Community: c.code("community"),
		Purpose:   c.purpose("purpose"),
		Amount:    c.requiredAmount(),
		Upstream:  c.code("upstream"),
		Reverses:  c.code("reverses"),
	}
}

func arrival(c *cells) fund.RecordArrival {
	return fund.RecordArrival{
		Arrival: schemas.PaymentArrived{
			Voucher:     c.required("voucher", c.code("voucher")),
			ConfirmedOn: c.requiredDate("confirmed_on"),
			Amount:      c.requiredAmount(),
			No:          c.code("no"),
		},
		WithdrawnOn: c.date("withdrawn_on"),
	}
}

func plaque(c *cells) burden.RecordPlaque {
	return burden.RecordPlaque{
		Plaque: schemas.PlaqueHung{
			No:         c.required("no", c.code("no")),
			Community:  c.required("community", c.code("community")),
			Department: c.required("department", c.code("department")),
			Title:      c.required("title", c.text("title")),
			Zone:       c.requiredWord("zone", zones),
			HungOn:     c.requiredDate("hung_on"),
		},
		RemovedOn: c.date("removed_on"),
	}
}

func otherBurden(c *cells) burden.RecordBurden {
	return burden.RecordBurden{
		Burden: schemas.BurdenBegun{
			No:         c.required("no", c.code("no")),
			Community:  c.required("community", c.code("community")),
			Department: c.required("department", c.code("department")),
			Kind:       c.requiredWord("kind", burdenKinds),
			Title:      c.text("title"),
			From:       c.requiredDate("from"),
		},
		To: c.date("to"),
	}
}
