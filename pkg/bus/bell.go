package bus

import (
	"context"
	"fmt"
	"strconv"
)

// Ring says that a county's journal has news up to a position. A bell is not
// kept: whoever does not listen, or whose connection is down, does not hear it.
func (b *Bus) Ring(county string, position int64) error {
	return b.ring(county, "bell", position)
}

// Bells gives the positions that are rung for a county, until the context or
// the connection ends. To whoever is slow it gives the last one only. A bell may
// be lost: look now and then all the same.
func (b *Bus) Bells(ctx context.Context, county string) (<-chan int64, error) {
	return b.hear(ctx, county, "bell")
}

// Pass says that the ledger of a county has passed a position. It is heard as
// bells are.
func (b *Bus) Pass(county string, position int64) error { return b.ring(county, "passed", position) }

// Passes gives the positions that the ledger of a county says it has passed, as
// Bells does.
func (b *Bus) Passes(ctx context.Context, county string) (<-chan int64, error) {
	return b.hear(ctx, county, "passed")
}

func (b *Bus) ring(county, bell string, position int64) error {
	if err := checkCounty(county); err != nil {
		return err
	}
	if err := b.nc.Publish(aside(county, bell), strconv.AppendInt(nil, position, 10)); err != nil {
		return fmt.Errorf("ring %s of %s: %w", bell, county, err)
	}
	return nil
}

func (b *Bus) hear(ctx context.Context, county, bell string) (<-chan int64, error) {
	if err := checkCounty(county); err != nil {
		return nil, err
	}
	heard, err := b.nc.SubscribeSync(aside(county, bell))
	if err != nil {
		return nil, fmt.Errorf("%s of %s: %w", bell, county, err)
	}
	bells := make(chan int64, 1)
	go func() {
		defer close(bells)
		defer func() { _ = heard.Unsubscribe() }() // a connection that has ended hears nothing either
		for {
			msg, err := heard.NextMsgWithContext(ctx)
			if ctx.Err() != nil || !heard.IsValid() {
				return
			}
			if err != nil { // bells were dropped because nobody took them; the next one says as much
				continue
			}
			select {
			case <-bells:
			default:
			}
			bells <- position(string(msg.Data)) // there is room: only this goroutine fills it
		}
	}()
	return bells, nil
}
