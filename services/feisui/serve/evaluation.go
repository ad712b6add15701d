package serve

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/civil"
	"feisui/pkg/web"
	"feisui/pkg/workflow"
	"feisui/services/evaluation"
	"feisui/services/feisui/act"
)

func (s *Server) routeEvaluation(api *web.API) {
	web.Register(api, huma.Operation{
		OperationID: "evaluation", Method: http.MethodGet, Path: "/v1/counties/{county}/evaluations/{instance}", Tags: []string{"act"},
		Summary: "评议结果，按部门 (what communities said of departments)",
		Description: fmt.Sprintf("评议期满后公布，此后不变。只按部门，不按社区；不足 %d 个社区评议的，只给数目。"+
			" (From the end of the period on, and unchanged since. By department, never by community; of one that fewer than %[1]d communities rated, their number alone.)",
			evaluation.Fewest),
	}, []web.Refusal{
		countyUnknown, blocked, instanceUnknown,
		{Status: http.StatusConflict, Code: "NOT_PUBLISHED", Chinese: "评议尚未结束或已取消，没有公布的结果"},
	}, s.evaluation)
}

type (
	evaluationIn struct {
		web.OfCounty
		OfInstance
	}
	evaluationOut struct{ Body Evaluation }
)

// Evaluation is what came of a period in which communities could rate departments.
type Evaluation struct {
	Evaluation  string      `json:"evaluation" doc:"编号 (its number)"`
	Title       string      `json:"title"`
	From        civil.Date  `json:"from"`
	To          civil.Date  `json:"to"`
	Communities int         `json:"communities" doc:"可以评议的社区数，公布时 (how many communities could rate, when it was published)"`
	Departments []Evaluated `json:"departments" doc:"均分高的在前 (the highest mean first)"`
}

// Evaluated is what communities said of one department.
type Evaluated struct {
	Department string           `json:"department"`
	Rated      int              `json:"rated" doc:"评议了它的社区数 (how many communities rated it)"`
	Withheld   bool             `json:"withheld" doc:"评议的社区太少，不公布分数 (too few rated it for more to be said)"`
	Rank       int              `json:"rank,omitempty" doc:"名次，同分同名次 (the same for the same mean)"`
	Mean       string           `json:"mean,omitempty" doc:"各项平均，四舍五入到 0.01 (over all criteria, rounded half up)" example:"4.17"`
	Criteria   []EvaluatedByOne `json:"criteria,omitempty"`
	Words      []string         `json:"words,omitempty" doc:"不具名的意见，发起时定为公布的 (what was written, without names, where the period says so)"`
}

// EvaluatedByOne is the mean of one criterion.
type EvaluatedByOne struct {
	Criterion string `json:"criterion"`
	Title     Words  `json:"title"`
	Mean      string `json:"mean" example:"4.67"`
}

func (s *Server) evaluation(ctx context.Context, in *evaluationIn) (*evaluationOut, error) {
	out := &evaluationOut{}
	err := s.seeing(ctx, in.County, func(c *act.County) error {
		e, err := c.Evaluation(in.Instance)
		var refused workflow.Refusals
		if errors.As(err, &refused) {
			text := said(refused[0].Expect)
			return refuse(http.StatusConflict, "NOT_PUBLISHED", text.Chinese, "expected "+text.English)
		}
		if err == nil {
			out.Body = evaluationOf(e)
		}
		return err
	})
	return out, err
}

func evaluationOf(e *act.Evaluation) Evaluation {
	r := Evaluation{
		Evaluation: e.Instance.ID, Title: e.Title, From: e.From, To: e.To, Communities: e.Communities, Departments: []Evaluated{},
	}
	for _, d := range e.Departments {
		one := Evaluated{Department: d.Department, Rated: d.Rated, Withheld: d.Withheld, Rank: d.Rank, Words: d.Words}
		if !d.Withheld {
			one.Mean = hundredths(d.Mean)
		}
		for _, c := range d.Criteria {
			one.Criteria = append(one.Criteria, EvaluatedByOne{c.Criterion, wordsOf(e.Criteria[c.Criterion]), hundredths(c.Mean)})
		}
		r.Departments = append(r.Departments, one)
	}
	return r
}

// hundredths writes a number that is not negative with two decimals.
func hundredths(n int64) string { return fmt.Sprintf("%d.%02d", n/100, n%100) }
