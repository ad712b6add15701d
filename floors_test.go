package feisui_test

import (
	"go/parser"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The floors: who may import whom. ARCHITECTURE.md has the picture and the
// reasons; this file is what refuses.

const module = "feisui/"

// vocabulary is floor 0: the standard library and each other.
var vocabulary = []string{"pkg/money", "pkg/civil", "pkg/code", "pkg/workflow", "pkg/message", "pkg/access", "schemas"}

// rules are the packages of floor 3 that decide and judge. They look at nothing
// but their arguments, so they import floor 0 and no way out into the world.
var rules = []string{
	"services/registry", "services/admission", "services/task", "services/fund", "services/burden", "services/evaluation",
	"services/ledger", "services/ledger/reconcile", "services/ledger/figures", "services/people", "services/process", "services/oversight",
}

// world are the standard packages by which an answer could depend on more than
// the question, with everything below them.
var world = []string{"time", "os", "io", "net", "context", "math/rand", "crypto/rand", "log", "syscall", "database", "embed", "runtime", "unsafe"}

const (
	program = "services/feisui"         // floor 4
	naive   = "services/ledger/naive"   // checks the ledger, in tests
	gen     = "schemas/gen"             // a program of the schemas' own
	events  = "schemas"                 // what mechanisms must not know
	top     = "services"                // what is above pkg and schemas
	judge   = "services/ledger"         // what naive checks
	keeper  = "services/ledger/keep"    // the ledger's book in PostgreSQL
	samples = "docs"                    // programs as others write them
	declare = "services/process/define" // reads declarations and checks forms
)

// libraries names every library, and where production code may use it; tests
// may use any. docs/adr/0008-libraries.md says why each is here.
var libraries = map[string][]string{
	"github.com/a-h/templ":                     {"services/portal"},
	"github.com/alecthomas/kong":               {program},
	"github.com/coreos/go-oidc/v3":             {"services/people/sso"},
	"github.com/danielgtaylor/huma/v2":         {"pkg/web", "services/ledger/api", "services/people/api", program},
	"github.com/google/jsonschema-go":          {gen},
	"github.com/google/uuid":                   {"pkg/journal", keeper, "services/people/keep", program},
	"github.com/jackc/pgx/v5":                  {"pkg/journal", "pkg/local", "pkg/pgtest", keeper, "services/people/keep", program},
	"github.com/nats-io/nats-server/v2":        {"pkg/local"},
	"github.com/nats-io/nats.go":               {"pkg/bus", "pkg/local", "pkg/relay", program, "docs/subscriber"},
	"github.com/piglig/go-qr":                  {"services/portal"},
	"github.com/pressly/goose/v3":              {"pkg/journal"},
	"github.com/ThreeDotsLabs/watermill":       {"pkg/bus"},
	"go.uber.org/goleak":                       {},
	"github.com/rogpeppe/go-internal":          {},
	"github.com/santhosh-tekuri/jsonschema/v6": {declare},
	"github.com/xuri/excelize/v2":              {"pkg/sheet", "services/feisui/sample"},
	"github.com/schollz/progressbar/v3":        {program},
	"github.com/segmentio/encoding":            {"schemas"},
	"golang.org/x/crypto":                      {"services/people/keep"},
	"golang.org/x/oauth2":                      {"services/people/sso"},
	"golang.org/x/net":                         {},
	"golang.org/x/term":                        {program},
	"go.yaml.in/yaml/v3":                       {declare},
	"golang.org/x/text":                        {"pkg/workbook", naive, program},
	"pgregory.net/rapid":                       {naive},
}

// edge is one import line.
type edge struct {
	from string // the importing package, without the module's name
	test bool   // in a test file
	to   string // as the line has it
}

// refuse says why a package may not import another, "" when it may.
func refuse(e edge) string {
	if e.from == "" { // the tests of the whole house
		return ""
	}
	if to, own := strings.CutPrefix(e.to, module); own {
		return refuseOwn(e.from, to, e.test)
	}
	if first, _, _ := strings.Cut(e.to, "/"); !strings.Contains(first, ".") {
		return refuseStandard(e.from, e.to, e.test)
	}
	return refuseLibrary(e.from, e.to, e.test)
}

func refuseOwn(from, to string, test bool) string {
	switch {
	case in(from, samples):
		return "a sample of what others write needs nothing of ours"
	case in(to, naive) && !test && !in(from, naive):
		return "the naive ledger checks the other, in tests only"
	case in(from, program):
		return ""
	case in(to, program):
		return "floor 4 knows everybody, and nobody knows it"
	case in(from, naive) && !test && in(to, judge):
		return "the naive ledger shares no judgement with what it checks"
	case slices.Contains(vocabulary, from) && !slices.Contains(vocabulary, to):
		return "floor 0 imports floor 0"
	case in(from, "pkg") && !in(to, "pkg") && !slices.Contains(vocabulary, from):
		return "mechanisms know no event type and no service"
	case in(from, events) && in(to, top):
		return "the published language knows no service"
	case in(from, top) && in(to, top) && service(from) != service(to):
		return "services never import each other; they meet in events"
	case slices.Contains(rules, from) && !test && !slices.Contains(vocabulary, to) && !in(to, service(from)):
		return "rules import floor 0"
	}
	return ""
}

func refuseStandard(from, to string, test bool) string {
	switch {
	case test:
		return ""
	case in(to, "testing") && !in(from, "pkg/pgtest") && from != "pkg/figure":
		return "production code does not know that it is tested"
	case slices.Contains(rules, from) && slices.ContainsFunc(world, func(w string) bool { return in(to, w) }):
		return "rules look at nothing but their arguments"
	}
	return ""
}

func refuseLibrary(from, to string, test bool) string {
	for library, users := range libraries {
		switch {
		case !in(to, library):
			continue
		case test, slices.ContainsFunc(users, func(user string) bool { return in(from, user) }):
			return ""
		case len(users) == 0:
			return "a library for tests"
		}
		return "a library for " + strings.Join(users, " and ")
	}
	return "a library that is not in the table of floors_test.go and docs/adr/0008-libraries.md"
}

// in reports whether a package is another, or lies below it.
func in(pkg, above string) bool { return pkg == above || strings.HasPrefix(pkg, above+"/") }

// service is the service that a package of floor 3 belongs to.
func service(pkg string) string {
	parts := strings.SplitN(pkg, "/", 3)
	return path.Join(parts[:min(2, len(parts))]...)
}

func TestFloors(t *testing.T) {
	t.Parallel()
	edges := 0
	for _, f := range goFiles(t, parser.ImportsOnly) {
		for _, spec := range f.syntax.Imports {
			to, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			edges++
			if why := refuse(edge{f.pkg(), f.test(), to}); why != "" {
				t.Errorf("%s imports %s: %s", f.path, to, why)
			}
		}
	}
	if edges < 100 {
		t.Errorf("only %d imports were looked at", edges)
	}
}

// TestFloorsAreRefused is the control of TestFloors: made-up import lines, each
// of which must be refused, or a house of any shape would pass.
func TestFloorsAreRefused(t *testing.T) {
	t.Parallel()
	for _, e := range []edge{
		{"pkg/money", false, "feisui/pkg/journal"},
		{"pkg/civil", true, "feisui/services/fund"},
		{"pkg/message", false, "golang.org/x/text/width"},
		{"schemas", false, "feisui/services/fund"},
		{"schemas", false, "github.com/google/jsonschema-go/jsonschema"},
		{"schemas/gen", false, "feisui/services/ledger"},
		{"pkg/journal", false, "feisui/schemas"},
		{"pkg/journal", true, "feisui/schemas"},
		{"pkg/workbook", false, "feisui/services/feisui/record"},
		{"pkg/workbook", false, "github.com/xuri/excelize/v2"},
		{"pkg/workbook", false, "github.com/somebody/something"},
		{"pkg/workbook", false, "testing"},
		{"pkg/journal", false, "github.com/danielgtaylor/huma/v2"},
		{"pkg/web", false, "feisui/schemas"},
		{"services/fund", false, "github.com/danielgtaylor/huma/v2"},
		{"services/fund", false, "feisui/pkg/web"},
		{"services/fund", false, "feisui/services/registry"},
		{"services/process", false, "go.yaml.in/yaml/v3"},
		{"services/process", false, "feisui/services/task"},
		{"services/process/simulate", false, "go.yaml.in/yaml/v3"},
		{"services/fund", true, "feisui/services/registry"},
		{"services/ledger/reconcile", false, "feisui/services/fund"},
		{"services/ledger/naive", false, "feisui/services/ledger/reconcile"},
		{"services/task", false, "feisui/services/feisui/record"},
		{"services/task", false, "feisui/pkg/journal"},
		{"services/task", false, "time"},
		{"services/burden", false, "os"},
		{"services/registry", false, "math/rand/v2"},
		{"services/ledger", false, "feisui/services/ledger/naive"},
		{"services/ledger", false, "io/fs"},
		{"services/ledger/reconcile", false, "net/http"},
		{"services/ledger/figures", false, "time"},
		{"services/ledger/figures", false, "feisui/pkg/journal"},
		{"services/ledger/reconcile", false, "github.com/google/uuid"},
		{"services/ledger/reconcile", false, "pgregory.net/rapid"},
		{"services/feisui", false, "feisui/services/ledger/naive"},
		{"services/feisui", false, "github.com/rogpeppe/go-internal/testscript"},
		{"services/feisui/report", false, "github.com/xuri/excelize/v2"},
		{"docs/subscriber", false, "feisui/schemas"},
		{"docs/subscriber", true, "feisui/pkg/bus"},
		{"docs/subscriber", false, "github.com/google/uuid"},
	} {
		if refuse(e) == "" {
			t.Errorf("%+v is not refused", e)
		}
	}
}

func TestFloorsAreNotRefused(t *testing.T) {
	t.Parallel()
	for _, e := range []edge{
		{"pkg/workflow", false, "feisui/pkg/message"},
		{"pkg/civil", false, "time"},
		{"pkg/civil", true, "pgregory.net/rapid"},
		{"pkg/workbook", false, "feisui/pkg/message"},
		{"pkg/workbook", false, "os"},
		{"pkg/workbook", true, "github.com/xuri/excelize/v2"},
		{"pkg/web", false, "feisui/pkg/civil"},
		{"pkg/web", false, "github.com/danielgtaylor/huma/v2/adapters/humago"},
		{"services/ledger/api", false, "feisui/pkg/web"},
		{"services/ledger/api", false, "github.com/danielgtaylor/huma/v2"},
		{"schemas", false, "feisui/pkg/money"},
		{"schemas/gen", false, "feisui/schemas"},
		{"schemas/gen", false, "github.com/google/jsonschema-go/jsonschema"},
		{"services/fund", false, "feisui/schemas"},
		{"services/process", false, "feisui/pkg/access"},
		{"services/process/define", false, "github.com/santhosh-tekuri/jsonschema/v6/kind"},
		{"services/fund", true, "time"},
		{"services/ledger", false, "feisui/services/ledger/reconcile"},
		{"services/ledger", true, "feisui/services/ledger/naive"},
		{"services/ledger/naive", true, "feisui/services/ledger"},
		{"services/feisui", false, "feisui/services/ledger"},
		{"services/feisui", true, "feisui/services/ledger/naive"},
		{"services/feisui/record", false, "github.com/google/uuid"},
		{"docs/subscriber", false, "github.com/nats-io/nats.go/jetstream"},
		{"docs/subscriber", false, "os"},
	} {
		if why := refuse(e); why != "" {
			t.Errorf("%+v is refused: %s", e, why)
		}
	}
}

// TestLibrariesAreExplained: a library costs whoever must trust it, so each has
// its line in the decision that lists them, and its line in go.mod is used.
func TestLibrariesAreExplained(t *testing.T) {
	t.Parallel()
	decision, required := content(t, "docs/adr/0008-libraries.md"), content(t, "go.mod")
	for library := range libraries {
		if !strings.Contains(decision, library) {
			t.Errorf("docs/adr/0008-libraries.md does not say why %s is needed", library)
		}
		if !strings.Contains(required, library+" ") {
			t.Errorf("%s is not in go.mod; take it out of the table", library)
		}
	}
}
