package keep_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"feisui/pkg/civil"
	"feisui/pkg/journal"
	"feisui/schemas"
	"feisui/services/ledger"
)

// ofAccount gives the rows of an account, by table, without its block.
func (w *world) ofAccount(account string) (rows map[string][]string, at int64, why string) {
	w.Helper()
	rows = map[string][]string{}
	for _, table := range []string{"account", "task", "payment", "flag"} {
		found, err := w.pool.Query(w.Context(), `
			select to_jsonb(t) - 'generation' - 'blocked_at' - 'blocked_why' from ledger.`+table+` t where county = $1 and account = $2 order by t`, w.county, account)
		w.must(err)
		rows[table], err = pgx.CollectRows(found, pgx.RowTo[string])
		w.must(err)
	}
	w.must(w.pool.QueryRow(w.Context(), `select blocked_at, blocked_why from ledger.account where county = $1 and account = $2`, w.county, account).Scan(&at, &why))
	return rows, at, why
}

// keptAside lists the positions kept aside for an account.
func (w *world) keptAside(account string) []int64 {
	w.Helper()
	rows, err := w.pool.Query(w.Context(), `select position from ledger.kept where county = $1 and account = $2 order by 1`, w.county, account)
	w.must(err)
	positions, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	w.must(err)
	return positions
}

func equal(a, b map[string][]string) bool { return maps.EqualFunc(a, b, slices.Equal[[]string]) }

// A blocked account keeps what stood before, whether the ledger saw that before
// the poison came or together with it; the others go on; a restart changes
// nothing.
func TestPoisonLeavesWhatStoodBefore(t *testing.T) {
	t.Parallel()
	for _, atOnce := range []bool{false, true} {
		t.Run(fmt.Sprintf("all at once %t", atOnce), func(t *testing.T) {
			t.Parallel()
			d := newDrawer(7, "a", 3)
			w := begun(t, d, 20)
			poisoned, other := communityOf(0), communityOf(1)
			reference := w.fresh(w.head())
			l := w.open()
			before, _, _ := w.ofAccount(poisoned)
			if len(before["task"]) == 0 || len(before["flag"]) == 0 {
				t.Fatal("nothing stood before")
			}
			if atOnce { // as if the ledger had not been there
				w.sql(`delete from ledger.book`)
			}
			take := func() {
				if !atOnce {
					w.must(l.CatchUp(t.Context()))
				}
			}
			assigned := func(community string) journal.Pending {
				return d.pending(schemas.TaskAssigned{No: d.number("JB"), Department: "D01", Community: community, Item: "SX-001", IssuedOn: civil.Of(2025, 1, 3)})[0]
			}
			at := w.append([]journal.Pending{{Stream: "task/POISON", Type: "task.exploded", Data: []byte(`{}`), Accounts: []string{poisoned}}}).Last
			take()
			w.append([]journal.Pending{assigned(poisoned), assigned(other)})
			take()
			w.append(d.pending(schemas.CountyDayBegan{Date: civil.Of(2025, 8, 1)}))
			take()
			for restart := range 3 {
				if restart > 0 || atOnce {
					l = w.open()
				}
				after, blockedAt, why := w.ofAccount(poisoned)
				if !equal(before, after) || blockedAt != at || why != `no event type "task.exploded"` {
					t.Errorf("blocked at %d (%s), want %d; the same as before: %t", blockedAt, why, at, equal(before, after))
				}
				if kept := w.keptAside(poisoned); !slices.Equal(kept, []int64{at, at + 1}) {
					t.Errorf("kept aside: %v", kept)
				}
				if _, blockedAt, _ := w.ofAccount(other); blockedAt != 0 || len(w.keptAside(other)) > 0 {
					t.Errorf("the other one is blocked at %d", blockedAt)
				}
				w.must(l.Read(func(c *ledger.Current) error {
					if got, want := len(c.Standing(other).Community.Tasks), len(reference.Standing(other).Community.Tasks)+1; got < want {
						t.Errorf("the other one has %d tasks, want %d and more", got, want)
					}
					return nil
				}))
				if b := l.Blocked(); len(b) != 1 || b[poisoned].Position != at {
					t.Errorf("blocked are %+v", b)
				}
				w.right()
			}
			if r, err := l.Rebuild(t.Context(), false); err != nil || !r.Switched {
				t.Errorf("rebuilt as %+v, %v", r, err)
			}
		})
	}
}

func TestPoisonForTheCountyStopsItWhereItStands(t *testing.T) {
	t.Parallel()
	d := newDrawer(7, "a", 3)
	d.days = true
	w := begun(t, d, 20)
	l := w.open()
	before, _, _ := w.ofAccount(communityOf(0))
	at := w.append([]journal.Pending{{Stream: "policy/county", Type: "policy.adopted", Data: []byte(`{"grace_days":"many"}`)}}).Last
	for range 10 {
		w.append(d.next())
		w.must(l.CatchUp(t.Context()))
	}
	for range 2 {
		for i := range 3 {
			if _, blockedAt, why := w.ofAccount(communityOf(i)); blockedAt != at || why == "" {
				t.Errorf("%s is blocked at %d, want %d", communityOf(i), blockedAt, at)
			}
		}
		if after, _, _ := w.ofAccount(communityOf(0)); !equal(before, after) {
			t.Error("an account has changed")
		}
		if kept := w.keptAside(ledger.County); len(kept) == 0 || kept[0] != at {
			t.Errorf("kept aside: %v", kept)
		}
		w.right()
		w.open()
	}
}

// Poison anywhere, in steps of any length: the book is what the journal says.
func TestPoisonedHistories(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			d := newDrawer(70+seed, "a", 8)
			d.days, d.poison = true, 15
			w := begun(t, d, 0)
			l := w.open()
			for i := range 80 {
				if w.append(d.next()); i == 60 && seed%2 == 0 { // and at last the county's
					w.append([]journal.Pending{{Stream: "county/day", Type: "county.day_began", Data: []byte(`{"date":"some day"}`)}})
				}
				switch d.dice.IntN(12) {
				case 0:
					l = w.open()
				case 1, 2, 3, 4:
					w.must(l.CatchUp(t.Context()))
				}
				if i%20 == 19 {
					w.must(l.CatchUp(t.Context()))
					w.right()
				}
			}
			if len(w.blocked()) == 0 {
				t.Error("nobody is blocked")
			}
			if r, err := l.Rebuild(t.Context(), false); err != nil || !r.Switched {
				t.Errorf("rebuilt as %+v, %v", r, err)
			}
		})
	}
}

// What a decoder takes and PostgreSQL does not must not stop the county's book.
func TestTextsThatPostgreSQLRefuses(t *testing.T) {
	t.Parallel()
	for name, event := range map[string]journal.Pending{
		"a name": {Stream: "community/x", Type: "community.registered", Accounts: []string{communityOf(0)},
			Data: fmt.Appendf(nil, `{"code":%q,"name":"运河\u0000社区","street":"990\u0000\\u0000101001"}`, communityOf(0))},
		"an item": {Stream: "task/x", Type: "task.assigned", Accounts: []string{communityOf(0)},
			Data: fmt.Appendf(nil, `{"no":"x","department":"D\u000001","community":%q,"item":"SX\u0000","issued_on":"2025-01-02"}`, communityOf(0))},
		"half a character": {Stream: "task/x", Type: "task.assigned", Accounts: []string{communityOf(0)},
			Data: fmt.Appendf(nil, `{"no":"x","department":"\ud800","community":%q,"item":"SX","issued_on":"2025-01-02"}`, communityOf(0))},
		"a reason": {Stream: "task/x", Type: "task.assigned", Accounts: []string{communityOf(0)}, Data: []byte(`{"no":"x","issued_on":"2025\u0000"}`)},
		"a purpose": {Stream: "payment/x", Type: "payment.made", Accounts: []string{communityOf(0)}, Data: fmt.Appendf(nil,
			`{"voucher":"x","paid_on":"2025-01-02","payer":"D01","payee":%[1]q,"beneficiary":%[1]q,"origin":"D\u000001","inherited_purpose":"task:\u0000","amount":5}`, communityOf(0))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDrawer(7, "a", 2)
			w := begun(t, d, 5)
			l := w.open()
			w.append([]journal.Pending{event})
			w.must(l.CatchUp(t.Context()))
			w.append(d.next())
			w.must(l.CatchUp(t.Context()))
			w.right()
			if r, err := l.Rebuild(t.Context(), false); err != nil || !r.Switched {
				t.Errorf("rebuilt as %+v, %v", r, err)
			}
			var text, street string
			w.must(w.pool.QueryRow(t.Context(), `select name, street from ledger.account where account = $1`, communityOf(0)).Scan(&text, &street))
			if name == "a name" && (text != "运河\ufffd社区" || street != "990\ufffd\\u0000101001") {
				t.Errorf("the name is %q, the street %q", text, street)
			}
			w.must(w.say(l))
		})
	}
}
