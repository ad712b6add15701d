package bus_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"feisui/pkg/bus"
)

// A bit that turned on the disk makes a gap that readers are told of; it never
// makes another message.
func TestADamagedMessageIsAGap(t *testing.T) {
	t.Parallel()
	const last = 300
	h := serve(t)
	b, nc := connect(t, h)
	fill(t, b, 1, last)
	s := b.Subscriber(bus.SubscriberOptions{Durable: "book"})
	gaps := 0
	for _, at := range []int{3, 5, 8} { // tenths of the block
		h.down()
		blocks := must(filepath.Glob(filepath.Join(h.dir, "jetstream", "*", "streams", "*", "msgs", "*.blk")))
		if len(blocks) != 1 {
			t.Fatal(blocks)
		}
		block := must(os.ReadFile(blocks[0]))
		block[len(block)*at/10] ^= 1
		must(0, os.WriteFile(blocks[0], block, 0o600))
		h.up()
		answers(t, nc, b)
		got, err := read(t, b, 0)
		if !reflect.DeepEqual(got, entries(1, int64(len(got)))) {
			t.Fatalf("tenth %d: %d messages, and not those that were appended", at, len(got))
		}
		if len(got) < last {
			gaps++
			if !errors.Is(err, bus.ErrGap) && must(b.Tail(t.Context(), county)).Position != int64(len(got)) {
				t.Fatalf("tenth %d: %d messages, %v", at, len(got), err)
			}
		}
	}
	if gaps == 0 {
		t.Fatal("no bit that was turned did any harm")
	}
	heard, err := s.Subscribe(t.Context(), bus.Subjects(county))
	if err != nil {
		t.Fatal(err)
	}
	fill(t, b, last+1, last+5)
	// A subscriber hears what is left, in order, and news after it: the positions
	// tell it what it did not hear.
	if got := hear(t, heard, last+5); !slices.IsSorted(got) || len(got) >= last+5 || len(got) < last/2 {
		t.Fatal(got)
	}
}
