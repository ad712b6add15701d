package planted_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"feisui/pkg/planted"
)

// program has a function of each kind, and its test says what they come to.
var program = map[string]string{
	"go.mod": "module example\n\ngo 1.26\n",
	"a.go": `// Package example is changed.
package example

import "strings"

const most = 3

type list[E any] struct{ all []E }

func (l *list[E]) add(more ...E) { l.all = append(l.all, more...) }

func (list[E]) none() (n int, err error) { return 0, nil }

func first[E any, F any](all []E, _ F) E { return all[0] }

func twice(int, string) (a, b string) { return strings.Repeat("a", most), "b" }

func count(n int) int {
	if n == 0 {
		return 0
	}
	return 1 + count(n-1)
}
`,
	"a_test.go": `package example

import (
	"fmt"
	"testing"
)

func TestSaid(t *testing.T) {
	var l list[string]
	l.add("x", "y")
	n, err := l.none()
	a, b := twice(0, "")
	t.Error("said: " + fmt.Sprintln(l.all, n, err, first(l.all, 0), a, b, count(4)))
}
`,
}

// mistakes are changes, and what the program says then. The first is none, the last two
// cannot be chosen as the program runs.
var mistakes = []struct {
	old, new, says string
}{
	{"package example\n\nimport", "package example\n\nimport", "[x y] 0 <nil> x aaa b 4"},
	{"append(l.all, more...)", "more[1:]", "[y] 0 <nil> y aaa b 4"},
	{"return 0, nil", "return 7, nil", "[x y] 7 <nil> x aaa b 4"},
	{"all[0]", "all[len(all)-1]", "[x y] 0 <nil> y aaa b 4"},
	{`, "b"`, `, "c"`, "[x y] 0 <nil> x aaa c 4"},
	{"1 + count", "2 + count", "[x y] 0 <nil> x aaa b 8"},
	{"if n == 0", "if n == 1", "[x y] 0 <nil> x aaa b 3"},
	{"most = 3", "most = 2", "[x y] 0 <nil> x aa b 4"},
	{"func count(n int) int {\n", "var added = 1\n\nfunc count(n int) int {\n\tn += added; added = 0\n", "[x y] 0 <nil> x aaa b 5"},
}

// TestEachRunMakesOneMistake: each says what the program says with its change alone.
func TestEachRunMakesOneMistake(t *testing.T) {
	root := t.TempDir()
	for name, text := range program {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(root)
	var all []planted.Mistake
	for _, m := range mistakes {
		all = append(all, planted.Mistake{{File: "a.go", Old: m.old, New: m.new}})
	}
	// One that changes two places.
	all = append(all, planted.Mistake{{File: "a.go", Old: "all[0]", New: "all[1]"}, {File: "a.go", Old: `, "b"`, New: `, "d"`}})
	says := func(place int) string {
		if place == len(mistakes) {
			return "[x y] 0 <nil> y aaa d 4"
		}
		return mistakes[place].says
	}
	p, err := planted.Build(t.Context(), root, t.TempDir(), all)
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		cmd, err := p.Command(t.Context(), i, "-test.run=^TestSaid$")
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "said: "+says(i)+"\n") {
			t.Errorf("mistake %d should say %s: %v\n%s", i, says(i), err, out)
		}
	}
}

// TestATextThatIsNotThere, or is there twice, is out of step.
func TestATextThatIsNotThere(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "a.go"), []byte(program["a.go"]), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, old := range []string{"nowhere", "return"} {
		_, err := planted.Build(t.Context(), root, t.TempDir(), []planted.Mistake{{{File: "a.go", Old: old, New: "x"}}})
		if err == nil || !strings.Contains(err.Error(), "times, not once") {
			t.Errorf("%q: %v", old, err)
		}
	}
}
