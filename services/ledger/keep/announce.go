package keep

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"feisui/pkg/journal"
	"feisui/services/ledger"
)

// actor is who announces flags.
const actor = "service:ledger"

// again is how long the ledger waits before it tries to announce once more.
const again = time.Second

// announce says what is to be said of flags until ctx ends. Each time it says
// the difference between the flags that stand and those that were announced, at
// the version that the stream is believed to be at: another ledger that was
// faster, a crash, an answer that did not arrive lead to a refusal and a new
// look, never to the same said twice.
func (l *Ledger) announce(ctx context.Context) {
	tick := time.NewTicker(again)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.say:
		case <-tick.C:
		}
		l.heed(tick.C)
		if err := l.announceOnce(ctx); err != nil && ctx.Err() == nil {
			if errors.Is(err, journal.ErrConflict) {
				l.log.DebugContext(ctx, "another ledger was faster", slog.Any("error", err))
			} else {
				l.log.WarnContext(ctx, "flags were not announced; trying again", slog.Any("error", err))
			}
		}
	}
}

// heed takes what else says that there may be flags: one look answers it all.
func (l *Ledger) heed(tick <-chan time.Time) {
	select {
	case <-l.say:
	default:
	}
	select {
	case <-tick:
	default:
	}
}

// announceOnce says what is to be said now, and returns when the book has passed
// it.
func (l *Ledger) announceOnce(ctx context.Context) error {
	if l.much() {
		l.standBack(ctx)
	}
	l.mu.Lock()
	unsaid := l.current.Unsaid()
	l.mu.Unlock()
	if len(unsaid) == 0 {
		return nil
	}
	events, err := pendingOf(unsaid)
	if err != nil {
		return err
	}
	receipt, err := l.journal.Append(ctx, journal.Request{
		County: l.county, ID: "flags/" + uuid.Must(uuid.NewV7()).String(), Fingerprint: sha256.Sum256([]byte(actor)),
		Actor: actor, Kind: journal.Act, Events: events,
	})
	if err != nil {
		l.keeper.News()
		return err
	}
	l.keeper.News()
	return l.keeper.Passed(ctx, receipt.Last)
}

func pendingOf(unsaid []ledger.Announcement) (events []journal.Pending, err error) {
	for _, a := range unsaid {
		for i, e := range a.Events {
			data, err := json.Marshal(e)
			if err != nil {
				return nil, err
			}
			events = append(events, journal.Pending{
				Stream: e.Stream(), Type: e.Type(), Version: a.Version + int64(i) + 1, Data: data, Accounts: []string{a.Account},
			})
		}
	}
	return events, nil
}
