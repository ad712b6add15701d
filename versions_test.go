package feisui_test

import (
	"go/parser"
	"go/version"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestVersionsThatAreMended: what older versions get wrong is not built in. Go before
// 1.25.1 lets requests of other sites pass a bypass pattern that only begins alike (A59,
// GO-2025-3955); pgx before 5.9.2 can be made to misread quotes in its simple protocol
// (#79, GHSA-j88v-2chj-qfwx). Neither the patterns nor the protocol are used at all.
func TestVersionsThatAreMended(t *testing.T) {
	t.Parallel()
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range outdated(string(mod)) {
		t.Error(wrong)
	}
	for _, f := range goFiles(t, parser.SkipObjectResolution) {
		if f.test() {
			continue
		}
		for _, name := range []string{"AddInsecureBypassPattern", "QueryExecModeSimpleProtocol"} {
			if strings.Contains(string(f.source), name) {
				t.Errorf("%s uses %s", f.path, name)
			}
		}
	}
}

// TestVersionsThatAreNotMendedAreSeen is its control.
func TestVersionsThatAreNotMendedAreSeen(t *testing.T) {
	t.Parallel()
	for mod, want := range map[string]int{
		"go 1.25.1\n\tgithub.com/jackc/pgx/v5 v5.9.2\n": 0, "go 1.26.0\n\tgithub.com/jackc/pgx/v5 v5.12.0\n": 0,
		"go 1.25.0\n\tgithub.com/jackc/pgx/v5 v5.12.0\n": 1, "go 1.26.0\n\tgithub.com/jackc/pgx/v5 v5.9.1\n": 1, "go 1.26\n": 1, "": 2,
	} {
		if got := outdated(mod); len(got) != want {
			t.Errorf("%q: %q", mod, got)
		}
	}
}

var (
	goVersion  = regexp.MustCompile(`(?m)^go ([0-9.]+)$`)
	pgxVersion = regexp.MustCompile(`(?m)^\s*github\.com/jackc/pgx/v5 v5\.([0-9]+)\.([0-9]+)`)
)

func outdated(mod string) (wrong []string) {
	if said := goVersion.FindStringSubmatch(mod); said == nil || version.Compare("go"+said[1], "go1.25.1") < 0 {
		wrong = append(wrong, "Go has to be 1.25.1 or later")
	}
	said := pgxVersion.FindStringSubmatch(mod)
	if said == nil {
		return append(wrong, "no pgx 5")
	}
	minor, errMinor := strconv.Atoi(said[1])
	patch, errPatch := strconv.Atoi(said[2])
	if errMinor != nil || errPatch != nil || minor < 9 || minor == 9 && patch < 2 {
		wrong = append(wrong, "pgx has to be 5.9.2 or later")
	}
	return wrong
}
