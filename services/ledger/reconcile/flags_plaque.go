package reconcile

import (
	"cmp"
	"slices"

	"feisui/pkg/civil"
	"feisui/pkg/money"
)

// relapseDays is how soon after its removal a plaque counts as hung again (回潮).
const relapseDays = 365

// Zones are the places where a plaque hangs (外部, 内部, 上墙).
var Zones = []string{"outside", "inside", "wall"}

func (p *Plaque) standing(day *today) bool { return day.inForce(p.HungOn, p.RemovedOn) }

// flagPlaques looks at what hangs, and whether it may.
func (w *work) flagPlaques() {
	catalogue, _ := at(w.county.Plaques, w.today)
	titles := map[string][]*Plaque{} // those that came down
	for _, p := range w.account.Plaques {
		if p.RemovedOn.Given() {
			titles[p.Title] = append(titles[p.Title], p)
		}
	}
	for _, p := range w.account.Plaques {
		if !p.standing(w.today) {
			continue
		}
		say := func(rule FlagRule, lamp Lamp) {
			w.raise(Flag{Rule: rule, Subject: p.No, Responsible: p.Department, Since: p.HungOn, Lamp: lamp})
		}
		if len(catalogue) > 0 && !catalogue[PlaqueEntry{p.Title, p.Zone}] {
			say(PlaqueUnlisted, Yellow)
		}
		if w.relapsed(p, titles[p.Title]) {
			say(PlaqueRelapse, Red)
		}
	}
	for _, zone := range Zones {
		w.flagCap(zone)
	}
}

// relapsed reports whether another plaque of the same title came down within
// the year before this one was hung. The day is asked last, and only of what came
// down before: so what is asked does not depend on the order of a map.
func (w *work) relapsed(p *Plaque, removed []*Plaque) bool {
	for _, q := range removed {
		if q != p && p.HungOn.AddDays(-relapseDays) <= q.RemovedOn && q.RemovedOn < p.HungOn && w.reached(q.HungOn) {
			return true
		}
	}
	return false
}

// flagCap looks at whether more hangs in a zone than may, and since when
// without a break.
func (w *work) flagCap(zone string) {
	most, capped := w.policy.PlaqueCaps[zone]
	if !capped {
		return
	}
	type change struct {
		on civil.Date
		by int
	}
	var changes []change
	for _, p := range w.account.Plaques {
		if p.Zone != zone || !w.reached(p.HungOn) {
			continue
		}
		changes = append(changes, change{p.HungOn, 1})
		if p.RemovedOn.Given() && w.reached(p.RemovedOn) {
			changes = append(changes, change{p.RemovedOn, -1})
		}
	}
	slices.SortFunc(changes, func(a, b change) int { return cmp.Compare(a.on, b.on) })
	count, since := 0, civil.Date(0)
	for i, c := range changes {
		count += c.by
		if i+1 < len(changes) && changes[i+1].on == c.on {
			continue // the count of a day is the one at its end
		}
		switch {
		case count <= most:
			since = 0
		case !since.Given():
			since = c.on
		}
	}
	if count > most {
		w.raise(Flag{Rule: PlaqueOverCap, Subject: zone, Responsible: w.account.Code, Since: since, Amount: of(money.Fen(count - most)), Lamp: Yellow})
	}
}
