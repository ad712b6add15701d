package portal

import (
	"net/http"
	"net/url"
	"slices"

	"feisui/pkg/civil"
	"feisui/pkg/money"
)

// This file shows a community the money that waits for its word, and where else money
// lies that is for it.

func (p *Portal) arrivalsRoutes() {
	p.page("GET /arrivals", (*visit).arrivals)
}

// lyingMoney is where money lies, as the API gives it.
type lyingMoney struct {
	Day     civil.Date `json:"day"`
	Holders []struct {
		Holder    string    `json:"holder"`
		Held      money.Fen `json:"held"`
		InTransit money.Fen `json:"in_transit"`
		Days      int       `json:"days"`
	} `json:"holders"`
	Payments []arriving `json:"payments"`
}

type arriving struct {
	Voucher   string     `json:"voucher"`
	Payer     string     `json:"payer"`
	Origin    string     `json:"origin"`
	Purpose   string     `json:"purpose"`
	PaidOn    civil.Date `json:"paid_on"`
	Days      int        `json:"days"`
	InTransit money.Fen  `json:"in_transit"`
	LateSince civil.Date `json:"late_since"`
}

func (p *arriving) path() string { return instancePath("payment", p.Voucher) }

// lying asks what lies with a party, payment by payment; with nobody named, with whom.
func (v *visit) lying(party string) (*lyingMoney, error) {
	query := url.Values{"limit": {"1000"}}
	if party != "" {
		query.Set("holder", party)
	}
	m := &lyingMoney{}
	return m, v.get("/v1/counties/{county}/money", query, m)
}

// arrivalsShown is what waits to be confirmed, the oldest first, and what lies elsewhere.
type arrivalsShown struct {
	Waiting   []arriving
	Elsewhere *lyingMoney
}

func (v *visit) arrivals() error {
	a := &arrivalsShown{}
	for _, code := range v.communities() {
		m, err := v.lying(code)
		if err != nil {
			return err
		}
		a.Waiting = append(a.Waiting, slices.DeleteFunc(m.Payments, func(p arriving) bool { return p.InTransit == 0 })...)
	}
	slices.SortStableFunc(a.Waiting, func(a, b arriving) int { return int(a.PaidOn - b.PaidOn) })
	all, err := v.lying("")
	if err != nil {
		return err
	}
	for i := len(all.Holders) - 1; i >= 0; i-- {
		if all.Holders[i].Held == 0 {
			all.Holders = slices.Delete(all.Holders, i, i+1)
		}
	}
	a.Elsewhere = all
	return v.show(http.StatusOK, v.say("arrivals.title"), arrivalsPage(v, a))
}
