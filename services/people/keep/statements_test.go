package keep_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"feisui/pkg/journal"
	"feisui/pkg/pgtest"
	"feisui/services/people/keep"
)

var statement = regexp.MustCompile(`(?is)^\s*(select|insert|update|delete|with)\s.*(people\.|pg_advisory)`)

// TestEveryStatementIsPrepared: the server knows every table, column and type
// that the package's SQL names. Statements are found in the source, so none can
// be forgotten; they are put together there of constants alone.
func TestEveryStatementIsPrepared(t *testing.T) {
	t.Parallel()
	conn, err := pgx.Connect(t.Context(), pgtest.URL(t, journal.Tables, keep.Tables))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	n := 0
	prepare := func(sql string) error {
		n++
		_, err := conn.Prepare(t.Context(), fmt.Sprint("s", n), sql)
		return err
	}
	for _, sql := range statements(t) {
		if err := prepare(sql); err != nil {
			t.Errorf("%v in %s", err, sql)
		}
	}
	if n < 40 {
		t.Errorf("only %d statements were found", n)
	}
	if prepare(`select no_such_column from people.user`) == nil { // the control
		t.Error("anything is prepared")
	}
}

// statements are the texts in the source of the package that are SQL.
func statements(t *testing.T) (found []string) {
	t.Helper()
	names, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	constants := map[string]string{}
	for _, name := range names {
		if !strings.HasSuffix(name.Name(), ".go") || strings.HasSuffix(name.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
		ast.Inspect(file, func(n ast.Node) bool {
			if v, ok := n.(*ast.ValueSpec); ok && len(v.Names) == 1 && len(v.Values) == 1 {
				if text, ok := textOf(v.Values[0], nil); ok {
					constants[v.Names[0].Name] = text
				}
			}
			return true
		})
	}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			e, ok := n.(ast.Expr)
			if !ok {
				return true
			}
			text, whole := textOf(e, constants)
			if whole && statement.MatchString(text) {
				found = append(found, text)
			}
			return !whole
		})
	}
	return found
}

// textOf gives the text that an expression is, when it is of constants alone.
func textOf(e ast.Expr, constants map[string]string) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.Ident:
		text, ok := constants[e.Name]
		return text, ok
	case *ast.BinaryExpr:
		a, ok1 := textOf(e.X, constants)
		b, ok2 := textOf(e.Y, constants)
		return a + b, ok1 && ok2 && e.Op == token.ADD
	}
	return "", false
}
