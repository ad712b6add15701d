package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"feisui/pkg/money"
	"feisui/services/ledger/api"
	"feisui/services/ledger/reconcile"
)

// ask gets an address of a county, and reads the answer.
func ask(t *testing.T, server, county, what string, query url.Values, into any) (status int) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server+"/v1/counties/"+county+"/"+what+"?"+query.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v: %s", what, err, text)
	}
	return answer.StatusCode
}

// everyPage gets a whole list, so many at a time, and checks that pages hang together.
func everyPage[L any](t *testing.T, server, county, what string, query url.Values, limit int, take func(L) (n int, next string)) {
	t.Helper()
	query = cloned(query)
	query.Set("limit", itoa(limit))
	for range 10_000 {
		var page L
		if status := ask(t, server, county, what, query, &page); status != http.StatusOK {
			t.Fatalf("%s %v: %d %+v", what, query, status, page)
		}
		n, next := take(page)
		if n > limit {
			t.Fatalf("%s: %d, and %d were asked for", what, n, limit)
		}
		if next == "" {
			return
		}
		if n < limit {
			t.Fatalf("%s: %d of %d, and a next page", what, n, limit)
		}
		query.Set("after", next)
	}
	t.Fatalf("%s has no end", what)
}

func cloned(query url.Values) url.Values {
	clone := url.Values{}
	for name, values := range query {
		clone[name] = slices.Clone(values)
	}
	return clone
}

// countyToday asks for the statement of the county's day.
func countyToday(t *testing.T, server, county string) (s reconcile.CountyStatement) {
	t.Helper()
	var flags api.FlagList
	ask(t, server, county, "flags", nil, &flags)
	ask(t, server, county, "statement", url.Values{"on": {flags.Day.String()}}, &s)
	return s
}

// TestListsAreTheStatement holds when the lists of a county, put together from
// pages, are what its statement says, whatever they are chosen by.
func TestListsAreTheStatement(t *testing.T) { //nolint:tparallel // one county answers one list after the other
	t.Parallel()
	server := running(t, "c")
	mustRun(t, "import", filepath.Join(casesFolder(), "random-21", "book"), "--server", server, "--county", "c")
	statement := countyToday(t, server, "c")
	t.Run("flags", func(t *testing.T) { flagsAreTheStatement(t, server, &statement) })
	t.Run("tasks", func(t *testing.T) { tasksAreTheStatement(t, server, &statement) })
	t.Run("owed", func(t *testing.T) { owedIsTheStatement(t, server, &statement) })
	t.Run("communities", func(t *testing.T) { communitiesAreTheStatement(t, server, &statement) })
	t.Run("carried", func(t *testing.T) { carriedIsTheTally(t, server, &statement) })
	t.Run("refused", func(t *testing.T) { wrongPages(t, server) })
}

func flagsAreTheStatement(t *testing.T, server string, statement *reconcile.CountyStatement) {
	type flag struct{ account, rule, subject, responsible, lamp, since, amount string }
	var all []flag
	add := func(account string, flags []reconcile.Flag) {
		for _, f := range flags {
			all = append(all, flag{account, string(f.Rule), f.Subject, f.Responsible, string(f.Lamp), f.Since.String(), fmt.Sprint(amountOf(f.Amount))})
		}
	}
	for _, s := range statement.Communities {
		add(s.Code, s.Flags)
	}
	for _, h := range statement.Holders {
		add(h.Code, h.Flags)
	}
	if len(all) < 20 {
		t.Fatalf("the case has only %d flags", len(all))
	}
	some := all[len(all)/2]
	for _, c := range []struct {
		query url.Values
		keep  func(flag) bool
	}{
		{nil, func(flag) bool { return true }},
		{url.Values{"rule": {some.rule}}, func(f flag) bool { return f.rule == some.rule }},
		{url.Values{"lamp": {"red"}}, func(f flag) bool { return f.lamp == "red" }},
		{url.Values{"department": {some.responsible}}, func(f flag) bool { return f.responsible == some.responsible }},
		{url.Values{"community": {some.account}, "lamp": {some.lamp}}, func(f flag) bool { return f.account == some.account && f.lamp == some.lamp }},
	} {
		for _, limit := range []int{1, 7, 1000} {
			var got, want []flag
			var order []string
			everyPage(t, server, "c", "flags", c.query, limit, func(l api.FlagList) (int, string) {
				for _, f := range l.Flags {
					got = append(got, flag{f.Account, string(f.Rule), f.Subject, f.Responsible, string(f.Lamp), f.Since, fmt.Sprint(amountOf(f.Amount))})
					order = append(order, fmt.Sprint(map[reconcile.Lamp]int{"red": 0, "yellow": 1, "blue": 2}[f.Lamp], f.Since, f.Account, f.Rule, f.Subject))
				}
				return len(l.Flags), l.Next
			})
			for _, f := range all {
				if c.keep(f) {
					want = append(want, f)
				}
			}
			if !slices.IsSorted(order) {
				t.Errorf("%v by %d: not in order", c.query, limit)
			}
			if !sameSet(got, want) {
				t.Errorf("%v by %d: %d flags, want %d", c.query, limit, len(got), len(want))
			}
		}
	}
}

func tasksAreTheStatement(t *testing.T, server string, statement *reconcile.CountyStatement) {
	type task struct{ community, no, status, state, department, shortfall string }
	var all []task
	for _, s := range statement.Communities {
		for _, x := range s.Tasks {
			all = append(all, task{s.Code, x.No, string(x.Status), string(x.State), x.Department, fmt.Sprint(amountOf(x.Shortfall))})
		}
	}
	queries := []url.Values{nil, {"department": {all[0].department}}, {"community": {all[0].community}}}
	for _, status := range reconcile.Statuses {
		queries = append(queries, url.Values{"status": {string(status)}})
	}
	for _, state := range reconcile.States {
		queries = append(queries, url.Values{"state": {string(state)}})
	}
	for _, query := range queries {
		var got, want []task
		everyPage(t, server, "c", "tasks", query, 5, func(l api.TaskList) (int, string) {
			for _, x := range l.Tasks {
				got = append(got, task{x.Community, x.No, string(x.Status), string(x.State), x.Department, fmt.Sprint(amountOf(x.Shortfall))})
			}
			return len(l.Tasks), l.Next
		})
		for _, x := range all {
			chosen := func(name, is string) bool { return query.Get(name) == "" || query.Get(name) == is }
			if chosen("department", x.department) && chosen("community", x.community) && chosen("status", x.status) && chosen("state", x.state) {
				want = append(want, x)
			}
		}
		if !sameSet(got, want) {
			t.Errorf("%v: %d tasks, want %d", query, len(got), len(want))
		}
	}
}

// owedIsTheStatement: what payers owe of a task sums to what is short of it, the
// first due first, and the sums are those of the tasks that were chosen.
func owedIsTheStatement(t *testing.T, server string, statement *reconcile.CountyStatement) {
	some := statement.Communities[0].Tasks[0]
	for _, query := range []url.Values{nil, {"status": {"unfunded"}}, {"lamp": {"red"}}, {"department": {some.Department}}, {"item": {some.Item}}} {
		short, overdue, tasks := map[string]money.Fen{}, money.Fen(0), 0
		for _, s := range statement.Communities {
			for _, x := range s.Tasks {
				chosen := func(name, is string) bool { return query.Get(name) == "" || query.Get(name) == is }
				if !chosen("status", string(x.Status)) || !chosen("lamp", string(x.Lamp)) || !chosen("department", x.Department) || !chosen("item", x.Item) {
					continue
				}
				tasks++
				if x.Shortfall != nil && *x.Shortfall > 0 {
					short[x.No], overdue = *x.Shortfall, overdue.Plus(*x.OverdueShortfall)
				}
			}
		}
		var sums api.OwedList
		if status := ask(t, server, "c", "owed", query, &sums); status != http.StatusOK {
			t.Fatal(status)
		}
		months, total := money.Fen(0), money.Fen(0)
		for _, m := range sums.Months {
			months = months.Plus(m.Shortfall)
		}
		got, order := map[string]money.Fen{}, []string(nil)
		everyPage(t, server, "c", "owed", query, 3, func(l api.OwedList) (int, string) {
			for _, o := range l.Owed {
				got[o.Task], total = got[o.Task].Plus(o.Shortfall), total.Plus(o.Shortfall)
				due := "9999"
				if o.DueEnd.Given() {
					due = o.DueEnd.String()
				}
				order = append(order, due+o.Task+o.Payer)
			}
			return len(l.Owed), l.Next
		})
		if !maps.Equal(got, short) || !slices.IsSorted(order) || len(short) == 0 {
			t.Errorf("%v: %v, want %v in order", query, got, short)
		}
		if sums.Total.Shortfall != total || months != total || sums.Total.Overdue != overdue || sums.Tasks.Shortfall != total || sums.Tasks.Tasks != tasks {
			t.Errorf("%v: %+v %+v, want %d of %d tasks, overdue %d", query, sums.Total, sums.Tasks, total, tasks, overdue)
		}
	}
}

func communitiesAreTheStatement(t *testing.T, server string, statement *reconcile.CountyStatement) {
	type community struct{ code, name, sums string }
	var got, want []community
	var order []int64
	everyPage(t, server, "c", "communities", nil, 2, func(l api.CommunityList) (int, string) {
		for _, c := range l.Communities {
			got = append(got, community{c.Code, c.Name, fmt.Sprint(c.Entitlement, c.Allocated, c.Shortfall, c.OverdueShortfall, c.Confirmed, c.Tasks, c.StandingTasks)})
			order = append(order, -int64(c.OverdueShortfall))
		}
		return len(l.Communities), l.Next
	})
	for _, s := range statement.Communities {
		want = append(want, community{s.Code, s.Name, fmt.Sprint(s.Tally.Entitlement, s.Tally.Allocated, s.Tally.Shortfall, s.Tally.OverdueShortfall,
			s.Tally.Confirmed, len(s.Tasks), s.Tally.StandingTasks)})
	}
	if !slices.IsSorted(order) {
		t.Errorf("not in the order of what is overdue: %v", order)
	}
	if !sameSet(got, want) {
		t.Errorf("%v\nwant %v", got, want)
	}
}

// wrongPages (#33): what is no page is refused in words.
func wrongPages(t *testing.T, server string) {
	for _, what := range []string{"flags?limit=0", "flags?limit=1001", "flags?limit=x", "flags?after=nonsense", "tasks?after=WyJ4Il0x", "flags?lamp=green",
		"tasks?status=lost", "tasks?state=lost", "flags?rule=none", "owed?after=nonsense", "owed?status=lost", "communities?after=WyJ4IiwieSIsInoiXQ", "entries?after=-1", "changes?after=x",
		"communities/999/timeline"} {
		path, raw, _ := strings.Cut(what, "?")
		query, err := url.ParseQuery(raw)
		if err != nil {
			t.Fatal(err)
		}
		var problem struct{ Code, Title, Detail string }
		if status := ask(t, server, "c", path, query, &problem); status/100 != 4 || problem.Title == "" || problem.Detail == "" {
			t.Errorf("%s: %d %+v", what, status, problem)
		}
	}
}

func sameSet[T comparable](got, want []T) bool {
	count := map[T]int{}
	for _, x := range got {
		count[x]++
	}
	for _, x := range want {
		count[x]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

func amountOf[T any](amount *T) any {
	if amount == nil {
		return "none"
	}
	return *amount
}

// TestATimelineIsWhatChangedACommunity holds when the entries of a community's
// history are those that name it, in order, in pages of any size.
func TestATimelineIsWhatChangedACommunity(t *testing.T) {
	t.Parallel()
	server := running(t, "c")
	mustRun(t, "import", filepath.Join(casesFolder(), "random-21", "book"), "--server", server, "--county", "c")
	var all []api.Recorded
	pages := func(what string, limit int) (found []api.Recorded) {
		everyPage(t, server, "c", what, nil, limit, func(l api.EntryList) (int, string) {
			found = append(found, l.Entries...)
			if l.Next == 0 {
				return len(l.Entries), ""
			}
			return len(l.Entries), itoa(int(l.Next))
		})
		return found
	}
	all = pages("entries", 1000)
	for i, e := range all {
		if e.Position != int64(i+1) {
			t.Fatalf("position %d at place %d", e.Position, i+1)
		}
	}
	byItself := func(e api.Recorded) bool { // flags, and cases that open for them, come while this looks
		return strings.HasPrefix(e.Type, "flag.") || strings.HasPrefix(e.Type, "instance.")
	}
	for _, s := range countyToday(t, server, "c").Communities {
		var want []int64
		for _, e := range all {
			if slices.Contains(e.Accounts, s.Code) && !byItself(e) {
				want = append(want, e.Position)
			}
		}
		for _, limit := range []int{3, 1000} {
			var got []int64
			for _, e := range pages("communities/"+s.Code+"/timeline", limit) {
				if !byItself(e) {
					got = append(got, e.Position)
				}
			}
			if !slices.Equal(got, want) || len(want) == 0 {
				t.Errorf("%s by %d: %v, want %v", s.Code, limit, got, want)
			}
		}
	}
}

// TestChangesAreToldAsTheyCome listens while rows are recorded, goes away, comes
// back where it was, and has heard every entry once, in order; each was in the
// figures when it was told.
func TestChangesAreToldAsTheyCome(t *testing.T) {
	t.Parallel()
	server := running(t, "c")
	var heard []int64
	last := ""
	for round := range 3 {
		ctx, leave := context.WithTimeout(t.Context(), hungAfter)
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, server+"/v1/counties/c/changes?after=0", nil)
		if err != nil {
			t.Fatal(err)
		}
		if last != "" {
			r.Header.Set("Last-Event-ID", last)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if kind := answer.Header.Get("Content-Type"); kind != "text/event-stream" {
			t.Fatalf("%s %s", answer.Status, kind)
		}
		code := fmt.Sprintf("D%d", round)
		if status, _ := post(t, server, "c", "departments", code, []byte(`{"code":"`+code+`","name":"某局","kind":"部门"}`)); status != http.StatusOK {
			t.Fatalf("%s: %d", code, status)
		}
		lines := bufio.NewScanner(answer.Body)
		for lines.Scan() {
			if id, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
				last = id
			}
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				var e api.Recorded
				if err := json.Unmarshal([]byte(data), &e); err != nil {
					t.Fatal(err)
				}
				heard = append(heard, e.Position)
				var list api.EntryList
				if ask(t, server, "c", "entries", nil, &list); list.Position < e.Position {
					t.Errorf("told of %d when the figures were at %d", e.Position, list.Position)
				}
				if e.Stream == "department/"+code {
					break
				}
			}
		}
		leave()
		answer.Body.Close()
	}
	for i, position := range heard {
		if position != int64(i+1) {
			t.Fatalf("heard %v", heard)
		}
	}
	if len(heard) < 4 { // a day and three departments
		t.Errorf("heard %v", heard)
	}
}

// TestRebuildCommand rebuilds a county's book, which is as it was.
func TestRebuildCommand(t *testing.T) {
	t.Parallel()
	server := running(t, "c")
	at := []string{"--server", server, "--county", "c"}
	mustRun(t, append([]string{"import", filepath.Join(casesFolder(), "random-21", "book")}, at...)...)
	before := countyToday(t, server, "c")
	for range 2 {
		if said := mustRun(t, append([]string{"rebuild"}, at...)...); !strings.Contains(said, "逐行一致") {
			t.Errorf("rebuild says %s", said)
		}
	}
	if after := countyToday(t, server, "c"); !reflect.DeepEqual(after, before) {
		t.Error("the statement is another after the rebuild")
	}
}

// carriedIsTheTally: what a community carries, by name, is what its tally counts, and
// what is too much of it is what is flagged.
func carriedIsTheTally(t *testing.T, server string, statement *reconcile.CountyStatement) {
	things := 0
	for _, s := range statement.Communities {
		var c api.CommunityCarries
		if status := ask(t, server, "c", "communities/"+s.Code+"/carried", nil, &c); status != http.StatusOK || c.Name != s.Name {
			t.Fatalf("%s: %d %+v", s.Code, status, c)
		}
		plaques, burdens, flagged := map[string]int{}, map[string]int{}, map[reconcile.FlagRule]int64{}
		for _, z := range c.Zones {
			plaques[z.Zone] = 0
			if z.Cap != nil && z.Hung > *z.Cap {
				flagged[reconcile.PlaqueOverCap] += int64(z.Hung - *z.Cap)
			}
		}
		for _, p := range c.Plaques {
			plaques[p.Zone]++
			if !p.Listed {
				flagged[reconcile.PlaqueUnlisted]++
			}
		}
		for _, b := range c.Burdens {
			burdens[b.Kind]++
		}
		for _, f := range s.Flags {
			switch f.Rule {
			case reconcile.PlaqueOverCap:
				flagged[f.Rule] -= int64(*f.Amount)
			case reconcile.PlaqueUnlisted:
				flagged[f.Rule]--
			default:
			}
		}
		if !maps.Equal(plaques, s.Tally.Plaques) || !maps.Equal(burdens, s.Tally.Burdens) || flagged[reconcile.PlaqueOverCap] != 0 || flagged[reconcile.PlaqueUnlisted] != 0 {
			t.Errorf("%s: %v %v %v, tally %+v", s.Code, plaques, burdens, flagged, s.Tally)
		}
		things += len(c.Plaques) + len(c.Burdens)
	}
	if things < 10 {
		t.Errorf("the case has only %d plaques and burdens", things)
	}
}
