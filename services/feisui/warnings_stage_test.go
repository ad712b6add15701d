package main

import (
	"net/http"

	"feisui/services/feisui/serve"
)

// answersFor looks that a case stands about what no fact clears: it is in the list as not
// answered, is not struck off before whoever answers for it has, and is then, with what
// was said.
func (s *stage) answersFor(no, rule, who, party string) {
	s.t.Helper()
	s.caseIs(no, "notified")
	line := func(state string) (found []serve.ToAnswer) {
		return s.toAnswer(ofAuthority, "?rule="+rule+"&department="+party+"&state="+state).Warnings
	}
	if l := line("unanswered"); len(l) != 1 || l[0].Case != no || l[0].Answer != "" {
		s.t.Errorf("%s: %+v", no, l)
	}
	if a := s.tryCase(ofAuthority, no, "verify", ""); a.status != http.StatusUnprocessableEntity {
		s.t.Errorf("%s was struck off unanswered: %d %s", no, a.status, a.body)
	}
	s.actCase(who, no, "reply", `{"kind":"explain","text":"已纠正，今后经系统办理"}`)
	if in := s.actCase(ofAuthority, no, "verify", ""); in.State != "resolved" {
		s.t.Errorf("%s is %s", no, in.State)
	}
	if l := line("answered"); len(l) != 1 || l[0].Answer != "已纠正，今后经系统办理" || l[0].AnsweredOn != l[0].On {
		s.t.Errorf("%s: %+v", no, l)
	}
	if all := s.cases(ofAuthority); len(all) != 1 {
		s.t.Errorf("what was struck off began again: %q", all)
	}
}

// toAnswer lists what must be answered, as somebody sees it.
func (s *stage) toAnswer(who, query string) (list serve.Warnings) {
	s.t.Helper()
	a := s.ask(who, http.MethodGet, "/warnings"+query, "", "")
	if a.status != http.StatusOK {
		s.t.Fatalf("%s%s: %d %s", who, query, a.status, a.body)
	}
	a.into(s.t, &list)
	return list
}
