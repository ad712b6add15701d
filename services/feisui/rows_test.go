package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"feisui/pkg/bus"
	"feisui/pkg/civil"
	"feisui/pkg/journal"
	"feisui/pkg/local"
	"feisui/services/feisui/record"
	"feisui/services/feisui/serve"
)

// How many rows are on their way at once: of a county, which is what a few clerks
// do, and of counties, which have nothing to do with each other.
const (
	clerks         = 4
	countiesAtOnce = 8
	triesMax       = 20 // of a row that names what is not there yet
)

// row is a row of a sheet as a command.
type row struct {
	sheet, id string
	body      []byte
}

// rowsOf gives the rows of a worked case. What the policy says is no row.
func rowsOf(t *testing.T, book string) (rows []row) {
	t.Helper()
	for _, sheet := range record.Layout {
		for _, file := range []string{sheet.Name, sheet.Chinese} {
			path := filepath.Join(book, file+".csv")
			if _, err := os.Stat(path); err != nil {
				continue
			}
			table := csvRows(t, path)
			for i, cells := range table[1:] {
				fields := map[string]string{}
				for c, text := range cells {
					if text != "" {
						fields[table[0][c]] = text
					}
				}
				body, err := json.Marshal(fields)
				if err != nil {
					t.Fatal(err)
				}
				rows = append(rows, row{sheet.Name, fmt.Sprintf("%s/%d", sheet.Name, i), body})
			}
		}
	}
	return rows
}

// TestRowsOneByOne sends the rows of every worked case as commands, in a shuffled
// order, some at once, each twice under its own request id, and removes the bus's
// stream half way: the statement is the same, and the bus has every entry once
// and in order again. A row that names what is not there yet is refused, changes
// nothing, and is sent again.
func TestRowsOneByOne(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("thousands of commands")
	}
	cases := workedCases(t)
	var counties []string
	for _, c := range cases {
		counties = append(counties, c.name)
	}
	place := shared(t)
	server := serving(t, serve.Config{DatabaseURL: place.database, NATSListen: "127.0.0.1:0", Counties: counties})
	stream := jetStream(t, server.NATS())
	free := make(chan struct{}, countiesAtOnce)
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			free <- struct{}{}
			defer func() { <-free }()
			address := "http://" + server.Address()
			policyFirst(t, address, c.name, c.book)
			s := sender{server: func(string) string { return address }, county: c.name, rows: rowsOf(t, c.book), half: func() error {
				return wiped(t.Context(), stream, c.name)
			}}
			order := rand.New(rand.NewPCG(1, uint64(i)))
			order.Shuffle(len(s.rows), func(i, j int) { s.rows[i], s.rows[j] = s.rows[j], s.rows[i] })
			if err := s.send(t.Context()); err != nil {
				t.Fatal(err)
			}
			if s.refusals == 0 {
				t.Error("no row came before what it names: the order was not shuffled")
			}
			c.sameStatement(t, address)
			eventually(t, func() bool { return place.unlikeBus(t, stream, c.name) == "" })
		})
	}
}

// sender sends the rows of a county.
type sender struct {
	server func(sheet string) string // where its rows are taken
	county string
	rows   []row
	half   func() error // called once half of them are recorded

	mu       sync.Mutex
	later    []row
	sent     int
	refusals int
	err      error
}

// send sends every row twice, and those again that were refused.
func (s *sender) send(ctx context.Context) error {
	half := len(s.rows) / 2
	for range triesMax {
		rows := make(chan row, len(s.rows))
		for _, r := range s.rows {
			rows <- r
		}
		close(rows)
		s.later = nil
		var sending sync.WaitGroup
		for range clerks {
			sending.Go(func() {
				for r := range rows {
					s.note(r, half, s.twice(ctx, r))
				}
			})
		}
		sending.Wait()
		if s.rows = s.later; s.err != nil || len(s.rows) == 0 {
			return s.err
		}
	}
	return fmt.Errorf("%d rows are refused whatever is there: %s", len(s.rows), s.rows[0].body)
}

var errEarly = errors.New("it names what is not there")

func (s *sender) note(r row, half int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err == errEarly: //nolint:errorlint // it is made here
		s.refusals++
		s.later = append(s.later, r)
	case err != nil && s.err == nil:
		s.err = fmt.Errorf("%s %s: %w", r.sheet, r.body, err)
	case err == nil:
		if s.sent++; s.sent == half {
			s.err = s.half()
		}
	}
}

// twice sends a row twice, half of them at once: the second answer is the first.
func (s *sender) twice(ctx context.Context, r row) error {
	var status [2]int
	var answers [2]serve.Imported
	var late [2]bool
	var errs [2]error
	send := func(i int) { status[i], answers[i], late[i], errs[i] = sendRow(ctx, s.server(r.sheet), s.county, r) }
	if len(r.body)%2 == 0 {
		var both sync.WaitGroup
		both.Go(func() { send(0) })
		both.Go(func() { send(1) })
		both.Wait()
	} else if send(0); status[0] == http.StatusOK {
		send(1)
	}
	switch refused := http.StatusUnprocessableEntity; {
	case status == [2]int{refused, refused} || status == [2]int{refused, 0}:
		return errEarly
	case status[0] == refused: // and a moment later what it names was there
		send(0)
	case status[1] == refused:
		send(1)
	}
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	first, second := answers[0], answers[1]
	once := first.Repeated != second.Repeated || first.Repeated && slices.Contains(late[:], true)
	first.Repeated, second.Repeated = false, false
	if status != [2]int{http.StatusOK, http.StatusOK} || !once || first != second {
		return fmt.Errorf("%d %+v, and again %d %+v", status[0], answers[0], status[1], answers[1])
	}
	return nil
}

// sending keeps a connection for each row that is on its way.
var sending = &http.Client{Transport: keyed{&http.Transport{MaxIdleConnsPerHost: 2 * clerks * countiesAtOnce}}}

// unpassedAfter is how long a server waits for the word of the ledger before it
// says that what it recorded is not in the figures yet.
const unpassedAfter = 30 * time.Second

// sendRow sends a row, again while the county is busy, and as it is told to when
// the server has waited for the ledger for as long as it does. late says that the
// answer is of a request that was recorded by a try before.
func sendRow(ctx context.Context, server, county string, r row) (status int, answer serve.Imported, late bool, err error) {
	for {
		began := time.Now()
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, server+"/v1/counties/"+county+"/"+r.sheet, bytes.NewReader(r.body))
		if err != nil {
			return 0, answer, late, err
		}
		request.Header.Set("Request-Id", r.id)
		got, err := sending.Do(request)
		if err != nil {
			return 0, answer, late, err
		}
		text, err := io.ReadAll(got.Body)
		got.Body.Close()
		unavailable := func(code string) bool {
			return got.StatusCode == http.StatusServiceUnavailable && bytes.Contains(text, []byte(code))
		}
		switch {
		case err != nil:
			return 0, answer, late, err
		case unavailable("BUSY"):
			continue
		case unavailable("NOT_IN_FIGURES") && time.Since(began) >= unpassedAfter:
			late = true
			continue
		case got.StatusCode == http.StatusOK:
			return got.StatusCode, answer, late, json.Unmarshal(text, &answer)
		case got.StatusCode != http.StatusUnprocessableEntity:
			return got.StatusCode, answer, late, fmt.Errorf("%s: %s", got.Status, text)
		}
		return got.StatusCode, answer, late, nil
	}
}

// workedCase is a worked case of the spec.
type workedCase struct {
	name, book, on string
	want           any
}

func workedCases(t *testing.T) (cases []workedCase) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(casesFolder(), "*", "expected.json"))
	if err != nil || len(found) == 0 {
		t.Fatalf("no cases in %s: %v", casesFolder(), err)
	}
	for _, expected := range found {
		folder := filepath.Dir(expected)
		cases = append(cases, workedCase{
			name: filepath.Base(folder), book: filepath.Join(folder, "book"),
			on: strings.TrimSpace(string(contents(t, filepath.Join(folder, "on")))), want: decoded(t, contents(t, expected)),
		})
	}
	return cases
}

// sameStatement asks a server for the statement of the county that has the
// case's name.
func (c workedCase) sameStatement(t *testing.T, server string) {
	t.Helper()
	got := decoded(t, []byte(mustRun(t, "statement", "--on", c.on, "--format", "json", "--server", server, "--county", c.name)))
	if !reflect.DeepEqual(got, c.want) {
		t.Errorf("%s: the statement differs:\n%s", c.name, strings.Join(differences("", got, c.want), "\n"))
	}
}

// policyFirst imports policy.json, which is no row.
func policyFirst(t *testing.T, server, county, book string) {
	t.Helper()
	folder := t.TempDir()
	policy, err := os.ReadFile(filepath.Join(book, "policy.json"))
	if err != nil {
		return
	}
	for name, text := range map[string][]byte{"policy.json": policy, "departments.csv": []byte("code,name,kind\n")} {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mustRun(t, "import", folder, "--server", server, "--county", county)
}

// place is a PostgreSQL that servers share, and that the test looks into.
type place struct {
	database string
	postgres *local.Postgres
	journal  *journal.Journal
}

// shared starts a PostgreSQL for servers that are yet to come. It ends with the test.
func shared(t *testing.T) place {
	t.Helper()
	postgres, err := local.StartPostgres(t.Context(), local.PostgresOptions{Dir: newCluster(t, dataOf(t))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := postgres.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := journal.Tables.Migrate(t.Context(), postgres.URL()); err != nil {
		t.Fatal(err)
	}
	pool, err := journal.Connect(t.Context(), postgres.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	j, err := journal.Open(t.Context(), pool, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return place{postgres.URL(), postgres, j}
}

// serving runs a server in this process until the test ends.
func serving(t testing.TB, c serve.Config) *serve.Server {
	t.Helper()
	c.Listen, c.Calendar, c.OperatorKey, c.CheapHashes = "127.0.0.1:0", civil.China(), testKey, true
	if c.Log == nil {
		c.Log = quiet()
	}
	if c.Data == "" {
		if c.Data = dataOf(t); c.DatabaseURL == "" {
			newCluster(t, c.Data)
		}
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	server, err := serve.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

func jetStream(t *testing.T, url string) jetstream.JetStream {
	t.Helper()
	nc, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// wiped removes a county's stream, as soon as there is one.
func wiped(ctx context.Context, js jetstream.JetStream, county string) error {
	for limit := time.Now().Add(hungAfter); ; time.Sleep(10 * time.Millisecond) {
		err := js.DeleteStream(ctx, bus.StreamName(county))
		if err == nil || time.Now().After(limit) {
			return err
		}
	}
}

// unlikeBus says where the bus does not have the county's entries, each once, in
// order.
func (p place) unlikeBus(t *testing.T, js jetstream.JetStream, county string) string {
	t.Helper()
	ids, err := onBus(t.Context(), js, county)
	if err != nil {
		return err.Error()
	}
	var entries []journal.Entry
	for e, err := range p.journal.After(t.Context(), county, 0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
	return unlikeEntries(ids, entries)
}

// onBus gives the ids of the messages that a county's stream holds.
func onBus(ctx context.Context, js jetstream.JetStream, county string) (ids []string, err error) {
	b, err := bus.Open(ctx, js.Conn())
	if err != nil {
		return nil, err
	}
	for m, err := range b.From(ctx, county, 0) {
		if err != nil {
			return nil, err
		}
		ids = append(ids, m.ID)
	}
	return ids, nil
}

// TestADifferenceOnTheBusIsSeen is the control of unlikeBus.
func TestADifferenceOnTheBusIsSeen(t *testing.T) {
	t.Parallel()
	entries := []journal.Entry{{ID: uuid.UUID{1}}, {ID: uuid.UUID{2}}, {ID: uuid.UUID{3}}}
	id := func(n int) string { return entries[n-1].ID.String() }
	if wrong := unlikeEntries([]string{id(1), id(2), id(3)}, entries); wrong != "" {
		t.Error(wrong)
	}
	for _, ids := range [][]string{nil, {id(1), id(2)}, {id(1), id(3), id(2)}, {id(1), id(2), id(2)}, {id(1), id(2), id(2), id(3)}} {
		if unlikeEntries(ids, entries) == "" {
			t.Errorf("%q is not noticed", ids)
		}
	}
}

func unlikeEntries(ids []string, entries []journal.Entry) string {
	if len(ids) != len(entries) {
		return fmt.Sprintf("%d messages of %d entries", len(ids), len(entries))
	}
	for i, e := range entries {
		if ids[i] != e.ID.String() {
			return fmt.Sprintf("message %d is %s, and the entry %s", i+1, ids[i], e.ID)
		}
	}
	return ""
}
