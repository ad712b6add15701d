package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"feisui/schemas"
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
	if len(known.Definitions) != 1 || known.Definitions[0].Adopted || known.Definitions[0].Version != 2 {
		t.Fatalf("%+v", known)
	}
	s.issue("JB-1", north)
	s.ask(officeHead, http.MethodGet, definitions, "", "").into(t, &known)
	if len(known.Definitions) != 1 || !known.Definitions[0].Adopted {
		t.Fatalf("the first instance did not adopt the definition: %+v", known)
	}
	changed := func(change func(map[string]any)) string { return changedTo(t, known.Definitions[0].Definition, change) }
	shorter := changed(shorterReceipt)
	for name, c := range map[string]struct {
		who, body string
		status    int
		code      string
	}{
		"not by a department":       {officeHead, shorter, http.StatusForbidden, "FORBIDDEN"},
		"an old version":            {ofAuthority, strings.Replace(shorter, `"version":3`, `"version":2`, 1), 422, "FORM"},
		"no definition":             {ofAuthority, `{"reason":"x"}`, 422, "FORM"},
		"an unknown guard":          {ofAuthority, strings.Replace(shorter, `"not_worse"`, `"moon_is_full"`, 1), 422, "FORM"},
		"what is open does not fit": {ofAuthority, changed(withoutSeeing), http.StatusConflict, "MISFIT"},
	} {
		a := s.ask(c.who, http.MethodPost, definitions, "", c.body)
		if p := a.problem(t); a.status != c.status || p.Code != c.code || c.code == "MISFIT" && !strings.Contains(string(a.body), "JB-1") {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := s.changes("task", shorter); a.status != http.StatusOK {
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
	if versions["task"] != 3 || versions["payment"] != 1 {
		t.Errorf("%v", versions)
	}
}

// changedTo is the body of a proposal: a definition with a change.
func changedTo(t testing.TB, definition json.RawMessage, change func(map[string]any)) string {
	t.Helper()
	var d map[string]any
	if err := json.Unmarshal(definition, &d); err != nil {
		t.Fatal(err)
	}
	change(d)
	body, err := json.Marshal(map[string]any{"definition": d, "reason": "回执期限缩短"})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// shorterReceipt gives communities three days to answer instead of five.
func shorterReceipt(d map[string]any) {
	d["version"] = 3
	d["deadlines"].(map[string]any)["receipt"].(map[string]any)["days"] = 3
}

// withoutSeeing has no deadline for a task to be seen.
func withoutSeeing(d map[string]any) {
	d["version"] = 3
	delete(d["deadlines"].(map[string]any), "seeing")
}

// changes has a county change a workflow, as two persons of the authority do. It
// gives the first refusal.
func (s *stage) changes(workflow, body string) answer {
	s.t.Helper()
	a := s.ask(ofAuthority, http.MethodPost, "/workflows/"+workflow+"/definitions", "", body)
	if a.status != http.StatusOK {
		return a
	}
	return s.adopts(ofAuthority2, workflow, proposalOf(s.t, a), "")
}

func (s *stage) adopts(who, workflow string, proposal int, request string) answer {
	s.t.Helper()
	return s.ask(who, http.MethodPost, fmt.Sprint("/workflows/", workflow, "/definitions/", proposal, "/adopt"), request, "")
}

func proposalOf(t testing.TB, a answer) int {
	t.Helper()
	var acted serve.Acted
	if a.into(t, &acted); a.status != http.StatusOK || acted.Proposal == 0 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	return acted.Proposal
}

// TestTwoPersonsChangeAWorkflow: nothing goes by what one person proposed, and
// everybody sees it; neither that person, nor another account of the same, may adopt
// it. Of two proposals the later waits, and what began meanwhile is looked at again.
func TestTwoPersonsChangeAWorkflow(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	s.contract = contractOf(t)
	const definitions, proposer, again = "/workflows/task/definitions", "person:one=one authority@", "person:other=one authority@"
	waits := func(who string) (known serve.Definitions) {
		s.ask(who, http.MethodGet, definitions, "", "").into(t, &known)
		return known
	}
	builtin := waits(officeHead).Definitions[0].Definition
	propose := func(change func(map[string]any)) int {
		return proposalOf(t, s.ask(proposer, http.MethodPost, definitions, "", changedTo(t, builtin, change)))
	}
	refused := func(who string, proposal, status int, code, said string) {
		t.Helper()
		a := s.adopts(who, "task", proposal, "")
		if p := a.problem(t); a.status != status || p.Code != code || !strings.Contains(string(a.body), said) {
			t.Errorf("%s adopts %d: %d %s", who, proposal, a.status, a.body)
		}
	}
	first := propose(withoutSeeing)
	for who, mine := range map[string]bool{proposer: true, again: true, ofAuthority: false, officeHead: false} {
		if p := waits(who).Proposal; p == nil || p.Proposal != first || p.Mine != mine || p.Version != 3 || p.Reason != "回执期限缩短" {
			t.Errorf("%s sees %+v", who, p)
		}
	}
	refused(proposer, first, http.StatusForbidden, "NOT_YOURS", "另一人")
	refused(again, first, http.StatusForbidden, "NOT_YOURS", "另一人")
	refused(officeHead, first, http.StatusForbidden, "FORBIDDEN", "")
	refused(ofAuthority, first+1, http.StatusNotFound, "PROPOSAL_UNKNOWN", "")
	s.issue("JB-1", north) // which has that deadline, since nothing has changed
	refused(ofAuthority, first, http.StatusConflict, "MISFIT", "JB-1")

	second := propose(shorterReceipt)
	refused(ofAuthority, first, http.StatusConflict, "STATE", "取代")
	s.issue("JB-2", north)
	request := "adopts-it"
	for round := range 2 {
		var acted serve.Acted
		if s.adopts(ofAuthority, "task", second, request).into(t, &acted); acted.Proposal != second || acted.Repeated != (round == 1) {
			t.Errorf("round %d: %+v", round, acted)
		}
	}
	refused(ofAuthority2, second, http.StatusConflict, "STATE", "已经采用")
	s.issue("JB-3", north)
	for no, want := range map[string]string{"JB-2": "2025-03-10", "JB-3": "2025-03-06"} {
		s.act(northOfficer, no, "see", "")
		if in := s.seen(northOfficer, no); in.Due == nil || in.Due.DueOn.String() != want {
			t.Errorf("%s: %+v", no, in.Due)
		}
	}
	if known := waits(officeHead); known.Proposal != nil || len(known.Definitions) != 2 {
		t.Errorf("%+v", known)
	}
	all := entriesOf[schemas.DefinitionAdopted](t, place)
	last := all[len(all)-1]
	if made := entriesOf[schemas.DefinitionProposed](t, place); len(made) != 2 || last.Proposal != 2 || made[1].Person != "one" || last.Person != "person:authority" || last.Reason != made[1].Reason {
		t.Errorf("%+v, adopted as %+v", made, last)
	}
}

// TestManyAdoptAtOnce: of many who adopt while others propose, one adopts what waits
// at that moment, and nobody what was replaced under their eyes.
func TestManyAdoptAtOnce(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	const definitions = "/workflows/task/definitions"
	var known serve.Definitions
	s.ask(ofAuthority, http.MethodGet, definitions, "", "").into(t, &known)
	body := changedTo(t, known.Definitions[0].Definition, shorterReceipt)
	proposalOf(t, s.ask(ofAuthority, http.MethodPost, definitions, "", body))
	var adopted atomic.Int64
	var all sync.WaitGroup
	for i := range 8 {
		who := fmt.Sprintf("person:a%d authority@", i)
		all.Go(func() {
			a, err := s.tryAsk(t.Context(), who, http.MethodPost, definitions, "", body)
			if err != nil || a.status != http.StatusOK && a.status != http.StatusUnprocessableEntity { // the version is taken
				t.Errorf("%s proposes: %d %s %v", who, a.status, a.body, err)
			}
		})
		all.Go(func() { adopted.Add(s.adoptsWhatWaits(t, "task")) })
	}
	all.Wait()
	adopted.Add(s.adoptsWhatWaits(t, "task")) // where each was too late
	waits, told := 0, 0
	for e, err := range place.journal.After(t.Context(), "county", 0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		var one struct{ Proposal int }
		if !strings.HasPrefix(e.Type, "definition.") {
			continue
		}
		if err := json.Unmarshal(e.Data, &one); err != nil {
			t.Fatal(err)
		}
		if e.Type == (schemas.DefinitionProposed{}).Type() {
			waits = one.Proposal
			continue
		}
		if told++; one.Proposal != waits {
			t.Errorf("%d was adopted where %d waited", one.Proposal, waits)
		}
	}
	if told != 1 || adopted.Load() != 1 {
		t.Errorf("%d adoptions are recorded, %d were answered", told, adopted.Load())
	}
}

// adoptsWhatWaits looks at the proposal of a workflow and adopts it: 1, or 0 where
// somebody was quicker.
func (s *stage) adoptsWhatWaits(t *testing.T, workflow string) int64 {
	t.Helper()
	const who = "person:b authority@"
	definitions := "/workflows/" + workflow + "/definitions"
	var known serve.Definitions
	a, err := s.tryAsk(t.Context(), who, http.MethodGet, definitions, "", "")
	if err == nil {
		err = json.Unmarshal(a.body, &known)
	}
	if err != nil {
		t.Error(err)
		return 0
	}
	if known.Proposal == nil {
		return 0
	}
	a, err = s.tryAsk(t.Context(), who, http.MethodPost, fmt.Sprint(definitions, "/", known.Proposal.Proposal, "/adopt"), "", "")
	switch {
	case err != nil || a.status != http.StatusOK && a.status != http.StatusConflict:
		t.Errorf("%d %s %v", a.status, a.body, err)
	case a.status == http.StatusOK:
		return 1
	}
	return 0
}

// TestAWorkflowIsProposedAsItIsWritten: the text of a YAML file is a definition too; of
// one that is wrong each fault is said with its line.
func TestAWorkflowIsProposedAsItIsWritten(t *testing.T) {
	t.Parallel()
	s := played(t, serve.Config{})
	s.contract = contractOf(t)
	written, err := schemas.Workflows.ReadFile("workflows/plaque.yaml")
	if err != nil {
		t.Fatal(err)
	}
	propose := func(text string) answer {
		body, err := json.Marshal(map[string]string{"definition": text, "reason": "改期限"})
		if err != nil {
			t.Fatal(err)
		}
		return s.ask(ofAuthority, http.MethodPost, "/workflows/plaque/definitions", "", string(body))
	}
	second := strings.Replace(string(written), "version: 1", "version: 2", 1)
	proposal := proposalOf(t, propose(second))
	var known serve.Definitions
	s.ask(officeHead, http.MethodGet, "/workflows/plaque/definitions", "", "").into(t, &known)
	if p := known.Proposal; p == nil || p.Proposal != proposal || p.Version != 2 {
		t.Errorf("%+v", p)
	}
	for text, says := range map[string]string{
		strings.Replace(second, "begin: ", "begins: ", 1): "begins",
		"workflow: [": "definition",
		"":            "definition",
	} {
		a := propose(text)
		if p := a.problem(t); a.status != http.StatusUnprocessableEntity || p.Code != "FORM" || !strings.Contains(string(a.body), says) {
			t.Errorf("%.40q: %d %s", text, a.status, a.body)
		}
	}
}
