package act

import (
	"slices"

	"feisui/pkg/civil"
	"feisui/pkg/message"
	"feisui/pkg/workflow"
	"feisui/schemas"
	"feisui/services/admission"
	"feisui/services/ledger"
	"feisui/services/process"
	"feisui/services/process/define"
)

// Application is what those who decide on an application look at beside its form.
type Application struct {
	Price    *ledger.Price // of a task; nil of other kinds
	Warnings []admission.Warning
	Opinions []Opinion // once they were asked for
	Unasked  []Unasked // who was not, once it was accepted
	Lacking  []Lacking // what is to be corrected (补正通知), as long as it is
}

// Unasked is that nobody of some kind was asked for an opinion, and why.
type Unasked struct{ Office, Reason string } // departments or community

// Lacking is an item of the formality check that is missing, as the definition calls it.
type Lacking struct {
	Item   string
	Title  message.Words
	Remark string
}

// undecided are the states in which it is still open whether the work may begin.
var undecided = []string{"drafted", "emergency", "submitted", "correction", "consulting", "review"}

// application looks at an instance; nil of other workflows.
func (c *County) application(in *process.Instance, by *define.Workflow) (*Application, error) {
	if in.Workflow != admissionFlow {
		return nil, nil //nolint:nilnil // there is nothing to look at
	}
	fields, err := applied(in, nil, "")
	if err != nil {
		return nil, err
	}
	a, handed := admission.Read(fields), handedIn(in)
	seen := &Application{}
	if in.State == "unneeded" {
		seen.Warnings = c.unneeded(&a)
		return seen, nil
	}
	if seen.Warnings = a.Warnings(handed, c.Calendar); slices.Contains(undecided, in.State) {
		seen.Warnings = append(seen.Warnings, a.Provisional(c.Flows.day)...)
	}
	if a.Kind == admission.Task {
		price, err := c.Book.Price(schemas.TaskAssigned{
			No: in.ID, Department: a.Department, Item: a.Item, IssuedOn: max(a.From, handed), Quantity: a.Quantity, Base: a.Base, Amount: a.Amount,
		}, a.Offered(), c.within(a.Communities), c.Calendar)
		if err != nil {
			return nil, err
		}
		seen.Price = &price
		seen.Warnings = append(seen.Warnings, a.Priced(price.Total)...)
	}
	if _, asked := in.Last("accept"); asked {
		seen.Opinions = opinions(in, by.Concerned(in))
		seen.Unasked = unasked(in)
	}
	if in.State == "correction" {
		returned, _ := in.Last("return")
		seen.Lacking = lacking(&returned, by)
	}
	return seen, nil
}

// unasked says why some were not asked. Before version 3 nobody said.
func unasked(in *process.Instance) (all []Unasked) {
	accepted, _ := in.Last("accept")
	form, err := formOf(accepted.Form)
	if err != nil {
		return nil // its JSON Schema says that it is an object
	}
	for _, of := range []struct{ office, field string }{{"departments", "offices_unasked"}, {ofCommunity, "communities_unasked"}} {
		if form[of.field] != "" {
			all = append(all, Unasked{of.office, form[of.field]})
		}
	}
	return all
}

// lacking lists what a notice to correct says that is missing.
func lacking(returned *process.Step, by *define.Workflow) (all []Lacking) {
	form, err := formOf(returned.Form)
	if err != nil {
		return nil
	}
	for _, item := range admission.Lacking(form) {
		all = append(all, Lacking{item, by.FieldTitle("return", item), form[item+admission.Remark]})
	}
	return all
}

// handedIn is the day on which the application was signed, or drafted where it is
// not signed yet.
func handedIn(in *process.Instance) civil.Date {
	if signed, is := in.Last("sign"); is {
		return signed.On
	}
	return in.Steps[0].On
}

// unneeded says why no application is needed, and what is: that the item says how
// its fee is found (R34).
func (c *County) unneeded(a *admission.Application) []admission.Warning {
	say := func(rule, lamp, key string, args ...string) admission.Warning {
		return admission.Warning{Rule: rule, Lamp: lamp, Text: workflow.Refuse(0, "", "", key, args...).Expect}
	}
	item := listedIn(c.Past, a.Item)
	if item == nil {
		return nil
	}
	all := []admission.Warning{say("listed", "green", "warn_listed", "name", item.Name)}
	if item.List == "assist" && (item.Rule == "" || item.Rule == "none") {
		all = append(all, say("R34", "yellow", "warn_no_clause", "name", item.Name))
	}
	return all
}
