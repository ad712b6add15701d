package serve

import (
	"context"
	"errors"
	"log/slog"

	"feisui/pkg/journal"
	"feisui/schemas"
	"feisui/services/feisui/act"
	ledgerapi "feisui/services/ledger/api"
	"feisui/services/process"
)

// openCases has the cases opened that flags ask for, until ctx ends. Which wait,
// the fold of the journal says, so nothing is lost whatever dies. Any number of
// processes may do so: a case's number follows from its matter, and its stream has
// one first entry.
func (s *Server) openCases(ctx context.Context, c *county) error {
	failing := false
	return everyNowAndThen(ctx, func() <-chan struct{} {
		opened, err := s.openPage(ctx, c)
		for err == nil && opened {
			s.lull.takeTurn(ctx)
			opened, err = s.openPage(ctx, c)
		}
		if err != nil && ctx.Err() == nil && !failing {
			s.log.WarnContext(ctx, "cases were not opened; trying every second", slog.String("county", c.name), slog.Any("error", err))
		}
		failing = err != nil
		return nil
	})
}

// openPage opens a page of cases in one append, and reports that there may be more.
func (s *Server) openPage(ctx context.Context, c *county) (opened bool, err error) {
	var step *act.Step
	pending, err := c.past.decide(func() ([]schemas.Event, error) {
		var err error
		if step, err = c.past.county(s.calendar).OpenCases(); err != nil || step == nil {
			return nil, err
		}
		return step.Events, nil
	})
	if err != nil || len(pending) == 0 {
		return false, err
	}
	id := requestOf(process.System, step.Request)
	_, err = s.journal.Append(ctx, journal.Request{
		County: c.name, ID: id, Fingerprint: fingerprintOf([]byte(id)), Actor: process.System.ID, Kind: journal.Act, Events: pending,
	})
	if errors.Is(err, journal.ErrConflict) {
		err = nil // another process was quicker: what is left is looked at again
	}
	return true, errors.Join(err, c.past.catchUp(ctx))
}

// waived gives by which case what a flag says was waived; none where nobody acts in this
// process.
func (s *Server) waived(ctx context.Context, name string, flags []ledgerapi.Waivable) error {
	if !s.runs("act") || len(flags) == 0 {
		return nil
	}
	return s.seeing(ctx, name, func(c *act.County) error {
		for _, f := range flags {
			*f.By = c.Flows.Waived(f.Rule, f.Subject, f.Responsible)
		}
		return nil
	})
}

// answerable counts the cases that go on, and work that was given outside the system, by
// who answers for it; known is false where nobody acts in this process.
func (s *Server) answerable(ctx context.Context, name string) (of map[string]ledgerapi.Answerable, known bool, err error) {
	if !s.runs("act") {
		return nil, false, nil
	}
	err = s.seeing(ctx, name, func(c *act.County) error {
		of = map[string]ledgerapi.Answerable{}
		for party, n := range c.Flows.OpenCases() {
			of[party] = ledgerapi.Answerable{OpenCases: n}
		}
		for party, n := range c.Flows.Outside() {
			of[party] = ledgerapi.Answerable{OpenCases: of[party].OpenCases, Outside: n}
		}
		return nil
	})
	return of, err == nil, err
}
