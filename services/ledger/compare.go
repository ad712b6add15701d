package ledger

import (
	"maps"
	"slices"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/services/ledger/reconcile"
)

// Compared is a party that hands tasks down or owes their fee, as it stands. What it
// owes is its own obligations, whoever handed the task down.
type Compared struct {
	Code     string
	Tasks    int // that it handed down
	Standing int
	Unfunded int // of them, and so on
	Underfunded, Undetermined,
	Unadmitted int // standing, without a valid admission
	reconcile.Sums

	Late      int // tasks of which it owes something past its day
	LateDays  int // for how many days the oldest
	Red       int // flags that ask something of it, by lamp
	Yellow    int
	Blue      int
	LateSince civil.Date // the last day in time of the oldest; zero where none is late
}

// Compare gives the parties that hand down tasks or owe for them, by code, as of the
// county's day. It fails when amounts are too large to add up.
func (c *Current) Compare() (all []Compared, err error) {
	found := map[string]*Compared{}
	of := func(party string) *Compared {
		if found[party] == nil {
			found[party] = &Compared{Code: party}
		}
		return found[party]
	}
	err = money.Guard(func() {
		for _, s := range c.standing {
			if s.Community != nil {
				c.compare(s.Community, of)
			}
		}
	})
	for _, s := range c.standing {
		for _, f := range s.flags() {
			if party := found[f.Responsible]; party != nil {
				party.flag(f)
			}
		}
	}
	for _, party := range slices.Sorted(maps.Keys(found)) {
		all = append(all, *found[party])
	}
	return all, err
}

func (c *Current) compare(s *reconcile.Statement, of func(string) *Compared) {
	for i := range s.Tasks {
		t := &s.Tasks[i]
		d := of(t.Department)
		d.Tasks++
		if t.State.Standing() {
			d.Standing++
		}
		switch t.Status {
		case reconcile.Unfunded:
			d.Unfunded++
		case reconcile.Underfunded:
			d.Underfunded++
		case reconcile.Undetermined:
			d.Undetermined++
		}
		owing := ""
		for _, o := range t.Overdue {
			p := of(o.Payer)
			if o.Payer != owing { // one that owes two parts of a task is late with one task
				p.Late++
				owing = o.Payer
			}
			if days := o.Days(c.day); days > p.LateDays {
				p.LateDays, p.LateSince = days, o.DueEnd
			}
		}
	}
	for payer, sums := range s.Tally.ByPayer {
		d := of(payer)
		d.Sums = d.Sums.Plus(sums)
	}
}

func (d *Compared) flag(f reconcile.Flag) {
	if f.Rule == reconcile.Unadmitted {
		d.Unadmitted++
	}
	switch f.Lamp {
	case reconcile.Red:
		d.Red++
	case reconcile.Yellow:
		d.Yellow++
	case reconcile.Blue:
		d.Blue++
	case reconcile.Green: // no flag is green
	}
}
