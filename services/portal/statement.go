package portal

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"feisui/pkg/money"
)

// This file shows a community's statement on any date: the headline figures, its tasks
// with their fees, its money, what hangs there and what is flagged, and by which
// position and sum whoever doubts it counts it again.

func (p *Portal) statementRoutes() {
	p.page("GET /statement", (*visit).statement)
}

// statement is what spec §9 says of a community, as far as it is shown.
type statement struct {
	Code     string        `json:"code"`
	Name     string        `json:"name"`
	Tasks    []taskFigures `json:"tasks"`
	Payments []struct {
		Voucher   string    `json:"voucher"`
		Origin    string    `json:"origin"`
		Purpose   string    `json:"purpose"`
		Amount    money.Fen `json:"amount"`
		Held      money.Fen `json:"held"`
		Confirmed money.Fen `json:"confirmed"`
	} `json:"payments"`
	Flags []flag `json:"flags"`
	Tally struct {
		StandingTasks     int            `json:"standing_tasks"`
		TasksByDepartment map[string]int `json:"tasks_by_department"`
		IssuedThisYear    int            `json:"issued_this_year"`
		Plaques           map[string]int `json:"plaques"`
		Burdens           map[string]int `json:"burdens"`
		Entitlement       money.Fen      `json:"entitlement"`
		Allocated         money.Fen      `json:"allocated"`
		Shortfall         money.Fen      `json:"shortfall"`
		OverdueShortfall  money.Fen      `json:"overdue_shortfall"`
		Undetermined      int            `json:"undetermined"`
		Confirmed         money.Fen      `json:"confirmed"`
		Surplus           money.Fen      `json:"surplus"`
		General           money.Fen      `json:"general"`
		InTransit         money.Fen      `json:"in_transit"`
		CoverageBP        *int64         `json:"coverage_bp"`
		CoverageDueBP     *int64         `json:"coverage_due_bp"`
	} `json:"tally"`
}

// statementShown is a statement, and what it stands on.
type statementShown struct {
	*statement

	Choice   *communityChoice
	On       string
	Position string
	Hash     string
	All      bool // also what is completed and paid
	Quiet    int  // how many of those there are
	Listed   []taskFigures
}

func (v *visit) statement() error {
	choice, err := v.community("statement")
	if err != nil {
		return err
	}
	asked := v.r.URL.Query()
	s := &statementShown{Choice: choice, On: cmp.Or(asked.Get("on"), choice.Day.String()), All: asked.Get("all") == "true"}
	if choice.Code == "" {
		return v.show(http.StatusOK, v.say("statement.title"), statementPage(v, s))
	}
	if err := v.askStatement(s, asked.Get("position")); err != nil {
		return err
	}
	for _, t := range s.Tasks {
		if quiet := t.State == "completed" && (t.Status == "funded" || t.Status == "no_fee") || t.State == "recalled"; quiet {
			s.Quiet++
			if !s.All {
				continue
			}
		}
		s.Listed = append(s.Listed, t)
	}
	v.letter = true
	return v.show(http.StatusOK, v.say("statement.title")+" "+s.Name, statementPage(v, s))
}

// query is how the API is asked for what a page shows.
func (s *statementShown) query(more ...string) url.Values {
	query := url.Values{"on": {s.On}, "community": {s.Choice.Code}}
	if s.Position != "" {
		query.Set("position", s.Position)
	}
	for i := 0; i+1 < len(more); i += 2 {
		query.Set(more[i], more[i+1])
	}
	return query
}

// askStatement asks for the statement as known at a position, or now. What it answers
// is summed as it stands: the same date and position give the same bytes.
func (v *visit) askStatement(s *statementShown, position string) error {
	s.Position = position
	a, err := v.ask(v.r.Context(), http.MethodGet, "/v1/counties/{county}/statement", s.query(), nil, http.NoBody)
	if err != nil {
		return err
	}
	var answered struct {
		Communities []statement `json:"communities"`
	}
	if err := a.read(&answered); err != nil {
		return err
	}
	if len(answered.Communities) != 1 {
		return refusal(http.StatusNotFound, "NOT_FOUND", "no_page")
	}
	sum := sha256.Sum256(a.body.Bytes())
	s.statement, s.Position, s.Hash = &answered.Communities[0], a.header.Get("Feisui-Position"), hex.EncodeToString(sum[:])
	return nil
}

// export is where the API answers the same itself.
func (v *visit) export(s *statementShown, more ...string) string {
	return "/v1/counties/" + url.PathEscape(v.me.County) + "/statement?" + s.query(more...).Encode()
}

// here is this page again, otherwise.
func (s *statementShown) here(more ...string) string {
	return "/statement?" + s.query(more...).Encode()
}

// byCount are counts by what their keys are called, the greatest first.
func byCount(counts map[string]int, name func(string) string) (list []pair) {
	keys := slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b)) })
	for _, key := range keys {
		list = append(list, pair{name(key), count(counts[key])})
	}
	return list
}

// carriedOf lists plaques by zone and burdens by kind.
func (v *visit) carriedOf(s *statementShown) (list []pair) {
	for _, zone := range []string{"outside", "inside", "wall"} {
		list = append(list, pair{v.say("nav.plaques") + "·" + v.choice("zone", zone), count(s.Tally.Plaques[zone])})
	}
	return append(list, byCount(s.Tally.Burdens, func(kind string) string { return v.choice("kind", kind) })...)
}
