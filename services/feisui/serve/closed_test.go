package serve_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"feisui/pkg/civil"
	"feisui/pkg/journal"
	"feisui/pkg/pgtest"
	"feisui/pkg/web"
	"feisui/pkg/workbook"
	"feisui/schemas"
	"feisui/services/feisui/record"
	"feisui/services/feisui/serve"
)

const (
	monthEnd = "c"
	promised = "431026102001"
)

// beside is a county that closes months, in whose journal others record.
type beside struct {
	journal  *journal.Journal
	requests int
	closings int64
}

// besides gives one with a department, a community and a day of March, of which January is closed.
func besides(t *testing.T) *beside {
	t.Helper()
	j, err := journal.Open(t.Context(), pgtest.New(t, journal.Tables), time.Now, journal.Volatile())
	if err == nil {
		err = j.CreateCounty(t.Context(), monthEnd, "县")
	}
	if err != nil {
		t.Fatal(err)
	}
	b := &beside{journal: j}
	for _, event := range []schemas.Event{
		schemas.DepartmentRegistered{Code: "D01", Name: "民政局", Kind: "department"},
		schemas.CommunityRegistered{Code: promised, Name: "北社区", Street: promised[:9]}, schemas.CountyDayBegan{Date: civil.Of(2025, time.March, 3)},
	} {
		if err := b.records(t.Context(), event, 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.closes(t.Context(), "2025-01"); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *beside) records(ctx context.Context, e schemas.Event, version int64) error {
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	b.requests++
	id := fmt.Sprint("beside/", b.requests)
	_, err = b.journal.Append(ctx, journal.Request{
		County: monthEnd, ID: id, Fingerprint: sha256.Sum256([]byte(id)), Actor: "others", Kind: journal.Act,
		Events: []journal.Pending{{Stream: e.Stream(), Type: e.Type(), Version: version, Data: data}},
	})
	return err
}

func (b *beside) closes(ctx context.Context, month string) error {
	b.closings++
	return b.records(ctx, schemas.PeriodClosed{Month: month, Closing: 1, ClosedOn: civil.Of(2025, time.March, 3)}, b.closings)
}

// pay has several record what is of today.
func (b *beside) pay(ctx context.Context) error {
	const writers = 2
	failed, events := make([]error, writers), make([]schemas.Event, writers)
	for i := range events {
		b.requests++
		events[i] = schemas.CommitmentMade{
			No: fmt.Sprint("CN-", b.requests), Kind: "pledge", Department: "D01", Community: promised, Amount: 1, MadeOn: civil.Of(2025, time.March, 3),
		}
	}
	var writing sync.WaitGroup
	for i := range events {
		one := &beside{journal: b.journal, requests: 1_000 * (b.requests + i)}
		writing.Go(func() { failed[i] = one.records(ctx, events[i], 1) })
	}
	writing.Wait()
	return errors.Join(failed...)
}

// book is a workbook of so many promises of February.
func book(t *testing.T, promises int) record.Source {
	t.Helper()
	var rows strings.Builder
	rows.WriteString("no,kind,department,community,amount,made_on\n")
	for i := range promises {
		fmt.Fprintf(&rows, "YM-%d,pledge,D01,%s,%d,2025-02-%02d\n", i, promised, i+1, 1+i%28)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "commitments.csv"), []byte(rows.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := workbook.Open(folder, record.Layout)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := in.Close(); err != nil {
			t.Error(err)
		}
	})
	return in
}

// TestAWorkbookOfTheMonthsEndLands: others record, each time, between its being decided
// and its being appended, and it is recorded at once all the same; a closing of its month
// that comes in between has it decided anew, and refused. The controls are that nothing
// else may be recorded meanwhile, as it once was, and that a closing comes each time: then
// it never is.
func TestAWorkbookOfTheMonthsEndLands(t *testing.T) {
	t.Parallel()
	const promises = 40
	for name, c := range map[string]struct {
		still     bool
		meanwhile func(*beside, int) func(context.Context) error
		code      string // of the refusal
		shut      bool
		decided   int // how often; 0: until the attempts are at an end
	}{
		"others record": {
			meanwhile: func(b *beside, _ int) func(context.Context) error { return b.pay }, decided: 1,
		},
		"its month is closed": {meanwhile: func(b *beside, n int) func(context.Context) error {
			return func(ctx context.Context) error {
				if n > 1 {
					return nil
				}
				return b.closes(ctx, "2025-02")
			}
		}, shut: true, decided: 1},
		"another month is closed each time": {meanwhile: func(b *beside, n int) func(context.Context) error {
			return func(ctx context.Context) error { return b.closes(ctx, fmt.Sprint(2000+n, "-01")) }
		}, code: "BUSY"},
		"it waits until nothing else is recorded": {
			still: true, meanwhile: func(b *beside, _ int) func(context.Context) error { return b.pay }, code: "BUSY",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, decided := besides(t), 0
			answer, err := serve.RecordedBeside(t.Context(), b.journal, monthEnd, "month's end", book(t, promises), c.still, func(ctx context.Context) error {
				decided++
				return c.meanwhile(b, decided)(ctx)
			})
			var refused *record.Refused
			var said *web.Problem
			switch {
			case c.code != "" && (!errors.As(err, &said) || said.Code != c.code) || c.shut && (!errors.As(err, &refused) || !refused.Shut()):
				t.Errorf("%+v %v", answer, err)
			case c.code == "" && !c.shut && (err != nil || answer.New != promises):
				t.Errorf("%+v %v", answer, err)
			}
			if c.decided > 0 && decided != c.decided || c.decided == 0 && decided < 2 {
				t.Errorf("it was decided %d times", decided)
			}
			if _, recorded, err := b.journal.Find(t.Context(), monthEnd, "month's end"); err != nil || recorded != (answer.New > 0) {
				t.Errorf("recorded: %v %v", recorded, err)
			}
		})
	}
}
