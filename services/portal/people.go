package portal

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"feisui/pkg/access"
	"feisui/pkg/code"
	"feisui/pkg/web"
)

// This file is for administrators: who has an account, and which roles. A role takes
// two persons: one asks for it, another approves.

const (
	peoplePath = "/people"
	grantsPath = "/grants"
)

func (p *Portal) peopleRoutes() {
	p.page("GET "+peoplePath, (*visit).people)
	p.page("GET "+peoplePath+"/new", func(v *visit) error { return v.newPersonForm(http.StatusOK, nil, nil) })
	p.page("POST "+peoplePath+"/new", (*visit).newPerson)
	p.page("GET "+peoplePath+"/{id}", (*visit).person)
	p.page("GET "+peoplePath+"/{id}/grant", func(v *visit) error { return v.grantForm(http.StatusOK, nil, nil) })
	p.page("POST "+peoplePath+"/{id}/grant", (*visit).askGrant)
	p.page("POST "+peoplePath+"/{id}/{change}", (*visit).changePerson)
	p.page("GET "+grantsPath, (*visit).grants)
	p.page("POST "+grantsPath+"/{id}/{decision}", (*visit).decideGrant)
}

// person is somebody with an account, as administrators see them.
type person struct {
	ID      string         `json:"id"`
	Person  string         `json:"person"`
	User    string         `json:"user"`
	Display string         `json:"display"`
	Office  string         `json:"office"`
	State   string         `json:"state"`
	Demo    bool           `json:"demo"`
	Grants  []access.Grant `json:"grants"`
	Factor  bool           `json:"factor"`
	Binding binding        `json:"binding"`
}

func (p *person) path() string { return peoplePath + "/" + url.PathEscape(p.ID) }

// granted is a role that was asked for, and what came of it.
type granted struct {
	ID          string      `json:"id"`
	User        string      `json:"user"`
	Name        string      `json:"name"`
	Display     string      `json:"display"`
	Role        access.Role `json:"role"`
	Scope       string      `json:"scope"`
	State       string      `json:"state"`
	RequestedBy string      `json:"requested_by"`
	RequestedAt time.Time   `json:"requested_at"`
	DecidedBy   string      `json:"decided_by"`
	DecidedAt   *time.Time  `json:"decided_at"`
	RevokedAt   *time.Time  `json:"revoked_at"`
}

func (g *granted) path() string { return grantsPath + "/" + url.PathEscape(g.ID) }

// peopleList is a page of people, or those of all who were asked for.
type peopleList struct {
	People []person `json:"people"`
	Next   string   `json:"next"`

	State, Text string // what was asked for
}

// Asked reports that not everybody was asked for.
func (l *peopleList) Asked() bool { return l.State != "" || l.Text != "" }

// gone is what is asked of those whose organisation is not in the county's list any more, or
// never was; it stands beside the states of accounts.
const gone = "gone"

// accountStates are what one looks for among people, those first for whom something is to be
// done.
var accountStates = []string{"suspended", "lapsed", "locked", gone, "must_change_password", "disabled"}

// everybody is all people of the county, by user name.
func (v *visit) everybody() (all []person, err error) {
	for query := (url.Values{"limit": {"1000"}}); ; {
		var l peopleList
		if err := v.get("/v1/counties/{county}/people", query, &l); err != nil {
			return nil, err
		}
		if all = append(all, l.People...); l.Next == "" {
			return all, nil
		}
		query.Set("after", l.Next)
	}
}

// gone reports that somebody has a role for what the county does not know, or works in a
// street or community that it does not.
func (v *visit) gone(p *person) bool {
	unknown := func(of string) bool { return v.directory().names[of] == "" }
	return slices.ContainsFunc(p.Grants, func(g access.Grant) bool { return g.Scope != "" && unknown(g.Scope) }) ||
		(code.IsStreet(p.Office) || code.IsCommunity(p.Office)) && unknown(p.Office)
}

// wanted are the people of a state, or gone, whose names or office have a text in them.
func (v *visit) wanted(all []person, state, text string) []person {
	text = strings.ToLower(text)
	return slices.DeleteFunc(slices.Clone(all), func(p person) bool {
		is := state == "" || p.State == state || state == gone && p.State != "disabled" && v.gone(&p)
		said := strings.ToLower(strings.Join([]string{p.User, p.Display, p.Office, v.name(p.Office), v.roles(p.Grants)}, " "))
		return !is || !strings.Contains(said, text)
	})
}

func (v *visit) people() error {
	asked := v.r.URL.Query()
	l := peopleList{State: asked.Get("state"), Text: strings.TrimSpace(asked.Get("q"))}
	if l.State != "" && !slices.Contains(accountStates, l.State) {
		return refusal(http.StatusNotFound, "NOT_FOUND", "no_page")
	}
	if l.Asked() {
		all, err := v.everybody()
		if err != nil {
			return err
		}
		l.People = v.wanted(all, l.State, l.Text)
		return v.show(http.StatusOK, v.say("people.title"), peoplePage(v, &l))
	}
	query := chosen(asked, []string{"after"})
	query.Set("limit", "100")
	if err := v.get("/v1/counties/{county}/people", query, &l); err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("people.title"), peoplePage(v, &l))
}

// aboutPerson says which field a refusal of a new account is about.
var aboutPerson = map[string]string{
	"USER_NAME": "user", "USER_NAME_TAKEN": "user", "DISPLAY_NAME": "display", "OFFICE": "office", "PERSON_UNKNOWN": "person",
}

func (v *visit) newPersonForm(status int, typed url.Values, wrong *web.Problem) error {
	f := &ownForm{
		Title: v.say("people.new"), Lead: v.say("people.new_lead"), At: peoplePath + "/new", Back: peoplePath, Submit: v.say("people.create"),
		Request: newRequest(), Fields: []field{
			asks("user", "people.user", kindText).hinted("people.user_hint"),
			asks("display", "people.display", kindText),
			asks("office", "people.office", kindText).hinted("people.office_hint").listed(partiesID),
			asks("person", "people.person", kindText).hinted("people.person_hint").optional(),
		},
	}
	f.take(v, typed, wrong, aboutPerson)
	return v.show(status, f.Title, ownPage(v, f))
}

// oneTime is an account with its one-time password.
type oneTime struct {
	ID       string    `json:"id"`
	User     string    `json:"user"`
	Password string    `json:"password"`
	Until    time.Time `json:"until"`
}

// newPerson makes an account. Its password is shown in the answer itself: it is said
// once, and an address that says it again would say it to whoever has the address.
func (v *visit) newPerson() error {
	typed, request, err := v.sentForm()
	if err != nil {
		return err
	}
	body := map[string]string{}
	for _, name := range []string{"user", "display", "office", "person"} {
		if value := strings.TrimSpace(typed.Get(name)); value != "" {
			body[name] = value
		}
	}
	var made oneTime
	if err := v.send(http.MethodPost, "/v1/counties/{county}/people", nil, request, body, &made); err != nil {
		if wrong := typedWrong(err, aboutPerson); wrong != nil {
			return v.newPersonForm(wrong.Status, typed, wrong)
		}
		return err
	}
	return v.show(http.StatusOK, v.say("people.made"), oneTimePage(v, v.say("people.made"), &made))
}

// onePerson is somebody's page.
type onePerson struct {
	person

	Granted []granted
	Names   map[string]string // of who asked for roles and decided
}

func (v *visit) person() error {
	var is onePerson
	path := "/v1/counties/{county}/people/" + url.PathEscape(v.r.PathValue("id"))
	if err := v.get(path, nil, &is.person); err != nil {
		return err
	}
	var grants struct {
		Grants []granted `json:"grants"`
	}
	if err := v.get(path+"/grants", url.Values{"limit": {"200"}}, &grants); err != nil {
		return err
	}
	is.Granted = newest(grants.Grants)
	if v.may("people") {
		var err error
		if is.Names, err = v.displays(); err != nil {
			return err
		}
	}
	return v.show(http.StatusOK, is.Display, personPage(v, &is))
}

// newest are grants with those first that wait, then the last that were asked for.
func newest(all []granted) []granted {
	slices.SortStableFunc(all, func(a, b granted) int {
		if waits := a.State == "requested"; waits != (b.State == "requested") {
			if waits {
				return -1
			}
			return 1
		}
		return b.RequestedAt.Compare(a.RequestedAt)
	})
	return all
}

// personChange is something that may be done to an account, in states in which it
// makes sense.
type personChange struct {
	change string
	in     []string
	danger bool
}

var personChanges = []personChange{
	{"unlock", []string{"locked"}, false},
	{"enable", []string{"disabled", "suspended"}, false},
	{"reset", []string{"active", "locked", "must_change_password", "lapsed", "suspended"}, true},
	{"factor_reset", []string{"active", "locked", "must_change_password", "lapsed", "suspended"}, true},
	{"disable", []string{"active", "locked", "must_change_password", "lapsed", "suspended"}, true},
}

// personChanges are what who looks may do to an account: nobody to their own.
func (v *visit) personChanges(p *person) []personChange {
	return slices.DeleteFunc(slices.Clone(personChanges), func(c personChange) bool {
		return !v.may("person_"+c.change) || !slices.Contains(c.in, p.State) || p.User == v.me.User || c.change == "factor_reset" && !p.Factor
	})
}

func (v *visit) changePerson() error {
	change := v.r.PathValue("change")
	known := slices.ContainsFunc(personChanges, func(c personChange) bool { return c.change == change })
	if !known {
		return refusal(http.StatusNotFound, "NOT_FOUND", "no_page")
	}
	_, request, err := v.sentForm()
	if err != nil {
		return err
	}
	var made oneTime
	path := "/v1/counties/{county}/people/" + url.PathEscape(v.r.PathValue("id"))
	if err := v.send(http.MethodPost, path+"/"+change, nil, request, nil, &made); err != nil {
		return err
	}
	if change == "reset" {
		return v.show(http.StatusOK, v.say("people.was_reset"), oneTimePage(v, v.say("people.was_reset"), &made))
	}
	return elsewhere(peoplePath + "/" + url.PathEscape(v.r.PathValue("id")) + "?done=person_" + change)
}

// aboutGrant says which field a refusal of a role is about.
var aboutGrant = map[string]string{
	"ROLE": "role", "ROLES_APART": "role", "SCOPE": "scope", "SCOPE_DEPARTMENT": "scope", "SCOPE_STREET": "scope", "SCOPE_COMMUNITY": "scope",
	"SCOPE_MISSING": "scope", "SCOPE_COUNTY": "scope",
}

// givenRoles are the roles that may be asked for.
func givenRoles() (names []string) {
	for _, role := range access.Roles {
		if role != access.Operator {
			names = append(names, string(role))
		}
	}
	return names
}

func (v *visit) grantForm(status int, typed url.Values, wrong *web.Problem) error {
	var is person
	if err := v.get("/v1/counties/{county}/people/"+url.PathEscape(v.r.PathValue("id")), nil, &is); err != nil {
		return err
	}
	f := &ownForm{
		Title: v.say("people.grant_to", "whom", is.Display), Lead: v.say("people.grant_lead"), At: is.path() + "/grant", Back: is.path(),
		Submit: v.say("people.ask"), Request: newRequest(), Fields: []field{
			asks("role", "people.role", kindChoice).of(givenRoles()...),
			asks("scope", "people.scope", kindText).hinted("people.scope_hint").optional().listed(partiesID),
		},
	}
	f.take(v, typed, wrong, aboutGrant)
	return v.show(status, f.Title, ownPage(v, f))
}

func (v *visit) askGrant() error {
	typed, request, err := v.sentForm()
	if err != nil {
		return err
	}
	body := access.Grant{Role: access.Role(typed.Get("role")), Scope: strings.TrimSpace(typed.Get("scope"))}
	id := url.PathEscape(v.r.PathValue("id"))
	if err := v.send(http.MethodPost, "/v1/counties/{county}/people/"+id+"/grants", nil, request, body, nil); err != nil {
		if wrong := typedWrong(err, aboutGrant); wrong != nil {
			return v.grantForm(wrong.Status, typed, wrong)
		}
		return err
	}
	return elsewhere(peoplePath + "/" + id + "?done=grant_asked")
}

// grantList is a page of grants in one state.
type grantList struct {
	Grants []granted `json:"grants"`
	Next   string    `json:"next"`

	State string
	Names map[string]string // of who asked and decided, by who they are in entries
}

// grantStates are the states of grants, those that wait first.
var grantStates = []string{"requested", "approved", "denied", "revoked"}

func (v *visit) grants() error {
	l := grantList{State: v.r.URL.Query().Get("state")}
	if !slices.Contains(grantStates, l.State) {
		l.State = grantStates[0]
	}
	query := chosen(v.r.URL.Query(), []string{"after"})
	query.Set("state", l.State)
	query.Set("limit", "100")
	if err := v.get("/v1/counties/{county}/grants", query, &l); err != nil {
		return err
	}
	var err error
	if l.Names, err = v.displays(); err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("grants.title"), grantsPage(v, &l))
}

// displays are the names of those who have accounts, by who they are in entries: of
// the first thousand, and the rest stay what they are there.
func (v *visit) displays() (map[string]string, error) {
	all, err := v.everybody()
	names := map[string]string{}
	for i := range all {
		names["person:"+all[i].ID] = all[i].Display
	}
	return names, err
}

// who is somebody's name, or who they are in entries.
func (l *grantList) who(id string) string {
	if name := l.Names[id]; name != "" {
		return name
	}
	return id
}

func (v *visit) decideGrant() error {
	_, request, err := v.sentForm()
	if err != nil {
		return err
	}
	id, decision := url.PathEscape(v.r.PathValue("id")), v.r.PathValue("decision")
	path := "/v1/counties/{county}/grants/" + id
	switch decision {
	case "approve", "deny":
		err = v.send(http.MethodPost, path+"/"+decision, nil, request, nil, nil)
	case "revoke":
		err = v.send(http.MethodDelete, path, nil, request, nil, nil)
	default:
		err = refusal(http.StatusNotFound, "NOT_FOUND", "no_page")
	}
	if err != nil {
		return err
	}
	return elsewhere(grantsPath + "?done=grant_" + decision)
}

// scope is what a role is for.
func (v *visit) scope(code string) string {
	if code == "" {
		return v.say("people.whole_county")
	}
	return v.name(code)
}

// roles are somebody's, in a line.
func (v *visit) roles(grants []access.Grant) string {
	all := each(grants, func(g access.Grant) string {
		text := v.role(string(g.Role))
		if g.Scope != "" {
			text += " " + v.scope(g.Scope)
		}
		return text
	})
	return strings.Join(all, v.say("form.comma"))
}

// secondWait is something that waits for a second person.
type secondWait struct{ path, text string }

// secondWaits are what waits for this administrator to approve or confirm, for the first page,
// which is as good without what cannot be asked.
func (v *visit) secondWaits() (all []secondWait) {
	var asked grantList
	if v.may("grant_approve") && v.get("/v1/counties/{county}/grants", url.Values{"state": {"requested"}, "limit": {"1000"}}, &asked) == nil {
		if n := len(asked.Grants); n > 0 {
			all = append(all, secondWait{grantsPath, v.say("home.grants_wait", "count", count(n))})
		}
	}
	var is settingsNow
	if v.may("settings_confirm") && v.get("/v1/counties/{county}/settings", nil, &is) == nil && is.Waiting != nil && is.Waiting.MayConfirm {
		all = append(all, secondWait{settingsPath, v.say("home.settings_wait")})
	}
	all = append(all, v.accountWaits()...)
	if v.may("audit_alarms") {
		var is alarms
		if v.get("/v1/counties/{county}/audit/alarms", url.Values{"limit": {"100"}}, &is) == nil {
			lately := v.portal.now().Add(-alarmsLately)
			if n := len(slices.DeleteFunc(is.Alarms, func(a alarm) bool { return a.Time.Before(lately) })); n > 0 {
				all = append(all, secondWait{alarmsPath, v.say("home.alarms", "count", count(n))})
			}
		}
	}
	return all
}

// accountWaits are the accounts that wait for who may enable or reset one, and those of
// whom the organisation is gone.
func (v *visit) accountWaits() (waits []secondWait) {
	// The system administrator may enable whom nobody suspended; of these the second has to.
	states := map[string]string{"suspended": "grant_approve", "lapsed": "person_reset", gone: "grant_revoke"}
	if !slices.ContainsFunc(slices.Collect(maps.Values(states)), v.may) {
		return nil
	}
	all, err := v.everybody()
	if err != nil {
		return nil // as above
	}
	for _, state := range accountStates {
		if operation := states[state]; operation == "" || !v.may(operation) {
			continue
		}
		of := slices.DeleteFunc(v.wanted(all, state, ""), func(p person) bool { return p.User == v.me.User })
		if n := len(of); n > 0 {
			waits = append(waits, secondWait{withQuery(peoplePath, url.Values{"state": {state}}), v.say("home.accounts_"+state, "count", count(n))})
		}
	}
	return waits
}
