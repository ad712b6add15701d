package serve

import (
	"fmt"
	"iter"
	"net/http"
	"slices"

	"feisui/pkg/web"
	"feisui/schemas"
	"feisui/services/fund"
)

// This file keeps facts of a month from coming after its closing (docs/adr/0020). The
// rules refuse what is decided after it; what was decided before it, in whatever process,
// and is on its way names the stream of closings, and the journal refuses it once that
// has moved. So it waits for closings alone, and is then decided anew.

// closings names the stream of closings as it was when events were decided on; nil where
// none of them is about money. It is asked while nothing is taken in.
func (p *past) closings(events []schemas.Event) map[string]int64 {
	if !slices.ContainsFunc(events, fund.OfMoney) {
		return nil
	}
	return map[string]int64{schemas.PeriodStream: int64(p.events.Version(schemas.PeriodStream))}
}

// naming has a decision say which closings it knew.
func (p *past) naming(decide func() ([]schemas.Event, error), closings *map[string]int64) func() ([]schemas.Event, error) {
	return func() ([]schemas.Event, error) {
		events, err := decide()
		*closings = p.closings(events)
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
	zh, en = "全部未登记：应为"+zh, "nothing was recorded: expected "+en
	if facts > 1 {
		zh, en = fmt.Sprintf("%s。共 %d 处，逐条列出", zh, facts), fmt.Sprintf("%s. There are %d of them, listed one by one", en, facts)
	}
	return refuse(periodClosed.Status, periodClosed.Code, zh, en)
}
