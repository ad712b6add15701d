package serve

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/message"
	"feisui/pkg/money"
	"feisui/pkg/sheet"
	"feisui/pkg/web"
	"feisui/pkg/workflow"
	"feisui/schemas"
	"feisui/services/feisui/act"
	"feisui/services/process"
)

// Line is an instance in a list.
type Line struct {
	Workflow string            `json:"workflow"`
	Instance string            `json:"instance" doc:"编号 (its number)"`
	State    string            `json:"state"`
	Title    Words             `json:"title" doc:"状态名称 (the state's name)"`
	Ended    bool              `json:"ended"`
	Begun    bool              `json:"begun" doc:"false：登记时没有走流程，第一次办理时接手 (recorded without a workflow; the first action takes it up)"`
	Overdue  bool              `json:"overdue" doc:"期限已过，还没有人办 (a deadline passed, and nobody acted since)"`
	Parties  map[string]string `json:"parties" doc:"涉及的单位，按角色 (the organisations it concerns, by part)"`
	Version  int               `json:"version" doc:"所用的流程版本 (of the definition it goes by)"`
	Steps    int               `json:"steps"`
	Amount   *money.Fen        `json:"amount,omitempty" doc:"拨付、流水、承诺的金额，分 (of a payment, a line of a statement, a commitment: in fen)"`
	Purpose  string            `json:"purpose,omitempty" doc:"其用途；未写的，随上级凭证 (what it is for, or what that is for which it passes on)"`
	Due      *Deadline         `json:"due,omitempty" doc:"最近的期限 (the nearest deadline that runs)"`
	Lamp     string            `json:"lamp,omitempty" doc:"督办的预警中最急的灯色 (of a case: the most urgent lamp of its flags)"`
	Drafted  *DraftLine        `json:"drafted,omitempty" doc:"拟交办：现在的事项、单号、社区数 (of a draft: its item, number and how many communities now)"`
	Flags    []CaseFlag        `json:"flags,omitempty" doc:"督办的预警，如今怎样 (of a case: the flags that stand of its matter)"`
}

// Deadline is one that runs.
type Deadline struct {
	Deadline    string     `json:"deadline"`
	Title       Words      `json:"title"`
	DueOn       civil.Date `json:"due_on" doc:"最后一天 (the last day in time)"`
	Left        int        `json:"days_left" doc:"还有几天；过期为负 (days until then; less than 0 after it)"`
	Provisional bool       `json:"provisional" doc:"工作日历未公布，暂定 (a calendar is not published yet)"`
}

// Instance is one as it is shown alone.
type Instance struct {
	Line

	Documents   []Signed        `json:"documents,omitempty" doc:"办理中签发的文书 (what was signed in it, in order)"`
	Application *Application    `json:"application,omitempty" doc:"准入申请：预计经费、提示、意见 (of an application: its draft price, warnings, opinions)"`
	Timeline    []Moment        `json:"timeline" doc:"经过，每个期限附算法 (what happened, and how each deadline was found)"`
	Actions     []OpenAction    `json:"actions" doc:"我现在可以办的 (what is open to me)"`
	Form        json.RawMessage `json:"form,omitempty" doc:"开始时填写的内容 (what was filled in at the beginning)"`
	Draft       json.RawMessage `json:"draft,omitempty" doc:"拟交办：现在的内容 (of a draft: what it says now)"`
	Foreseen    *Foreseen       `json:"foreseen,omitempty" doc:"拟交办：现在签发会怎样 (of a draft: what it would come to if it was issued now)"`
}

// Signed is a document that was signed in an instance.
type Signed struct {
	Document string     `json:"document" doc:"文号" example:"费转督〔2026〕12号"`
	Kind     string     `json:"kind" doc:"order: 督办单；rectification: 整改通知书；report: 减负报告"`
	Step     int        `json:"step" doc:"第几步签发 (the step that signed it)"`
	On       civil.Date `json:"on"`
}

// CaseFlag is a flag that a case is about, as it stands now.
type CaseFlag struct {
	Rule    string     `json:"rule"`
	Subject string     `json:"subject"`
	Since   civil.Date `json:"since"`
	Amount  *money.Fen `json:"amount,omitempty" doc:"分 (in fen)"`
	Lamp    string     `json:"lamp"`
}

// Moment is a line of a timeline.
type Moment struct {
	Step        int        `json:"step"`
	On          civil.Date `json:"on"`
	Event       string     `json:"event"`
	Deadline    string     `json:"deadline,omitempty"`
	Running     bool       `json:"running,omitempty" doc:"期限仍在走 (the deadline runs still)"`
	Provisional bool       `json:"provisional,omitempty"`
	Words

	Action string          `json:"action,omitempty" doc:"办理的动作 (the action that was taken)"`
	Office string          `json:"office,omitempty" doc:"由哪个当事单位办理 (which of the parties took it)" example:"MZJ"`
	Form   json.RawMessage `json:"form,omitempty" doc:"这一步填写的内容，如退回的理由；征求的意见只见于 application (what was filled in, such as why it was returned; opinions stand in application alone)"`

	Warned []Pointed `json:"warned,omitempty" doc:"这一步指出的 (what was pointed out with the step)"`
	Answer string    `json:"answer,omitempty" doc:"对须答复的（S2）的说明 (what was answered to what must be)"`
}

// Pointed is what was pointed out with a step that it did not stop.
type Pointed struct {
	Rule     string `json:"rule" example:"R14"`
	Severity string `json:"severity" doc:"S1、S2：须答复；S3：提示 (S1, S2: answered; S3: a notice)" example:"S2"`
	Found    string `json:"found,omitempty" doc:"指出的内容 (what was found)"`
	Words
}

// unspoken are actions of which others are not told what was filled in: who is asked
// for an opinion by the authority speaks to the authority.
var unspoken = map[string]bool{"give_opinion": true}

// momentOf tells a moment with what was filled in, and who took the step, where that is one
// of the parties. What began an instance stands in its form.
func momentOf(m *process.Moment, parties map[string]string) Moment {
	told := Moment{
		Step: m.Step, On: m.On, Event: m.Event, Deadline: m.Deadline, Running: m.Running, Provisional: m.Provisional, Words: said(m.Text), Action: m.Action,
	}
	if m.Step > 1 && !unspoken[m.Action] && string(m.Form) != "{}" {
		told.Form = m.Form
	}
	for _, w := range m.Warned {
		told.Warned = append(told.Warned, Pointed{w.Rule, w.Severity, w.Found, Words{w.Chinese, w.English}})
	}
	if slices.Contains(slices.Collect(maps.Values(parties)), m.Office) {
		told.Office = m.Office
	}
	told.Answer = m.Answer
	return told
}

// OpenAction is something that may be done next.
type OpenAction struct {
	Action string          `json:"action"`
	Title  Words           `json:"title"`
	Right  string          `json:"right" doc:"凭哪项权限 (by which right)"`
	Seen   bool            `json:"seen,omitempty" doc:"须以 If-Match 说明所看到的最近一步 (it takes If-Match: the last step that was seen)"`
	Form   json.RawMessage `json:"form,omitempty" doc:"填写的内容，JSON Schema (what is filled in)"`
	Warned []Words         `json:"warnings,omitempty" doc:"请注意，不影响办理 (what would be pointed out, and stops nobody)"`
	WhyNot []Words         `json:"why_not,omitempty" doc:"现在不能办的原因；没有则可以办 (why it would be refused now; none: it may be taken)"`
}

func lineOf(c *act.County, s *act.Seen) Line {
	l := Line{
		Workflow: s.Workflow, Instance: s.ID, State: s.State, Title: wordsOf(s.Title()), Ended: s.Final(), Begun: s.Begun,
		Overdue: s.Overdue(), Parties: s.By.Concerned(&s.Instance), Version: s.Version, Steps: len(s.Steps), Lamp: s.Lamp(), Drafted: draftLineOf(s),
	}
	for _, f := range s.Flags {
		l.Flags = append(l.Flags, CaseFlag{f.Rule, f.Subject, f.Since, f.Amount, f.Lamp})
	}
	if sum := c.SumOf(s); sum != nil {
		l.Amount, l.Purpose = &sum.Amount, sum.Purpose
	}
	if d, runs := s.Nearest(); runs {
		l.Due = deadlineOf(s.By.Definition, d, c.Flows.Day())
	}
	return l
}

func deadlineOf(by *process.Definition, d schemas.DeadlineSet, day civil.Date) *Deadline {
	return &Deadline{
		Deadline: d.Deadline, Title: wordsOf(by.Timers[d.Deadline].Title), DueOn: d.DueOn, Left: int(d.DueOn - day), Provisional: d.Provisional,
	}
}

func said(t message.Text) Words {
	return Words{act.Say(message.Chinese, t), act.Say(message.English, t)}
}

// saidAll are refusals, and what is pointed out, each as it stands alone.
func saidAll(refused workflow.Refusals) (all []Words) {
	for _, r := range refused {
		all = append(all, Words{act.Sentence(r.Expect), web.Should(act.Say(message.English, r.Expect))})
	}
	return all
}

func openOf(all []process.Open) []OpenAction {
	actions := make([]OpenAction, len(all))
	for i, o := range all {
		actions[i] = OpenAction{
			Action: o.Action, Title: wordsOf(o.Title), Right: o.Right, Seen: o.Seen, Form: o.Form, Warned: saidAll(o.Warned), WhyNot: saidAll(o.Refused),
		}
	}
	return actions
}

// seeing looks at a county's workflows while nothing is taken in. What this process
// answered before is among them.
func (s *Server) seeing(ctx context.Context, name string, look func(*act.County) error) error {
	c, err := s.county(name)
	if err != nil {
		return err
	}
	if err := c.past.keeper.CatchUp(ctx); err != nil {
		return err
	}
	return c.past.look(s.calendar, func(c *act.County) error {
		c.Who = access.From(ctx)
		return look(c)
	})
}

// look calls f with what commands are decided on, while nothing is taken in.
func (p *past) look(days civil.Calendar, f func(*act.County) error) error {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return f(p.county(days))
}

type instanceIn struct {
	web.OfCounty
	OfWorkflow
	OfInstance
}

type instanceOut struct{ Body Instance }

// instance shows an instance as a command would find it. What is due of it, or facts have
// brought about, is recorded first where it is not yet: a command waits for that too.
func (s *Server) instance(ctx context.Context, in *instanceIn) (*instanceOut, error) {
	here, err := s.county(in.County)
	if err != nil {
		return nil, err
	}
	out, moves, err := s.looked(ctx, in, false)
	if err == nil && moves {
		if err := s.driveOne(ctx, here, in.key()); err != nil { // the driver tries on; what stands is shown
			s.log.DebugContext(ctx, "what is due was not recorded before it was looked at", slog.String("county", here.name), slog.Any("error", err))
		}
		out, _, err = s.looked(ctx, in, true)
	}
	return out, err
}

func (in *instanceIn) key() act.Key { return act.Key{Workflow: in.Workflow, ID: in.Instance} }

// looked shows an instance as it is recorded, or reports that it moves by itself first, but
// for settled.
func (s *Server) looked(ctx context.Context, in *instanceIn, settled bool) (out *instanceOut, moves bool, err error) {
	out = &instanceOut{}
	err = s.seeing(ctx, in.County, func(c *act.County) error {
		seen, err := c.See(in.key(), access.Within(ctx))
		if err != nil {
			return err
		}
		if !settled && seen.Begun && !seen.Final() {
			// The driver tries on where it cannot say what comes next; what stands is shown.
			if next, err := c.Next(in.key()); err == nil && next != nil {
				moves = true
				return nil
			}
		}
		open, err := c.Open(seen, access.From(ctx))
		if err != nil {
			return err
		}
		out.Body = Instance{Line: lineOf(c, seen), Actions: openOf(open), Form: seen.Instance.Form, Draft: act.Drafted(&seen.Instance), Timeline: []Moment{}}
		application, err := c.Application(seen)
		if err != nil {
			return err
		}
		out.Body.Application = applicationOf(application)
		if out.Body.Foreseen, err = foreseenOf(c, seen); err != nil {
			return err
		}
		out.Body.sign(seen)
		parties := seen.By.Concerned(&seen.Instance)
		for _, m := range process.Timeline(seen.By.Definition, &seen.Instance, s.calendar) {
			out.Body.numbered(m.Step)
			out.Body.Timeline = append(out.Body.Timeline, momentOf(&m, parties))
		}
		out.Body.numbered(len(seen.Steps) + 1)
		return nil
	})
	return out, moves, err
}

// sign says which documents were signed.
func (i *Instance) sign(s *act.Seen) {
	for _, d := range s.Documents {
		i.Documents = append(i.Documents, Signed{d.Document, d.Kind, d.Step, d.On})
	}
}

// numbered puts the documents of steps before this one into the timeline, which
// are not there yet: each behind what is said of its step.
func (i *Instance) numbered(before int) {
	told := 0
	for _, m := range i.Timeline {
		if m.Event == (schemas.NumberGiven{}).Type() {
			told++
		}
	}
	for _, d := range i.Documents[told:] {
		if d.Step >= before {
			return
		}
		text := message.Text{Key: "numbered", Args: message.Args{"document": d.Document}}
		i.Timeline = append(i.Timeline, Moment{Step: d.Step, On: d.On, Event: schemas.NumberGiven{}.Type(), Words: said(text)})
	}
}

// Page bounds of lists.
const (
	linesUsual = 50
	linesMax   = 500
)

type instancesIn struct {
	web.OfCounty
	OfWorkflow
	State   string `query:"state" doc:"只要这个状态的 (in this state)"`
	Party   string `query:"party" doc:"只要涉及这个单位的：部门或社区代码 (that concern this department or community)" example:"D01"`
	Overdue string `query:"overdue" enum:"false,true" doc:"true：只要过了期限没人办的 (only those of which a deadline passed and nobody acted since)"`
	Ended   string `query:"ended" enum:"true,false" doc:"false：不要已结束的 (only those that go on)"`
	Lamp    string `query:"lamp" enum:"red,yellow,blue" doc:"只要这个灯色的督办 (cases of this lamp alone)"`
	Order   string `query:"order" enum:"number,due" doc:"due：期限最近的在前，另说明各状态、各灯色几件；缺省按编号 (due: the nearest deadline first, and how many there are; else by number)"`
	After   string `query:"after" doc:"翻页用：上一页的 next；按编号的，也可以是一个编号 (next of the page before; by number also any number)"`
	Limit   string `query:"limit" example:"50" doc:"最多几条，1 至 500，缺省 50 (at most so many)"`
	web.Export
}

// Lines is a page of instances.
type Lines struct {
	Day       civil.Date  `json:"day" doc:"县里的今天 (the county's day)"`
	Instances []Line      `json:"instances" doc:"按编号，或按期限 (by number, or by deadline)"`
	Next      string      `json:"next,omitempty" doc:"还有下一页：以此为 after (there are more: ask for those after it)"`
	Total     int         `json:"total,omitempty" doc:"按期限的：一共几件 (by deadline: how many there are)"`
	Counts    []LineCount `json:"counts,omitempty" doc:"按期限的：不论 state 和 lamp，各状态、各灯色几件 (by deadline: how many by state and lamp, whatever state and lamp were asked for)"`
}

// LineCount is how many instances are in a state, and of a lamp.
type LineCount struct {
	State   string `json:"state"`
	Title   Words  `json:"title"`
	Lamp    string `json:"lamp,omitempty"`
	Count   int    `json:"count"`
	Overdue int    `json:"overdue" doc:"其中期限已过的 (of which the deadline is past)"`
	Today   int    `json:"today" doc:"其中今天到期的 (of which the deadline is today)"`
}

func (in *instancesIn) filter() (f act.Filter, err error) {
	lamp, err := web.OneOf("lamp", in.Lamp, "", "red", "yellow", "blue")
	if err != nil {
		return f, err
	}
	f = act.Filter{State: in.State, Lamp: lamp, Party: in.Party, After: in.After, Limit: linesUsual}
	overdue, err := web.OneOf("overdue", in.Overdue, "false", "true")
	if err != nil {
		return f, err
	}
	ended, err := web.OneOf("ended", in.Ended, "true", "false")
	if err != nil {
		return f, err
	}
	f.Overdue, f.Going = overdue == "true", ended == "false"
	file, err := in.AsFile(in.After, in.Limit)
	switch {
	case err != nil:
		return f, err
	case file:
		f.Limit = web.ExportMax
	case in.Limit != "":
		if f.Limit, err = strconv.Atoi(in.Limit); err != nil || f.Limit < 1 || f.Limit > linesMax {
			return f, refuse(http.StatusUnprocessableEntity, "LIMIT", "limit 应为 1 至 500 的整数", "limit: expected a whole number from 1 to 500")
		}
	}
	return f, nil
}

func (s *Server) instances(ctx context.Context, in *instancesIn) (*web.Listing, error) {
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	order, err := web.OneOf("order", in.Order, "", "number", "due")
	if err != nil {
		return nil, err
	}
	out, names := Lines{Instances: []Line{}}, called{}
	err = s.seeing(ctx, in.County, func(c *act.County) error {
		if d, _ := c.InForce(in.Workflow); d == nil {
			return act.ErrNoWorkflow
		}
		names = calledIn(c, &in.Export, in.Workflow)
		out.Day = c.Flows.Day()
		if order == "due" {
			return out.board(c, in.Workflow, access.Within(ctx), f)
		}
		list, more, err := c.List(in.Workflow, access.Within(ctx), f)
		for _, one := range list {
			out.Instances = append(out.Instances, lineOf(c, one))
		}
		if more {
			out.Next = list[len(list)-1].ID
		}
		return err
	})
	return listing(ctx, &in.Export, err, &out, out.Next != "", func() *sheet.Table { return lineTable(out.Instances, names) }, out.Day)
}

// board is a page of instances, the nearest deadline first, with how many there are.
func (l *Lines) board(c *act.County, workflow string, scope access.Scope, f act.Filter) error {
	after, err := todoAfter(f.After)
	if err != nil {
		return err
	}
	state, lamp := f.State, f.Lamp
	f.State, f.Lamp = "", ""
	all, err := c.Board(workflow, scope, f)
	if err != nil {
		return err
	}
	l.count(all)
	all = slices.DeleteFunc(all, func(s *act.Seen) bool { return state != "" && s.State != state || lamp != "" && s.Lamp() != lamp })
	l.Total = len(all)
	first := 0
	if f.After != "" {
		first, _ = slices.BinarySearchFunc(all, after, func(s *act.Seen, p act.TodoPlace) int {
			return cmp.Or(s.Place().Compare(p), -1) // the place itself is of the page before
		})
	}
	page := all[first:min(len(all), first+f.Limit)]
	for _, one := range page {
		l.Instances = append(l.Instances, lineOf(c, one))
	}
	if first+len(page) < len(all) {
		l.Next = todoMark(page[len(page)-1].Place())
	}
	return nil
}

// count counts by state and lamp, in the order in which the first of each is due.
func (l *Lines) count(all []*act.Seen) {
	for _, s := range all {
		lamp := s.Lamp()
		i := slices.IndexFunc(l.Counts, func(n LineCount) bool { return n.State == s.State && n.Lamp == lamp })
		if i < 0 {
			i, l.Counts = len(l.Counts), append(l.Counts, LineCount{State: s.State, Title: wordsOf(s.Title()), Lamp: lamp})
		}
		n := &l.Counts[i]
		n.Count++
		switch due := s.Place().DueOn; {
		case !due.Given() || s.Final():
		case due < l.Day:
			n.Overdue++
		case due == l.Day:
			n.Today++
		}
	}
}
