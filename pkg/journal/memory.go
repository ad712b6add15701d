// Package journal keeps what happened, in the order in which it was recorded.
//
// Memory is the journal of one run: positions without gaps, versions per
// stream, requests taken whole or not at all, nothing on disk. The journal in
// PostgreSQL, which lasts, comes with the running server and makes the same
// promises.
package journal

import (
	"fmt"
	"iter"

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

// Memory is a journal in memory. It is not safe for concurrent use.
type Memory[E interface{ Stream() string }] struct {
	entries  []Entry[E]
	streams  map[string][]int // positions
	requests map[uuid.UUID]int
}

// NewMemory gives an empty journal.
func NewMemory[E interface{ Stream() string }]() *Memory[E] {
	return &Memory[E]{streams: map[string][]int{}, requests: map[uuid.UUID]int{}}
}

// Append records the events of one request, all of them, and gives the position
// of the last. A request that was recorded before is an error, and records
// nothing.
func (m *Memory[E]) Append(request uuid.UUID, events []E) (position int, err error) {
	if at, ok := m.requests[request]; ok {
		return at, fmt.Errorf("request %s was recorded at position %d", request, at)
	}
	for _, e := range events {
		stream := e.Stream()
		at := len(m.entries) + 1
		m.streams[stream] = append(m.streams[stream], at)
		m.entries = append(m.entries, Entry[E]{Position: at, Stream: stream, Version: len(m.streams[stream]), Request: request, Event: e})
	}
	m.requests[request] = len(m.entries)
	return len(m.entries), nil
}

// Has reports whether anything is recorded in a stream.
func (m *Memory[E]) Has(stream string) bool { return len(m.streams[stream]) > 0 }

// Stream gives the events of one stream, first to last.
func (m *Memory[E]) Stream(name string) iter.Seq[E] {
	return func(yield func(E) bool) {
		for _, at := range m.streams[name] {
			if !yield(m.entries[at-1].Event) {
				return
			}
		}
	}
}

// After gives the entries that follow a position, in order; all when it is 0.
func (m *Memory[E]) After(position int) iter.Seq[Entry[E]] {
	return func(yield func(Entry[E]) bool) {
		for _, e := range m.entries[min(position, len(m.entries)):] {
			if !yield(e) {
				return
			}
		}
	}
}
