package ledger

import (
	"cmp"
	"slices"
	"strings"

	"feisui/pkg/civil"
	"feisui/services/ledger/reconcile"
)

// Carried is what a community carries beside tasks on a day, with what the county
// allows.
type Carried struct {
	Street  string
	Zones   []Zone
	Plaques []HungPlaque        // by zone and number
	Burdens []*reconcile.Burden // by kind and number; nobody may change them
}

// Zone is a place where plaques hang, with how many do.
type Zone struct {
	Zone string
	Hung int
	Cap  int // -1: none
}

// HungPlaque is a plaque that hangs.
type HungPlaque struct {
	*reconcile.Plaque      // nobody may change it
	Listed            bool // in the catalogue, or the county keeps none
	Idle              bool // no catalogue names it, and nothing has come with it for half a year (有牌无实)
}

// Carried says what hangs in a community on the county's day and lies on it; known is
// false where the community is not registered then.
func (c *Current) Carried(community string) (all Carried, known bool) {
	account := c.book.accounts[community]
	if account == nil {
		return all, false
	}
	if _, known = account.Community.At(c.day); !known {
		return all, false
	}
	policy, adopted := c.book.county.Policies.At(c.day)
	if !adopted {
		policy = reconcile.DefaultPolicy()
	}
	all.Street = c.book.Street(community, c.day)
	hung := map[string]int{}
	for _, p := range account.Plaques {
		if between(c.day, p.HungOn, p.RemovedOn.AddDays(-1), p.RemovedOn.Given()) {
			hung[p.Zone]++
			named := c.book.plaques[reconcile.PlaqueEntry{Title: p.Title, Zone: p.Zone}]
			listed := len(c.book.plaques) == 0 || named
			all.Plaques = append(all.Plaques, HungPlaque{p, listed, !named && idle(account, p, c.day)})
		}
	}
	for _, zone := range reconcile.Zones {
		most, capped := policy.PlaqueCaps[zone]
		if !capped {
			most = -1
		}
		all.Zones = append(all.Zones, Zone{zone, hung[zone], most})
	}
	for _, b := range account.Burdens {
		if between(c.day, b.From, b.To, b.To.Given()) {
			all.Burdens = append(all.Burdens, b)
		}
	}
	at := func(zone string) int { return slices.Index(reconcile.Zones, zone) }
	slices.SortFunc(all.Plaques, func(a, b HungPlaque) int {
		return cmp.Or(cmp.Compare(at(a.Zone), at(b.Zone)), strings.Compare(a.No, b.No))
	})
	slices.SortFunc(all.Burdens, func(a, b *reconcile.Burden) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.No, b.No))
	})
	return all, true
}

// between reports whether a day is from one day on and, where there is a last one, until that.
func between(day, from, last civil.Date, ends bool) bool { return from <= day && !(ends && last < day) }
