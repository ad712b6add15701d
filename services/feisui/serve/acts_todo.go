package serve

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"slices"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/sheet"
	"feisui/pkg/web"
	"feisui/services/feisui/act"
)

type todoIn struct {
	web.OfCounty
	Workflow string `query:"workflow" example:"task" doc:"只看这个流程的；件数仍按所有流程 (of this workflow alone; the counts are of all)"`
	After    string `query:"after" doc:"上一页的 next；空则为第一页 (next of the page before; empty for the first)"`
	Limit    string `query:"limit" example:"50" doc:"最多几条，1 至 500，缺省 50 (at most so many)"`
	web.Export
}

// Todos are what waits for somebody.
type Todos struct {
	Day       civil.Date  `json:"day" doc:"县里的今天 (the county's day)"`
	Todo      []Todo      `json:"todo" doc:"期限最近的在前 (the nearest deadline first)"`
	Total     int         `json:"total" doc:"一共几件；填了 workflow 的，为该流程的 (how many there are, of the workflow that was asked for)"`
	Workflows []TodoCount `json:"workflows" doc:"各流程几件，不论 workflow 填了什么 (how many by workflow, whatever was asked for)"`
	Next      string      `json:"next,omitempty" doc:"还有下一页：以此为 after (there are more: ask for those after it)"`
}

// TodoCount is how much of one workflow waits for somebody.
type TodoCount struct {
	Workflow string     `json:"workflow"`
	Title    Words      `json:"title"`
	Waiting  int        `json:"waiting"`
	Overdue  int        `json:"overdue" doc:"其中已过期限的 (of which the deadline is past)"`
	Nearest  civil.Date `json:"nearest,omitzero" doc:"最近的期限 (the nearest deadline)"`
}

// Todo is an instance that waits for somebody.
type Todo struct {
	Line

	Actions []OpenAction `json:"actions"`
}

func (s *Server) todo(ctx context.Context, in *todoIn) (*web.Listing, error) {
	f, err := (&instancesIn{After: in.After, Limit: in.Limit, Export: in.Export}).filter()
	if err != nil {
		return nil, err
	}
	after, err := todoAfter(in.After)
	if err != nil {
		return nil, err
	}
	out, names := Todos{Todo: []Todo{}}, called{}
	err = s.seeing(ctx, in.County, func(c *act.County) error {
		if d, _ := c.InForce(in.Workflow); d == nil && in.Workflow != "" {
			return act.ErrNoWorkflow
		}
		all, err := c.Todo(access.From(ctx), access.Within(ctx))
		out.Day, out.Workflows = c.Flows.Day(), todoCounts(c, all)
		names = calledIn(c, &in.Export, out.workflows()...)
		if in.Workflow != "" {
			all = slices.DeleteFunc(all, func(t act.Todo) bool { return t.Workflow != in.Workflow })
		}
		out.Total = len(all)
		first, _ := slices.BinarySearchFunc(all, after, func(t act.Todo, p act.TodoPlace) int {
			return cmp.Or(t.Place().Compare(p), -1) // the place itself is of the page before
		})
		if in.After == "" {
			first = 0
		}
		page := all[first:min(len(all), first+f.Limit)]
		for i := range page {
			answers, err := c.Answers(&page[i], access.From(ctx))
			if err != nil {
				return err
			}
			one := Todo{lineOf(c, page[i].Seen), openOf(answers)}
			if own := page[i].Deadline; own.DueOn.Given() { // though another's may fall before it
				one.Due = deadlineOf(page[i].By.Definition, own, c.Flows.Day())
			}
			out.Todo = append(out.Todo, one)
		}
		if first+len(page) < len(all) {
			out.Next = todoMark(page[len(page)-1].Place())
		}
		return err
	})
	return listing(ctx, &in.Export, err, &out, out.Next != "", func() *sheet.Table { return todoTable(out.Todo, names) }, out.Day)
}

// workflows are those of which something waits.
func (t *Todos) workflows() (names []string) {
	for _, n := range t.Workflows {
		names = append(names, n.Workflow)
	}
	return names
}

// todoCounts counts by workflow, by name.
func todoCounts(c *act.County, all []act.Todo) []TodoCount {
	found := map[string]*TodoCount{}
	for _, t := range all { // the nearest deadline first
		n := found[t.Workflow]
		if n == nil {
			n = &TodoCount{Workflow: t.Workflow, Nearest: t.Deadline.DueOn}
			if d, _ := c.InForce(t.Workflow); d != nil {
				n.Title = wordsOf(d.Title)
			}
			found[t.Workflow] = n
		}
		n.Waiting++
		if t.Deadline.DueOn.Given() && t.Left < 0 {
			n.Overdue++
		}
	}
	counts := make([]TodoCount, 0, len(found))
	for _, name := range slices.Sorted(maps.Keys(found)) {
		counts = append(counts, *found[name])
	}
	return counts
}

// todoMark turns the place of what ends a page into a text that says nothing to people.
func todoMark(p act.TodoPlace) string {
	due := ""
	if p.DueOn.Given() {
		due = p.DueOn.String()
	}
	text, err := json.Marshal([3]string{due, p.Workflow, p.ID})
	if err != nil {
		panic(err) // texts are JSON
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// todoAfter reads what todoMark made.
func todoAfter(text string) (p act.TodoPlace, err error) {
	if text == "" {
		return p, nil
	}
	var parts []string
	content, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(content, &parts)
	}
	if err == nil && len(parts) == 3 {
		p.Workflow, p.ID = parts[1], parts[2]
		if parts[0] != "" {
			p.DueOn, err = civil.Parse(parts[0])
		}
	}
	if err != nil || len(parts) != 3 {
		return p, refuse(http.StatusUnprocessableEntity, "AFTER", "after 应为上一页给出的 next，不要改动", "after: expected next of the page before, as it was given")
	}
	return p, nil
}
