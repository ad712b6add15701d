package serve_test

import (
	"sync/atomic"
	"testing"
	"time"

	"feisui/pkg/civil"
	"feisui/schemas"
	"feisui/services/feisui/serve"
)

// TestAFirstClosingWaitsForWhatIsOnItsWay: what was decided unguarded is recorded before
// a county's first month is closed, and what is decided from then on is guarded, where
// its month may be closed.
func TestAFirstClosingWaitsForWhatIsOnItsWay(t *testing.T) {
	t.Parallel()
	b, err := serve.NewBeside(civil.Of(2025, time.March, 3))
	if err != nil {
		t.Fatal(err)
	}
	paid := func(day civil.Date) schemas.Event { return schemas.PaymentMade{Voucher: "PZ", PaidOn: day} }
	last := civil.Of(2025, time.February, 28)
	if b.Fenced(paid(last)) {
		t.Error("a county that never closed anything is held up")
	}
	var recorded atomic.Bool
	leave, closes := b.Enter(), make(chan struct{})
	go func() {
		<-closes
		recorded.Store(true)
		leave()
	}()
	close(closes)
	b.Guard()
	if !recorded.Load() {
		t.Error("it did not wait")
	}
	b.Enter()()
	for day, fenced := range map[civil.Date]bool{last: true, last + 1: false, civil.Of(2025, time.March, 31): false} {
		if b.Fenced(paid(day)) != fenced {
			t.Errorf("a payment of %s: %v", day, !fenced)
		}
	}
}
