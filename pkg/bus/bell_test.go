package bus_test

import (
	"context"
	"testing"
)

func TestABellIsHeard(t *testing.T) {
	t.Parallel()
	h := serve(t)
	b, nc := connect(t, h)
	other, _ := connect(t, h)
	ctx, stop := context.WithCancel(t.Context())
	bells, err := b.Bells(ctx, county)
	if err != nil {
		t.Fatal(err)
	}
	must(0, nc.Flush()) // the server knows who listens
	must(0, other.Ring("another", 5))
	must(0, other.Ring(county, 7))
	if got := <-bells; got != 7 {
		t.Fatal(got)
	}
	// Whoever is slow hears the last, and nobody waits for him.
	for p := range int64(10_000) {
		must(0, other.Ring(county, p))
	}
	eventually(t, "the last bell", func() bool { return <-bells == 9_999 })
	// A listener outlives the server.
	h.down()
	h.up()
	eventually(t, "a bell after the restart", func() bool {
		_ = other.Ring(county, 12)
		select {
		case got := <-bells:
			return got == 12
		default:
			return false
		}
	})
	// Whoever comes later hears what is rung later.
	later, err := b.Bells(ctx, county)
	if err != nil {
		t.Fatal(err)
	}
	must(0, nc.Flush())
	must(0, other.Ring(county, 13))
	eventually(t, "what is rung now", func() bool { return <-later == 13 }) // a 12 may still be under way
	stop()
	for range bells { // it is closed
	}
	for range later {
	}
	if err := b.Ring("a.b", 1); err == nil {
		t.Fatal("a county with a dot")
	}
	nc.Close()
	if _, err := b.Bells(t.Context(), county); err == nil {
		t.Fatal("listening on a closed connection")
	}
}
