package laws_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// planted is one mistake, made in one place of the program.
type planted struct {
	wrong    string // what the program then does
	file     string // from the root of the module
	old, new string // old stands in the file exactly once
	checks   int    // books to draw, where plantedChecks do not suffice
	law      string // the test that finds it; empty: lawNaive
}

// The laws that find mistakes.
const (
	lawNaive    = "^TestEngineIsNaive$/^english1$"
	lawAccounts = "^TestAnEntryNamesTheAccountsItChanges$"
	lawCurrent  = "^TestWhatIsKeptCurrentIsWhatIs$"
	lawFlags    = "^TestWhatWasAnnouncedIsWhatStands$"
	lawUntil    = "^TestAStatementHoldsUntilItsDay$"
	lawFigures  = "^TestTheFiguresOfAReportAreTheStatements$"
	lawReach    = "^TestWhatDoesNotReachADayChangesNothingOfIt$"

	lawCorrections = "^TestCorrectionsAddUpToTheDifference$"
)

const (
	// plantedSeed makes a run the same every time. When another drawing of
	// books lets a mistake pass, more checks are the answer, not another seed.
	plantedSeed = 20250630
	// plantedChecks finds all but the rare ones three times over.
	plantedChecks = 500
	// plantedAtOnce is how many mistakes are built and run at a time.
	plantedAtOnce = 2
	// plantedShort is how many mistakes `go test -short` plants.
	plantedShort = 3
	// plantedTime is for one mistake on a machine that has other things to do.
	plantedTime = 3 * time.Minute
)

// TestPlantedMistakesAreFound holds when the laws find every mistake that
// is planted in the program, and none where nothing is. The files of the program
// stay as they are: the compiler reads the changed ones in their place.
func TestPlantedMistakesAreFound(t *testing.T) { //nolint:tparallel // the laws wait: mistakes need both processors
	mistakes, corrections := plantedMistakes, plantedCorrections
	if testing.Short() {
		mistakes, corrections = mistakes[:plantedShort], corrections[:1]
	}
	turn := make(chan struct{}, plantedAtOnce)
	for _, p := range append([]planted{nothing}, append(mistakes, corrections...)...) {
		t.Run(p.wrong, func(t *testing.T) {
			t.Parallel()
			turn <- struct{}{}
			defer func() { <-turn }()
			p.plant(t)
		})
	}
}

// nothing is no mistake: where the law finds this one, it finds anything.
var nothing = planted{wrong: "nothing", file: "services/ledger/book.go", old: "package ledger\n", new: "package ledger\n"}

// plant runs the law on the program with the mistake in it.
func (p *planted) plant(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), plantedTime)
	defer stop()
	checks := max(p.checks, plantedChecks)
	law := exec.CommandContext(ctx, "go", "test", "-overlay="+p.overlay(t), "-vet=off", "-count=1",
		"-run="+cmp.Or(p.law, lawNaive), ".",
		fmt.Sprint("-rapid.seed=", plantedSeed), fmt.Sprint("-rapid.checks=", checks),
		"-rapid.shrinktime=1ms", "-rapid.nofailfile")
	law.Env = append(os.Environ(), "GOMAXPROCS=1") // a processor each
	output, err := law.CombinedOutput()
	found := firstLine(string(output), mismatch)
	switch {
	case err == nil && p.old == p.new:
	case err == nil:
		t.Errorf("in %d books nobody noticed that %s", checks, p.wrong)
	case found == "" || p.old == p.new:
		t.Errorf("the law did not run, or failed otherwise than by a mistake that it found: %v\n%s", err, output)
	default:
		t.Log(found)
	}
}

// overlay writes the changed file, and the file that tells the compiler of it.
func (p *planted) overlay(t *testing.T) string {
	t.Helper()
	original, err := filepath.Abs(filepath.Join("..", "..", "..", filepath.FromSlash(p.file)))
	must(t, err)
	content, err := os.ReadFile(original)
	must(t, err)
	if n := strings.Count(string(content), p.old); n != 1 {
		t.Fatalf("the text to change stands in %s %d times, not once; the table is out of step:\n%s", p.file, n, p.old)
	}
	dir := t.TempDir()
	changed := filepath.Join(dir, filepath.Base(p.file))
	must(t, os.WriteFile(changed, []byte(strings.Replace(string(content), p.old, p.new, 1)), 0o600))
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {original: changed}})
	must(t, err)
	overlay := filepath.Join(dir, "overlay.json")
	must(t, os.WriteFile(overlay, replace, 0o600))
	return overlay
}

// firstLine gives the first line that says something, "" where none does.
func firstLine(text, something string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(line, something) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}
