package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"feisui/pkg/local"
	"feisui/services/feisui/serve"
)

// starting is a cluster in which databases are made to start on, each from one of two: one
// is empty, one has a county that stood still since yesterday.
type starting struct {
	postgres *local.Postgres
	owner    *pgxpool.Pool
	key      string // the file of the key of second factors
	seed     uint64
	free     chan struct{} // full while as many start as may at once

	mu   sync.Mutex
	made int
}

const (
	emptyDatabase = "template1"
	yesterdays    = "yesterdays"
	lastSaid      = "2022-12-31" // the date of the statement that is asked for

	// quietFor is longer than whatever looks every second.
	quietFor = 3 * time.Second
)

func newStarting(t *testing.T) *starting {
	t.Helper()
	s := &starting{
		postgres: ownPostgres(t, filepath.Join(dataOf(t), "postgres"), nil), key: filepath.Join(dataOf(t), "factor.key"),
		seed: drawing(t), free: make(chan struct{}, startsAtOnce),
	}
	s.owner = poolOf(t, s.postgres.URL())
	if _, err := local.MakeKey(s.key); err != nil {
		t.Fatal(err)
	}
	execOn(t, s.postgres.URL(), `create database `+yesterdays)
	data := dataOf(t)
	address, stop := started(t, serve.Config{
		Data: data, DatabaseURL: databaseOf(t, s.postgres.URL(), yesterdays), Counties: []string{"county"}, FactorKeyFile: s.key,
		Clock: func() time.Time { return time.Now().AddDate(0, 0, -1) }, AnyClock: true,
	})
	at := []string{"--server", address, "--county", "county"}
	mustRun(t, append([]string{"import", filepath.Join(casesFolder(), "jiangyan-wages", "book")}, at...)...)
	mustRun(t, append([]string{"people", "init"}, at...)...)
	until(t, "the day's flags are said", func() bool { return s.quietly(t, yesterdays, quietFor) })
	stop()
	return s
}

// quietly reports that nothing was recorded for a while.
func (s *starting) quietly(t *testing.T, database string, quiet time.Duration) bool {
	t.Helper()
	before := s.left(t, database, false)
	time.Sleep(quiet)
	return before == s.left(t, database, false)
}

// database makes one as another is.
func (s *starting) database(t *testing.T, like string) (name, url string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock() // who copies wants to be alone
	s.made++
	name = fmt.Sprint("start", s.made)
	if _, err := s.owner.Exec(t.Context(), `create database `+name+` template `+like); err != nil {
		t.Fatal(err)
	}
	return name, databaseOf(t, s.postgres.URL(), name)
}

// drop has a database go that was looked at.
func (s *starting) drop(t *testing.T, name string) {
	t.Helper()
	if _, err := s.owner.Exec(t.Context(), `drop database `+name+` with (force)`); err != nil {
		t.Error(err)
	}
}

// left is what a start leaves in a database, without moments and what follows from them:
// in which order others record beside it, and where people act what they are called.
func (s *starting) left(t *testing.T, database string, busy bool) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), databaseOf(t, s.postgres.URL(), database))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var all strings.Builder
	for _, question := range []string{
		`select concat_ws(' ', county, stream, version, type` + map[bool]string{false: `, request, data`}[busy] + `) from journal.entry order by county, stream, version`,
		`select concat_ws(' ', county, name) from journal.county order by county`,
		`select concat_ws(' ', county, name, office, disabled) from people."user" order by county, name`,
		`select concat_ws(' ', n.nspname, c.relname, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.relacl, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attacl)
			from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
			where n.nspname in ('journal', 'ledger', 'people', 'intake') order by 1`,
		`select concat_ws(' ', polrelid::regclass, polname, polcmd, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) from pg_policy order by 1`,
		`select concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) from pg_constraint where connamespace::regnamespace::text in ('journal', 'ledger', 'people', 'intake') order by 1`,
		`select concat_ws(' ', tgrelid::regclass, tgenabled, pg_get_triggerdef(oid)) from pg_trigger where not tgisinternal order by 1`,
		`select concat_ws(' ', n.nspname, p.proname, md5(p.prosrc), p.proacl) from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname in ('journal', 'ledger', 'people', 'intake') order by 1`,
		`select concat_ws(' ', 'journal', version_id, count(*)) from journal.migration group by version_id order by version_id`,
		`select concat_ws(' ', 'ledger', version_id, count(*)) from ledger.migration group by version_id order by version_id`,
		`select concat_ws(' ', 'people', version_id, count(*)) from people.migration group by version_id order by version_id`,
		`select concat_ws(' ', 'intake', version_id, count(*)) from intake.migration group by version_id order by version_id`,
	} {
		rows, err := conn.Query(t.Context(), question)
		if err != nil {
			t.Fatalf("%s: %v", question, err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatalf("%s: %v", question, err)
		}
		fmt.Fprintf(&all, "%s\n", strings.Join(lines, "\n"))
	}
	return all.String()
}

// inTurn does something when it is its turn.
func (s *starting) inTurn(do func()) {
	s.free <- struct{}{}
	defer func() { <-s.free }()
	do()
}

// goes does something beside others when it is its turn.
func (s *starting) goes(beside *sync.WaitGroup, do func()) {
	beside.Go(func() { s.inTurn(do) })
}

// drawing gives the seed of what is drawn.
func drawing(t *testing.T) uint64 {
	t.Helper()
	seed := uint64(time.Now().UnixNano()) //nolint:gosec // any number will do
	if given := os.Getenv(cutSeedVariable); given != "" {
		var err error
		if seed, err = strconv.ParseUint(given, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%s=%d", cutSeedVariable, seed)
	return seed
}
