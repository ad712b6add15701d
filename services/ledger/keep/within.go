package keep

import (
	"maps"
	"slices"

	"feisui/pkg/access"
	"feisui/services/ledger"
)

// Within reports that an account is within a scope, by the street that it is in now.
func (l *Ledger) Within(s access.Scope, account string) bool {
	if s.All {
		return true
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	return In(l.current, s, account)
}

// In is Within for who reads the ledger already.
func In(current *ledger.Current, s access.Scope, account string) bool {
	street := ""
	if standing := current.Standing(account); standing != nil {
		street = standing.Street
	}
	return s.Account(account, street)
}

// Some gives those of some accounts that are within a scope; nil when none is.
func (l *Ledger) Some(s access.Scope, accounts []string) (some []string) {
	if s.All {
		return accounts
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, account := range accounts {
		if In(l.current, s, account) {
			some = append(some, account)
		}
	}
	return some
}

// Accounts lists the accounts within a scope that is not the whole county: its
// communities, its streets and theirs.
func (l *Ledger) Accounts(s access.Scope) []string {
	all := map[string]bool{}
	for _, code := range slices.Concat(s.Communities, s.Streets) {
		all[code] = true
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	if len(s.Streets) > 0 {
		for _, standing := range l.current.Standings() {
			if standing != nil && slices.Contains(s.Streets, standing.Street) {
				all[standing.Account] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(all))
}
