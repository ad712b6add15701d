package admission

import (
	"feisui/pkg/workflow"
)

// Checklist is what is looked at before an application is accepted (形式审查), by the
// field that says yes or no of it; a remark stands in the field with Remark behind it.
// It is what an application has to say (domain §b.1), in the order of its papers.
var Checklist = []string{
	"check_document", "check_plan", "check_scope", "check_cost", "check_assessment", "check_side_effects", "check_contact",
}

// Remark ends the name of the field with the remark on an item.
const Remark = "_remark"

// lacks is what is said of an item that is missing.
const lacks = "no"

// Lacking lists the items that are missing, as the authority filled in a form.
func Lacking(fields map[string]string) (items []string) {
	for _, item := range Checklist {
		if fields[item] == lacks {
			items = append(items, item)
		}
	}
	return items
}

// Complete refuses to accept what lacks something: that goes back to be corrected.
func Complete(fields map[string]string) (refused workflow.Refusals) {
	for _, item := range Lacking(fields) {
		refused = append(refused, workflow.Refuse(0, item, lacks, "papers_complete"))
	}
	return refused
}

// ToCorrect refuses to send back what lacks nothing. Fields of which none is filled in
// say nothing yet.
func ToCorrect(fields map[string]string) workflow.Refusals {
	if fields[Checklist[0]] == "" || len(Lacking(fields)) > 0 {
		return nil
	}
	return workflow.Refusals{workflow.Refuse(0, Checklist[0], fields[Checklist[0]], "papers_lacking")}
}

// Asked is who is asked for an opinion beside finance, and why others are not.
type Asked struct {
	Offices, Communities               bool // some are
	OfficesUnasked, CommunitiesUnasked string
}

// Said refuses that nobody is asked without a reason, and a reason where somebody is.
func (a *Asked) Said() (refused workflow.Refusals) {
	for _, of := range []struct {
		field, why string
		asked      bool
	}{
		{"offices_unasked", a.OfficesUnasked, a.Offices}, {"communities_unasked", a.CommunitiesUnasked, a.Communities},
	} {
		switch {
		case of.asked && of.why != "":
			refused = append(refused, workflow.Refuse(0, of.field, of.why, "was_asked"))
		case !of.asked && of.why == "":
			refused = append(refused, workflow.Refuse(0, of.field, "", of.field))
		}
	}
	return refused
}
