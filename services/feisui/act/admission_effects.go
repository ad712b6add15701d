package act

import (
	"cmp"
	"slices"
	"strings"

	"feisui/services/admission"
	"feisui/services/process"
)

// This file has what a decision on an application brings.
//
//   - A task: a row of the admissions sheet, by which its flag unadmitted goes (§6). Its
//     fee is as it was applied for; the ledger finds it by the catalogue's rule once the
//     publication puts the item there, and until then each task says its own (§2).
//   - A plaque: its title and zone in the county's catalogue, where it keeps one.
//     The catalogue knows neither community nor term, so nothing takes it back.
//   - A training, a survey, an organisation: a burden in each community, as long as
//     it is admitted.
//   - An assessment: nothing. The ledger has no fact for it.

// decided is the application with the decision's own period and scope, and the
// fields that the decision says.
func (l *look) decided() (a admission.Application, own map[string]string) {
	a, err := l.application()
	if err != nil {
		return a, nil // the guards read the same forms
	}
	d := admission.Read(l.form)
	a.From, a.To = cmp.Or(d.From, a.From), cmp.Or(d.To, a.To)
	if d.Communities != nil {
		a.Communities = d.Communities
	}
	own = map[string]string{"document": "document"}
	for _, column := range []string{"from", "to", "communities"} {
		if l.form[column] != "" {
			own[column] = column
		}
	}
	return a, own
}

func (l *look) admissionRow(decision string) row {
	a, own := l.decided()
	scope := strings.Join(a.Communities, ";")
	if scope == admission.Everywhere {
		scope = "" // so the sheet says all
	}
	cells := map[string]string{
		"no": l.id(), "department": a.Department, "item": a.Item, "document": l.form["document"], "from": a.From.String(),
		"communities": scope, "decision": decision, "decided_on": l.command.On.String(),
	}
	if a.To.Given() {
		cells["to"] = a.To.String()
	}
	return row{of: l.of, sheet: sheetOf("admissions"), cells: cells, from: own}
}

// admits lets in what was applied for.
func admits(decision string) func(*look) {
	return func(l *look) {
		a, _ := l.decided()
		switch a.Kind {
		case admission.Task:
			l.facts.add(l.admissionRow(decision), "")
		case admission.Plaque:
			if l.county.Book.KeepsPlaques() {
				l.facts.add(row{of: l.of, sheet: sheetOf("plaque_catalogue"), cells: map[string]string{"title": a.Name, "zone": a.Zone}}, "")
			}
		case admission.Assessment:
		default:
			l.burden(&a)
		}
	}
}

// burden has a burden begin in each community of the scope.
func (l *look) burden(a *admission.Application) {
	for _, community := range l.county.within(a.Communities) {
		cells := map[string]string{
			"no": l.id() + "/" + community, "community": community, "department": a.Department, "kind": string(a.Kind),
			"title": a.Name, "from": a.From.String(),
		}
		if a.To.Given() {
			cells["to"] = a.To.String()
		}
		l.facts.add(row{of: l.of, sheet: sheetOf("burdens"), cells: cells}, "")
	}
}

// convert lists the item as a purchase, by the fee that was applied for, and
// admits it on the condition that it is bought: §6 asks for the admission of a
// purchase too. An item that is a purchase already stays as it is listed.
func convert(l *look) {
	a, _ := l.decided()
	if listedIn(l.past, a.Item) == nil {
		l.facts.add(row{of: l.of, sheet: sheetOf("items"), cells: map[string]string{
			"code": a.Item, "name": a.Name, "department": a.Department, "list": "purchase", "rule": a.Rule, "rate": a.Rate,
		}}, "")
	}
	l.facts.add(l.admissionRow("conditional"), "")
}

// listItem puts the item into the catalogue as the publication says, by the fee that
// was applied for and admitted.
func listItem(l *look) {
	a, err := l.application()
	if err != nil || l.form["list"] == "" {
		return // the guards read the same forms
	}
	cells := map[string]string{
		"code": a.Item, "name": a.Name, "department": a.Department, "list": l.form["list"], "rule": a.Rule, "rate": a.Rate,
	}
	l.facts.add(row{of: l.of, sheet: sheetOf("items"), cells: cells, from: map[string]string{"list": "list"}}, "")
}

// deny records that a task is not let in. Of other kinds there is no such fact.
func deny(l *look) {
	if a, _ := l.decided(); a.Kind == admission.Task {
		l.facts.add(l.admissionRow("denied"), "")
	}
}

// revokeAdmission ends today what the decision let in.
func revokeAdmission(l *look) {
	today := l.command.On.String()
	if d := admissionIn(l.past, l.id()); d.Decided != nil {
		l.facts.add(row{of: l.of, sheet: sheetOf("admissions"), cells: map[string]string{
			"no": l.id(), "department": d.Decided.Department, "item": d.Decided.Item, "decision": d.Decided.Decision, "revoked_on": today,
		}}, "")
	}
	for _, community := range l.county.within([]string{admission.Everywhere}) {
		l.endBurden(l.id()+"/"+community, today)
	}
}

// endBurden ends a burden today, or on its first day where that is still to come.
// One that has an end is corrected, for the reason for which it goes.
func (l *look) endBurden(no, today string) {
	b := burdenIn(l.past, no)
	if b.Begun == nil || b.To.Given() && b.To.String() <= today {
		return
	}
	reason := ""
	if b.To.Given() {
		reason = firstRunes(l.form["reason"], reasonMost)
	}
	l.facts.add(row{of: l.of, sheet: sheetOf("burdens"), cells: map[string]string{
		"no": no, "community": b.Begun.Community, "department": b.Begun.Department, "kind": b.Begun.Kind,
		"from": b.Begun.From.String(), "to": max(today, b.Begun.From.String()),
	}}, reason)
}

// reasonMost is how many characters a correction keeps of its reason.
const reasonMost = 200

func firstRunes(text string, most int) string {
	runes := []rune(text)
	return string(runes[:min(len(runes), most)])
}

// Opinion is that of an office which was asked for one.
type Opinion struct {
	Office  string // finance, justice, establishment, organisation or community
	Code    string // the department's or community's; "" of the county's finance
	Opinion string // the last that it gave; "" while it is missing
	Step    int
}

// opinions lists who was asked, in a fixed order, with what they said; and the
// communities that spoke without being asked.
func opinions(in *process.Instance, parties map[string]string) []Opinion {
	all := []Opinion{{Office: ofFinance}}
	for _, part := range consulted {
		if parties[part] != "" {
			all = append(all, Opinion{Office: part, Code: parties[part]})
		}
	}
	for _, code := range split(parties["sampled"]) {
		all = append(all, Opinion{Office: ofCommunity, Code: code})
	}
	for i, s := range in.Steps {
		form, err := formOf(s.Form)
		if s.Action != "give_opinion" || err != nil {
			continue
		}
		said := Opinion{Office: form["office"], Code: s.Office, Opinion: form["opinion"], Step: i + 1}
		at := slices.IndexFunc(all, func(o Opinion) bool {
			return o.Office == said.Office && (o.Office != ofCommunity || o.Code == said.Code)
		})
		if at < 0 {
			all = append(all, said)
			continue
		}
		all[at].Opinion, all[at].Step = said.Opinion, said.Step
	}
	return all
}
