package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"feisui/services/feisui/serve"
)

// doorPlaces and doorWords are what is asked for at a door: of a place in its address, and of a
// word of its query. %s is the draft.
var (
	doorPlaces = map[string]string{
		"{code}": north, "{no}": "JB-OPEN", "{sheet}": "tasks", "{workflow}": "draft", "{instance}": "%s", "{id}": "nobody",
	}
	doorWords = map[string]string{
		"format": "csv", "party": "D01", "state": "submitted", "overdue": "false", "ended": "false", "order": "due", "limit": "1",
		"stream": "instance/draft/%s&limit=1", "workflow": "draft", "q": "JB-HIDDEN", "department": "D01", "item": "A01", "community": north,
		"rule": "R34", "after": "0", "since": "", "position": "", "holder": "D01", "part": "", "lang": "", "on": "", "known": "", "known_at": "",
		"payer": "D01", "status": "", "lamp": "", "street": streetOfBoth, "month": "", "since_from": "", "since_to": "", "counts": "",
		"actor": "", "operation": "", "decision": "", "from": "", "to": "", "before": "",
	}
)

// doors lists every address of a county that may be looked at, alone and with each word that it
// takes, as the document has them: what is added is among them, or is not known here.
func doors(t *testing.T, s *stage, no string) (all []string) {
	t.Helper()
	var document struct {
		Paths map[string]map[string]struct {
			Parameters []struct{ Name, In string }
		}
	}
	r, err := http.Get(s.address + "/v1/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if err := json.NewDecoder(r.Body).Decode(&document); err != nil {
		t.Fatal(err)
	}
	for path, of := range document.Paths {
		path, within := strings.CutPrefix(path, "/v1/counties/{county}")
		get, read := of["get"]
		if !within || !read || path == "/changes" { // which goes on: told
			continue
		}
		for place, is := range doorPlaces {
			path = strings.ReplaceAll(path, place, url.PathEscape(strings.ReplaceAll(is, "%s", no)))
		}
		if strings.Contains(path, "{") {
			t.Errorf("%s: nobody said what to ask for", path)
		}
		all = append(all, path)
		for _, p := range get.Parameters {
			word, known := doorWords[p.Name]
			switch {
			case p.In == "query" && !known:
				t.Errorf("%s?%s: nobody said what to ask for", path, p.Name)
			case p.In == "query" && word != "":
				all = append(all, path+"?"+p.Name+"="+strings.ReplaceAll(word, "%s", url.PathEscape(no)))
			}
			if p.Name == "format" {
				all = append(all, path+"?format=xlsx")
			}
		}
	}
	slices.Sort(all)
	return all
}

// moved is where an answer says up to which entry it knows, which any entry moves.
var moved = regexp.MustCompile(`"position":[0-9]+|"hash":"[0-9a-f]+"|"known_at":"[^"]+"` +
	`|最后一条记录的登记时刻.[0-9: -]+|截至第几条记录.[0-9]+|该条记录的校验值.[0-9a-f]+`)

// shown is what a door shows somebody. A workbook is shown as its cells.
func (s *stage) shown(who, door string) string {
	s.t.Helper()
	a := s.ask(who, http.MethodGet, door, "", "")
	text := string(a.body)
	if a.status == http.StatusOK && strings.HasSuffix(door, "format=xlsx") {
		book := fileOf(s.t, a.body, "xlsx")
		text = fmt.Sprint(book.heads, book.rows)
	}
	return fmt.Sprint(a.status, " ", moved.ReplaceAllString(text, "…"))
}

// TestNobodySeesADraftByAnyDoor: nobody outside of its department sees what is drafted, nor that something is: what each
// door of the county says before a draft is written it says after, but to who audits, who sees it. (The audit log, which is the
// audit administrator's alone, has its address with whoever asked for it.)
func TestNobodySeesADraftByAnyDoor(t *testing.T) {
	t.Parallel()
	s := played(t, serve.Config{DatabaseURL: shared(t).database})
	drafts := s.flow("draft")
	s.issue("JB-OPEN", north)
	drafts.begin(officeClerk, `{}`) // by which it is known that the department drafts
	s.draftsArePointedOut(t)
	const no, auditor = "D01/HIDDEN-1", "person:auditor auditor@"
	secrets := []string{"HIDDEN", "秘密验收", "急着下发"}
	outsiders := []string{
		otherHead, foreignClerk, northOfficer, ofAuthority, "person:street street_officer@" + streetOfBoth,
		"person:leader leader@", "person:finance finance_officer@",
	}
	all := doors(t, s, no)
	before := map[[2]string]string{}
	for _, who := range outsiders {
		for _, door := range all {
			before[[2]string{who, door}] = s.shown(who, door)
		}
	}
	taken := func(no string) answer {
		return s.ask(foreignClerk, http.MethodPost, drafts.path("", ""), "", `{"no":"`+no+`","department":"D02"}`)
	}
	never := taken(no)

	drafts.begin(officeClerk, `{"no":"`+no+`"}`)
	drafts.only(drafts.saw(1, officeClerk, no, "edit", `{"task":"JB-HIDDEN","item":"A01","pay_by":"2025-03-31","verification":"秘密验收，电话13800138000","explanation":"急着下发",`+
		`"communities":[{"community":"`+north+`","quantity":"3"}]}`), "edit")
	drafts.only(drafts.saw(2, officeClerk, no, "submit", ""), "submit")
	for _, who := range outsiders {
		for _, door := range all {
			after := s.shown(who, door)
			if is := before[[2]string{who, door}]; after != is {
				t.Errorf("%s %s: %s\nbefore: %s", who, door, after, is)
			}
			for _, secret := range secrets {
				if strings.Contains(after, secret) && !strings.Contains(door, secret) {
					t.Errorf("%s %s tells: %s", who, door, after)
				}
			}
		}
	}
	if a := taken(no); a.status != never.status || string(a.body) != string(never.body) {
		t.Errorf("%s, before: %s", a.body, never.body)
	}

	// The control: the department sees it, and who audits, in the entries as well, of which what flows is none.
	for _, who := range []string{officeClerk, officeHead, auditor} {
		if shown := s.shown(who, drafts.path(no, "")); !strings.Contains(shown, "秘密验收") {
			t.Errorf("%s: %s", who, shown)
		}
	}
	for _, door := range []string{"/entries?limit=1000", "/entries?format=csv", "/entries?stream=instance/draft/" + url.PathEscape(no), drafts.path("", ""), "/warnings"} {
		if shown := s.shown(auditor, door); !strings.Contains(shown, no) {
			t.Errorf("who audits does not see it at %s: %s", door, shown)
		}
	}
	s.issue("JB-LAST", north)
	for _, who := range []string{northOfficer, ofAuthority, "person:street street_officer@" + streetOfBoth, "person:leader leader@", "person:finance finance_officer@", auditor} {
		if told := s.told(who, "JB-LAST"); strings.Contains(told, "HIDDEN") || strings.Contains(told, "instance/draft/") {
			t.Errorf("%s is told: %s", who, told)
		}
	}
}

// draftsArePointedOut has the county point out, in what is written into a draft, what looks
// like somebody's telephone, which is answered.
func (s *stage) draftsArePointedOut(t *testing.T) {
	t.Helper()
	var known serve.Definitions
	s.ask(ofAuthority, http.MethodGet, "/workflows/draft/definitions", "", "").into(t, &known)
	var own map[string]any
	if err := json.Unmarshal(known.Definitions[len(known.Definitions)-1].Definition, &own); err != nil {
		t.Fatal(err)
	}
	own["version"] = builtinVersion(t, "draft") + 1
	own["rules"] = map[string]any{"no_personal_data": map[string]any{"code": "R34", "severity": "S2"}}
	own["actions"].(map[string]any)["edit"].(map[string]any)["warns"] = []string{"no_personal_data"}
	text, err := json.Marshal(map[string]any{"definition": own})
	if err != nil {
		t.Fatal(err)
	}
	if a := s.changes("draft", string(text)); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
}
