package act

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"feisui/pkg/access"
	"feisui/pkg/workflow"
	"feisui/schemas"
	"feisui/services/admission"
	"feisui/services/feisui/record"
	"feisui/services/process"
	"feisui/services/registry"
)

// This file has the guards of admission.

// admissionFlow is the workflow of applications, each of which numbers an admission.
const admissionFlow = "admission"

// papers are the steps whose forms say anew what an application says.
var papers = []string{"redraft", "complete_papers", "correct"}

// applied gives the fields of an application as its papers stand, with what a
// command says of them.
func applied(in *process.Instance, command map[string]string, action string) (map[string]string, error) {
	fields := map[string]string{}
	if in != nil {
		first, err := formOf(in.Form)
		if err != nil {
			return nil, err
		}
		fields = first
		for _, s := range in.Steps {
			if !slices.Contains(papers, s.Action) {
				continue
			}
			more, err := formOf(s.Form)
			if err != nil {
				return nil, err
			}
			maps.Copy(fields, more)
		}
	}
	if in == nil || slices.Contains(papers, action) {
		maps.Copy(fields, command)
	}
	return fields, nil
}

// application is what the instance, or the form that begins it, applies for.
func (l *look) application() (admission.Application, error) {
	fields, err := applied(l.in, l.form, l.command.Action)
	return admission.Read(fields), err
}

// about makes a guard of a rule on the application.
func about(rule func(*look, *admission.Application) error) func(*look) error {
	return func(l *look) error {
		a, err := l.application()
		if err != nil {
			return err
		}
		return rule(l, &a)
	}
}

func listedIn(past record.Past, code string) *schemas.ItemListed {
	var item registry.Item
	if code == "" {
		return nil
	}
	for e := range past.Stream("item/" + code) {
		item = item.Evolve(e)
	}
	return item.Listed
}

func admissionIn(past record.Past, no string) (a admission.Admission) {
	for e := range past.Stream("admission/" + no) {
		a = a.Evolve(e)
	}
	return a
}

// itemListed holds for a task on a list that needs no admission (§6). A plaque or
// a survey is applied for whatever the item.
func itemListed(l *look, a *admission.Application) error {
	item := listedIn(l.past, a.Item)
	if a.Kind == admission.Task && item != nil && item.List != "purchase" && item.List != "negative" {
		return nil
	}
	return refuse(a.Item, "item_not_listed")
}

func itemNotNegative(l *look, a *admission.Application) error {
	if item := listedIn(l.past, a.Item); item != nil && item.List == "negative" {
		return workflow.Refusals{workflow.Refuse(0, "item", a.Item, "item_negative", "name", item.Name)}
	}
	return nil
}

// unsigned holds where no head of the department applies.
func unsigned(l *look, a *admission.Application) error {
	if l.command.Actor.Holds(access.DepartmentHead, a.Department) {
		return refuse("", "signed")
	}
	return nil
}

func emergency(_ *look, a *admission.Application) error {
	if !a.Emergency {
		return refuse("", "no_emergency")
	}
	return nil
}

func emergencyTimely(l *look, a *admission.Application) error {
	return a.Timely(l.command.On, l.county.Calendar).Err()
}

func termsSound(_ *look, a *admission.Application) error { return a.Sound().Err() }

// applicationNew refuses a number under which an admission was recorded already.
func applicationNew(l *look, a *admission.Application) error {
	if a.No != "" && l.past.Has("admission/"+a.No) {
		return workflow.Refusals{workflow.Refuse(0, "no", a.No, "admission_recorded")}
	}
	return nil
}

// scopeKnown refuses communities that are not there, and all beside others.
func scopeKnown(l *look, a *admission.Application) error {
	var refused workflow.Refusals
	for _, code := range a.Communities {
		switch {
		case code == admission.Everywhere && len(a.Communities) > 1:
			refused = append(refused, workflow.Refuse(0, "communities", code, "all_alone"))
		case code != admission.Everywhere && !l.past.Has("community/"+code):
			refused = append(refused, workflow.Refuse(0, "communities", code, "no_community"))
		}
	}
	return refused.Err()
}

// consulted are the departments that may be asked for an opinion, by their part.
var consulted = []string{"justice", "establishment", "organisation"}

// consultedKnown refuses to ask who is not there, who applies, another than the
// county's own office, and a community that is not in the scope.
func consultedKnown(l *look, a *admission.Application) error {
	var refused workflow.Refusals
	for _, part := range consulted {
		switch code := l.form[part]; {
		case code == "":
		case l.by.Offices[part] != "" && code != l.by.Offices[part]:
			refused = append(refused, workflow.Refuse(0, part, code, "office_set", "office", l.by.Offices[part]))
		case code == a.Department:
			refused = append(refused, workflow.Refuse(0, part, code, "asks_itself"))
		case !l.past.Has("department/" + code):
			refused = append(refused, workflow.Refuse(0, part, code, "no_department"))
		}
	}
	for _, code := range split(l.form["sampled"]) {
		if !l.past.Has("community/"+code) || !slices.Contains(l.county.within(a.Communities), code) {
			refused = append(refused, workflow.Refuse(0, "sampled", code, "not_in_scope"))
		}
	}
	return refused.Err()
}

// papersComplete and papersLacking are the formality check: what lacks something is not
// accepted, what lacks nothing does not go back.
func papersComplete(l *look) error { return admission.Complete(l.form).Err() }

func papersLacking(l *look) error { return admission.ToCorrect(l.form).Err() }

// unaskedSaid refuses that no office beside finance, or no community, is asked without a
// reason, and a reason where one is. Where it is asked what may be done next, nothing is
// said yet.
func unaskedSaid(l *look, a *admission.Application) error {
	if len(l.form) == 0 {
		return nil
	}
	asked := admission.Asked{
		Communities: l.form["sampled"] != "", OfficesUnasked: l.form["offices_unasked"], CommunitiesUnasked: l.form["communities_unasked"],
	}
	for _, part := range consulted {
		code := cmp.Or(l.form[part], l.by.Offices[part])
		asked.Offices = asked.Offices || code != "" && code != a.Department
	}
	return asked.Said().Err()
}

// within lists the communities of a scope, by code.
func (c *County) within(scope []string) []string {
	if slices.Equal(scope, []string{admission.Everywhere}) {
		return slices.Sorted(maps.Keys(c.Flows.streets))
	}
	return scope
}

func split(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ";")
}

// The offices other than departments that give opinions.
const (
	ofFinance   = "finance"
	ofCommunity = "community"
)

// ownOpinion refuses to speak for another office. Where it is asked what may be
// done next, no office is said yet.
func ownOpinion(l *look) error {
	who, parties := l.command.Actor, l.by.Concerned(l.in)
	var own bool
	switch office := l.form["office"]; office {
	case "":
		return nil
	case ofFinance:
		own = who.Holds(access.FinanceOfficer, "")
	case ofCommunity:
		own = slices.ContainsFunc(l.county.within(split(parties["scope"])), func(code string) bool { return who.Holds(access.CommunityOfficer, code) })
	default:
		code := parties[office]
		own = code != "" && (who.Holds(access.DepartmentOfficer, code) || who.Holds(access.DepartmentHead, code))
	}
	if !own {
		return workflow.Refusals{workflow.Refuse(0, "office", l.form["office"], "own_office")}
	}
	return nil
}

// opinionsComplete holds where nobody else is waited for once this opinion is in.
func opinionsComplete(l *look) error {
	for _, o := range opinions(l.in, l.by.Concerned(l.in)) {
		given := o.Opinion != "" || o.Office == l.form["office"] &&
			(o.Office != ofCommunity || l.command.Actor.Holds(access.CommunityOfficer, o.Code))
		if !given {
			return refuse(o.Office, "opinion_missing")
		}
	}
	return nil
}

// noWider refuses a decision that goes further than what was applied for.
func noWider(l *look, a *admission.Application) error {
	return a.Within(admission.Read(l.form)).Err()
}

// canBeBought refuses to make a purchase of what has no fee.
func canBeBought(l *look, a *admission.Application) error {
	rule := a.Rule
	if item := listedIn(l.past, a.Item); item != nil {
		rule = item.Rule
	}
	if a.Kind != admission.Task || cmp.Or(rule, "none") == "none" {
		return refuse(rule, "nothing_to_buy")
	}
	return nil
}

// feeSaid refuses a task of which it is not said how its fee is found: neither its
// application nor the catalogue says so, or the rate that the rule needs is missing.
func feeSaid(l *look, a *admission.Application) error {
	if item := listedIn(l.past, a.Item); item != nil && item.Rule != "" {
		return nil // the catalogue's holds
	}
	return a.FeeSaid().Err()
}

// canBeListed refuses to put into the catalogue what is no task, what is there, and
// what came in otherwise than by an application with its fee; as assistance, which
// needs no admission, also what was decided to be bought.
func canBeListed(l *look, a *admission.Application) error {
	switch list := l.form["list"]; {
	case list == "":
		return nil
	case list == "assist" && l.in != nil && l.in.State == "converted":
		return workflow.Refusals{workflow.Refuse(0, "list", list, "list_converted")}
	case a.Kind != admission.Task:
		return workflow.Refusals{workflow.Refuse(0, "list", list, "list_task")}
	case listedIn(l.past, a.Item) != nil:
		return workflow.Refusals{workflow.Refuse(0, "list", list, "list_known", "item", a.Item)}
	}
	return a.FeeSaid().Err()
}

func factRevoked(l *look) error {
	if on := admissionIn(l.past, l.id()).RevokedOn; !on.Given() || on > l.command.On {
		return refuse("", "not_revoked")
	}
	return nil
}
