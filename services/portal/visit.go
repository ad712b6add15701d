package portal

import (
	"bytes"
	"cmp"
	"context"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/message"
	"feisui/pkg/web"
)

//go:embed messages
var texts embed.FS

// catalogues are the texts by the part of the portal that says them: the first
// word of a key, as in "sign.in".
var catalogues = loadCatalogues()

func loadCatalogues() map[string]*message.Catalogue {
	all := map[string]*message.Catalogue{}
	parts, err := fs.ReadDir(texts, "messages")
	if err != nil {
		panic(err) // it is embedded
	}
	for _, part := range parts {
		all[part.Name()] = message.MustLoad(fs.Sub(texts, path.Join("messages", part.Name())))
	}
	return all
}

// me is who looks, as the API says.
type me struct {
	Who        string         `json:"who"`
	County     string         `json:"county"`
	User       string         `json:"user"`
	Display    string         `json:"display"`
	Office     string         `json:"office"`
	Grants     []access.Grant `json:"grants"`
	MustChange bool           `json:"must_change_password"`
	FactorLack bool           `json:"factor_needed"`
	Demo       bool           `json:"demo"`
	Seen       int64          `json:"seen"` // up to which entry they have looked at their notices
}

// visit is one request and who makes it.
type visit struct {
	portal *Portal
	w      http.ResponseWriter
	r      *http.Request
	lang   message.Language
	me     me
	asOf   known      // what stands on the page is of then; for its head on paper
	letter bool       // the page is printed as an official document, with a head of its own
	dir    *directory // nil until something is called by its name
}

// known is until when something is known; what is not given is not said.
type known struct {
	day      civil.Date
	position int64
}

// printed is the head of a page on paper: where it is from, whose view of it this is,
// and as of when.
func (v *visit) printed() string {
	parts := []string{v.say("page.product"), v.say("page.printed", "county", v.county(), "who", v.me.Display)}
	if v.asOf.day.Given() {
		parts = append(parts, v.say("page.printed_day", "day", v.date(v.asOf.day)))
	}
	if v.asOf.position > 0 {
		parts = append(parts, v.say("page.printed_position", "position", number(v.asOf.position)))
	}
	if v.me.Demo {
		parts = append(parts, v.say("page.printed_demo"))
	}
	return strings.Join(parts, " · ")
}

// county is what the county is called, its number for who is told no names. Who has to
// do something else first has no rights yet, and asks for none.
func (v *visit) county() string {
	if v.first() {
		return v.me.County
	}
	return cmp.Or(v.directory().Name, v.me.County)
}

func (p *Portal) visit(w http.ResponseWriter, r *http.Request) *visit {
	return &visit{portal: p, w: w, r: r, lang: languageOf(r)}
}

// elsewhere sends the browser to another page of ours, which it reads.
type elsewhere string

func (e elsewhere) Error() string { return "see " + string(e) }

// signedIn learns who looks. Who is nobody signs in first, and comes back (refused).
func (v *visit) signedIn() error {
	var ended *web.Problem
	switch err := v.get("/v1/session", nil, &v.me); {
	case errors.As(err, &ended) && ended.Code == factorPending && v.r.URL.Path == signOutPath:
		return nil
	case err != nil:
		return err
	case v.me.MustChange && v.r.URL.Path != passwordPath && v.r.URL.Path != signOutPath:
		return elsewhere(passwordPath)
	case v.me.FactorLack && !v.me.MustChange && !slices.Contains(beforeFactor, v.r.URL.Path):
		return elsewhere(factorSetUpPath)
	}
	return nil
}

// beforeFactor are the pages of who must set up a second factor first.
var beforeFactor = []string{factorSetUpPath, factorSetUpPath + "/confirm", passwordPath, signOutPath}

// factorPending is the code of the refusal of who has not shown a second factor yet.
const factorPending = "FACTOR_PENDING"

// first reports that something has to be done before anything else.
func (v *visit) first() bool { return v.me.MustChange || v.me.FactorLack }

// signInThen is the address of signing in, or of the second factor of who is half in,
// after which one is where one was. A form that was sent is not sent again: it is shown
// again, with the draft of what was typed.
func signInThen(r *http.Request, why string) string {
	next := r.URL.RequestURI()
	if r.Method != http.MethodGet && !strings.HasPrefix(next, "/w/") && r.URL.Path != assignPath {
		next = "/"
	}
	query := url.Values{}
	if next != "/" {
		query.Set("next", next)
	}
	if says("sign.why_" + why) {
		query.Set("why", why)
	}
	at := signInPath
	if why == factorPending {
		at = factorPath
	}
	return withQuery(at, query)
}

// may reports whether a role of theirs has an operation at all, or whoever is signed in.
func (v *visit) may(operation string) bool {
	if v.portal.rights.Anyone(operation) != access.Never {
		return true
	}
	for _, g := range v.me.Grants {
		if v.portal.rights.Cell(operation, g.Role).Reach != access.Never {
			return true
		}
	}
	return false
}

// is reports whether they have one of some roles.
func (v *visit) is(roles ...access.Role) bool {
	for _, g := range v.me.Grants {
		if slices.Contains(roles, g.Role) {
			return true
		}
	}
	return false
}

// ofCounty reports whether they have a role in the county itself.
func (v *visit) ofCounty() bool {
	return slices.ContainsFunc(v.me.Grants, func(g access.Grant) bool { return g.Scope == "" })
}

// say gives a text in the language of who looks; args are name, value, name, value.
func (v *visit) say(key string, args ...string) string {
	return say(v.lang, key, args...)
}

func say(lang message.Language, key string, args ...string) string {
	part, _, _ := strings.Cut(key, ".")
	c := catalogues[part]
	if c == nil {
		return key
	}
	t := message.Text{Key: key, Args: message.Args{}}
	for i := 0; i+1 < len(args); i += 2 {
		t.Args[args[i]] = args[i+1]
	}
	return c.Say(lang, t)
}

// says reports whether there is a text under a key.
func says(key string) bool {
	part, _, _ := strings.Cut(key, ".")
	c := catalogues[part]
	return c != nil && c.Has(key)
}

// words are a text that the API gives in both languages.
type words struct {
	Zh string `json:"zh"`
	En string `json:"en"`
}

func (v *visit) in(w words) string {
	if v.lang == message.English && w.En != "" {
		return w.En
	}
	return w.Zh
}

// show answers with a page: its title, and what stands in it.
func (v *visit) show(status int, title string, body templ.Component) error {
	return v.write(status, v.layout(title, body))
}

// write renders before it answers, so that what fails is not half a page.
func (v *visit) write(status int, page templ.Component) error {
	var b bytes.Buffer
	if err := page.Render(context.WithoutCancel(v.r.Context()), &b); err != nil { // also that a form came too slowly
		return err
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
	if _, err := v.w.Write(b.Bytes()); err != nil {
		v.portal.log.InfoContext(v.r.Context(), "a page was not taken", slog.Any("error", err))
	}
	return nil
}

// answer answers with a page, or with why not. What panics is logged with its stack
// and answered as what is broken: nothing was written, for pages are rendered first.
func (v *visit) answer(page func() error) {
	defer func() {
		if cause := recover(); cause != nil {
			v.portal.log.ErrorContext(v.r.Context(), "a page panicked",
				slog.String("path", v.r.URL.Path), slog.Any("cause", cause), slog.String("stack", string(debug.Stack())))
			v.refused(refusal(http.StatusInternalServerError, "INTERNAL", "broken"))
		}
	}()
	if err := page(); err != nil {
		v.refused(err)
	}
}

// refused answers with the sentence of a refusal; what is broken is logged, and
// said to be broken.
func (v *visit) refused(err error) {
	var to elsewhere
	if errors.As(err, &to) {
		http.Redirect(v.w, v.r, string(to), http.StatusSeeOther)
		return
	}
	var p *web.Problem
	if errors.As(err, &p) && p.Status == http.StatusUnauthorized && v.r.URL.Path != signInPath {
		if !followed(v.r, p) {
			http.Redirect(v.w, v.r, signInThen(v.r, p.Code), http.StatusSeeOther)
			return
		}
		err = v.goOn()
		if err == nil {
			return
		}
	}
	if !errors.As(err, &p) {
		v.portal.log.ErrorContext(v.r.Context(), "a page failed", slog.String("path", v.r.URL.Path), slog.Any("error", err))
		p = refusal(http.StatusInternalServerError, "INTERNAL", "broken")
	}
	v.dir = cmp.Or(v.dir, v.portal.names.get(v.told()), &directory{}) // what does not answer is not asked once more
	if err := v.show(p.Status, v.say("page.refused"), refusedPage(v, p)); err != nil {
		v.portal.log.ErrorContext(context.WithoutCancel(v.r.Context()), "a refusal failed", slog.Any("error", err))
	}
}

// refusal is one of the portal's own.
func refusal(status int, code, key string) *web.Problem {
	return web.Refuse(status, code, say(message.Chinese, "page."+key), say(message.English, "page."+key))
}

// sentence is what a problem says to who looks.
func (v *visit) sentence(p *web.Problem) string { return v.in(words{p.Title, p.Detail}) }
