// Package keep runs the ledger of a county: it takes in the journal's entries,
// keeps every account current, writes the book to PostgreSQL and announces flags.
//
// The figures are in memory, folded from the journal at every start, and in
// tables, for lists and for other programs to read. The tables change in the
// transaction that moves their position (B1). Both can be thrown away (B2).
package keep

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"

	"feisui/pkg/book"
	"feisui/pkg/civil"
	"feisui/pkg/journal"
	"feisui/services/ledger"
)

// rulesEdition is to be raised when the same entries give other figures than
// before: then the book is written anew.
const rulesEdition = "1"

// Ledger is the ledger of one county.
type Ledger struct {
	county   string
	journal  Journal
	calendar civil.Calendar
	store    store
	keeper   *book.Keeper
	log      *slog.Logger
	say      chan struct{} // there may be flags to announce

	mu      sync.RWMutex
	current *ledger.Current
	hash    [32]byte // of the entry that current is at

	// What follows is the taker's alone.
	waiting *judged // what is not written yet; nil when all is
	written place
}

// Journal is where a ledger reads entries, and announces flags.
type Journal interface {
	book.Journal
	Append(ctx context.Context, r journal.Request) (journal.Receipt, error)
}

// Config is what a ledger runs on.
type Config struct {
	County   string
	Journal  Journal
	News     book.Journal     // where the ledger looks for news; nil: in the journal itself
	Pool     journal.Database // where Tables are
	Calendar civil.Calendar
	Log      *slog.Logger
	Page     int // about how many entries are taken in at once; 0: as many as is worth while
}

// ErrAhead says that the book holds more than the journal, or something else: the
// end of the journal is lost.
var ErrAhead = fmt.Errorf("%w: the ledger knows more than the journal", book.ErrBroken)

// Open folds a county's journal, and returns when the book is at its end.
func Open(ctx context.Context, c Config) (*Ledger, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	l := &Ledger{
		county: c.County, journal: c.Journal, calendar: c.Calendar, log: c.Log.With(slog.String("county", c.County)),
		store: store{pool: c.Pool, county: c.County, rules: rulesEdition + "/" + c.Calendar.Edition()},
		say:   make(chan struct{}, 1),
	}
	if err := l.reopen(ctx); err != nil {
		return nil, err
	}
	if err := l.takeOver(ctx); err != nil {
		return nil, fmt.Errorf("write the book anew: %w", err)
	}
	if c.News == nil {
		c.News = c.Journal
	}
	l.keeper = book.New(c.News, c.County, l.written.position, l.take, c.Log)
	if c.Page > 0 {
		l.keeper.Pages(c.Page)
	}
	return l, l.keeper.CatchUp(ctx)
}

// reopen folds the journal up to where the book in the database is, and takes
// the rows there for what follows from that.
func (l *Ledger) reopen(ctx context.Context) error {
	at, err := l.store.live(ctx)
	if err != nil {
		return fmt.Errorf("read the book: %w", err)
	}
	current, hash, err := Fold(ctx, l.journal, l.county, at.position, l.calendar)
	if err != nil {
		return err
	}
	if current.Position() != at.position || hash != at.hash {
		return fmt.Errorf("%w: the book of %s was at position %d, and the journal ends at %d or has another entry there; restore the journal before going on",
			ErrAhead, l.county, at.position, current.Position())
	}
	current.Judge()
	l.mu.Lock()
	l.current, l.hash, l.written, l.waiting = current, hash, at, nil
	l.mu.Unlock()
	return nil
}

// takeOver writes a book anew that follows from other rules or another calendar:
// the ledger that was started last is right.
func (l *Ledger) takeOver(ctx context.Context) error {
	if l.written.rules == l.store.rules {
		return nil
	}
	l.log.InfoContext(ctx, "the book is written anew, by this program's rules", slog.String("was", l.written.rules), slog.String("is", l.store.rules))
	return l.write(ctx, &judged{from: l.written.position, takesOver: true})
}

// ErrOutdated says that a ledger of other rules or another calendar was started
// after this one, and keeps the book now. Two that contradict each other would
// announce flags for ever.
var ErrOutdated = errors.New("a ledger with other rules or another calendar keeps the book now")

// Fold folds a county's journal up to a position, or to its end when it ends
// before, and gives the hash of the last entry.
func Fold(ctx context.Context, j book.Journal, county string, upTo int64, calendar civil.Calendar) (*ledger.Current, [32]byte, error) {
	current, hash := ledger.NewCurrent(calendar), [32]byte{}
	if upTo == 0 {
		return current, hash, nil
	}
	for e, err := range j.After(ctx, county, 0, int(upTo)) {
		if err != nil {
			return nil, hash, err
		}
		if e.Position != current.Position()+1 {
			return nil, hash, fmt.Errorf("%w: position %d follows %d in the journal of %s", book.ErrBroken, e.Position, current.Position(), county)
		}
		current.Take(entryOf(&e))
		hash = e.Hash
	}
	return current, hash, nil
}

func entryOf(e *journal.Entry) ledger.Entry {
	return ledger.Entry{Position: e.Position, Version: e.Version, Type: e.Type, Data: e.Data, Accounts: e.Accounts}
}

// Run keeps the ledger current until ctx ends, which is no error. bells say that
// there is news.
func (l *Ledger) Run(ctx context.Context, bells <-chan int64) error {
	var announcing sync.WaitGroup
	ctx, cancel := context.WithCancel(ctx)
	announcing.Go(func() { l.announce(ctx) })
	defer announcing.Wait()
	defer cancel() // a book that is broken announces nothing more
	return l.keeper.Follow(ctx, bells)
}

// News tells the ledger that there is something new in the journal.
func (l *Ledger) News() { l.keeper.News() }

// At is the position that the book has passed.
func (l *Ledger) At() int64 { return l.keeper.At() }

// Moved is At with a channel that is closed once the book has passed more.
func (l *Ledger) Moved() (at int64, moved <-chan struct{}) { return l.keeper.Moved() }

// Passed waits until the book has passed a position.
func (l *Ledger) Passed(ctx context.Context, position int64) error {
	return l.keeper.Passed(ctx, position)
}

// take takes entries in and writes what they changed. It is called again with
// the same ones when the writing failed: then they are in already. Nobody else
// calls it meanwhile, so only what readers see needs the lock.
func (l *Ledger) take(ctx context.Context, entries []journal.Entry) error {
	if err := l.bridge(ctx, entries[0].Position); err != nil {
		return err
	}
	if err := l.fold(ctx, entries); err != nil {
		return err
	}
	err := l.flush(ctx)
	if errors.Is(err, errReplaced) {
		l.log.InfoContext(ctx, "the book was rebuilt elsewhere; going on from it")
		if err := l.reopen(ctx); err != nil {
			return err
		}
		return l.take(ctx, entries)
	}
	if errors.Is(err, ErrOutdated) {
		return fmt.Errorf("%w: %w of %s", book.ErrBroken, err, l.county)
	}
	if err != nil {
		return fmt.Errorf("write the book: %w", err)
	}
	l.tell()
	return nil
}

// bridge takes in what is missing before a position: after the book was
// replaced by one that is behind.
func (l *Ledger) bridge(ctx context.Context, next int64) error {
	for missing := next - 1 - l.current.Position(); missing > 0; missing = next - 1 - l.current.Position() {
		var entries []journal.Entry
		for e, err := range l.journal.After(ctx, l.county, l.current.Position(), int(min(missing, bridgeMax))) {
			if err != nil {
				return err
			}
			entries = append(entries, e)
		}
		if len(entries) == 0 {
			return fmt.Errorf("%w: the journal of %s ended at %d, and now before", book.ErrBroken, l.county, next)
		}
		if err := l.fold(ctx, entries); err != nil {
			return err
		}
	}
	return nil
}

// bridgeMax is how many entries are held at once on the way to where the others
// are.
const bridgeMax = 20_000

// fold takes entries into memory and judges what they touched. It fails, and
// takes none, when they do not follow: the journal has another history now.
func (l *Ledger) fold(ctx context.Context, entries []journal.Entry) error {
	if i := slices.IndexFunc(entries, func(e journal.Entry) bool { return e.Position > l.current.Position() }); i >= 0 && entries[i].Prev != l.hash {
		return fmt.Errorf("%w: position %d of the journal of %s does not follow the entry that was at %d; restore the journal before going on",
			ErrAhead, entries[i].Position, l.county, l.current.Position())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	from, kept := l.current.Position(), len(l.current.Kept())
	for i := range entries {
		if entries[i].Position > l.current.Position() {
			l.current.Take(entryOf(&entries[i]))
			l.hash = entries[i].Hash
		}
	}
	if l.current.Position() == from {
		return nil
	}
	if l.waiting == nil {
		l.waiting = &judged{from: from, accounts: map[string]standings{}}
	}
	for _, j := range l.current.Judge() {
		s := standings{j.Before, j.After}
		if earlier, known := l.waiting.accounts[j.Account]; known {
			s.before = earlier.before
		}
		l.waiting.accounts[j.Account] = s
	}
	for _, k := range l.current.Kept()[kept:] {
		l.log.ErrorContext(ctx, "an entry is kept aside; its accounts are blocked",
			slog.Int64("position", k.Position), slog.Any("accounts", k.Accounts), slog.String("reason", k.Reason))
	}
	return nil
}

// flush writes what waits.
func (l *Ledger) flush(ctx context.Context) error {
	j := l.waiting
	if j == nil {
		j = &judged{from: l.written.position}
	}
	return l.write(ctx, j)
}

// write writes what was judged, up to where memory is.
func (l *Ledger) write(ctx context.Context, j *judged) error {
	to := place{l.written.generation, l.current.Position(), l.hash, l.current.Day(), l.store.rules}
	j.to, j.kept = to, l.current.Kept()
	if err := l.store.write(ctx, j, l.current.Standings); err != nil {
		return err
	}
	l.written, l.waiting = to, nil
	return nil
}

// tell lets the announcer know that the book has moved.
func (l *Ledger) tell() {
	select {
	case l.say <- struct{}{}:
	default: // somebody is about to look
	}
}

// Read gives f what the ledger holds now; f must not keep it. While it runs
// nothing is taken in.
func (l *Ledger) Read(f func(*ledger.Current) error) error {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return f(l.current)
}

// Blocked gives what is blocked now, by account; ledger.County is the county.
func (l *Ledger) Blocked() map[string]ledger.Block {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return maps.Clone(l.current.Blocked())
}

// Reached is the position that the figures are of and the hash of its entry: what
// the ledger knows of the journal.
func (l *Ledger) Reached() (position int64, hash [32]byte) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.current.Position(), l.hash
}
