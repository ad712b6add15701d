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
		"one waits a second":       {waiting: 1, ending: 1, want: time.Second},
		"two wait, one for longer": {waiting: 2, ending: 1, want: standBackMax},
		"both wait a second":       {waiting: 2, ending: 2, want: time.Second},
		"one waits for ever":       {waiting: 1, want: standBackMax},
		"the process ends":         {waiting: 1, cancelled: true, want: 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var l lull
				var ends []func()
				for range c.waiting {
					ends = append(ends, l.begin())
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
