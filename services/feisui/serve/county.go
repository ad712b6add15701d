package serve

import (
	"context"
	"log/slog"
	"sync"

	"feisui/pkg/civil"
	"feisui/pkg/journal"
	"feisui/services/ledger"
	"feisui/services/ledger/keep"
)

// county is a county as this process has it.
type county struct {
	name    string
	journal *journal.Journal
	past    *past        // nil where nothing is recorded
	ledger  *keep.Ledger // nil where it runs in another process
	passed  *elsewhere   // how far that has come; nil where it runs here
	signing sync.Mutex   // held by the driver while it signs something
	reports figured      // figures of reports that were worked out
}

// news tells every part that there is something new in the journal.
func (c *county) news() {
	if c.past != nil {
		c.past.keeper.News()
	}
	if c.ledger != nil {
		c.ledger.News()
	}
}

// at is the position that figures are of.
func (c *county) at() int64 { return c.ledger.At() }

// wait returns when the ledger has passed a position, here or elsewhere.
func (c *county) wait(ctx context.Context, position int64) error {
	if c.ledger == nil {
		return c.passed.wait(ctx, position)
	}
	waiting, cancel := context.WithTimeout(ctx, passedMax) // a book that cannot be written waits for room
	defer cancel()
	err := c.ledger.Passed(waiting, position)
	if err != nil && ctx.Err() == nil {
		err = errUnpassed
	}
	return err
}

// known is what a ledger knew at a position.
type known struct {
	position int64
	book     *ledger.Book
	blocked  map[string]ledger.Block
}

func knownOfCurrent(current *ledger.Current) known {
	return known{current.Position(), current.Book(), current.Blocked()}
}

// asKnown gives what the ledger knew at a position, 0 for now. Nothing is taken
// in while f looks at it.
func (c *county) asKnown(ctx context.Context, position int64, days civil.Calendar, f func(known) error) error {
	if position == 0 {
		return c.ledger.Read(func(current *ledger.Current) error { return f(knownOfCurrent(current)) })
	}
	if then, ok := c.folded(position); ok {
		return f(then)
	}
	then, _, err := keep.Fold(ctx, c.journal, c.name, position, days)
	if err != nil {
		return err
	}
	return f(knownOfCurrent(then))
}

// folded makes the book of a position from the events in memory, which is a tenth of
// the work of reading them. It leaves to the ledger's own fold what is blocked or
// does not fit: that says of which accounts.
func (c *county) folded(position int64) (then known, ok bool) {
	if c.past == nil {
		return then, false
	}
	events, err := c.past.upTo(position)
	if err != nil || int64(len(events)) != position {
		return then, false
	}
	defer func() {
		if recover() != nil { // an event that was never decided names what is not there
			ok = false
		}
	}()
	then = known{position: position, book: ledger.NewBook()}
	return then, apply(then.book, events) == nil
}

// unblocked fails when the figures of a community, or of the whole county when
// none is named, are not known.
func unblocked(blocked map[string]ledger.Block, community string) error {
	for account, b := range blocked {
		if account == ledger.County || account == community || community == "" {
			return &errBlocked{account, b}
		}
	}
	return nil
}

// follow keeps the parts of a county going; each part is run until it ends.
func (s *Server) follow(ctx context.Context, c *county, part func(name string, run func(context.Context) error)) error {
	bells, err := s.bus.Bells(ctx, c.name)
	if err != nil {
		return err
	}
	part("bells of "+c.name, func(context.Context) error {
		for position := range bells {
			s.hear(c.name, position)
		}
		return nil
	})
	if c.past != nil {
		part("record of "+c.name, func(ctx context.Context) error { return c.past.keeper.Follow(ctx, nil) })
	}
	if c.ledger != nil {
		part("ledger of "+c.name, func(ctx context.Context) error { return c.ledger.Run(ctx, nil) })
		part("word of the ledger of "+c.name, func(ctx context.Context) error { return s.sayPassed(ctx, c) })
	}
	if c.passed != nil {
		passes, err := s.bus.Passes(ctx, c.name)
		if err != nil {
			return err
		}
		part("ledger elsewhere of "+c.name, func(ctx context.Context) error { return c.passed.follow(ctx, passes) })
		part("book of "+c.name, func(ctx context.Context) error { return s.lookAtBook(ctx, c) })
	}
	return nil
}

// sayPassed tells other processes how far the ledger's rows are: when they move, and
// every second in case that was lost. Whoever is answered there may ask for a list
// anywhere.
func (s *Server) sayPassed(ctx context.Context, c *county) error {
	return everyNowAndThen(ctx, func() <-chan struct{} {
		at, moved := c.ledger.Written()
		if err := s.bus.Pass(c.name, at); err != nil {
			s.log.InfoContext(ctx, "others were not told how far the ledger is", slog.String("county", c.name), slog.Any("error", err))
		}
		return moved
	})
}
