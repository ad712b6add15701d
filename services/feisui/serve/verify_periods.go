package serve

import (
	"context"
	"fmt"

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
		for e, err := range s.journal.After(ctx, c.name, 0, 0) {
			if err != nil {
				unread = err
				return
			}
			event, err := schemas.Decode(e.Type, e.Data)
			if err != nil {
				wrong = append(wrong, fmt.Sprintf("entry %d cannot be read: %v", e.Position, err))
				continue
			}
			audit.Take(event)
		}
		found := []string{}
		closings, found = audit.End()
		wrong = append(wrong, found...)
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
