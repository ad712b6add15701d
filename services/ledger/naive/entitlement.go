package naive

import (
	"math/big"
	"sort"
	"strings"
)

// completion is the task's completion row, nil where none exists on the day.
func (l *ledger) completion(task Row) Row {
	for _, done := range l.sheets["completions"] {
		if done["task"] == task["no"] && done["completed_on"] <= l.on {
			return done
		}
	}
	return nil
}

// quantity is q of §2: the completed quantity where a completion ≤ on gives one, else the task's quantity, else 1.
func (l *ledger) quantity(task Row) *big.Rat {
	if q := fraction(l.completion(task)["quantity"]); q != nil {
		return q
	}
	if q := fraction(task["quantity"]); q != nil {
		return q
	}
	return big.NewRat(1, 1)
}

// entitlement is what the task should cost in whole fen, nil where it is undetermined (§2).
func (l *ledger) entitlement(task Row) *big.Rat {
	exact := l.exactEntitlement(task)
	if exact == nil {
		return nil
	}
	// Rounded once, half-up, to the fen.
	return floor(add(exact, big.NewRat(1, 2)))
}

// exactEntitlement is the entitlement before rounding.
func (l *ledger) exactEntitlement(task Row) *big.Rat {
	// A task's own amount overrides every rule.
	if own := fraction(task["amount"]); own != nil {
		return own
	}
	// A task whose item is not in the catalogue has its own amount, or is undetermined.
	item := l.find("items", "code", task["item"])
	if item == nil {
		return nil
	}
	community := l.find("communities", "code", task["community"])
	rate := fraction(item["rate"])
	switch item["rule"] {
	case "", "none":
		return new(big.Rat)
	case "fixed":
		return rate
	case "per_case":
		return times(rate, l.quantity(task))
	case "per_household":
		return times(rate, fraction(community["households"]))
	case "per_capita":
		return times(rate, fraction(community["population"]))
	case "per_staff":
		return times(rate, fraction(community["staff"]))
	case "ratio":
		return times(times(rate, big.NewRat(1, 100)), fraction(task["base"]))
	}
	// agreed: the task's amount, which is missing here.
	return nil
}

// payer is one part of the list in an item's payers column.
type payer struct {
	code   string
	weight *big.Rat
	date   string
}

// payers reads CODE:WEIGHT[@DATE] joined by ;. Empty means the assigning department alone (§2).
func (l *ledger) payers(task Row) []payer {
	item := l.find("items", "code", task["item"])
	var list []payer
	for part := range strings.SplitSeq(item["payers"], ";") {
		code, rest, given := strings.Cut(strings.TrimSpace(part), ":")
		if !given {
			continue
		}
		weight, day, _ := strings.Cut(rest, "@")
		w, err := canonicalDecimal(weight)
		if err != nil {
			panic(err)
		}
		p := payer{code: strings.TrimSpace(code), weight: fraction(w)}
		if day = strings.TrimSpace(day); day != "" {
			if p.date, err = canonicalDate(day); err != nil {
				panic(err)
			}
		}
		list = append(list, p)
	}
	if len(list) == 0 {
		return []payer{{code: task["department"], weight: big.NewRat(1, 1)}}
	}
	return list
}

// obligation is one part of a task's entitlement (§2).
type obligation struct {
	task   Row
	place  int // among the task's payers
	payer  string
	amount *big.Rat // nil where the task is undetermined
	payBy  string   // empty where there is none
	dueEnd string   // empty where there is none
}

// obligations lists the parts of a task's entitlement in the order of the payers, whether they stand or not (§2).
func (l *ledger) obligations(task Row) []obligation {
	list := l.payers(task)
	parts := make([]*big.Rat, len(list))
	if whole := l.entitlement(task); whole != nil {
		parts = split(whole, list)
	}
	var all []obligation
	for i, p := range list {
		o := obligation{task: task, place: i, payer: p.code, amount: parts[i], payBy: l.payBy(task, p)}
		if o.payBy != "" {
			// due_end is the grace_days-th working day after pay_by (for 0, pay_by itself).
			o.dueEnd = workday(o.payBy, l.days("grace_days"))
		}
		all = append(all, o)
	}
	return all
}

// split divides whole fen by weight, by largest remainder, ties to the earlier in the list; the parts sum to the whole.
func split(whole *big.Rat, list []payer) []*big.Rat {
	sum := new(big.Rat)
	for _, p := range list {
		sum = add(sum, p.weight)
	}
	parts := make([]*big.Rat, len(list))
	remainders := make([]*big.Rat, len(list))
	left := whole
	for i, p := range list {
		exact := new(big.Rat).Quo(times(whole, p.weight), sum)
		parts[i] = floor(exact)
		remainders[i] = sub(exact, parts[i])
		left = sub(left, parts[i])
	}
	for left.Sign() > 0 {
		largest := 0
		for i := range remainders {
			if remainders[i].Cmp(remainders[largest]) > 0 {
				largest = i
			}
		}
		parts[largest] = add(parts[largest], big.NewRat(1, 1))
		remainders[largest] = big.NewRat(-1, 1)
		left = sub(left, big.NewRat(1, 1))
	}
	return parts
}

// payBy is the date by which a payer's part is to be paid, empty where there is none (§2).
func (l *ledger) payBy(task Row, p payer) string {
	day := p.date
	if day == "" {
		item := l.find("items", "code", task["item"])
		if item["timing"] == "arrears" {
			done := l.completion(task)
			if done == nil {
				return ""
			}
			day = max(addDays(done["completed_on"], l.days("arrears_days")), task["pay_by"])
		} else {
			// advance, which an empty timing means
			day = first(task["pay_by"], task["starts_on"], task["issued_on"])
		}
	}
	// Never before issued_on.
	return max(day, task["issued_on"])
}

// standingObligations lists a community's obligations that stand and have an amount, in the order of §5: by pay_by (no
// pay_by last), task no, place among the task's payers.
func (l *ledger) standingObligations(community string) []obligation {
	var all []obligation
	for _, task := range l.tasksOf(community) {
		if l.recalled(task) || l.rejected(task) || l.entitlement(task) == nil {
			continue
		}
		all = append(all, l.obligations(task)...)
	}
	sort.SliceStable(all, func(i, j int) bool {
		a, b := all[i], all[j]
		if a.payBy != b.payBy {
			return a.payBy != "" && (b.payBy == "" || a.payBy < b.payBy)
		}
		if a.task["no"] != b.task["no"] {
			return a.task["no"] < b.task["no"]
		}
		return a.place < b.place
	})
	return all
}

// first is the first text that is not empty.
func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
