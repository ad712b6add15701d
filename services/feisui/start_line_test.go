package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// counting stands between a server and its PostgreSQL. It counts the exchanges of all
// connections together: a connect, a statement or whatever else goes in one message and
// is answered as one, a farewell. At one of them it cuts every connection.
type counting struct {
	to       string
	nudge    string // has the server answer where it would not
	listener net.Listener
	wg       sync.WaitGroup

	mu    sync.Mutex
	at    int // the exchange at which everything is cut; 0: none
	way   cutWay
	asked []string           // what each exchange asked, in the order in which they began
	cut   bool               // it was
	turns []string           // what those are told that connect next, after the cut
	wires map[*wire]struct{} // which are open
}

// cutWay is what happens at the exchange that is cut, and how the database comes back.
type cutWay struct {
	name     string
	deliver  bool     // the database does it, and the answer is lost
	farewell string   // what it says to everybody before it goes
	after    []string // what it says to who connects then, one after the other; "" is nothing
	gone     bool     // it does not come back
}

// What PostgreSQL says when it goes and when it comes.
var (
	shuttingDown = fatal("57P01", "terminating connection due to administrator command")
	startingUp   = fatal("57P03", "the database system is starting up")
)

func fatal(code, text string) string {
	said := "SFATAL\x00VFATAL\x00C" + code + "\x00M" + text + "\x00\x00"
	return "E" + string(binary.BigEndian.AppendUint32(nil, uint32(len(said)+4))) + said
}

// cutWays are all of them. A database that comes back is first not there, and then there
// and not ready.
var cutWays = []cutWay{
	{name: "before it is there"},
	{name: "done and not answered", deliver: true},
	{name: "before it is there, for a while", farewell: shuttingDown, after: []string{"", startingUp}},
	{name: "done and not answered, for a while", deliver: true, after: []string{"", startingUp}},
}

// counted listens in a folder of its own, and cuts at an exchange.
func counted(t *testing.T, database string, at int, way cutWay) (*counting, string) {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	dir := dataOf(t)
	l := &counting{to: filepath.Join(q.Get("host"), socketFile), at: at, way: way, wires: map[*wire]struct{}{}}
	if l.listener, err = new(net.ListenConfig).Listen(t.Context(), "unix", filepath.Join(dir, socketFile)); err != nil {
		t.Fatal(err)
	}
	l.wg.Go(l.listen)
	t.Cleanup(l.close)
	q.Set("host", dir)
	u.RawQuery = q.Encode()
	return l, u.String()
}

func (l *counting) close() {
	l.listener.Close()
	l.mu.Lock()
	for w := range l.wires {
		w.close()
	}
	l.mu.Unlock()
	l.wg.Wait()
}

// happened reports whether everything was cut, and gives what each exchange asked.
func (l *counting) happened() (cut bool, asked []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cut, slices.Clip(l.asked)
}

func (l *counting) listen() {
	for {
		client, err := l.listener.Accept()
		if err != nil {
			return
		}
		l.wg.Go(func() {
			defer client.Close()
			if first, err := hello(client); err == nil {
				l.receive(client, first)
			}
		})
	}
}

// receive lets a client in, unless it is the turn of those that are not.
func (l *counting) receive(client net.Conn, first []byte) {
	const cancelRequest = 80877102 // it has nothing to do with the connection that it comes by
	cancels := len(first) > 8 && binary.BigEndian.Uint32(first[4:]) == cancelRequest
	told, away := l.turn(cancels)
	if away {
		_, _ = io.WriteString(client, told) // who hung up needs no answer
		return
	}
	server, err := net.Dial("unix", l.to)
	if err != nil {
		return
	}
	if cancels {
		_, _ = server.Write(first)
		server.Close()
		return
	}
	l.carry(&wire{of: l, client: client, server: server, answered: make(chan struct{})}, first)
}

// turn says whether it is somebody's turn not to be let in, and what to tell them.
func (l *counting) turn(cancels bool) (told string, away bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	away = l.cut && l.way.gone
	if len(l.turns) > 0 && !cancels {
		told, l.turns, away = l.turns[0], l.turns[1:], true
	}
	return told, away
}

// wire is one connection.
type wire struct {
	of             *counting
	client, server net.Conn
	mu             sync.Mutex
	lost           bool          // what the database says is said to nobody
	answered       chan struct{} // closed when it has said all of that
}

func (w *wire) close() { w.client.Close(); w.server.Close() }

// carry passes on what both say, until one of them or the cut ends it.
func (l *counting) carry(w *wire, first []byte) {
	ends := l.links(w)
	defer ends()
	l.wg.Go(w.answer)
	if !w.exchange("connect", first) {
		return
	}
	from := bufio.NewReader(w.client)
	var said []byte
	for {
		kind, message, err := next(from)
		if err != nil {
			return
		}
		said = append(said, message...)
		switch kind {
		case 'Q', 'S', 'X', 'c', 'f':
			if !w.exchange(string(kind)+" "+worded(said), said) {
				return
			}
		case 'd', 'H', 'p':
			if _, err := w.server.Write(said); err != nil {
				return
			}
		default: // the rest of it comes
			continue
		}
		said = nil
	}
}

// hello reads the first message of a client, which has no kind.
func hello(client net.Conn) ([]byte, error) {
	return sized(client, nil)
}

// next reads one message.
func next(from io.Reader) (kind byte, message []byte, err error) {
	first := make([]byte, 1)
	if _, err := io.ReadFull(from, first); err != nil {
		return 0, nil, err
	}
	message, err = sized(from, first)
	return first[0], message, err
}

// links has a connection be among those that are cut, until it ends.
func (l *counting) links(w *wire) (ends func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wires[w] = struct{}{}
	return func() {
		w.close()
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.wires, w)
	}
}

// sized reads what follows a message's kind: its length, which counts itself, and the rest.
func sized(from io.Reader, kind []byte) ([]byte, error) {
	length := make([]byte, 4)
	if _, err := io.ReadFull(from, length); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(length)
	if size < 4 || size > 1<<30 { // PostgreSQL takes no more
		return nil, errors.New("no message of PostgreSQL's")
	}
	rest := make([]byte, size-4)
	_, err := io.ReadFull(from, rest)
	return slices.Concat(kind, length, rest), err
}

// worded is what of a message can be read, for who looks at a failure.
func worded(said []byte) string {
	text := strings.Join(strings.FieldsFunc(string(said), func(r rune) bool { return r < ' ' || r > '~' }), " ")
	return strings.Join(strings.Fields(text), " ")
}

// exchange counts one and passes it on; no when the connection is at its end.
func (w *wire) exchange(what string, said []byte) bool {
	l := w.of
	l.mu.Lock()
	l.asked = append(l.asked, what)
	cuts := len(l.asked) == l.at
	if cuts {
		l.cut, l.turns = true, l.way.after
		if !l.way.deliver {
			l.cutAll()
		}
	}
	l.mu.Unlock()
	if cuts && !l.way.deliver {
		return false
	}
	w.mu.Lock()
	w.lost = cuts
	w.mu.Unlock()
	if cuts {
		said = append(said, l.nudge...)
	}
	if _, err := w.server.Write(said); err != nil || !cuts {
		return err == nil
	}
	<-w.answered
	l.mu.Lock()
	l.cutAll()
	l.mu.Unlock()
	return false
}

// cutAll ends every connection. l.mu is held.
func (l *counting) cutAll() {
	for w := range l.wires {
		_, _ = io.WriteString(w.client, l.way.farewell)
		w.close()
	}
}

// cutNow cuts everything between two exchanges.
func (l *counting) cutNow() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = true
	l.cutAll()
}

// answer passes on what the database says, until that is to be lost. Then whoever cuts
// hangs up: a client that heard of it before all are cut would be cut as it comes back.
func (w *wire) answer() {
	defer close(w.answered)
	from := bufio.NewReader(w.server)
	for {
		kind, message, err := next(from)
		w.mu.Lock()
		lost := w.lost
		w.mu.Unlock()
		switch {
		case lost && err == nil && kind != 'Z' && kind != 'G' && kind != 'W': // ready for the next; copying begins
			continue
		case lost:
			return
		case err == nil:
			_, err = w.client.Write(message)
		}
		if err != nil {
			w.client.Close()
			return
		}
	}
}

// TestTheLineThatCounts: what it cuts is cut, before or after it is done, and what comes
// next is turned away as often as it should be.
func TestTheLineThatCounts(t *testing.T) {
	t.Parallel()
	postgres := ownPostgres(t, filepath.Join(dataOf(t), "postgres"), nil)
	execOn(t, postgres.URL(), `create table done (way int)`)
	for i, way := range cutWays {
		line, database := counted(t, postgres.URL(), 3, way) // a connect, a question, and this
		conn, err := pgx.Connect(t.Context(), database)
		if err != nil {
			t.Fatal(err)
		}
		other, err := pgx.Connect(t.Context(), postgres.URL())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(t.Context(), `select 1`); err != nil {
			t.Fatalf("%s: before the cut: %v", way.name, err)
		}
		_, err = conn.Exec(t.Context(), fmt.Sprintf(`insert into done values (%d)`, i))
		cut, asked := line.happened()
		if err == nil || !cut || len(asked) != 3 || !strings.Contains(asked[2], "insert into done") {
			t.Errorf("%s: %v, cut %t, %q", way.name, err, cut, asked)
		}
		var said *pgconn.PgError
		if told := errors.As(err, &said) && said.Code == "57P01"; told != (way.farewell != "") {
			t.Errorf("%s: %v", way.name, err)
		}
		for n := range way.after {
			_, err := pgx.Connect(t.Context(), database)
			if told := errors.As(err, &said) && said.Code == "57P03"; err == nil || told != (way.after[n] != "") {
				t.Errorf("%s: connect %d: %v", way.name, n, err)
			}
		}
		if conn, err = pgx.Connect(t.Context(), database); err != nil {
			t.Fatalf("%s: it does not come back: %v", way.name, err)
		}
		var there bool
		if err := conn.QueryRow(t.Context(), `select exists (select from done where way = $1)`, i).Scan(&there); err != nil || there != way.deliver {
			t.Errorf("%s: done %t, %v", way.name, there, err)
		}
		if err := errors.Join(conn.Close(t.Context()), other.Close(t.Context())); err != nil {
			t.Error(err)
		}
	}
}
