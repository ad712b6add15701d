package keep

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/services/ledger"
	"feisui/services/ledger/reconcile"
)

// A row is what one table says of one thing. Rows are values that compare with
// ==; their JSON names are the table's columns.
type (
	accountRow struct {
		Account          string     `json:"account"`
		Community        bool       `json:"community"`
		Name             string     `json:"name"`
		Street           string     `json:"street"`
		Tasks            int        `json:"tasks"`
		StandingTasks    int        `json:"standing_tasks"`
		Unfunded         int        `json:"unfunded"`
		Underfunded      int        `json:"underfunded"`
		Undetermined     int        `json:"undetermined"`
		Entitlement      money.Fen  `json:"entitlement"`
		Allocated        money.Fen  `json:"allocated"`
		Shortfall        money.Fen  `json:"shortfall"`
		OverdueShortfall money.Fen  `json:"overdue_shortfall"`
		Due              money.Fen  `json:"due"`
		Confirmed        money.Fen  `json:"confirmed"`
		Surplus          money.Fen  `json:"surplus"`
		General          money.Fen  `json:"general"`
		InTransit        money.Fen  `json:"in_transit"`
		Held             money.Fen  `json:"held"`
		Retained         money.Fen  `json:"retained"`
		Plaques          int        `json:"plaques"`
		Burdens          int        `json:"burdens"`
		Red              int        `json:"red"`
		Yellow           int        `json:"yellow"`
		Blue             int        `json:"blue"`
		Until            civil.Date `json:"until"`
		BlockedAt        int64      `json:"blocked_at"`
		BlockedWhy       string     `json:"blocked_why"`
	}

	taskRow struct {
		No               string           `json:"no"`
		Account          string           `json:"account"`
		Street           string           `json:"street"`
		Department       string           `json:"department"`
		Item             string           `json:"item"`
		State            reconcile.State  `json:"state"`
		Status           reconcile.Status `json:"status"`
		Lamp             reconcile.Lamp   `json:"lamp"`
		Entitlement      optional         `json:"entitlement"`
		Allocated        money.Fen        `json:"allocated"`
		Shortfall        optional         `json:"shortfall"`
		OverdueShortfall optional         `json:"overdue_shortfall"`
	}

	paymentRow struct {
		Voucher   string    `json:"voucher"`
		Account   string    `json:"account"`
		Origin    string    `json:"origin"`
		Purpose   string    `json:"purpose"`
		Amount    money.Fen `json:"amount"`
		Held      money.Fen `json:"held"`
		Confirmed money.Fen `json:"confirmed"`
		Allocated money.Fen `json:"allocated"`
		Surplus   money.Fen `json:"surplus"`
	}

	flagRow struct {
		Account     string             `json:"account"`
		Rule        reconcile.FlagRule `json:"rule"`
		Subject     string             `json:"subject"`
		Street      string             `json:"street"`
		Responsible string             `json:"responsible"`
		Since       civil.Date         `json:"since"`
		Amount      optional           `json:"amount"`
		Lamp        reconcile.Lamp     `json:"lamp"`
		Rank        int                `json:"rank"`
	}
)

// optional is an amount that may not be known, which is never 0.
type optional struct {
	fen   money.Fen
	given bool
}

func optionally(f *money.Fen) optional {
	if f == nil {
		return optional{}
	}
	return optional{*f, true}
}

// MarshalJSON gives null for what is not known.
func (o optional) MarshalJSON() ([]byte, error) {
	if !o.given {
		return []byte("null"), nil
	}
	return json.Marshal(o.fen)
}

// Scan reads a column.
func (o *optional) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*o = optional{}
	case int64:
		*o = optional{money.Fen(v), true}
	default:
		return fmt.Errorf("an amount was %T", v)
	}
	return nil
}

// Value writes a column.
func (o optional) Value() (driver.Value, error) {
	if !o.given {
		return nil, nil //nolint:nilnil // null is a value
	}
	return int64(o.fen), nil
}

// rank orders lamps by urgency.
var rank = map[reconcile.Lamp]int{reconcile.Red: 0, reconcile.Yellow: 1, reconcile.Blue: 2, reconcile.Green: 3}

// rows are all that a book says of an account.
type rows struct {
	accounts []accountRow // one
	tasks    []taskRow
	payments []paymentRow
	flags    []flagRow
}

// rowsOf gives what a standing is in tables; nothing where it is nil.
func rowsOf(s *ledger.Standing) (r rows) {
	if s == nil {
		return r
	}
	a := accountRow{Account: s.Account, Street: s.Street, BlockedAt: s.Block.Position, BlockedWhy: s.Block.Reason}
	if s.Community != nil {
		a.community(s.Community)
		r.community(s)
	}
	if s.Holder != nil {
		a.Held, a.Retained = s.Holder.Held, s.Holder.Retained
		a.hold(s.Holder.Until)
		r.flag(s, s.Holder.Flags)
	}
	for _, f := range r.flags {
		switch f.Lamp {
		case reconcile.Red:
			a.Red++
		case reconcile.Yellow:
			a.Yellow++
		case reconcile.Blue:
			a.Blue++
		case reconcile.Green: // no flag is green
		}
	}
	r.accounts = []accountRow{a}
	return r
}

// hold takes the earlier of two days that may not be given.
func (a *accountRow) hold(until civil.Date) {
	if until.Given() && (!a.Until.Given() || until < a.Until) {
		a.Until = until
	}
}

func (a *accountRow) community(s *reconcile.Statement) {
	a.Community, a.Name, a.Until = true, s.Name, s.Until
	a.Tasks, a.StandingTasks, a.Undetermined = len(s.Tasks), s.Tally.StandingTasks, s.Tally.Undetermined
	for i := range s.Tasks {
		switch s.Tasks[i].Status {
		case reconcile.Unfunded:
			a.Unfunded++
		case reconcile.Underfunded:
			a.Underfunded++
		}
	}
	a.Entitlement, a.Allocated, a.Shortfall = s.Tally.Entitlement, s.Tally.Allocated, s.Tally.Shortfall
	a.OverdueShortfall, a.Due = s.Tally.OverdueShortfall, s.Tally.Due
	a.Confirmed, a.Surplus, a.General, a.InTransit = s.Tally.Confirmed, s.Tally.Surplus, s.Tally.General, s.Tally.InTransit
	for _, n := range s.Tally.Plaques {
		a.Plaques += n
	}
	for _, n := range s.Tally.Burdens {
		a.Burdens += n
	}
}

func (r *rows) community(s *ledger.Standing) {
	for _, t := range s.Community.Tasks {
		r.tasks = append(r.tasks, taskRow{
			No: t.No, Account: s.Account, Street: s.Street, Department: t.Department, Item: t.Item,
			State: t.State, Status: t.Status, Lamp: t.Lamp, Allocated: t.Allocated,
			Entitlement: optionally(t.Entitlement), Shortfall: optionally(t.Shortfall), OverdueShortfall: optionally(t.OverdueShortfall),
		})
	}
	for _, p := range s.Community.Payments {
		r.payments = append(r.payments, paymentRow{
			Voucher: p.Voucher, Account: s.Account, Origin: p.Origin, Purpose: p.Purpose, Amount: p.Amount,
			Held: p.Held, Confirmed: p.Confirmed, Allocated: p.Allocated, Surplus: p.Surplus,
		})
	}
	r.flag(s, s.Community.Flags)
}

func (r *rows) flag(s *ledger.Standing, flags []reconcile.Flag) {
	for _, f := range flags {
		r.flags = append(r.flags, flagRow{
			Account: s.Account, Rule: f.Rule, Subject: f.Subject, Street: s.Street, Responsible: f.Responsible,
			Since: f.Since, Amount: optionally(f.Amount), Lamp: f.Lamp, Rank: rank[f.Lamp],
		})
	}
}
