// Package memory is the journal of one run: positions without gaps, versions per
// stream, requests taken whole or not at all, nothing on disk. What it promises,
// the journal in PostgreSQL promises too, and keeps.
package memory

import (
	"fmt"
	"iter"
	"slices"

	"github.com/google/uuid"
)

// Entry is an event as recorded.
type Entry[E any] struct {
	Position int    // 1, 2, 3 … in the journal
	Stream   string // the thing whose history it is part of
	Version  int    // 1, 2, 3 … in the stream
	Request  uuid.UUID
	Event    E
}

// Journal is a journal in memory. It is not safe for concurrent use.
type Journal[E interface{ Stream() string }] struct {
	entries  []Entry[E]
	next     []int // for each entry, the position of the next in its stream; 0 for none
	streams  map[string]ends
	requests map[uuid.UUID]int
}

// ends are the positions of a stream's first and last entry.
type ends struct{ first, last int }

// New gives an empty journal.
func New[E interface{ Stream() string }]() *Journal[E] {
	return &Journal[E]{streams: map[string]ends{}, requests: map[uuid.UUID]int{}}
}

// Append records the events of one request, all of them, and gives the position
// of the last. A request that was recorded before is an error, and records
// nothing.
func (m *Journal[E]) Append(request uuid.UUID, events []E) (position int, err error) {
	if at, ok := m.requests[request]; ok {
		return at, fmt.Errorf("request %s was recorded at position %d", request, at)
	}
	m.entries, m.next = slices.Grow(m.entries, len(events)), slices.Grow(m.next, len(events))
	for _, e := range events {
		m.add(e.Stream(), request, e)
	}
	m.requests[request] = len(m.entries)
	return len(m.entries), nil
}

// Add records what a journal elsewhere has taken, where no request comes twice: an
// event and its stream, of no request here.
func (m *Journal[E]) Add(stream string, event E) { m.add(stream, uuid.Nil, event) }

func (m *Journal[E]) add(stream string, request uuid.UUID, event E) {
	at := len(m.entries) + 1
	version := 1
	in, known := m.streams[stream]
	if known {
		m.next[in.last-1] = at
		version = m.entries[in.last-1].Version + 1
	} else {
		in.first = at
	}
	in.last = at
	m.streams[stream] = in
	m.entries = append(m.entries, Entry[E]{Position: at, Stream: stream, Version: version, Request: request, Event: event})
	m.next = append(m.next, 0)
}

// Has reports whether anything is recorded in a stream.
func (m *Journal[E]) Has(stream string) bool { return m.streams[stream].first > 0 }

// Version is how many events a stream has.
func (m *Journal[E]) Version(stream string) int {
	if last := m.streams[stream].last; last > 0 {
		return m.entries[last-1].Version
	}
	return 0
}

// Stream gives the events of one stream, first to last.
func (m *Journal[E]) Stream(name string) iter.Seq[E] {
	return func(yield func(E) bool) {
		for at := m.streams[name].first; at > 0; at = m.next[at-1] {
			if !yield(m.entries[at-1].Event) {
				return
			}
		}
	}
}

// After gives the entries that follow a position, in order; all when it is 0.
func (m *Journal[E]) After(position int) iter.Seq[Entry[E]] {
	return func(yield func(Entry[E]) bool) {
		for _, e := range m.entries[min(position, len(m.entries)):] {
			if !yield(e) {
				return
			}
		}
	}
}
