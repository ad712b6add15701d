package ledger

import (
	"cmp"
	"maps"
	"slices"

	"feisui/schemas"
	"feisui/services/ledger/reconcile"
)

// said is what was announced of an account's flags, and at which version its
// stream is.
type said struct {
	version int64
	flags   map[about]schemas.FlagRaised // as last said; JudgedOn and Position left out
}

// about is what a flag is about: there is one of a rule on a subject.
type about struct{ rule, subject string }

func (c *Current) of(account string) *said {
	s := c.said[account]
	if s == nil {
		s = &said{flags: map[about]schemas.FlagRaised{}}
		c.said[account] = s
	}
	return s
}

// hear remembers what was announced. Announcements are no facts: they change no
// figure.
func (c *Current) hear(version int64, e schemas.Event) {
	switch e := e.(type) {
	case schemas.FlagRaised:
		c.heard(version, e)
	case schemas.FlagChanged:
		c.heard(version, schemas.FlagRaised(e))
	case schemas.FlagCleared:
		s := c.of(e.Account)
		s.version = version
		delete(s.flags, about{e.Rule, e.Subject})
		c.unsaid[e.Account] = true
	}
}

func (c *Current) heard(version int64, e schemas.FlagRaised) {
	s := c.of(e.Account)
	s.version = version
	s.flags[about{e.Rule, e.Subject}] = bare(e)
	c.unsaid[e.Account] = true
}

// bare is what a flag says, without when that was found.
func bare(e schemas.FlagRaised) schemas.FlagRaised {
	e.JudgedOn, e.Position = 0, 0
	return e
}

// Announcement is what has to be said of an account's flags.
type Announcement struct {
	Account string
	Version int64 // that its stream must be at
	Events  []schemas.Event
}

// Unsaid gives what differs between the flags that stand and those that were
// announced, by account; nothing of accounts that are blocked, of whose flags
// nothing is known.
func (c *Current) Unsaid() []Announcement {
	var all []Announcement
	for _, account := range slices.Sorted(maps.Keys(c.unsaid)) {
		s := c.standing[account]
		if s == nil || s.Block != (Block{}) {
			continue
		}
		if events := c.difference(s); len(events) > 0 {
			all = append(all, Announcement{account, c.of(account).version, events})
		} else {
			delete(c.unsaid, account)
		}
	}
	return all
}

// difference leads from what was said to what is.
func (c *Current) difference(s *Standing) []schemas.Event {
	var events []schemas.Event
	stands := map[about]bool{}
	before := c.of(s.Account).flags
	for _, f := range s.flags() {
		now := announced(s.Account, f)
		key := about{now.Rule, now.Subject}
		stands[key] = true
		was, known := before[key]
		if known && same(was, now) {
			continue
		}
		now.JudgedOn, now.Position = c.day, c.position
		if known {
			events = append(events, schemas.FlagChanged(now))
		} else {
			events = append(events, now)
		}
	}
	gone := slices.SortedFunc(maps.Keys(before), func(a, b about) int {
		return cmp.Or(cmp.Compare(a.rule, b.rule), cmp.Compare(a.subject, b.subject))
	})
	for _, key := range gone {
		if !stands[key] {
			events = append(events, schemas.FlagCleared{
				Account: s.Account, Rule: key.rule, Subject: key.subject, JudgedOn: c.day, Position: c.position,
			})
		}
	}
	return events
}

// flags gives what stands, by rule and subject.
func (s *Standing) flags() (flags []reconcile.Flag) {
	if s.Community != nil {
		flags = append(flags, s.Community.Flags...)
	}
	if s.Holder != nil {
		flags = append(flags, s.Holder.Flags...)
	}
	return flags
}

func announced(account string, f reconcile.Flag) schemas.FlagRaised {
	return schemas.FlagRaised{
		Account: account, Rule: string(f.Rule), Subject: f.Subject, Responsible: f.Responsible,
		Since: f.Since, Amount: f.Amount, Lamp: string(f.Lamp),
	}
}

func same(a, b schemas.FlagRaised) bool {
	if (a.Amount == nil) != (b.Amount == nil) || a.Amount != nil && *a.Amount != *b.Amount {
		return false
	}
	a.Amount, b.Amount = nil, nil
	return a == b
}
