package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"feisui/services/feisui/serve"
)

const (
	opensPeriod = `{"no":"PY-1","title":"上半年评议","to":"2025-03-10","departments":["D01","D02"],"publish_words":true}`
	rates       = `{"period":"PY-1","department":"D01","fee":5,"manner":4,"support":3,"word":"经费及时"}`
)

func rate(department string, fee int) string {
	return fmt.Sprintf(`{"period":"PY-1","department":%q,"fee":%d,"manner":4,"support":4}`, department, fee)
}

func (s *stage) evaluated(who, no string) (status int, e serve.Evaluation) {
	s.t.Helper()
	a := s.ask(who, http.MethodGet, "/evaluations/"+no, "", "")
	if a.status == http.StatusOK {
		a.into(s.t, &e)
	}
	return a.status, e
}

// TestAnEvaluationFromItsOpeningToItsResults goes the whole way: who wants to says a
// few numbers, once; at the end everybody reads what departments got.
func TestAnEvaluationFromItsOpeningToItsResults(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := catalogued(t, place)
	s.contract = contractOf(t)
	periods, ratings := s.flow("evaluation"), s.flow("rating")
	periods.refuses(place, map[string]refusal{
		"by a department":      {officeHead, "", "", opensPeriod, 403, "NOT_YOURS", "主管部门"},
		"it ends before today": {ofAuthority, "", "", `{"title":"x","to":"2025-03-02"}`, 422, "FORM", "to"},
		"before it begins":     {ofAuthority, "", "", `{"title":"x","from":"2025-04-01","to":"2025-03-31"}`, 422, "FORM", "to"},
		"nobody's department":  {ofAuthority, "", "", `{"title":"x","to":"2025-03-31","departments":["D77"]}`, 422, "FORM", "departments"},
	})
	ratings.refuses(place, map[string]refusal{"there is no period": {northOfficer, "", "", rates, 422, "FORM", "period"}})
	periods.begin(ofAuthority, opensPeriod)
	periods.begin(ofAuthority, `{"no":"PY-2","title":"下半年评议","from":"2025-07-01","to":"2025-07-31"}`)
	with := func(old, now string) string { return strings.Replace(rates, old, now, 1) }
	if one := ratings.begin(northOfficer, rates); one.Instance != "PY-1/"+north+"/D01" || one.State != "given" {
		t.Errorf("%+v", one)
	}
	ratings.refuses(place, map[string]refusal{
		"a second time":           {northOfficer, "", "", with(`"fee":5`, `"fee":1`), 409, "STATE", "已评议"},
		"under another number":    {northOfficer, "", "", with(`{`, `{"no":"PY-1/again",`), 422, "FORM", "no"},
		"as another community":    {northOfficer, "", "", with(`{`, `{"community":"`+south+`",`), 403, "NOT_YOURS", ""},
		"by a department":         {officeHead, "", "", with(`{`, `{"community":"`+south+`",`), 403, "NOT_YOURS", ""},
		"by the authority":        {ofAuthority, "", "", rates, 403, "NOT_YOURS", ""},
		"six of five":             {southOfficer, "", "", with(`"fee":5`, `"fee":6`), 422, "FORM", "fee"},
		"not begun":               {southOfficer, "", "", with("PY-1", "PY-2"), 422, "FORM", "2025-07-01"},
		"not evaluated":           {southOfficer, "", "", with("D01", "D77"), 422, "FORM", "department"},
		"with somebody's number":  {southOfficer, "", "", with("经费及时", "找13912345678"), 422, "FORM", "word"},
		"and the department's no": {southOfficer, "", "", with("D01", "D02/"), 422, "FORM", "department"},
	})
	s.pass("2025-03-10")
	ratings.begin(southOfficer, with("经费及时", "派发规范")) // the last day
	ratings.begin(thirdOfficer, with(`,"word":"经费及时"`, ``))
	ratings.begin(southOfficer, rate("D02", 1))
	if status, _ := s.evaluated(ofAuthority, "PY-1"); status != http.StatusConflict {
		t.Errorf("there are results before the end: %d", status)
	}
	s.pass("2025-03-11")
	periods.is("PY-1", "published")
	ratings.refuses(place, map[string]refusal{"it is over": {thirdOfficer, "", "", rate("D02", 5), 422, "FORM", "period"}})
	want := `{PY-1 上半年评议 2025-03-03 2025-03-10 3 [` +
		`{D01 3 false 1 4.00 [{fee {费随事转 The fee follows the task} 5.00} {manner {派发规范 Tasks come as they should} 4.00} {support {指导支持 Support} 3.00}] [派发规范 经费及时]} ` +
		`{D02 1 true 0  [] []}]}`
	for _, who := range []string{ofAuthority, officeHead, otherHead, officeClerk, northOfficer, ofStreet, ofLeaders, ofAudit} {
		if _, e := s.evaluated(who, "PY-1"); fmt.Sprint(e) != want {
			t.Errorf("%s reads %+v\nrather than %s", who, e, want)
		}
	}
	s.rows("communities", `{"code":"431026103002","name":"新社区","street":"431026103"}`)
	if _, e := s.evaluated(northOfficer, "PY-1"); fmt.Sprint(e) != want {
		t.Errorf("what was published changed: %+v", e)
	}
	if status, _ := s.evaluated(ofAuthority, "PY-9"); status != http.StatusNotFound {
		t.Errorf("%d", status)
	}
}

// TestAPeriodIsExtendedOrCancelled: while it goes on, its end may move; one that was
// cancelled has no results.
func TestAPeriodIsExtendedOrCancelled(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := catalogued(t, place)
	periods, ratings := s.flow("evaluation"), s.flow("rating")
	periods.begin(ofAuthority, opensPeriod)
	periods.act(ofAuthority, "PY-1", "extend", `{"to":"2025-03-12"}`)
	periods.refuses(place, map[string]refusal{
		"into the past":     {ofAuthority, "PY-1", "extend", `{"to":"2025-03-02"}`, 422, "FACTS", "to"},
		"by who only looks": {northOfficer, "PY-1", "extend", `{"to":"2025-03-20"}`, 403, "NOT_YOURS", ""},
	})
	s.pass("2025-03-12")
	ratings.begin(northOfficer, rates)
	s.pass("2025-03-13")
	periods.is("PY-1", "published")
	periods.begin(ofAuthority, strings.NewReplacer("PY-1", "PY-2", "2025-03-10", "2025-03-20").Replace(opensPeriod))
	periods.act(ofAuthority, "PY-2", "cancel", `{"reason":"改期"}`)
	ratings.refuses(place, map[string]refusal{"it is cancelled": {northOfficer, "", "", strings.Replace(rates, "PY-1", "PY-2", 1), 422, "FORM", "period"}})
	if status, _ := s.evaluated(ofAuthority, "PY-2"); status != http.StatusConflict {
		t.Errorf("%d", status)
	}
}

// TestWhoRatedWhatIsTheirs: the community itself and the authority see a rating. To
// everybody else it is not there: not by its number, in no list, in no history,
// whatever they may see besides. The same look finds what is no rating.
func TestWhoRatedWhatIsTheirs(t *testing.T) {
	t.Parallel()
	s := catalogued(t, shared(t))
	periods, ratings := s.flow("evaluation"), s.flow("rating")
	periods.begin(ofAuthority, opensPeriod)
	mine := ratings.begin(northOfficer, rates).Instance
	ratings.begin(southOfficer, rate("D01", 2))
	control := s.flow("outside_work").begin(northOfficer, reportsOutside).Instance
	for _, who := range []string{northOfficer, ofStreet, ofAuthority, ofAudit, testKey} { // what is said of it later would be seen
		eventually(t, func() bool {
			return strings.Contains(string(s.ask(who, http.MethodGet, "/entries?limit=1000", "", "").body), control)
		})
	}
	lists := []string{
		ratings.path("", ""), ratings.path("", "") + "?party=" + north, ratings.path("", "") + "?format=csv",
		"/todo", "/todo?format=csv", "/entries?limit=1000", "/communities/" + north + "/timeline?limit=1000", "/communities/" + north + "/timeline?format=csv",
	}
	sees := func(who string) (found []string) {
		if a := s.ask(who, http.MethodGet, ratings.path(mine, ""), "", ""); a.status == http.StatusOK {
			found = append(found, "it")
		}
		for _, list := range lists {
			if body := string(s.ask(who, http.MethodGet, list, "", "").body); strings.Contains(body, mine) || strings.Contains(body, "经费及时") {
				found = append(found, list)
			}
		}
		return found
	}
	for who, want := range map[string][]string{
		northOfficer: {"it", lists[0], lists[1], lists[2]}, ofAuthority: {"it", lists[0], lists[1], lists[2]},
		southOfficer: nil, officeHead: nil, officeClerk: nil, otherHead: nil, ofStreet: nil, ofLeaders: nil, ofAudit: nil, testKey: nil, "": nil,
	} {
		if got := sees(who); !slices.Equal(got, want) {
			t.Errorf("%s sees %q", who, got)
		}
	}
	for _, who := range []string{northOfficer, ofAuthority, ofAudit} {
		if told := s.told(who, control); strings.Contains(told, mine) || strings.Contains(told, "rating/") {
			t.Errorf("%s is told %s", who, told)
		}
	}
	if in := periods.seen(officeClerk, "PY-1"); in.State != "open" || len(in.Actions) > 0 {
		t.Errorf("that a period is open is for everybody: %+v", in)
	}
	// What is hidden takes no page with it.
	var page struct {
		Entries []struct{ Stream string }
		Next    int64
	}
	var streams []string
	for after := int64(0); ; after = page.Next {
		page.Entries, page.Next = nil, 0
		s.ask(ofAudit, http.MethodGet, fmt.Sprintf("/entries?limit=1&after=%d", after), "", "").into(t, &page)
		for _, e := range page.Entries {
			streams = append(streams, e.Stream)
		}
		if page.Next == 0 {
			break
		}
	}
	if !slices.Contains(streams, "instance/outside_work/"+control) || slices.ContainsFunc(streams, func(name string) bool { return strings.Contains(name, "rating/") }) {
		t.Errorf("%q", streams)
	}
	// The first who rates is not named by what it brings about either.
	var all struct {
		Entries []struct{ Stream, Actor string }
	}
	s.ask(ofAudit, http.MethodGet, "/entries?limit=1000", "", "").into(t, &all)
	for _, e := range all.Entries {
		if e.Actor == "person:north" && !strings.Contains(e.Stream, "outside_work") || e.Actor == "person:south" {
			t.Errorf("%+v", e)
		}
	}
	absent := s.ask(officeHead, http.MethodGet, ratings.path("PY-1/"+third+"/D01", ""), "", "")
	hidden := s.ask(officeHead, http.MethodGet, ratings.path(mine, ""), "", "")
	if absent.status != http.StatusNotFound || string(absent.body) != string(hidden.body) {
		t.Errorf("%s %s", absent.body, hidden.body)
	}
}

// told gives what changes tell somebody, from the first on until this is among them.
func (s *stage) told(who, last string) string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), hungAfter)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.address+"/v1/counties/county/changes?after=0", http.NoBody)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+who)
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer got.Body.Close()
	var told strings.Builder
	for lines := bufio.NewScanner(got.Body); lines.Scan(); {
		told.WriteString(lines.Text())
		if strings.HasPrefix(lines.Text(), "data: ") && strings.Contains(lines.Text(), last) {
			return told.String()
		}
	}
	s.t.Fatalf("%s is never told of %s: %s", who, last, told.String())
	return ""
}

// TestManyRateAtOnce: no community waits for another, and each counts once.
func TestManyRateAtOnce(t *testing.T) {
	t.Parallel()
	s := catalogued(t, shared(t))
	const communities = 20
	for i := range communities {
		s.rows("communities", fmt.Sprintf(`{"code":"431026104%03d","name":"社区%d","street":"431026104"}`, i, i))
	}
	s.flow("evaluation").begin(ofAuthority, opensPeriod)
	var all sync.WaitGroup
	for i := range communities {
		who := fmt.Sprintf("person:%d community_officer@431026104%03d", i, i)
		for _, department := range []string{"D01", "D02", "D01"} { // one of them twice
			all.Go(func() {
				a, err := s.tryAsk(t.Context(), who, http.MethodPost, "/workflows/rating/instances", "", rate(department, 1+i%5))
				if err != nil || a.status != http.StatusOK && a.status != http.StatusConflict {
					t.Errorf("%v: %d %s", err, a.status, a.body)
				}
			})
		}
	}
	all.Wait()
	s.pass("2025-03-11")
	s.flow("evaluation").is("PY-1", "published")
	_, e := s.evaluated(officeHead, "PY-1")
	for _, d := range e.Departments {
		if d.Rated != communities || d.Mean != "3.67" || d.Rank != 1 { // fee 3.00, the others 4.00
			t.Errorf("%+v", d)
		}
	}
	if len(e.Departments) != 2 || e.Communities != communities+3 {
		t.Errorf("%+v", e)
	}
}
