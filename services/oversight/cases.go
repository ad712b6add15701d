package oversight

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"feisui/pkg/civil"
	"feisui/pkg/code"
	"feisui/schemas"
)

// Cases is how every matter of a county stands: a fold over the flags that were
// announced and the cases that began and ended.
type Cases struct {
	matters map[Matter]*matter
	flags   map[flag]schemas.FlagRaised // as last announced
	ruled   map[about]int               // how many accounts have a flag of a rule on a subject
	of      map[string]Matter           // by the case's number
	waiting map[string]Matter           // that stand, and that no case is about, by the number that its next case gets
}

// flag is where a flag stands: there is one of a rule on a subject in an account.
type flag struct{ account, rule, subject string }

type about struct{ rule, subject string }

// matter is one matter, with its cases.
type matter struct {
	flags map[flag]bool
	begun int
	last  string // the last case that began
	going bool
	left  bool   // its last case ended while it stood, and it has stood since
	next  string // the number of the case that it waits for, "" where it waits for none
}

// NewCases begins with a county of which nothing was announced.
func NewCases() *Cases {
	return &Cases{
		matters: map[Matter]*matter{}, flags: map[flag]schemas.FlagRaised{}, ruled: map[about]int{},
		of: map[string]Matter{}, waiting: map[string]Matter{},
	}
}

func (c *Cases) matter(m Matter) *matter {
	if c.matters[m] == nil {
		c.matters[m] = &matter{flags: map[flag]bool{}}
	}
	return c.matters[m]
}

// Announce takes in that a flag stands, or stands otherwise. It gives the case
// that goes on about a matter which thereby stands no more, "" where none does.
func (c *Cases) Announce(e schemas.FlagRaised) (moved string) {
	at := flag{e.Account, e.Rule, e.Subject}
	before, known := c.flags[at]
	m := Of(e.Rule, e.Subject, e.Responsible)
	c.flags[at] = e
	c.matter(m).flags[at] = true
	if !known {
		c.ruled[about{e.Rule, e.Subject}]++
	} else if was := Of(before.Rule, before.Subject, before.Responsible); was != m {
		moved = c.drop(was, at)
	}
	c.look(m)
	return moved
}

// Clear takes in that a flag stands no more. It gives the case that goes on about
// a matter which thereby stands no more, "" where none does.
func (c *Cases) Clear(e schemas.FlagCleared) (moved string) {
	at := flag{e.Account, e.Rule, e.Subject}
	before, known := c.flags[at]
	if !known {
		return ""
	}
	delete(c.flags, at)
	if c.ruled[about{e.Rule, e.Subject}]--; c.ruled[about{e.Rule, e.Subject}] == 0 {
		delete(c.ruled, about{e.Rule, e.Subject})
	}
	return c.drop(Of(before.Rule, before.Subject, before.Responsible), at)
}

// drop takes a flag off its matter. What then stands no more may come back.
func (c *Cases) drop(m Matter, at flag) (moved string) {
	delete(c.matters[m].flags, at)
	if len(c.matters[m].flags) == 0 {
		c.matters[m].left = false
		moved = c.Going(m)
	}
	c.look(m)
	return moved
}

// look finds whether a matter waits for a case.
func (c *Cases) look(m Matter) {
	is := c.matters[m]
	if is == nil {
		return
	}
	delete(c.waiting, is.next)
	if is.next = ""; len(is.flags) > 0 && !is.going && !is.left {
		is.next = m.Case(is.begun + 1)
		c.waiting[is.next] = m
	}
}

// Begin takes in that a case began about a matter.
func (c *Cases) Begin(no string, m Matter) {
	is := c.matter(m)
	is.begun++
	is.last, is.going = no, true
	c.of[no] = m
	c.look(m)
}

// End takes in that a case ended. gone says that it did because its flag stood no
// more: what stands then has come back. Else what stands was left standing, and is
// no new matter until it has gone and come back.
func (c *Cases) End(no string, gone bool) {
	m, known := c.of[no]
	is := c.matters[m]
	if !known || is.last != no || !is.going {
		return
	}
	is.going, is.left = false, len(is.flags) > 0 && !gone
	c.look(m)
}

// Matter is what a case is about; ok is false where there is no such case.
func (c *Cases) Matter(no string) (m Matter, ok bool) {
	m, ok = c.of[no]
	return m, ok
}

// Last gives the last case that began about a matter, "" where none did.
func (c *Cases) Last(m Matter) string {
	if is := c.matters[m]; is != nil {
		return is.last
	}
	return ""
}

// Going gives the case that goes on about a matter, "" where none does.
func (c *Cases) Going(m Matter) string {
	if is := c.matters[m]; is != nil && is.going {
		return is.last
	}
	return ""
}

// Left gives the case that ended while a matter stood, which has stood since, and so
// has no other; "" where there is none.
func (c *Cases) Left(m Matter) string {
	if is := c.matters[m]; is != nil && is.left {
		return is.last
	}
	return ""
}

// Stands lists the flags by which a matter stands, those of communities first;
// none where it does not.
func (c *Cases) Stands(m Matter) []schemas.FlagRaised {
	is := c.matters[m]
	if is == nil {
		return nil
	}
	var all []schemas.FlagRaised
	for at := range is.flags {
		all = append(all, c.flags[at])
	}
	slices.SortFunc(all, func(a, b schemas.FlagRaised) int {
		return cmp.Or(cmp.Compare(len(b.Account), len(a.Account)), strings.Compare(a.Account, b.Account), strings.Compare(a.Rule, b.Rule))
	})
	return all
}

// Late reports that the ledger says of what a rule found that it was made good
// late.
func (c *Cases) Late(rule, subject string) bool {
	late := lateOf(rule)
	return late != "" && c.ruled[about{late, subject}] > 0
}

// Opening is a case that is to be opened.
type Opening struct {
	Matter

	No     string
	Before string // the case of the same matter before this one; "" for the first
	Flag   schemas.FlagRaised
}

// Open says for which of the matters that wait a case opens by itself.
type Open struct {
	Rules []string
	Since civil.Date // what has stood since before that day is left alone; zero: nothing is
	// Apart reports that a flag is left alone for the party that answers for it, or
	// for the account that it stands in.
	Apart func(schemas.FlagRaised) bool
}

// Waiting gives the cases to open, by number, at most so many.
func (c *Cases) Waiting(o Open, most int) []Opening {
	var all []Opening
	for _, no := range slices.Sorted(maps.Keys(c.waiting)) {
		m := c.waiting[no]
		if m.Responsible == "" || code.IsCommunity(m.Responsible) {
			continue
		}
		if len(all) == most {
			break
		}
		for _, f := range c.Stands(m) {
			if !slices.Contains(o.Rules, f.Rule) || f.Lamp != "red" && f.Lamp != "yellow" || f.Since < o.Since || o.Apart(f) {
				continue
			}
			all = append(all, Opening{Matter: m, No: no, Before: c.matters[m].last, Flag: f})
			break
		}
	}
	return all
}
