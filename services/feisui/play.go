package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/services/admission"
	"feisui/services/ledger/api"
	"feisui/services/people/keep"
)

// A sample is last year's: nothing of it waits for anybody today. So the demo accounts
// do, once, what others like them would have done this morning, by the interface that
// everybody uses: whoever opens a role's first page finds something to do there.

// dayAct is a step that a demo account takes. Its numbers are its own, so that another
// start finds it taken.
type dayAct struct {
	role     access.Role
	workflow string
	instance string
	action   string // "" begins the instance
	from     string // the state in which it is taken
	form     map[string]any
}

// scene is what the steps are about.
type scene struct {
	keep.DemoScopes

	day    civil.Date // the county's
	unpaid *api.ListedTask
}

// playedApart is how far off what is applied for begins: later than the 30 working days
// that an application should come before it.
const playedApart = 60

// steps are the acts of the demo, in order.
func (s *scene) steps() []dayAct {
	community := func(form map[string]any) map[string]any {
		form["department"], form["community"] = s.Department, s.Community
		return form
	}
	task := func(no, item, quantity, document string) dayAct {
		form := map[string]any{"no": no, "item": item, "document": document, "due_on": s.day.AddDays(playedApart).String()}
		if quantity != "" {
			form["quantity"] = quantity
		}
		return dayAct{access.DepartmentHead, "task", no, "", "", community(form)}
	}
	application := func(no, item, name string) dayAct {
		return dayAct{access.DepartmentHead, "admission", no, "", "", map[string]any{
			"no": no, "department": s.Department, "kind": "task", "item": item, "name": name, "communities": []string{s.Community},
			"from": s.day.AddDays(playedApart).String(), "contact_section": "业务科", "contact_post": "科员", "document": "示例〔2026〕3号", "document_title": name + "的通知", "plan": name + "实施方案",
			"rule": "per_case", "rate": "10", "quantity": "60", "cost": "600", "source": "部门预算",
		}}
	}
	steps := []dayAct{
		task("YS-JB-1", "T0503", "", "示例〔2026〕1号"),
		task("YS-JB-2", "T0502", "60", ""),
		{access.CommunityOfficer, "task", "YS-JB-2", "see", "delivered", map[string]any{}},
		task("YS-JB-3", "T1505", "", "示例〔2026〕2号"),
		{access.CommunityOfficer, "task", "YS-JB-3", "query", "delivered", map[string]any{"question": "宣传材料由谁印发？"}},
		{access.DepartmentOfficer, "draft", s.Department + "/YS-NJ-1", "", "", map[string]any{ // of which the operator sees no state: the request is answered once
			"no": s.Department + "/YS-NJ-1", "department": s.Department, "task": "YS-JB-4", "item": "T0502", "quantity": "30", "communities": []any{map[string]any{"community": s.Community}},
		}},
		application("YS-ZR-1", "T0502", "无证照经营摸排"),
		application("YS-ZR-2", "T0604", "临时统计报表填报"),
		{access.Authority, "admission", "YS-ZR-2", "accept", "submitted", accepting()},
		{access.CommunityOfficer, "outside_work", "YS-TW-1", "", "", community(map[string]any{"no": "YS-TW-1", "what": "在群里要求每天上报巡查情况", "means": "group"})},
		{access.DepartmentHead, "plaque", "YS-GP-1", "", "", community(map[string]any{"no": "YS-GP-1", "title": "放心消费示范社区", "zone": "outside"})},
		{access.CommunityOfficer, "burden", "YS-FD-1", "", "", community(map[string]any{"no": "YS-FD-1", "kind": "form", "title": "食品安全巡查周报"})},
		{access.CommunityOfficer, "suggestion", "YS-JY-1", "", "", map[string]any{"no": "YS-JY-1", "about": "system", "text": "希望对账单可以按季度打印"}},
	}
	steps = append(steps, dayAct{access.FinanceOfficer, "payment", "YS-PZ-2", "", "", map[string]any{
		"voucher": "YS-PZ-2", "paid_on": s.day.String(), "payer": "F01", "payee": s.Street, "purpose": "general", "amount": "600000",
	}}) // more than one person may pay alone: another finance officer decides
	if s.unpaid != nil {
		steps = append(steps, dayAct{access.FinanceOfficer, "payment", "YS-PZ-1", "", "", map[string]any{
			"voucher": "YS-PZ-1", "paid_on": s.day.String(), "payer": s.unpaid.Department, "payee": s.Community, "community": s.Community,
			"purpose": "task:" + s.unpaid.No, "amount": strings.ReplaceAll(s.unpaid.OverdueShortfall.Yuan(), ",", ""),
		}})
	}
	return steps
}

// accepting is the form of who finds nothing missing.
func accepting() map[string]any {
	form := map[string]any{"offices_unasked": "示例县没有另设部门", "communities_unasked": "示例"}
	for _, item := range admission.Checklist {
		form[item] = "yes"
	}
	return form
}

// play takes the steps that were not taken yet.
func (c *remote) play(ctx context.Context, of keep.DemoScopes) (err error) {
	s := &scene{DemoScopes: of}
	if err := c.look(ctx, s); err != nil {
		return err
	}
	signed := map[access.Role]*remote{}
	defer func() {
		for _, as := range signed {
			err = errors.Join(err, as.post(ctx, http.MethodDelete, as.Server+"/v1/session", "", nil, nil))
		}
	}()
	for _, step := range s.steps() {
		switch state, err := c.stateOf(ctx, step.workflow, step.instance); {
		case err != nil:
			return err
		case state != step.from:
			continue
		}
		if signed[step.role] == nil {
			as, err := c.signIn(ctx, step.role)
			if err != nil {
				return err
			}
			signed[step.role] = as
		}
		at := "workflows/" + step.workflow + "/instances"
		if step.action != "" {
			at += "/" + url.PathEscape(step.instance) + "/" + step.action
		}
		request := "demo/" + step.instance + "/" + step.action
		if err := signed[step.role].post(ctx, http.MethodPost, c.path(at, nil), request, step.form, nil); err != nil {
			return fmt.Errorf("%s %s %s: %w", step.role, step.instance, step.action, err)
		}
	}
	return nil
}

// look finds the county's day, and a task of the department whose fee is missing.
func (c *remote) look(ctx context.Context, s *scene) error {
	var list api.TaskList
	query := url.Values{"community": {s.Community}, "department": {s.Department}, "limit": {"1000"}}
	if err := c.post(ctx, http.MethodGet, c.path("tasks", query), "", nil, &list); err != nil {
		return err
	}
	s.day = list.Day
	for i := range list.Tasks {
		if t := &list.Tasks[i]; t.OverdueShortfall != nil && *t.OverdueShortfall > 0 {
			s.unpaid = t
		}
	}
	return nil
}

// stateOf is the state of an instance, "" where there is none.
func (c *remote) stateOf(ctx context.Context, workflow, instance string) (string, error) {
	var seen struct {
		State string `json:"state"`
	}
	err := c.post(ctx, http.MethodGet, c.path("workflows/"+workflow+"/instances/"+url.PathEscape(instance), nil), "", nil, &seen)
	var none *refused
	if errors.As(err, &none) && none.Code == "INSTANCE_UNKNOWN" {
		return "", nil
	}
	return seen.State, err
}

// signIn gives the server as a demo account sees it.
func (c *remote) signIn(ctx context.Context, role access.Role) (*remote, error) {
	var me struct {
		Token string `json:"token"`
	}
	opening := map[string]any{"user": keep.DemoName(role), "password": demoPassword, "token": true}
	if err := c.post(ctx, http.MethodPost, c.Server+"/v1/session", "", opening, &me); err != nil {
		return nil, fmt.Errorf("%s signs in: %w", keep.DemoName(role), err)
	}
	return &remote{Server: c.Server, County: c.County, credential: credential{OperatorKey: me.Token}}, nil
}

// post sends a request with a body as JSON, and reads the answer into what is given.
func (c *remote) post(ctx context.Context, method, at, request string, body, into any) error {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, at, bytes.NewReader(text))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Request-Id", request)
	return c.call(r, func(from io.Reader) error {
		if into == nil {
			return nil
		}
		return json.NewDecoder(from).Decode(into)
	})
}
