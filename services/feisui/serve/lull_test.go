package serve

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// Whoever stands back does so until nobody waits any more, and no longer than the
// bound, so that nothing is put off for ever.
func TestStandingBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		waiting, ending int // how many wait, and how many of them no more after a second
		cancelled       bool
		want            time.Duration
	}{
		"nobody waits":             {want: 0},
		"one waits a second":       {waiting: 1, ending: 1, want: time.Second + nextMax},
		"two wait, one for longer": {waiting: 2, ending: 1, want: standBackMax},
		"both wait a second":       {waiting: 2, ending: 2, want: time.Second + nextMax},
		"one waits for ever":       {waiting: 1, want: standBackMax},
		"the process ends":         {waiting: 1, cancelled: true, want: 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var l lull
				var ends []func()
				for range c.waiting {
					ends = append(ends, l.begin(t.Context()))
				}
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if c.cancelled {
					cancel()
				}
				go func() {
					time.Sleep(time.Second)
					for _, end := range ends[:c.ending] {
						end()
					}
				}()
				began := time.Now()
				if l.standBack(ctx); time.Since(began) != c.want {
					t.Errorf("stood back %s, want %s", time.Since(began), c.want)
				}
				time.Sleep(time.Second)
			})
		})
	}
}

// One workbook comes after the other: what stands back does not begin between them,
// and each page that is done all the same has its turn.
func TestStandingBackInTurns(t *testing.T) {
	t.Parallel()
	const callers, lasts = 40, 20 * time.Second
	synctest.Test(t, func(t *testing.T) {
		var l lull
		end := l.begin(t.Context())
		began, done := time.Now(), make(chan struct{}, 10_000)
		over, stop := context.WithCancel(t.Context())
		for range callers {
			go func() {
				for l.takeTurn(over); over.Err() == nil; l.takeTurn(over) {
					done <- struct{}{}
					time.Sleep(10 * time.Millisecond)
				}
			}()
		}
		for time.Since(began) < lasts {
			time.Sleep(time.Second)
			end()
			time.Sleep(nextMax / 2)
			end = l.begin(t.Context())
		}
		synctest.Wait()
		meanwhile, most := len(done), 1+int(time.Since(began)/turnEvery)
		if meanwhile > most || meanwhile < most-2 {
			t.Errorf("%d turns in %s, not %d", meanwhile, time.Since(began), most)
		}
		end()
		time.Sleep(nextMax + time.Second)
		synctest.Wait()
		if after := len(done) - meanwhile; after < 50*callers {
			t.Errorf("when nobody waits any more, %d turns in a second", after)
		}
		stop()
		time.Sleep(time.Second)
	})
}
