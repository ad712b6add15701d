package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go/jetstream"

	"feisui/pkg/bus"
	"feisui/pkg/civil"
	"feisui/pkg/journal"
	"feisui/schemas"
	"feisui/services/fund"
)

// TestVerifyFindsWhatIsPlanted changes every column of every table of the journal
// and the book, takes entries away, swaps them, changes the bus, cuts ends off,
// and has money come from nowhere: each is found by the check whose it is, and named.
func TestVerifyFindsWhatIsPlanted(t *testing.T) {
	t.Parallel()
	c := newTampered(t)
	c.noted(t)
	c.verifyFindsInTheJournal(t)
	c.verifyFindsInTheBook(t)
	c.verifyFindsOnTheBus(t)
	stop := c.relay(t) // which has the purged bus whole again, of itself
	c.settled(t)
	stop()
	c.verifyFindsACut(t)
	c.relay(t)
	c.settled(t)
	c.verifyFindsMoneyFromNowhere(t)
	c.verifyFindsAFenInAClosing(t)
}

// noted gives what verify prints of a sound county, to be kept elsewhere.
func (c *tampered) noted(t *testing.T) string {
	t.Helper()
	said := mustRun(t, "verify", "--server", c.server, "--county", "c")
	if strings.Count(said, "✓") != 5 || strings.Contains(said, "✗") {
		t.Fatalf("of a sound county verify says\n%s", said)
	}
	return said[strings.LastIndex(said, " ")+1 : len(said)-1]
}

// changes give another value of each type of column, also where there is none.
var changes = map[string]string{
	"text": `coalesce(%[1]s, '') || 'x'`, "bigint": `coalesce(%[1]s, 0) + 1000`, "uuid": `md5(%[1]s::text)::uuid`, "json": `(%[1]s::text || ' ')::json`,
	"timestamp with time zone": `%[1]s + interval '1 microsecond'`, "text[]": `%[1]s || array['x']`, "bytea": `sha256(coalesce(%[1]s, ''))`,
	"boolean": `not %[1]s`, "date": `coalesce(%[1]s, '2020-01-01') + 1`,
}

// otherwise is how columns are changed that take some values only.
var otherwise = map[string]string{
	"journal.entry kind":    `case kind when 'act' then 'record' else 'act' end`,
	"journal.request first": `first + 1`,
}

// columns lists what a table has, with how each is changed: a column that is added
// is tried too.
func (c *tampered) columns(t *testing.T, table string) (names, changed []string) {
	t.Helper()
	rows, err := c.owner.Query(t.Context(), `
		select attname, format_type(atttypid, atttypmod) from pg_attribute
		where attrelid = $1::text::regclass and attnum > 0 and not attisdropped order by attnum`, table)
	if err != nil {
		t.Fatal(err)
	}
	var name, kind string
	if _, err := pgx.ForEachRow(rows, []any{&name, &kind}, func() error {
		names = append(names, name)
		changed = append(changed, cmp.Or(otherwise[table+" "+name], fmt.Sprintf(changes[kind], name)))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return names, changed
}

// keep copies tables, and gives how to put everything back.
func (c *tampered) keep(t *testing.T, tables ...string) (mend func()) {
	t.Helper()
	var back strings.Builder
	for _, table := range tables {
		kept := strings.ReplaceAll(table, ".", "_")
		c.exec(t, `create table `+kept+` as table `+table)
		fmt.Fprintf(&back, `delete from %[1]s; insert into %[1]s table %[2]s;`, table, kept)
	}
	return func() {
		t.Helper()
		c.exec(t, back.String())
	}
}

func (c *tampered) verifyFindsInTheJournal(t *testing.T) {
	t.Helper()
	mend := c.keep(t, "journal.entry", "journal.also", "journal.request")
	var also int64
	var request string
	if err := c.owner.QueryRow(t.Context(), `select (select min(position) from journal.also), (select id from journal.request where first < 40 and last > 40)`).Scan(&also, &request); err != nil {
		t.Fatal(err)
	}
	unfound, one := fmt.Sprintf("entry %d: it would not be found by its account", also), `(position, account) = (select position, account from journal.also order by 1, 2 limit 1)`
	type plant struct{ name, sql, says string }
	plants := []plant{
		{"an entry is taken away", `delete from journal.entry where position = 40`, "entry 40: missing: the next is 41"},
		{"two entries are swapped", `update journal.entry set position = 1000000 where position = 40;
			update journal.entry set position = 40 where position = 42; update journal.entry set position = 42 where position = 1000000`, "entry 40: it does not follow"},
		{"a request is taken away", `delete from journal.request where first < 40 and last > 40`, fmt.Sprintf("request %q: missing, and yet entry ", request)},
		{"an account is not found", `delete from journal.also where ` + one, unfound},
	}
	for table, in := range map[string]struct{ where, says string }{
		"journal.entry":   {`position = 40`, "entry 40: "},
		"journal.request": {`first < 40 and last > 40`, "request "},
		"journal.also":    {one, unfound},
	} {
		names, changed := c.columns(t, table)
		for i, name := range names {
			if table+" "+name == "journal.entry position" {
				continue // it is swapped above; an entry behind the end ends the server, which says so
			}
			plants = append(plants, plant{name + " of " + table, fmt.Sprintf(`update %s set %s = %s where %s`, table, name, changed[i], in.where), in.says})
		}
	}
	if len(plants) != 4+13+8+3 {
		t.Errorf("%d plants", len(plants))
	}
	for _, p := range plants {
		c.exec(t, p.sql)
		c.finds(t, p.name, "journal: journal of c: "+p.says)
		mend()
	}
	c.noted(t)
}

// verifyFindsInTheBook changes each column of a table in a row of its own, and wants
// every one of those rows counted, once as it is and once as it should be.
func (c *tampered) verifyFindsInTheBook(t *testing.T) {
	t.Helper()
	tables := []string{"ledger.account", "ledger.task", "ledger.payment", "ledger.flag"}
	mend := c.keep(t, append(tables, "ledger.kept", "ledger.book")...)
	for _, table := range tables {
		var rows int
		if err := c.owner.QueryRow(t.Context(), `select count(*) from `+table).Scan(&rows); err != nil {
			t.Fatal(err)
		}
		names, changed := c.columns(t, table)
		for from := 0; from < len(names); from += rows {
			set, differ := []string{}, 0
			for i := from; i < min(from+rows, len(names)); i++ {
				set = append(set, fmt.Sprintf(`%s = case when k = %d then %s else %[1]s end`, names[i], i-from+1, changed[i]))
				differ += 2
				if names[i] == "county" || names[i] == "generation" {
					differ-- // it is of another book
				}
			}
			c.exec(t, fmt.Sprintf(`update %[1]s t set %[2]s from (select ctid as at, row_number() over (order by ctid) as k from %[1]s) n where n.at = t.ctid`,
				table, strings.Join(set, ", ")))
			c.finds(t, fmt.Sprintf("columns %s of %s", names[from:min(from+rows, len(names))], table), fmt.Sprintf("book: %s: %d rows, such as ", table, differ))
			mend()
		}
	}
	for _, p := range []struct{ name, sql, says string }{
		{"a flag is taken away", `delete from ledger.flag where ctid = (select min(ctid) from ledger.flag)`, "book: ledger.flag: 1 rows, such as "},
		{"an entry is kept aside", `insert into ledger.kept (county, generation, position, account, reason) select county, generation, 40, '', 'planted' from ledger.book`, "book: ledger.kept: 1 rows, such as "},
		{"the book's day is moved", `update ledger.book set day = day - 1`, "book: ledger.book: "},
		{"the book's hash is wrong", `update ledger.book set hash = sha256(hash)`, "book: ledger.book: "},
		// What says whose book it is: the ledger takes it for another's, and looks again.
		// A position that was moved back is no change: the ledger writes the rows again.
		{"the book's rules are others", `update ledger.book set rules = rules || 'x'`, "book: it could not be compared with a replay: "},
		{"the book's generation is another", `update ledger.book set generation = generation + 1000`, "book: it could not be compared with a replay: "},
		{"the book is another county's", `update ledger.book set county = county || 'x'`, "book: it could not be compared with a replay: "},
		{"the book is not live", `update ledger.book set live = false`, "book: it could not be compared with a replay: "},
	} {
		c.exec(t, p.sql)
		c.finds(t, p.name, p.says)
		mend()
	}
	c.settled(t)
}

// verifyFindsOnTheBus takes from the bus what it should hold. Nobody copies to it
// meanwhile. In the end it is empty.
func (c *tampered) verifyFindsOnTheBus(t *testing.T) {
	t.Helper()
	end := len(c.messages)
	stream := func() jetstream.Stream {
		js, err := jetstream.New(c.nc)
		if err != nil {
			t.Fatal(err)
		}
		s, err := js.Stream(t.Context(), bus.StreamName("c"))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	changed := func(change func(m *bus.Message)) func(context.Context) error {
		return func(context.Context) error {
			messages := slices.Clone(c.messages)
			m := &messages[39]
			m.Header = maps.Clone(m.Header)
			change(m)
			c.carries(t, messages)
			return nil
		}
	}
	plants := []struct {
		name  string
		plant func(context.Context) error
		says  string
	}{
		{"a message is gone", func(ctx context.Context) error { return stream().DeleteMsg(ctx, 40) }, "FEISUI_c after 39: the bus does not hold the next entry"},
		{"other data", changed(func(m *bus.Message) { m.Data = append(slices.Clone(m.Data), ' ') }), "entry 40 says something else on the bus"},
		{"another subject", changed(func(m *bus.Message) { m.Subject = bus.Subject("c", "task.other") }), "entry 40 says something else on the bus"},
		{"another header", changed(func(m *bus.Message) { m.Header["ce-time"] = "2026-01-02T03:04:05Z" }), "entry 40 says something else on the bus"},
		{"a header is missing", changed(func(m *bus.Message) { delete(m.Header, "ce-request") }), "entry 40 says something else on the bus"},
		{"another id", changed(func(m *bus.Message) { m.ID = "another" }), "entry 40 is another on the bus, and "},
		{"it is rolled back", func(context.Context) error { c.carries(t, c.messages[:end/2]); return nil }, fmt.Sprintf("it ends at entry %d, %d before the journal", end/2, end-end/2)},
		{"it is wiped", func(context.Context) error { c.carries(t, nil); return nil }, fmt.Sprintf("it ends at entry 0, %d before the journal", end)},
		{"its first half is purged", func(ctx context.Context) error {
			return stream().Purge(ctx, jetstream.WithPurgeSequence(uint64(end/2+1)))
		}, fmt.Sprintf("it begins at entry %d, ", end/2+1)},
		{"it is purged", func(ctx context.Context) error { return stream().Purge(ctx) }, fmt.Sprintf("it begins at entry %d, ", end+1)},
	}
	for _, p := range plants {
		c.carries(t, c.messages)
		mustRun(t, "verify", "--server", c.server, "--county", "c")
		if err := p.plant(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.finds(t, p.name, "bus: "+p.says)
	}
}

// verifyFindsACut cuts three whole requests off the journal, so that nothing in it is
// wrong, and then off the book, and off the bus: each knows more, by itself. When none
// does, whoever noted the end knows; and when nobody did nothing is found, which is
// the control. The county goes on without what was cut.
func (c *tampered) verifyFindsACut(t *testing.T) {
	t.Helper()
	end := int64(len(c.messages))
	for i := range 3 {
		c.records(t, fmt.Sprint("cut ", i), schemas.DepartmentRegistered{Code: fmt.Sprint("D9", i), Name: "局"})
	}
	stop := c.relay(t)
	c.settled(t)
	stop()
	noted := c.noted(t)
	c.exec(t, fmt.Sprintf(`delete from journal.entry where position > %[1]d; delete from journal.also where position > %[1]d; delete from journal.request where first > %[1]d`, end))
	c.finds(t, "the journal is cut", fmt.Sprintf("journal: entry %d had the hash %s once, as the ledger knows, and is missing", end+3, noted[strings.Index(noted, ":")+1:]))
	c.finds(t, "the journal is cut", fmt.Sprintf("journal: journal of c: entry %d: missing", end+1))
	c.stop()
	c.exec(t, `delete from ledger.account; delete from ledger.task; delete from ledger.payment; delete from ledger.flag; delete from ledger.book`)
	c.start(t)
	c.announced(t)
	c.finds(t, "and the book", fmt.Sprintf("bus: the bus holds entry %d, and the journal does not", end+1))
	c.carries(t, c.messages)
	c.noted(t)
	c.finds(t, "and the bus", fmt.Sprintf("journal: entry %d had the hash %s once, as was noted, and is missing", end+3, noted[strings.Index(noted, ":")+1:]), "--known", noted)
}

// verifyFindsAFenInAClosing closes the month of the first payment: as it is, of which
// verify says nothing, which is the control; and once more with a fen on it and the
// digest that belongs to that, so that the closing by itself is sound.
func (c *tampered) verifyFindsAFenInAClosing(t *testing.T) {
	t.Helper()
	rows, err := c.owner.Query(t.Context(), `select type, data from journal.entry order by position`)
	if err != nil {
		t.Fatal(err)
	}
	all, month := fund.NewMoney(), ""
	var kind string
	var data []byte
	if _, err := pgx.ForEachRow(rows, []any{&kind, &data}, func() error {
		e, err := schemas.Decode(kind, data)
		if err != nil {
			return err
		}
		if paid, is := e.(schemas.PaymentMade); is && month == "" {
			month = fund.Month(paid.PaidOn)
		}
		all.Take(e)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	closes := func(closing int, totals []schemas.PeriodTotals) schemas.PeriodClosed {
		return schemas.PeriodClosed{Month: month, Closing: closing, Departments: totals, Digest: fund.Digest(month, totals), ClosedOn: civil.Of(2030, 1, 2)}
	}
	totals := all.Totals(month)
	c.records(t, "closed", closes(1, totals))
	c.announced(t)
	if said, _, _ := feisui(t, "verify", "--server", c.server, "--county", "c"); !strings.Contains(said, "✓ "+checked["periods"]+"  1\n") {
		t.Errorf("of a closing as it is verify says\n%s", said)
	}
	doctored := slices.Clone(totals)
	doctored[0].Paid.Sum++
	c.records(t, "closed with a fen", closes(2, doctored))
	c.announced(t)
	is := totals[0].Paid
	want := fmt.Sprintf("  periods: the closing 2 of %s says paid of %s: %d of %s yuan; by the entries before it they are %[3]d of %[5]s yuan\n",
		month, totals[0].Department, is.Count, doctored[0].Paid.Sum.Yuan(), is.Sum.Yuan())
	if stdout, stderr, _ := feisui(t, "verify", "--server", c.server, "--county", "c"); !strings.Contains(stdout, "✗ "+checked["periods"]+"  2\n") || !strings.Contains(stderr, want) {
		t.Errorf("want %q\n%s%s", want, stdout, stderr)
	}
}

// verifyFindsMoneyFromNowhere has more arrive of a payment than was paid, as a
// mistake in a rule would record it: everything fits, but for the money.
func (c *tampered) verifyFindsMoneyFromNowhere(t *testing.T) {
	t.Helper()
	var arrived schemas.PaymentArrived
	var accounts []string
	if err := c.owner.QueryRow(t.Context(), `select data, accounts from journal.entry where type = $1 order by position limit 1`, arrived.Type()).Scan(&arrived, &accounts); err != nil {
		t.Fatal(err)
	}
	if err := c.owner.QueryRow(t.Context(), `select count(*) + 1 from journal.entry where type = $1 and stream = $2`, arrived.Type(), arrived.Stream()).Scan(&arrived.Arrival); err != nil {
		t.Fatal(err)
	}
	arrived.Amount, arrived.No = 1_000_000_000, "more than was paid"
	c.records(t, "from nowhere", arrived, accounts...)
	c.announced(t)
	c.finds(t, "money from nowhere", "money: "+accounts[0]+": amount of "+arrived.Voucher+": ")
}

// records puts an event into the journal that no rule was asked about.
func (c *tampered) records(t *testing.T, id string, e schemas.Event, accounts ...string) {
	t.Helper()
	pool, err := journal.Connect(t.Context(), c.owner.Config().ConnString())
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	j, err := journal.Open(t.Context(), pool, noon, journal.AnyClock())
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Append(t.Context(), journal.Request{
		County: "c", ID: id, Actor: "nobody", Kind: journal.Record, Events: []journal.Pending{{Stream: e.Stream(), Type: e.Type(), Data: data, Accounts: accounts}},
	}); err != nil {
		t.Fatal(err)
	}
}

// TestVerifyKnowsWhatWasNoted: a position with its hash, kept on paper.
func TestVerifyKnowsWhatWasNoted(t *testing.T) {
	t.Parallel()
	server := running(t, "c")
	for known, want := range map[string]int{"1:00000000": exitBroken, "99:0123456789abcdef": exitBroken, "1": exitUsage, "x:00000000": exitUsage, "1:xyz": exitUsage, "1:0123": exitUsage} {
		if stdout, stderr, status := feisui(t, "verify", "--known", known, "--server", server, "--county", "c"); status != want || stderr == "" {
			t.Errorf("%s: status %d, want %d\n%s%s", known, status, want, stdout, stderr)
		}
	}
}
