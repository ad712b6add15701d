package keep

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
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
	first, last := f.bounds()
	page, err := list(ctx, &l.store, fence, p, 5, `
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
		f.Rule, f.Department, f.Lamp, f.Street, f.Account, f.Within.All, f.Within.Departments, f.Within.Streets, f.Within.Communities,
		first, last)
	l.name(len(page.Rows), func(i int) (string, *string) { return page.Rows[i].Account, &page.Rows[i].Name })
	return page, err
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
	return list(ctx, &l.store, fence, Page{Limit: kinds}, 0, `
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
		f.Rule, f.Department, f.Lamp, f.Street, f.Account, f.Within.All, f.Within.Departments, f.Within.Streets, f.Within.Communities,
		first, last)
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
	page, err := list(ctx, &l.store, fence, p, 2, `
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
		f.Status, f.State, f.Department, f.Item, f.Lamp, f.Street, f.Account,
		f.Within.All, f.Within.Departments, f.Within.Streets, f.Within.Communities)
	l.name(len(page.Rows), func(i int) (string, *string) { return page.Rows[i].Account, &page.Rows[i].Name })
	return page, err
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
	return list(ctx, &l.store, fence, p, 3, `
		select account, name, street, tasks, standing_tasks, unfunded, underfunded, undetermined, entitlement, allocated, shortfall,
			overdue_shortfall, confirmed, in_transit, plaques, burdens, red, yellow, blue, blocked_at
		from ledger.account
		where county = $1 and generation = $2 and community and ($5 = '' or street = $5)
			and ($6::boolean or street = any($7::text[]) or account = any($8::text[]))
			and ($4::text[] is null or (-overdue_shortfall, -shortfall, account) > ($4[1]::bigint, $4[2]::bigint, $4[3]))
		order by -overdue_shortfall, -shortfall, account limit $3`,
		func(r Community) []string {
			return []string{itoa(-int64(r.OverdueShortfall)), itoa(-int64(r.Shortfall)), r.Code}
		}, f.Street, f.Within.All, f.Within.Streets, f.Within.Communities)
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

// list takes a page, and where the book is, at one moment, behind the fence of a
// scope: whatever the statement asks for. The statement's first
// parameters are the county, the generation, how many rows and the key, of so
// many parts, that they come after.
func list[R any](ctx context.Context, s *store, fence access.Scope, p Page, parts int, sql string, key func(R) []string, filter ...any) (l List[R], err error) {
	after, err := cursor(p.After, parts)
	if err != nil {
		return l, err
	}
	ctx, cancel := context.WithTimeout(ctx, readMax)
	defer cancel()
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err = pgx.BeginTxFunc(ctx, s.pool, options, func(tx pgx.Tx) error {
		at, err := s.fenced(ctx, tx, fence)
		if err != nil {
			return err
		}
		l.Position, l.Day = at.position, at.day
		rows, err := tx.Query(ctx, sql, append([]any{s.county, at.generation, p.Limit + 1, after}, filter...)...)
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
		l.Next = mark(key(l.Rows[p.Limit-1]))
	}
	return l, err
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
