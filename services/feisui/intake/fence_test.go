package intake_test

import (
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/goleak"

	"feisui/pkg/access"
	"feisui/pkg/journal"
	"feisui/pkg/pgtest"
	"feisui/services/feisui/intake"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stage is a store with a workbook in each of two counties, prepared by one person, who
// recorded rows alone in each.
type stage struct {
	intake.Store

	pool  *pgxpool.Pool
	books map[string]*intake.Workbook
}

func begun(t *testing.T) *stage {
	t.Helper()
	s := &stage{pool: pgtest.New(t, journal.Tables, intake.Tables), books: map[string]*intake.Workbook{}}
	s.Store = intake.Store{Pool: s.pool, Now: func() time.Time { return time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC) }}
	for _, county := range []string{"a", "b"} {
		content := []byte("tasks of " + county)
		w := &intake.Workbook{
			County: county, ID: "of-" + county, Preview: []byte(`{}`), PreparedBy: "person:1", Preparer: "1",
			Files: []intake.File{{Name: "tasks.csv", Size: len(content), Digest: sha256.Sum256(content), Content: content}},
		}
		w.Digest = intake.DigestOf(w.Files)
		if err := s.Keep(t.Context(), w); err != nil {
			t.Fatal(err)
		}
		if may, err := s.Spend(t.Context(), county, "1", "r", 7, 100); err != nil || !may {
			t.Fatal(may, err)
		}
		s.books[county] = w
	}
	return s
}

// TestWorkbooksAreReadWithinAScope: whoever answers for the whole county reads its own, and
// a handler that was reached without a scope, or with less, has nothing to show.
func TestWorkbooksAreReadWithinAScope(t *testing.T) {
	t.Parallel()
	s := begun(t)
	for name, c := range map[string]struct {
		scope access.Scope
		sees  bool
	}{
		"the whole county": {access.Scope{All: true}, true},
		"a department":     {access.Scope{Departments: []string{"D01"}}, false},
		"none":             {access.Scope{}, false},
	} {
		ctx := access.With(t.Context(), access.Principal{ID: "person:1"}, c.scope)
		book := s.books["a"]
		_, err := s.Find(ctx, "a", book.ID)
		waiting, decided, err2 := s.List(ctx, "a")
		files, err3 := s.Open(ctx, book)
		entered, err4 := s.Entered(ctx, book, "1")
		alone, err5 := s.Alone(ctx, "a", "1", "")
		if err2 != nil || err4 != nil || err5 != nil || len(decided) > 0 {
			t.Errorf("%s: %v %v %v", name, err2, err4, err5)
		}
		if !c.sees && (!errors.Is(err, intake.ErrUnknown) || len(waiting) > 0 || !errors.Is(err3, intake.ErrChanged) || entered || alone > 0) {
			t.Errorf("%s: %v %v %v %v %d", name, err, waiting, err3, entered, alone)
		}
		if c.sees && (err != nil || len(waiting) != 1 || waiting[0].ID != book.ID || err3 != nil || len(files) != 1 || !entered || alone != 7) {
			t.Errorf("%s: %v %v %v %v %d", name, err, waiting, err3, entered, alone)
		}
	}
}

// TestAReadThatForgetsItsCounty sees nothing of another all the same. The control takes the
// fence out, and then it does.
func TestAReadThatForgetsItsCounty(t *testing.T) {
	t.Parallel()
	s := begun(t)
	tables := []string{"workbook", "file", "alone"}
	forgets := func(said, table string) (n int) {
		err := pgx.BeginFunc(t.Context(), s.pool, func(tx pgx.Tx) error {
			_, err := tx.Exec(t.Context(), `select set_config('role', 'feisui_reader', true), set_config('feisui.scope', $1, true)`, said)
			if err != nil {
				return err
			}
			return tx.QueryRow(t.Context(), `select count(*) from intake.`+table).Scan(&n)
		})
		if err != nil {
			t.Error(err)
		}
		return n
	}
	const ofA = `{"county":"a","all":true}`
	for said, sees := range map[string]int{
		ofA: 1, `{"county":"c","all":true}`: 0, `{"county":"a","all":false}`: 0, `{"county":"a"}`: 0, `{"all":true}`: 0, `{}`: 0, "": 0,
	} {
		for _, table := range tables {
			if n := forgets(said, table); n != sees {
				t.Errorf("%q sees %d rows of %s, want %d", said, n, table, sees)
			}
		}
	}
	for _, table := range tables {
		if _, err := pgtest.Owner(t, s.pool).Exec(t.Context(), `alter table intake.`+table+` disable row level security`); err != nil {
			t.Fatal(err)
		}
		if n := forgets(ofA, table); n != 2 {
			t.Errorf("without the fence %d rows of %s are seen: the test sees nothing", n, table)
		}
	}
}

// TestNoTableIsBesideTheFence: one that is added has it, or this says so.
func TestNoTableIsBesideTheFence(t *testing.T) {
	t.Parallel()
	owner := pgtest.Owner(t, begun(t).pool)
	beside := func() (found []string) {
		rows, err := owner.Query(t.Context(), `
			select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
			where n.nspname = 'intake' and c.relkind in ('r', 'p') and not c.relrowsecurity and c.relname <> 'migration'
			union all select p.polname from pg_policy p where 0 = any(p.polroles)`)
		if err == nil {
			found, err = pgx.CollectRows(rows, pgx.RowTo[string])
		}
		if err != nil {
			t.Error(err)
		}
		return found
	}
	if found := beside(); len(found) > 0 {
		t.Errorf("beside the fence: %q", found)
	}
	if _, err := owner.Exec(t.Context(), `create table intake.open (n int); create policy everybody on intake.file using (true)`); err != nil {
		t.Fatal(err)
	}
	if found := beside(); len(found) != 2 { // the control
		t.Errorf("of two it sees %q", found)
	}
}
