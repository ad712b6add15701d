package figure_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"feisui/pkg/figure"
)

// stand is a test that another looks at.
type stand struct {
	testing.TB
	logged, skipped, failed string
}

func (s *stand) Helper()        {}
func (s *stand) Name() string   { return "TestX" }
func (s *stand) Log(a ...any)   { s.logged = a[0].(string) }
func (s *stand) Skip(a ...any)  { s.skipped = a[0].(string) }
func (s *stand) Fatal(a ...any) { s.failed = a[0].(string); panic(s) }
func (s *stand) Error(a ...any) { s.failed = a[0].(error).Error() }

// does calls something that may end the test, and gives what is then in the file.
func does(t *testing.T, file string, something func()) string {
	t.Helper()
	func() {
		defer func() { _ = recover() }() // as the end of a test does
		something()
	}()
	text, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(text)
}

func TestFiguresAndWhatIsLeftOutAreTold(t *testing.T) { //nolint:paralleltest // an environment is everybody's
	file := filepath.Join(t.TempDir(), "figures")
	t.Setenv(figure.Variable, file)
	t.Setenv("CI", "")
	var s stand
	if got := does(t, file, func() { figure.Logf(&s, "%d kills\n%d lost\n", 3, 0) }); got != "TestX: 3 kills\n    0 lost\n" || !strings.HasPrefix(s.logged, "3 kills") {
		t.Errorf("%q, logged %q", got, s.logged)
	}
	if got := does(t, file, func() { figure.Skip(&s, "no server") }); !strings.HasSuffix(got, "0 lost\nTestX: SKIPPED: no server\n") || s.skipped != "no server" || s.failed != "" {
		t.Errorf("%q, %+v", got, s)
	}
}

func TestNothingIsLeftOutWhereEverythingMustRun(t *testing.T) { //nolint:paralleltest // an environment is everybody's
	file := filepath.Join(t.TempDir(), "figures")
	t.Setenv(figure.Variable, file)
	t.Setenv("CI", "true")
	var s stand
	if got := does(t, file, func() { figure.Skip(&s, "no server") }); got != "" || s.skipped != "" || s.failed != "no server" {
		t.Errorf("%q, %+v", got, s)
	}
}

func TestAFileThatCannotBeWrittenFailsTheTest(t *testing.T) { //nolint:paralleltest // an environment is everybody's
	t.Setenv(figure.Variable, filepath.Join(t.TempDir(), "nowhere", "figures"))
	var s stand
	if figure.Logf(&s, "3 kills"); s.failed == "" {
		t.Error("a figure is lost, and nobody says so")
	}
}

func TestABarThatIsMissedIsSaid(t *testing.T) { //nolint:paralleltest // an environment is everybody's
	file := filepath.Join(t.TempDir(), "figures")
	t.Setenv(figure.Variable, file)
	result := testing.Benchmark(func(b *testing.B) {
		figure.Above(b, "ratio", 1.25, 1.3)
		figure.Below(b, "p99-ratio", 0.5, 0.7)
	})
	got := does(t, file, func() {})
	for _, said := range []string{"ratio 1.25, bar ≥ 1.3: MISSED\n", "p99-ratio 0.5, bar ≤ 0.7: met\n"} {
		if !strings.Contains(got, said) {
			t.Errorf("%q is not in %q", said, got)
		}
	}
	if result.Extra["ratio"] != 1.25 || result.Extra["ratio(≥bar)"] != 1.3 {
		t.Errorf("%v", result.Extra)
	}
}
