package figures

import (
	"maps"
	"slices"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/schemas"
	"feisui/services/ledger"
	"feisui/services/ledger/reconcile"
)

// Corrections are what was recorded after an edition was frozen and says otherwise
// what it said: late facts, and corrections. Always: Printed + Difference = Now, and
// Difference is the sum of those of Requests and of Others.
type Corrections struct {
	Report     string       `json:"report" doc:"上一期 (the last edition)"`
	Document   string       `json:"document" doc:"其文号"`
	Position   int64        `json:"position" doc:"上一期截至第几条记录 (it counted up to this position)"`
	Printed    Headline     `json:"printed" doc:"上一期的数字 (what it said)"`
	Now        Headline     `json:"now" doc:"同一天，按现在所知 (of the same day, as known now)"`
	Difference Counts       `json:"difference"`
	Requests   []Correction `json:"requests" doc:"改变了它的登记，按先后，最多 100 次 (what was recorded that changed it, in order, at most 100)"`
	Others     Correction   `json:"others" doc:"其余的合计 (all others together)"`
}

// Correction is what one request changed; of all others, First and Last are 0.
type Correction struct {
	First      int64          `json:"first,omitempty" doc:"第几条记录起 (its first entry)"`
	Last       int64          `json:"last,omitempty"`
	RecordedAt string         `json:"recorded_at,omitempty" format:"date-time"`
	Events     map[string]int `json:"events" doc:"其中可能有关的事件，各几条 (its events that may matter, how many of each)"`
	Streams    []string       `json:"streams" doc:"有关的事物，最多 20 项 (what they are about, at most 20)"`
	Difference Counts         `json:"difference"`
}

// The bounds of a list of corrections. What is beyond them stands in the others'
// difference.
const (
	requestsMax = 100
	streamsMax  = 20
	judgedMax   = 5_000 // accounts judged anew
)

// Entry is what is told of an entry of the journal.
type Entry struct {
	Position   int64
	Event      schemas.Event
	Accounts   []string // those that it can change; none: the whole county
	Request    string
	RecordedAt string // RFC 3339
}

// Corrector finds what entries change in the figures of a day. It is told of each
// entry before the book takes it in, so that a request is judged before the next.
type Corrector struct {
	book    *ledger.Book
	days    civil.Calendar
	on      civil.Date
	stands  map[string]Counts // where each account stood when it was last judged
	judged  int
	found   Corrections
	request string
	next    Correction
	touched map[string]bool
	all     bool
	noted   Counts // the sum of what requests changed
}

// NewCorrector begins at where an edition was frozen.
func NewCorrector(book *ledger.Book, days civil.Calendar, before schemas.ReportBefore) (*Corrector, error) {
	c := &Corrector{
		book: book, days: days, on: before.AsOf, stands: map[string]Counts{}, touched: map[string]bool{},
		found: Corrections{Report: before.Report, Document: before.Document, Position: before.Position, Requests: []Correction{}},
	}
	s, err := c.book.County(days, c.on)
	if err != nil {
		return nil, err
	}
	err = money.Guard(func() {
		c.found.Printed = headline(&s)
		for i := range s.Communities {
			c.put(s.Communities[i].Code, ofCommunity(&s.Communities[i]))
		}
		for i := range s.Holders {
			c.put(s.Holders[i].Code, ofHolder(&s.Holders[i]))
		}
	})
	return c, err
}

func (c *Corrector) put(account string, n Counts) { c.stands[account] = c.stands[account].plus(n) }

// Next is told of the entry that the book takes in next.
func (c *Corrector) Next(e *Entry) error {
	if e.Request != c.request {
		if err := c.end(); err != nil {
			return err
		}
		c.request = e.Request
	}
	if !ledger.Reaches(e.Event, c.on) {
		return nil
	}
	if c.next.First == 0 {
		c.next = Correction{First: e.Position, RecordedAt: e.RecordedAt, Events: map[string]int{}}
	}
	c.next.Last = e.Position
	c.next.Events[e.Event.Type()]++
	if stream := e.Event.Stream(); len(c.next.Streams) < streamsMax && !slices.Contains(c.next.Streams, stream) {
		c.next.Streams = append(c.next.Streams, stream)
	}
	c.all = c.all || len(e.Accounts) == 0
	for _, account := range e.Accounts {
		c.touched[account] = true
	}
	return nil
}

// end judges what the last request touched.
func (c *Corrector) end() (err error) {
	if overflow := money.Guard(func() { err = c.attribute() }); overflow != nil {
		return overflow
	}
	return err
}

func (c *Corrector) attribute() error {
	if c.next.First == 0 {
		return nil
	}
	accounts := slices.Sorted(maps.Keys(c.touched))
	if c.all {
		accounts = c.book.Accounts()
	}
	next := c.next
	c.next, c.all = Correction{}, false
	clear(c.touched)
	if c.judged += len(accounts); c.judged > judgedMax || len(c.found.Requests) == requestsMax {
		return nil
	}
	for _, account := range accounts {
		n, err := c.judge(account)
		if err != nil {
			return err
		}
		next.Difference = next.Difference.plus(n.minus(c.stands[account]))
		c.stands[account] = n
	}
	if next.Difference != (Counts{}) {
		c.found.Requests = append(c.found.Requests, next)
		c.noted = c.noted.plus(next.Difference)
	}
	return nil
}

// judge finds where an account stands on the day.
func (c *Corrector) judge(account string) (n Counts, err error) {
	s, there, err := c.book.Statement(account, c.days, c.on)
	if err != nil {
		return n, err
	}
	if there {
		n = ofCommunity(&s)
	}
	h, there, err := c.book.Holder(account, c.days, c.on)
	if err == nil && there {
		n = n.plus(ofHolder(&h))
	}
	return n, err
}

// Corrections gives what was found, at where the book is now.
func (c *Corrector) Corrections() (*Corrections, error) {
	var failed error
	err := money.Guard(func() {
		if failed = c.end(); failed != nil {
			return
		}
		var s reconcile.CountyStatement
		if s, failed = c.book.County(c.days, c.on); failed != nil {
			return
		}
		c.found.Now = headline(&s)
		c.found.Difference = c.found.Now.minus(c.found.Printed.Counts)
		c.found.Others = Correction{Events: map[string]int{}, Streams: []string{}, Difference: c.found.Difference.minus(c.noted)}
	})
	if failed != nil {
		err = failed
	}
	return &c.found, err
}
