package api

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/access"
	"feisui/pkg/web"
	"feisui/services/people"
	"feisui/services/people/keep"
)

// This file is how much one person takes away, and the alarms of that.

// Alarm is somebody who took much away, as the audit log has it.
type Alarm struct {
	N         int64           `json:"n" doc:"审计日志的序号 (its number in the audit log)"`
	Time      time.Time       `json:"time"`
	Actor     string          `json:"actor" doc:"谁 (who)"`
	Operation string          `json:"operation" doc:"最后取走的是什么 (what was taken at last)"`
	Asked     string          `json:"asked" doc:"最后一次的网址 (the address that was asked for at last)"`
	Files     int64           `json:"files" doc:"一天内的文件数 (files within a day)"`
	Rows      int64           `json:"rows" doc:"一天内的行数 (rows within a day)"`
	Decision  access.Decision `json:"decision" enum:"done,refused" doc:"done：已到告警线，仍给了；refused：超过限额，没有给 (done: it was the alarm, and was answered; refused: it was beyond the bound)"`
	Address   string          `json:"address,omitempty"`
}

// Alarms are a page of them.
type Alarms struct {
	Alarms []Alarm `json:"alarms"`
	Next   int64   `json:"next,omitempty" doc:"还有更多时，下一页的 before (before of the next page, when there is one)"`

	FilesHour  int64 `json:"files_hour" doc:"每人每小时最多几个文件 (files that one person may take within an hour)"`
	RowsDay    int64 `json:"rows_day" doc:"每人每天最多几行 (rows that one person may take within a day)"`
	FilesAlarm int64 `json:"files_alarm" doc:"一天内到几个文件告警 (files within a day at which the alarm is raised)"`
	RowsAlarm  int64 `json:"rows_alarm" doc:"一天内到几行告警 (rows within a day at which the alarm is raised)"`
}

type (
	alarmsIn struct {
		web.OfCounty
		Before string `query:"before" example:"4711" doc:"上一页的 next (next of the page before)"`
		Limit  string `query:"limit" pattern:"^[0-9]+$" example:"100" doc:"最多几条，1 至 1000，缺省 100 (how many at most)"`
	}
	alarmsOut struct{ Body Alarms }
)

func (s *service) routeAlarms(api *web.API) {
	web.Register(api, huma.Operation{
		OperationID: "audit_alarms", Method: http.MethodGet, Path: "/v1/counties/{county}/audit/alarms", Tags: tags, Metadata: sensitive,
		Summary: "大量读取告警，最近的在前 (who took much away, the newest first)",
		Description: "每人一天内下载或读取的文件数、行数到告警线，即记一条；超过限额的被拒绝，也在此列出。" +
			" (A line for each person who took much away within a day; what was refused as beyond the bounds is listed too.)",
	}, []web.Refusal{
		countyUnknown, forbidden, badLimit, {Status: http.StatusUnprocessableEntity, Code: "AFTER", Chinese: "before 不是上一页给出的值"},
	}, s.alarms)
}

func (s *service) alarms(ctx context.Context, in *alarmsIn) (*alarmsOut, error) {
	if err := s.may(ctx, in.County, access.AuditAdmin); err != nil {
		return nil, err
	}
	limit, err := limitOf(in.Limit)
	if err != nil {
		return nil, err
	}
	before, err := beforeOf(in.Before)
	if err != nil {
		return nil, err
	}
	lines, err := s.People().Trail.Alarms(ctx, in.County, before, limit)
	if err != nil {
		return nil, err
	}
	is := Alarms{
		Alarms: make([]Alarm, 0, len(lines)), FilesHour: people.FilesHour, RowsDay: people.RowsDay, FilesAlarm: people.FilesAlarm, RowsAlarm: people.RowsAlarm,
	}
	for i := range lines {
		l := &lines[i]
		asked, t := people.TakenIn(l.Target)
		is.Alarms = append(is.Alarms, Alarm{l.N, time.UnixMicro(l.Time).UTC(), l.Actor, l.Operation, asked, t.Files, t.Rows, l.Decision, l.Address})
	}
	if len(lines) == limit {
		is.Next = lines[limit-1].N
	}
	return &alarmsOut{is}, nil
}

// Quota bounds what one person takes away, see web.Quota.
type Quota struct{ people func() *keep.People }

// Quota gives it.
func (s Source) Quota() Quota { return Quota{s.People} }

// MayTakeFile refuses a file before it is made.
func (q Quota) MayTakeFile(ctx context.Context, r access.Record) error {
	t, err := q.people().MayTakeFile(ctx, access.From(ctx), r.County)
	return q.refused(ctx, r, t, err)
}

// TakeFile counts a file that is about to be answered.
func (q Quota) TakeFile(ctx context.Context, r access.Record, rows int) error {
	t, err := q.people().TakeFile(ctx, access.From(ctx), r, int64(rows))
	if errors.Is(err, keep.ErrUntold) {
		return web.AuditAway()
	}
	return q.refused(ctx, r, t, err)
}

// MayReadOn refuses a large page.
func (q Quota) MayReadOn(ctx context.Context, r access.Record) error {
	t, err := q.people().MayReadOn(access.From(ctx), r.County)
	return q.refused(ctx, r, t, err)
}

// Read counts the rows of a page that was answered.
func (q Quota) Read(ctx context.Context, r access.Record, rows int) {
	q.people().Read(ctx, access.From(ctx), r, int64(rows))
}

// refused is the answer to who has taken too much: it says when it may be again, and the
// audit log how much it was.
func (q Quota) refused(ctx context.Context, r access.Record, t people.Taken, err error) error {
	var no *people.Refusal
	if !errors.As(err, &no) {
		return err
	}
	web.Found(ctx, "", "", t.Target(r.Target))
	is := *no
	is.Args = maps.Clone(no.Args)
	again := q.people().Now().Add(time.Duration(no.Wait) * time.Second).In(zone)
	is.Args["again"] = again.Format("2006-01-02 15:04")
	is.Args["files_hour"], is.Args["rows_day"] = strconv.Itoa(people.FilesHour), strconv.Itoa(people.RowsDay)
	return problem(&is)
}

var _ web.Quota = Quota{}
