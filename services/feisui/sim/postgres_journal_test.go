package sim_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"feisui/pkg/journal"
)

// journalTables are journal.entry and journal.request of the county, with their
// keys.
type journalTables struct {
	s        *scheduler
	entries  []journal.Entry
	requests map[string]request
	streams  map[string]int64 // versions
	ends     map[int64]bool   // positions at which a request ends
}

type request struct {
	id          string
	fingerprint []byte
	first, last int64
	recordedAt  time.Time
	answer      []byte
}

// batch is what one call of journal.append adds.
type batch struct {
	entries  []journal.Entry
	requests []request
}

func newJournalTables(s *scheduler) *journalTables {
	return &journalTables{s: s, requests: map[string]request{}, streams: map[string]int64{}, ends: map[int64]bool{0: true}}
}

func (j *journalTables) clone(s *scheduler) *journalTables {
	return &journalTables{s, slices.Clone(j.entries), maps.Clone(j.requests), maps.Clone(j.streams), maps.Clone(j.ends)}
}

func (j *journalTables) head() (position int64, hash []byte, at *time.Time) {
	if len(j.entries) == 0 {
		return 0, make([]byte, 32), nil
	}
	e := &j.entries[len(j.entries)-1]
	return e.Position, e.Hash[:], &e.RecordedAt
}

func (j *journalTables) after(position int64, limit int) (a answer) {
	found := j.entries[min(position, int64(len(j.entries))):]
	if limit > 0 {
		found = found[:min(limit, len(found))]
	}
	for i := range found {
		e := &found[i]
		a.rows = append(a.rows, []any{
			e.County, e.Position, e.Stream, e.Version, e.Type, [16]byte(e.ID), e.Request, e.Actor, e.Kind, e.RecordedAt,
			e.Data, e.Accounts, e.Prev[:], e.Hash[:],
		})
	}
	return a
}

func (j *journalTables) versions(streams []string) (a answer) {
	for _, s := range streams {
		a.rows = append(a.rows, []any{s, j.streams[s]})
	}
	return a
}

// append is the function journal.append: see 00001_journal.sql.
func (c *session) append(args []any) answer {
	j := c.db.journal
	var (
		inHead, inHash  = args[1].(int64), args[2].([]byte)
		inRecordedAt    = args[3].(time.Time)
		inStreams, inAt = args[4].([]string), args[5].([]int64)
		inIDs           = args[6].([]string)
		head, hash, at  = j.head()
		moved           []string
		movedTo         []int64
		seen            []string
		fingerprints    [][]byte
		first, last     []int64
		seenAt          []time.Time
		answers         [][]byte
		recordedAt      any
		differ          bool
	)
	if at != nil {
		recordedAt, differ = *at, at.After(inRecordedAt)
	}
	for i, s := range inStreams {
		if j.streams[s] != inAt[i] {
			moved, movedTo = append(moved, s), append(movedTo, j.streams[s])
		}
	}
	for _, id := range inIDs {
		if r, ok := j.requests[id]; ok {
			seen, fingerprints, answers = append(seen, id), append(fingerprints, r.fingerprint), append(answers, r.answer)
			first, last, seenAt = append(first, r.first), append(last, r.last), append(seenAt, r.recordedAt)
		}
	}
	done := !differ && head == inHead && slices.Equal(hash, inHash) && moved == nil && seen == nil
	if done {
		b := batchOf(args)
		if err := j.check(b); err != nil {
			return answer{err: err}
		}
		c.adds = append(c.adds, b)
	}
	return one(done, head, hash, recordedAt, moved, movedTo, seen, fingerprints, first, last, seenAt, answers)
}

// appendOne is the function journal.append_one: see 00002_append_one.sql.
func (c *session) appendOne(args []any) answer {
	head, request, stream, version := args[1].(int64), args[4].(string), args[8].(string), args[9].(int64)
	if head == 0 {
		return one(false)
	}
	a := c.append(append(args[:4:4], []string{stream}, []int64{version - 1}, []string{request}, []string{request}, []int64{head + 1},
		pgtype.FlatArray[[]byte]{args[5].([]byte), args[6].([]byte), args[7].([]byte)},
		[]string{stream, args[10].(string), request, args[12].(string), args[13].(string), args[14].(string), args[15].(string)},
		[]int64{version}, [][16]byte{args[11].([16]byte)}, args[16]))
	if a.err != nil {
		return a
	}
	return one(a.rows[0][0])
}

func batchOf(args []any) *batch {
	var (
		county, head = args[0].(string), args[1].(int64)
		hash         = [32]byte(args[2].([]byte))
		at           = args[3].(time.Time)
		requests     = args[7].([]string)
		last, sealed = args[8].([]int64), args[9].(pgtype.FlatArray[[]byte])
		events       = args[10].([]string)
		versions     = args[11].([]int64)
		ids, hashes  = args[12].([][16]byte), args[13].([]byte)
		b            = &batch{}
	)
	for i, version := range versions {
		of := events[7*i : 7*i+7]
		e := journal.Entry{
			County: county, Position: head + int64(i) + 1, Stream: of[0], Version: version, Type: of[1], ID: ids[i], Request: of[2], Actor: of[3], Kind: of[4],
			RecordedAt: at, Data: []byte(of[5]), Accounts: list(of[6]), Prev: hash, Hash: [32]byte(hashes[32*i : 32*i+32]),
		}
		hash = e.Hash
		b.entries = append(b.entries, e)
	}
	for i, id := range requests {
		first := head + 1
		if i > 0 {
			first = last[i-1] + 1
		}
		b.requests = append(b.requests, request{id, slices.Clone(sealed[3*i]), first, last[i], at, slices.Clone(sealed[3*i+1])})
	}
	return b
}

// CopyIn adds rows to a table of the journal, as journal.append does, in a
// transaction that has looked and holds the county.
func (t *tx) CopyIn(ctx context.Context, sql string, from io.Reader) error {
	if t.broken {
		return errLine
	}
	table, _, _ := strings.Cut(strings.TrimPrefix(sql, "copy journal."), " ")
	what := "copy " + table
	if f := t.db.s.turn(ctx, what, nil); f != does { // done or not: it is undone
		return t.gone(ctx, what, f)
	}
	if t.db.holds["county"] != t.session {
		t.db.s.fail("rows are copied by who does not hold the county")
	}
	all, err := io.ReadAll(from)
	must(err)
	b := &batch{}
	copied := bytes.TrimPrefix(all, []byte("PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"))
	for columns := short(&copied); columns != 0xffff; columns = short(&copied) {
		var row []column
		for range columns {
			row = append(row, taken(&copied, number(&copied)))
		}
		b.copied(table, row)
	}
	if err := t.db.journal.check(b); err != nil {
		t.broken = true
		t.end(false)
		return err
	}
	t.adds = append(t.adds, b)
	return nil
}

// column is a value as a COPY in the binary format has it, without its length.
type column []byte

func taken(from *[]byte, n uint32) column {
	got := (*from)[:n:n]
	*from = (*from)[n:]
	return column(got)
}

func short(from *[]byte) uint16  { return binary.BigEndian.Uint16(taken(from, 2)) }
func number(from *[]byte) uint32 { return binary.BigEndian.Uint32(taken(from, 4)) }

func (c column) number() int64 { return int64(binary.BigEndian.Uint64(c)) } //nolint:gosec // as it was written

func (c column) moment() time.Time {
	return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(c.number()) * time.Microsecond)
}

// list reads an array of texts.
func (c column) list() []string {
	texts, left := []string{}, []byte(c)
	dimensions, _, _ := number(&left), number(&left), number(&left) // nulls, type
	for range dimensions {
		n, _ := number(&left), number(&left)
		for range n {
			texts = append(texts, string(taken(&left, number(&left))))
		}
	}
	return texts
}

// copied takes a row as pkg/journal has its columns.
func (b *batch) copied(table string, row []column) {
	switch table {
	case "entry":
		b.entries = append(b.entries, journal.Entry{
			County: string(row[0]), Position: row[1].number(), Stream: string(row[2]), Version: row[3].number(), Type: string(row[4]),
			ID: [16]byte(row[5]), Request: string(row[6]), Actor: string(row[7]), Kind: string(row[8]), RecordedAt: row[9].moment(),
			Data: row[10], Accounts: row[11].list(), Prev: [32]byte(row[12]), Hash: [32]byte(row[13]),
		})
	case "request":
		b.requests = append(b.requests, request{
			string(row[1]), slices.Clone(row[2]), row[3].number(), row[4].number(), row[5].moment(), slices.Clone(row[6]),
		})
	}
}

// list reads an array of texts that have no quotes in them.
func list(literal string) []string {
	inner := strings.Trim(literal, "{}")
	if inner == "" {
		return []string{}
	}
	return strings.Split(strings.Trim(inner, `"`), `","`)
}

// check is what the keys of the tables refuse.
func (j *journalTables) check(b *batch) error {
	for _, r := range b.requests {
		if _, there := j.requests[r.id]; there {
			return unique("journal.request " + r.id)
		}
	}
	for _, e := range b.entries {
		if e.Version <= j.streams[e.Stream] {
			return unique("journal.entry " + e.Stream)
		}
	}
	return nil
}

func (j *journalTables) add(b *batch) {
	for _, e := range b.entries {
		if e.Position != int64(len(j.entries))+1 || e.Version != j.streams[e.Stream]+1 {
			j.s.fail("J1, J2: position %d with version %d of %s follows position %d, version %d", e.Position, e.Version, e.Stream, len(j.entries), j.streams[e.Stream])
		}
		j.streams[e.Stream] = e.Version
		j.entries = append(j.entries, e)
	}
	for _, r := range b.requests {
		j.requests[r.id] = r
		j.ends[r.last] = true
	}
}
