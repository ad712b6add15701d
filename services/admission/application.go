package admission

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"feisui/pkg/civil"
	"feisui/pkg/code"
	"feisui/pkg/message"
	"feisui/pkg/money"
	"feisui/pkg/workflow"
	"feisui/schemas"
)

// Kind is what a department wants to bring into communities (准入类别).
type Kind string

// The kinds of an application of which rules ask.
const (
	Task       Kind = "task"
	Plaque     Kind = "plaque"
	Assessment Kind = "assessment"
)

// Everywhere is a scope of every community of the county.
const Everywhere = "all"

// Application is what a department asks for, as its papers stand (准入申请).
type Application struct {
	No, Department, Item, Name, Zone string
	Kind                             Kind
	Communities                      []string // Everywhere alone: all
	From, To                         civil.Date
	Emergency                        bool // it may begin before it is decided
	StartedOn                        civil.Date
	Event, Level, Declared           string // of an emergency: what happened, how grave it is, the document that says so

	Document, Source        string
	Assessment, SideEffects string

	Rule, Rate   string // as they stand on the form: what the fee should be
	Quantity     *money.Decimal
	Base, Amount *money.Fen // for each community
	Cost         *money.Fen // in all, as the department reckons
}

// Read reads an application from the fields of its forms, whose JSON Schema says
// what they may be; what is not given says nothing.
func Read(fields map[string]string) Application {
	day := func(name string) civil.Date {
		d, err := civil.Parse(fields[name])
		if err != nil {
			return 0
		}
		return d
	}
	fen := func(name string) *money.Fen {
		amount, err := money.ParseAmount(fields[name])
		if err != nil {
			return nil
		}
		return &amount
	}
	a := Application{
		No: fields["no"], Department: fields["department"], Item: fields["item"], Name: fields["name"], Zone: fields["zone"],
		Kind: Kind(fields["kind"]), From: day("from"), To: day("to"), Emergency: fields["emergency"] == "yes", StartedOn: day("started_on"),
		Document: fields["document"], Source: fields["source"], Assessment: fields["assessment"], SideEffects: fields["side_effects"],
		Event: fields["emergency_event"], Level: fields["emergency_level"], Declared: fields["emergency_document"],
		Rule: fields["rule"], Rate: fields["rate"], Base: fen("base"), Amount: fen("amount"), Cost: fen("cost"),
	}
	if fields["communities"] != "" {
		a.Communities = strings.Split(fields["communities"], ";")
	}
	if quantity, err := money.ParseDecimal(fields["quantity"]); err == nil {
		a.Quantity = &quantity
	}
	return a
}

// Offered is the item as the application would have it, for one that no catalogue
// has: bought, by its rule.
func (a *Application) Offered() schemas.ItemListed {
	item := schemas.ItemListed{Code: a.Item, Name: a.Name, Department: a.Department, List: "purchase", Rule: a.Rule}
	parse := money.ParseRate
	if a.Rule == "ratio" {
		parse = money.ParseDecimal
	}
	if rate, err := parse(a.Rate); err == nil {
		item.Rate = &rate
	}
	return item
}

// Sound refuses a period that ends before it begins, and what is said of an
// emergency where there is none.
func (a *Application) Sound() workflow.Refusals {
	refused := workflow.NotBefore(0, "to", a.To, "from", a.From)
	if a.Emergency {
		return refused
	}
	if a.StartedOn.Given() {
		refused = append(refused, workflow.Refuse(0, "started_on", a.StartedOn.String(), "no_emergency"))
	}
	for _, of := range []struct{ field, said string }{
		{"emergency_event", a.Event}, {"emergency_level", a.Level}, {"emergency_document", a.Declared},
	} {
		if of.said != "" {
			refused = append(refused, workflow.Refuse(0, of.field, of.said, "no_emergency"))
		}
	}
	return refused
}

// emergencyDays are the working days after an emergency began in which it may be
// said that it is one (b.1); provisionalDays the calendar days that it may go on.
const (
	emergencyDays   = 3
	provisionalDays = 30
)

// Timely refuses an emergency that has not begun, or began more than three working
// days ago.
func (a *Application) Timely(on civil.Date, days civil.Calendar) workflow.Refusals {
	switch {
	case !a.Emergency || !a.StartedOn.Given():
		return nil
	case a.StartedOn > on:
		return workflow.Refusals{workflow.Refuse(0, "started_on", a.StartedOn.String(), "emergency_not_begun", "on", on.String())}
	case on >= days.After(days.After(a.StartedOn, emergencyDays), 1):
		return workflow.Refusals{workflow.Refuse(0, "started_on", a.StartedOn.String(), "emergency_too_late", "by", days.After(a.StartedOn, emergencyDays).String())}
	}
	return nil
}

// FeeSaid refuses a task that does not say how its fee is found: by a rule, with the
// rate that the rule needs, or as an amount. That there is none is said as well.
func (a *Application) FeeSaid() workflow.Refusals {
	switch needs := a.Rule != "" && a.Rule != "none" && a.Rule != "agreed"; {
	case a.Kind != Task, a.Amount != nil:
		return nil
	case a.Rule == "":
		return workflow.Refusals{workflow.Refuse(0, "rule", "", "fee_unsaid")}
	case needs && a.Rate == "":
		return workflow.Refusals{workflow.Refuse(0, "rate", "", "rate_unsaid")}
	}
	return nil
}

// Within refuses a decision that goes further than the application: an earlier
// start, a later end, another community. What it does not say is as applied for.
func (a *Application) Within(decided Application) (refused workflow.Refusals) {
	say := func(field, found, key, known string) {
		refused = append(refused, workflow.Refuse(0, field, found, key, "known", known))
	}
	if decided.From.Given() && decided.From < a.From {
		say("from", decided.From.String(), "no_earlier", a.From.String())
	}
	if decided.To.Given() && a.To.Given() && decided.To > a.To {
		say("to", decided.To.String(), "no_later", a.To.String())
	}
	for _, c := range decided.Communities {
		if !slices.Contains(a.Communities, c) && !slices.Equal(a.Communities, []string{Everywhere}) {
			say("communities", c, "no_wider", strings.Join(a.Communities, ";"))
		}
	}
	return append(refused, workflow.NotBefore(0, "to", cmp.Or(decided.To, a.To), "from", cmp.Or(decided.From, a.From))...)
}

// Warning is something that a rule has against an application, which does not
// stop it: it is for those who decide.
type Warning struct {
	Rule string // of domain §c.1 and §c.2: R04 …
	Lamp string // red, yellow or blue
	Text message.Text
}

func warn(rule, lamp, key string, args ...string) Warning {
	return Warning{rule, lamp, workflow.Refuse(0, "", "", key, args...).Expect}
}

// noticeDays are the working days before its start in which an application should
// come (R06).
const noticeDays = 30

// Warnings are what rules have against an application that was handed in on a day.
func (a *Application) Warnings(on civil.Date, days civil.Calendar) (all []Warning) {
	if a.Document != "" {
		documents, err := code.ParseDocument(a.Document)
		masked := slices.ContainsFunc(documents, code.Document.Masked)
		if err != nil || masked {
			all = append(all, warn("R04", "yellow", "warn_document", "found", a.Document))
		}
	}
	if earliest := days.After(on, noticeDays); !a.Emergency && a.From < earliest {
		key, args := "warn_notice", []string{"from", a.From.String(), "earliest", earliest.String()}
		if !days.Published(earliest) {
			key, args = "warn_notice_provisional", append(args, "year", strconv.Itoa(earliest.Year()))
		}
		all = append(all, warn("R06", "yellow", key, args...))
	}
	if a.Kind == Assessment || a.Assessment != "" {
		all = append(all, warn("R12", "red", "warn_assessment"))
	}
	for _, word := range []string{"一票否决", "责任状"} {
		if strings.Contains(a.Assessment+a.SideEffects, word) {
			all = append(all, warn("R13", "red", "warn_pledge", "found", word))
		}
	}
	if !a.To.Given() {
		all = append(all, warn("R20", "blue", "warn_endless"))
	}
	return all
}

// Provisional warns of an emergency that goes on undecided: that its approval is
// still to come, and after 30 days that it must have stopped.
func (a *Application) Provisional(on civil.Date) (all []Warning) {
	last := a.StartedOn.AddDays(provisionalDays)
	switch {
	case !a.Emergency || !a.StartedOn.Given():
	case on > last:
		all = append(all, warn("R21", "red", "warn_provisional_over", "last", last.String()))
	default:
		all = append(all, warn("R21", "yellow", "warn_provisional", "last", last.String()))
	}
	return all
}

// Priced warns where the fee is not known (R34), or the department reckons with
// less than the rule gives in all.
func (a *Application) Priced(total *money.Fen) (all []Warning) {
	switch {
	case a.Kind != Task:
	case total == nil:
		all = append(all, warn("R34", "yellow", "warn_undetermined"))
	case a.Cost != nil && *a.Cost < *total:
		all = append(all, warn("R31", "yellow", "warn_cost", "cost", a.Cost.Yuan(), "total", total.Yuan()))
	case *total == 0:
		all = append(all, warn("R34", "yellow", "warn_no_fee"))
	}
	return all
}
