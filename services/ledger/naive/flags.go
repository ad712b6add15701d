package naive

import (
	"math/big"
	"sort"
)

// flag is one row of what §6 derives. The amount is nil where the table has –.
type flag struct {
	rule, subject, responsible, since string
	amount                            *big.Rat
	lamp                              string
}

// flagsOf lists the flags that stand with a community, by rule and subject (§9).
func (l *ledger) flagsOf(community string) []flag {
	shares := l.allocate(community)
	var flags []flag
	for _, task := range l.tasksOf(community) {
		flags = append(flags, l.standingTaskFlags(task)...)
		flags = append(flags, l.moneyTaskFlags(shares, task)...)
	}
	flags = append(flags, l.commitmentFlags(community)...)
	for _, payment := range l.paymentsFor(community) {
		flags = append(flags, l.paymentFlags(payment)...)
	}
	flags = append(flags, l.plaqueFlags(community)...)
	sortFlags(flags)
	return flags
}

// sortFlags orders flags by (rule, subject), by code point (§9).
func sortFlags(flags []flag) {
	sort.SliceStable(flags, func(i, j int) bool {
		if flags[i].rule != flags[j].rule {
			return flags[i].rule < flags[j].rule
		}
		return flags[i].subject < flags[j].subject
	})
}

// lampOf is the lamp of a task: its worst flag, red, yellow, blue, else green (§6).
func lampOf(flags []flag, task Row) string {
	worst := "green"
	for _, lamp := range []string{"blue", "yellow", "red"} {
		for _, f := range flags {
			if f.lamp == lamp && isTaskRule(f.rule) && f.subject == task["no"] {
				worst = lamp
			}
		}
	}
	return worst
}

// isTaskRule tells whether the subject of a rule is a task.
func isTaskRule(rule string) bool {
	switch rule {
	case "prohibited", "unadmitted", "unfunded", "underfunded", "due_soon", "funded_late", "undetermined", "unreceipted",
		"no_authority", "duplicated":
		return true
	}
	return false
}
