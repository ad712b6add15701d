package portal

import (
	"net/http"
	"net/url"
	"slices"
)

// This file shows a community the money that waits for its word, and where else money
// lies that is for it.

func (p *Portal) arrivalsRoutes() {
	p.page("GET /arrivals", (*visit).arrivals)
}

func (p *lyingPayment) path() string { return instancePath("payment", p.Voucher) }

// lying asks what lies with a party, payment by payment; with nobody named, with whom.
func (v *visit) lying(party string) (*moneyPlaces, error) {
	query := url.Values{"limit": {"1000"}}
	if party != "" {
		query.Set("holder", party)
	}
	m := &moneyPlaces{}
	return m, v.get("/v1/counties/{county}/money", query, m)
}

// arrivalsShown is what waits to be confirmed, the oldest first, and what lies elsewhere.
type arrivalsShown struct {
	Waiting   []lyingPayment
	Disputed  map[string]bool // vouchers that somebody disputes already
	Elsewhere []moneyHolder
}

func (v *visit) arrivals() error {
	a := &arrivalsShown{Disputed: map[string]bool{}}
	for _, code := range v.communities() {
		var l listing
		query := url.Values{"state": {"disputed"}, "party": {code}, "limit": {"500"}}
		if err := v.get("/v1/counties/{county}/workflows/payment/instances", query, &l); err != nil {
			return err
		}
		for i := range l.Instances {
			a.Disputed[l.Instances[i].Instance] = true
		}
		m, err := v.lying(code)
		if err != nil {
			return err
		}
		a.Waiting = append(a.Waiting, slices.DeleteFunc(m.Payments, func(p lyingPayment) bool { return p.InTransit == 0 })...)
	}
	slices.SortStableFunc(a.Waiting, func(a, b lyingPayment) int { return int(a.PaidOn - b.PaidOn) })
	all, err := v.lying("")
	if err != nil {
		return err
	}
	a.Elsewhere = slices.DeleteFunc(all.Holders, func(h moneyHolder) bool { return h.Held == 0 })
	return v.show(http.StatusOK, v.say("arrivals.title"), arrivalsPage(v, a))
}
