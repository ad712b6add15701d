package serve

import (
	"context"
	"maps"
	"slices"
	"strings"

	"feisui/pkg/civil"
	"feisui/pkg/sheet"
	"feisui/pkg/web"
	"feisui/services/feisui/act"
	"feisui/services/portal"
)

// This file is lists of instances as files.

// listing answers with a page, or with the whole list as a file: of that nothing
// may be missing.
func listing(ctx context.Context, in *web.Export, failed error, page any, more bool, table func() *sheet.Table, day civil.Date) (*web.Listing, error) {
	switch {
	case failed != nil:
		return nil, failed
	case in.Format == "" || in.Format == "json":
		return web.Page(page), nil
	case more:
		return nil, web.TooMany()
	}
	return in.File(ctx, table(), day.String)
}

// called is what the codes in a list of instances are called.
type called struct {
	names  map[string]string // of organisations and items
	titles map[string]Words  // of workflows
}

// calledIn finds out, when a file is asked for, what lines need.
func calledIn(c *act.County, in *web.Export, workflows ...string) (k called) {
	if in.Format == "" || in.Format == "json" {
		return k
	}
	k = called{map[string]string{}, map[string]Words{}}
	d := c.Book.Directory(c.Flows.Day())
	for _, one := range d.Departments {
		k.names[one.Code] = one.Name
	}
	for _, one := range d.Streets {
		k.names[one.Code] = one.Name
	}
	for _, one := range d.Communities {
		k.names[one.Code] = one.Name
	}
	for i := range d.Items {
		k.names[d.Items[i].Code] = d.Items[i].Name
	}
	for _, name := range workflows {
		if by, _ := c.InForce(name); by != nil {
			k.titles[name] = wordsOf(by.Title)
		}
	}
	return k
}

// name is what a code is called, or the code.
func (k *called) name(code string) string {
	if name := k.names[code]; name != "" {
		return name
	}
	return code
}

var lineColumns = []sheet.Name{
	{English: "workflow_name", Chinese: "流程"}, {English: "instance", Chinese: "编号"}, {English: "state_name", Chinese: "状态"}, {English: "lamp_name", Chinese: "灯色"},
	{English: "ended", Chinese: "已结束"}, {English: "overdue", Chinese: "已过期限"}, {English: "parties", Chinese: "涉及的单位"},
	{English: "amount", Chinese: "金额"}, {English: "purpose", Chinese: "用途"},
	{English: "deadline", Chinese: "最近的期限"}, {English: "due_on", Chinese: "最后一天"}, {English: "days_left", Chinese: "还有几天"},
	{English: "version", Chinese: "流程版本"}, {English: "steps", Chinese: "步数"},
	{English: "workflow", Chinese: "流程代码"}, {English: "state", Chinese: "状态代码"}, {English: "lamp", Chinese: "灯色代码"}, {English: "party_codes", Chinese: "涉及单位的代码"},
}

func lineTable(lines []Line, k called) *sheet.Table {
	return &sheet.Table{Name: sheet.Name{English: "instances", Chinese: "办理"}, Columns: lineColumns, Stream: func(yield func([]any, error) bool) {
		for i := range lines {
			if !yield(lines[i].cells(k), nil) {
				return
			}
		}
	}}
}

func todoTable(todo []Todo, k called) *sheet.Table {
	columns := append(slices.Clone(lineColumns), sheet.Name{English: "actions", Chinese: "我可以办的"})
	return &sheet.Table{Name: sheet.Name{English: "todo", Chinese: "待办"}, Columns: columns, Stream: func(yield func([]any, error) bool) {
		for i := range todo {
			var open listed
			for _, a := range todo[i].Actions {
				if len(a.WhyNot) == 0 {
					open.add(sheet.Name{English: a.Title.English, Chinese: a.Title.Chinese})
				}
			}
			if !yield(append(todo[i].cells(k), open.said()), nil) {
				return
			}
		}
	}}
}

// listed are several things in one cell.
type listed struct{ english, chinese []string }

func (l *listed) add(n sheet.Name) {
	l.english, l.chinese = append(l.english, n.English), append(l.chinese, n.Chinese)
}

func (l *listed) said() sheet.Name {
	return sheet.Name{English: strings.Join(l.english, "; "), Chinese: strings.Join(l.chinese, "；")}
}

// cells are a line as a row of lineColumns.
func (l *Line) cells(k called) []any {
	var parties listed
	var codes []string
	for _, part := range slices.Sorted(maps.Keys(l.Parties)) {
		of, is := portal.Word("part", part), []string{}
		for code := range strings.SplitSeq(l.Parties[part], ";") {
			is = append(is, k.name(code))
		}
		parties.add(sheet.Name{English: of.English + ": " + strings.Join(is, ", "), Chinese: of.Chinese + "：" + strings.Join(is, "、")})
		codes = append(codes, part+": "+l.Parties[part])
	}
	workflow := sheet.Name{English: l.Workflow, Chinese: l.Workflow}
	if title, known := k.titles[l.Workflow]; known {
		workflow = title.name()
	}
	row := []any{
		workflow, l.Instance, l.Title.name(), portal.Word("lamp", l.Lamp), yes(l.Ended), yes(l.Overdue), parties.said(), nil, l.Purpose, nil, nil, nil,
		int64(l.Version), int64(l.Steps), l.Workflow, l.State, l.Lamp, strings.Join(codes, "; "),
	}
	if l.Amount != nil {
		row[7] = *l.Amount
	}
	if d := l.Due; d != nil {
		row[9], row[10], row[11] = d.Title.name(), d.DueOn, int64(d.Left)
	}
	return row
}

func (w Words) name() sheet.Name { return sheet.Name{English: w.English, Chinese: w.Chinese} }

func yes(is bool) sheet.Name {
	if is {
		return sheet.Name{English: "yes", Chinese: "是"}
	}
	return sheet.Name{English: "no", Chinese: "否"}
}
