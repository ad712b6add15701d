package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"
)

// countedBus starts a NATS behind a line that counts what its clients say, and cuts at one
// of these. What is delivered is followed by a question whether somebody is there, so that
// it has reached the server when that is answered.
func countedBus(t *testing.T, at int, way cutWay) (*counting, string) {
	t.Helper()
	u, err := url.Parse(ownNATS(t, t.TempDir()).URL())
	if err != nil {
		t.Fatal(err)
	}
	l := &counting{to: u.Host, nudge: "PING\r\n", at: at, way: way, wires: map[*wire]struct{}{}}
	if l.listener, err = new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	l.wg.Go(l.listenBus)
	t.Cleanup(l.close)
	return l, "nats://" + l.listener.Addr().String()
}

func (l *counting) listenBus() {
	for {
		client, err := l.listener.Accept()
		if err != nil {
			return
		}
		l.wg.Go(func() {
			defer client.Close()
			if _, away := l.turn(false); away {
				return
			}
			server, err := net.Dial("tcp", l.to)
			if err != nil {
				return
			}
			l.carryBus(&wire{of: l, client: client, server: server, answered: make(chan struct{})})
		})
	}
}

func (l *counting) carryBus(w *wire) {
	ends := l.links(w)
	defer ends()
	l.wg.Go(w.answerBus)
	from := bufio.NewReader(w.client)
	for {
		said, err := nextOfBus(from)
		if err != nil {
			return
		}
		if word := strings.ToUpper(string(said[:min(4, len(said))])); word == "PONG" {
			if _, err := w.server.Write(said); err != nil {
				return
			}
		} else if !w.exchange(worded(said), said) {
			return
		}
	}
}

// nextOfBus reads one message of NATS's protocol, with what it carries.
func nextOfBus(from *bufio.Reader) ([]byte, error) {
	said, err := from.ReadBytes('\n')
	if err != nil {
		return nil, err
	}
	words := bytes.Fields(said)
	if len(words) < 3 || !bytes.EqualFold(words[0], []byte("PUB")) && !bytes.EqualFold(words[0], []byte("HPUB")) {
		return said, nil
	}
	var size int
	if _, err := fmt.Sscan(string(words[len(words)-1]), &size); err != nil {
		return nil, err
	}
	carried := make([]byte, size+len("\r\n"))
	_, err = io.ReadFull(from, carried)
	return append(said, carried...), err
}

// answerBus passes on what the server says, until that is to be lost.
func (w *wire) answerBus() {
	defer close(w.answered)
	defer w.client.Close()
	answer := make([]byte, 64<<10)
	for {
		n, err := w.server.Read(answer)
		if err != nil {
			return
		}
		w.mu.Lock()
		lost := w.lost
		w.mu.Unlock()
		switch {
		case !lost:
			if _, err := w.client.Write(answer[:n]); err != nil {
				return
			}
		case bytes.Contains(answer[:n], []byte("PONG")):
			return
		}
	}
}
