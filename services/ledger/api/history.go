package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/access"
	"feisui/pkg/journal"
	"feisui/pkg/web"
	"feisui/schemas"
	"feisui/services/ledger/keep"
)

// Recorded is an entry of the journal as it is shown.
type Recorded struct {
	Position   int64           `json:"position" doc:"第几条记录 (its position in the county)"`
	Type       string          `json:"type" doc:"事件 (the event)" example:"task.assigned"`
	Stream     string          `json:"stream" doc:"所属的事物 (whose history it is part of)" example:"task/JB2025-0031"`
	Version    int64           `json:"version" doc:"其中的第几条 (its place in that history)"`
	RecordedAt time.Time       `json:"recorded_at"`
	Request    string          `json:"request" doc:"登记它的请求 (the request that recorded it)"`
	Actor      string          `json:"actor,omitempty"`
	Kind       string          `json:"kind" enum:"record,act" doc:"补录或当场办理 (history as it was, or a person, now)"`
	Accounts   []string        `json:"accounts,omitempty" doc:"会改变谁的账目；空则为全县 (whose figures it can change; none: the whole county)"`
	Data       json.RawMessage `json:"data" doc:"内容，见 schemas/events (what is said, as schemas/events has it)"`
}

func recorded(e *journal.Entry) Recorded {
	return Recorded{
		Position: e.Position, Type: e.Type, Stream: e.Stream, Version: e.Version, RecordedAt: e.RecordedAt, Request: e.Request,
		Actor: e.Actor, Kind: e.Kind, Accounts: e.Accounts, Data: e.Data,
	}
}

// EntryList is a page of entries. Next is the position to ask after, 0 at the end.
type EntryList struct {
	Position int64      `json:"position" doc:"账目已算到第几条记录；列到这里为止 (how far the figures are; the list ends there)"`
	Entries  []Recorded `json:"entries"`
	Next     int64      `json:"next,omitempty" doc:"还有更多时，下一页的 after (after of the next page, when there is one)"`
}

// AfterIn is where a page of entries begins.
type AfterIn struct {
	After string `query:"after" pattern:"^[0-9]+$" example:"4711" doc:"第几条之后 (after this position)"`
	Limit string `query:"limit" pattern:"^[0-9]+$" example:"100" doc:"最多几条，1 至 1000，缺省 100 (how many at most)"`
}

func (s *service) routeHistory(api *web.API) {
	web.Register(api, huma.Operation{
		OperationID: "timeline", Method: http.MethodGet, Path: "/v1/counties/{county}/communities/{code}/timeline", Tags: tags,
		Summary: "一个社区的来龙去脉 (a community's history)",
		Description: "会改变这个社区账目的每一条记录，按先后；全县的规定（事项、部门、准入、参数）不在内。" +
			" (Every entry that can change this community's figures, in order; what holds for the whole county is not among them.)",
		Metadata: sensitive, Responses: api.Listed(EntryList{}),
	}, append([]web.Refusal{
		countyUnknown, badLimit, badAfter, badWord, {Status: http.StatusNotFound, Code: "COMMUNITY_UNKNOWN", Chinese: "没有这个社区"},
	}, web.ExportRefusals...), s.timeline)
	web.Register(api, huma.Operation{
		OperationID: "entries", Method: http.MethodGet, Path: "/v1/counties/{county}/entries", Tags: tags,
		Summary: "全部记录，按先后 (every entry, in order)",
		Description: "供其他系统补齐：NATS 上只保留 30 天。stream 只看一个事物的，position 只看一条：一个数字背后的记录。" +
			" (For other systems to catch up: the bus keeps 30 days. stream and position choose those behind a number.)",
		Metadata: sensitive, Responses: api.Listed(EntryList{}),
	}, append([]web.Refusal{countyUnknown, badLimit, badAfter, badWord}, web.ExportRefusals...), s.entries)
}

type timelineIn struct {
	web.OfCounty
	Code string `path:"code" example:"431026102001" doc:"区划代码 (the community's code)"`
	AfterIn
	web.Export
}

func (s *service) timeline(ctx context.Context, in *timelineIn) (*web.Listing, error) {
	unknown := func(listed int) error {
		if listed > 0 || in.After != "" {
			return nil
		}
		return web.Refuse(http.StatusNotFound, "COMMUNITY_UNKNOWN", "没有这个社区的记录："+in.Code, "nothing is recorded of this community: "+in.Code)
	}
	file, err := in.AsFile(in.After, in.Limit)
	if err != nil {
		return nil, err
	}
	return s.recordedAs(ctx, in.County, &in.AfterIn, file, &in.Export, func(l *keep.Ledger, after, upTo int64, limit int) iter.Seq2[journal.Entry, error] {
		if !l.Within(access.Within(ctx), in.Code) { // as if nothing was recorded of it
			return none
		}
		return s.Journal().OfAccount(ctx, in.County, in.Code, after, upTo, limit)
	}, unknown)
}

type entriesIn struct {
	web.OfCounty
	Stream   string `query:"stream" example:"task/JB2025-0031" doc:"只看这个事物的 (of this stream alone)"`
	Position string `query:"position" pattern:"^[0-9]+$" example:"4711" doc:"只看第几条 (the entry at this position alone)"`
	AfterIn
	web.Export
}

// entries may be a file that begins after a position: that is no page, but what came since.
func (s *service) entries(ctx context.Context, in *entriesIn) (*web.Listing, error) {
	position, err := positionOf("position", in.Position)
	if err != nil {
		return nil, err
	}
	file, err := in.AsFile("", in.Limit)
	if err != nil {
		return nil, err
	}
	return s.recordedAs(ctx, in.County, &in.AfterIn, file, &in.Export, func(l *keep.Ledger, after, upTo int64, limit int) iter.Seq2[journal.Entry, error] {
		scope := access.Within(ctx)
		switch mine := visible(l, scope); {
		case in.Position != "" && (position <= after || position < 1):
			return none
		case in.Position != "":
			return chosen(s.Journal().After(ctx, in.County, position-1, 1), limit, func(e *journal.Entry) bool {
				return e.Position == position && (in.Stream == "" || e.Stream == in.Stream) && mine(e)
			})
		case in.Stream != "" && kept(ctx, in.Stream): // as what never was: not even as a page after this one
			return none
		case in.Stream != "":
			return chosen(s.Journal().Stream(ctx, in.County, in.Stream), limit, func(e *journal.Entry) bool { return e.Position > after && mine(e) })
		case !scope.All:
			return s.ofAccounts(ctx, in.County, l.Accounts(scope), after, upTo, limit)
		}
		return s.Journal().After(ctx, in.County, after, limit)
	}, func(int) error { return nil })
}

// recordedAs answers with a page of entries, or with all of them as a file. check is told how
// many there are.
func (s *service) recordedAs(ctx context.Context, county string, in *AfterIn, file bool, as *web.Export,
	from func(l *keep.Ledger, after, upTo int64, limit int) iter.Seq2[journal.Entry, error], check func(listed int) error,
) (*web.Listing, error) {
	l, err := s.Ledger(county)
	if err != nil {
		return nil, err
	}
	after, err := positionOf("after", in.After)
	if err != nil {
		return nil, err
	}
	if file {
		say, err := s.spoken(l)
		if err != nil {
			return nil, err
		}
		upTo := l.At()
		rows := s.shown(ctx, l, upTo, from(l, after, upTo, 0), check)
		return as.File(ctx, entryTable.stream(rows, say), atPosition(upTo))
	}
	limit, err := limitOf(in.Limit)
	if err != nil {
		return nil, err
	}
	list, err := s.page(ctx, l, limit, func(upTo int64) iter.Seq2[journal.Entry, error] { return from(l, after, upTo, limit+1) })
	if err == nil {
		err = check(len(list.Entries))
	}
	if err != nil {
		return nil, err
	}
	return web.Page(list), nil
}

// shown gives the entries up to a position that may be shown, as they are, and whatever
// is wrong with how many there are.
func (s *service) shown(
	ctx context.Context, l *keep.Ledger, upTo int64, from iter.Seq2[journal.Entry, error], check func(int) error,
) iter.Seq2[*Recorded, error] {
	return func(yield func(*Recorded, error) bool) {
		listed := 0
		for e, err := range from {
			if err != nil {
				yield(nil, err)
				return
			}
			if e.Position > upTo {
				break
			}
			if kept(ctx, e.Stream) {
				continue
			}
			e.Accounts = l.Some(access.Within(ctx), e.Accounts)
			listed++
			if r := recorded(&e); !yield(&r, nil) {
				return
			}
		}
		if err := check(listed); err != nil {
			yield(nil, err)
		}
	}
}

// kept reports that a stream's entries are kept from whoever asks: what is confidential, but for
// what audits read all the same.
func kept(ctx context.Context, stream string) bool {
	return schemas.Confidential(stream) && !(schemas.Audited(stream) && access.From(ctx).Holds(access.Auditor, ""))
}

// none gives no entry.
func none(func(journal.Entry, error) bool) {}

// visible reports of entries whether they are within a scope: whether they can change
// an account that is.
func visible(l *keep.Ledger, scope access.Scope) func(*journal.Entry) bool {
	return func(e *journal.Entry) bool { return scope.All || len(l.Some(scope, e.Accounts)) > 0 }
}

// chosen gives those of some entries that are wanted, so many at most; 0 stands for all.
func chosen(from iter.Seq2[journal.Entry, error], limit int, wanted func(*journal.Entry) bool) iter.Seq2[journal.Entry, error] {
	return func(yield func(journal.Entry, error) bool) {
		most := limit
		if limit == 0 {
			most = math.MaxInt
		}
		for e, err := range from {
			switch {
			case err != nil:
				yield(e, err)
				return
			case !wanted(&e):
			case most == 0 || !yield(e, nil):
				return
			default:
				most--
			}
		}
	}
}

// ofAccounts gives the entries that can change some accounts, each once, in order, so
// many at most; 0 stands for all. Of each account it holds a page.
func (s *service) ofAccounts(ctx context.Context, county string, accounts []string, after, upTo int64, limit int) iter.Seq2[journal.Entry, error] {
	return func(yield func(journal.Entry, error) bool) {
		heads := make([]head, 0, len(accounts))
		var ends []func()
		defer func() {
			for _, end := range ends {
				end()
			}
		}()
		for _, account := range accounts {
			next, stop := iter.Pull2(s.Journal().OfAccount(ctx, county, account, after, upTo, limit))
			ends = append(ends, stop)
			if h := (head{next: next}); h.move() {
				heads = append(heads, h)
			}
		}
		for told, last := 0, after; len(heads) > 0 && (limit == 0 || told < limit); {
			i := firstOf(heads)
			h := &heads[i]
			if h.err != nil {
				yield(journal.Entry{}, h.err)
				return
			}
			if h.entry.Position > last { // else another account had it
				last, told = h.entry.Position, told+1
				if !yield(h.entry, nil) {
					return
				}
			}
			if !h.move() {
				heads = slices.Delete(heads, i, i+1)
			}
		}
	}
}

// head is the next entry of an account.
type head struct {
	next  func() (journal.Entry, error, bool)
	entry journal.Entry
	err   error
}

// move goes on, and reports false when there is no more.
func (h *head) move() (more bool) {
	h.entry, h.err, more = h.next()
	return more
}

// firstOf is the place of the entry that comes first. What failed comes before everything:
// its position is 0.
func firstOf(heads []head) (first int) {
	for i := range heads {
		if heads[i].entry.Position < heads[first].entry.Position {
			first = i
		}
	}
	return first
}

// page takes so many entries, up to where the figures are: nobody reads of what they
// do not show yet.
func (s *service) page(ctx context.Context, l *keep.Ledger, limit int, from func(upTo int64) iter.Seq2[journal.Entry, error]) (*EntryList, error) {
	out := &EntryList{Position: l.At(), Entries: []Recorded{}}
	looked := 0
	for e, err := range from(out.Position) {
		if err != nil {
			return nil, err
		}
		if e.Position > out.Position {
			break
		}
		if len(out.Entries) == limit {
			out.Next = out.Entries[limit-1].Position
			break
		}
		if looked++; looked > limit { // some were confidential, so the page is short, and another may follow it
			out.Next = e.Position
		}
		if kept(ctx, e.Stream) {
			continue
		}
		e.Accounts = l.Some(access.Within(ctx), e.Accounts)
		out.Entries = append(out.Entries, recorded(&e))
	}
	return out, nil
}

// still is how often a stream of changes says that it is there, so that proxies
// between do not close it; mayStill is how often it asks whether it may go on.
const (
	still    = 15 * time.Second
	mayStill = 2 * time.Second
)

type changesIn struct {
	web.OfCounty
	Community   string `query:"community" example:"431026102001" doc:"只看这个社区或单位 (this account alone)"`
	After       string `query:"after" pattern:"^[0-9]+$" example:"4711" doc:"第几条之后；不填则从现在起 (after this position; from now on without it)"`
	LastEventID string `header:"Last-Event-ID" doc:"断线后浏览器自动填写，优先于 after (set by browsers when they come back)"`
}

type changesOut struct {
	ContentType string `header:"Content-Type" hidden:"true"`
	Body        func(huma.Context)
}

func (s *service) routeChanges(api *web.API) {
	web.Register(api, huma.Operation{
		OperationID: "changes", Method: http.MethodGet, Path: "/v1/counties/{county}/changes", Tags: tags,
		Summary: "变化，随时推送 (what changes, as it does)",
		Description: "Server-sent events：每条记录一条消息，id 为序号，event 为事件名，data 同 entries 的一条；" +
			"在账目算到之后才推送，此时查询必已是新的。断线重连不缺不重。" +
			" (A message an entry, sent once the figures have it: whoever asks then gets the new ones. Nothing is missed or said twice over a reconnection.)",
		Responses: map[string]*huma.Response{"200": {Description: "变化", Content: map[string]*huma.MediaType{
			"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}},
		}}},
		Metadata: sensitive,
	}, []web.Refusal{countyUnknown, badAfter, {Status: http.StatusNotFound, Code: "COMMUNITY_UNKNOWN", Chinese: "没有这个社区"}}, s.changes)
}

func (s *service) changes(ctx context.Context, in *changesIn) (*changesOut, error) {
	l, err := s.Ledger(in.County)
	if err != nil {
		return nil, err
	}
	if scope := access.Within(ctx); in.Community != "" && !l.Within(scope, in.Community) {
		return nil, web.Refuse(http.StatusNotFound, "COMMUNITY_UNKNOWN", "没有这个社区："+in.Community, "no such community: "+in.Community)
	}
	after, err := positionOf("after", in.After)
	if err == nil && in.LastEventID != "" {
		after, err = positionOf("Last-Event-ID", in.LastEventID)
	} else if in.After == "" {
		after = l.At()
	}
	if err != nil {
		return nil, err
	}
	if l.At()-after > web.BulkPage {
		if err := web.MayReadMany(ctx); err != nil {
			return nil, err
		}
	}
	return &changesOut{ContentType: "text/event-stream", Body: web.Flowing(func(w io.Writer, flush func() error) error {
		return s.follow(ctx, l, in, after, w, flush)
	})}, nil
}

// follow writes entries as the figures take them in, until the client or the
// server goes, or the right to hear of them.
func (s *service) follow(ctx context.Context, l *keep.Ledger, in *changesIn, after int64, w io.Writer, flush func() error) error {
	alive, rights := time.NewTicker(still), time.NewTicker(mayStill)
	defer alive.Stop()
	defer rights.Stop()
	scope := access.Within(ctx)
	if _, err := io.WriteString(w, ": "+strconv.FormatInt(after, 10)+"\n\n"); err != nil {
		return err
	}
	for {
		at, moved := l.Moved()
		told, err := s.tellAll(ctx, l, scope, in, after, at, w)
		if err := errors.Join(err, web.ReadAtOnce(ctx, told)); err != nil {
			return err
		}
		after = max(after, at)
		if err := flush(); err != nil {
			return err
		}
		select {
		case <-moved:
		case <-rights.C:
			now, may := access.Still(ctx)
			if !may {
				return nil
			}
			scope = now
		case <-alive.C:
			if _, err := io.WriteString(w, ": "+strconv.FormatInt(after, 10)+"\n\n"); err != nil {
				return err
			}
		case <-s.Closing:
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// tellAll writes the entries after a position up to another, those that can
// change an account within the scope, and says how many they were. What is confidential is told
// to nobody: it changes no figure, and a role may go while a stream flows.
func (s *service) tellAll(ctx context.Context, l *keep.Ledger, scope access.Scope, in *changesIn, after, upTo int64, w io.Writer) (told int, _ error) {
	if upTo <= after {
		return 0, nil
	}
	for e, err := range s.Journal().After(ctx, in.County, after, int(upTo-after)) {
		if err != nil {
			return told, err
		}
		if in.Community != "" && !slices.Contains(e.Accounts, in.Community) || schemas.Confidential(e.Stream) {
			continue
		}
		if e.Accounts = l.Some(scope, e.Accounts); len(e.Accounts) == 0 && !scope.All {
			continue
		}
		if err := tell(w, &e); err != nil {
			return told, err
		}
		told++
	}
	return told, nil
}

func tell(w io.Writer, e *journal.Entry) error {
	data, err := json.Marshal(recorded(e))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "id: %d\nevent: %s\ndata: %s\n\n", e.Position, e.Type, data)
	return err
}
