package ledger

import (
	"slices"
	"strings"

	"feisui/schemas"
)

// Accounts knows, of every event in turn, which of the ledger's accounts it can
// change: communities, and payees that are none. It is told every event of a
// county, in order. Nobody else works this out: an entry carries it.
type Accounts struct {
	under   *Accounts           // what was recorded before, nil when this knows everything
	changed map[string][]string // the accounts that a stream's next event can change
	asking  map[string][]string // accounts that want to know the item of a task, by its stream
	below   map[string][]string // streams of the payments that pass one on, by its stream
	alone   map[string][]string // lists of one account, which most are
}

// NewAccounts begins with a county of which nothing is known.
func NewAccounts() *Accounts {
	return &Accounts{changed: map[string][]string{}, asking: map[string][]string{}, below: map[string][]string{}, alone: map[string][]string{}}
}

// Draft knows what a knows, and leaves it as it is whatever it is told.
func (a *Accounts) Draft() *Accounts {
	draft := NewAccounts()
	draft.under = a
	return draft
}

// Of gives the accounts that an event can change, nil when it concerns the whole
// county, and remembers it for the events that follow.
func (a *Accounts) Of(e schemas.Event) []string {
	stream := e.Stream()
	switch e := e.(type) {
	case schemas.CommunityRegistered:
		return a.is(stream, e.Code)
	case schemas.CommunitySupplemented:
		return a.is(stream, e.Code)
	case schemas.CommunityAmended:
		return a.is(stream, e.Code)
	case schemas.TaskAmended:
		return a.task(stream, e.TaskAssigned)
	case schemas.CommitmentAmended:
		return a.commitment(stream, e.CommitmentMade)
	case schemas.PlaqueAmended:
		return a.is(stream, e.Community)
	case schemas.BurdenAmended:
		return a.is(stream, e.Community)
	case schemas.TaskAssigned:
		return a.task(stream, e)
	case schemas.TaskSupplemented:
		return a.task(stream, schemas.TaskAssigned(e))
	case schemas.CommitmentMade:
		return a.commitment(stream, e)
	case schemas.CommitmentSupplemented:
		return a.commitment(stream, schemas.CommitmentMade(e))
	case schemas.PaymentMade:
		return a.payment(stream, e)
	case schemas.PaymentSupplemented:
		return a.withBelow(a.payment(stream, schemas.PaymentMade(e)), stream)
	case schemas.PaymentAmended:
		return a.withBelow(a.payment(stream, e.PaymentMade), stream)
	case schemas.PaymentInherited:
		a.ask(e.InheritedPurpose, a.of(stream)...)
		return a.withBelow(a.of(stream), stream)
	case schemas.PlaqueHung:
		return a.is(stream, e.Community)
	case schemas.BurdenBegun:
		return a.is(stream, e.Community)
	case schemas.BurdenSupplemented:
		return a.is(stream, e.Community)
	}
	return a.beside(stream, e)
}

// beside gives the accounts of what changes no figure and is part of their history.
func (a *Accounts) beside(stream string, e schemas.Event) []string {
	switch e := e.(type) {
	case schemas.InstanceBegun:
		return a.is(stream, e.Parties["community"])
	case schemas.NumberGiven:
		return a.of(schemas.InstanceStream(e.Workflow, e.Instance))
	case schemas.BankStatementTaken:
		return a.is(stream, e.Payer)
	case schemas.FlagRaised:
		return a.is(stream, e.Account)
	case schemas.FlagChanged:
		return a.is(stream, e.Account)
	case schemas.FlagCleared:
		return a.is(stream, e.Account)
	}
	return a.of(stream) // of a stream that names no account, the whole county
}

// is adds accounts to those of a stream, and gives them all.
func (a *Accounts) is(stream string, accounts ...string) []string {
	all := a.union(a.of(stream), accounts)
	a.changed[stream] = all
	return all
}

func (a *Accounts) of(stream string) []string {
	if accounts, known := a.changed[stream]; known || a.under == nil {
		return accounts
	}
	return a.under.of(stream)
}

func (a *Accounts) askers(stream string) []string {
	if accounts, known := a.asking[stream]; known || a.under == nil {
		return accounts
	}
	return a.under.askers(stream)
}

// passing gives the streams of the payments that pass one on.
func (a *Accounts) passing(stream string) []string {
	if streams, known := a.below[stream]; known || a.under == nil {
		return streams
	}
	return a.under.passing(stream)
}

// pass adds to the streams of those that pass a payment on, of which there may be
// very many: only one that was known before may be among them.
func (a *Accounts) pass(upstream, stream string) {
	streams, own := a.below[upstream]
	switch {
	case len(a.of(stream)) > 0 && slices.Contains(a.passing(upstream), stream):
		return
	case !own:
		streams = slices.Clone(a.passing(upstream))
	}
	a.below[upstream] = append(streams, stream)
}

// withBelow adds the accounts of those that pass a payment on: what it is for and
// for whom, they are judged by.
func (a *Accounts) withBelow(accounts []string, stream string) []string {
	for _, child := range a.passing(stream) {
		accounts = a.union(accounts, a.of(child))
	}
	return accounts
}

// union gives a list with others added, none twice and none empty. It never
// writes into list.
func (a *Accounts) union(list, more []string) []string {
	for _, account := range more {
		switch {
		case account == "" || slices.Contains(list, account):
		case len(list) == 0:
			if a.alone[account] == nil {
				a.alone[account] = []string{account}
			}
			list = a.alone[account]
		default:
			list = append(slices.Clip(list), account)
		}
	}
	return list
}

// task is asked for by other accounts: their money was given for it, and where
// it belongs they judge by its item.
func (a *Accounts) task(stream string, e schemas.TaskAssigned) []string {
	return a.union(a.is(stream, e.Community), a.askers(stream))
}

func (a *Accounts) commitment(stream string, e schemas.CommitmentMade) []string {
	a.ask(e.Purpose, e.Community)
	return a.is(stream, e.Community)
}

func (a *Accounts) payment(stream string, e schemas.PaymentMade) []string {
	if e.Reverses != "" {
		return a.is(stream, a.of("payment/"+e.Reverses)...)
	}
	if e.Upstream != "" {
		a.pass("payment/"+e.Upstream, stream)
	}
	a.ask(e.InheritedPurpose, e.Beneficiary, e.Payee)
	return a.is(stream, e.Beneficiary, e.Payee)
}

func (a *Accounts) ask(purpose string, accounts ...string) {
	if no, ok := strings.CutPrefix(purpose, "task:"); ok {
		a.asking["task/"+no] = a.union(a.askers("task/"+no), accounts)
	}
}
