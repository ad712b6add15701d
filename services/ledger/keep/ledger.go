// Package keep runs the ledger of a county: it takes in the journal's entries,
// keeps every account current, writes the book to PostgreSQL and announces flags.
//
// The figures are in memory, folded from the journal at every start, and in
// tables, for lists and for other programs to read. The tables follow the figures
// a moment later, and change in the transaction that moves their position (B1); a
// list waits until they are where the figures were when it was asked for. Both can
// be thrown away (B2).
package keep

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"feisui/pkg/book"
	"feisui/pkg/civil"
	"feisui/pkg/journal"
	"feisui/schemas"
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
	dirty    chan struct{} // there may be rows to write
	writing  chan struct{} // full while rows are written; who also stops the keeper does so after
	rows     *book.Place   // the position that the rows are of
	patience time.Duration // how long a list waits for them

	standBack func(context.Context)

	mu sync.RWMutex
	figures
	written place // changed by who writes
}

// figures are a book in memory, and what of it is not in the tables yet. Only
// whoever takes entries in changes it.
type figures struct {
	current *ledger.Current
	hash    [32]byte // of the entry that current is at
	waiting *judged  // nil when all is written, or being written
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

	// StandBack is called before much is written or announced that nobody waits for:
	// it returns when others need the processors no more. It may be nil.
	StandBack func(context.Context)

	Page int // about how many entries are taken in at once; 0: as many as is worth while
}

// ErrAhead says that the book holds more than the journal, or something else: the
// end of the journal is lost.
var ErrAhead = fmt.Errorf("%w: the ledger knows more than the journal", book.ErrBroken)

// Open folds a county's journal, and returns when the book is at its end.
func Open(ctx context.Context, c Config) (*Ledger, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.StandBack == nil {
		c.StandBack = func(context.Context) {}
	}
	l := &Ledger{
		county: c.County, journal: c.Journal, calendar: c.Calendar, log: c.Log.With(slog.String("county", c.County)),
		store: store{pool: c.Pool, county: c.County, rules: rulesEdition + "/" + c.Calendar.Edition()},
		say:   make(chan struct{}, 1), dirty: make(chan struct{}, 1), writing: make(chan struct{}, 1), rows: book.NewPlace(0),
		patience: rowsMax, standBack: c.StandBack,
	}
	if err := l.reopen(ctx, 0); err != nil {
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
	if err := l.keeper.CatchUp(ctx); err != nil {
		return nil, err
	}
	return l, l.flush(ctx)
}

// reopen folds the journal up to where the book in the database is, takes the rows
// there for what follows from that, and goes on to a position: readers do not see
// the figures go back. It is called while nothing is taken in or written.
func (l *Ledger) reopen(ctx context.Context, upTo int64) error {
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
	anew := figures{current, hash, nil}
	if err := l.bridge(ctx, &anew, upTo); err != nil {
		return err
	}
	l.mu.Lock()
	l.figures, l.written = anew, at
	l.mu.Unlock()
	l.rows.Move(at.position)
	return nil
}

// takeOver writes a book anew that follows from other rules or another calendar:
// the ledger that was started last is right.
func (l *Ledger) takeOver(ctx context.Context) error {
	if l.written.rules == l.store.rules {
		return nil
	}
	l.log.InfoContext(ctx, "the book is written anew, by this program's rules", slog.String("was", l.written.rules), slog.String("is", l.store.rules))
	l.waiting = &judged{from: l.written.position, accounts: map[string]standings{}, takesOver: true}
	return l.write(ctx)
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
	taken := ledger.Entry{Position: e.Position, Version: e.Version, Type: e.Type, Data: e.Data, Accounts: e.Accounts}
	if ledger.Tells(e.Type) {
		// One that cannot be read is kept aside, by whoever takes it and sees why.
		if event, err := e.Made(func() (any, error) { return schemas.Decode(e.Type, e.Data) }); err == nil {
			taken.Event = event.(schemas.Event) //nolint:forcetypeassert // every reader of a county's entries decodes them
		}
	}
	return taken
}

// Run keeps the ledger current until ctx ends, which is no error. bells say that
// there is news.
func (l *Ledger) Run(ctx context.Context, bells <-chan int64) error {
	var beside sync.WaitGroup
	var broken error
	ctx, cancel := context.WithCancel(ctx)
	beside.Go(func() { l.announce(ctx) })
	beside.Go(func() {
		defer cancel()
		broken = l.keepRows(ctx)
	})
	err := l.keeper.Follow(ctx, bells)
	cancel() // a book that is broken announces nothing more
	beside.Wait()
	return errors.Join(err, broken)
}

// News tells the ledger that there is something new in the journal.
func (l *Ledger) News() { l.keeper.News() }

// At is the position that the figures have passed.
func (l *Ledger) At() int64 { return l.keeper.At() }

// Moved is At with a channel that is closed once the figures have passed more.
func (l *Ledger) Moved() (at int64, moved <-chan struct{}) { return l.keeper.Moved() }

// Passed waits until the figures have passed a position. Whoever asks this ledger
// for a statement or a list then is shown what is recorded there.
func (l *Ledger) Passed(ctx context.Context, position int64) error {
	return l.keeper.Passed(ctx, position)
}

// Written is the position that the rows in the database have passed, for who reads
// them elsewhere, with a channel that is closed once they have passed more.
func (l *Ledger) Written() (at int64, moved <-chan struct{}) { return l.rows.Moved() }

// take takes entries into the figures. What they changed is written by another,
// who takes what has gathered meanwhile.
func (l *Ledger) take(ctx context.Context, entries []journal.Entry) error {
	l.mu.Lock()
	kept, err := l.fold(entries)
	l.mu.Unlock()
	if err != nil {
		return err
	}
	l.lament(ctx, kept)
	l.tell()
	return nil
}

// bridge takes in what is missing up to a position: the figures begin where the
// book in the database is, which may be behind what readers were shown.
func (l *Ledger) bridge(ctx context.Context, f *figures, upTo int64) error {
	for missing := upTo - f.current.Position(); missing > 0; missing = upTo - f.current.Position() {
		var entries []journal.Entry
		for e, err := range l.journal.After(ctx, l.county, f.current.Position(), int(min(missing, bridgeMax))) {
			if err != nil {
				return err
			}
			entries = append(entries, e)
		}
		if len(entries) == 0 {
			return fmt.Errorf("%w: the journal of %s ended at %d, and now before", book.ErrBroken, l.county, upTo)
		}
		if _, err := f.fold(entries); err != nil {
			return err
		}
	}
	return nil
}

// bridgeMax is how many entries are held at once on the way to where the others
// are.
const bridgeMax = 20_000

// fold takes entries in and judges what they touched, and gives those that it keeps
// aside. It fails, and takes none, when they do not follow: the journal has another
// history now.
func (f *figures) fold(entries []journal.Entry) ([]ledger.Kept, error) {
	if i := slices.IndexFunc(entries, func(e journal.Entry) bool { return e.Position > f.current.Position() }); i >= 0 && entries[i].Prev != f.hash {
		return nil, fmt.Errorf("%w: position %d of the journal of %s does not follow the entry that was at %d; restore the journal before going on",
			ErrAhead, entries[i].Position, entries[i].County, f.current.Position())
	}
	from, kept := f.current.Position(), len(f.current.Kept())
	for i := range entries {
		if entries[i].Position > f.current.Position() {
			f.current.Take(entryOf(&entries[i]))
			f.hash = entries[i].Hash
		}
	}
	if f.current.Position() == from {
		return nil, nil
	}
	if f.waiting == nil {
		f.waiting = &judged{from: from, accounts: map[string]standings{}}
	}
	for _, j := range f.current.Judge() {
		f.waiting.add(j.Account, standings{j.Before, j.After})
	}
	return f.current.Kept()[kept:], nil
}

// lament says what is kept aside.
func (l *Ledger) lament(ctx context.Context, kept []ledger.Kept) {
	for _, k := range kept {
		l.log.ErrorContext(ctx, "an entry is kept aside; its accounts are blocked",
			slog.Int64("position", k.Position), slog.Any("accounts", k.Accounts), slog.String("reason", k.Reason))
	}
}

// tell lets the announcer and the writer know that the figures have moved.
func (l *Ledger) tell() {
	for _, who := range []chan struct{}{l.say, l.dirty} {
		select {
		case who <- struct{}{}:
		default: // somebody is about to look
		}
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
