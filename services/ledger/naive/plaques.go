package naive

import "math/big"

// plaquesOn lists a community's plaques that stand on a day: hung_on ≤ day, not removed ≤ day (§6).
func (l *ledger) plaquesOn(community, day string) []Row {
	var all []Row
	for _, plaque := range l.sheets["plaques"] {
		if plaque["community"] == community && plaque["hung_on"] <= day &&
			(plaque["removed_on"] == "" || plaque["removed_on"] > day) {
			all = append(all, plaque)
		}
	}
	return all
}

// countIn is the number of a community's plaques that stand in a zone on a day.
func (l *ledger) countIn(community, zone, day string) int {
	n := 0
	for _, plaque := range l.plaquesOn(community, day) {
		if plaque["zone"] == zone {
			n++
		}
	}
	return n
}

// plaqueFlags derives plaque_unlisted, plaque_over_cap and plaque_relapse (§6).
func (l *ledger) plaqueFlags(community string) []flag {
	var flags []flag
	for _, plaque := range l.plaquesOn(community, l.on) {
		if l.unlisted(plaque) {
			flags = append(flags, flag{"plaque_unlisted", plaque["no"], plaque["department"], plaque["hung_on"], nil, "yellow"})
		}
		if l.relapse(plaque) {
			flags = append(flags, flag{"plaque_relapse", plaque["no"], plaque["department"], plaque["hung_on"], nil, "red"})
		}
	}
	for _, zone := range []string{"outside", "inside", "wall"} {
		most, capped := l.plaqueCap(zone)
		count := l.countIn(community, zone, l.on)
		if !capped || count <= most {
			continue
		}
		// the date on which the count last rose past the cap without falling back
		since := l.on
		for l.countIn(community, zone, addDays(since, -1)) > most {
			since = addDays(since, -1)
		}
		excess := big.NewRat(int64(count-most), 1)
		flags = append(flags, flag{"plaque_over_cap", zone, community, since, excess, "yellow"})
	}
	return flags
}

// unlisted: title and zone not in the catalogue (no flag where there is no catalogue) (§6).
func (l *ledger) unlisted(plaque Row) bool {
	for _, listed := range l.sheets["plaque_catalogue"] {
		if listed["title"] == plaque["title"] && listed["zone"] == plaque["zone"] {
			return false
		}
	}
	return len(l.sheets["plaque_catalogue"]) > 0
}

// relapse: another plaque of the same title in this community has hung_on − 365 days ≤ removed_on < hung_on (§6).
func (l *ledger) relapse(plaque Row) bool {
	for _, other := range l.sheets["plaques"] {
		if other["no"] != plaque["no"] && other["title"] == plaque["title"] && other["community"] == plaque["community"] &&
			other["removed_on"] != "" && addDays(plaque["hung_on"], -365) <= other["removed_on"] &&
			other["removed_on"] < plaque["hung_on"] {
			return true
		}
	}
	return false
}
