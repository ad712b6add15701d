package serve

import (
	"context"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/web"
	"feisui/schemas"
	"feisui/services/feisui/act"
	"feisui/services/process"
)

func (s *Server) routeInbox(api *web.API) {
	web.Register(api, huma.Operation{
		OperationID: "inbox", Method: http.MethodGet, Path: "/v1/counties/{county}/inbox", Tags: []string{"act"},
		Summary: "通知：对我的单位说了什么 (the inbox: what was said to my office)",
		Description: "最近 60 天的提醒、逾期及其后果、升级、督办文书、答复和决定、待采用的流程定义，新的在前；看过即可，不用回执。" +
			"全部出自登记的记录：since 填上次看到的 position，fresh 即此后几条。自己办的不通知自己。" +
			" (Of the last 60 days: reminders, deadlines that passed and what followed, escalations, documents, answers and decisions, definitions that wait to be adopted." +
			" The latest first. Everything is read from the entries: with since, the position of the last look, fresh says how many came after it.)",
	}, []web.Refusal{
		countyUnknown, blocked,
		{Status: http.StatusUnprocessableEntity, Code: "LIMIT", Chinese: "limit 应为 1 至 500"},
		{Status: http.StatusUnprocessableEntity, Code: "AFTER", Chinese: "after 不是上一页给出的值"},
		{Status: http.StatusUnprocessableEntity, Code: "SINCE", Chinese: "since 应为一个 position"},
	}, s.inbox)
}

// Told is an inbox, or a page of it.
type Told struct {
	Day      civil.Date `json:"day" doc:"县里的今天 (the county's day)"`
	Position int64      `json:"position" doc:"看到哪一条记录为止：下次的 since (up to which entry this is: the next since)"`
	Fresh    int        `json:"fresh" doc:"since 之后几条，不论哪一页；100 表示至少 100 (how many came after since, on whatever page; 100: at least so many)"`
	Notices  []Notice   `json:"notices" doc:"新的在前 (the latest first)"`
	Next     string     `json:"next,omitempty" doc:"还有下一页：以此为 after (there are more: ask for those after it)"`
}

// Notice is something that was said to an office of who asks.
type Notice struct {
	Position  int64             `json:"position" doc:"出自哪一条记录 (of its entry)"`
	On        civil.Date        `json:"on"`
	Kind      string            `json:"kind" enum:"reminder,late,escalated,asked,moved,said" doc:"reminder：提醒；late：我们的期限过了；escalated：别人的期限过了，告知我们；asked：有事待我们办；moved：期限改日；said：答复、决定、进展"`
	New       bool              `json:"new" doc:"在 since 之后 (it came after since)"`
	Workflow  string            `json:"workflow"`
	Flow      Words             `json:"flow" doc:"流程名称 (the workflow's title)"`
	Instance  string            `json:"instance,omitempty" doc:"编号；流程定义的通知没有 (its number; none where it is about a definition)"`
	Parties   map[string]string `json:"parties,omitempty" doc:"涉及的单位，按角色 (the organisations it concerns, by part)"`
	Text      Words             `json:"text" doc:"说了什么 (what was said)"`
	Details   []Words           `json:"details,omitempty" doc:"要点：如要补正什么、承诺哪天付款 (what to know at once: what is to be corrected, by when payment is promised)"`
	Documents []string          `json:"documents,omitempty" doc:"这一步签发的文号，如整改通知书 (what was signed with it)"`
	Waits     bool              `json:"waits" doc:"现在等我办 (it waits for me now)"`
	Due       *Deadline         `json:"due,omitempty" doc:"等我办的期限 (until when it waits for me)"`
	Proposal  int               `json:"proposal,omitempty" doc:"流程定义的第几号提议 (the number of the proposal it is about)"`
}

type (
	inboxIn struct {
		web.OfCounty
		Since string `query:"since" doc:"上次看到的 position；空则都算新的 (the position of the last look; empty: all are new)" example:"4711"`
		After string `query:"after" doc:"上一页的 next；空则为第一页 (next of the page before; empty for the first)"`
		Limit string `query:"limit" example:"50" doc:"最多几条，1 至 500，缺省 50 (at most so many)"`
	}
	inboxOut struct{ Body Told }
)

func (s *Server) inbox(ctx context.Context, in *inboxIn) (*inboxOut, error) {
	f, err := (&instancesIn{Limit: in.Limit}).filter()
	if err != nil {
		return nil, err
	}
	asked := act.InboxAsked{Limit: f.Limit}
	if asked.Since, err = positionOf(in.Since, "SINCE", "since"); err != nil {
		return nil, err
	}
	if asked.Before, err = positionOf(in.After, "AFTER", "after"); err != nil {
		return nil, err
	}
	out := &inboxOut{Told{Notices: []Notice{}}}
	err = s.seeing(ctx, in.County, func(c *act.County) error {
		box, err := c.Inbox(access.From(ctx), access.Within(ctx), asked)
		out.Body.Day, out.Body.Position, out.Body.Fresh = c.Flows.Day(), c.Position, box.Fresh
		for i := range box.Notices {
			one := noticeOf(c, &box.Notices[i])
			one.New = one.Position > asked.Since
			out.Body.Notices = append(out.Body.Notices, one)
		}
		if box.More {
			out.Body.Next = strconv.FormatInt(box.Notices[len(box.Notices)-1].Position, 10)
		}
		return err
	})
	return out, err
}

// positionOf reads a position, 0 where none is given.
func positionOf(text, code, name string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, refuse(http.StatusUnprocessableEntity, code, name+" 应为此前给出的 position", name+": expected a position as it was given")
	}
	return n, nil
}

func noticeOf(c *act.County, n *act.Notice) Notice {
	one := Notice{Position: n.Position, On: n.On, Kind: string(n.Why), Text: said(n.Text()), Waits: n.Waits}
	if s := n.Seen; s != nil {
		one.Workflow, one.Flow, one.Instance, one.Parties = s.Workflow, wordsOf(s.By.Title), s.ID, s.By.Concerned(&s.Instance)
		for _, d := range n.Details() {
			one.Details = append(one.Details, said(d))
		}
		if one.Documents = n.Documents(); n.Waits && n.Deadline.DueOn.Given() {
			one.Due = deadlineOf(s.By.Definition, n.Deadline, c.Flows.Day())
		}
		return one
	}
	switch e := n.Definition.(type) {
	case schemas.DefinitionProposed:
		one.Workflow, one.Proposal = e.Workflow, e.Proposal
	case schemas.DefinitionAdopted:
		one.Workflow, one.Proposal = e.Workflow, e.Proposal
	case schemas.DefinitionWithdrawn:
		one.Workflow, one.Proposal = e.Workflow, e.Proposal
	}
	if d, _ := c.InForce(one.Workflow); d != nil {
		one.Flow = wordsOf(d.Title)
	} else {
		one.Flow = wordsOf(process.Text{Chinese: one.Workflow, English: one.Workflow})
	}
	return one
}
