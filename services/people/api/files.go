package api

import (
	"context"
	"encoding/hex"
	"iter"
	"strings"
	"time"

	"feisui/pkg/sheet"
	"feisui/pkg/web"
	"feisui/services/people"
	"feisui/services/people/keep"
)

// This file is the lists of people, grants and the audit log as files.

// Words says what a word of the interface is called: of what it is one, and the word.
type Words func(of, word string) sheet.Name

// paged gives a whole list page after page; next is what comes after a row.
func paged[R any](page func(after string, limit int) ([]R, error), next func(*R) string) iter.Seq2[*R, error] {
	return func(yield func(*R, error) bool) {
		for after := ""; ; {
			rows, err := page(after, limitMax)
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range rows {
				if !yield(&rows[i], nil) {
					return
				}
			}
			if len(rows) < limitMax {
				return
			}
			after = next(&rows[len(rows)-1])
		}
	}
}

// stream is a table of rows as they come.
func stream[R any](name sheet.Name, columns []sheet.Name, rows iter.Seq2[*R, error], cells func(*R) []any) *sheet.Table {
	return &sheet.Table{Name: name, Columns: columns, Stream: func(yield func([]any, error) bool) {
		for row, err := range rows {
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(cells(row), nil) {
				return
			}
		}
	}}
}

// moment is a time as people read it.
func moment(t *time.Time) any {
	if t == nil || t.IsZero() {
		return nil
	}
	return t.In(zone).Format(time.DateTime)
}

// today names a file of what has no day of its own.
func (s *service) today() string { return s.People().Now().In(zone).Format(time.DateOnly) }

func (s *service) everybody(ctx context.Context, county string) iter.Seq2[*keep.Listed, error] {
	return paged(func(after string, limit int) ([]keep.Listed, error) {
		return s.People().List(ctx, county, "", after, limit)
	}, func(l *keep.Listed) string { return l.Name })
}

// displays are what the people of a county are called, by who they are in the log.
func (s *service) displays(ctx context.Context, county string) (map[string]string, error) {
	names := map[string]string{}
	for one, err := range s.everybody(ctx, county) {
		if err != nil {
			return nil, err
		}
		names[one.Principal()] = one.Display
	}
	return names, nil
}

func (s *service) peopleFile(ctx context.Context, in *peopleIn) (*web.Listing, error) {
	t := stream(sheet.Name{English: "people", Chinese: "人员"}, []sheet.Name{
		{English: "user", Chinese: "用户名"}, {English: "display", Chinese: "姓名或职务"}, {English: "office", Chinese: "所在单位代码"}, {English: "roles", Chinese: "角色"},
		{English: "state_name", Chinese: "状态"}, {English: "grants", Chinese: "授权代码"}, {English: "state", Chinese: "状态代码"},
		{English: "id", Chinese: "编号"}, {English: "person", Chinese: "是哪一个人"},
	}, s.everybody(ctx, in.County), func(l *keep.Listed) []any {
		var zh, en, codes []string
		for _, g := range l.Grants {
			role, scope, code := s.Words("role", string(g.Role)), "", string(g.Role)
			if g.Scope != "" {
				scope, code = " "+g.Scope, code+"@"+g.Scope
			}
			zh, en, codes = append(zh, role.Chinese+scope), append(en, role.English+scope), append(codes, code)
		}
		return []any{
			l.Name, l.Display, l.Office, sheet.Name{English: strings.Join(en, "; "), Chinese: strings.Join(zh, "；")}, s.Words("account", string(l.State)),
			strings.Join(codes, "; "), string(l.State), l.ID, l.Person,
		}
	})
	return in.File(ctx, t, s.today)
}

func (s *service) grantsFile(ctx context.Context, in *web.Export, county, user, state string) (*web.Listing, error) {
	names, err := s.displays(ctx, county)
	if err != nil {
		return nil, err
	}
	t := stream(sheet.Name{English: "grants", Chinese: "授权"}, []sheet.Name{
		{English: "display", Chinese: "姓名或职务"}, {English: "user", Chinese: "用户名"}, {English: "role_name", Chinese: "角色"}, {English: "scope", Chinese: "范围"},
		{English: "state_name", Chinese: "状态"}, {English: "requested_by", Chinese: "申请"}, {English: "requested_at", Chinese: "申请时间"},
		{English: "decided_by", Chinese: "批准或不批准"}, {English: "decided_at", Chinese: "处理时间"},
		{English: "revoked_by", Chinese: "撤销"}, {English: "revoked_at", Chinese: "撤销时间"},
		{English: "role", Chinese: "角色代码"}, {English: "state", Chinese: "状态代码"}, {English: "id", Chinese: "编号"},
	}, paged(func(after string, limit int) ([]keep.Granted, error) {
		return s.People().Grants(ctx, county, user, people.GrantState(state), after, limit)
	}, func(g *keep.Granted) string { return g.ID }), func(g *keep.Granted) []any {
		return []any{
			g.Display, g.Name, s.Words("role", string(g.Role)), g.Scope, s.Words("grant", string(g.State)),
			called(names, g.RequestedBy), moment(&g.RequestedAt), called(names, g.DecidedBy), moment(g.DecidedAt),
			called(names, g.RevokedBy), moment(g.RevokedAt),
			string(g.Role), string(g.State), g.ID,
		}
	})
	return in.File(ctx, t, s.today)
}

// called is what somebody is called, or who they are in the log.
func called(names map[string]string, who string) string {
	if name := names[who]; name != "" {
		return name
	}
	return who
}

func (s *service) auditFile(ctx context.Context, in *auditIn, w keep.Wanted, before int64) (*web.Listing, error) {
	names, err := s.displays(ctx, in.County)
	if err != nil {
		return nil, err
	}
	lines := func(yield func(*people.Line, error) bool) {
		for before := before; ; {
			lines, err := s.People().Trail.Lines(ctx, in.County, w, before, limitMax)
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range lines {
				if !yield(&lines[i], nil) {
					return
				}
			}
			if len(lines) < limitMax {
				return
			}
			before = lines[len(lines)-1].N
		}
	}
	t := stream(sheet.Name{English: "audit", Chinese: "审计日志"}, []sheet.Name{
		{English: "n", Chinese: "序号"}, {English: "time", Chinese: "时间"}, {English: "actor_name", Chinese: "谁"}, {English: "operation_name", Chinese: "操作"},
		{English: "target", Chinese: "对象"}, {English: "decision_name", Chinese: "结果"}, {English: "code", Chinese: "原因代码"}, {English: "address", Chinese: "网络地址"},
		{English: "request", Chinese: "请求编号"}, {English: "hash", Chinese: "校验值"},
		{English: "actor", Chinese: "操作人编号"}, {English: "operation", Chinese: "操作代码"}, {English: "decision", Chinese: "结果代码"},
	}, lines, func(l *people.Line) []any {
		return []any{
			l.N, time.UnixMicro(l.Time).In(zone).Format(time.RFC3339Nano), called(names, l.Actor), s.Words("operation", l.Operation), called(names, l.Target),
			s.Words("decision", string(l.Decision)), l.Code, l.Address, l.RequestID, hex.EncodeToString(l.Hash[:]), l.Actor, l.Operation, string(l.Decision),
		}
	})
	return in.File(ctx, t, s.today)
}
