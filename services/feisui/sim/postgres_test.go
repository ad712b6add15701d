package sim_test

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// postgres is a PostgreSQL of one county that knows the statements of
// pkg/journal and services/ledger/keep, by their text, and no other: one that is
// new there must be told here.
type postgres struct {
	s       *scheduler
	journal *journalTables
	ledger  *ledgerTables
	holds   map[string]*session // who holds the row of journal.county, and the one of ledger.book
	orphans []*session          // whose clients are gone
}

// session is what the server has of a transaction.
type session struct {
	db     *postgres
	name   string
	ledger *ledgerTables // its own view of the book, once it holds the row
	adds   []*batch      // to the journal, at the end
	ended  bool          // by the server
	broken bool          // its client is gone, or the line is
	commit bool          // the client asked for it
	due    time.Time     // the server does not notice before that its client is gone
	locks  map[string]bool
}

// errLine is a connection that broke.
var errLine = fmt.Errorf("the line to the database broke: %w", io.ErrUnexpectedEOF)

// errKilled is what nobody lives to see.
var errKilled = errors.New("killed")

// refusedLine is a connection that could not be made: nothing was sent.
type refusedLine struct{}

func (refusedLine) Error() string     { return "no connection" }
func (refusedLine) SafeToRetry() bool { return true }

// errDown is what a server says of a transaction when it goes down.
var errDown = &pgconn.PgError{Severity: "FATAL", SeverityUnlocalized: "FATAL", Code: "57P01", Message: "terminating connection due to administrator command"}

func unique(what string) error {
	return &pgconn.PgError{Code: "23505", Message: "duplicate key: " + what}
}

// answer is what a statement says: rows, or an error of the server's.
type answer struct {
	rows [][]any
	err  error
}

func one(values ...any) answer { return answer{rows: [][]any{values}} }

// Exec is Query without rows.
func (p *postgres) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	return pgconn.CommandTag{}, p.ask(ctx, sql, args).err
}

// Query asks, and gives rows that may break off.
func (p *postgres) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	a := p.ask(ctx, sql, args)
	if a.rows == nil && a.err != nil {
		return nil, a.err
	}
	return &rows{answer: a}, nil
}

// QueryRow gives a row that tells of errors when it is looked at.
func (p *postgres) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	return &rows{answer: p.ask(ctx, sql, args)}
}

// ask is one statement that is a transaction.
func (p *postgres) ask(ctx context.Context, sql string, args []any) (a answer) {
	st := statement(sql)
	run := func() answer {
		c := &session{db: p, locks: map[string]bool{}}
		a := c.run(st, sql, args)
		if a.err == nil {
			c.end(true)
		} else {
			c.end(false)
		}
		return a
	}
	free := func() bool { return st.lock == "" || p.holds[st.lock] == nil }
	switch p.s.turn(ctx, st.name, free) {
	case does:
		return run()
	case before:
		return answer{err: errLine}
	case refused:
		return answer{err: refusedLine{}}
	case after:
		a = run()
		if len(a.rows) > 1 {
			a.rows = a.rows[:len(a.rows)-1]
			return answer{a.rows, errLine} // what came before the line broke
		}
		return answer{err: errLine}
	case later:
		p.s.doLate(asking(ctx).name, free, func() { run() })
		return answer{err: errLine}
	case unheard:
		return answer{err: p.s.silence(ctx, st.name)}
	case unanswered:
		run()
		return answer{err: p.s.silence(ctx, st.name)}
	case dying:
		run()
	}
	return answer{err: errKilled}
}

// BeginTx begins a transaction.
func (p *postgres) BeginTx(ctx context.Context, _ pgx.TxOptions) (pgx.Tx, error) {
	switch p.s.turn(ctx, "begin", nil) {
	case does:
		return &tx{session: &session{db: p, name: asking(ctx).name, locks: map[string]bool{}}}, nil
	case killed, dying:
		return nil, errKilled
	case refused:
		return nil, refusedLine{}
	case unheard, unanswered:
		return nil, p.s.silence(ctx, "begin")
	}
	return nil, errLine
}

// tx is a transaction as its client has it.
type tx struct {
	pgx.Tx
	*session
}

func (t *tx) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	return pgconn.CommandTag{}, t.ask(ctx, sql, args).err
}

func (t *tx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	a := t.ask(ctx, sql, args)
	return &rows{answer: a}, a.err
}

func (t *tx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	return &rows{answer: t.ask(ctx, sql, args)}
}

// ask is a statement in a transaction. One that fails is the end of it.
func (t *tx) ask(ctx context.Context, sql string, args []any) answer {
	if t.broken {
		return answer{err: errLine}
	}
	st := statement(sql)
	f := t.db.s.turn(ctx, st.name, func() bool { return st.lock == "" || t.db.holds[st.lock] == nil || t.db.holds[st.lock] == t.session })
	if !f.done() {
		return answer{err: t.gone(ctx, st.name, f)}
	}
	a := t.run(st, sql, args)
	if f != does {
		return answer{err: t.gone(ctx, st.name, f)}
	}
	t.broken = t.broken || a.err != nil && !errors.Is(a.err, pgx.ErrNoRows)
	return a
}

// idleMax is how long the server lets a transaction be of which it hears nothing,
// as pkg/journal asks it to.
const idleMax = time.Minute

// gone is the end of a transaction's client, or of its line.
func (t *tx) gone(ctx context.Context, what string, f fate) error {
	if f == refused && !t.broken {
		t.broken = true
		t.end(false)
		return errDown
	}
	if !t.broken {
		t.broken = true
		switch t.due = time.Now(); f {
		case unheard, unanswered:
			t.due = t.due.Add(idleMax)
		case later:
			t.due = t.due.Add(lateness)
		}
		t.db.s.mu.Lock()
		t.db.orphans = append(t.db.orphans, t.session)
		t.db.s.mu.Unlock()
	}
	switch f {
	case killed, dying:
		return errKilled
	case unheard, unanswered:
		return t.db.s.silence(ctx, what)
	}
	return errLine
}

// SendBatch sends some statements at once.
func (t *tx) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	if t.broken {
		return results{err: errLine}
	}
	what := fmt.Sprintf("batch of %d", len(b.QueuedQueries))
	if f := t.db.s.turn(ctx, what, nil); f != does { // done or not: it is undone
		return results{err: t.gone(ctx, what, f)}
	}
	for _, q := range b.QueuedQueries {
		if a := t.run(statement(q.SQL), q.SQL, q.Arguments); a.err != nil {
			t.broken = true
			t.end(false)
			return results{err: a.err}
		}
	}
	return results{}
}

type results struct {
	pgx.BatchResults
	err error
}

func (r results) Close() error { return r.err }

// Commit ends a transaction. Whoever does not hear of it does not know.
func (t *tx) Commit(ctx context.Context) error {
	if t.broken {
		return errLine
	}
	f := t.db.s.turn(ctx, "commit", nil)
	if !f.done() {
		t.commit = f == later
		return t.gone(ctx, "commit", f)
	}
	t.end(true)
	t.broken = true
	switch f {
	case does:
		return nil
	case unanswered:
		return t.db.s.silence(ctx, "commit")
	case dying:
		return errKilled
	}
	return errLine
}

// Rollback ends a transaction, if it has not ended.
func (t *tx) Rollback(ctx context.Context) error {
	switch {
	case t.left():
		return pgx.ErrTxClosed
	case t.broken: // the server has refused a statement
		t.end(false)
		return pgx.ErrTxClosed
	}
	f := t.db.s.turn(ctx, "rollback", nil)
	if f != does {
		return t.gone(ctx, "rollback", f)
	}
	t.end(false)
	t.broken = true
	return nil
}

// left reports whether the server is to find out that its client is gone.
func (t *tx) left() bool {
	t.db.s.mu.Lock()
	defer t.db.s.mu.Unlock()
	return slices.Contains(t.db.orphans, t.session)
}

// hold takes a row's lock: the statement had its turn when it was free.
func (c *session) hold(row string) {
	c.db.holds[row] = c
	c.locks[row] = true
}

// end is a commit or a rollback at the server.
func (c *session) end(commit bool) {
	if c.ended {
		return
	}
	c.ended = true
	if commit {
		for _, b := range c.adds {
			c.db.journal.add(b)
		}
		if c.ledger != nil {
			c.db.ledger = c.ledger
		}
	}
	for row := range c.locks {
		delete(c.db.holds, row)
	}
}

// known are the statements, by a part of their text that no other has before it
// in this list.
var known = []struct{ part, name, lock string }{
	{"from journal.append(", "append", "county"},
	{"select journal.append_one(", "append one", "county"},
	{"from journal.entry where county = $1 and position > $2 order by position limit", "entries", ""},
	{"from journal.county c", "look", ""},
	{"from unnest($2::text[]) s (stream)", "versions", ""},
	{"select stream, max(version)", "all versions", ""},
	{"from pg_roles", "role", ""},
	{"has_table_privilege", "may", ""},
	{"from journal.migration", "step", ""},
	{"pg_is_in_recovery", "server", ""},
	{"values ($1, 1, true, 0, $2, $3)", "make book", "book"},
	{"values ($1, $2, false, 0, $3, $4)", "make generation", ""},
	{"live for update", "hold book", "book"},
	{"from ledger.book where county = $1 and live", "read book", ""},
	{"update ledger.book set position", "move", ""},
	{"update ledger.book set live", "go live", ""},
	{"delete from ledger.book", "forget generation", ""},
	{"insert into ledger.kept", "keep aside", ""},
	{"set local", "set", ""},
	{"with a as (select to_jsonb(t)", "differences", ""},
	{"select count(*) from ledger.", "count", ""},
	{"where ctid = any (array(", "remove", ""},
	{"account = any($3)", "drop", ""},
	{"do update set", "replace", ""},
	{"from json_populate_recordset", "insert", ""},
	{"delete from ledger.", "empty", ""},
}

type known1 struct{ part, name, lock string }

// due is which of what clients left behind it is time for, -1 for none.
func (p *postgres) due(now time.Time) int {
	p.sort()
	for i, o := range p.orphans {
		if !o.due.After(now) {
			return i
		}
	}
	for i, l := range p.s.late {
		if !l.due.After(now) && l.free() {
			return len(p.orphans) + i
		}
	}
	return -1
}

func (p *postgres) sort() {
	slices.SortStableFunc(p.s.late, func(a, b left) int { return cmp.Compare(a.who, b.who) })
	slices.SortStableFunc(p.orphans, func(a, b *session) int { return cmp.Compare(a.name, b.name) })
}

// settle has the server see to what its clients left behind, the i-th of it.
func (p *postgres) settle(i int) {
	p.sort()
	if i < len(p.orphans) {
		o := p.orphans[i]
		p.orphans = slices.Delete(p.orphans, i, i+1)
		p.s.note("the server ends what %s left, commit %t", o.name, o.commit)
		o.end(o.commit)
		return
	}
	i -= len(p.orphans)
	if l := p.s.late[i]; l.free() {
		p.s.late = slices.Delete(p.s.late, i, i+1)
		p.s.note("the server does what %s asked", l.who)
		l.run()
	}
}

// left is how much of that there is.
func (p *postgres) left() int { return len(p.orphans) + len(p.s.late) }

func statement(sql string) known1 {
	for _, k := range known {
		if strings.Contains(sql, k.part) {
			return known1(k)
		}
	}
	panic("the simulation does not know this statement; tell postgres_test.go of it: " + sql)
}

// run is a statement at the server.
func (c *session) run(st known1, sql string, args []any) answer {
	if len(args) > 0 {
		if _, mode := args[0].(pgx.QueryExecMode); mode {
			args = args[1:]
		}
	}
	switch st.name {
	case "role":
		return one("feisui_app", false)
	case "may":
		return one(false, true)
	case "step":
		return one(int64(2))
	case "server":
		return one("on", "on", "on", "on", false)
	case "append":
		c.hold("county")
		return c.append(args)
	case "look":
		position, hash, _ := c.db.journal.head()
		return one(countyName, position, hash)
	case "append one":
		c.hold("county")
		return c.appendOne(args)
	case "entries":
		return c.db.journal.after(args[1].(int64), args[2].(int))
	case "all versions":
		return c.db.journal.versions(slices.Sorted(maps.Keys(c.db.journal.streams)))
	case "versions":
		return c.db.journal.versions(args[1].([]string))
	}
	return c.book(st.name, sql, args)
}

// rows are an answer as it is read.
type rows struct {
	pgx.Rows
	answer
	at int
}

func (r *rows) Next() bool                    { r.at++; return r.at <= len(r.rows) }
func (r *rows) Err() error                    { return r.err }
func (r *rows) Close()                        {}
func (r *rows) CommandTag() pgconn.CommandTag { return pgconn.CommandTag{} }

func (r *rows) FieldDescriptions() []pgconn.FieldDescription { return nil }

// Scan reads the row that Next went to, or the first.
func (r *rows) Scan(to ...any) error {
	if r.err != nil && len(r.rows) == 0 {
		return r.err
	}
	if len(r.rows) == 0 {
		return pgx.ErrNoRows
	}
	row := r.rows[max(r.at-1, 0)]
	for i, v := range row {
		if s, ok := to[i].(sql.Scanner); ok {
			if err := s.Scan(v); err != nil {
				return err
			}
			continue
		}
		set(reflect.ValueOf(to[i]).Elem(), v)
	}
	return nil
}

func set(to reflect.Value, v any) {
	switch {
	case v == nil:
		to.SetZero()
	case to.Kind() == reflect.Pointer && reflect.TypeOf(v).Kind() != reflect.Pointer:
		to.Set(reflect.New(to.Type().Elem()))
		set(to.Elem(), v)
	default:
		to.Set(reflect.ValueOf(v).Convert(to.Type()))
	}
}
