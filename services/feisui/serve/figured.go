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
	"feisui/services/ledger/keep"
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

func workOut(ctx context.Context, c *county, a asked, days civil.Calendar) (w worked, err error) {
	w.asked = a
	current := ledger.NewCurrent(days)
	var told func(*journal.Entry) error
	var corrector *figures.Corrector
	if a.before != (schemas.ReportBefore{}) {
		if _, err := keep.GoOn(ctx, c.journal, c.name, current, a.before.Position, nil); err != nil {
			return w, err
		}
		if corrector, err = figures.NewCorrector(current, days, a.before); err != nil {
			return w, err
		}
		told = func(e *journal.Entry) error { return corrector.Next(entryOf(e)) }
	}
	last, err := keep.GoOn(ctx, c.journal, c.name, current, a.position, told)
	if err != nil {
		return w, err
	}
	if err := unblocked(current, ""); err != nil {
		return w, err
	}
	w.hash, w.knownAt = hex.EncodeToString(last.Hash[:]), last.RecordedAt
	if w.figures, err = figures.Of(current.Book(), days, a.since, a.on); err != nil || corrector == nil {
		return w, err
	}
	w.corrections, err = corrector.Corrections()
	return w, err
}

func entryOf(e *journal.Entry) *figures.Entry {
	return &figures.Entry{
		Entry:  ledger.Entry{Position: e.Position, Version: e.Version, Type: e.Type, Data: e.Data, Accounts: e.Accounts},
		Stream: e.Stream, Request: e.Request, RecordedAt: e.RecordedAt.UTC().Format(time.RFC3339),
	}
}
