package portal

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/pkg/web"
)

// This file shows one task to whom it concerns: its fee and how that was counted, the
// way of its money, what it asks and by what paper, and what may be done.

func (p *Portal) taskRoutes() {
	p.page("GET /w/task/i/{instance}", (*visit).task)
}

// taskFigures is a task's line.
type taskFigures struct {
	No               string     `json:"no"`
	Department       string     `json:"department"`
	Item             string     `json:"item"`
	State            string     `json:"state"`
	Status           string     `json:"status"`
	Lamp             string     `json:"lamp"`
	Entitlement      *money.Fen `json:"entitlement"`
	Allocated        money.Fen  `json:"allocated"`
	Shortfall        *money.Fen `json:"shortfall"`
	OverdueShortfall *money.Fen `json:"overdue_shortfall"`
}

// wholeTask is a task with all that its figures come from, as the API gives it.
type wholeTask struct {
	taskFigures

	Community string     `json:"community"`
	Day       civil.Date `json:"day"`
	Position  int64      `json:"position"`
	Facts     taskFacts  `json:"facts"`
	Fee       struct {
		Missing []string `json:"missing"`
		Words   words    `json:"words"`
	} `json:"fee"`
	Obligations []obligation `json:"obligations"`
	Condition   *struct {
		Amount money.Fen  `json:"amount"`
		By     civil.Date `json:"by"`
		Came   money.Fen  `json:"came"`
	} `json:"condition"`
	Receipts    []receipt `json:"receipts"`
	Flags       []flag    `json:"flags"`
	Commitments []promise `json:"commitments"`
	Payments    []hop     `json:"payments"`
	Entries     []behind  `json:"entries"`
}

type taskFacts struct {
	Document          string         `json:"document"`
	IssuedOn          civil.Date     `json:"issued_on"`
	StartsOn          civil.Date     `json:"starts_on"`
	DueOn             civil.Date     `json:"due_on"`
	PayBy             civil.Date     `json:"pay_by"`
	Quantity          *money.Decimal `json:"quantity"`
	Base              *money.Fen     `json:"base"`
	Amount            *money.Fen     `json:"amount"`
	AuthorityDocument string         `json:"authority_document"`
	RecalledOn        civil.Date     `json:"recalled_on"`
	CompletedOn       civil.Date     `json:"completed_on"`
	CompletedQuantity *money.Decimal `json:"completed_quantity"`
}

type obligation struct {
	Payer     string     `json:"payer"`
	Amount    money.Fen  `json:"amount"`
	DueEnd    civil.Date `json:"due_end"`
	Past      bool       `json:"past"`
	Late      bool       `json:"late"`
	DaysLate  int        `json:"days_late"`
	Allocated money.Fen  `json:"allocated"`
	Shortfall money.Fen  `json:"shortfall"`
}

type receipt struct {
	Outcome         string     `json:"outcome"`
	FiledOn         civil.Date `json:"filed_on"`
	Reason          string     `json:"reason"`
	ConditionAmount *money.Fen `json:"condition_amount"`
	ConditionBy     civil.Date `json:"condition_by"`
	Note            string     `json:"note"`
}

type flag struct {
	Rule        string     `json:"rule"`
	Subject     string     `json:"subject"`
	Responsible string     `json:"responsible"`
	Since       civil.Date `json:"since"`
	Amount      *money.Fen `json:"amount"`
	Lamp        string     `json:"lamp"`
	Waived      string     `json:"waived"` // by which case
}

type promise struct {
	No         string     `json:"no"`
	Kind       string     `json:"kind"`
	Department string     `json:"department"`
	Amount     money.Fen  `json:"amount"`
	MadeOn     civil.Date `json:"made_on"`
	By         civil.Date `json:"by"`
	Paid       money.Fen  `json:"paid"`
}

// hop is one payment on the way.
type hop struct {
	Voucher    string     `json:"voucher"`
	Payer      string     `json:"payer"`
	Payee      string     `json:"payee"`
	PaidOn     civil.Date `json:"paid_on"`
	ReversedOn civil.Date `json:"reversed_on"`
	Amount     money.Fen  `json:"amount"`
	PassedOn   money.Fen  `json:"passed_on"`
	Confirmed  money.Fen  `json:"confirmed"`
	Held       money.Fen  `json:"held"`
	InTransit  money.Fen  `json:"in_transit"`
	Days       int        `json:"days"`
	Allocated  money.Fen  `json:"allocated"`
}

type behind struct {
	Position   int64      `json:"position"`
	Type       string     `json:"type"`
	On         civil.Date `json:"on"`
	RecordedAt string     `json:"recorded_at"`
}

// answers are what a community may say to a task, in the order in which one weighs them.
var answers = []string{"accept", "accept_on_condition", "reject", "query"}

// taskShown is a task's page.
type taskShown struct {
	*instance

	Whole   *wholeTask // nil where the figures are not there yet
	Answers []openAction
}

// answerPath is the form of an answer. A condition begins with the whole fee.
func (t *taskShown) answerPath(action string) string {
	path := t.path() + "/" + action
	if w := t.Whole; action == "accept_on_condition" && w != nil && w.Entitlement != nil && *w.Entitlement > 0 {
		path += "?condition_amount=" + plain(*w.Entitlement)
	}
	return path
}

func (v *visit) task() error {
	v.r.SetPathValue("workflow", "task")
	no := v.r.PathValue("instance")
	whole, err := v.wholeTask(no)
	if err != nil {
		return err
	}
	in, err := v.found()
	var gone *web.Problem
	switch {
	case whole != nil && errors.As(err, &gone) && gone.Status == http.StatusNotFound: // it ended before there were workflows
		in = &instance{line: line{Workflow: "task", Instance: no, Ended: true}}
		in.Parties = map[string]string{"department": whole.Department, "community": whole.Community, "item": whole.Item}
	case err != nil:
		return err
	}
	t := &taskShown{instance: in, Whole: whole}
	for _, answer := range answers {
		if a := openIn(in.Actions, answer); a != nil && in.State != "conditional" && in.State != "funded" {
			t.Answers = append(t.Answers, *a)
		}
	}
	if len(t.Answers) > 0 { // the rest stands apart
		in.Actions = slices.DeleteFunc(in.Actions, func(a openAction) bool { return len(a.WhyNot) == 0 && slices.Contains(answers, a.Action) })
	}
	return v.show(http.StatusOK, v.taskName(in)+" "+in.Instance, taskPage(v, t))
}

// stateOf is the state by the workflow, or by the ledger where there was none.
func (v *visit) stateOf(t *taskShown) string {
	if title := v.in(t.Title); title != "" || t.Whole == nil {
		return title
	}
	return v.say("task.state_" + t.Whole.State)
}

// wholeTask gives the figures of a task, nil where the ledger does not know it: it was
// only just handed down, or is blocked. Then there is the task all the same.
func (v *visit) wholeTask(no string) (*wholeTask, error) {
	w := &wholeTask{}
	var none *web.Problem
	switch err := v.get("/v1/counties/{county}/tasks/"+url.PathEscape(no), nil, w); {
	case errors.As(err, &none) && none.Status != http.StatusUnauthorized:
		return nil, nil //nolint:nilnil // as it says
	case err != nil:
		return nil, err
	}
	return w, nil
}

// taskName is what a task is called: its item.
func (v *visit) taskName(in *instance) string {
	if item := in.Parties["item"]; item != "" {
		return v.name(item)
	}
	return in.Instance
}

// missing says what a fee lacks.
func (v *visit) missing(w *wholeTask) string {
	var all []string
	for _, what := range w.Fee.Missing {
		all = append(all, v.say("task.missing_"+what))
	}
	return v.say("task.missing", "what", strings.Join(all, v.say("form.comma")))
}

// facts are what a task asks, and by what paper.
func (v *visit) facts(t *taskShown) (list []pair) {
	add := func(key, value string) {
		if value != "" {
			list = append(list, pair{v.say("task." + key), value})
		}
	}
	add("department", v.name(t.Parties["department"]))
	add("community", v.name(t.Parties["community"]))
	if item := t.Parties["item"]; item != "" {
		add("item", v.name(item)+"（"+item+"）")
	}
	if t.Whole == nil {
		return list
	}
	f := &t.Whole.Facts
	if f.Document == "" {
		add("document", v.say("task.no_document"))
	}
	add("document", f.Document)
	add("authority_document", f.AuthorityDocument)
	add("issued_on", v.date(f.IssuedOn))
	add("starts_on", v.date(f.StartsOn))
	add("due_on", v.date(f.DueOn))
	add("pay_by", v.date(f.PayBy))
	add("quantity", decimal(f.Quantity))
	add("base", v.money(f.Base))
	add("amount", v.money(f.Amount))
	if t.State == terminated {
		add("terminated_on", v.date(f.CompletedOn))
	} else {
		add("completed_on", v.date(f.CompletedOn))
	}
	add("completed_quantity", decimal(f.CompletedQuantity))
	add("recalled_on", v.date(f.RecalledOn))
	return list
}

// terminated is the state of a task that was ended for good: what it then was paid for is
// its own fee, and to the ledger it is complete.
const terminated = "terminated"

// feeWords says how a fee was found.
func (v *visit) feeWords(in *instance, w *wholeTask) string {
	if in.State == terminated && w.Facts.Amount != nil {
		return v.say("task.fee_terminated")
	}
	return v.in(w.Fee.Words)
}

func decimal(d *money.Decimal) string {
	if d == nil {
		return ""
	}
	return d.String()
}

// punctual says of a payer's part whether it came in time.
func (v *visit) punctual(o *obligation) string {
	switch {
	case o.Past && o.Shortfall > 0:
		return v.say("task.late_by", "days", count(o.DaysLate))
	case o.Late:
		return v.say("task.was_late", "days", count(o.DaysLate))
	case !o.DueEnd.Given():
		return v.say("task.no_day")
	case o.Shortfall == 0:
		return v.say("task.in_time")
	}
	return ""
}

// whereabouts says where the money of a hop is.
func (v *visit) whereabouts(h *hop) (all []string) {
	add := func(amount money.Fen, key string, args ...string) {
		if amount > 0 {
			all = append(all, v.say("task."+key, append([]string{"amount", amount.Yuan()}, args...)...))
		}
	}
	if h.ReversedOn.Given() {
		return []string{v.say("task.reversed", "on", v.date(h.ReversedOn))}
	}
	add(h.PassedOn, "passed_on")
	add(h.Confirmed, "confirmed")
	add(h.Held, "held", "name", v.name(h.Payee), "days", count(h.Days))
	add(h.InTransit, "in_transit", "days", count(h.Days))
	if h.Allocated != h.Confirmed {
		add(h.Allocated, "serves")
	}
	return all
}

// promised says what was promised.
func (v *visit) promised(p *promise) string {
	text := v.say("task.promise", "name", v.name(p.Department), "amount", p.Amount.Yuan(), "on", v.date(p.MadeOn))
	if p.By.Given() {
		text += v.say("task.promise_by", "by", v.date(p.By))
	}
	return text + v.say("task.promise_paid", "amount", p.Paid.Yuan())
}

// answered says what a community answered.
func (v *visit) answered(r *receipt) string {
	parts := []string{v.say("task.outcome_" + r.Outcome)}
	if r.Reason != "" {
		parts = append(parts, v.choice("reason", r.Reason))
	}
	if r.ConditionAmount != nil {
		if r.ConditionBy.Given() {
			parts = append(parts, v.say("task.condition", "by", v.date(r.ConditionBy), "amount", r.ConditionAmount.Yuan()))
		} else {
			parts = append(parts, v.say("task.condition_no_day", "amount", r.ConditionAmount.Yuan()))
		}
	}
	if r.Note != "" {
		parts = append(parts, r.Note)
	}
	return strings.Join(parts, "　")
}

// about is what somebody looks at who answers a task.
func (v *visit) about(in *instance) ([]pair, error) {
	if in.Workflow != "task" {
		content, err := v.content(in)
		if in.Workflow == "case" {
			content = nil // its figures stand beside it
		}
		var list []pair
		if in.Applied != nil {
			list = v.lacks(in.Applied) // what a correction is to mend
		}
		return slices.Concat(list, v.partyList(in.Parties), content, v.foresees(in)), err
	}
	whole, err := v.wholeTask(in.Instance)
	if err != nil {
		return nil, err
	}
	list := append(v.held(in), // what was proposed, and is agreed to or not
		pair{v.say("task.item"), v.taskName(in)}, pair{v.say("task.department"), v.name(in.Parties["department"])})
	if whole != nil {
		fee := v.say("task.unknown")
		if whole.Entitlement != nil {
			fee = whole.Entitlement.Yuan() + " " + v.say("task.yuan")
		}
		list = append(list, pair{v.say("task.entitlement"), v.say("task.fee_found", "fee", fee, "how", v.feeWords(in, whole))})
		if due := v.date(whole.Facts.DueOn); due != "" {
			list = append(list, pair{v.say("task.due_on"), due})
		}
	}
	return list, nil
}
