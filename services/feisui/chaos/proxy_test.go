package chaos_test

import (
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"time"
)

// mode is what a proxy does to what passes through it.
type mode int

const (
	pass  mode = iota
	drop       // every connection is reset, and every new one
	delay      // every piece is late
	half       // everything is taken, and nothing arrives, for as long as the connection lives
)

// lateMax is how late a delayed piece is.
const lateMax = 30 * time.Millisecond

// proxy stands between the service and a server. A connection that was half open
// once stays so until one of its ends closes it: bytes are missing in it.
type proxy struct {
	listener net.Listener
	dial     func() (net.Conn, error)

	mu      sync.Mutex
	mode    mode
	links   []*link
	reached map[mode]int // how often a mode did something: a connection reset, a piece late or swallowed
	wg      sync.WaitGroup
}

// link is one connection through the proxy.
type link struct {
	ends [2]net.Conn
	mu   sync.Mutex
	deaf bool // half open
}

func newProxy(t testing.TB, dial func() (net.Conn, error)) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: listener, dial: dial, reached: map[mode]int{}}
	p.wg.Go(p.accept)
	t.Cleanup(func() {
		listener.Close()
		p.set(drop)
		p.wg.Wait()
	})
	return p
}

func (p *proxy) address() string { return p.listener.Addr().String() }

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.wg.Go(func() { p.carry(client) })
	}
}

// carry passes on what comes until one end closes.
func (p *proxy) carry(client net.Conn) {
	server, err := p.dial()
	if err != nil {
		client.Close()
		return
	}
	l := &link{ends: [2]net.Conn{client, server}}
	defer l.cut()
	p.mu.Lock()
	is := p.mode
	l.deaf = is == half
	p.links = append(p.links, l)
	p.mu.Unlock()
	defer p.forget(l)
	if is == drop {
		p.reaches(drop)
		return
	}
	var pumps sync.WaitGroup
	for i := range l.ends {
		pumps.Go(func() { p.pump(l, l.ends[i], l.ends[1-i]) })
	}
	pumps.Wait()
}

func (p *proxy) pump(l *link, from, to net.Conn) {
	defer l.cut()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 && l.isDeaf() {
			p.reaches(half)
		}
		if n > 0 && !l.isDeaf() {
			if p.is() == delay {
				p.reaches(delay)
				time.Sleep(time.Duration(1+n%int(lateMax/time.Millisecond)) * time.Millisecond)
			}
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// cut resets both ends.
func (l *link) cut() {
	for _, end := range l.ends {
		if tcp, ok := end.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // it may be closed by now
		}
		end.Close()
	}
}

func (l *link) isDeaf() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.deaf
}

func (p *proxy) is() mode {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mode
}

func (p *proxy) forget(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.links = slices.DeleteFunc(p.links, func(other *link) bool { return other == l })
}

// reaches notes that a mode did something.
func (p *proxy) reaches(m mode) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reached[m]++
}

// forgets has a mode never have done anything, and gives how to remember it.
func (p *proxy) forgets(m mode) (remember func()) {
	set := func(n int) (was int) {
		p.mu.Lock()
		defer p.mu.Unlock()
		was, p.reached[m] = p.reached[m], n
		return was
	}
	was := set(0)
	return func() { set(was) }
}

// times is how often a mode did something.
func (p *proxy) times(m mode) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.reached[m]
}

// set changes the mode, for the connections that there are as well.
func (p *proxy) set(m mode) {
	p.mu.Lock()
	p.mode = m
	links := slices.Clone(p.links)
	p.mu.Unlock()
	for _, l := range links {
		switch m {
		case drop:
			l.cut()
			p.reaches(drop)
		case half:
			l.mu.Lock()
			l.deaf = true
			l.mu.Unlock()
		}
	}
}

// TestTheProxy: what each mode does to a connection, so that what is counted as
// a fault is one.
func TestTheProxy(t *testing.T) {
	t.Parallel()
	echo, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { echo.Close() })
	go func() {
		for {
			c, err := echo.Accept()
			if err != nil {
				return
			}
			go func() {
				_, _ = io.Copy(c, c) // until it is cut
			}()
		}
	}()
	p := newProxy(t, func() (net.Conn, error) { return net.Dial("tcp", echo.Addr().String()) })
	open := func() net.Conn {
		c, err := net.Dial("tcp", p.address())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	answers := func(c net.Conn) error {
		if _, err := c.Write([]byte("a")); err != nil {
			return err
		}
		if err := c.SetReadDeadline(time.Now().Add(300 * time.Millisecond)); err != nil {
			return err
		}
		_, err := io.ReadFull(c, make([]byte, 1))
		return err
	}
	first := open()
	if err := answers(first); err != nil {
		t.Errorf("pass: %v", err)
	}
	p.set(delay)
	reached := func(m mode, want bool) {
		t.Helper()
		for begun := time.Now(); want && p.times(m) == 0 && time.Since(begun) < hungAfter; {
			time.Sleep(time.Millisecond)
		}
		if n := p.times(m); (n > 0) != want {
			t.Errorf("mode %d did something %d times", m, n)
		}
	}
	reached(delay, false) // it is set, and nothing came
	if err := answers(first); err != nil {
		t.Errorf("delay: %v", err)
	}
	reached(delay, true)
	reached(half, false)
	p.set(half)
	if err, late := answers(first), answers(open()); !isTimeout(err) || !isTimeout(late) {
		t.Errorf("half open: %v, and a new one %v", err, late)
	}
	reached(half, true)
	reached(drop, false)
	p.set(pass)
	if err := answers(first); !isTimeout(err) {
		t.Errorf("half open once: %v", err)
	}
	second := open()
	if err := answers(second); err != nil {
		t.Errorf("after half open: %v", err)
	}
	p.set(drop)
	if err, late := answers(second), answers(open()); err == nil || late == nil || isTimeout(err) || isTimeout(late) {
		t.Errorf("drop: %v, and a new one %v", err, late)
	}
	reached(drop, true)
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}
