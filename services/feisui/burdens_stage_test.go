package main

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"feisui/services/feisui/serve"
)

// Who else acts where burdens are dealt with. The third community is of another
// street.
const (
	third        = "431026103001"
	thirdOfficer = "person:third community_officer@" + third
	ofStreet     = "person:street street_officer@" + streetOfBoth
	ofLeaders    = "person:leader leader@"
	ofAudit      = "person:auditor auditor@"
)

// flow is a workflow of the stage.
type flow struct {
	*stage

	name string
}

func (s *stage) flow(name string) flow { return flow{s, name} }

func (f flow) path(id, action string) string {
	path := "/workflows/" + f.name + "/instances"
	for _, part := range []string{id, action} {
		if part != "" {
			path += "/" + url.PathEscape(part)
		}
	}
	return path
}

// begin begins an instance, which must begin, and gives it as it is answered.
func (f flow) begin(who, form string) serve.ActedInstance {
	f.t.Helper()
	a := f.ask(who, http.MethodPost, f.path("", ""), "", form)
	return f.only(a, who+" begins "+form)
}

// act takes a step, which must be taken.
func (f flow) act(who, id, action, form string) serve.ActedInstance {
	f.t.Helper()
	return f.only(f.try(who, id, action, form), who+" takes "+action+" of "+id)
}

func (f flow) only(a answer, what string) serve.ActedInstance {
	f.t.Helper()
	var acted serve.Acted
	if a.status != http.StatusOK {
		f.t.Fatalf("%s: %d %s", what, a.status, a.body)
	}
	a.into(f.t, &acted)
	return acted.Instances[0]
}

func (f flow) try(who, id, action, form string) answer {
	return f.ask(who, http.MethodPost, f.path(id, action), "", form)
}

func (f flow) seen(who, id string) (in serve.Instance) {
	f.t.Helper()
	a := f.ask(who, http.MethodGet, f.path(id, ""), "", "")
	if a.status != http.StatusOK {
		f.t.Fatalf("%s: %d %s", id, a.status, a.body)
	}
	a.into(f.t, &in)
	return in
}

// is waits until an instance is in a state.
func (f flow) is(id, state string) {
	f.t.Helper()
	for limit := time.Now().Add(hungAfter); ; time.Sleep(20 * time.Millisecond) {
		in := f.seen(ofAuthority, id)
		if in.State == state {
			return
		}
		if time.Now().After(limit) {
			f.t.Fatalf("%s is %s, not %s: %+v", id, in.State, state, in.Timeline)
		}
	}
}

// refusal is what somebody may not do, and what is said of it.
type refusal struct {
	who, id, action, form string // no action: a beginning
	status                int
	code, says            string
}

// refuses looks that each is refused as it says, and records nothing.
func (f flow) refuses(p place, all map[string]refusal) {
	f.t.Helper()
	before := p.said(f.t)
	for name, c := range all {
		a := f.try(c.who, c.id, c.action, c.form)
		problem := a.problem(f.t)
		said := []string{problem.Title}
		for _, e := range problem.Errors {
			said = append(said, e.Field+" "+e.Zh)
		}
		if a.status != c.status || problem.Code != c.code || !strings.Contains(strings.Join(said, "\n"), c.says) {
			f.t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if now := p.said(f.t); now != before {
		f.t.Errorf("%d entries were recorded by what was refused", now-before)
	}
}

// carried is what a statement says that a community carries beside tasks.
type carried struct {
	Plaques map[string]int
	Burdens map[string]int
	Flags   []string
}

// carries asks a community's statement of today.
func (s *stage) carries(community string) (c carried) {
	s.t.Helper()
	var statement struct {
		Communities []struct {
			Code  string
			Tally struct {
				Plaques map[string]int
				Burdens map[string]int
			}
			Flags []struct{ Rule, Subject string }
		}
	}
	first, err := time.Parse(time.DateOnly, stageDay)
	if err != nil {
		s.t.Fatal(err)
	}
	today := first.Add(time.Duration(s.later.Load()) * time.Second).Format(time.DateOnly)
	s.ask(ofAuthority, http.MethodGet, "/statement?on="+today+"&community="+community, "", "").into(s.t, &statement)
	if len(statement.Communities) != 1 {
		s.t.Fatalf("no statement of %s on %s", community, today)
	}
	for _, one := range statement.Communities {
		if one.Code != community {
			continue
		}
		c.Plaques, c.Burdens = one.Tally.Plaques, one.Tally.Burdens
		for _, f := range one.Flags {
			c.Flags = append(c.Flags, f.Rule+" "+f.Subject)
		}
	}
	slices.Sort(c.Flags)
	return c
}

// carriesInTime waits until a community carries what it should: the answer to a
// command waits for the ledger, but what happened by itself was answered to nobody.
func (s *stage) carriesInTime(community string, should func(carried) bool) {
	s.t.Helper()
	for limit := time.Now().Add(hungAfter); ; time.Sleep(20 * time.Millisecond) {
		c := s.carries(community)
		if should(c) {
			return
		}
		if time.Now().After(limit) {
			s.t.Fatalf("%s carries %+v", community, c)
		}
	}
}

// warned are the warnings of a step, in Chinese.
func warned(in serve.ActedInstance) string {
	var all []string
	for _, w := range in.Warnings {
		all = append(all, w.Chinese)
	}
	return strings.Join(all, "\n")
}

// catalogued is the stage with a third community and a catalogue of one plaque.
func catalogued(t *testing.T, place place) *stage {
	t.Helper()
	s := played(t, serve.Config{DatabaseURL: place.database})
	s.rows("communities", fmt.Sprintf(`{"code":%q,"name":"东社区","street":"431026103","households":"900"}`, third))
	s.rows("plaque_catalogue", `{"title":"党群服务中心","zone":"outside"}`)
	return s
}
