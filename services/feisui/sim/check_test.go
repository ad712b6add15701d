package sim_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go/jetstream"

	"feisui/pkg/bus"
	"feisui/pkg/journal"
	"feisui/schemas"
	"feisui/services/ledger"
	"feisui/services/ledger/keep"
	"feisui/services/ledger/reconcile"
)

func (w *world) ctx() context.Context { return context.Background() }

// look is what holds after every step: whoever looks at a ledger or its tables
// sees no request half, and nothing twice.
func (w *world) look() {
	b, found := w.db.ledger.live()
	if found && !w.db.journal.ends[b.position] {
		w.fail("W1: the book in the database is at %d, inside a request", b.position)
	}
	for _, p := range w.processes {
		if p.ledger == nil || p.dead {
			continue
		}
		at := p.ledger.At()
		if written, _ := p.ledger.Written(); written > p.wrote {
			if p.wrote = written; b.position < written {
				w.fail("B1: the ledger of %s says that it wrote up to %d, and the book is at %d", p.name, written, b.position)
			}
		}
		must(p.ledger.Read(func(c *ledger.Current) error {
			if !w.db.journal.ends[c.Position()] {
				w.fail("W1: a reader sees the ledger of %s at %d, inside a request", p.name, c.Position())
			}
			if written, _ := p.ledger.Written(); c.Position() < written {
				w.fail("the ledger of %s says that it wrote up to %d and shows %d", p.name, written, c.Position())
			}
			if c.Position() < at {
				w.fail("the ledger of %s says that it passed %d and shows %d", p.name, at, c.Position())
			}
			return nil
		}))
		if at < p.seen {
			w.fail("the ledger of %s went back from %d to %d", p.name, p.seen, at)
		}
		p.seen = at
	}
}

// rest says what is still to come, "" when nothing is.
func (w *world) rest() string {
	end := int64(len(w.db.journal.entries))
	st := w.nats.stream
	switch {
	case !w.done():
		return fmt.Sprintf("%d clients are not done", w.busy)
	case st == nil || st.last != uint64(end):
		return fmt.Sprintf("the bus does not end at %d", end)
	}
	if lacks := w.nats.lacks(); lacks != "" {
		return lacks
	}
	for _, p := range w.processes {
		if p.ledger == nil || p.ledger.At() != end {
			return fmt.Sprintf("the ledger of %s is not at %d", p.name, end)
		}
		if written, _ := p.ledger.Written(); written != end {
			return fmt.Sprintf("the rows of %s are not at %d", p.name, end)
		}
	}
	for i, r := range w.readers {
		if r.at != end {
			return fmt.Sprintf("reader %d is at %d, not %d", i, r.at, end)
		}
	}
	return ""
}

// check is what holds when all is at rest.
func (w *world) check() {
	w.checkJournal()
	w.checkRequests()
	w.checkBus()
	w.checkLedger()
	w.checkFlags()
}

// checkJournal: no gap, no fork, one chain, no time that falls.
func (w *world) checkJournal() {
	versions, ids := map[string]int64{}, map[string]bool{}
	var before journal.Entry
	for i, e := range w.db.journal.entries {
		switch versions[e.Stream]++; {
		case e.Position != int64(i)+1:
			w.fail("J2: position %d is the %d.", e.Position, i+1)
		case e.Version != versions[e.Stream]:
			w.fail("J1: %s has version %d at %d, want %d", e.Stream, e.Version, e.Position, versions[e.Stream])
		case e.Prev != before.Hash:
			w.fail("J4: position %d does not follow the one before", e.Position)
		case e.RecordedAt.Before(before.RecordedAt):
			w.fail("T6: position %d was recorded before the one before it", e.Position)
		case ids[e.ID.String()]:
			w.fail("J3: the id of position %d is there twice", e.Position)
		}
		ids[e.ID.String()] = true
		before = e
	}
}

// checkRequests: acked is stored, once, whole, as it was sent; refused is not.
func (w *world) checkRequests() {
	stored := map[string][]journal.Entry{}
	for _, e := range w.db.journal.entries {
		stored[e.Request] = append(stored[e.Request], e)
	}
	for id := range stored {
		if _, there := w.db.journal.requests[id]; !there {
			w.fail("J3: there are %d entries of request %s, and no such request", len(stored[id]), id)
		}
	}
	for id, r := range w.db.journal.requests {
		entries := stored[id]
		if int64(len(entries)) != r.last-r.first+1 || len(entries) > 0 && (entries[0].Position != r.first || entries[len(entries)-1].Position != r.last) {
			w.fail("J3: request %s is at %d to %d, and has %d entries", id, r.first, r.last, len(entries))
		}
	}
	for _, c := range w.clients {
		for _, a := range c.acked {
			r, there := w.db.journal.requests[a.id]
			if !there || r.first != a.receipt.First || r.last != a.receipt.Last || len(stored[a.id]) != len(a.events) {
				w.fail("J3: %s was acked at %d to %d; stored: %t, at %d to %d, %d of %d entries",
					a.id, a.receipt.First, a.receipt.Last, there, r.first, r.last, len(stored[a.id]), len(a.events))
				return
			}
			for i, e := range a.events {
				if s := stored[a.id][i]; s.Stream != e.Stream || string(s.Data) != string(e.Data) || s.Actor == c.name && e.Version > 0 && s.Version != e.Version {
					w.fail("J3: %s has %s, version %d: %s, and was sent as %s, version %d: %s", a.id, s.Stream, s.Version, s.Data, e.Stream, e.Version, e.Data)
				}
			}
		}
		for _, id := range c.not {
			if r, there := w.db.journal.requests[id]; there && len(stored[id]) > 0 && stored[id][0].Actor == c.name {
				w.fail("J3: %s was refused, and is stored at %d", id, r.first)
			}
		}
	}
}

// checkBus: every entry that the bus holds is the journal's, at its place. What
// it lacks is old, or is a stranger's who took its place after a
// wipe just when a relay went on from the entry that was there, which readers see
// and read the journal for (R2); it does not end with a stranger's.
func (w *world) checkBus() {
	strangers := 0
	for _, m := range w.nats.stream.messages {
		if m.msg.Header.Get(bus.PositionHeader) == "" {
			strangers++
			continue
		}
		if strangers > 0 && !w.nats.firsts[int64(m.sequence)] {
			w.fail("R1: message %d of the bus follows a stranger's in its midst", m.sequence)
		}
		strangers = 0
		if m.sequence > uint64(len(w.db.journal.entries)) {
			w.fail("R1: the bus holds message %d, the journal ends at %d", m.sequence, len(w.db.journal.entries))
			return
		}
		e := w.db.journal.entries[m.sequence-1]
		if id := m.msg.Header.Get(jetstream.MsgIDHeader); id != e.ID.String() || string(m.msg.Data) != string(e.Data) {
			w.fail("R1: message %d of the bus is %s, the journal has another entry there", m.sequence, id)
		}
	}
	if _, held := w.nats.stream.find(w.nats.stream.last); strangers > 0 && held { // else its last message was damaged
		w.fail("R1: the bus ends with a stranger's message")
	}
	for _, r := range w.readers {
		for i, id := range r.ids {
			if want := w.db.journal.entries[i].ID.String(); id != want {
				w.fail("R2: a reader was given another entry than the journal's at %d", i+1)
			}
		}
	}
}

func flagsOf(s *ledger.Standing) (all []reconcile.Flag) {
	if s.Community != nil {
		all = append(all, s.Community.Flags...)
	}
	if s.Holder != nil {
		all = append(all, s.Holder.Flags...)
	}
	return all
}

// fresh folds the journal as nobody here has folded it.
func (w *world) fresh() *ledger.Current {
	c := ledger.NewCurrent(w.calendar)
	for _, e := range w.db.journal.entries {
		c.Take(ledger.Entry{Position: e.Position, Version: e.Version, Type: e.Type, Data: e.Data, Accounts: e.Accounts})
	}
	c.Judge()
	return c
}

func text(v any) string {
	data, err := json.Marshal(v)
	must(err)
	return string(data)
}

// checkLedger: each ledger, and the book in the database, are a fresh fold.
func (w *world) checkLedger() {
	fresh := w.fresh()
	want := text(fresh.Standings()) + text(fresh.Kept())
	for _, p := range w.processes {
		must(p.ledger.Read(func(c *ledger.Current) error {
			if got := text(c.Standings()) + text(c.Kept()); got != want {
				w.fail("B1: the ledger of %s is not a fresh fold:\n%s\n%s", p.name, got, want)
			}
			return nil
		}))
	}
	// A book that is written at one go, on other tables.
	blank := &scheduler{free: true}
	db := &postgres{s: blank, journal: w.db.journal, ledger: newLedgerTables(), holds: map[string]*session{}}
	j, err := journal.Open(w.ctx(), db, nil, journal.AnyClock())
	must(err)
	_, err = keep.Open(w.ctx(), keep.Config{County: countyName, Journal: j, Pool: db, Calendar: w.calendar})
	must(err)
	is, _ := w.db.ledger.live()
	want1, got := db.ledger.text(1), w.db.ledger.text(is.generation)
	if got != want1 {
		w.fail("B1: the book in the database is not one that is written at one go:\n%s\nwant\n%s", got, want1)
	}
	if end := int64(len(w.db.journal.entries)); is.position != end {
		w.fail("B1: the book in the database is at %d, the journal at %d", is.position, end)
	}
}

// checkFlags: what was announced is what stands, and nothing was announced twice.
func (w *world) checkFlags() {
	told := map[string]string{}
	for _, e := range w.db.journal.entries {
		if schemas.Category(e.Type) != "flag" {
			continue
		}
		event, err := schemas.Decode(e.Type, e.Data)
		must(err)
		var f schemas.FlagRaised
		now := ""
		switch e := event.(type) {
		case schemas.FlagCleared:
			f = schemas.FlagRaised{Account: e.Account, Rule: e.Rule, Subject: e.Subject}
		case schemas.FlagChanged:
			f = schemas.FlagRaised(e)
		case schemas.FlagRaised:
			f = e
		}
		key := f.Account + " " + f.Rule + " " + f.Subject
		if e.Type != "flag.cleared" {
			now = flagText(f.Responsible, f.Since.String(), f.Lamp, text(f.Amount))
		}
		was, stood := told[key]
		if was == now || stood == (e.Type == "flag.raised") {
			w.fail("flags: position %d says %s %s %q, and it was told as %q", e.Position, e.Type, key, now, was)
		}
		if told[key] = now; now == "" {
			delete(told, key)
		}
	}
	w.checkStanding(told)
}

func flagText(parts ...string) string { return fmt.Sprintf("%q", parts) }

func (w *world) checkStanding(told map[string]string) {
	fresh := w.fresh()
	var left []string
	for _, s := range fresh.Standings() {
		blocked := s.Block != (ledger.Block{})
		for _, f := range flagsOf(s) {
			key := s.Account + " " + string(f.Rule) + " " + f.Subject
			if now := flagText(f.Responsible, f.Since.String(), string(f.Lamp), text(f.Amount)); !blocked && told[key] != now {
				w.fail("flags: %s stands as %s, and was told as %q", key, now, told[key])
			}
			delete(told, key)
		}
		for key := range told {
			if blocked && first(key, s.Account+" ") != "" {
				delete(told, key)
			}
		}
	}
	for key := range told {
		left = append(left, key)
	}
	if len(left) > 0 {
		w.fail("flags: %s was told, and does not stand", slices.MinFunc(left, cmp.Compare[string]))
	}
}
