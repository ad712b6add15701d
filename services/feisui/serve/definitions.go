package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/message"
	"feisui/pkg/web"
	"feisui/services/feisui/act"
	"feisui/services/feisui/record"
	"feisui/services/process/define"
)

// routeDefinitions registers how a county changes a workflow: one person of the
// competent authority proposes a version, another adopts it.
func (s *Server) routeDefinitions(api *web.API, definitions string) {
	misfit := web.Refusal{Status: http.StatusConflict, Code: "MISFIT", Chinese: "有未结束的办理与新版本不合"}
	web.Register(api, huma.Operation{
		OperationID: "definition", Method: http.MethodGet, Path: definitions, Tags: []string{"act"},
		Summary: "流程定义的各个版本 (the versions of a workflow's definition)",
		Description: "新开始的按最后一个版本，已开始的按开始时的版本；proposal 是提出而尚未采用的。" +
			" (What begins goes by the last; what has begun keeps its own. The proposal is what nobody adopted yet.)",
	}, []web.Refusal{countyUnknown, blocked, workflowUnknown}, s.definitions)
	web.Register(api, huma.Operation{
		OperationID: "proposeDefinition", Method: http.MethodPost, Path: definitions, Tags: []string{"act"},
		Summary: "提出新的流程定义 (propose a new version)",
		Description: "由主管部门的另一人采用之前不生效；新的提议取代尚未采用的提议。先对每一项未结束的办理重放，有不合的就不能提出，并逐项列出。" +
			" (Nothing goes by it before another person of the competent authority has adopted it; it takes the place of one that waits." +
			" It is replayed against every open instance first, and refused with the list of those that do not fit.)",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{
			Type: huma.TypeObject, Required: []string{"definition"}, AdditionalProperties: false, Properties: map[string]*huma.Schema{
				"definition": {
					OneOf:       []*huma.Schema{{Type: huma.TypeObject}, {Type: huma.TypeString}},
					Description: "流程定义：JSON 对象，或 YAML 的全文 (the definition: an object, or the text of its YAML)",
				},
				"reason": {Type: huma.TypeString, Description: "为什么改，最多 200 个字 (why, at most 200 characters)"},
			},
		}}}},
	}, append([]web.Refusal{workflowUnknown, {Status: http.StatusBadRequest, Code: "JSON", Chinese: "不是一个 JSON 对象"}, misfit}, acts...), s.proposeDefinition)
	web.Register(api, huma.Operation{
		OperationID: "adoptDefinition", Method: http.MethodPost, Path: definitions + "/{proposal}/adopt", Tags: []string{"act"},
		Summary: "采用他人提出的流程定义 (adopt what another person proposed)",
		Description: "提出人不能自己采用。对未结束的办理再重放一次：提出以后可能又有开始的。" +
			" (Who proposed it may not. It is replayed against every open instance once more: some may have begun since.)",
	}, append([]web.Refusal{workflowUnknown, proposalUnknown, misfit}, acts...), s.adoptDefinition)
	s.routeWithdrawals(api, definitions+"/{proposal}")
}

// routeWithdrawals registers how a proposal ends that nobody adopts.
func (s *Server) routeWithdrawals(api *web.API, proposal string) {
	because := func(required ...string) *huma.RequestBody {
		return &huma.RequestBody{Required: len(required) > 0, Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{
			Type: huma.TypeObject, Required: required, AdditionalProperties: false, Properties: map[string]*huma.Schema{
				"reason": {Type: huma.TypeString, Description: "为什么，一行，最多 200 个字 (why, one line of at most 200 characters)"},
			},
		}}}}
	}
	refusals := append([]web.Refusal{workflowUnknown, proposalUnknown, {Status: http.StatusBadRequest, Code: "JSON", Chinese: "不是一个 JSON 对象"}}, acts...)
	web.Register(api, huma.Operation{
		OperationID: "withdrawDefinition", Method: http.MethodPost, Path: proposal + "/withdraw", Tags: []string{"act"}, RequestBody: because(),
		Summary:     "收回自己提出的流程定义 (take back what one proposed)",
		Description: "从此不再待采用；提出和收回都留有记录。 (It waits no more. That it was proposed, and taken back, stays recorded.)",
	}, refusals, s.withdrawDefinition)
	web.Register(api, huma.Operation{
		OperationID: "refuseDefinition", Method: http.MethodPost, Path: proposal + "/refuse", Tags: []string{"act"}, RequestBody: because("reason"),
		Summary:     "退回他人提出的流程定义 (refuse what another person proposed)",
		Description: "须说明理由，提出人在通知中看到。 (With a reason, which who proposed it finds in the inbox.)",
	}, refusals, s.refuseDefinition)
}

var proposalUnknown = web.Refusal{Status: http.StatusNotFound, Code: "PROPOSAL_UNKNOWN", Chinese: "没有这一号提议"}

// Definition is a version of a workflow's definition.
type Definition struct {
	Version    int             `json:"version"`
	Adopted    bool            `json:"adopted"`
	AdoptedOn  civil.Date      `json:"adopted_on,omitzero"`
	Reason     string          `json:"reason,omitempty"`
	Definition json.RawMessage `json:"definition"`
}

// Proposal is a version that waits for a second person.
type Proposal struct {
	Proposal   int             `json:"proposal" doc:"第几号提议，采用时填在网址里 (its number, by which it is adopted)"`
	Version    int             `json:"version"`
	ProposedOn civil.Date      `json:"proposed_on"`
	Reason     string          `json:"reason,omitempty"`
	Mine       bool            `json:"mine" doc:"是我提出的，须由另一人采用 (I made it: another person has to adopt it)"`
	Definition json.RawMessage `json:"definition"`
}

// Definitions are all versions of one.
type Definitions struct {
	Workflow    string       `json:"workflow"`
	Definitions []Definition `json:"definitions" doc:"先采用的在前 (in the order in which they were adopted)"`
	Proposal    *Proposal    `json:"proposal,omitempty" doc:"提出而尚未采用的 (what was proposed and nobody adopted yet)"`
	Withdrawn   []Withdrawn  `json:"withdrawn,omitempty" doc:"提出后收回或退回的，先后为序 (what was proposed, and taken back or refused, in that order)"`
}

// Withdrawn is a proposal that was taken back or refused.
type Withdrawn struct {
	Proposal    int        `json:"proposal" doc:"第几号提议 (its number)"`
	Version     int        `json:"version"`
	WithdrawnOn civil.Date `json:"withdrawn_on"`
	Refused     bool       `json:"refused" doc:"true：由另一人退回；false：由提出人收回 (true: another person refused it; false: who proposed it took it back)"`
	Reason      string     `json:"reason,omitempty"`
}

type (
	definitionsIn struct {
		web.OfCounty
		OfWorkflow
	}
	definitionsOut struct{ Body Definitions }
)

func (s *Server) definitions(ctx context.Context, in *definitionsIn) (*definitionsOut, error) {
	out := &definitionsOut{Definitions{Workflow: in.Workflow, Definitions: []Definition{}}}
	err := s.seeing(ctx, in.County, func(c *act.County) error {
		if p, _ := c.Proposal(in.Workflow); p != nil {
			out.Body.Proposal = &Proposal{p.Proposal, p.Version, p.ProposedOn, p.Reason, act.Proposed(p, access.From(ctx)), p.Definition}
		}
		for _, e := range c.Withdrawals(in.Workflow) {
			out.Body.Withdrawn = append(out.Body.Withdrawn, Withdrawn{e.Proposal, e.Version, e.WithdrawnOn, e.Refused, e.Reason})
		}
		for _, e := range c.Adoptions(in.Workflow) {
			out.Body.Definitions = append(out.Body.Definitions, Definition{e.Version, true, e.AdoptedOn, e.Reason, e.Definition})
		}
		d, adopted := c.InForce(in.Workflow)
		switch {
		case d == nil && out.Body.Proposal == nil:
			return act.ErrNoWorkflow
		case d == nil || adopted:
			return nil
		}
		text, err := json.Marshal(d)
		out.Body.Definitions = append(out.Body.Definitions, Definition{Version: d.Version, Definition: text})
		return err
	})
	return out, err
}

type proposeIn struct {
	web.OfCounty
	web.Mutation
	OfWorkflow
	web.Stream
}

func (s *Server) proposeDefinition(ctx context.Context, in *proposeIn) (*actedOut, error) {
	c, err := s.county(in.County)
	if err != nil {
		return nil, err
	}
	body, err := in.Read(formMax)
	if err != nil {
		return nil, badForm(err)
	}
	definition, reason, err := proposed(body)
	if err != nil {
		return nil, err
	}
	who := access.From(ctx)
	answer, err := s.act(ctx, c, acting{
		request: requestOf(who, in.RequestID), actor: who, still: true, fingerprint: whose(who, []byte("propose"), []byte(in.Workflow), body),
		decide: func(c *act.County) (*act.Decision, error) {
			return c.Propose(in.Workflow, definition, reason, who)
		},
	})
	return &actedOut{answer}, err
}

type adoptIn struct {
	web.OfCounty
	web.Mutation
	OfWorkflow
	Proposal string `path:"proposal" doc:"第几号提议 (the number of the proposal)" example:"1"`
}

func (s *Server) adoptDefinition(ctx context.Context, in *adoptIn) (*actedOut, error) {
	c, err := s.county(in.County)
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(in.Proposal)
	if err != nil {
		return nil, act.ErrNoProposal
	}
	who := access.From(ctx)
	answer, err := s.act(ctx, c, acting{
		request: requestOf(who, in.RequestID), actor: who, still: true, fingerprint: whose(who, []byte("adopt"), []byte(in.Workflow), []byte(in.Proposal)),
		decide: func(c *act.County) (*act.Decision, error) { return c.Adopt(in.Workflow, n, who) },
	})
	return &actedOut{answer}, err
}

type withdrawIn struct {
	web.OfCounty
	web.Mutation
	OfWorkflow
	web.Stream
	Proposal string `path:"proposal" doc:"第几号提议 (the number of the proposal)" example:"1"`
}

func (s *Server) withdrawDefinition(ctx context.Context, in *withdrawIn) (*actedOut, error) {
	return s.withdrawProposal(ctx, in, false)
}

func (s *Server) refuseDefinition(ctx context.Context, in *withdrawIn) (*actedOut, error) {
	return s.withdrawProposal(ctx, in, true)
}

func (s *Server) withdrawProposal(ctx context.Context, in *withdrawIn, refused bool) (*actedOut, error) {
	c, err := s.county(in.County)
	if err != nil {
		return nil, err
	}
	body, err := in.Read(formMax)
	if err != nil {
		return nil, badForm(err)
	}
	if len(body) == 0 {
		body = []byte("{}")
	}
	_, reason, err := read(body)
	if err != nil {
		return nil, err
	}
	if reason = strings.TrimSpace(reason); refused && reason == "" {
		return nil, refuse(http.StatusUnprocessableEntity, "FORM", "退回须在 reason 中说明理由", "reason: expected why it is refused")
	}
	n, err := strconv.Atoi(in.Proposal)
	if err != nil {
		return nil, act.ErrNoProposal
	}
	who := access.From(ctx)
	answer, err := s.act(ctx, c, acting{
		request: requestOf(who, in.RequestID), actor: who, still: true,
		fingerprint: whose(who, []byte("withdraw"), []byte(in.Workflow), []byte(in.Proposal), []byte(strconv.FormatBool(refused)), body),
		decide:      func(c *act.County) (*act.Decision, error) { return c.Withdraw(in.Workflow, n, refused, reason, who) },
	})
	return &actedOut{answer}, err
}

// proposed reads the body of a proposal.
func proposed(body []byte) (definition json.RawMessage, reason string, err error) {
	value, reason, err := read(body, "definition")
	switch {
	case err != nil:
		return nil, "", err
	case value == nil:
		return nil, "", refuse(http.StatusUnprocessableEntity, "FORM", "应有 definition", "expected a definition")
	}
	if definition, err = written(value); err == nil {
		err = web.Legible(definition) // YAML has escapes of its own
	}
	return definition, reason, err
}

// read takes the body of what concerns a proposal apart: its reason, and the field that it
// may have beside it.
func read(body []byte, field ...string) (value json.RawMessage, reason string, err error) {
	fields, err := record.Object(body)
	if err != nil {
		return nil, "", refuse(http.StatusBadRequest, "JSON", "请求应为一个 JSON 对象："+err.Error(), "expected one JSON object: "+err.Error())
	}
	for _, f := range fields {
		switch {
		case slices.Contains(field, f.Name):
			value = f.Value
		case f.Name != "reason":
			return nil, "", refuse(http.StatusUnprocessableEntity, "FORM", "没有这一项："+f.Name, "no such field: "+f.Name)
		case json.Unmarshal(f.Value, &reason) != nil || utf8.RuneCountInString(reason) > reasonMax || strings.ContainsAny(reason, "\r\n\x00"):
			return nil, "", refuse(http.StatusUnprocessableEntity, "FORM", "reason 应为一行，最多 200 个字", "reason: expected one line of at most 200 characters")
		}
	}
	return value, reason, nil
}

// written is a definition as JSON; one that came as the text of its YAML is read, and
// what is wrong with it is said with its lines.
func written(value json.RawMessage) (json.RawMessage, error) {
	if !bytes.HasPrefix(value, []byte(`"`)) {
		return value, nil
	}
	var text string
	if err := json.Unmarshal(value, &text); err != nil {
		return nil, err
	}
	w, err := define.Load([]byte(text), define.Names)
	var faults define.Faults
	if errors.As(err, &faults) {
		p := refuse(http.StatusUnprocessableEntity, "FORM", "流程定义有误，未登记", "the definition is wrong, and nothing was recorded")
		for _, f := range faults {
			one := define.Faults{f}
			p.Errors = append(p.Errors, web.Fault{
				Field: "definition", Line: one.Say(message.English), Chinese: one.Say(message.Chinese), English: one.Say(message.English),
			})
		}
		return nil, p
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(w.Definition)
}
