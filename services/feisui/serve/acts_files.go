package serve

import (
	"context"
	"maps"
	"slices"
	"strings"

	"feisui/pkg/civil"
	"feisui/pkg/sheet"
	"feisui/pkg/web"
)

// This file is lists of instances as files.

// listing answers with a page, or with the whole list as a file: of that nothing
// may be missing.
func listing(
	ctx context.Context, in *web.Export, failed error, page any, more bool, table func(chinese bool) *sheet.Table, day civil.Date,
) (*web.Listing, error) {
	switch {
	case failed != nil:
		return nil, failed
	case in.Format == "" || in.Format == "json":
		return &web.Listing{Body: page}, nil
	case more:
		return nil, web.TooMany()
	}
	return in.File(ctx, table(in.Lang != "en"), day.String())
}

var lineColumns = []sheet.Name{
	{English: "workflow", Chinese: "流程"}, {English: "instance", Chinese: "编号"}, {English: "state", Chinese: "状态"},
	{English: "ended", Chinese: "已结束"}, {English: "overdue", Chinese: "已过期限"}, {English: "parties", Chinese: "涉及的单位"},
	{English: "version", Chinese: "流程版本"}, {English: "steps", Chinese: "步数"},
	{English: "deadline", Chinese: "最近的期限"}, {English: "due_on", Chinese: "最后一天"}, {English: "days_left", Chinese: "还有几天"},
}

func lineTable(lines []Line, chinese bool) *sheet.Table {
	t := &sheet.Table{Name: sheet.Name{English: "instances", Chinese: "办理"}, Columns: lineColumns}
	for i := range lines {
		t.Rows = append(t.Rows, lines[i].cells(chinese))
	}
	return t
}

func todoTable(todo []Todo, chinese bool) *sheet.Table {
	t := &sheet.Table{
		Name:    sheet.Name{English: "todo", Chinese: "待办"},
		Columns: append(slices.Clone(lineColumns), sheet.Name{English: "actions", Chinese: "我可以办的"}),
	}
	for i := range todo {
		var open []string
		for _, a := range todo[i].Actions {
			if len(a.WhyNot) == 0 {
				open = append(open, a.Title.in(chinese))
			}
		}
		t.Rows = append(t.Rows, append(todo[i].cells(chinese), strings.Join(open, "; ")))
	}
	return t
}

// cells are a line as a row of lineColumns.
func (l *Line) cells(chinese bool) []any {
	var parties []string
	for _, part := range slices.Sorted(maps.Keys(l.Parties)) {
		parties = append(parties, part+": "+l.Parties[part])
	}
	row := []any{
		l.Workflow, l.Instance, l.Title.in(chinese), yes(l.Ended, chinese), yes(l.Overdue, chinese), strings.Join(parties, "; "),
		int64(l.Version), int64(l.Steps), nil, nil, nil,
	}
	if d := l.Due; d != nil {
		row[8], row[9], row[10] = d.Title.in(chinese), d.DueOn, int64(d.Left)
	}
	return row
}

func (w Words) in(chinese bool) string {
	if chinese {
		return w.Chinese
	}
	return w.English
}

func yes(is, chinese bool) string {
	word := Words{"否", "no"}
	if is {
		word = Words{"是", "yes"}
	}
	return word.in(chinese)
}
