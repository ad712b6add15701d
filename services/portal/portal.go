package portal

import (
	"cmp"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"feisui/pkg/access"
	"feisui/pkg/message"
)

// Options say what the portal stands on.
type Options struct {
	API      http.Handler   // answers /v1/…, with the session's cookie
	Rights   *access.Matrix // which operations a role has: what is shown in the menu
	Log      *slog.Logger
	Now      func() time.Time // for how old what is known is, never for a date on a page
	FormWait time.Duration    // how long a form may take to come; 0: half a minute
}

// Portal answers pages. It is an http.Handler.
type Portal struct {
	api    http.Handler
	rights *access.Matrix
	log    *slog.Logger
	mux    *http.ServeMux
	assets *assets
	now    func() time.Time
	names  directories
	titles titles

	formWait time.Duration
	patterns []string // of pages
}

// New makes the portal.
func New(o Options) *Portal {
	p := &Portal{
		api: o.API, rights: o.Rights, log: o.Log, mux: http.NewServeMux(),
		assets: loadAssets(), now: o.Now, formWait: cmp.Or(o.FormWait, formWaitUsual),
	}
	p.mux.Handle("GET /assets/{edition}/{name}", p.assets)
	p.signRoutes()
	p.elsewhereRoutes()
	p.factorRoutes()
	p.homeRoutes()
	p.instanceRoutes()
	p.reportRoutes()
	p.flagRoutes()
	p.entryRoutes()
	p.searchRoutes()
	p.inboxRoutes()
	p.boardRoutes()
	p.departmentRoutes()
	p.peopleRoutes()
	p.adminRoutes()
	p.catalogueRoutes()
	p.owedRoutes()
	p.assignRoutes()
	p.assignSheetRoutes()
	p.draftRoutes()
	p.bankRoutes()
	p.moneyRoutes()
	p.payRoutes()
	p.applyRoutes()
	p.taskRoutes()
	p.arrivalsRoutes()
	p.carriedRoutes()
	p.statementRoutes()
	p.importRoutes()
	p.periodRoutes()
	p.warningRoutes()
	return p
}

// page adds a page of the person who is signed in. A method other than GET changes
// something, and so is only taken from a form of ours (sameSite).
func (p *Portal) page(pattern string, answer func(*visit) error) {
	p.route(pattern, func(v *visit) error {
		if err := v.signedIn(); err != nil {
			return err
		}
		if err := v.readForm(true); err != nil {
			return err
		}
		return answer(v)
	})
}

// open adds a page for whoever comes.
func (p *Portal) open(pattern string, answer func(*visit) error) {
	p.route(pattern, func(v *visit) error {
		if err := v.readForm(false); err != nil {
			return err
		}
		return answer(v)
	})
}

func (p *Portal) route(pattern string, answer func(*visit) error) {
	p.patterns = append(p.patterns, pattern)
	p.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		v := p.visit(w, r)
		v.answer(func() error { return answer(v) })
	})
}

// Patterns lists what there are pages for, as http.ServeMux has it.
func (p *Portal) Patterns() []string { return slices.Sorted(slices.Values(p.patterns)) }

// ServeHTTP answers a page, compressed where the browser takes that. What comes
// from a page of another site is refused before anything looks at it.
func (p *Portal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	harden(w.Header())
	squeezed := squeeze(w, r)
	defer squeezed.close(r.Context(), p.log)
	if !sameSite(r) {
		v := p.visit(squeezed, r)
		v.refused(refusal(http.StatusForbidden, "CROSS_ORIGIN", "elsewhere"))
		return
	}
	if !p.Has(r) {
		p.nowhere(squeezed, r)
		return
	}
	p.mux.ServeHTTP(squeezed, r)
}

// Has reports whether there is a page for a request.
func (p *Portal) Has(r *http.Request) bool {
	_, pattern := p.mux.Handler(r)
	return pattern != ""
}

// nowhere answers what no page is for. The mux knows whether the path has other
// methods, and where a path that is not clean should have gone: we send nobody on.
func (p *Portal) nowhere(w http.ResponseWriter, r *http.Request) {
	v := p.visit(w, r)
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		v.refused(refusal(http.StatusMethodNotAllowed, "METHOD", "no_method"))
		return
	}
	v.refused(refusal(http.StatusNotFound, "NOT_FOUND", "no_page"))
}

// languageOf is the language that somebody chose; Chinese for who chose none.
func languageOf(r *http.Request) message.Language {
	c, err := r.Cookie(languageCookie)
	if err == nil && message.Language(c.Value) == message.English {
		return message.English
	}
	return message.Chinese
}
