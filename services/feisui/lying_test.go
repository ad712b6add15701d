package main

import (
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"testing"

	"feisui/pkg/money"
	"feisui/services/feisui/serve"
	"feisui/services/ledger/api"
	"feisui/services/ledger/reconcile"
)

// TestWhereMoneyLies plays money that stays with a street and in transit, and one
// surplus, and finds each with its holder.
func TestWhereMoneyLies(t *testing.T) {
	t.Parallel()
	s := played(t, serve.Config{})
	s.contract = contractOf(t)
	s.rows("departments", `{"code":"`+streetOfBoth+`","name":"热水镇","kind":"street"}`)
	s.rows("payments",
		`{"voucher":"V1","paid_on":"2025-01-02","payer":"D01","payee":"`+streetOfBoth+`","community":"`+north+`","purpose":"department","amount":"1000"}`,
		`{"voucher":"V2","paid_on":"2025-02-11","payer":"`+streetOfBoth+`","payee":"`+north+`","amount":"700","upstream":"V1"}`,
		`{"voucher":"V3","paid_on":"2025-02-28","payer":"D02","payee":"`+south+`","purpose":"general","amount":"40"}`,
		`{"voucher":"V4","paid_on":"2025-02-28","payer":"D02","payee":"`+streetOfBoth+`","purpose":"department","amount":"9"}`)
	s.rows("arrivals", `{"voucher":"V2","confirmed_on":"2025-02-12","amount":"600"}`, `{"voucher":"V3","confirmed_on":"2025-03-01","amount":"40"}`)
	var all api.MoneyList
	s.get(ofAuthority, "/money", &all)
	var holders []string
	for _, h := range all.Holders {
		holders = append(holders, fmt.Sprint(h.Holder, " ", h.Name, " ", h.Kind, " ", h.MoneySums, " since ", h.Since, " days ", h.Days, " of ", h.Payments))
	}
	want := []string{
		streetOfBoth + " 热水镇 street {30900 30000 0 0 0 0} since 2025-01-02 days 60 of 2",
		north + " 北社区 community {0 0 10000 10000 60000 0} since 2025-02-11 days 20 of 1",
		south + " 南社区 community {0 0 0 0 0 4000} since  days 0 of 1",
	}
	if !slices.Equal(holders, want) || all.Totals != (api.MoneySums{Held: 309_00, Retained: 300_00, InTransit: 100_00, Unconfirmed: 100_00, Surplus: 600_00, General: 40_00}) {
		t.Errorf("%q\nwant %q\n%+v", holders, want, all.Totals)
	}
	if len(all.Payments) != 0 {
		t.Errorf("payments of nobody in particular: %+v", all.Payments)
	}
	var page, rest api.MoneyList
	s.get(ofAuthority, "/money?limit=1&holder="+streetOfBoth, &page)
	s.get(ofAuthority, "/money?limit=1&holder="+streetOfBoth+"&after="+page.Next, &rest)
	if len(page.Payments) != 1 || len(rest.Payments) != 1 || rest.Next != "" || page.Payments[0].Voucher != "V1" || rest.Payments[0].Voucher != "V4" {
		t.Fatalf("%+v\n%+v", page.Payments, rest.Payments)
	}
	if p := page.Payments[0]; p.Held != 300_00 || p.PassedOn != 700_00 || p.Retained != 300_00 || p.Days != 60 || !p.LateSince.Given() || len(page.Holders) != 1 {
		t.Errorf("%+v", p)
	}
	var own api.MoneyList
	s.get(officeHead, "/money", &own)
	if own.Totals.Held != 300_00 || own.Totals.General != 0 || len(own.Holders) != 2 {
		t.Errorf("a department's own: %+v", own)
	}
	s.refused(ofAuthority, "/money?limit=0", http.StatusUnprocessableEntity, "LIMIT")
	s.refused(ofAuthority, "/money?after=!&holder="+streetOfBoth, http.StatusUnprocessableEntity, "AFTER")
}

// TestEachRoleSeesItsMoney: of the county of the rights everybody sees the payments
// that their organisation paid, was paid, or that are for it, and no other.
func TestEachRoleSeesItsMoney(t *testing.T) {
	t.Parallel()
	s := inhabited(t)
	for _, a := range businessAskers() {
		var want []string
		for _, row := range rightsRows["payments"] {
			origin, community := row["payer"], row["community"]
			if row["voucher"] == "P-B" {
				origin, community = finance, communityB // it inherits
			}
			if a.grant.Scope == "" || ownOf(a, origin, row["payer"], row["payee"], community) {
				want = append(want, row["voucher"])
			}
		}
		var got []string
		var sums api.MoneySums
		var all api.MoneyList
		s.get(a.shown(), "/money", &all)
		for _, h := range all.Holders {
			var list api.MoneyList
			s.get(a.shown(), "/money?holder="+h.Holder, &list)
			for _, p := range list.Payments {
				got = append(got, p.Voucher)
				sums.Held, sums.Surplus = sums.Held.Plus(p.Held), sums.Surplus.Plus(p.Surplus)
			}
			if len(list.Payments) != h.Payments {
				t.Errorf("%s: %d payments of %+v", a.name, len(list.Payments), h)
			}
		}
		// All of P-A and P-C is allocated to their tasks, so nothing of them lies anywhere.
		want = slices.DeleteFunc(want, func(v string) bool { return v == "P-A" || v == "P-C" })
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) || sums.Held != all.Totals.Held || sums.Surplus != all.Totals.Surplus {
			t.Errorf("%s sees %q, want %q; %+v", a.name, got, want, all.Totals)
		}
		for _, elsewhere := range []string{communityC, streetS2} {
			var list, absent api.MoneyList
			s.get(a.shown(), "/money?holder="+elsewhere, &list)
			s.get(a.shown(), "/money?holder="+absentCode, &absent)
			list.Position, absent.Position = 0, 0 // flags are announced meanwhile
			if a.grant.Scope != "" && fmt.Sprint(list) != fmt.Sprint(absent) {
				t.Errorf("%s is told of %s: %+v", a.name, elsewhere, list)
			}
		}
	}
	s.refused("person:system system_admin@", "/money", http.StatusForbidden, "FORBIDDEN")
}

// TestAllMoneyIsTheStatement: what lies anywhere in a drawn county is what its
// statement has in sum.
func TestAllMoneyIsTheStatement(t *testing.T) {
	t.Parallel()
	server := running(t, "c")
	mustRun(t, "import", filepath.Join(casesFolder(), "random-21", "book"), "--server", server, "--county", "c")
	statement := countyToday(t, server, "c")
	var want api.MoneySums
	var onTheWay money.Fen // all that was paid for communities and has not arrived, wherever it is
	for _, h := range statement.Holders {
		want.Held, want.Retained = want.Held.Plus(h.Held), want.Retained.Plus(h.Retained)
	}
	for _, c := range statement.Communities {
		want.Surplus, want.General, onTheWay = want.Surplus.Plus(c.Tally.Surplus), want.General.Plus(c.Tally.General), onTheWay.Plus(c.Tally.InTransit)
		for _, f := range c.Flags {
			if f.Rule == reconcile.Unconfirmed {
				want.Unconfirmed = want.Unconfirmed.Plus(*f.Amount)
			}
		}
	}
	var all api.MoneyList
	ask(t, server, "c", "money", nil, &all)
	for _, h := range all.Holders {
		everyPage(t, server, "c", "money", url.Values{"holder": {h.Holder}}, 3, func(l api.MoneyList) (int, string) {
			for _, p := range l.Payments {
				if p.Community != "" && p.PassedOn == 0 {
					onTheWay = onTheWay.Minus(p.Held)
				}
			}
			return len(l.Payments), l.Next
		})
	}
	want.InTransit = onTheWay
	if all.Totals != want || want.Held == 0 || want.InTransit == 0 || want.Surplus == 0 {
		t.Errorf("%+v, want %+v", all.Totals, want)
	}
}
