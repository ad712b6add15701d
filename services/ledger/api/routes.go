// Package api is the ledger's part of the HTTP interface: lists of what stands,
// an account's history, what changes, and the rebuilding of the book.
package api

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/civil"
	"feisui/pkg/journal"
	"feisui/pkg/web"
	"feisui/services/ledger"
	"feisui/services/ledger/keep"
)

// Source gives what the routes answer from.
type Source struct {
	Ledger   func(county string) (*keep.Ledger, error) // its error is answered
	Journal  func() *journal.Journal
	Calendar civil.Calendar
	Closing  <-chan struct{} // closed when the server ends: whoever listens is let go
	Words    Words           // what files say the words of the interface with

	// Blocked gives the refusal of an account of which nothing is known.
	Blocked func(account string, b ledger.Block) error
	// Cases counts what people do about parties beside the ledger, by who answers for it;
	// known is false where that runs in another process.
	Cases func(ctx context.Context, county string) (of map[string]Answerable, known bool, err error)
	// Waived says of flags by which case what they say was waived, of none where cases
	// run in another process.
	Waived func(ctx context.Context, county string, flags []Waivable) error
}

// Answerable is what somebody answers for beside the ledger's flags.
type Answerable struct {
	OpenCases int
	Outside   int // work that it gave outside the system, as upheld, or admitted and not issued in time (R74)
}

// Waivable is a flag whose case may have been waived, and where to say by which; a
// flag that nobody waived keeps "".
type Waivable struct {
	Rule, Subject, Responsible string

	By *string
}

// Routes registers the ledger's routes.
func Routes(api *web.API, from Source) {
	s := &service{from}
	s.routeDirectory(api)
	s.routeOwed(api)
	s.routeLists(api)
	s.routeCarried(api)
	s.routeTask(api)
	s.routeMoney(api)
	s.routeDepartments(api)
	s.routeHistory(api)
	s.routeChanges(api)
	s.routeRebuild(api)
}

type service struct{ Source }

// tags are what the operations stand under in the document.
var tags = []string{"ledger"}

// sensitive are operations whose reading is audited.
var sensitive = map[string]any{web.Sensitive: true}

// What operations refuse, for the document.
var (
	isBlocked     = web.Refusal{Status: http.StatusServiceUnavailable, Code: "LEDGER_BLOCKED", Chinese: "账目有一条记录无法处理，暂停出数"}
	countyUnknown = web.Refusal{Status: http.StatusNotFound, Code: "COUNTY_UNKNOWN", Chinese: "没有这个县"}
	badLimit      = web.Refusal{Status: http.StatusUnprocessableEntity, Code: "LIMIT", Chinese: "limit 应为 1 至 1000"}
	badAfter      = web.Refusal{Status: http.StatusUnprocessableEntity, Code: "AFTER", Chinese: "after 不是上一页给出的值"}
	badDate       = web.Refusal{Status: http.StatusUnprocessableEntity, Code: "DATE", Chinese: "不是日期"}
	badWord       = web.Refusal{Status: http.StatusUnprocessableEntity, Code: "WORD", Chinese: "不是可选的值"}
)

// Paged is embedded in the input of what comes in pages. It is exported in name
// alone: huma looks into exported fields only.
type Paged struct {
	After string `query:"after" doc:"上一页的 next；空则为第一页 (next of the page before; empty for the first)"`
	Limit string `query:"limit" pattern:"^[0-9]+$" example:"100" doc:"最多几条，1 至 1000，缺省 100 (how many at most)"`
	web.Export
}

const (
	limitUsual = 100
	limitMax   = 1000
)

func limitOf(text string) (int, error) {
	if text == "" {
		return limitUsual, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > limitMax {
		return 0, web.Refuse(http.StatusUnprocessableEntity, "LIMIT",
			"limit 应为 1 至 1000，现为“"+text+"”", "limit: expected 1 to 1000, found \""+text+"\"")
	}
	return n, nil
}

func positionOf(name, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, web.Refuse(http.StatusUnprocessableEntity, "AFTER",
			name+" 应为记录的序号，如 4711，现为“"+text+"”", name+": expected a position such as 4711, found \""+text+"\"")
	}
	return n, nil
}

// refuseCursor says that a page's mark was no page's mark.
func refuseCursor(err error) error {
	if errors.Is(err, keep.ErrCursor) {
		return web.Refuse(http.StatusUnprocessableEntity, "AFTER",
			"after 应为上一页给出的 next，不要改动", "after: expected next of the page before, as it was given")
	}
	return err
}

// markOf turns the key of a row into a text that says nothing to people, as the
// ledger's own lists do.
func markOf(key string) string { return base64.RawURLEncoding.EncodeToString([]byte(key)) }

// cursorOf reads what markOf made.
func cursorOf(mark string) (string, error) {
	key, err := base64.RawURLEncoding.DecodeString(mark)
	if err != nil {
		return "", refuseCursor(keep.ErrCursor)
	}
	return string(key), nil
}

// Listed is what every list says of itself.
type Listed struct {
	Position int64      `json:"position" doc:"截至第几条记录 (the position in the journal that the list is of)"`
	Day      civil.Date `json:"day" doc:"按哪一天判断：县里最近开始的一天 (as of which day: the last that began)"`
	Next     string     `json:"next,omitempty" doc:"还有更多时，下一页的 after (after of the next page, when there is one)"`
}

// routeRebuild registers POST /v1/counties/{county}/rebuild.
func (s *service) routeRebuild(api *web.API) {
	web.Register(api, huma.Operation{
		OperationID: "rebuild", Method: http.MethodPost, Path: "/v1/counties/{county}/rebuild", Tags: tags,
		Summary: "重建账目并逐行核对 (rebuild the book, and compare)",
		Description: "从记录重新算出全部账目，与现有账目逐行核对；一致才换用新的。accept=true 时不一致也换用。" +
			" (Makes the book anew from the journal and compares it row by row; it is used when the two are equal, or with accept=true anyway.)",
	}, []web.Refusal{countyUnknown, badWord}, s.rebuild)
}

type rebuildIn struct {
	web.OfCounty
	web.Mutation
	Accept string `query:"accept" enum:"false,true" doc:"不一致也换用 (use it although they differ)"`
}

// Rebuilt is the answer to a rebuild.
type Rebuilt struct {
	Position    int64    `json:"position" doc:"核对时两者都在第几条记录 (the position at which they were compared)"`
	Rows        int64    `json:"rows" doc:"新账目有几行 (rows of the new book)"`
	Differences []string `json:"differences" doc:"每张表有几行不同，并举一例；没有则一致 (rows that differ by table, with an example; none: equal)"`
	Switched    bool     `json:"switched" doc:"已换用新的 (the new one is in use)"`
}

type rebuildOut struct{ Body Rebuilt }

func (s *service) rebuild(ctx context.Context, in *rebuildIn) (*rebuildOut, error) {
	l, err := s.Ledger(in.County)
	if err != nil {
		return nil, err
	}
	accept, err := web.OneOf("accept", in.Accept, "false", "true")
	if err != nil {
		return nil, err
	}
	r, err := l.Rebuild(ctx, accept == "true")
	if err != nil {
		return nil, err
	}
	out := &rebuildOut{Rebuilt{Position: r.Position, Rows: r.Rows, Differences: r.Differences, Switched: r.Switched}}
	if out.Body.Differences == nil {
		out.Body.Differences = []string{}
	}
	return out, nil
}
