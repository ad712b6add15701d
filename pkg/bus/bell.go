package bus

import (
	"context"
	"fmt"
	"strconv"
)

// Ring says that a county's journal has news up to a position. A bell is not
// kept: whoever does not listen, or whose connection is down, does not hear it.
func (b *Bus) Ring(county string, position int64) error {
	if err := checkCounty(county); err != nil {
		return err
	}
	if err := b.nc.Publish(bell(county), strconv.AppendInt(nil, position, 10)); err != nil {
		return fmt.Errorf("ring %s: %w", county, err)
	}
	return nil
}

// Bells gives the positions that are rung for a county, until the context or
// the connection ends. To whoever is slow it gives the last one only. A bell may
// be lost: look now and then all the same.
func (b *Bus) Bells(ctx context.Context, county string) (<-chan int64, error) {
	if err := checkCounty(county); err != nil {
		return nil, err
	}
	heard, err := b.nc.SubscribeSync(bell(county))
	if err != nil {
		return nil, fmt.Errorf("bells of %s: %w", county, err)
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
