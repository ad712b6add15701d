package keep_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"feisui/pkg/access"
	"feisui/pkg/figure"
	"feisui/pkg/pgtest"
	"feisui/services/ledger/keep"
)

const fencedCommunities = 12

// everything is a page that has it all.
var everything = keep.Page{Limit: 100_000}

// scoped are the rows of all lists that are for a scope, as texts: the rule read
// once more, in Go.
type scoped struct {
	flags       []keep.Flag
	tasks       []keep.Task
	communities []keep.Community
}

// wholly looks whether a list that is taken whole is the one that is taken page by page.
func wholly[R any](w *world, pages []R, parts iter.Seq2[keep.List[R], error]) {
	w.Helper()
	n, rows := 0, []R{}
	for part, err := range parts {
		w.must(err)
		n, rows = n+1, append(rows, part.Rows...)
		if !part.Day.Given() || part.Position == 0 {
			w.Errorf("it says nothing of what it is of: %+v", part)
		}
	}
	if n == 0 || len(rows) != len(pages) || len(rows) > 0 && !reflect.DeepEqual(rows, pages) {
		w.Errorf("in %d parts %+v, by pages %+v", n, rows, pages)
	}
}

func (w *world) lists(l *keep.Ledger, s access.Scope, behind bool) (all scoped) {
	w.Helper()
	ctx := w.Context()
	flags, err := l.Flags(ctx, keep.FlagFilter{Within: s}, everything)
	w.must(err)
	counts, err := l.CountFlags(ctx, keep.FlagFilter{Within: s})
	w.must(err)
	tasks, err := l.Tasks(ctx, keep.TaskFilter{Within: s}, everything)
	w.must(err)
	communities, err := l.Communities(ctx, keep.CommunityFilter{Within: s}, everything)
	w.must(err)
	wholly(w, flags.Rows, l.AllFlags(ctx, keep.FlagFilter{Within: s}))
	wholly(w, tasks.Rows, l.AllTasks(ctx, keep.TaskFilter{Within: s}))
	wholly(w, communities.Rows, l.AllCommunities(ctx, keep.CommunityFilter{Within: s}))
	if behind {
		flags, err = l.FlagsBehind(ctx, s, everything)
		w.must(err)
		counts, err = l.CountsBehind(ctx, s)
		w.must(err)
		tasks, err = l.TasksBehind(ctx, s, everything)
		w.must(err)
		communities, err = l.CommunitiesBehind(ctx, s, everything)
		w.must(err)
	}
	if got := counted(flags.Rows); !slices.Equal(counts.Rows, got) {
		w.Fatalf("%+v: the flags are %+v, and are counted as %+v", s, got, counts.Rows)
	}
	return scoped{flags.Rows, tasks.Rows, communities.Rows}
}

// counted are flags by lamp and rule.
func counted(flags []keep.Flag) (all []keep.FlagCount) {
	for _, f := range flags {
		i := slices.IndexFunc(all, func(c keep.FlagCount) bool { return c.Rule == f.Rule && c.Lamp == f.Lamp })
		if i < 0 {
			i, all = len(all), append(all, keep.FlagCount{Rule: f.Rule, Lamp: f.Lamp, Rank: f.Rank})
		}
		all[i].Flags++
		if f.Amount != nil {
			all[i].Amount = all[i].Amount.Plus(*f.Amount)
		}
	}
	slices.SortFunc(all, func(a, b keep.FlagCount) int {
		return cmp.Or(cmp.Compare(a.Rank, b.Rank), strings.Compare(a.Rule, b.Rule))
	})
	return all
}

// of gives what of everything is for a scope.
func (all scoped) of(s access.Scope) (some scoped) {
	for _, f := range all.flags {
		if s.All || s.Account(f.Account, f.Street) || s.Department(f.Responsible) || slices.Contains(s.Streets, f.Responsible) {
			some.flags = append(some.flags, f)
		}
	}
	for _, t := range all.tasks {
		if s.All || s.Community(t.Account, t.Street) || s.Department(t.Department) {
			some.tasks = append(some.tasks, t)
		}
	}
	for _, c := range all.communities {
		if s.All || s.Community(c.Code, c.Street) {
			some.communities = append(some.communities, c)
		}
	}
	return some
}

func texts[R any](rows []R, key func(R) string) (all []string) {
	for _, r := range rows {
		all = append(all, key(r))
	}
	return all
}

func (all scoped) texts() []string {
	return slices.Concat(
		texts(all.flags, func(f keep.Flag) string {
			return fmt.Sprint("flag ", f.Account, f.Name, f.Rule, f.Subject, f.Responsible)
		}),
		texts(all.tasks, func(t keep.Task) string { return fmt.Sprint("task ", t.No, t.Account, t.Name, t.Department, t.Status) }),
		texts(all.communities, func(c keep.Community) string { return fmt.Sprint("community ", c.Code, c.Name, c.Shortfall) }),
	)
}

// anyScope draws a scope, sometimes of what is not there.
func anyScope(dice *rand.Rand) (s access.Scope) {
	draw := func(most int, one func() string) (codes []string) {
		for range dice.IntN(most + 1) {
			codes = append(codes, one())
		}
		return codes
	}
	switch dice.IntN(6) {
	case 0:
		return access.Scope{All: true}
	case 1:
		s.Departments = draw(2, func() string { return fmt.Sprintf("D%02d", 1+dice.IntN(6)) })
	case 2:
		s.Communities = draw(3, func() string { return communityOf(dice.IntN(fencedCommunities + 3)) })
	case 3:
		s.Streets = draw(2, func() string { return streetOf(communityOf(dice.IntN(4))) })
	case 4:
		s.Departments = []string{fmt.Sprintf("D%02d", 1+dice.IntN(4))}
		s.Communities = []string{communityOf(dice.IntN(fencedCommunities)), `","D01`, "{}"}
	}
	return s
}

// TestListsKeepWithinAScope holds when each list is what its scope says, by the
// list's own filter, and by the fence alone when that filter is taken out.
func TestListsKeepWithinAScope(t *testing.T) {
	t.Parallel()
	w := begun(t, newDrawer(3, "a", fencedCommunities), 250)
	l := w.open()
	all := w.lists(l, access.Scope{All: true}, false)
	if len(all.flags) < 30 || len(all.tasks) < 30 || len(all.communities) != fencedCommunities {
		t.Fatalf("%d flags, %d tasks, %d communities show too little", len(all.flags), len(all.tasks), len(all.communities))
	}
	dice := rand.New(rand.NewPCG(3, 5))
	empty, part := 0, 0
	for range 120 {
		s := anyScope(dice)
		want := all.of(s)
		if got := w.lists(l, s, false); !slices.Equal(got.texts(), want.texts()) {
			t.Fatalf("%+v: %d rows, want %d:\n%q\n%q", s, len(got.texts()), len(want.texts()), got.texts(), want.texts())
		}
		behind := w.lists(l, s, true)
		if !slices.Equal(behind.texts(), want.texts()) {
			t.Fatalf("behind the fence of %+v: %d rows, want %d", s, len(behind.texts()), len(want.texts()))
		}
		switch n := len(want.texts()); {
		case n == 0:
			empty++
		case n < len(all.texts()):
			part++
		}
	}
	if empty < 5 || part < 20 {
		t.Errorf("%d scopes saw nothing and %d a part: nothing is shown", empty, part)
	}
}

// TestAQueryWithoutAScopeSeesNothing (A70), whatever it asks for, and neither does
// one whose scope is of another county or no scope at all. The control: with a
// scope it does, and so does the service that keeps the book.
func TestAQueryWithoutAScopeSeesNothing(t *testing.T) {
	t.Parallel()
	w := begun(t, newDrawer(4, "a", 5), 60)
	w.open()
	for said, sees := range map[string]bool{
		"": false, "reset": false, `{"county":"elsewhere","all":true}`: false, `{"all":true}`: false, `{}`: false, `{"county":"rucheng"}`: false,
		`{"county":"rucheng","all":false,"departments":[],"streets":[],"communities":[]}`: false,
		`{"county":"rucheng","all":true}`:                                                 true, `{"county":"rucheng","streets":["990101001","990101002","990101003"]}`: true,
	} {
		for _, table := range []string{"task", "flag", "account"} {
			n, err := w.countAs(w.pool, keep.Reader, said, table)
			if err != nil || (n > 0) != sees {
				t.Errorf("%q sees %d rows of %s, %v", said, n, table, err)
			}
		}
	}
	for _, table := range []string{"payment", "kept"} {
		if _, err := w.countAs(w.pool, keep.Reader, `{"county":"rucheng","all":true}`, table); !denied(err) {
			t.Errorf("a list may read %s: %v", table, err)
		}
	}
	if n, err := w.countAs(w.pool, "feisui_app", "", "task"); err != nil || n == 0 {
		t.Errorf("the service sees %d, %v", n, err)
	}
}

func (w *world) countAs(pool *pgxpool.Pool, role, said, table string) (n int, err error) {
	err = pgx.BeginFunc(w.Context(), pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(w.Context(), `set local role `+role); err != nil {
			return err
		}
		switch said {
		case "":
		case "reset": // as it is after a transaction that had one
			if _, err := tx.Exec(w.Context(), `select set_config('feisui.scope', '', true)`); err != nil {
				return err
			}
		default:
			if _, err := tx.Exec(w.Context(), `select set_config('feisui.scope', $1, true)`, said); err != nil {
				return err
			}
		}
		return tx.QueryRow(w.Context(), `select count(*) from ledger.`+table).Scan(&n)
	})
	return n, err
}

func denied(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == "42501"
}

// TestAScopeEndsWithItsList (A72): of many lists of many scopes over few
// connections none has a row of another's, and a connection that is given back
// has neither the scope nor the role.
func TestAScopeEndsWithItsList(t *testing.T) {
	t.Parallel()
	w := begun(t, newDrawer(5, "a", fencedCommunities), 80)
	config := w.pool.Config().Copy()
	config.MaxConns = 3
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	w.must(err)
	t.Cleanup(pool.Close)
	l, err := keep.Open(t.Context(), w.config(pool))
	w.must(err)
	all := w.lists(l, access.Scope{All: true}, false)
	const clients, each = 8, 1250
	var asking sync.WaitGroup
	for client := range clients {
		asking.Go(func() {
			dice := rand.New(rand.NewPCG(uint64(client), 7))
			for range each {
				s := anyScope(dice)
				ctx, cancel := context.WithCancel(t.Context())
				if dice.IntN(20) == 0 {
					cancel() // one that ends in the middle leaves nothing either
				}
				list, err := l.Tasks(ctx, keep.TaskFilter{Within: s}, everything)
				if cancelled := ctx.Err() != nil; !cancelled && err != nil {
					t.Error(err)
				} else if want := all.of(s).tasks; !cancelled && len(list.Rows) != len(want) {
					t.Errorf("%+v: %d tasks, want %d", s, len(list.Rows), len(want))
				}
				cancel()
			}
		})
	}
	asking.Wait()
	for range 10 {
		var role, said string
		w.must(pool.QueryRow(t.Context(), `select current_user, coalesce(current_setting('feisui.scope', true), '')`).Scan(&role, &said))
		if role != "feisui_app" || said != "" {
			t.Errorf("a connection was given back as %s with %q", role, said)
		}
	}
	figure.Logf(t, "%d lists over %d connections", clients*each, config.MaxConns)
}

// TestTheFenceCannotBeClimbed (A71): neither a list nor a service may change what
// it reads by, nor become somebody else.
func TestTheFenceCannotBeClimbed(t *testing.T) {
	t.Parallel()
	w := begun(t, newDrawer(6, "a", 3), 5)
	w.open()
	owner := pgtest.Owner(t, w.pool)
	login := fmt.Sprintf("login_%d", rand.Uint64())
	_, err := owner.Exec(t.Context(), `create role `+login+` login; grant feisui_app to `+login)
	w.must(err)
	t.Cleanup(func() {
		if _, err := owner.Exec(context.WithoutCancel(t.Context()), `drop role `+login); err != nil {
			t.Error(err)
		}
	})
	try := func(role, sql string) error {
		return pgx.BeginFunc(t.Context(), owner, func(tx pgx.Tx) error {
			// Who is logged in decides what may be become, and superusers may everything.
			_, err := tx.Exec(t.Context(), `set local session authorization `+login)
			if err == nil {
				_, err = tx.Exec(t.Context(), `set local role `+role)
			}
			if err == nil {
				_, err = tx.Exec(t.Context(), sql)
			}
			return err
		})
	}
	for _, role := range []string{keep.Reader, "feisui_app"} {
		for _, sql := range []string{
			`update journal.entry set actor = 'x'`, `delete from journal.entry`, `truncate journal.entry`, `delete from journal.request`,
			`alter table journal.entry disable trigger append_only`, `alter table ledger.task disable row level security`,
			`drop policy scoped on ledger.task`, `create policy mine on ledger.task using (true)`, `set session_replication_role = replica`,
			`set role feisui`, `create or replace function ledger.scope() returns jsonb language sql as $$ select '{}'::jsonb $$`,
			`grant feisui_app to feisui_reader`, `alter role feisui_reader bypassrls`,
		} {
			if err := try(role, sql); !denied(err) {
				t.Errorf("%s: %s: %v", role, sql, err)
			}
		}
	}
	for _, sql := range []string{
		`insert into ledger.task select * from ledger.task`, `update ledger.task set department = 'D01'`, `delete from ledger.flag`,
		`select from journal.entry`, `select from ledger.payment`,
	} {
		if err := try(keep.Reader, sql); !denied(err) {
			t.Errorf("a list: %s: %v", sql, err)
		}
	}
	// The control: what each is for.
	for role, sql := range map[string]string{keep.Reader: `select from ledger.task`, "feisui_app": `update ledger.task set department = department`} {
		if err := try(role, sql); err != nil {
			t.Errorf("%s: %s: %v", role, sql, err)
		}
	}
}

// TestNothingGoesAroundTheFence (A73): no table of the book without it, no view or
// function that reads as somebody else, no role above it. It sees one that is made.
func TestNothingGoesAroundTheFence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := pgtest.Owner(t, w.pool)
	around := func() (found []string) {
		rows, err := owner.Query(t.Context(), `
			select 'table ' || c.oid::regclass from pg_class c join pg_namespace n on n.oid = c.relnamespace
				where n.nspname = 'ledger' and c.relkind in ('r', 'p') and not c.relrowsecurity and c.relname <> 'migration'
			union all select 'view ' || c.oid::regclass from pg_class c join pg_namespace n on n.oid = c.relnamespace
				where n.nspname in ('ledger', 'journal') and c.relkind in ('v', 'm')
					and not coalesce(c.reloptions @> array['security_invoker=true'] or c.reloptions @> array['security_invoker=on'], false)
			union all select 'function ' || p.oid::regprocedure from pg_proc p join pg_namespace n on n.oid = p.pronamespace
				where n.nspname in ('ledger', 'journal') and p.prosecdef
			union all select 'role ' || rolname from pg_roles where rolname in ('feisui_app', 'feisui_reader') and (rolsuper or rolbypassrls or rolcreaterole)
			union all select 'policy ' || p.polname from pg_policy p where 0 = any(p.polroles)`)
		w.must(err)
		found, err = pgx.CollectRows(rows, pgx.RowTo[string])
		w.must(err)
		return found
	}
	if found := around(); len(found) > 0 {
		t.Errorf("around the fence: %q", found)
	}
	for _, sql := range []string{
		`create table ledger.open (n int)`, `create view ledger.all_tasks as select * from ledger.task`,
		`create materialized view ledger.kept_tasks as select * from ledger.task`,
		`create function ledger.tasks() returns bigint language sql security definer as $$ select count(*) from ledger.task $$`,
		`create policy everybody on ledger.task using (true)`,
	} {
		_, err := owner.Exec(t.Context(), sql)
		w.must(err)
	}
	if found := around(); len(found) != 5 {
		t.Errorf("of five ways around it sees %q", found)
	}
}
