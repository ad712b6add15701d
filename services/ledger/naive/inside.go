package naive

import "strings"

// inside tells whether purpose x is inside purpose y: when they are equal, when y is general, when y is department and
// x is not general, and when x is a task (whatever its issue date) of the item y (§6).
func (l *ledger) inside(x, y string) bool {
	if x == y || y == "general" {
		return true
	}
	if y == "department" {
		return x != "general"
	}
	no, isTask := strings.CutPrefix(x, "task:")
	code, isItem := strings.CutPrefix(y, "item:")
	if !isTask || !isItem {
		return false
	}
	task := l.find("tasks", "no", no)
	return task != nil && task["item"] == code
}
