package act

import (
	"cmp"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/schemas"
	"feisui/services/burden"
	"feisui/services/feisui/record"
	"feisui/services/ledger/reconcile"
)

// This file has what the workflow of plaques names. Whether one may hang, the
// ledger's own rules say (§6).

func plaqueIn(past record.Past, no string) (p burden.Plaque) {
	for e := range past.Stream("plaque/" + no) {
		p = p.Evolve(e)
	}
	return p
}

// plaque is what is recorded of the instance's plaque.
func (l *look) plaque() burden.Plaque { return plaqueIn(l.past, l.id()) }

// asked is the plaque that the first form names, as it would hang since a day.
func (l *look) asked(on civil.Date) schemas.PlaqueHung {
	first := l.firstForm()
	return schemas.PlaqueHung{
		No: l.id(), Community: first["community"], Department: first["department"], Title: first["title"], Zone: first["zone"], HungOn: on,
	}
}

// raises lists the flags that the plaque raises, or would if it hung.
func (l *look) raises() ([]reconcile.Flag, error) {
	return l.county.Book.DraftPlaque(l.asked(l.command.On), l.county.Calendar, l.command.On)
}

// plaqueRaises refuses a plaque that raises a flag, by that flag's sentence.
func plaqueRaises(rule reconcile.FlagRule, key string) func(*look) error {
	return func(l *look) error {
		flags, err := l.raises()
		if err != nil {
			return err
		}
		for _, f := range flags {
			if f.Rule != rule {
				continue
			}
			first := l.firstForm()
			args := []string{"title", first["title"], "zone", first["zone"]}
			if f.Amount != nil {
				args = append(args, "excess", money.Whole(int64(*f.Amount)).String())
			}
			return refuse(first["title"], key, args...)
		}
		return nil
	}
}

// plaqueFound holds where who begins does not ask for a department's own plaque, and
// so has found one.
func plaqueFound(l *look) error {
	if l.asksForItself() {
		return refuse(l.form["department"], "plaque_asked_for")
	}
	return nil
}

// plaqueRelapsed holds where it was found, and one of its title came down in this
// community within a year.
func plaqueRelapsed(l *look) error {
	if err := plaqueFound(l); err != nil {
		return err
	}
	flags, err := l.raises()
	if err != nil {
		return err
	}
	for _, f := range flags {
		if f.Rule == reconcile.PlaqueRelapse {
			return nil
		}
	}
	return refuse(l.form["title"], "plaque_no_relapse")
}

// plaqueUnfunded says which money comes with the plaque, and may go with it.
func plaqueUnfunded(l *look) error {
	if amount := l.first("funding"); amount != "" {
		return refuse(amount, "plaque_funding", "amount", amount)
	}
	return nil
}

func plaqueUp(l *look) error {
	if p := l.plaque(); p.Hung == nil || p.Hung.HungOn > l.command.On || p.RemovedOn.Given() && p.RemovedOn <= l.command.On {
		return refuse("", "plaque_not_up")
	}
	return nil
}

func plaqueDown(l *look) error {
	if down := l.plaque().RemovedOn; !down.Given() || down > l.command.On {
		return refuse(down.String(), "plaque_not_down")
	}
	return nil
}

// removalSound refuses to report a plaque as removed before it hung: it would be refused
// as the removal is confirmed (§1).
func removalSound(l *look) error {
	day, err := civil.Parse(l.form["removed_on"])
	if hung := l.plaque().Hung; err == nil && hung != nil && day < hung.HungOn {
		return at("removed_on", day.String(), "removed_early", "hung", hung.HungOn.String())
	}
	return nil
}

// hangs brings the row of a plaque that hangs since the form's day, or today.
func (l *look) hangs() {
	p := l.asked(l.command.On)
	l.facts.add(row{of: l.of, sheet: sheetOf("plaques"), cells: map[string]string{
		"no": p.No, "community": p.Community, "department": p.Department, "title": p.Title, "zone": p.Zone,
		"hung_on": cmp.Or(l.form["hung_on"], l.command.On.String()),
	}, from: map[string]string{}}, "")
}

func findPlaque(l *look) {
	if !l.asksForItself() {
		l.hangs()
	}
}

func hangPlaque(l *look) { l.hangs() }

// takeDown brings the day on which a plaque came down: what its report says, or else
// the day of the report.
func takeDown(l *look) {
	known, on := l.plaque().Hung, l.command.On.String()
	if known == nil {
		return
	}
	if step, reported := l.in.Last("report_removal"); reported {
		on = step.On.String()
		if said, err := formOf(step.Form); err == nil {
			on = cmp.Or(said["removed_on"], on)
		}
	}
	l.facts.add(row{of: l.of, sheet: sheetOf("plaques"), cells: map[string]string{
		"no": known.No, "community": known.Community, "department": known.Department, "title": known.Title, "zone": known.Zone,
		"hung_on": known.HungOn.String(), "removed_on": on,
	}, from: map[string]string{}}, "")
}
