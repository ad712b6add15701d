// Package naive computes the statement of docs/spec/reconciliation.md a second time, from the text alone.
//
// It shares no code with the engine it checks. Every answer is worked out from the rows again each time it is asked
// for, with plain loops, exact fractions and dates as text; nothing is indexed or remembered. It expects a valid
// workbook and looks for no faults. A § in a comment names the section of the specification that the code follows.
package naive

import (
	"encoding/json"
	"sort"
)

// Row is one row of a sheet: English column name to the text of the cell. A missing column is an empty cell.
type Row map[string]string

// Book is a workbook: rows by English sheet name, and the content of policy.json (nil where there is none).
type Book struct {
	Sheets map[string][]Row
	Policy map[string]any
}

// Statement reads the CSV folder and returns the JSON object of §9 as of the day on (2025-06-30).
func Statement(folder string, on string) ([]byte, error) {
	book, err := ReadFolder(folder)
	if err != nil {
		return nil, err
	}
	return StatementOf(book, on)
}

// StatementOf returns the JSON object of §9 for the rows of a book as of the day on (2025-06-30). The book is not
// changed. Cells may be in any of the forms of §1.
func StatementOf(book Book, on string) ([]byte, error) {
	l, err := open(book, on)
	if err != nil {
		return nil, err
	}
	return json.MarshalIndent(l.statement(), "", " ")
}

// ledger is a workbook in canonical cells, looked at on one day.
type ledger struct {
	sheets map[string][]Row
	policy map[string]any
	on     string
}

// open brings every cell of the book to its canonical text and drops repeated rows.
func open(book Book, on string) (*ledger, error) {
	day, err := canonicalDate(on)
	if err != nil {
		return nil, err
	}
	l := &ledger{sheets: map[string][]Row{}, policy: book.Policy, on: day}
	for _, sheet := range schema {
		// §1: A row that repeats an identical earlier row is not an error and changes nothing.
		seen := map[string]bool{}
		for _, raw := range book.Sheets[sheet.name] {
			row, err := canonicalRow(sheet, raw)
			if err != nil {
				return nil, err
			}
			text, err := json.Marshal(row)
			if err != nil {
				return nil, err
			}
			if !seen[string(text)] {
				seen[string(text)] = true
				l.sheets[sheet.name] = append(l.sheets[sheet.name], row)
			}
		}
	}
	return l, nil
}

// find returns the row of the sheet with the given text in the column, or nil.
func (l *ledger) find(sheet, column, text string) Row {
	for _, row := range l.sheets[sheet] {
		if row[column] == text {
			return row
		}
	}
	return nil
}

// isCommunity tells whether a party code is a community of the workbook.
func (l *ledger) isCommunity(code string) bool {
	return code != "" && l.find("communities", "code", code) != nil
}

// kindOf is the kind of a department, empty where the party is none.
func (l *ledger) kindOf(code string) string {
	return l.find("departments", "code", code)["kind"]
}

// tasksOf lists a community's tasks that exist on the day, by no: issued_on ≤ on.
func (l *ledger) tasksOf(community string) []Row {
	var tasks []Row
	for _, task := range l.sheets["tasks"] {
		if task["community"] == community && task["issued_on"] <= l.on {
			tasks = append(tasks, task)
		}
	}
	sort.Slice(tasks, func(i, j int) bool { return tasks[i]["no"] < tasks[j]["no"] })
	return tasks
}

// days is a policy number of §8, or its default.
func (l *ledger) days(name string) int {
	if v, given := l.policy[name]; given && v != nil {
		return integer(v)
	}
	return map[string]int{
		"receipt_days": 5, "query_days": 3, "grace_days": 0, "passthrough_days": 15, "arrival_days": 10,
		"arrears_days": 30,
	}[name]
}

// plaqueCap is the cap of a zone and whether there is one (§8). Given caps replace single zones.
func (l *ledger) plaqueCap(zone string) (int, bool) {
	if caps, given := l.policy["plaque_caps"].(map[string]any); given {
		if v, named := caps[zone]; named {
			if v == nil {
				return 0, false
			}
			return integer(v), true
		}
	}
	switch zone {
	case "outside":
		return 4, true
	case "inside":
		return 10, true
	}
	return 0, false
}

// integer reads a whole number of policy.json, decoded or written in Go.
func integer(v any) int {
	switch n := v.(type) {
	case int:
		return n
	case float64:
		return int(n)
	}
	return 0
}
