// Package figure keeps what tests measured although they passed, and which of them
// were left out: go test says neither. `make test` and `make bench` name a file
// in FEISUI_FIGURES and print it, whatever became of the tests; without the
// variable a figure is a line of the test's log.
package figure

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// Variable names the environment variable with the file that figures are added to.
const Variable = "FEISUI_FIGURES"

// Logf logs a figure, and adds it to the file with the test's name before it.
func Logf(tb testing.TB, format string, args ...any) {
	tb.Helper()
	text := fmt.Sprintf(format, args...)
	tb.Log(text)
	add(tb, text)
}

// Skip leaves a test out for want of something, and says so in the file as well. Where
// CI is set it fails instead: what is left out there would look as if it had passed.
func Skip(tb testing.TB, want string) {
	tb.Helper()
	if os.Getenv("CI") != "" {
		tb.Fatal(want)
	}
	add(tb, "SKIPPED: "+want)
	tb.Skip(want)
}

// Below reports of a benchmark what it measured beside the most that it should be, both
// as metrics. Missing a bar is said and fails nothing: it may be the machine's doing.
func Below(b *testing.B, unit string, measured, bar float64) {
	b.Helper()
	bars(b, unit, "≤", measured, bar, measured <= bar)
}

// Above is Below for the least that it should be.
func Above(b *testing.B, unit string, measured, bar float64) {
	b.Helper()
	bars(b, unit, "≥", measured, bar, measured >= bar)
}

func bars(b *testing.B, unit, sign string, measured, bar float64, met bool) {
	b.Helper()
	b.ReportMetric(measured, unit)
	b.ReportMetric(bar, unit+"("+sign+"bar)")
	said := "met"
	if !met { // also where what was measured is no number
		said = "MISSED"
	}
	add(b, fmt.Sprintf("%s %.3g, bar %s %g: %s", unit, measured, sign, bar, said))
}

// add adds one paragraph. Several processes may add at once: it goes out in one piece.
func add(tb testing.TB, text string) {
	tb.Helper()
	name := os.Getenv(Variable)
	if name == "" {
		return
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		tb.Error(err)
		return
	}
	_, err = f.WriteString(tb.Name() + ": " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n    ") + "\n")
	if failed := f.Close(); err == nil {
		err = failed
	}
	if err != nil {
		tb.Error(err)
	}
}
