package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"feisui/services/feisui/serve"
)

// TestACountyChangesItsWorkflow: a new version holds for what begins after it; what
// has begun keeps its own; and one that open instances do not fit is refused, with
// the list of them, as is one with faults.
func TestACountyChangesItsWorkflow(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	s.contract = contractOf(t)
	const definitions = "/workflows/task/definitions"
	var known serve.Definitions
	s.ask(officeHead, http.MethodGet, definitions, "", "").into(t, &known)
	if len(known.Definitions) != 1 || known.Definitions[0].Adopted || known.Definitions[0].Version != 1 {
		t.Fatalf("%+v", known)
	}
	s.issue("JB-1", north)
	s.ask(officeHead, http.MethodGet, definitions, "", "").into(t, &known)
	if len(known.Definitions) != 1 || !known.Definitions[0].Adopted {
		t.Fatalf("the first instance did not adopt the definition: %+v", known)
	}
	changed := func(change func(map[string]any)) string {
		var d map[string]any
		if err := json.Unmarshal(known.Definitions[0].Definition, &d); err != nil {
			t.Fatal(err)
		}
		change(d)
		body, err := json.Marshal(map[string]any{"definition": d, "reason": "回执期限缩短"})
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	shorter := changed(func(d map[string]any) {
		d["version"] = 2
		d["deadlines"].(map[string]any)["receipt"].(map[string]any)["days"] = 3
	})
	for name, c := range map[string]struct {
		who, body string
		status    int
		code      string
	}{
		"not by a department": {officeHead, shorter, http.StatusForbidden, "FORBIDDEN"},
		"an old version":      {ofAuthority, strings.Replace(shorter, `"version":2`, `"version":1`, 1), 422, "FORM"},
		"no definition":       {ofAuthority, `{"reason":"x"}`, 422, "FORM"},
		"an unknown guard":    {ofAuthority, strings.Replace(shorter, `"not_worse"`, `"moon_is_full"`, 1), 422, "FORM"},
		"what is open does not fit": {ofAuthority, changed(func(d map[string]any) {
			d["version"] = 2
			delete(d["deadlines"].(map[string]any), "seeing")
		}), http.StatusConflict, "MISFIT"},
	} {
		a := s.ask(c.who, http.MethodPost, definitions, "", c.body)
		if p := a.problem(t); a.status != c.status || p.Code != c.code || c.code == "MISFIT" && !strings.Contains(string(a.body), "JB-1") {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := s.ask(ofAuthority, http.MethodPost, definitions, "", shorter); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	s.issue("JB-2", north)
	for no, want := range map[string]string{"JB-1": "2025-03-10", "JB-2": "2025-03-06"} {
		s.act(northOfficer, no, "see", "")
		if in := s.seen(northOfficer, no); in.Due == nil || in.Due.DueOn.String() != want {
			t.Errorf("%s: %+v", no, in.Due)
		}
	}
	var all serve.Workflows
	s.ask(officeHead, http.MethodGet, "/workflows", "", "").into(t, &all)
	versions := map[string]int{}
	for _, w := range all.Workflows {
		if versions[w.Workflow] = w.Version; (w.Workflow == "task" || w.Workflow == "admission") && len(w.Begin) != 1 {
			t.Errorf("%s: %d ways to begin", w.Workflow, len(w.Begin))
		}
	}
	if versions["task"] != 2 || versions["admission"] != 1 {
		t.Errorf("%v", versions)
	}
}
