package keep

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"iter"
	"log/slog"
	"math"
	"time"

	"github.com/jackc/pgx/v5"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/money"
)

// Lists are of what stands now, as of the county's day: they come from the
// tables, a page at a time. Who asks for another date asks for a statement. A list
// is of what the figures had passed when it was asked for, or later.

// rowsMax is how long a list waits for the rows to be there: an import takes a
// second or two. When they cannot be written, it is of an earlier position, which it
// says.
const rowsMax = 30 * time.Second

// settled returns when the rows are where the figures are now.
func (l *Ledger) settled(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, l.patience)
	defer cancel()
	if err := l.rows.Passed(ctx, l.At()); err != nil {
		l.log.WarnContext(ctx, "a list is of an earlier position: rows could not be written in time", slog.Any("error", err))
	}
}

// Page says which part of a list is asked for.
type Page struct {
	After string // Next of the page before; empty: the first
	Limit int    // how many, 1 and more
}

// List is a page of a list, and where it was taken from.
type List[R any] struct {
	Position int64      // the list is of the book at this position
	Day      civil.Date // and as of this day; zero before the first
	Rows     []R
	Next     string // what the next page comes after; empty: there is none
}

// ErrCursor says that Page.After was no list's Next.
var ErrCursor = errors.New("not where a page ended")

// Flag is a flag that stands.
type Flag struct {
	Account     string     `db:"account"`
	Name        string     `db:"-"` // of a community, as it is called now
	Street      string     `db:"street"`
	Rule        string     `db:"rule"`
	Subject     string     `db:"subject"`
	Responsible string     `db:"responsible"`
	Since       string     `db:"since"`
	Amount      *money.Fen `db:"amount"`
	Lamp        string     `db:"lamp"`
	Rank        int64      `db:"rank"`
}

// FlagFilter chooses flags; a text that is empty and a day that is not given choose
// all. Nothing is given that is not within Within.
type FlagFilter struct {
	Rule, Department, Lamp, Street, Account string
	First, Last                             civil.Date // the days since which they stand, both included
	Within                                  access.Scope
}

// bounds are First and Last as the lists' queries take them.
func (f *FlagFilter) bounds() (first, last *string) {
	if f.First.Given() {
		first = new(f.First.String())
	}
	if f.Last.Given() {
		last = new(f.Last.String())
	}
	return first, last
}

// Flags lists flags, the most urgent first, of those the oldest.
func (l *Ledger) Flags(ctx context.Context, f FlagFilter, p Page) (List[Flag], error) {
	return l.flagsBehind(ctx, f.Within, f, p)
}

func (l *Ledger) flagsBehind(ctx context.Context, fence access.Scope, f FlagFilter, p Page) (List[Flag], error) {
	l.settled(ctx)
	page, err := list(ctx, &l.store, fence, p, f.query())
	l.nameFlags(page.Rows)
	return page, err
}

// AllFlags gives all that Flags lists, as allOf does.
func (l *Ledger) AllFlags(ctx context.Context, f FlagFilter) iter.Seq2[List[Flag], error] {
	return allOf(ctx, l, f.Within, f.query(), l.nameFlags)
}

func (l *Ledger) nameFlags(rows []Flag) {
	l.name(len(rows), func(i int) (string, *string) { return rows[i].Account, &rows[i].Name })
}

func (f FlagFilter) query() query[Flag] {
	first, last := f.bounds()
	return query[Flag]{5, `
		select f.account, f.street, f.rule, f.subject, f.responsible, f.since::text, f.amount, f.lamp, f.rank
		from ledger.flag f
		where f.county = $1 and f.generation = $2
			and ($5 = '' or f.rule = $5) and ($6 = '' or f.responsible = $6) and ($7 = '' or f.lamp = $7)
			and ($8 = '' or f.street = $8 or f.account = $8) and ($9 = '' or f.account = $9)
			and ($10::boolean or f.responsible = any($11::text[]) or f.account = any($13::text[])
				or f.street = any($12::text[]) or f.account = any($12) or f.responsible = any($12))
			and ($14::text is null or f.since >= $14::date) and ($15::text is null or f.since <= $15::date)
			and ($4::text[] is null or (f.rank, f.since, f.account, f.rule, f.subject)
				> ($4[1]::bigint, $4[2]::date, $4[3], $4[4], $4[5]))
		order by f.rank, f.since, f.account, f.rule, f.subject limit $3`,
		func(r Flag) []string { return []string{itoa(r.Rank), r.Since, r.Account, r.Rule, r.Subject} },
		[]any{f.Rule, f.Department, f.Lamp, f.Street, f.Account, f.Within.All, f.Within.Departments, f.Within.Streets, f.Within.Communities, first, last},
	}
}

// FlagCount is how many flags of a rule and lamp stand, and what their amounts come
// to, which are fen or, of some rules, counts.
type FlagCount struct {
	Rule   string    `db:"rule"`
	Lamp   string    `db:"lamp"`
	Flags  int64     `db:"flags"`
	Amount money.Fen `db:"amount"`
	Rank   int64     `db:"rank"`
}

// CountFlags counts the flags that Flags lists, by lamp and rule, the most urgent first.
func (l *Ledger) CountFlags(ctx context.Context, f FlagFilter) (List[FlagCount], error) {
	return l.countsBehind(ctx, f.Within, f)
}

func (l *Ledger) countsBehind(ctx context.Context, fence access.Scope, f FlagFilter) (List[FlagCount], error) {
	const kinds = 1000 // more than there are rules and lamps
	first, last := f.bounds()
	return list(ctx, &l.store, fence, Page{Limit: kinds}, query[FlagCount]{0, `
		select f.rule, f.lamp, count(*) flags, coalesce(sum(f.amount), 0)::bigint amount, min(f.rank) rank
		from ledger.flag f
		where f.county = $1 and f.generation = $2
			and ($5 = '' or f.rule = $5) and ($6 = '' or f.responsible = $6) and ($7 = '' or f.lamp = $7)
			and ($8 = '' or f.street = $8 or f.account = $8) and ($9 = '' or f.account = $9)
			and ($10::boolean or f.responsible = any($11::text[]) or f.account = any($13::text[])
				or f.street = any($12::text[]) or f.account = any($12) or f.responsible = any($12))
			and ($14::text is null or f.since >= $14::date) and ($15::text is null or f.since <= $15::date)
			and $4::text[] is null
		group by f.rule, f.lamp
		order by rank, f.rule limit $3`,
		func(FlagCount) []string { return nil },
		[]any{f.Rule, f.Department, f.Lamp, f.Street, f.Account, f.Within.All, f.Within.Departments, f.Within.Streets, f.Within.Communities, first, last},
	})
}

// Task is where a task stands.
type Task struct {
	No               string     `db:"no"`
	Account          string     `db:"account"`
	Name             string     `db:"-"` // of the community, as it is called now
	Street           string     `db:"street"`
	Department       string     `db:"department"`
	Item             string     `db:"item"`
	State            string     `db:"state"`
	Status           string     `db:"status"`
	Lamp             string     `db:"lamp"`
	Entitlement      *money.Fen `db:"entitlement"`
	Allocated        money.Fen  `db:"allocated"`
	Shortfall        *money.Fen `db:"shortfall"`
	OverdueShortfall *money.Fen `db:"overdue_shortfall"`
}

// TaskFilter chooses tasks, as FlagFilter does flags.
type TaskFilter struct {
	Status, State, Department, Item, Lamp, Street, Account string
	Within                                                 access.Scope
}

// Tasks lists tasks by number.
func (l *Ledger) Tasks(ctx context.Context, f TaskFilter, p Page) (List[Task], error) {
	return l.tasksBehind(ctx, f.Within, f, p)
}

func (l *Ledger) tasksBehind(ctx context.Context, fence access.Scope, f TaskFilter, p Page) (List[Task], error) {
	l.settled(ctx)
	page, err := list(ctx, &l.store, fence, p, f.query())
	l.nameTasks(page.Rows)
	return page, err
}

// AllTasks gives all that Tasks lists, as allOf does.
func (l *Ledger) AllTasks(ctx context.Context, f TaskFilter) iter.Seq2[List[Task], error] {
	return allOf(ctx, l, f.Within, f.query(), l.nameTasks)
}

func (l *Ledger) nameTasks(rows []Task) {
	l.name(len(rows), func(i int) (string, *string) { return rows[i].Account, &rows[i].Name })
}

func (f TaskFilter) query() query[Task] {
	return query[Task]{2, `
		select t.no, t.account, t.street, t.department, t.item, t.state, t.status, t.lamp,
			t.entitlement, t.allocated, t.shortfall, t.overdue_shortfall
		from ledger.task t
		where t.county = $1 and t.generation = $2
			and ($5 = '' or t.status = $5) and ($6 = '' or t.state = $6) and ($7 = '' or t.department = $7)
			and ($8 = '' or t.item = $8) and ($9 = '' or t.lamp = $9) and ($10 = '' or t.street = $10) and ($11 = '' or t.account = $11)
			and ($12::boolean or t.department = any($13::text[]) or t.street = any($14::text[]) or t.account = any($15::text[]))
			and ($4::text[] is null or (t.no, t.account) > ($4[1], $4[2]))
		order by t.no, t.account limit $3`,
		func(r Task) []string { return []string{r.No, r.Account} },
		[]any{
			f.Status, f.State, f.Department, f.Item, f.Lamp, f.Street, f.Account,
			f.Within.All, f.Within.Departments, f.Within.Streets, f.Within.Communities,
		},
	}
}

// Community is where a community stands.
type Community struct {
	Code             string    `db:"account"`
	Name             string    `db:"name"`
	Street           string    `db:"street"`
	Tasks            int64     `db:"tasks"`
	StandingTasks    int64     `db:"standing_tasks"`
	Unfunded         int64     `db:"unfunded"`
	Underfunded      int64     `db:"underfunded"`
	Undetermined     int64     `db:"undetermined"`
	Entitlement      money.Fen `db:"entitlement"`
	Allocated        money.Fen `db:"allocated"`
	Shortfall        money.Fen `db:"shortfall"`
	OverdueShortfall money.Fen `db:"overdue_shortfall"`
	Confirmed        money.Fen `db:"confirmed"`
	InTransit        money.Fen `db:"in_transit"`
	Plaques          int64     `db:"plaques"`
	Burdens          int64     `db:"burdens"`
	Red              int64     `db:"red"`
	Yellow           int64     `db:"yellow"`
	Blue             int64     `db:"blue"`
	BlockedAt        int64     `db:"blocked_at"`
}

// CommunityFilter chooses communities, as FlagFilter does flags.
type CommunityFilter struct {
	Street string
	Within access.Scope
}

// Communities lists communities by what is owed to them: most overdue first, then
// most short. That is no ranking of communities: it says to whom others owe.
func (l *Ledger) Communities(ctx context.Context, f CommunityFilter, p Page) (List[Community], error) {
	return l.communitiesBehind(ctx, f.Within, f, p)
}

func (l *Ledger) communitiesBehind(ctx context.Context, fence access.Scope, f CommunityFilter, p Page) (List[Community], error) {
	l.settled(ctx)
	return list(ctx, &l.store, fence, p, f.query())
}

// AllCommunities gives all that Communities lists, as allOf does.
func (l *Ledger) AllCommunities(ctx context.Context, f CommunityFilter) iter.Seq2[List[Community], error] {
	return allOf(ctx, l, f.Within, f.query(), func([]Community) {})
}

func (f CommunityFilter) query() query[Community] {
	return query[Community]{3, `
		select account, name, street, tasks, standing_tasks, unfunded, underfunded, undetermined, entitlement, allocated, shortfall,
			overdue_shortfall, confirmed, in_transit, plaques, burdens, red, yellow, blue, blocked_at
		from ledger.account
		where county = $1 and generation = $2 and community and ($5 = '' or street = $5)
			and ($6::boolean or street = any($7::text[]) or account = any($8::text[]))
			and ($4::text[] is null or (-overdue_shortfall, -shortfall, account) > ($4[1]::bigint, $4[2]::bigint, $4[3]))
		order by -overdue_shortfall, -shortfall, account limit $3`,
		func(r Community) []string {
			return []string{itoa(-int64(r.OverdueShortfall)), itoa(-int64(r.Shortfall)), r.Code}
		}, []any{f.Street, f.Within.All, f.Within.Streets, f.Within.Communities},
	}
}

// name writes into rows what their communities are called. It is not asked of the
// database: there a name stands beside figures that are not for whoever may read it.
func (l *Ledger) name(rows int, at func(i int) (account string, name *string)) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for i := range rows {
		account, name := at(i)
		if s := l.current.Standing(account); s != nil && s.Community != nil {
			*name = s.Community.Name
		}
	}
}

// query is a statement that lists rows. Its first parameters are the county, the
// generation, how many rows and the key that they come after.
type query[R any] struct {
	parts  int // of the key
	sql    string
	key    func(R) []string
	filter []any // the parameters after those
}

// list takes a page, and where the book is, at one moment, behind the fence of a
// scope: whatever the statement asks for.
func list[R any](ctx context.Context, s *store, fence access.Scope, p Page, q query[R]) (l List[R], err error) {
	after, err := cursor(p.After, q.parts)
	if err != nil {
		return l, err
	}
	ctx, cancel := context.WithTimeout(ctx, readMax)
	defer cancel()
	err = s.reading(ctx, fence, func(tx pgx.Tx, at place) error {
		l.Position, l.Day = at.position, at.day
		rows, err := tx.Query(ctx, q.sql, append([]any{s.county, at.generation, p.Limit + 1, after}, q.filter...)...)
		if err != nil {
			return err
		}
		l.Rows, err = pgx.CollectRows(rows, pgx.RowToStructByName[R])
		return err
	})
	if invalid(err) {
		return l, ErrCursor
	}
	if err == nil && len(l.Rows) > p.Limit {
		l.Rows = l.Rows[:p.Limit]
		l.Next = mark(q.key(l.Rows[p.Limit-1]))
	}
	return l, err
}

// reading runs a transaction that reads the live book as it was at one moment, behind
// the fence of a scope.
func (s *store) reading(ctx context.Context, fence access.Scope, read func(pgx.Tx, place) error) error {
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	return pgx.BeginTxFunc(ctx, s.pool, options, func(tx pgx.Tx) error {
		at, err := s.fenced(ctx, tx, fence)
		if err != nil {
			return err
		}
		return read(tx, at)
	})
}

// somePart is how many rows of a whole list are held at a time.
const somePart = 1000

// errEnough says that who reads a whole list wants no more of it.
var errEnough = errors.New("no more is wanted")

// allOf gives a whole list in parts, none of them Next's, all of one moment, however
// long it is: rows come from the database as they are taken, and a part is done with
// when the next is asked for. There is at least one part, which may be empty.
func allOf[R any](ctx context.Context, l *Ledger, fence access.Scope, q query[R], name func([]R)) iter.Seq2[List[R], error] {
	return func(yield func(List[R], error) bool) {
		l.settled(ctx)
		ctx, cancel := context.WithTimeout(ctx, wholeMax)
		defer cancel()
		err := l.store.reading(ctx, fence, func(tx pgx.Tx, at place) error {
			rows, err := tx.Query(ctx, q.sql, append([]any{l.store.county, at.generation, math.MaxInt32, nil}, q.filter...)...)
			if err != nil {
				return err
			}
			defer rows.Close()
			return inParts(rows, List[R]{Position: at.position, Day: at.day}, func(part List[R]) bool {
				name(part.Rows)
				return yield(part, nil)
			})
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(List[R]{}, err)
		}
	}
}

// inParts hands rows on in parts, until no more is wanted.
func inParts[R any](rows pgx.Rows, part List[R], tell func(List[R]) bool) error {
	part.Rows = make([]R, 0, somePart)
	told := false
	for rows.Next() {
		row, err := pgx.RowToStructByName[R](rows)
		if err != nil {
			return err
		}
		if part.Rows = append(part.Rows, row); len(part.Rows) < somePart {
			continue
		}
		if !tell(part) {
			return errEnough
		}
		told, part.Rows = true, part.Rows[:0]
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if (len(part.Rows) > 0 || !told) && !tell(part) {
		return errEnough
	}
	return nil
}

// mark turns the key of a row into a text that says nothing to people.
func mark(key []string) string {
	text, err := json.Marshal(key)
	if err != nil {
		panic(err) // texts are JSON
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// cursor reads what mark made.
func cursor(text string, parts int) (key []string, err error) {
	if text == "" {
		return nil, nil
	}
	content, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || json.Unmarshal(content, &key) != nil || len(key) != parts {
		return nil, ErrCursor
	}
	return key, nil
}
