package journal

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Pending is an event that is to be recorded.
type Pending struct {
	Stream, Type string
	Version      int64    // what it must get in its stream, 1-based; 0 is the next, whatever that is
	Data         []byte   // JSON, kept byte for byte
	Accounts     []string // the accounts that it can change
}

// Request is what is recorded whole or not at all.
type Request struct {
	County      string
	ID          string   // the caller's own, 1 to 200 bytes
	Fingerprint [32]byte // of the body and the actor: what "the same request" means
	Actor       string
	Kind        string // Record or Act
	Head        int64  // when > 0: refuse with ErrMoved unless the county's last position is this

	// Unmoved are streams that the request was decided on and adds nothing to, with the
	// versions that they were at: where one has moved it is refused with a Conflict.
	Unmoved map[string]int64

	Events []Pending
	Answer []byte // stored with the request, given back when it is repeated
}

// Receipt says where a request is recorded: at the positions First to Last. One
// without events has Last = First - 1.
type Receipt struct {
	First, Last int64
	Repeated    bool // it was recorded before it was tried now
	RecordedAt  time.Time
	Answer      []byte
}

// Why a request is not recorded. All but ErrUnknownOutcome mean: for certain.
var (
	ErrConflict       = errors.New("a stream has moved on")
	ErrMoved          = errors.New("the journal has moved on")
	ErrOtherBody      = errors.New("another request has this id")
	ErrNoCounty       = errors.New("no such county")
	ErrInvalid        = errors.New("not a request that can be recorded")
	ErrUnknownOutcome = errors.New("it is not known whether the request was recorded; repeat it with the same id")
)

// Conflict is ErrConflict with the stream, and the version that it is at.
type Conflict struct {
	Stream  string
	Version int64
}

func (c *Conflict) Error() string {
	return fmt.Sprintf("%v: %s is at version %d", ErrConflict, c.Stream, c.Version)
}

// Is makes a Conflict an ErrConflict.
func (c *Conflict) Is(target error) bool { return target == ErrConflict }

// Bounds of what an index can hold, and then some.
const (
	idMax   = 200
	textMax = 300 // bytes of a stream, an actor, an account, a type
)

var countyForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,31}$`)

// check refuses what the database would: there, one bad request costs its whole
// batch a second try.
func (r *Request) check() error {
	switch {
	case !countyForm.MatchString(r.County):
		return ErrNoCounty
	case r.ID == "" || len(r.ID) > idMax || !clean(r.ID):
		return fmt.Errorf("%w: an id has 1 to %d bytes of text", ErrInvalid, idMax)
	case r.Kind != Record && r.Kind != Act:
		return fmt.Errorf("%w: kind %q", ErrInvalid, r.Kind)
	case len(r.Actor) > textMax || !clean(r.Actor):
		return fmt.Errorf("%w: actor %q", ErrInvalid, r.Actor)
	case r.Head < 0:
		return fmt.Errorf("%w: head %d", ErrInvalid, r.Head)
	}
	for stream, at := range r.Unmoved {
		if len(stream) > textMax || !clean(stream) || at < 0 {
			return fmt.Errorf("%w: stream %q at version %d", ErrInvalid, stream, at)
		}
	}
	return r.checkEvents()
}

// checkAlone is of how many events one processor checks the texts.
const checkAlone = 1_000

// checkEvents gives the first fault. An import has tens of thousands of events.
func (r *Request) checkEvents() error {
	faults := make([]error, 1+len(r.Events)/checkAlone)
	check := func(part int) {
		for i := part * checkAlone; i < min((part+1)*checkAlone, len(r.Events)) && faults[part] == nil; i++ {
			if err := r.Events[i].check(); err != nil {
				faults[part] = fmt.Errorf("%w: event %d: %w", ErrInvalid, i+1, err)
			}
		}
	}
	var parts sync.WaitGroup
	for part := 1; part < len(faults); part++ {
		parts.Go(func() { check(part) })
	}
	check(0)
	parts.Wait()
	return cmp.Or(faults...)
}

func (p *Pending) check() error {
	category, id, _ := strings.Cut(p.Stream, "/")
	switch {
	case category == "" || id == "" || len(p.Stream) > textMax || !clean(p.Stream):
		return fmt.Errorf("stream %q is not category/id", p.Stream)
	case p.Type == "" || len(p.Type) > textMax || !clean(p.Type):
		return fmt.Errorf("type %q", p.Type)
	case p.Version < 0:
		return fmt.Errorf("version %d", p.Version)
	case !json.Valid(p.Data) || !utf8.Valid(p.Data):
		return errors.New("data is not JSON")
	}
	for _, a := range p.Accounts {
		if a == "" || len(a) > textMax || !clean(a) {
			return fmt.Errorf("account %q", a)
		}
	}
	return nil
}

// clean reports whether PostgreSQL takes a text.
func clean(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

// call is a request that waits, with copies of what its caller may use again.
type call struct {
	Request
	data  []string // of each event
	size  int      // about how many bytes go to the server
	large bool     // it goes alone, by COPY
	made  []made   // of each event of a large one; nil unless they are decoded ahead
	done  chan struct{}
	fate  fate
	taken taken
}

// fate is what became of a call.
type fate struct {
	receipt Receipt
	err     error
}

func newCall(r Request, bulk int) *call {
	c := &call{Request: r, data: make([]string, len(r.Events)), done: make(chan struct{})}
	c.Answer = append([]byte{}, r.Answer...) // not nil: the column is not null
	c.Events, c.Unmoved = bytesless(r.Events), maps.Clone(r.Unmoved)
	c.size = len(r.ID) + len(r.Answer)
	for i, e := range r.Events {
		c.data[i] = string(e.Data)
		c.size += overhead + len(e.Data) + len(e.Stream) + len(r.ID) + len(r.Actor)
	}
	c.large = c.size > batchBytesMax || len(c.Events) > bulk
	return c
}

// overhead is about what an event costs besides its texts.
const overhead = 120

// bytesless copies events without their data, which is kept as text.
func bytesless(events []Pending) []Pending {
	copied := make([]Pending, len(events))
	for i, e := range events {
		e.Data, e.Accounts = nil, append([]string{}, e.Accounts...)
		copied[i] = e
	}
	return copied
}

// decodeAhead begins to make of a large request's events what its readers will make
// of them, while PostgreSQL takes the request in.
func (c *call) decodeAhead(decode func(kind string, data []byte) (any, error)) []made {
	if decode == nil || c.made != nil {
		return c.made
	}
	c.made = make([]made, len(c.Events))
	go func() {
		for i := range c.made {
			c.made[i].make(func() (any, error) { return decode(c.Events[i].Type, []byte(c.data[i])) })
		}
	}()
	return c.made
}

func (c *call) end(f fate) {
	c.fate = f
	close(c.done)
}
