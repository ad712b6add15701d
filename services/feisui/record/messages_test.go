package record_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"feisui/pkg/message"
	"feisui/pkg/workflow"
	"feisui/services/feisui/record"
	"feisui/services/process/define"
)

// said is how code says a thing: which argument of a call is the key.
var said = map[string]int{
	"c.fault": 2, "rows.fault": 3, "d.fault": 4, // this package
	"k.fault": 1, "r.fault": 2, // a declaration of a workflow
	"Refuse": 3, "workflow.Refuse": 3, "b.refusePayment": 3, "o.book.refusePayment": 3, "refuse": 2,
}

// Both languages have each text, or the catalogue does not load; here each key
// that code says has a text with the placeholders that code fills, and each
// text is said.
func TestEveryMessageIsThereAndIsSaid(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		catalogue *message.Catalogue
		folders   []string
	}{
		"record":   {record.Messages, []string{"."}},
		"workflow": {workflow.Messages, []string{"../../../pkg/workflow", "../../registry", "../../admission", "../../task", "../../fund", "../../burden", "../../process"}},
		"define":   {define.Messages, []string{"../../process/define"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			literals := map[string]bool{}
			for _, folder := range c.folders {
				files := parsed(t, folder)
				for _, file := range files {
					ast.Inspect(file, func(n ast.Node) bool {
						switch n := n.(type) {
						case *ast.BasicLit:
							literals[text(n)] = true
						case *ast.CallExpr:
							checkCall(t, c.catalogue, n)
						}
						return true
					})
				}
			}
			if name == "record" {
				addMoneyKeys(t, c.catalogue, literals)
			}
			for _, key := range c.catalogue.Keys() {
				if !literals[key] {
					t.Errorf("nothing says %q", key)
				}
			}
		})
	}
}

// addMoneyKeys adds what moneyKey puts together.
func addMoneyKeys(t *testing.T, catalogue *message.Catalogue, literals map[string]bool) {
	t.Helper()
	for _, kind := range []string{"amount", "rate", "percent", "number"} {
		for _, end := range []string{"_negative", "_range", "_form"} {
			if !literals[kind] || !literals[end] || !catalogue.Has(kind+end) {
				t.Errorf("%s%s: said %v and %v, has a text %v", kind, end, literals[kind], literals[end], catalogue.Has(kind+end))
			}
			literals[kind+end] = true
		}
	}
}

var hole = regexp.MustCompile(`\{([a-z_]+)\}`)

// checkCall looks at a call that says something by a literal key.
func checkCall(t *testing.T, catalogue *message.Catalogue, call *ast.CallExpr) {
	t.Helper()
	at, says := said[name(call.Fun)]
	if !says || len(call.Args) <= at {
		return
	}
	lit, ok := call.Args[at].(*ast.BasicLit)
	if !ok {
		return
	}
	key := text(lit)
	if !catalogue.Has(key) {
		t.Errorf("%s says %q, which has no text", name(call.Fun), key)
		return
	}
	if call.Ellipsis.IsValid() {
		return
	}
	filled := map[string]bool{}
	for i := at + 1; i < len(call.Args); i += 2 {
		filled[text(call.Args[i])] = true
	}
	for _, lang := range message.Languages {
		holes := map[string]bool{}
		for _, h := range hole.FindAllStringSubmatch(catalogue.Say(lang, message.Text{Key: key}), -1) {
			holes[h[1]] = true
		}
		if !maps.Equal(holes, filled) {
			t.Errorf("%s in %s has %v, filled are %v", key, lang, slices.Sorted(maps.Keys(holes)), slices.Sorted(maps.Keys(filled)))
		}
	}
}

// name writes what is called: b.refusePayment.
func name(f ast.Expr) string {
	switch f := f.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return name(f.X) + "." + f.Sel.Name
	}
	return ""
}

func text(e ast.Expr) string {
	if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
		s, _ := strconv.Unquote(lit.Value) // the parser took it
		return s
	}
	return ""
}

// parsed gives a package's files without its tests.
func parsed(t *testing.T, folder string) []*ast.File {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	fatalIfErr(t, err)
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		fatalIfErr(t, err)
		files = append(files, file)
	}
	if len(files) == 0 {
		t.Fatalf("%s has no files", folder)
	}
	return files
}
