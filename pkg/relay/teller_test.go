package relay_test

import (
	"context"
	"iter"
	"sync"
	"testing"
	"time"

	"feisui/pkg/relay"
)

// hearsay is a journal that gives only what it was told of.
type hearsay struct {
	*journal
	mu    sync.Mutex
	known int64
	asked int
}

func (h *hearsay) After(ctx context.Context, county string, position int64, limit int) iter.Seq2[entry, error] {
	h.mu.Lock()
	known := h.known
	h.asked++
	h.mu.Unlock()
	if position >= known {
		return func(func(entry, error) bool) {}
	}
	return h.journal.After(ctx, county, position, limit)
}

func (h *hearsay) looks() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.asked
}

// told is one that a relay can tell where the bus ends.
type told struct{ *hearsay }

func (t told) Heard(_ string, position int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.known = max(t.known, position)
}

func (t told) Head(string) int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.known
}

// A relay whose own process has not heard yet what another one has copied leaves
// the bus as it is. One that cannot be told, which is the control, takes the bus
// for a fork.
func TestARelayBehindTheBusLeavesIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		from  func(*hearsay) relay.Journal[entry]
		wiped bool
	}{
		"it is told":     {func(h *hearsay) relay.Journal[entry] { return told{h} }, false},
		"it is not told": {func(h *hearsay) relay.Journal[entry] { return h }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			house := serve(t)
			j := &journal{}
			last := j.add(50, "a")
			b := open(t, house)
			stop := running(t, j, b)
			arrives(t, b, last)
			stop()
			behind := &hearsay{journal: j, known: 40}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- relay.New(c.from(behind), b, county, say, when, nil).Run(ctx) }()
			wiped := false
			for end := time.Now().Add(hungAfter); behind.looks() < 2 && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
				tail, err := b.Tail(t.Context(), county)
				wiped = wiped || err == nil && tail.Position < last
			}
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			if wiped != c.wiped {
				t.Errorf("wiped: %t, want %t", wiped, c.wiped)
			}
		})
	}
}
