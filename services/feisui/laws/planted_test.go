package laws_test

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"feisui/pkg/planted"
)

// mistake is one that is planted in one place of the program.
type mistake struct {
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
	// plantedAtOnce is how many mistakes are run at a time.
	plantedAtOnce = 2
	// plantedShort is how many mistakes `go test -short` plants.
	plantedShort = 3
	// plantedTime is for one mistake on a machine that has other things to do.
	plantedTime = 10 * time.Minute
)

// TestPlantedMistakesAreFound holds when the laws find every mistake that
// is planted in the program, and none where nothing is. The files of the program
// stay as they are: the compiler reads the changed ones in their place.
func TestPlantedMistakesAreFound(t *testing.T) { //nolint:tparallel // the laws wait: mistakes need both processors
	mistakes, corrections := plantedMistakes, plantedCorrections
	if testing.Short() {
		mistakes, corrections = mistakes[:plantedShort], corrections[:1]
	}
	all := slices.Concat([]mistake{nothing}, mistakes, corrections)
	changes := make([]planted.Mistake, len(all))
	for i, p := range all {
		changes[i] = planted.Mistake{{File: p.file, Old: p.old, New: p.new}}
	}
	program, err := planted.Build(t.Context(), filepath.Join("..", "..", ".."), t.TempDir(), changes)
	must(t, err)
	turn := make(chan struct{}, plantedAtOnce)
	for i, p := range all {
		t.Run(p.wrong, func(t *testing.T) {
			t.Parallel()
			turn <- struct{}{}
			defer func() { <-turn }()
			p.find(t, program, i)
		})
	}
}

// nothing is no mistake: where the law finds this one, it finds anything.
var nothing = mistake{wrong: "nothing", file: "services/ledger/book.go", old: "package ledger\n", new: "package ledger\n"}

// find runs the law on the program with the mistake in it.
func (p *mistake) find(t *testing.T, program *planted.Program, place int) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), plantedTime)
	defer stop()
	checks := max(p.checks, plantedChecks)
	law, err := program.Command(ctx, place, "-test.run="+cmp.Or(p.law, lawNaive),
		fmt.Sprint("-rapid.seed=", plantedSeed), fmt.Sprint("-rapid.checks=", checks),
		"-rapid.shrinktime=1ms", "-rapid.nofailfile")
	must(t, err)
	law.Env = append(law.Env, "GOMAXPROCS=1") // a processor each
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

// firstLine gives the first line that says something, "" where none does.
func firstLine(text, something string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(line, something) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}
