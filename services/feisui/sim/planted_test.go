package sim_test

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

// mistake is one that is planted in one place of the program or in some.
type mistake struct {
	wrong    string // what the program then does
	file     string // from the root of the module
	old, new string // old stands in the file exactly once
	also     []change
	seeds    int      // to run, where plantedSeeds do not suffice
	cuts     []string // the operations of which the cuts of each find it, instead of seeds
}

// change is one more place.
type change = planted.Change

const (
	// plantedSeeds finds all but the rare ones several times over. When another
	// drawing of runs lets a mistake pass, more seeds are the answer.
	plantedSeeds = 200
	// plantedAtOnce is how many mistakes are run at a time.
	plantedAtOnce = 2
	// plantedShort is how many mistakes `go test -short` plants.
	plantedShort = 2
	// plantedTime is for one mistake on a machine that has other things to do.
	plantedTime = 10 * time.Minute
)

const (
	busAppendGo = "pkg/bus/append.go"
	busFromGo   = "pkg/bus/from.go"
	relayGo     = "pkg/relay/relay.go"
	ringGo      = "pkg/journal/ring.go"
	batchGo     = "pkg/journal/batch.go"
	importGo    = "pkg/journal/import.go"
	bookGo      = "pkg/book/book.go"
	planGo      = "pkg/journal/plan.go"
	storeGo     = "services/ledger/keep/store.go"
	writeGo     = "services/ledger/keep/write.go"
	ledgerGo    = "services/ledger/keep/ledger.go"
	announceGo  = "services/ledger/keep/announce.go"
)

// plantedMistakes are mistakes that somebody might make.
var plantedMistakes = []mistake{
	{
		wrong: "entries are published without the sequence that is expected",
		file:  busAppendGo,
		old:   `h[jetstream.ExpectedLastSeqHeader] = []string{strconv.FormatInt(m.Position-1, 10)}`,
		new:   `_ = strconv.FormatInt(m.Position-1, 10)`,
	}, {
		wrong: "flags are announced at whatever version the stream is",
		file:  announceGo,
		old:   `Version: a.Version + int64(i) + 1, Data`,
		new:   `Version: 0 * int64(i), Data`,
	}, {
		wrong: "an entry follows whatever has the number of the one before",
		file:  busAppendGo,
		old:   `if i > 0 { // the sequence alone`,
		new:   `if i < 0 { // the sequence alone`,
		seeds: 1000,
	}, {
		wrong: "a bus that a stranger wrote to is left as it is",
		file:  relayGo,
		old:   `if errors.Is(err, bus.ErrForked) {`,
		new:   `if errors.Is(err, bus.ErrForked) && more {`,
	}, {
		wrong: "what was purged from the bus stays away",
		file:  relayGo,
		old:   `tail.First <= r.old`,
		new:   `tail.First > 0`,
		seeds: 600,
	}, {
		wrong: "what was damaged on the bus stays away",
		file:  relayGo,
		old:   `if tail.Lost() {`,
		new:   `if tail.Lost() && tail.First < 0 {`,
	}, {
		wrong: "a reader of the bus takes messages in any order",
		file:  busFromGo,
		old:   `case m.Position != position+1:`,
		new:   `case m.Position == position+1 && position < 0:`,
	}, {
		wrong: "rows pass over what could not be written",
		file:  writeGo,
		old:   "\tcase j != nil:\n",
		new:   "\tcase j != nil:\n\t\tl.written = j.to\n\t\tl.rows.Move(j.to.position)\n",
	}, {
		wrong: "a page ends inside a request",
		file:  bookGo,
		old:   `n >= k.pageMax && e.Request != entries[n-1].Request`,
		new:   `n >= k.pageMax`,
	}, {
		wrong: "an id that was used is given the answer of another request",
		file:  planGo,
		old:   `case known && s.fingerprint != c.Fingerprint:`,
		new:   `case known && s.fingerprint != c.Fingerprint && s.last < 0:`,
	}, {
		wrong: "request ids are not looked up",
		file:  planGo,
		old:   `p.ids = append(p.ids, c.ID)`,
		new:   `_ = p.ids`,
	}, {
		wrong: "a stream takes an event that expects another version",
		file:  planGo,
		old:   `if e.Version != 0 && e.Version != at+1 {`,
		new:   `if e.Version != 0 && e.Version > at+1 {`,
	}, {
		wrong: "a book is changed from where it is not",
		file:  storeGo,
		old:   `case at.position > j.from:`,
		new:   `case at.position > j.from && at.position < 0:`,
		seeds: 1500, // what the tables' keys do not refuse
	}, {
		wrong: "what could not be written is forgotten",
		file:  writeGo,
		old:   "\tl.waiting = j\n}",
		new:   "}",
	}, {
		wrong: "what comes while a book cannot be written is forgotten",
		file:  writeGo,
		old:   `if later := l.waiting; later != nil {`,
		new:   `if later := l.waiting; later != nil && whole(later) {`,
		also:  []change{{File: writeGo, Old: "// giveBack has", New: "func whole(j *judged) bool { return j.all != nil }\n\n// giveBack has"}},
	}, {
		wrong: "the figures go back when a book was rebuilt elsewhere",
		file:  ledgerGo,
		old:   `if err := l.bridge(ctx, &anew, upTo); err != nil {`,
		new:   `if err := l.bridge(ctx, &anew, min(upTo, 0)); err != nil {`,
	}, {
		wrong: "readers are handed what is not committed yet",
		file:  batchGo,
		old:   "\tif !batch[0].large {\n\t\tp := makePlan(batch, f, j.now())\n",
		new:   "\tif !batch[0].large {\n\t\tp := makePlan(batch, f, j.now())\n\t\tj.hand(p)\n",
	}, {
		wrong: "readers are handed what may not have been stored",
		file:  batchGo,
		old:   "\t\tunknown = unknown || ",
		new:   "\t\tif p != nil {\n\t\t\tj.hand(p)\n\t\t}\n\t\tunknown = unknown || ",
	}, {
		wrong: "what is handed over has a hole where another process appended",
		file:  ringGo,
		old:   `if end := r.end(county); end != nil && (`,
		new:   `if end := r.end(county); end != nil && end.Position < 0 && (`,
	},
}

// nothing is no mistake: where a seed finds this one, it finds anything.
var nothing = mistake{wrong: "nothing", file: bookGo, old: "package book\n", new: "package book\n"}

// TestPlantedMistakesAreFound holds when the seeds, or the cuts, find every mistake that is
// planted in the program, and none where nothing is. The files of the program
// stay as they are: the compiler reads the changed ones in their place.
func TestPlantedMistakesAreFound(t *testing.T) { //nolint:tparallel // the seeds wait: mistakes need both processors
	mistakes, cuts := plantedMistakes, cutMistakes
	if testing.Short() {
		mistakes, cuts = mistakes[:plantedShort], cuts[:plantedShort]
	}
	for _, o := range operations {
		if !slices.ContainsFunc(cutMistakes, func(p mistake) bool { return slices.Contains(p.cuts, o.name) }) {
			t.Errorf("no mistake is planted that the cuts of %q must find", o.name)
		}
	}
	all := slices.Concat([]mistake{nothing}, mistakes, cuts)
	changes := make([]planted.Mistake, len(all))
	for i, p := range all {
		changes[i] = append(planted.Mistake{{File: p.file, Old: p.old, New: p.new}}, p.also...)
	}
	program, err := planted.Build(t.Context(), filepath.Join("..", "..", ".."), t.TempDir(), changes)
	must(err)
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

// find runs the seeds on the program with the mistake in it.
func (p *mistake) find(t *testing.T, program *planted.Program, place int) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), plantedTime)
	defer stop()
	looks, n := "^TestEverySchedule$", cmp.Or(p.seeds, plantedSeeds)
	if len(p.cuts) > 0 {
		looks = "^TestEveryCut$/^of$/^(" + strings.Join(p.cuts, "|") + ")$"
	}
	look, err := program.Command(ctx, place, "-test.run="+looks, fmt.Sprint("-sim.seeds=", n))
	must(err)
	look.Env = append(look.Env, "GOMAXPROCS=1") // a processor each
	output, err := look.CombinedOutput()
	found := firstLine(string(output), "breaks a promise")
	for _, o := range p.cuts {
		if line := firstLine(string(output), ": "+o+": at exchange "); !strings.Contains(line, "breaks a promise") {
			t.Errorf("however %q was cut, nobody noticed that %s", o, p.wrong)
		}
	}
	switch {
	case err == nil && p.old == p.new:
	case err == nil && len(p.cuts) > 0: // which is said already
	case err == nil:
		t.Errorf("in %d seeds nobody noticed that %s", n, p.wrong)
	case found == "" || p.old == p.new:
		t.Errorf("nothing ran, or it failed otherwise than by a mistake that was found: %v\n%s", err, output)
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
