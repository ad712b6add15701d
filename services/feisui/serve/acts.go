package serve

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"feisui/pkg/access"
	"feisui/pkg/journal"
	"feisui/pkg/money"
	"feisui/pkg/web"
	"feisui/schemas"
	"feisui/services/feisui/act"
	"feisui/services/ledger"
	"feisui/services/ledger/reconcile"
	"feisui/services/process"
)

// formMax bounds a form: a beginning may list every community of a county.
const formMax = 4 << 20

// actAttemptsMax bounds how often a command starts anew because somebody else
// recorded something that it counted on: of many who sign at once, each but one
// does, and then each but one of those.
const actAttemptsMax = 64

// Acted is the answer to an action.
type Acted struct {
	Instances   []ActedInstance `json:"instances" doc:"办理之后各个实例的状态 (the instances after it)"`
	Tasks       []ActedInstance `json:"tasks,omitempty" doc:"拟交办送签：签发后各任务的结果 (of a draft that is submitted: what its tasks would be once it is issued)"`
	Entitlement *money.Fen      `json:"entitlement,omitempty" doc:"各任务应配经费合计，分；有不能确定的则不填 (the sum over all tasks, in fen; absent where one is undetermined)"`
	Proposal    int             `json:"proposal,omitempty" doc:"提出或采用的流程版本是第几号提议 (the number of the definition that was proposed or adopted)"`
	Position    int64           `json:"position" doc:"登记之后记录的末尾；试算为 0 (the journal's end; 0 of a dry run)"`
	Repeated    bool            `json:"repeated" doc:"此请求此前已得到回答 (the very request was answered before)"`

	facts bool // it brought facts, which the ledger has to pass before it is answered
}

// ActedInstance is an instance after an action.
type ActedInstance struct {
	Workflow    string       `json:"workflow"`
	Instance    string       `json:"instance" doc:"编号 (its number)"`
	State       string       `json:"state"`
	Title       Words        `json:"title" doc:"状态名称 (the state's name)"`
	Step        int          `json:"step" doc:"第几步 (which step this was)"`
	Document    string       `json:"document,omitempty" doc:"这一步签发的文号 (the number of the document that it signed)"`
	Application *Application `json:"application,omitempty" doc:"准入申请：预计经费、提示、意见 (of an application: its draft price, warnings, opinions)"`
	Warnings    []Words      `json:"warnings,omitempty" doc:"请注意，不影响办理 (what was pointed out; none of it stopped the step)"`
	Task        *TaskDraft   `json:"task,omitempty" doc:"交办或变更的任务按账目规则的结果 (what the task is by the ledger's rules)"`
}

// Words are a text in both languages.
type Words struct {
	Chinese string `json:"zh"`
	English string `json:"en"`
}

// TaskDraft is what a task is, or would be, by the ledger's rules.
type TaskDraft struct {
	Entitlement *money.Fen       `json:"entitlement" doc:"应配经费，分；不能确定为 null (in fen; null where undetermined)"`
	Status      reconcile.Status `json:"status"`
	Lamp        reconcile.Lamp   `json:"lamp"`
	Warnings    []reconcile.Flag `json:"warnings" doc:"会亮的灯，不阻止办理 (the flags that it raises; none of them stops it)"`
}

func wordsOf(t process.Text) Words { return Words{t.Chinese, t.English} }

// actedOf is the answer that a decision has.
func actedOf(d *act.Decision) Acted {
	a := Acted{Instances: make([]ActedInstance, len(d.Results)), Proposal: d.Proposal}
	sum, priced, known := money.Fen(0), false, true
	told := func(r *act.Result) ActedInstance {
		one := actedInstance(r)
		if one.Task != nil {
			if priced = true; one.Task.Entitlement == nil {
				known = false
			} else {
				sum = sum.Plus(*one.Task.Entitlement)
			}
		}
		return one
	}
	for i := range d.Results {
		a.Instances[i] = told(&d.Results[i])
	}
	for i := range d.Would {
		a.Tasks = append(a.Tasks, told(&d.Would[i]))
	}
	if priced && known {
		a.Entitlement = &sum
	}
	return a
}

func actedInstance(r *act.Result) ActedInstance {
	one := ActedInstance{
		Workflow: r.Instance.Workflow, Instance: r.Instance.ID, State: r.Instance.State,
		Title: wordsOf(r.By.States[r.Instance.State].Title), Step: len(r.Instance.Steps), Document: r.Document,
	}
	one.Application = applicationOf(r.Application)
	one.Warnings = saidAll(r.Warnings)
	if r.Draft != nil {
		t := r.Draft.Task
		one.Task = &TaskDraft{Entitlement: t.Entitlement, Status: t.Status, Lamp: t.Lamp, Warnings: append([]reconcile.Flag{}, r.Draft.Flags...)}
	}
	return one
}

// acting is a command of a person on its way in.
type acting struct {
	request     string
	fingerprint [32]byte
	actor       access.Principal
	dry         bool
	still       bool // it is recorded only while nothing else is: it looked at the whole county
	decide      func(*act.County) (*act.Decision, error)
}

// whose binds a fingerprint to who asks: the same id from another is another
// request.
func whose(p access.Principal, parts ...[]byte) [32]byte {
	return fingerprintOf(append([][]byte{[]byte("act"), []byte(p.ID)}, parts...)...)
}

// act takes a command in as one request, and returns when the ledger has passed it.
func (s *Server) act(ctx context.Context, c *county, a acting) (Acted, error) {
	// A client that hangs up from here on stops nothing: what it sent is recorded
	// or refused as if it still listened.
	going, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordMax)
	defer cancel()
	answer, err := s.acted(going, c, a)
	if err != nil || a.dry || !answer.facts {
		return answer, err
	}
	return answer, c.wait(ctx, answer.Position)
}

func (s *Server) acted(ctx context.Context, c *county, a acting) (Acted, error) {
	for range actAttemptsMax {
		answer, err := s.tryAct(ctx, c, a)
		if !errors.Is(err, journal.ErrConflict) && !errors.Is(err, journal.ErrMoved) {
			return answer, err
		}
	}
	return Acted{}, busy()
}

// tryAct decides and appends once. Rights come first: who may not act any more is
// given no stored answer either. Then a request that is recorded gets its answer,
// whatever has become of the instance since.
func (s *Server) tryAct(ctx context.Context, c *county, a acting) (answer Acted, err error) {
	// Guards look at facts of streams that the step adds nothing to, which no version
	// protects: what this process answered before is among them. What another did a
	// moment ago may not be; the definition's steps by facts then follow it.
	if err := c.past.keeper.CatchUp(ctx); err != nil {
		return answer, err
	}
	var decided *act.Decision
	var head int64
	var closings map[string]int64
	pending, err := c.past.decideAtEnd(ctx, func() ([]schemas.Event, error) {
		var err error
		decided, err = a.decide(c.past.county(s.calendar))
		if err != nil {
			return nil, err
		}
		if head = 0; a.still || decided.Still {
			head = c.past.keeper.At()
		}
		closings = c.past.closings(decided.Events)
		return decided.Events, nil
	})
	switch {
	case errors.Is(err, act.ErrNone) || errors.Is(err, act.ErrNoWorkflow) || act.Forbidden(err) || err != nil && a.dry:
		return answer, err
	case err != nil:
		if _, seen, unread := s.journal.Find(ctx, c.name, a.request); unread != nil || !seen {
			return answer, errors.Join(unread, err)
		}
		return actedBefore(s.journal.Append(ctx, journal.Request{County: c.name, ID: a.request, Fingerprint: a.fingerprint, Kind: journal.Act}))
	case a.dry:
		return actedOf(decided), nil
	}
	kept, err := json.Marshal(actedOf(decided))
	if err != nil {
		return answer, err
	}
	receipt, err := s.journal.Append(ctx, journal.Request{
		County: c.name, ID: a.request, Fingerprint: a.fingerprint, Actor: a.actor.ID, Kind: journal.Act, Head: head, Unmoved: closings,
		Events: pending, Answer: kept,
	})
	if err != nil && !errors.Is(err, journal.ErrOtherBody) {
		return answer, errors.Join(err, c.past.catchUp(ctx))
	}
	answer, err = actedBefore(receipt, err)
	answer.facts = answer.Repeated || slices.ContainsFunc(pending, func(e journal.Pending) bool { return ledger.Tells(e.Type) })
	return answer, err
}

// actedBefore is the answer to a request that is in the journal, now or since
// earlier: what it said then.
func actedBefore(receipt journal.Receipt, err error) (answer Acted, _ error) {
	if err := reused(err); err != nil {
		return answer, err
	}
	err = json.Unmarshal(receipt.Answer, &answer)
	answer.Position, answer.Repeated, answer.facts = receipt.Last, receipt.Repeated, true
	return answer, err
}

// beginIn begins instances.
type beginIn struct {
	web.OfCounty
	web.Mutation
	OfWorkflow
	DryRun
	web.Stream
}

// actIn takes a step in one.
type actIn struct {
	web.OfCounty
	web.Mutation
	OfWorkflow
	OfInstance
	DryRun
	web.Stream
	Action  string `path:"action" doc:"动作，见流程定义 (an action of the definition)" example:"accept"`
	IfMatch string `header:"If-Match" doc:"所看到的最近一步的序号；此后又有新的步骤，则不办，并说明是什么。可不填 (the number of the last step that was seen: refused where others followed)" example:"2"`
}

// OfWorkflow is embedded in the input of what belongs to a workflow.
type OfWorkflow struct {
	Workflow string `path:"workflow" doc:"流程 (the workflow)" example:"task"`
}

// OfInstance is embedded in the input of what belongs to an instance.
type OfInstance struct {
	Instance string `path:"instance" doc:"编号；其中的 / 写作 %2F (its number; a slash in it is written %2F)" example:"JB2026-0001"`
}

// DryRun is embedded in the input of what may be tried without effect.
type DryRun struct {
	Dry string `query:"dry_run" enum:"false,true" doc:"true：只试算，不登记 (say what would come of it, and record nothing)"`
}

func (d *DryRun) dry() (bool, error) {
	text, err := web.OneOf("dry_run", d.Dry, "false", "true")
	return text == "true", err
}

type actedOut struct{ Body Acted }

func (s *Server) begin(ctx context.Context, in *beginIn) (*actedOut, error) {
	return s.command(ctx, in.County, in.RequestID, &in.DryRun, &in.Stream, act.Command{Workflow: in.Workflow}, (*act.County).Begin)
}

func (s *Server) actOn(ctx context.Context, in *actIn) (*actedOut, error) {
	seen, err := stepOf(in.IfMatch)
	if err != nil {
		return nil, err
	}
	return s.command(ctx, in.County, in.RequestID, &in.DryRun, &in.Stream,
		act.Command{Workflow: in.Workflow, Instance: in.Instance, Action: in.Action, Seen: seen}, (*act.County).Act)
}

// stepOf reads the number of a step from If-Match, 0 where it says none.
func stepOf(text string) (int, error) {
	if text == "" || text == "*" {
		return 0, nil
	}
	n, err := strconv.Atoi(strings.Trim(text, `"`))
	if err != nil || n < 1 {
		return 0, refuse(http.StatusUnprocessableEntity, "IF_MATCH", "If-Match 应为所看到的最近一步的序号，如 2", "If-Match: expected the number of the last step that was seen, such as 2")
	}
	return n, nil
}

func (s *Server) command(
	ctx context.Context, county, request string, dry *DryRun, body *web.Stream, c act.Command, decide func(*act.County, act.Command) (*act.Decision, error),
) (*actedOut, error) {
	here, err := s.county(county)
	if err != nil {
		return nil, err
	}
	a := acting{request: requestOf(access.From(ctx), request), actor: access.From(ctx)}
	if a.dry, err = dry.dry(); err != nil {
		return nil, err
	}
	form, err := body.Read(formMax)
	if err != nil {
		return nil, badForm(err)
	}
	if len(form) == 0 {
		form = []byte("{}") // an action of which nothing is filled in
	}
	c.Form, c.Actor, c.Scope = form, a.actor, access.Within(ctx)
	a.fingerprint = whose(a.actor, []byte(c.Workflow), []byte(c.Instance), []byte(c.Action), form)
	a.decide = func(county *act.County) (*act.Decision, error) { return decide(county, c) }
	answer, err := s.act(ctx, here, a)
	return &actedOut{answer}, err
}
