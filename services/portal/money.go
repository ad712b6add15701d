package portal

import (
	"net/http"
	"net/url"
	"slices"

	"feisui/pkg/civil"
	"feisui/pkg/money"
)

// This file shows where money lies on its way to communities: with whom, how much,
// since when, and payment by payment.

func (p *Portal) moneyRoutes() {
	p.page("GET /money", (*visit).whereMoneyLies)
}

// lying is how much lies somewhere, and of what kind.
type lying struct {
	Held        money.Fen `json:"held"`
	Retained    money.Fen `json:"retained"`
	InTransit   money.Fen `json:"in_transit"`
	Unconfirmed money.Fen `json:"unconfirmed"`
	Surplus     money.Fen `json:"surplus"`
	General     money.Fen `json:"general"`
}

// moneyHolder is who it lies with.
type moneyHolder struct {
	lying

	Holder   string     `json:"holder"`
	Name     string     `json:"name"`
	Kind     string     `json:"kind"`
	Since    civil.Date `json:"since"`
	Days     int        `json:"days"`
	Payments int        `json:"payments"`
}

// lyingPayment is one hop of which something lies with its payee.
type lyingPayment struct {
	lying

	Voucher   string     `json:"voucher"`
	Payer     string     `json:"payer"`
	Payee     string     `json:"payee"`
	Origin    string     `json:"origin"`
	Community string     `json:"community"`
	Purpose   string     `json:"purpose"`
	Upstream  string     `json:"upstream"`
	PaidOn    civil.Date `json:"paid_on"`
	Days      int        `json:"days"`
	Amount    money.Fen  `json:"amount"`
	PassedOn  money.Fen  `json:"passed_on"`
	Confirmed money.Fen  `json:"confirmed"`
	LateSince civil.Date `json:"late_since"`
}

// hops are the parties that a payment came through, as far as it says.
func (p *lyingPayment) hops() []string {
	hops := []string{p.Origin, p.Payer, p.Payee}
	if p.Community != "" {
		hops = append(hops, p.Community)
	}
	return slices.Compact(slices.DeleteFunc(hops, func(code string) bool { return code == "" }))
}

// here is the last of the hops that the money has reached: of those, the payee.
func (p *lyingPayment) here(code string) bool { return code == p.Payee }

// moneyPlaces are where the API says that money lies.
type moneyPlaces struct {
	Day      civil.Date     `json:"day"`
	Position int64          `json:"position"`
	Next     string         `json:"next"`
	Totals   lying          `json:"totals"`
	Holders  []moneyHolder  `json:"holders"`
	Payments []lyingPayment `json:"payments"`

	Holder string
	Kind   string
}

// The kinds of holders, those above communities first.
var holderKinds = []string{"street", "department", "community"}

// whereMoneyLies shows all holders, or the payments of one.
func (v *visit) whereMoneyLies() error {
	asked := v.r.URL.Query()
	m := moneyPlaces{Holder: asked.Get("holder"), Kind: asked.Get("kind")}
	query := url.Values{}
	if m.Holder != "" {
		query = url.Values{"holder": {m.Holder}, "limit": {"100"}}
		setGiven(query, "after", asked.Get("after"))
	}
	if err := v.get("/v1/counties/{county}/money", query, &m); err != nil {
		return err
	}
	v.asOf = known{m.Day, m.Position}
	if m.Holder != "" {
		return v.show(http.StatusOK, v.say("money.of", "holder", v.name(m.Holder)), holderPage(v, &m))
	}
	m.Holders = slices.DeleteFunc(m.Holders, func(h moneyHolder) bool { return m.Kind != "" && h.Kind != m.Kind })
	return v.show(http.StatusOK, v.say("money.title"), moneyPage(v, &m))
}

// holderPath is the page of what lies with somebody.
func holderPath(holder string) string { return "/money?holder=" + url.QueryEscape(holder) }
