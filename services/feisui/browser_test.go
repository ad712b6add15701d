package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/html"

	"feisui/pkg/figure"
)

// The portal as a browser has it: every page of each role and each role's main job,
// in a real Chromium. What runs in it is services/portal/browser.

const browserFolder = "../portal/browser"

// needBrowser ends the test where Chromium, Node.js or the packages of the browser
// tests are missing: as a failure where everything must run, and else plainly said.
func needBrowser(t testing.TB) (chromium, node string) {
	t.Helper()
	var err error
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if chromium, err = exec.LookPath(name); err == nil {
			break
		}
	}
	if err == nil {
		node, err = exec.LookPath("node")
	}
	if err == nil {
		_, err = os.Stat(filepath.Join(browserFolder, "node_modules", "playwright-core", "package.json"))
	}
	if err != nil {
		figure.Skip(t, fmt.Sprintf("the browser tests lack something that make browser installs: %v", err))
	}
	return chromium, node
}

// walked is a page as the browser found it.
type walked struct {
	Role, Path, Lang  string
	Status, MS, Bytes int
	Faults            []string
}

// line is what the browser's side says.
type browserLine struct {
	Page *walked
	Job  *struct{ Name, Why string }
	End  bool
}

// stroll is what one role opens: each page in some languages.
type stroll struct {
	Role  string      `json:"role"`
	Pages []strolling `json:"pages"`
}

type strolling struct {
	Path      string   `json:"path"`
	Languages []string `json:"languages"`
}

// browse has a browser do what is asked, and gives all that it says. Nothing of it
// is left when this returns.
func browse(t *testing.T, asked map[string]any) (pages []walked, jobs map[string]string) {
	t.Helper()
	chromium, node := needBrowser(t)
	asked["chromium"] = chromium
	line, err := json.Marshal(asked)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, "main.mjs")
	cmd.Dir, cmd.WaitDelay = browserFolder, 20*time.Second
	cmd.Env = append(os.Environ(), "TMPDIR="+t.TempDir())
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // on which it ends its browser
	var said bytes.Buffer
	cmd.Stderr = &said
	in, err := cmd.StdinPipe() // it ends when this closes, also because this process was killed
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Write(append(line, '\n')); err != nil {
		t.Fatal(err)
	}
	ended := false
	jobs = map[string]string{}
	for lines := bufio.NewReader(out); ; {
		text, err := lines.ReadBytes('\n')
		if err != nil {
			if err != io.EOF {
				t.Error(err)
			}
			break
		}
		var l browserLine
		if err := json.Unmarshal(text, &l); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		switch {
		case l.Page != nil:
			pages = append(pages, *l.Page)
		case l.Job != nil:
			jobs[l.Job.Name] = l.Job.Why
		}
		ended = ended || l.End
	}
	if err := cmd.Wait(); err != nil || !ended {
		t.Errorf("the browser's side after %d pages and %d jobs: %v\n%s", len(pages), len(jobs), err, said.String())
	}
	return pages, jobs
}

// strolls are what each role opens in a browser: what its menu leads to, and beside
// that the kinds of pages that no role before had. What a menu leads to is opened in
// English too; the words of the rest are looked at without a browser.
func (s *portalStage) strolls() (all []stroll) {
	s.t.Helper()
	all = []stroll{{"nobody", []strolling{{"/sign-in", both}, {"/sign-in?why=SESSION_IDLE", both}}}}
	known := map[string]bool{}
	for _, role := range portalRoles {
		one, of := stroll{Role: string(role)}, map[string]bool{}
		for i, p := range s.as(role).crawl() {
			kind := pageKind(s.t, p.path)
			inMenu := i == 0 || s.inMenu(p)
			if of[kind] || known[kind] && !inMenu {
				continue
			}
			languages := both
			if known[kind] || !inMenu {
				languages = both[:1]
			}
			of[kind], known[kind] = true, true
			one.Pages = append(one.Pages, strolling{p.path, languages})
		}
		all = append(all, one)
	}
	return all
}

// inMenu reports that a page is where its menu says that one is.
func (s *portalStage) inMenu(p seen) bool {
	return slices.ContainsFunc(p.elements("a"), func(n *html.Node) bool { return has(n, "aria-current") && attribute(n, "href") == p.path })
}

var both = []string{"zh-CN", "en"}

// TestBrowserWalksAndWorks opens what each role comes to, on a desk and on a phone,
// in both languages, and has each role do what it comes for.
func TestBrowserWalksAndWorks(t *testing.T) { //nolint:paralleltest // alone: how long an answer takes is looked at
	needBrowser(t)
	s := portalPlayed(t, asTyped)
	for _, no := range []string{"JB-11", "JB-12", "JB-13", "JB-14", "JB-15"} {
		s.flow("task").begin(officeHead, object("no", no, "department", "D01", "community", north, "item", "A01", "quantity", "1", "pay_by", "2025-04-30"))
	}
	asked := map[string]any{"server": s.address, "password": demoPassword, "walks": s.strolls(), "jobs": true}
	if os.Getenv("FEISUI_SCREENS") != "" { // pictures of every page: make screens
		asked["screens"] = os.Getenv("FEISUI_SCREENS")
	}
	began := time.Now()
	pages, jobs := browse(t, asked)
	roles, english, heaviest, slowest := map[string]bool{}, 0, 0, 0
	for _, p := range pages {
		roles[p.Role], heaviest, slowest = true, max(heaviest, p.Bytes), max(slowest, p.MS)
		if p.Lang == "en" {
			english++
		}
		for _, fault := range p.Faults {
			t.Errorf("%s at %s in %s: %s", p.Role, p.Path, p.Lang, fault)
		}
	}
	if len(roles) != len(portalRoles)+1 || english < 20 || heaviest < 1000 {
		t.Errorf("%d roles, %d pages in English, the heaviest %d bytes", len(roles), english, heaviest)
	}
	for name, why := range jobs {
		if why != "" {
			t.Errorf("%s: %s", name, why)
		}
	}
	if len(jobs) < 27 {
		t.Errorf("only %d jobs were done", len(jobs))
	}
	s.worked()
	figure.Logf(t, "%d pages and %d jobs in %s; the heaviest first visit %d bytes, the slowest answer %d ms", len(pages), len(jobs), time.Since(began).Round(time.Second), heaviest, slowest)
}

// worked looks that what was done in the browser was done, and once.
func (s *portalStage) worked() {
	s.t.Helper()
	for id, state := range map[string]string{
		"JB-1": "accepted", "JB-2": "conditional", "JB-8": "rejected", "JB-9": "accepted", "JB-10": "conditional", "JB-11": "rejected", "JB-12": "accepted", "JB-13": "delivered", "JB-14": "accepted", "JB-15": "accepted", "JB-NEW": "delivered",
		"JB-D-1": "delivered", "JB-D-2": "delivered",
	} {
		if in := s.seen(ofAuthority, id); in.State != state {
			s.t.Errorf("%s is %s, not %s", id, in.State, state)
		}
	}
	for no, what := range map[string]string{
		"JB-1": "pressed twice", "JB-12": "sent when the line was back", "JB-14": "sent again for want of an answer", "JB-15": "sent as something new",
	} {
		accepted := 0
		for _, m := range s.seen(ofAuthority, no).Timeline {
			if strings.Contains(m.Chinese, "接收") && !strings.Contains(m.Chinese, "签收") {
				accepted++
			}
		}
		if accepted != 1 {
			s.t.Errorf("what was %s was done %d times", what, accepted)
		}
	}
	if in, there := s.caseSeen(ofAuthority, feeOf("JB-OLD", "1")); !there || in.State != "blue" {
		s.t.Errorf("the case is %s", in.State)
	}
	if in := s.flow("admission").seen(ofAuthority, "SQ-1"); in.State == "submitted" || in.State == "draft" {
		s.t.Errorf("the application is %s", in.State)
	}
	if in := s.flow("payment").seen(ofAuthority, "P-9"); in.State != "paid" {
		s.t.Errorf("the payment is %s", in.State)
	}
}

// TestBrowserSeesFaults is the control of TestBrowserWalksAndWorks: pages each with
// something wrong, all of which must be found.
func TestBrowserSeesFaults(t *testing.T) { //nolint:paralleltest // likewise
	needBrowser(t)
	const head, tail = `<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>T</title><link rel="icon" href="data:,"></head><body><main>`, `</main></body></html>`
	broken := map[string]struct{ page, says string }{
		"/label":    {head + `<h1>H</h1><input name="x">` + tail, "x"},
		"/contrast": {head + `<h1>H</h1><p id="p">pale</p><style>p{color:#ccc;background:#fff}</style>` + tail, "color-contrast"},
		"/h1":       {head + `<h1>H</h1><h1>I</h1>` + tail, "2 h1"},
		"/lang":     {strings.Replace(head, ` lang="zh-CN"`, "", 1) + `<h1>H</h1>` + tail, "html-has-lang"},
		"/title":    {strings.Replace(head, `<title>T</title>`, "", 1) + `<h1>H</h1>` + tail, "no title"},
		"/wide":     {head + `<h1>H</h1><div style="width:900px">w</div>` + tail, "phone: the page is"},
		"/console":  {head + `<h1>H</h1><script>console.error("lost")</script>` + tail, "lost"},
		"/throws":   {head + `<h1>H</h1><script>throw new Error("thrown")</script>` + tail, "thrown"},
		"/heavy":    {head + `<h1>H</h1>` + strings.Repeat("<p>0123456789</p>", 8000) + tail, "bytes for a first visit"},
		"/slow":     {head + `<h1>H</h1>` + tail, "ms"},
		"/policy":   {head + `<h1>H</h1><script>1</script>` + tail, "Content Security Policy"},
		"/missing":  {head + `<h1>H</h1><img src="/none.png" alt="n">` + tail, "404"},
		"/refused":  {head + `<h1>H</h1>` + tail, "status 403"},
		"/whole":    {head + `<h1>H</h1>` + tail, ""},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		of, known := broken[r.URL.Path]
		switch {
		case !known:
			w.WriteHeader(http.StatusNotFound)
			return
		case r.URL.Path == "/slow":
			time.Sleep(2200 * time.Millisecond)
		case r.URL.Path == "/policy":
			w.Header().Set("Content-Security-Policy", "script-src 'self'")
		case r.URL.Path == "/refused":
			w.WriteHeader(http.StatusForbidden)
		}
		io.WriteString(w, of.page)
	}))
	defer server.Close()
	var pages []strolling
	for path := range broken {
		pages = append(pages, strolling{path, both[:1]})
	}
	found, _ := browse(t, map[string]any{"server": server.URL, "walks": []stroll{{"nobody", pages}}})
	if len(found) != len(broken) {
		t.Errorf("%d of %d pages were opened", len(found), len(broken))
	}
	for _, p := range found {
		says := broken[p.Path].says
		if says == "" && len(p.Faults) > 0 || says != "" && !slices.ContainsFunc(p.Faults, func(f string) bool { return strings.Contains(f, says) }) {
			t.Errorf("%s: %q", p.Path, p.Faults)
		}
	}
}
