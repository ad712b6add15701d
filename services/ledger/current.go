package ledger

import (
	"fmt"
	"maps"
	"slices"

	"feisui/pkg/civil"
	"feisui/schemas"
	"feisui/services/ledger/reconcile"
)

// Entry is what the ledger takes in of an entry of the journal.
type Entry struct {
	Position int64
	Version  int64 // in its stream
	Type     string
	Data     []byte
	Event    schemas.Event // what Data says, where somebody has read it; nil: it is still to be read
	Accounts []string      // those that it can change; none: the whole county
}

// Current is a county's book with the statement of every account as of the last
// day that began. It judges anew only what news touches, and what changes with
// the day alone. It is a fold over entries: it reads no clock, and the same
// entries leave it the same.
//
// An entry that it cannot take is kept aside, and blocks its accounts: what
// follows for them is kept with it, since figures without it would be wrong. An
// entry that names no account blocks the county.
type Current struct {
	book     *Book
	accounts *Accounts
	calendar civil.Calendar
	day      civil.Date // zero until the first day began
	position int64

	standing map[string]*Standing
	touched  map[string]bool // accounts to judge
	all      bool            // all of them
	blocked  map[string]Block
	frozen   map[string]*Standing // where blocked accounts stood just before
	large    map[string]Block     // accounts whose amounts do not add up, for as long as they do not
	moved    map[string]int64     // the last entry that named an account
	kept     []Kept
	said     map[string]*said // of flags, by account
	unsaid   map[string]bool  // accounts whose flags may differ from what was said
}

// Standing is where an account stands: as a community, as a payee that is none,
// or, which should not be, as both.
type Standing struct {
	Account   string
	Street    string // of a community
	Community *reconcile.Statement
	Holder    *reconcile.HolderStatement
	Block     Block // what it says is as of before, where an account is blocked
}

// Block says why an account is not kept; none is the zero value.
type Block struct {
	Position int64 // of the first entry that is kept aside
	Reason   string
}

// Kept is an entry kept aside.
type Kept struct {
	Position int64
	Accounts []string
	Reason   string
}

// County stands for the whole county among blocked accounts.
const County = ""

// NewCurrent begins with a county of which nothing is known.
func NewCurrent(calendar civil.Calendar) *Current {
	return &Current{
		book: NewBook(), accounts: NewAccounts(), calendar: calendar, standing: map[string]*Standing{}, touched: map[string]bool{},
		blocked: map[string]Block{}, frozen: map[string]*Standing{}, large: map[string]Block{}, moved: map[string]int64{},
		said: map[string]*said{}, unsaid: map[string]bool{},
	}
}

// Position is that of the last entry taken in or kept aside.
func (c *Current) Position() int64 { return c.position }

// Day is the last day that began; zero when none did.
func (c *Current) Day() civil.Date { return c.day }

// Book is what the figures come from. Nobody may ask it about what is blocked.
func (c *Current) Book() *Book { return c.book }

// Blocked gives what is blocked, by account, County among them.
func (c *Current) Blocked() map[string]Block {
	all := maps.Clone(c.large)
	maps.Copy(all, c.blocked)
	return all
}

// Kept lists the entries kept aside, by position.
func (c *Current) Kept() []Kept { return c.kept }

// Take takes in the next entry. One that tells of steps is passed over, even if
// it cannot be read: the facts of a step are entries of their own beside it.
func (c *Current) Take(e Entry) {
	c.position = e.Position
	if !Tells(e.Type) {
		return
	}
	if reason := c.held(e); reason != "" {
		c.keep(e, reason)
		return
	}
	event, err := c.apply(e)
	if err != nil {
		c.keep(e, err.Error())
		return
	}
	switch event := event.(type) {
	case schemas.CountyDayBegan:
		c.begin(event.Date)
	case schemas.FlagRaised, schemas.FlagChanged, schemas.FlagCleared:
		c.hear(e.Version, event)
	default:
		// Two who record at once do not see each other: what an entry names may lack
		// an account that the other's entry brought in.
		for _, account := range c.accounts.union(e.Accounts, c.accounts.Of(event)) {
			c.touched[account] = true
			c.moved[account] = e.Position
		}
		if len(e.Accounts) == 0 {
			c.all = true
			c.moved[County] = e.Position
		}
	}
}

// held says why an entry has to wait: because an earlier one of its accounts does.
func (c *Current) held(e Entry) string {
	for _, account := range append([]string{County}, e.Accounts...) {
		if b, blocked := c.blocked[account]; blocked {
			return fmt.Sprintf("follows position %d: %s", b.Position, b.Reason)
		}
	}
	return ""
}

// apply takes an entry into the book. One that was never decided may name what
// is not there; then the book is as it was.
func (c *Current) apply(e Entry) (event schemas.Event, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("%s names what is not there: %v", e.Type, fault)
		}
	}()
	if event = e.Event; event == nil {
		if event, err = schemas.Decode(e.Type, e.Data); err != nil {
			return nil, err
		}
	}
	return event, c.book.Apply(event)
}

func (c *Current) keep(e Entry, reason string) {
	c.kept = append(c.kept, Kept{Position: e.Position, Accounts: e.Accounts, Reason: reason})
	accounts := e.Accounts
	if len(accounts) == 0 {
		accounts = []string{County}
	}
	for _, account := range accounts {
		c.block(account, Block{e.Position, reason})
		if schemas.Category(e.Type) == "flag" {
			c.of(account).version = e.Version // it stands in the stream all the same
		}
	}
}

// block stops an account, or the whole county, where it stands: the same whether
// what came before was judged already or not.
func (c *Current) block(account string, b Block) {
	if _, blocked := c.blocked[account]; blocked {
		return
	}
	if account == County {
		for _, known := range c.known() {
			c.freeze(known)
		}
		c.all = true
	} else {
		c.freeze(account)
		c.touched[account] = true
	}
	c.blocked[account] = b
}

// freeze notes where an account stands. Before the first day it stands nowhere;
// that day freezes it.
func (c *Current) freeze(account string) {
	if c.frozen[account] == nil && c.day.Given() {
		c.frozen[account] = c.find(account)
	}
}

// known lists the accounts of which there is something to say: a blocked one may
// be in no book.
func (c *Current) known() []string {
	all := slices.AppendSeq(c.book.Accounts(), maps.Keys(c.touched))
	all = slices.AppendSeq(all, maps.Keys(c.standing))
	slices.Sort(all)
	return slices.Compact(all)
}

// begin is the start of a day: what changes with it is judged anew.
func (c *Current) begin(day civil.Date) {
	if day <= c.day {
		return
	}
	first := !c.day.Given()
	c.day = day
	for account, s := range c.standing {
		if until := s.until(); until.Given() && until <= day {
			c.touched[account] = true
		}
	}
	if first {
		c.all = true
		for account := range c.blocked {
			c.freeze(account)
		}
	}
}

// until is the first later date on which the account may stand otherwise
// without any news; zero when there is none.
func (s *Standing) until() (first civil.Date) {
	if s.Community != nil {
		first = s.Community.Until
	}
	if s.Holder != nil && s.Holder.Until.Given() && (!first.Given() || s.Holder.Until < first) {
		first = s.Holder.Until
	}
	return first
}

// Judged is an account whose standing was found anew. Before is nil when it is
// the first time. The two may say the same.
type Judged struct {
	Account       string
	Before, After *Standing
}

// Judge finds anew where every account stands that was touched, by account. It
// judges nothing before the first day began.
func (c *Current) Judge() []Judged {
	if !c.day.Given() {
		return nil
	}
	accounts := slices.Sorted(maps.Keys(c.touched))
	if c.all {
		accounts = c.known()
	}
	judged := make([]Judged, 0, len(accounts))
	for _, account := range accounts {
		before := c.standing[account]
		after := c.judge(account)
		c.standing[account] = after
		c.unsaid[account] = true
		judged = append(judged, Judged{account, before, after})
	}
	clear(c.touched)
	c.all = false
	return judged
}

// judge finds where an account stands. One that is blocked stands as it did
// before. Of one whose amounts are too large to add up nothing is known.
func (c *Current) judge(account string) *Standing {
	delete(c.large, account)
	if b := c.blockOf(account); b != (Block{}) {
		after := &Standing{Account: account}
		if c.frozen[account] != nil {
			*after = *c.frozen[account]
		}
		after.Block = b
		return after
	}
	after := c.find(account)
	if after.Block != (Block{}) {
		c.large[account] = after.Block
	}
	return after
}

// find works out where an account stands by what is known of it.
func (c *Current) find(account string) *Standing {
	after := &Standing{Account: account}
	statement, community, err := c.book.Statement(account, c.calendar, c.day)
	holder, holds, holderErr := c.book.Holder(account, c.calendar, c.day)
	if err == nil {
		err = holderErr
	}
	if err != nil {
		after.Block = Block{max(c.moved[account], c.moved[County]), err.Error()}
		return after
	}
	if community {
		after.Community, after.Street = &statement, c.book.Street(account, c.day)
	}
	if holds || holder.Until.Given() {
		after.Holder = &holder
	}
	return after
}

// blockOf says what blocks an account, or the whole county: what came first.
func (c *Current) blockOf(account string) Block {
	mine, blocked := c.blocked[account]
	county, all := c.blocked[County]
	if all && (!blocked || county.Position < mine.Position) {
		return county
	}
	return mine
}

// Standing gives where an account stands, nil when it is unknown.
func (c *Current) Standing(account string) *Standing { return c.standing[account] }

// Standings gives where every account stands, by account.
func (c *Current) Standings() []*Standing {
	all := make([]*Standing, 0, len(c.standing))
	for _, account := range slices.Sorted(maps.Keys(c.standing)) {
		all = append(all, c.standing[account])
	}
	return all
}
