// Package feisui_test keeps the house in order: what no compiler and no single
// package can see. Each check has its control, which shows that it can fail.
package feisui_test

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"feisui/pkg/figure"
)

// What reads well. A limit is where a reader starts to scroll, not a target.
const (
	fileLinesMax     = 500
	functionLinesMax = 70
	testLinesMax     = 120 // a test is often one long table
	columnsMax       = 160 // in production code; a tab is four, what stands in quotes is not counted
	fileBytesMax     = 400_000
)

// openAPI is written by make gen out of the routes, and read by programs.
const openAPI = "schemas/openapi.json"

// clockReaders are the files that may ask what time it is, each with its reason.
var clockReaders = map[string]string{
	"pkg/pgtest/server.go":             "the server for tests ends when nobody has used it for a while",
	"services/feisui/run.go":           "main gives the journal its clock",
	"services/feisui/serve/clock.go":   "says which day begins",
	"pkg/book/book.go":                 "looks at the journal every second",
	"services/ledger/api/history.go":   "tells a listener now and then that it is there",
	"services/ledger/keep/announce.go": "tries again after a second",
	"services/ledger/keep/write.go":    "tries again after a second",
	"services/portal/limits.go":        "a form that does not come to its end is not waited for",
}

// skipper is the file that may leave a test out: it says so, and fails instead when
// CI is set. A test that is skipped prints ok.
const skipper = "pkg/figure/figure.go"

// file is one Go file of the house.
type file struct {
	path   string
	syntax *ast.File
	fset   *token.FileSet
	source []byte
}

func (f file) test() bool { return strings.HasSuffix(f.path, "_test.go") }

// pkg is the file's package, without the module's name.
func (f file) pkg() string { return strings.TrimPrefix(path.Dir(f.path), ".") }

func parse(name string, source []byte, mode parser.Mode) (file, error) {
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, name, source, mode)
	return file{name, syntax, fset, source}, err
}

// paths lists what is committed or will be: everything but what .gitignore names.
func paths(t *testing.T) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{".git", "build", ".cache", filepath.Join("tools", "bin"), filepath.FromSlash("services/portal/browser/node_modules")}, name):
			return fs.SkipDir
		case entry.Type().IsRegular() && name != ".git" && !strings.HasSuffix(name, ".test") && !strings.HasSuffix(name, ".out"):
			found = append(found, filepath.ToSlash(name))
		}
		return nil
	})
	if err != nil || len(found) < 100 {
		t.Fatalf("%d files, %v", len(found), err)
	}
	return found
}

func content(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.FromSlash(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func goFiles(t *testing.T, mode parser.Mode) []file {
	t.Helper()
	var files []file
	for _, name := range paths(t) {
		if path.Ext(name) != ".go" {
			continue
		}
		f, err := parse(name, []byte(content(t, name)), mode)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// templates are the files that templ writes.
var templates = regexp.MustCompile(`^services/portal/\w+_templ\.go$`)

func TestGoFilesAreTidy(t *testing.T) {
	t.Parallel()
	for _, f := range goFiles(t, parser.ParseComments) {
		if ast.IsGenerated(f.syntax) && templates.MatchString(f.path) {
			continue // a template beside it is what people read
		}
		for _, wrong := range untidy(f) {
			t.Errorf("%s:%s", f.path, wrong)
		}
	}
}

// untidy says what is wrong with a file, each with its line.
func untidy(f file) []string {
	return slices.Concat(tooLong(f), tooWide(f), clocks(f), skips(f), tags(f))
}

func tooLong(f file) (wrong []string) {
	if n := bytes.Count(f.source, []byte("\n")); n > fileLinesMax {
		wrong = append(wrong, at(n, "a file of more than %s lines", strconv.Itoa(fileLinesMax)))
	}
	most := functionLinesMax
	if f.test() {
		most = testLinesMax
	}
	for _, d := range f.syntax.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok {
			first, last := f.line(fn.Pos()), f.line(fn.End())
			if last-first+1 > most {
				wrong = append(wrong, at(first, "%s has more than the lines that a reader sees at once", fn.Name.Name))
			}
		}
	}
	return wrong
}

// tooWide finds lines that a reader must scroll. What stands in quotes does not
// count: a sentence, a pattern or a struct tag cannot be broken.
func tooWide(f file) (wrong []string) {
	if f.test() { // tables of cases are as wide as what they say
		return nil
	}
	var s scanner.Scanner
	text := slices.Clone(f.source)
	s.Init(f.fset.AddFile("", -1, len(text)), text, nil, 0)
	base := f.fset.Base() - len(text) - 1
	unquoted := slices.Clone(text)
	for {
		pos, tok, literal := s.Scan()
		if tok == token.EOF {
			break
		}
		if tok == token.STRING {
			start := int(pos) - base
			for i := start; i < start+len(literal) && i < len(unquoted); i++ {
				if unquoted[i] != '\n' {
					unquoted[i] = 0
				}
			}
		}
	}
	n := 0
	for line := range bytes.Lines(unquoted) {
		n++
		line = bytes.ReplaceAll(bytes.TrimRight(line, "\n"), []byte{0}, nil)
		if utf8.RuneCount(line)+3*bytes.Count(line, []byte("\t")) > columnsMax {
			wrong = append(wrong, at(n, "a line of more than %s columns", strconv.Itoa(columnsMax)))
		}
	}
	return wrong
}

// clocks finds where a file asks the time. Facts carry their own dates, and
// whoever needs a clock is given one.
func clocks(f file) (wrong []string) {
	if f.test() || clockReaders[f.path] != "" {
		return nil
	}
	name := ""
	for _, spec := range f.syntax.Imports {
		if spec.Path.Value == `"time"` {
			if name = "time"; spec.Name != nil {
				name = spec.Name.Name
			}
		}
	}
	asks := []string{"Now", "Since", "Until", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Sleep"}
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && name != "" {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == name && slices.Contains(asks, s.Sel.Name) {
				wrong = append(wrong, at(f.line(s.Pos()), "time.%s: a clock is an argument", s.Sel.Name))
			}
		}
		return true
	})
	return wrong
}

// skips finds tests that may be left out where nobody asked for that.
func skips(f file) (wrong []string) {
	if f.path == skipper {
		return nil
	}
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl: // a benchmark proves nothing, so leaving it out hides nothing
			return !strings.HasPrefix(n.Name.Name, "Benchmark")
		case *ast.IfStmt: // whoever says -short asked; make test does not
			short, ok := n.Cond.(*ast.CallExpr)
			return !ok || !called(short, "Short")
		case *ast.CallExpr:
			if called(n, "Skip", "Skipf", "SkipNow") && !of(n, "figure") {
				wrong = append(wrong, at(f.line(n.Pos()), "%s", "a test that is skipped looks like one that passed"))
			}
		}
		return true
	})
	return wrong
}

// called reports whether a call is one of x.name.
func called(call *ast.CallExpr, names ...string) bool {
	s, ok := call.Fun.(*ast.SelectorExpr)
	return ok && slices.Contains(names, s.Sel.Name)
}

// of reports whether a call is one of a package's.
func of(call *ast.CallExpr, name string) bool {
	x, ok := call.Fun.(*ast.SelectorExpr).X.(*ast.Ident)
	return ok && x.Name == name
}

// TestNothingIsLeftOut: -short is for impatient people, not for the gate.
func TestNothingIsLeftOut(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Makefile", ".ci/run"} {
		if strings.Contains(content(t, name), "-short") {
			t.Errorf("%s leaves tests out", name)
		}
	}
	// A test that is run by its name is there: go test says ok to a name that is not.
	for _, m := range regexp.MustCompile(`-run '\^(Test\w+)`).FindAllStringSubmatch(content(t, "Makefile"), -1) {
		if !slices.ContainsFunc(goFiles(t, parser.SkipObjectResolution), func(f file) bool {
			return f.test() && bytes.Contains(f.source, []byte("func "+m[1]+"("))
		}) {
			t.Errorf("the Makefile runs %s, which is nowhere", m[1])
		}
	}
}

// TestMakeTellsFigures whether what it runs passes or fails, and fails when that does.
func TestMakeTellsFigures(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("make"); err != nil {
		figure.Skip(t, "make is missing")
	}
	for ends, failed := range map[string]bool{"true": false, "exit 3": true} {
		cmd := exec.CommandContext(t.Context(), "make", "-s", "try", "FIGURES="+filepath.Join(t.TempDir(), "figures"),
			`--eval=try: ; $(call told,echo "TestX: 3 kills" >> "$$FEISUI_FIGURES"; `+ends+`)`)
		cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "MAKE") || strings.HasPrefix(v, "MFLAGS=") })
		out, err := cmd.Output()
		if string(out) != "--- figures\nTestX: 3 kills\n---\n" || failed != (err != nil) {
			t.Errorf("%s: %v, %s", ends, err, out)
		}
	}
	recipe := regexp.MustCompile(`(?m)^test:.*\n((?:\t.*\n)+)`).FindStringSubmatch(content(t, "Makefile"))
	for line := range strings.SplitSeq(recipe[1], "\n") {
		if strings.Contains(line, "$(TEST)") && !strings.Contains(line, "$(call told,") {
			t.Errorf("make test keeps to itself what is measured by %s", line)
		}
	}
}

// tags finds tests that are only compiled when somebody asks for them.
func tags(f file) (wrong []string) {
	if !f.test() {
		return nil
	}
	for _, group := range f.syntax.Comments {
		for _, c := range group.List {
			tag, ok := strings.CutPrefix(c.Text, "//go:build ")
			if ok && tag != "race" && tag != "!race" {
				wrong = append(wrong, at(f.line(c.Pos()), "a test behind the tag %s never runs", tag))
			}
		}
	}
	return wrong
}

func (f file) line(p token.Pos) int { return f.fset.Position(p).Line }

func at(line int, format, what string) string {
	return strconv.Itoa(line) + ": " + strings.Replace(format, "%s", what, 1)
}

// TestUntidyIsSeen is the control of TestGoFilesAreTidy.
func TestUntidyIsSeen(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("\t_ = 1\n", functionLinesMax)
	for name, c := range map[string]struct {
		path, source string
		found        int
	}{
		"nothing":              {"a.go", "package a\n\nimport \"time\"\n\nvar d time.Duration\n", 0},
		"a clock":              {"a.go", "package a\n\nimport \"time\"\n\nvar t = time.Now()\n", 1},
		"a clock renamed":      {"a.go", "package a\n\nimport watch \"time\"\n\nvar t = watch.Since\n", 1},
		"a clock in a test":    {"a_test.go", "package a\n\nimport \"time\"\n\nvar t = time.Now()\n", 0},
		"a skip":               {"a_test.go", "package a\n\nfunc f(t T) { t.Skipf(\"no server\") }\n", 1},
		"a skip that is said":  {"a_test.go", "package a\n\nfunc f(t T) { figure.Skip(t, \"no server\") }\n", 0},
		"a skip when asked":    {"a_test.go", "package a\n\nfunc f(t T) {\n\tif testing.Short() {\n\t\tt.Skip(\"slow\")\n\t}\n}\n", 0},
		"a skipped benchmark":  {"a_test.go", "package a\n\nfunc BenchmarkF(b B) { b.Skip() }\n", 0},
		"a tag":                {"a_test.go", "//go:build integration\n\npackage a\n", 1},
		"the race tag":         {"a_test.go", "//go:build race\n\npackage a\n", 0},
		"a long function":      {"a.go", "package a\n\nfunc f() {\n" + long + "}\n", 1},
		"a long test":          {"a_test.go", "package a\n\nfunc f() {\n" + long + "}\n", 0},
		"a long file":          {"a.go", "package a\n" + strings.Repeat("\n", fileLinesMax), 1},
		"a wide line":          {"a.go", "package a\n\nvar x = 1" + strings.Repeat(" + 1", 40) + "\n", 1},
		"a wide string":        {"a.go", "package a\n\nvar x = \"" + strings.Repeat("费随事转", 40) + "\"\n", 0},
		"a wide line after it": {"a.go", "package a\n\nvar x = \"" + strings.Repeat("费", 9) + "\"" + strings.Repeat(" + x", 40) + "\n", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, err := parse(c.path, []byte(c.source), parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			if wrong := untidy(f); len(wrong) != c.found {
				t.Errorf("%q, want %d", wrong, c.found)
			}
		})
	}
}

// The patterns are written so that they do not find themselves.
var (
	// A path of the machine on which something was written.
	machinePath = regexp.MustCompile(`(^|[\s"'(=:` + "`" + `])/(work|tmp|home|root|Users)[/]`)
	// The host of a registry: which one is used is the machine's affair.
	registryHost = regexp.MustCompile(`(proxy|sum)[.]golang[.]org|registry[.]npm|npm[m]irror|goproxy[.](cn|io)`)
	leftover     = regexp.MustCompile(`\b(TO[D]O|FIX[M]E|XX[X])\b`)
)

// drawers are names of packages that say nothing about what is in them.
var drawers = []string{"util", "utils", "common", "helper", "helpers", "misc", "shared", "base", "internal"}

func TestFilesAreTidy(t *testing.T) {
	t.Parallel()
	for _, name := range paths(t) {
		for _, wrong := range unfit(name, content(t, name)) {
			t.Errorf("%s: %s", name, wrong)
		}
	}
}

// unfit says why a file should not be committed.
func unfit(name, text string) (wrong []string) {
	fixture := strings.Contains("/"+name, "/testdata/")
	if len(text) > fileBytesMax && !fixture && name != openAPI {
		wrong = append(wrong, "larger than what a reader would look at")
	}
	if strings.ContainsRune(text[:min(len(text), 8000)], 0) {
		if !fixture {
			wrong = append(wrong, "binary")
		}
		return wrong
	}
	for what, pattern := range map[string]*regexp.Regexp{"a machine's path": machinePath, "a registry's host": registryHost} {
		if found := pattern.FindString(text); found != "" {
			wrong = append(wrong, what+": "+found)
		}
	}
	if found := leftover.FindString(text); found != "" && !fixture {
		wrong = append(wrong, "left over: "+found)
	}
	for part := range strings.SplitSeq(path.Dir(name), "/") {
		if slices.Contains(drawers, part) {
			wrong = append(wrong, part+" says nothing about what is in it")
		}
	}
	return wrong
}

// TestUnfitIsSeen is the control of TestFilesAreTidy.
func TestUnfitIsSeen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text string }{
		{"docs/a.md", "see /ho" + "me/me/notes"},
		{"docs/a.md", "`/tm" + "p/out`"},
		{"Makefile", "GOPROXY=https://proxy.golang" + ".org"},
		{"pkg/a/a.go", "// TO" + "DO: later"},
		{"pkg/a/a.bin", "\x00"},
		{"pkg/utils/a.go", "package utils"},
		{"pkg/a/a.csv", strings.Repeat("a", fileBytesMax+1)},
	} {
		if len(unfit(c.name, c.text)) != 1 {
			t.Errorf("%s %.40q: %q", c.name, c.text, unfit(c.name, c.text))
		}
	}
	if wrong := unfit("README.md", "see https://example.org/home/page and docs/adr"); len(wrong) > 0 {
		t.Errorf("nothing is wrong, and yet %q", wrong)
	}
}

// TestMessagesHaveBothLanguages looks at every catalogue in the tree, also one
// that no package loads yet.
func TestMessagesHaveBothLanguages(t *testing.T) {
	t.Parallel()
	catalogues := 0
	for _, name := range paths(t) {
		dir, base := path.Split(name)
		if base != "zh-CN.json" && base != "en.json" {
			continue
		}
		catalogues++
		if zh, en := keys(t, dir+"zh-CN.json"), keys(t, dir+"en.json"); !slices.Equal(zh, en) {
			t.Errorf("%s: keys differ: %q", dir, slices.DeleteFunc(slices.Concat(zh, en), func(k string) bool {
				return slices.Contains(zh, k) && slices.Contains(en, k)
			}))
		}
	}
	if catalogues < 2 {
		t.Error("no catalogue was found")
	}
}

func keys(t *testing.T, name string) []string {
	t.Helper()
	var texts map[string]json.RawMessage
	if err := json.Unmarshal([]byte(content(t, name)), &texts); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return slices.Sorted(maps.Keys(texts))
}

var (
	link   = regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)
	target = regexp.MustCompile("`make ([a-z-]+)")
)

// TestDocumentsPointSomewhere: what a document names is there.
func TestDocumentsPointSomewhere(t *testing.T) {
	t.Parallel()
	makefile := content(t, "Makefile")
	for _, name := range paths(t) {
		if path.Ext(name) != ".md" {
			continue
		}
		text := content(t, name)
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(name), filepath.FromSlash(m[1]))); err != nil {
				t.Errorf("%s links to %s: %v", name, m[1], err)
			}
		}
		for _, m := range target.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(makefile, "\n"+m[1]+":") {
				t.Errorf("%s names make %s, which the Makefile does not have", name, m[1])
			}
		}
	}
}
