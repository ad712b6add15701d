package serve

import (
	"fmt"
	"iter"
	"net/http"
	"slices"
	"sync"

	"feisui/pkg/journal"
	"feisui/pkg/web"
	"feisui/schemas"
	"feisui/services/fund"
	"feisui/services/registry"
)

// This file keeps facts of a month from coming after its closing (docs/adr/0020). The
// rules refuse what is decided after it; this is about what was decided before it and is
// on its way. Once a county closes months, what is about a month that may be closed is
// recorded only while nothing else is, which the journal sees to in whatever process. Its
// very first closing waits for what this process has on its way without that.

// closes reports that the county closes months, or is about to.
func (c *county) closes() bool {
	if c.guarded.Load() {
		return true
	}
	c.past.mu.RLock()
	defer c.past.mu.RUnlock()
	return c.past.events.Has(schemas.PeriodStream)
}

// enter is called before something is decided, and what it gives once that is recorded.
// Of a county that closes months it holds nobody up.
func (c *county) enter() (leave func()) {
	if c.closes() {
		return func() {}
	}
	c.first.RLock()
	return sync.OnceFunc(c.first.RUnlock)
}

// closesFirst reports that something decided is the county's first closing, and that
// what is on its way beside it is not guarded.
func (c *county) closesFirst(events []journal.Pending) bool {
	return !c.closes() && slices.ContainsFunc(events, func(e journal.Pending) bool { return e.Type == schemas.PeriodClosed{}.Type() })
}

// guard waits for what is on its way, and has all that is decided from now on recorded
// only while nothing else is, where it is about a month that may be closed.
func (c *county) guard() {
	c.first.Lock()
	defer c.first.Unlock()
	c.guarded.Store(true)
}

// fenced reports that events are to be recorded only while nothing else is, since their
// month may be closed meanwhile. It is asked while nothing is taken in.
func (c *county) fenced(events []schemas.Event) bool {
	if !c.guarded.Load() && !c.past.events.Has(schemas.PeriodStream) {
		return false
	}
	var day registry.Day
	for e := range c.past.events.Stream(schemas.CountyDayBegan{}.Stream()) {
		day = day.Evolve(e)
	}
	return fund.Closable(events, day.Last)
}

// fencing has a decision say at which position it was taken, where that matters; 0 where
// it does not.
func (c *county) fencing(decide func() ([]schemas.Event, error), head *int64) func() ([]schemas.Event, error) {
	return func() ([]schemas.Event, error) {
		*head = 0
		events, err := decide()
		if err == nil && c.fenced(events) {
			*head = c.past.position
		}
		return events, err
	}
}

// recorded gives all events, in order; it is used while nothing is taken in.
func (p *past) recorded() iter.Seq[schemas.Event] {
	return func(yield func(schemas.Event) bool) {
		for e := range p.events.After(0) {
			if !yield(e.Event) {
				return
			}
		}
	}
}

var periodClosed = web.Refusal{Status: http.StatusConflict, Code: "PERIOD_CLOSED", Chinese: "所属月份已经结账，说明哪一笔、哪个月、何时结账、怎么办；逐条列出，全部未登记"}

// shutMonth is the problem of facts of months that are closed, of which there are so many.
func shutMonth(facts int, zh, en string) *problem {
	zh, en = "全部未登记："+zh, "nothing was recorded: expected "+en
	if facts > 1 {
		zh, en = fmt.Sprintf("%s。共 %d 处，逐条列出", zh, facts), fmt.Sprintf("%s. There are %d of them, listed one by one", en, facts)
	}
	return refuse(periodClosed.Status, periodClosed.Code, zh, en)
}
