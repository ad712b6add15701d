package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"

	"feisui/pkg/book"
	"feisui/pkg/civil"
	"feisui/pkg/journal"
	"feisui/pkg/journal/memory"
	"feisui/schemas"
	"feisui/services/feisui/act"
	"feisui/services/feisui/record"
	"feisui/services/ledger"
	"feisui/services/process/define"
)

// past is what is recorded of a county, to decide on: every event, and the
// accounts that each stream can change. Where people act, it is also how far every
// workflow came, and the figures that guards ask for: those of the very entries
// that a command is decided on, not of the ledger's, which may be behind. It is
// kept at the journal's end.
type past struct {
	keeper *book.Keeper
	watch  *journal.Watch
	log    *slog.Logger

	mu       sync.RWMutex
	events   *memory.Journal[schemas.Event]
	accounts *ledger.Accounts
	blocked  map[string]ledger.Block // accounts of which something cannot be read
	position int64                   // of the last entry taken in
	hash     [32]byte                // of that entry
	flows    *act.Flows              // nil where nobody acts
	figures  *ledger.Book            // nil likewise
	declared map[string]*define.Workflow
}

func openPast(ctx context.Context, watch *journal.Watch, county string, acts bool, log *slog.Logger) (*past, error) {
	p := &past{
		log: log, events: memory.New[schemas.Event](), accounts: ledger.NewAccounts(), blocked: map[string]ledger.Block{},
	}
	if acts {
		p.flows, p.figures = act.NewFlows(), ledger.NewBook()
		var err error
		if p.declared, err = act.Declared(); err != nil {
			return nil, err
		}
	}
	p.keeper = book.New(watch, county, 0, p.take, log)
	p.watch = watch
	return p, p.catchUp(ctx)
}

// catchUp takes in what is recorded now, by whatever process.
func (p *past) catchUp(ctx context.Context) error {
	if _, err := p.watch.Look(ctx); err != nil {
		return err
	}
	return p.keeper.CatchUp(ctx)
}

func (p *past) take(ctx context.Context, entries []journal.Entry) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range entries {
		e := &entries[i]
		p.position, p.hash = e.Position, e.Hash
		event, err := decoded(e)
		if err == nil {
			p.accounts.Of(event)
			if p.events.Add(e.Stream, event); p.flows != nil {
				err = p.learn(e.Position, event, e.Accounts)
			}
		}
		if err != nil {
			p.block(ctx, e, err)
		}
	}
	return nil
}

// decoded gives an entry's event, which it shares with the ledger.
func decoded(e *journal.Entry) (schemas.Event, error) {
	event, err := e.Made(func() (any, error) { return schemas.Decode(e.Type, e.Data) })
	if err != nil {
		return nil, err
	}
	return event.(schemas.Event), nil //nolint:forcetypeassert // every reader of a county's entries decodes them
}

// learn takes an event into what commands of people are decided on. One that was
// never decided may name what is not there.
func (p *past) learn(at int64, event schemas.Event, accounts []string) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("%s names what is not there: %v", event.Type(), fault)
		}
	}()
	return errors.Join(p.figures.Apply(event), p.flows.Take(at, event, accounts))
}

// block keeps what cannot be read from being decided on: the accounts that it
// names, or the county.
func (p *past) block(ctx context.Context, e *journal.Entry, err error) {
	p.log.ErrorContext(ctx, "an entry cannot be read; nothing is recorded for its accounts",
		slog.Int64("position", e.Position), slog.Any("accounts", e.Accounts), slog.Any("error", err))
	accounts := e.Accounts
	if len(accounts) == 0 {
		accounts = []string{ledger.County}
	}
	for _, account := range accounts {
		if _, known := p.blocked[account]; !known {
			p.blocked[account] = ledger.Block{Position: e.Position, Reason: err.Error()}
		}
	}
}

// decide gives what is to be recorded, ready to be appended: each event with the
// version that it must get in its stream and the accounts that it can change.
// Nothing is taken in while it is decided.
func (p *past) decide(decide func() ([]schemas.Event, error)) ([]journal.Pending, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if b, blocked := p.blocked[ledger.County]; blocked {
		return nil, &errBlocked{ledger.County, b}
	}
	events, err := decide()
	if err != nil {
		return nil, err
	}
	return p.pending(events)
}

// county is what commands of people are decided on. It is used by whoever decides,
// and no longer.
func (p *past) county(days civil.Calendar) *act.County {
	return &act.County{
		Past: p.events, Events: p.recorded(), Book: p.figures, Flows: p.flows, Calendar: days, Declared: p.declared,
		Position: p.position, Hash: p.hash,
		Blocked: func(account string) bool { _, blocked := p.blocked[account]; return blocked },
	}
}

// adding decides what a source adds to what is recorded.
func (p *past) adding(source record.Source) func() ([]schemas.Event, error) {
	return func() ([]schemas.Event, error) { return record.Decide(source, p.events) }
}

// looking is adding, and says what the source is.
func (p *past) looking(source record.Source, preview **record.Preview) func() ([]schemas.Event, error) {
	return func() (events []schemas.Event, err error) {
		*preview, events, err = record.Look(source, p.events)
		return events, err
	}
}

// decideAtEnd is decide, and decides once more at the journal's end what no
// version would contradict: a refusal, and that nothing is new. Another process
// may have recorded what the command names a moment ago.
func (p *past) decideAtEnd(ctx context.Context, decide func() ([]schemas.Event, error)) ([]journal.Pending, error) {
	at := p.keeper.At()
	pending, err := p.decide(decide)
	if err == nil && len(pending) > 0 {
		return pending, nil
	}
	if unread := p.catchUp(ctx); unread != nil {
		return nil, unread
	}
	if p.keeper.At() == at {
		return pending, err
	}
	return p.decide(decide)
}

func (p *past) pending(events []schemas.Event) ([]journal.Pending, error) {
	encoded, err := encode(events)
	if err != nil {
		return nil, err
	}
	pending := make([]journal.Pending, 0, len(events))
	next, accounts := map[string]int64{}, p.accounts.Draft()
	for i, e := range events {
		stream := e.Stream()
		if _, known := next[stream]; !known {
			next[stream] = int64(p.events.Version(stream))
		}
		next[stream]++
		of := accounts.Of(e)
		for _, account := range of {
			if b, blocked := p.blocked[account]; blocked {
				return nil, &errBlocked{account, b}
			}
		}
		pending = append(pending, journal.Pending{Stream: stream, Type: e.Type(), Version: next[stream], Data: encoded[i], Accounts: of})
	}
	return pending, nil
}

// encodeAlone is of how many events one processor makes the JSON.
const encodeAlone = 1_000

// encode gives each event's JSON. An import has tens of thousands.
func encode(events []schemas.Event) ([]json.RawMessage, error) {
	encoded, faults := make([]json.RawMessage, len(events)), make([]error, 1+len(events)/encodeAlone)
	var parts sync.WaitGroup
	for part := range faults {
		from, to := part*encodeAlone, min((part+1)*encodeAlone, len(events))
		parts.Go(func() {
			for i := from; i < to && faults[part] == nil; i++ {
				encoded[i], faults[part] = json.Marshal(events[i])
			}
		})
	}
	parts.Wait()
	return encoded, errors.Join(faults...)
}

// stream gives the events of a stream.
func (p *past) stream(name string) []schemas.Event {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return slices.Collect(p.events.Stream(name))
}

// upTo gives the events up to a position, in order: the n-th is that of the n-th
// entry. It fails where one of them is kept aside, since figures without it would
// be wrong.
func (p *past) upTo(position int64) ([]schemas.Event, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for account, b := range p.blocked {
		if b.Position <= position {
			return nil, &errBlocked{account, b}
		}
	}
	events := make([]schemas.Event, 0, position)
	for e := range p.events.After(0) {
		if int64(len(events)) == position {
			break
		}
		events = append(events, e.Event)
	}
	return events, nil
}

// blocks gives what is blocked, by account.
func (p *past) blocks() map[string]ledger.Block {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return maps.Clone(p.blocked)
}

// errBlocked says of which account an entry cannot be taken.
type errBlocked struct {
	account string // ledger.County: the whole county
	ledger.Block
}

func (e *errBlocked) Error() string {
	return fmt.Sprintf("account %q is blocked at position %d: %s", e.account, e.Position, e.Reason)
}
