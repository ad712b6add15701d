package serve

import (
	"context"

	"feisui/pkg/money"
	"feisui/schemas"
	"feisui/services/fund"
)

// verifyPeriods compares every closing of a month with a replay of the entries before it,
// and with all entries where it was not reopened.
func (s *Server) verifyPeriods(ctx context.Context, c *county, v *Verified) error {
	closes := false
	for _, err := range s.journal.Stream(ctx, c.name, schemas.PeriodStream) {
		if err != nil {
			return err
		}
		closes = true
		break
	}
	if !closes { // nobody waits for a replay that has nothing to compare
		v.add("periods", 0)
		return nil
	}
	audit := fund.NewAudit()
	var closings int64
	var wrong []string
	var unread error
	tooMuch := money.Guard(func() {
		if unread = s.audited(ctx, c, audit); unread == nil {
			closings, wrong = audit.End()
		}
	})
	switch {
	case unread != nil:
		return unread
	case tooMuch != nil:
		wrong = append(wrong, tooMuch.Error())
	}
	v.add("periods", closings, wrong...)
	return nil
}

// audited has every entry of a county looked at. What cannot be read, verifyBook says.
func (s *Server) audited(ctx context.Context, c *county, audit *fund.Audit) error {
	for e, err := range s.journal.After(ctx, c.name, 0, 0) {
		if err != nil {
			return err
		}
		if event, err := schemas.Decode(e.Type, e.Data); err == nil {
			audit.Take(event)
		}
	}
	return nil
}
