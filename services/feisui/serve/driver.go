package serve

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"

	"feisui/pkg/civil"
	"feisui/pkg/journal"
	"feisui/schemas"
	"feisui/services/feisui/act"
	"feisui/services/process"
)

// The driver has what follows by itself recorded: what a day brings, and what
// facts bring that came without a command on the instance. There is no table of
// timers: the fold of the journal says what to look at. Any number of processes
// may drive one county, for each such step has a request id of its own and the
// version of its instance.

const (
	drivenAtOnce = 8   // so that steps share a transaction
	drivenMax    = 100 // how many steps may follow each other in one look
)

// drive looks every second for what follows by itself, until ctx ends.
func (s *Server) drive(ctx context.Context, c *county) error {
	var day civil.Date   // up to which everything was looked at
	var failed []act.Key // what was not settled, and is tried again: that alone
	return everyNowAndThen(ctx, func() <-chan struct{} {
		waiting, on := c.past.waiting(day)
		failing := len(failed) > 0
		var err error
		failed, err = s.driveAll(ctx, c, append(failed, waiting...))
		if err != nil && ctx.Err() == nil && !failing {
			s.log.WarnContext(ctx, "what is due was not recorded; trying every second", slog.String("county", c.name), slog.Any("error", err))
		}
		day = on
		return nil
	})
}

// waiting gives what the driver has to look at, and the county's day: everything
// when that is another than was looked at.
func (p *past) waiting(looked civil.Date) ([]act.Key, civil.Date) {
	p.mu.Lock()
	defer p.mu.Unlock()
	on := p.flows.Day()
	return p.flows.Waiting(on != looked), on
}

// driveAll drives some instances, each once, and gives those with which it failed, by
// number, and why: one error stands for all.
func (s *Server) driveAll(ctx context.Context, c *county, waiting []act.Key) (failed []act.Key, why error) {
	waiting = slices.Compact(slices.SortedFunc(slices.Values(waiting), act.Key.Compare))
	free := make(chan struct{}, drivenAtOnce)
	var driving sync.WaitGroup
	var mu sync.Mutex
	for _, in := range waiting {
		free <- struct{}{}
		driving.Go(func() {
			defer func() { <-free }()
			if err := s.driveOne(ctx, c, in); err != nil {
				mu.Lock()
				defer mu.Unlock()
				failed, why = append(failed, in), err
			}
		})
	}
	driving.Wait()
	return failed, why
}

// driveOne records one step after the other of an instance until none follows.
func (s *Server) driveOne(ctx context.Context, c *county, in act.Key) error {
	for range drivenMax {
		if err := ctx.Err(); err != nil {
			return err
		}
		moved, err := s.driveStep(ctx, c, in)
		var stopped *errBlocked
		if errors.As(err, &stopped) {
			return nil // which was said when it came about; the others go on
		}
		if err != nil || !moved {
			return err
		}
	}
	return errors.New(in.Workflow + " " + in.ID + " moves without an end")
}

func (s *Server) driveStep(ctx context.Context, c *county, in act.Key) (moved bool, err error) {
	var step *act.Step
	next := func() ([]schemas.Event, error) {
		var err error
		if step, err = c.past.county(s.calendar).Next(in); err != nil || step == nil {
			return nil, err
		}
		return step.Events, nil
	}
	var closings map[string]int64
	next = c.past.naming(next, &closings)
	pending, err := c.past.decide(next)
	if err == nil && slices.ContainsFunc(pending, signs) {
		// Those that pass on one day all want the next number: one after the other, or
		// each append but one would be for nothing.
		c.signing.Lock()
		defer c.signing.Unlock()
		pending, err = c.past.decide(next)
	}
	if err != nil || len(pending) == 0 {
		return false, err
	}
	id := requestOf(process.System, step.Request)
	_, err = s.journal.Append(ctx, journal.Request{
		County: c.name, ID: id, Fingerprint: fingerprintOf([]byte(id)), Actor: process.System.ID, Kind: journal.Act, Unmoved: closings, Events: pending,
	})
	if errors.Is(err, journal.ErrConflict) || errors.Is(err, journal.ErrMoved) {
		err = nil // somebody was quicker: what follows from what they did is looked at again
	}
	return true, errors.Join(err, c.past.catchUp(ctx))
}

// signs reports that something is signed, and numbered.
func signs(e journal.Pending) bool { return e.Type == schemas.NumberGiven{}.Type() }
