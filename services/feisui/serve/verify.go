package serve

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/bus"
	"feisui/pkg/journal"
	"feisui/pkg/web"
)

// Verified is what came of looking at everything that is kept of a county.
type Verified struct {
	OK       bool    `json:"ok"`
	Position int64   `json:"position" doc:"记录的末尾 (the journal's end)"`
	Hash     string  `json:"hash" doc:"末尾的校验值；抄下 序号:校验值，以后可以核对有没有缺失 (its hash: kept elsewhere, it tells later whether anything is missing)"`
	Checks   []Check `json:"checks"`
}

// Check is one thing that was looked at.
type Check struct {
	Name  string   `json:"name" enum:"journal,book,money,periods,bus"`
	OK    bool     `json:"ok"`
	Count int64    `json:"count" doc:"看了多少 (how many were looked at)"`
	Wrong []string `json:"wrong,omitempty" doc:"不对的地方 (what is not as it should be)"`
}

func (v *Verified) add(name string, count int64, wrong ...string) {
	v.Checks = append(v.Checks, Check{Name: name, OK: len(wrong) == 0, Count: count, Wrong: wrong})
	v.OK = v.OK && len(wrong) == 0
}

type verifyIn struct {
	web.OfCounty
	Known string `query:"known" example:"4711:9f86d081" doc:"以前抄下的 序号:校验值，多个用逗号隔开 (positions with their hashes, kept from earlier)"`
}

type verifyOut struct{ Body Verified }

// routeVerify registers GET /v1/counties/{county}/verify.
func (s *Server) routeVerify(api *web.API) {
	web.Register(api, huma.Operation{
		OperationID: "verify", Method: http.MethodGet, Path: "/v1/counties/{county}/verify", Tags: []string{"system"},
		Summary: "全面核查 (look at everything that is kept)",
		Description: "记录是否完整、未被改动；账目是否等于从记录重新算出的；钱是否一分不多一分不少；每次结账是否等于从记录重新算出的；NATS 上的是否与记录一致。不改变任何东西。" +
			" (The journal's density, versions and hashes; the book against a replay; conservation of money; every closing of a month against a replay;" +
			" the bus against the journal. Nothing is changed.)",
	}, []web.Refusal{
		countyUnknown, {Status: http.StatusUnprocessableEntity, Code: "KNOWN", Chinese: "known 应为 序号:校验值"},
	}, s.verify)
}

func (s *Server) verify(ctx context.Context, in *verifyIn) (*verifyOut, error) {
	c, err := s.county(in.County)
	if err != nil {
		return nil, err
	}
	known, err := knownOf(in.Known)
	if err != nil {
		return nil, err
	}
	out := &verifyOut{Verified{OK: true}}
	v := &out.Body
	head, hash, err := s.journal.Head(ctx, c.name)
	if err != nil {
		return nil, err
	}
	v.Position, v.Hash = head, hex.EncodeToString(hash[:])
	if err := s.verifyJournal(ctx, c, v, known); err != nil {
		return nil, err
	}
	if err := verifyBook(ctx, c, v); err != nil {
		return nil, err
	}
	if err := s.verifyPeriods(ctx, c, v); err != nil {
		return nil, err
	}
	return out, s.verifyBus(ctx, c, v)
}

// knownOf reads positions and the beginnings of their hashes.
func knownOf(text string) (known map[int64]string, err error) {
	known = map[int64]string{}
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		at, hash, _ := strings.Cut(part, ":")
		position, err := strconv.ParseInt(at, 10, 64)
		if err != nil || position < 1 || len(hash) < 8 || strings.Trim(hash, "0123456789abcdef") != "" {
			return nil, refuse(http.StatusUnprocessableEntity, "KNOWN",
				"known 应为 序号:校验值，校验值至少 8 位，如 4711:9f86d081，现为“"+part+"”",
				"known: expected a position and at least 8 digits of its hash, such as 4711:9f86d081, found \""+part+"\"")
		}
		known[position] = hash
	}
	return known, nil
}

// verifyJournal looks at the journal by itself, and at what others know of it:
// who asks, and the ledger.
func (s *Server) verifyJournal(ctx context.Context, c *county, v *Verified, known map[int64]string) error {
	var wrong []string
	look := func(who string, position int64, hash string) error {
		is, err := s.hashAt(ctx, c.name, position)
		if err == nil && !strings.HasPrefix(is, hash) {
			wrong = append(wrong, fmt.Sprintf("entry %d had the hash %.16s once, as %s, and is %.16s", position, hash, who, is))
		}
		return err
	}
	for _, position := range slices.Sorted(maps.Keys(known)) {
		if err := look("was noted", position, known[position]); err != nil {
			return err
		}
	}
	at, hash := c.ledger.Reached()
	var kept []journal.Known
	if at > 0 {
		kept = append(kept, journal.Known{Position: at, Hash: hash})
		if err := look("the ledger knows", at, hex.EncodeToString(hash[:])); err != nil {
			return err
		}
	}
	var bad *journal.Corruption
	switch err := s.journal.Verify(ctx, c.name, kept...); {
	case errors.As(err, &bad):
		wrong = append(wrong, bad.Error())
	case err != nil:
		return err
	}
	v.add("journal", v.Position, wrong...)
	return nil
}

// hashAt gives the hash of an entry, "missing" when it is not there.
func (s *Server) hashAt(ctx context.Context, county string, position int64) (hash string, err error) {
	for e, err := range s.journal.After(ctx, county, position-1, 1) {
		if err != nil {
			return "", err
		}
		if e.Position == position {
			return hex.EncodeToString(e.Hash[:]), nil
		}
	}
	return "missing", nil
}

// verifyBook compares the ledger's book with a replay, and looks at the money.
func verifyBook(ctx context.Context, c *county, v *Verified) error {
	r, err := c.ledger.Check(ctx)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		v.add("book", 0, "it could not be compared with a replay: "+err.Error())
	default:
		v.add("book", r.Rows, r.Differences...)
		v.add("money", r.Rows, r.Unsound...)
	}
	return nil
}

const (
	// standsAfter is how long the bus may stay behind the journal without moving
	// before nobody is taken to fill it: a relay of which a batch was lost on its way
	// waits five seconds for the answer, looks a second later, and asks where it is.
	standsAfter = 10 * time.Second

	// busAgain is the pause between two looks at where it ends.
	busAgain = 50 * time.Millisecond
)

// verifyBus compares what the bus holds with the journal, and looks whether it
// holds what it should: all up to the journal's end, but for what is too old.
func (s *Server) verifyBus(ctx context.Context, c *county, v *Verified) error {
	tail, err := s.filled(ctx, c.name, v.Position)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		v.add("bus", 0, "it does not answer: "+err.Error())
		return nil //nolint:nilerr // that the bus does not answer is what was found
	}
	var wrong []string
	if tail.Position < v.Position {
		wrong = append(wrong, fmt.Sprintf("it ends at entry %d, %d before the journal, and nothing is added", tail.Position, v.Position-tail.Position))
	}
	lost, err := s.lostBefore(ctx, c.name, tail)
	if err != nil {
		return err
	}
	if lost != "" {
		wrong = append(wrong, lost)
	}
	return s.verifyMessages(ctx, c, v, tail.First, wrong)
}

// filled gives where the bus ends. As long as it moves it is waited for until it
// ends where the journal did when it was asked.
func (s *Server) filled(ctx context.Context, county string, head int64) (tail bus.Tail, err error) {
	tail, err = s.bus.Tail(ctx, county)
	for moved := true; err == nil && tail.Position < head && moved; {
		was := tail.Position
		tail, err = s.next(ctx, county, was)
		moved = tail.Position != was
	}
	return tail, err
}

// next gives where the bus ends once that is elsewhere than it was, or after standsAfter.
func (s *Server) next(ctx context.Context, county string, was int64) (tail bus.Tail, err error) {
	standing, stop := context.WithTimeout(ctx, standsAfter)
	defer stop()
	for tail.Position = was; err == nil && tail.Position == was && standing.Err() == nil; {
		pause(standing, busAgain)
		tail, err = s.bus.Tail(ctx, county)
	}
	return tail, err
}

// lostBefore says what is wrong with where the bus begins, "" when all before it is
// too old for the bus.
func (s *Server) lostBefore(ctx context.Context, county string, tail bus.Tail) (lost string, err error) {
	if tail.First == 1 {
		return "", nil
	}
	for e, err := range s.journal.After(ctx, county, tail.First-2, 1) {
		if err != nil {
			return "", err
		}
		if e.Position == tail.First-1 && tail.Keeps(e.RecordedAt) {
			lost = fmt.Sprintf("it begins at entry %d, and the one before is of %s: too young to be gone", tail.First, e.RecordedAt.UTC().Format(time.RFC3339))
		}
	}
	return lost, nil
}

// verifyMessages compares messages with entries, one by one.
func (s *Server) verifyMessages(ctx context.Context, c *county, v *Verified, first int64, wrong []string) error {
	var count int64
	next, stop := iter.Pull2(s.journal.After(ctx, c.name, first-1, 0))
	defer func() { stop() }()
	for m, unread := range s.bus.From(ctx, c.name, first-1) {
		if unread != nil {
			wrong = append(wrong, unread.Error()) // which is what was found
			break
		}
		e, err, more := next()
		if err == nil && !more { // the journal had ended there, and may have gone on since
			stop()
			next, stop = iter.Pull2(s.journal.After(ctx, c.name, m.Position-1, 0))
			e, err, more = next()
		}
		if err != nil {
			return err
		}
		if what := unlike(&m, &e, more); what != "" {
			wrong = append(wrong, what)
			break
		}
		count++
	}
	v.add("bus", count, wrong...)
	return nil
}

// unlike says how a message of the bus is not its entry, "" when it is.
func unlike(m *bus.Message, e *journal.Entry, there bool) string {
	if !there {
		return fmt.Sprintf("the bus holds entry %d, and the journal does not", m.Position)
	}
	want := event(*e)
	switch {
	case m.ID != want.ID:
		return fmt.Sprintf("entry %d is %s on the bus, and %s in the journal", e.Position, m.ID, want.ID)
	case m.Subject != want.Subject || !bytes.Equal(m.Data, want.Data) || !maps.Equal(m.Header, want.Header):
		return fmt.Sprintf("entry %d says something else on the bus", e.Position)
	}
	return ""
}
