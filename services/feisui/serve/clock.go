package serve

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"feisui/pkg/civil"
	"feisui/pkg/journal"
	"feisui/schemas"
	"feisui/services/registry"
)

// This file is where the server looks at the clock, besides the journal's
// recorded_at: rules are told the day by an event.

const (
	look      = time.Second      // how often the day is looked at, and what may be lost is said again
	passedMax = 30 * time.Second // how long a command that is recorded waits for the ledger

	// readyMax is how long it may take to say how each part is.
	readyMax = 2 * time.Second

	// farewellMax is how long it does so when this process is about to end.
	farewellMax = 3 * time.Second

	// recordMax is how long a command may take that its client waits for no more.
	recordMax = 15 * time.Minute
)

// china is the time of every county, which has no summer time.
var china = time.FixedZone("CST", 8*60*60)

// today is the day that it is now.
func (s *Server) today() civil.Date {
	now := s.clock().In(china)
	return civil.Of(now.Year(), now.Month(), now.Day())
}

// everyNowAndThen calls f until ctx ends: each time the channel it gave is
// closed, and every second.
func everyNowAndThen(ctx context.Context, f func() <-chan struct{}) error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		again := f()
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-again:
		}
	}
}

// lookForNews finds news whose bell was lost, with one question a second for all
// counties and all parts, until ctx ends.
func (s *Server) lookForNews(ctx context.Context) error {
	failing := false
	return everyNowAndThen(ctx, func() <-chan struct{} {
		moved, err := s.watch.Look(ctx)
		switch {
		case err != nil && !failing && ctx.Err() == nil:
			s.log.WarnContext(ctx, "the journal could not be looked at; trying every second", slog.Any("error", err))
		case err == nil && failing:
			s.log.InfoContext(ctx, "the journal is looked at again")
		}
		failing = err != nil
		for _, name := range moved {
			s.hear(name, 0)
		}
		return nil
	})
}

// days has every day recorded that begins, until ctx ends. It asks nobody but
// the clock while a day lasts.
func (s *Server) days(ctx context.Context, c *county) error {
	return everyNowAndThen(ctx, func() <-chan struct{} {
		if err := s.beginDay(ctx, c); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "the day was not recorded; trying again", slog.String("county", c.name), slog.Any("error", err))
		}
		return nil
	})
}

// clockActor is who says that a day began.
const clockActor = "service:registry"

// beginDay records that today began, unless it is recorded or a later day is:
// a clock that was set back changes nothing. Any number of processes may do so,
// for the request's id is the date.
func (s *Server) beginDay(ctx context.Context, c *county) error {
	var known registry.Day
	for _, e := range c.past.stream(schemas.CountyDayBegan{}.Stream()) {
		known = known.Evolve(e)
	}
	today := s.today() // once: it may turn midnight between two looks
	events := registry.BeginDay{Date: today}.Decide(known)
	if len(events) == 0 {
		return nil
	}
	pending := make([]journal.Pending, len(events))
	for i, e := range events {
		data, err := json.Marshal(e)
		if err != nil {
			return err
		}
		pending[i] = journal.Pending{Stream: e.Stream(), Type: e.Type(), Version: known.Days + int64(i) + 1, Data: data}
	}
	id := "day/" + today.String()
	_, err := s.journal.Append(ctx, journal.Request{
		County: c.name, ID: id, Fingerprint: sha256.Sum256([]byte(id)), Actor: clockActor, Kind: journal.Act, Events: pending,
	})
	if errors.Is(err, journal.ErrConflict) {
		err = nil // another process was faster
	}
	return errors.Join(err, c.past.catchUp(ctx))
}
