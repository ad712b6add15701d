package keep_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"feisui/pkg/civil"
	"feisui/pkg/figure"
	"feisui/pkg/money"
	"feisui/schemas"
	"feisui/services/ledger/keep"
)

// told is what the flag events of the journal come to: what stands, by account,
// rule and subject, with amount and lamp.
type told struct {
	stands map[string]string
	twice  []string // events that change nothing
	events int
}

func toldBy(w *world) told {
	w.Helper()
	o := told{stands: map[string]string{}}
	for e, err := range w.journal.After(w.Context(), w.county, 0, 0) {
		w.must(err)
		o.hear(w, e.Position, e.Type, e.Data)
	}
	return o
}

func (o *told) hear(w *world, position int64, kind string, data []byte) {
	w.Helper()
	if schemas.Category(kind) != "flag" {
		return
	}
	event, err := schemas.Decode(kind, data)
	w.must(err)
	o.events++
	var account, rule, subject, now string
	cited := int64(0)
	switch e := event.(type) {
	case schemas.FlagCleared:
		account, rule, subject, cited = e.Account, e.Rule, e.Subject, e.Position
	case schemas.FlagChanged:
		account, rule, subject, now, cited = e.Account, e.Rule, e.Subject, content(schemas.FlagRaised(e)), e.Position
	case schemas.FlagRaised:
		account, rule, subject, now, cited = e.Account, e.Rule, e.Subject, content(e), e.Position
	}
	key := account + " " + rule + " " + subject
	before, stood := o.stands[key]
	if before == now || stood == (kind == "flag.raised") || cited >= position {
		o.twice = append(o.twice, fmt.Sprintf("%d %s %s %q, was %q", position, kind, key, now, before))
	}
	if o.stands[key] = now; now == "" {
		delete(o.stands, key)
	}
}

func content(e schemas.FlagRaised) string {
	return line(e.Responsible, e.Since.String(), e.Lamp, e.Amount)
}

func line(responsible, since, lamp string, amount *money.Fen) string {
	if amount == nil {
		return fmt.Sprint(responsible, " ", since, " ", lamp)
	}
	return fmt.Sprint(responsible, " ", since, " ", lamp, " ", int64(*amount))
}

// flags are those in the table, but of accounts that are blocked.
func (w *world) flags() map[string]string {
	w.Helper()
	rows, err := w.pool.Query(w.Context(), `
		select f.account || ' ' || f.rule || ' ' || f.subject, f.responsible, f.since::text, f.lamp, f.amount
		from ledger.flag f join ledger.account a using (county, generation, account) where county = $1 and a.blocked_at = 0`, w.county)
	w.must(err)
	all := map[string]string{}
	var key, responsible, since, lamp string
	var amount *money.Fen
	_, err = pgx.ForEachRow(rows, []any{&key, &responsible, &since, &lamp, &amount}, func() error {
		all[key] = line(responsible, since, lamp, amount)
		return nil
	})
	w.must(err)
	return all
}

// blocked lists the accounts of which nothing is announced.
func (w *world) blocked() []string {
	w.Helper()
	rows, err := w.pool.Query(w.Context(), `select account from ledger.account where county = $1 and blocked_at > 0`, w.county)
	w.must(err)
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	w.must(err)
	return all
}

// announced fails unless what was told is what stands, and nothing was told twice.
func (w *world) announced() (events int) {
	w.Helper()
	o, stands := toldBy(w), w.flags()
	if len(o.twice) > 0 {
		w.Errorf("%d announcements change nothing, or cite what comes later: %s", len(o.twice), o.twice[0])
	}
	for _, account := range w.blocked() {
		maps.DeleteFunc(o.stands, func(key, _ string) bool { return strings.HasPrefix(key, account+" ") })
	}
	if !maps.Equal(o.stands, stands) {
		w.Errorf("told: %d flags, the table has %d", len(o.stands), len(stands))
		for key, now := range stands {
			if o.stands[key] != now {
				w.Logf("%s stands as %q, and was told as %q", key, now, o.stands[key])
			}
		}
		for key := range o.stands {
			if stands[key] == "" {
				w.Logf("%s was told, and does not stand", key)
			}
		}
	}
	return o.events
}

// quiet waits until nothing more is said, and the rows are where the figures are.
func (w *world) quiet(ledgers ...*keep.Ledger) {
	w.Helper()
	at, since := int64(-1), time.Now()
	w.until("nothing more is said, and all is written", func() bool {
		if head := w.head(); head != at {
			at, since = head, time.Now()
		}
		for _, l := range ledgers {
			if written, _ := l.Written(); l.At() != at || written != at {
				return false
			}
		}
		return time.Since(since) > 2500*time.Millisecond // twice what the ledger waits before it looks again
	})
}

// Two ledgers run, are ended in the middle and started again, over connections
// that are killed, so that answers get lost; what was announced is what stands,
// each once.
func TestFlagsAreAnnouncedOnce(t *testing.T) {
	t.Parallel()
	d := newDrawer(12, "a", 6)
	d.days, d.poison = true, 150
	w := begun(t, d, 5)
	stopKilling := w.kill("ledger")
	var both []*keep.Ledger
	for range 2 {
		pool := w.another("ledger")
		c := w.config(pool)
		c.Journal = w.journalOn(pool) // what it appends may be cut off, too
		both = append(both, nil)
		l, i := (*keep.Ledger)(nil), len(both)-1
		w.until("it opens", func() (open bool) {
			var err error
			l, err = keep.Open(t.Context(), c)
			return err == nil
		})
		both[i] = l
	}
	for range 4 {
		stops := []func(){w.running(both[0]), w.running(both[1])}
		for range 40 {
			w.append(d.next())
			both[0].News()
			both[1].News()
			time.Sleep(time.Duration(d.dice.IntN(10)) * time.Millisecond)
		}
		for _, stop := range stops {
			stop()
		}
	}
	killed := stopKilling()
	both = append(both, w.open()) // one that knows only what the journal says
	for _, l := range both {
		w.running(l)
	}
	w.quiet(both...)
	w.right()
	events := w.announced()
	figure.Logf(t, "%d announcements, %d connections were ended", events, killed)
	if events < 50 || killed < 10 {
		t.Error("too few to show anything")
	}
	if l := w.open(); l.AnnounceOnce(t.Context()) != nil || w.head() != l.At() {
		t.Error("a ledger that is started now has something to say")
	}
}

// TestDoubleTalkIsSeen is the control of what looks at announcements.
func TestDoubleTalkIsSeen(t *testing.T) {
	t.Parallel()
	d := newDrawer(12, "a", 3)
	w := begun(t, d, 20)
	l := w.open()
	w.must(w.say(l))
	w.must(l.CatchUp(t.Context()))
	o := toldBy(w)
	if len(o.twice) > 0 || len(o.stands) == 0 || !maps.Equal(o.stands, w.flags()) {
		t.Fatalf("%+v", o)
	}
	for e, err := range w.journal.After(t.Context(), w.county, 0, 0) {
		w.must(err)
		before := len(o.twice)
		if o.hear(w, e.Position, e.Type, e.Data); schemas.Category(e.Type) == "flag" && len(o.twice) == before {
			t.Errorf("%s was said again at %d, and that is not seen", e.Type, e.Position)
		}
	}
	w.sql(`delete from ledger.flag where subject = (select min(subject) from ledger.flag)`)
	if maps.Equal(o.stands, w.flags()) {
		t.Error("a flag that was told and is not in the table is not seen")
	}
}

// say announces once; what it appends must be taken in meanwhile.
func (w *world) say(l *keep.Ledger) error {
	w.Helper()
	ctx, cancel := context.WithCancel(w.Context())
	var taking sync.WaitGroup
	taking.Go(func() {
		for ctx.Err() == nil {
			if err := l.CatchUp(ctx); err != nil && ctx.Err() == nil {
				w.Error(err)
			}
			time.Sleep(time.Millisecond)
		}
	})
	defer taking.Wait()
	defer cancel()
	return l.AnnounceOnce(ctx)
}

// Two ledgers that believe the same say the same; the second is refused, and has
// nothing more to say once it has heard the first.
func TestTheSlowerLedgerIsRefused(t *testing.T) {
	t.Parallel()
	w := begun(t, newDrawer(12, "a", 3), 20)
	fast, slow := w.open(), w.open()
	w.must(w.say(fast))
	at := w.head()
	if err := slow.AnnounceOnce(t.Context()); err == nil || !strings.Contains(err.Error(), "moved on") {
		t.Errorf("the slower one: %v", err)
	}
	w.must(slow.CatchUp(t.Context()))
	w.must(slow.AnnounceOnce(t.Context()))
	if w.head() != at {
		t.Errorf("it said something all the same, at %d", at+1)
	}
	w.announced()
}

// A new day raises what the day raises, and cites it.
func TestADayRaisesItsFlags(t *testing.T) {
	t.Parallel()
	d := newDrawer(1, "a", 3)
	w := begun(t, d, 0)
	community, amount := communityOf(0), money.Fen(50_000)
	payBy := civil.Of(2025, 1, 20)
	w.append(d.pending(schemas.TaskAssigned{
		No: "JB-1", Department: "D01", Community: community, Item: "SX-001", IssuedOn: civil.Of(2025, 1, 2), Amount: &amount, PayBy: payBy,
	}))
	l := w.open()
	w.must(w.say(l))
	w.must(l.CatchUp(t.Context()))
	for day := d.day.AddDays(1); day < civil.Of(2025, 2, 10); day = day.AddDays(1) {
		before := toldBy(w)
		on := w.append(d.pending(schemas.CountyDayBegan{Date: day})).Last
		w.must(l.CatchUp(t.Context()))
		w.must(w.say(l))
		w.must(l.CatchUp(t.Context()))
		for e, err := range w.journal.After(t.Context(), w.county, on, 0) {
			w.must(err)
			var cites struct {
				Position int64      `json:"position"`
				JudgedOn civil.Date `json:"judged_on"`
			}
			w.must(json.Unmarshal(e.Data, &cites))
			if cites.Position != on || cites.JudgedOn != day {
				t.Errorf("%s at %d cites %+v, want position %d of %s", e.Type, e.Position, cites, on, day)
			}
		}
		after := toldBy(w)
		if _, unfunded := after.stands[community+" unfunded JB-1"]; unfunded != (day > payBy) {
			t.Errorf("on %s unfunded is told: %t", day, unfunded)
		}
		if changed := !maps.Equal(before.stands, after.stands); changed != (w.head() > on) {
			t.Errorf("on %s something changed: %t; it was told: %t", day, changed, w.head() > on)
		}
		w.announced()
	}
	if w.right(); !slices.Contains(slices.Collect(maps.Keys(w.flags())), community+" unfunded JB-1") {
		t.Error("the task is not unfunded")
	}
}
