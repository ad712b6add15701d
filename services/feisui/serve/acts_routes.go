package serve

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/access"
	"feisui/pkg/web"
	"feisui/services/feisui/act"
)

// routeActs registers what people do in workflows.
func (s *Server) routeActs(api *web.API) {
	const workflows = "/v1/counties/{county}/workflows"
	const instances = workflows + "/{workflow}/instances"
	form := &huma.RequestBody{Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{
		Type: huma.TypeObject, Description: "动作的表单，见流程定义中的 JSON Schema (the form of the action, as its JSON Schema in the definition says)",
	}}}}
	web.Register(api, huma.Operation{
		OperationID: "begin", Method: http.MethodPost, Path: instances, Tags: []string{"act"}, RequestBody: form,
		Summary: "开始办理 (begin an instance)",
		Description: "填写流程第一步的表单。communities 可列出多个社区，各带不同的内容（数量、金额、编号），一次全部开始，或全部不开始；没有各自编号的，编号依次为 编号-1、编号-2……" +
			" 回答每个任务的应配经费；dry_run=true 只试算。" +
			" (The form of the first action. communities may list many, each with what differs for it: all of them begin, or none." +
			" Those without a number of their own continue the one beside them: NO-1, NO-2. The answer has what each task should cost; with dry_run=true nothing is recorded.)",
	}, append([]web.Refusal{workflowUnknown}, acts...), s.begin)
	web.Register(api, huma.Operation{
		OperationID: "act", Method: http.MethodPost, Path: instances + "/{instance}/{action}", Tags: []string{"act"}, RequestBody: form,
		Summary:     "办理一步 (take a step)",
		Description: "现在可以办什么，见 GET …/instances/{instance} 的 actions。 (What is open to you, the instance's actions say.)",
	}, append([]web.Refusal{{Status: http.StatusNotFound, Code: "ACTION_UNKNOWN", Chinese: "流程没有这个动作"}}, acts...), s.actOn)
	looking := []web.Refusal{countyUnknown, blocked}
	limit := web.Refusal{Status: http.StatusUnprocessableEntity, Code: "LIMIT", Chinese: "limit 应为 1 至 500"}
	word := web.Refusal{Status: http.StatusUnprocessableEntity, Code: "WORD", Chinese: "不是可选的值"}
	web.Register(api, huma.Operation{
		OperationID: "instances", Method: http.MethodGet, Path: instances, Tags: []string{"act"},
		Summary:     "办理的列表 (list instances)",
		Description: "包括登记时没有走流程的。 (Among them what was recorded without a workflow.)",
		Responses:   api.Listed(Lines{}),
	}, slices.Concat(looking, []web.Refusal{
		workflowUnknown, limit, word, {Status: http.StatusUnprocessableEntity, Code: "AFTER", Chinese: "after 不是上一页给出的值"},
	}, web.ExportRefusals), s.instances)
	web.Register(api, huma.Operation{
		OperationID: "instance", Method: http.MethodGet, Path: instances + "/{instance}", Tags: []string{"act"},
		Summary:     "一项办理：状态、经过、我可以办什么 (one instance: its state, its history, what is open to me)",
		Description: "每个期限附算法；不能办的附原因。 (Each deadline with how it was found; what may not be done with why.)",
	}, append(slices.Clone(looking), instanceUnknown), s.instance)
	web.Register(api, huma.Operation{
		OperationID: "todo", Method: http.MethodGet, Path: "/v1/counties/{county}/todo", Tags: []string{"act"},
		Summary: "待办 (what waits for me)",
		Description: "我现在可以办的，期限最近的在前；另有各流程的件数。" +
			" (Where I may act now, the nearest deadline first, with how many by workflow.)",
		Responses: api.Listed(Todos{}),
	}, slices.Concat(looking, []web.Refusal{
		limit, word, workflowUnknown, {Status: http.StatusUnprocessableEntity, Code: "AFTER", Chinese: "after 不是上一页给出的值"},
	}, web.ExportRefusals), s.todo)
	s.routeWorkflows(api, workflows)
	s.routeEvaluation(api)
	s.routeAssign(api)
	s.routeSearch(api)
	s.routeWarnings(api)
	s.routeInbox(api)
	s.routeReports(api)
	s.routePeriods(api)
}

func (s *Server) routeWorkflows(api *web.API, workflows string) {
	looking := []web.Refusal{countyUnknown, blocked}
	web.Register(api, huma.Operation{
		OperationID: "workflows", Method: http.MethodGet, Path: workflows, Tags: []string{"act"},
		Summary:     "有哪些流程 (the workflows)",
		Description: "现行版本和我可以怎样开始。 (The version in force, and how I may begin.)",
	}, looking, s.workflows)
	s.routeDefinitions(api, workflows+"/{workflow}/definitions")
}

// Workflow is one of a county's.
type Workflow struct {
	Workflow string       `json:"workflow"`
	Title    Words        `json:"title"`
	Version  int          `json:"version" doc:"现行版本 (the version in force)"`
	Adopted  bool         `json:"adopted" doc:"false：随程序提供，第一次办理时采用 (it comes with the program; the first instance adopts it)"`
	Begin    []OpenAction `json:"begin" doc:"我可以怎样开始；没有则不可以 (how I may begin an instance)"`
}

// Workflows are those of a county.
type Workflows struct {
	Workflows []Workflow `json:"workflows"`
}

type (
	workflowsIn  struct{ web.OfCounty }
	workflowsOut struct{ Body Workflows }
)

func (s *Server) workflows(ctx context.Context, in *workflowsIn) (*workflowsOut, error) {
	out := &workflowsOut{Workflows{[]Workflow{}}}
	err := s.seeing(ctx, in.County, func(c *act.County) error {
		names := append(slices.Sorted(maps.Keys(c.Declared)), c.Flows.Adopted()...)
		slices.Sort(names)
		for _, name := range slices.Compact(names) {
			d, adopted := c.InForce(name)
			begin, err := c.Beginning(d, access.From(ctx))
			if err != nil {
				return err
			}
			out.Body.Workflows = append(out.Body.Workflows, Workflow{name, wordsOf(d.Title), d.Version, adopted, openOf(begin)})
		}
		return nil
	})
	return out, err
}
