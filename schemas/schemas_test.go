package schemas_test

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"feisui/schemas"
)

func TestTheWireNameIsTheGoName(t *testing.T) {
	t.Parallel()
	for _, name := range schemas.Types() {
		if got, want := reflect.TypeOf(schemas.New(name)).Name(), goName(name); got != want {
			t.Errorf("%s is the Go type %s, want %s", name, got, want)
		}
	}
}

func TestAnEventBelongsToTheCategoryOfItsStream(t *testing.T) {
	t.Parallel()
	for _, name := range schemas.Types() {
		e := schemas.New(name)
		if e.Type() != name || schemas.Category(name) != schemas.Category(e.Stream()) {
			t.Errorf("%s: Type %q, Stream %q", name, e.Type(), e.Stream())
		}
	}
}

func TestAGoldenIsInTheStreamThatItNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"task.assigned.1.json":        "task/JB2025-0031",
		"task.receipted.2.json":       "task/JB2025-0031",
		"payment.passed_on.1.json":    "payment/PZ2025-0101",
		"plaque_title.listed.1.json":  "plaque_title/outside:居家养老服务站",
		"policy.adopted.2.json":       "policy/county",
		"community.registered.1.json": "community/990101001001",
	} {
		e, err := schemas.Decode(typeOf(name), goldens(t)[name])
		if err != nil || e.Stream() != want {
			t.Errorf("%s: %v, %v; want the stream %s", name, e, err, want)
		}
	}
}

func TestACategoryIsWhatStandsBeforeTheDotOrSlash(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"task.assigned": "task", "task/JB2025-0031": "task", "plaque_title/outside:a.b/c": "plaque_title", "task": "task", "": "",
	} {
		if got := schemas.Category(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// A type that has a wire name and is not in the registry could be recorded and
// never read again.
func TestEveryTypeWithAWireNameIsRegistered(t *testing.T) {
	t.Parallel()
	named := typesWithWireName(t)
	var registered []string
	for _, name := range schemas.Types() {
		registered = append(registered, reflect.TypeOf(schemas.New(name)).Name())
	}
	slices.Sort(registered)
	if !slices.Equal(named, registered) {
		t.Errorf("types with a method Type:\n%s\nregistered:\n%s", strings.Join(named, " "), strings.Join(registered, " "))
	}
}

func TestAnUnknownTypeIsRefused(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"task.forgotten", "TaskAssigned", "task", ""} {
		if e, err := schemas.Decode(name, []byte(`{"no":"JB2025-0031"}`)); err == nil {
			t.Errorf("%q decoded as %#v", name, e)
		}
		if e := schemas.New(name); e != nil {
			t.Errorf("%q is new as %#v", name, e)
		}
	}
}

func TestAnUnknownFieldIsPassedOver(t *testing.T) {
	t.Parallel()
	e, err := schemas.Decode("task.recalled", []byte(`{"no":"JB2025-0031","recalled_on":"2025-03-14","since_shape_2":{"a":1}}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := encoded(t, e); got != `{"no":"JB2025-0031","recalled_on":"2025-03-14"}` {
		t.Error(got)
	}
}

func TestAPayloadOfAnotherTypeIsRefused(t *testing.T) {
	t.Parallel()
	for what, payload := range map[string]string{
		"an amount with a fraction": `{"no":"JB2025-0031","amount":8350.5}`,
		"an amount as text":         `{"no":"JB2025-0031","amount":"8350"}`,
		"a quantity as a number":    `{"no":"JB2025-0031","quantity":42.5}`,
		"a day that is none":        `{"no":"JB2025-0031","issued_on":"2025-02-30"}`,
		"a number as a list":        `{"no":["JB2025-0031"]}`,
		"half a payload":            `{"no":"JB2025-0031"`,
	} {
		if e, err := schemas.Decode("task.assigned", []byte(payload)); err == nil {
			t.Errorf("%s decoded as %#v", what, e)
		}
	}
}

// goName turns payment.arrival_withdrawn into PaymentArrivalWithdrawn.
func goName(name string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(name, func(r rune) bool { return r == '.' || r == '_' }) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// typesWithWireName lists the package's types that have a method Type, sorted.
func typesWithWireName(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			if method, ok := decl.(*ast.FuncDecl); ok && method.Recv != nil && method.Name.Name == "Type" {
				named[receiver(method)] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(named))
}

func receiver(method *ast.FuncDecl) string {
	of := method.Recv.List[0].Type
	if pointer, ok := of.(*ast.StarExpr); ok {
		of = pointer.X
	}
	return of.(*ast.Ident).Name
}

func encoded(t *testing.T, e schemas.Event) string {
	t.Helper()
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// value reads JSON with its numbers as they are written.
func value(t *testing.T, b []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	return v
}
