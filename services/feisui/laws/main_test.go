package laws_test

import (
	"flag"
	"os"
	"runtime/debug"
	"testing"
)

// checks is how many books each test draws unless -rapid.checks says otherwise.
// The first law draws them once for each of its rounds.
const checks = "250"

// What a book leaves behind is small, and gone: it is collected less often.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		if err := flag.Set("rapid.checks", checks); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
