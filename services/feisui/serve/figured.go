package serve

import (
	"context"
	"encoding/hex"
	"slices"
	"sync"
	"time"

	"feisui/pkg/civil"
	"feisui/pkg/journal"
	"feisui/schemas"
	"feisui/services/ledger"
	"feisui/services/ledger/figures"
)

// figured keeps the figures of reports that were worked out: they follow from what
// was asked for, and are the same for ever.
type figured struct {
	working sync.Mutex // one is worked out at a time: it takes every processor there is

	mu   sync.Mutex
	done []worked // the last asked for at the end
}

// figuredMax bounds how many are kept; each is some hundred kilobytes at most.
const figuredMax = 16

// asked is what the figures of a report follow from.
type asked struct {
	position  int64
	on, since civil.Date
	before    schemas.ReportBefore // none is the zero value
}

// worked are figures, and the entry that they end at.
type worked struct {
	asked

	figures     *figures.Figures
	corrections *figures.Corrections // nil without an edition before
	hash        string
	knownAt     time.Time
}

func (f *figured) find(a asked) (worked, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.IndexFunc(f.done, func(w worked) bool { return w.asked == a })
	if i < 0 {
		return worked{}, false
	}
	w := f.done[i]
	f.done = append(slices.Delete(f.done, i, i+1), w)
	return w, true
}

func (f *figured) put(w worked) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.done) == figuredMax {
		f.done = slices.Delete(f.done, 0, 1)
	}
	f.done = append(f.done, w)
}

// figures gives the figures that follow from a county's entries up to a position.
func (s *Server) figures(ctx context.Context, c *county, a asked) (worked, error) {
	if w, found := c.reports.find(a); found {
		return w, nil
	}
	c.reports.working.Lock()
	defer c.reports.working.Unlock()
	if w, found := c.reports.find(a); found { // by who worked before
		return w, nil
	}
	w, err := workOut(ctx, c, a, s.calendar)
	if err == nil {
		c.reports.put(w)
	}
	return w, err
}

// workOut folds what is in memory already, which is the journal's own entries, and
// asks the journal who recorded what has come since the edition before.
func workOut(ctx context.Context, c *county, a asked, days civil.Calendar) (w worked, err error) {
	w.asked = a
	events, err := c.past.upTo(a.position)
	if err != nil {
		return w, err
	}
	book, since := ledger.NewBook(), a.position-1
	var corrector *figures.Corrector
	if a.before != (schemas.ReportBefore{}) {
		since = a.before.Position
	}
	if err := apply(book, events[:since]); err != nil {
		return w, err
	}
	if a.before != (schemas.ReportBefore{}) {
		if corrector, err = figures.NewCorrector(book, days, a.before); err != nil {
			return w, err
		}
	}
	for e, err := range c.journal.After(ctx, c.name, since, int(a.position-since)) {
		if err != nil {
			return w, err
		}
		event := events[e.Position-1]
		if corrector != nil {
			if err := corrector.Next(entryOf(&e, event)); err != nil {
				return w, err
			}
		}
		if err := book.Apply(event); err != nil {
			return w, err
		}
		w.hash, w.knownAt = hex.EncodeToString(e.Hash[:]), e.RecordedAt
	}
	if w.figures, err = figures.Of(book, days, a.since, a.on); err != nil || corrector == nil {
		return w, err
	}
	w.corrections, err = corrector.Corrections()
	return w, err
}

func apply(book *ledger.Book, events []schemas.Event) error {
	for _, e := range events {
		if err := book.Apply(e); err != nil {
			return err
		}
	}
	return nil
}

func entryOf(e *journal.Entry, event schemas.Event) *figures.Entry {
	return &figures.Entry{
		Position: e.Position, Event: event, Accounts: e.Accounts, Request: e.Request, RecordedAt: e.RecordedAt.UTC().Format(time.RFC3339),
	}
}
