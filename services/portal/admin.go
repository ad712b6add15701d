package portal

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"feisui/pkg/access"
	"feisui/pkg/web"
)

// This file is the rest of what administrators see: the county's settings, the audit
// log, and how the program is; and everybody's own tokens.

const (
	settingsPath = "/settings"
	tokensPath   = "/tokens"
)

func (p *Portal) adminRoutes() {
	p.page("GET "+settingsPath, func(v *visit) error { return v.settings(http.StatusOK, nil, nil) })
	p.page("POST "+settingsPath, (*visit).askSettings)
	p.page("POST "+settingsPath+"/{id}/{decision}", (*visit).decideSettings)
	p.page("GET /audit", (*visit).audit)
	p.page("GET /audit/verify", (*visit).auditVerify)
	p.page("GET "+alarmsPath, (*visit).alarms)
	p.page("GET "+tokensPath, func(v *visit) error { return v.tokens(http.StatusOK, nil, nil) })
	p.page("POST "+tokensPath, (*visit).newToken)
	p.page("POST "+tokensPath+"/{id}/end", (*visit).endToken)
	p.page("GET /health", (*visit).health)
}

type settings struct {
	Authority   string `json:"authority"`
	IdleMinutes int    `json:"idle_minutes"`
	AuditDays   int    `json:"audit_days"`
	ImportRows  int    `json:"import_rows"`

	FactorRoles   []access.Role `json:"factor_roles"`
	BoundPassword string        `json:"bound_password"`
}

// settingsNow are a county's settings, and the change of them that waits for a second
// person.
type settingsNow struct {
	settings

	Waiting *settingsChange `json:"waiting"`
}

type settingsChange struct {
	ID          string    `json:"id"`
	Settings    settings  `json:"settings"`
	RequestedBy string    `json:"requested_by"`
	RequestedAt time.Time `json:"requested_at"`
	Expires     time.Time `json:"expires_at"`
	MayConfirm  bool      `json:"may_confirm"`

	Requester string
}

func (c *settingsChange) path() string { return settingsPath + "/" + url.PathEscape(c.ID) }

// setting is one of them as people read it.
type setting struct{ title, value string }

func (v *visit) settingLines(s *settings) []setting {
	return []setting{
		{v.say("settings.authority"), v.choice("authority", s.Authority)},
		{v.say("settings.idle_minutes"), count(s.IdleMinutes)},
		{v.say("settings.import_rows"), count(s.ImportRows)},
		{v.say("settings.audit_days"), count(s.AuditDays)},
		{v.say("settings.factor"), v.factorRoles(s)},
		{v.say("settings.bound_password"), v.choice("bound_password", s.BoundPassword)},
	}
}

// factorRoles is who must have a second factor: a choice of the form, else each role, so
// that whoever confirms sees what it is.
func (v *visit) factorRoles(s *settings) string {
	if choice := s.factor(); choice != "own" {
		return v.choice("factor", choice)
	}
	return strings.Join(each(s.FactorRoles, func(r access.Role) string { return v.role(string(r)) }), v.say("form.comma"))
}

var aboutSettings = map[string]string{
	"AUTHORITY": "authority", "IDLE": "idle_minutes", "RETENTION_MIN": "audit_days", "IMPORT_ROWS": "import_rows", "FACTOR_ROLE": "factor", "BOUND_PASSWORD": "bound_password",
}

// settings shows the form by which one asks for others, and while a change waits that one.
func (v *visit) settings(status int, typed url.Values, wrong *web.Problem) error {
	var is settingsNow
	if err := v.get("/v1/counties/{county}/settings", nil, &is); err != nil {
		return err
	}
	if !v.may("settings_request") || is.Waiting != nil && wrong == nil {
		return v.settingsPage(status, &is)
	}
	if typed == nil {
		typed = url.Values{
			"authority": {is.Authority}, "idle_minutes": {strconv.Itoa(is.IdleMinutes)}, "audit_days": {strconv.Itoa(is.AuditDays)},
			"import_rows": {strconv.Itoa(is.ImportRows)}, "factor": {is.factor()}, "bound_password": {is.BoundPassword},
		}
	}
	f := &ownForm{
		Title: v.say("settings.title"), Lead: v.say("settings.lead"), At: settingsPath, Submit: v.say("settings.ask"), Request: newRequest(),
		Fields: []field{
			asks("authority", "settings.authority", kindChoice).of("civil_affairs", "social_work"),
			asks("idle_minutes", "settings.idle_minutes", kindWhole).hinted("settings.idle_hint"),
			asks("audit_days", "settings.audit_days", kindWhole).hinted("settings.audit_hint"),
			asks("import_rows", "settings.import_rows", kindWhole).hinted("settings.import_hint"),
			asks("factor", "settings.factor", kindChoice).of(factorChoices(&is.settings)...).hinted("settings.factor_hint"),
			asks("bound_password", "settings.bound_password", kindChoice).of("allowed", "refused").hinted("settings.bound_hint"),
		},
	}
	f.take(v, typed, wrong, aboutSettings)
	return v.show(status, f.Title, ownPage(v, f))
}

func (v *visit) settingsPage(status int, is *settingsNow) error {
	if is.Waiting != nil {
		names, err := v.displays()
		if err != nil {
			return err
		}
		is.Waiting.Requester = cmp.Or(names[is.Waiting.RequestedBy], is.Waiting.RequestedBy)
	}
	return v.show(status, v.say("settings.title"), settingsPage(v, is))
}

func (v *visit) askSettings() error {
	typed, request, err := v.sentForm()
	if err != nil {
		return err
	}
	var is settings
	if err := v.get("/v1/counties/{county}/settings", nil, &is); err != nil {
		return err
	}
	body := settings{
		typed.Get("authority"), whole(typed.Get("idle_minutes")), whole(typed.Get("audit_days")), whole(typed.Get("import_rows")), is.FactorRoles,
		typed.Get("bound_password"),
	}
	if roles, one := factorOf[typed.Get("factor")]; one {
		body.FactorRoles = roles
	}
	if body.ImportRows == 0 {
		body.ImportRows = -1 // which the API refuses; 0 would leave it as it is
	}
	err = v.send(http.MethodPost, "/v1/counties/{county}/settings/changes", nil, request, body, nil)
	if wrong := typedWrong(err, aboutSettings); wrong != nil {
		return v.settings(wrong.Status, typed, wrong)
	}
	var same *web.Problem
	if errors.As(err, &same) && same.Code == "SETTINGS_SAME" {
		return v.settings(same.Status, typed, same)
	}
	if err != nil {
		return err
	}
	return elsewhere(settingsPath + "?done=settings_asked")
}

func (v *visit) decideSettings() error {
	_, request, err := v.sentForm()
	if err != nil {
		return err
	}
	decision := v.r.PathValue("decision")
	if decision != "confirm" && decision != "drop" {
		return refusal(http.StatusNotFound, "NOT_FOUND", "no_page")
	}
	if err := v.send(http.MethodPost, "/v1/counties/{county}/settings/changes/"+url.PathEscape(v.r.PathValue("id"))+"/"+decision, nil, request, nil, nil); err != nil {
		return err
	}
	return elsewhere(settingsPath + "?done=settings_" + decision)
}

// encouraged are the roles for whom a second factor is recommended.
var encouraged = slices.Concat(access.Administrators, []access.Role{access.FinanceOfficer})

// factorOf says which roles each choice of the form means; the interface takes any.
var factorOf = map[string][]access.Role{
	"none": {}, "administrators": access.Administrators, "money": encouraged,
	"everybody": slices.DeleteFunc(slices.Clone(access.Roles), func(r access.Role) bool { return r == access.Operator }),
}

// factor is the choice that a county's settings are, factor_own for one that is none.
func (s *settings) factor() string {
	for choice, roles := range factorOf {
		if len(roles) == len(s.FactorRoles) && !slices.ContainsFunc(roles, func(r access.Role) bool { return !slices.Contains(s.FactorRoles, r) }) {
			return choice
		}
	}
	return "own"
}

func factorChoices(s *settings) []string {
	choices := []string{"none", "administrators", "money", "everybody"}
	if now := s.factor(); !slices.Contains(choices, now) {
		choices = append(choices, now)
	}
	return choices
}

// whole is a whole number that was typed; 0 for what is none, of which the API says
// that it is too little.
func whole(text string) int {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		return 0
	}
	return n
}

// auditLine is a line of the audit log.
type auditLine struct {
	access.Record

	N    int64     `json:"n"`
	Time time.Time `json:"time"`
	Hash string    `json:"hash"`
}

// auditLog is a page of it and how it was asked for.
type auditLog struct {
	Lines []auditLine `json:"lines"`
	Next  int64       `json:"next"`

	Asked url.Values
	Names map[string]string
	Fault string
}

var auditFilters = []string{"actor", "operation", "decision", "from", "to"}

func (v *visit) audit() error {
	l := auditLog{Asked: chosen(v.r.URL.Query(), auditFilters)}
	query := copied(l.Asked)
	query.Set("limit", "100")
	if before := v.r.URL.Query().Get("before"); before != "" {
		query.Set("before", before)
	}
	status := http.StatusOK
	if err := v.get("/v1/counties/{county}/audit", query, &l); err != nil {
		p := mendable(err)
		if p == nil {
			return err
		}
		l.Fault, status = v.sentence(p), p.Status
	}
	if v.may("people") {
		var err error
		if l.Names, err = v.displays(); err != nil {
			return err
		}
	}
	return v.show(status, v.say("audit.title"), auditPage(v, &l))
}

// who is somebody's name, or who they are in the log.
func (l *auditLog) who(id string) string {
	if name := l.Names[id]; name != "" {
		return name
	}
	return id
}

// older is the page of lines before this one, "" where there is none.
func (l *auditLog) older() string {
	if l.Next == 0 {
		return ""
	}
	query := copied(l.Asked)
	query.Set("before", strconv.FormatInt(l.Next, 10))
	return withQuery("/audit", query)
}

// operation is what an operation is called, or its id.
func (v *visit) operation(id string) string {
	if key := "operation." + id; says(key) {
		return v.say(key)
	}
	return id
}

// auditChecked is what came of looking at the whole log.
type auditChecked struct {
	OK    bool     `json:"ok"`
	Lines int64    `json:"lines"`
	Hash  string   `json:"hash"`
	Wrong []string `json:"wrong"`

	Known string
	Asked bool
	Fault string
}

func (v *visit) auditVerify() error {
	given := v.r.URL.Query()
	is := auditChecked{Known: strings.TrimSpace(given.Get("known")), Asked: given.Has("known")}
	status := http.StatusOK
	if is.Asked {
		if err := v.get("/v1/counties/{county}/audit/verify", chosen(given, []string{"known"}), &is); err != nil {
			p := mendable(err)
			if p == nil {
				return err
			}
			is.Fault, status = v.sentence(p), p.Status
		}
	}
	return v.show(status, v.say("audit.verify"), auditVerifyPage(v, &is))
}

// token is one of somebody's own.
type token struct {
	ID      string         `json:"id"`
	Name    string         `json:"name"`
	Grants  []access.Grant `json:"grants"`
	Created time.Time      `json:"created_at"`
	Expires time.Time      `json:"expires_at"`
	Used    *time.Time     `json:"used_at"`
	Secret  string         `json:"token"`
}

func (t *token) path() string { return tokensPath + "/" + url.PathEscape(t.ID) }

var aboutToken = map[string]string{
	"TOKEN_NAME": "name", "TOKEN_LIFE": "days", "TOKEN_GRANTS": "grants", "GRANT_NOT_HELD": "grants", "TOKENS_MAX": "name",
}

func (v *visit) tokens(status int, typed url.Values, wrong *web.Problem) error {
	var all struct {
		Tokens []token `json:"tokens"`
	}
	if err := v.get("/v1/session/tokens", nil, &all); err != nil {
		return err
	}
	if typed == nil {
		typed = url.Values{"days": {"90"}}
	}
	f := &ownForm{
		At: tokensPath, Submit: v.say("tokens.create"), Request: newRequest(), Fields: []field{
			asks("name", "tokens.name", kindText).hinted("tokens.name_hint"),
			asks("days", "tokens.days", kindWhole),
		},
	}
	f.take(v, typed, wrong, aboutToken)
	return v.show(status, v.say("tokens.title"), tokensPage(v, f, all.Tokens))
}

// newToken makes a token with all that its holder may do. Its secret is shown in the
// answer itself, as a one-time password is.
func (v *visit) newToken() error {
	typed, request, err := v.sentForm()
	if err != nil {
		return err
	}
	body := map[string]any{"name": strings.TrimSpace(typed.Get("name")), "grants": v.me.Grants, "days": whole(typed.Get("days"))}
	var made token
	if err := v.send(http.MethodPost, "/v1/session/tokens", nil, request, body, &made); err != nil {
		if wrong := typedWrong(err, aboutToken); wrong != nil {
			return v.tokens(wrong.Status, typed, wrong)
		}
		return err
	}
	return v.show(http.StatusOK, v.say("tokens.made"), tokenMadePage(v, &made))
}

func (v *visit) endToken() error {
	_, request, err := v.sentForm()
	if err != nil {
		return err
	}
	if err := v.send(http.MethodDelete, "/v1/session/tokens/"+url.PathEscape(v.r.PathValue("id")), nil, request, nil, nil); err != nil {
		return err
	}
	return elsewhere(tokensPath + "?done=token_end")
}

// readiness is how the parts of the program are.
type readiness struct {
	Ready bool   `json:"ready"`
	Parts []part `json:"parts"`
}

type part struct {
	Name     string `json:"name"`
	OK       bool   `json:"ok"`
	Position int64  `json:"position"`
	Behind   int64  `json:"behind"`
	Error    string `json:"error"`
}

// kind is what a part is, without the county it is for.
func (p *part) kind() string {
	kind, _, _ := strings.Cut(p.Name, "/")
	return kind
}

// health says how the program is, of one's own county. What is not ready is an answer
// too, and is shown.
func (v *visit) health() error {
	a, err := v.ask(v.r.Context(), http.MethodGet, "/readyz", nil, nil, http.NoBody)
	if err != nil {
		return err
	}
	if a.status == http.StatusServiceUnavailable {
		a.status = http.StatusOK
	}
	var is readiness
	if err := a.read(&is); err != nil {
		return err
	}
	is.Parts = slices.DeleteFunc(is.Parts, func(p part) bool {
		_, county, of := strings.Cut(p.Name, "/")
		return of && county != v.me.County
	})
	return v.show(http.StatusOK, v.say("health.title"), healthPage(v, &is))
}

// partError says in the reader's language what is wrong with a part.
func (v *visit) partError(p *part) string {
	if key := "health.wrong_" + p.kind(); says(key) {
		return v.say(key)
	}
	return p.Error
}
