package workbook

import "strings"

// Column is one column of a sheet, by the two names that its header may have.
type Column struct{ Name, Chinese string }

// Sheet is one sheet of a workbook, by the two names that its file or tab may
// have. The English name is its name in the program.
type Sheet struct {
	Name, Chinese string
	Columns       []Column

	// Foreign says that somebody else's program made it, a bank's: as the layout's
	// only sheet it may have any name, and columns that the layout does not know are
	// left alone. What the layout does know is read as strictly as ever.
	Foreign bool
}

// Layout lists the sheets that a workbook may have. A sheet or column that is
// not there is empty; one that the layout does not know is a fault.
type Layout []Sheet

// What users add for themselves is left alone, unless a layout claims the name.
var (
	ignoredSheets  = map[string]bool{"说明": true, "_lists": true}
	ignoredColumns = map[string]bool{"序号": true, "备注": true}
)

func ignoredColumn(name string) bool {
	return ignoredColumns[name] || strings.HasPrefix(name, "#")
}

// find gives the sheet that a file or tab of this name holds.
func (l Layout) find(name string) (Sheet, bool) {
	name = fold(name)
	if len(l) == 1 && l[0].Foreign && !ignoredSheets[name] {
		return l[0], true
	}
	for _, s := range l {
		if name != "" && (name == fold(s.Name) || name == fold(s.Chinese)) {
			return s, true
		}
	}
	return Sheet{}, false
}

// names lists the sheets for a reader who has to pick one.
func (l Layout) names() string {
	var names []string
	for _, s := range l {
		names = append(names, both(s.Name, s.Chinese))
	}
	return strings.Join(names, ", ")
}

// find gives the position of the column that a header names, or -1.
func (s Sheet) find(header string) int {
	for i, c := range s.Columns {
		if header != "" && (header == fold(c.Name) || header == fold(c.Chinese)) {
			return i
		}
	}
	return -1
}

// names lists the columns for a reader who has to pick one.
func (s Sheet) names() string {
	var names []string
	for _, c := range s.Columns {
		names = append(names, both(c.Name, c.Chinese))
	}
	return strings.Join(names, ", ")
}

func both(name, chinese string) string {
	if chinese == "" || chinese == name {
		return name
	}
	return name + "·" + chinese
}
