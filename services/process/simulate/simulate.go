// Package simulate plays histories of workflows: whoever may, and whoever may
// not, takes steps in an order that follows from a seed, on days that go on or
// stand still, while the calendar is amended and what is due is settled late,
// twice or not at all. After every step it looks whether what a workflow promises
// still holds; what it looks at, it works out for itself.
package simulate

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"feisui/pkg/civil"
	"feisui/schemas"
	"feisui/services/process"
	"feisui/services/process/define"
)

// Engine is what is played with: the real one, or in a test one with a mistake
// planted in it.
type Engine struct {
	Decide func(*process.Definition, *process.Instance, process.Command, civil.Calendar, process.Domain) ([]schemas.Event, error)
	Due    func(*process.Definition, *process.Instance, civil.Date, civil.Calendar) []process.Due
	Settle func(*process.Definition, *process.Instance, process.Due, civil.Date, civil.Calendar, process.Domain) ([]schemas.Event, error)
	Evolve func(process.Instance, schemas.Event) process.Instance
}

// Real is the engine as it is.
var Real = Engine{
	Decide: (*process.Definition).Decide, Due: (*process.Definition).Due, Settle: (*process.Definition).Settle, Evolve: process.Evolve,
}

// Figures count what was played.
type Figures struct {
	Histories, Begun, TakenUp, Ended     int64
	Asked, Acted, Refused, FormsRefused  int64
	Passed, Followed, Moved, Reminded    int64
	Days, Still, Amended, SettledAgain   int64
	Provisional, Extended, PlayedAgain   int64
	Events, Facts, OfSystem, BranchTaken int64

	Entered    map[string]int64 // how often, by state
	PassedBy   map[string]int64 // how often, by deadline
	Unrecorded int64            // deadlines that passed, and what follows was refused by the facts
	Stood      int64            // deadlines that are later since their time stood still
}

func (f *Figures) add(g *Figures) {
	for _, n := range [][2]*int64{
		{&f.Histories, &g.Histories},
		{&f.Begun, &g.Begun},
		{&f.TakenUp, &g.TakenUp},
		{&f.Ended, &g.Ended},
		{&f.Asked, &g.Asked},
		{&f.Acted, &g.Acted},
		{&f.Refused, &g.Refused},
		{&f.FormsRefused, &g.FormsRefused},
		{&f.Passed, &g.Passed},
		{&f.Followed, &g.Followed},
		{&f.Moved, &g.Moved},
		{&f.Reminded, &g.Reminded},
		{&f.Days, &g.Days},
		{&f.Still, &g.Still},
		{&f.Amended, &g.Amended},
		{&f.SettledAgain, &g.SettledAgain},
		{&f.Provisional, &g.Provisional},
		{&f.Extended, &g.Extended},
		{&f.PlayedAgain, &g.PlayedAgain},
		{&f.Events, &g.Events},
		{&f.Facts, &g.Facts},
		{&f.OfSystem, &g.OfSystem},
		{&f.BranchTaken, &g.BranchTaken},
		{&f.Unrecorded, &g.Unrecorded},
		{&f.Stood, &g.Stood},
	} {
		*n[0] += *n[1]
	}
	for state, n := range g.Entered {
		count(&f.Entered, state, n)
	}
	for deadline, n := range g.PassedBy {
		count(&f.PassedBy, deadline, n)
	}
}

func count(all *map[string]int64, of string, n int64) {
	if *all == nil {
		*all = map[string]int64{}
	}
	(*all)[of] += n
}

// Broken says what does not hold, and how to see it again.
type Broken struct {
	Workflow string
	Seed     uint64 // of the history: Play with it plays it again
	What     string
	Steps    []string
}

func (b *Broken) Error() string {
	var text bytes.Buffer
	fmt.Fprintf(&text, "%s, history %d: %s", b.Workflow, b.Seed, b.What)
	for _, step := range b.Steps {
		fmt.Fprintf(&text, "\n  %s", step)
	}
	return text.String()
}

// againEvery is how many histories there are to one that is played twice, to see
// that it is the same.
const againEvery = 50

// ErrNoneBegan says that of all histories none had a beginning: nothing was looked at.
var ErrNoneBegan = errors.New("no history began, so nothing was looked at (一次也没有发起，什么也没有检验)")

// Run plays histories of a workflow, the i-th from seed+i, some at once. It stops
// at the first in which something does not hold, and fails with *Broken; where none
// began, with ErrNoneBegan.
func Run(e Engine, w *define.Workflow, seed uint64, histories, atOnce int) (Figures, error) {
	var next atomic.Int64
	var all Figures
	var first *Broken
	var mu sync.Mutex
	var wait sync.WaitGroup
	for range atOnce {
		wait.Go(func() {
			var own Figures
			for i := next.Add(1) - 1; i < int64(histories); i = next.Add(1) - 1 {
				broken := runOne(e, w, seed+uint64(i), &own)
				if broken == nil {
					continue
				}
				next.Store(int64(histories))
				mu.Lock()
				if first == nil || broken.Seed < first.Seed {
					first = broken
				}
				mu.Unlock()
			}
			mu.Lock()
			all.add(&own)
			mu.Unlock()
		})
	}
	wait.Wait()
	if first != nil {
		return all, first
	}
	if all.Begun+all.TakenUp == 0 {
		return all, fmt.Errorf("%s: %w", w.Workflow, ErrNoneBegan)
	}
	return all, nil
}

func runOne(e Engine, w *define.Workflow, seed uint64, f *Figures) *Broken {
	digest, broken := Play(e, w, seed, f)
	if broken != nil || seed%againEvery != 0 {
		return broken
	}
	f.PlayedAgain++
	var ignored Figures
	again, broken := Play(e, w, seed, &ignored)
	if broken == nil && again != digest {
		broken = &Broken{Workflow: w.Workflow, Seed: seed, What: "the same seed gave another history"}
	}
	return broken
}

// Play plays the history of a seed, and gives a digest of its events.
func Play(e Engine, w *define.Workflow, seed uint64, f *Figures) ([32]byte, *Broken) {
	h := &history{
		engine: e, w: w, rng: rand.New(rand.NewPCG(seed, 0)), days: civil.China(), figures: f, digest: sha256.New(),
		passes: map[string]bool{}, reminders: map[string]bool{},
	}
	h.world = &world{seed: seed}
	f.Histories++
	h.play()
	if h.broken != "" {
		steps := h.told[max(0, len(h.told)-stepsShown):]
		return [32]byte{}, &Broken{Workflow: w.Workflow, Seed: seed, What: h.broken, Steps: steps}
	}
	if h.in != nil && w.States[h.in.State].Final {
		f.Ended++
	}
	return [32]byte(h.digest.Sum(nil)), nil
}

// stepsShown are the last steps that a broken history shows.
const stepsShown = 12
