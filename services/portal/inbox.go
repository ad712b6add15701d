package portal

import (
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/web"
)

// This file is what was said to the office of who looks, and the mark in the head of
// every page that says how much of it is new. Looking is all that is asked: the page's
// script says up to where somebody has looked, and nothing is confirmed. Asking for a page
// changes nothing; a browser without scripts has a button instead.

const inboxPath = "/inbox"

func (p *Portal) inboxRoutes() {
	p.page("GET "+inboxPath, (*visit).inbox)
	p.page("POST "+inboxPath, (*visit).looked)
	p.page("GET "+inboxPath+"/mark", func(v *visit) error {
		box, err := v.asksInbox(1, "")
		if err != nil {
			return err
		}
		return v.write(http.StatusOK, inboxMark(v, freshCount(box.Fresh)))
	})
}

// inbox is a page of it, as the API says.
type inbox struct {
	Day      civil.Date `json:"day"`
	Position int64      `json:"position"`
	Fresh    int        `json:"fresh"`
	Notices  []notice   `json:"notices"`
	Next     string     `json:"next"`
}

type notice struct {
	line

	On        civil.Date `json:"on"`
	Kind      string     `json:"kind"`
	New       bool       `json:"new"`
	Flow      words      `json:"flow"`
	Text      words      `json:"text"`
	Details   []words    `json:"details"`
	Documents []string   `json:"documents"`
	Waits     bool       `json:"waits"`
	Due       *due       `json:"due"`
	Proposal  int        `json:"proposal"`
}

// path is the page of what a notice is about.
func (n *notice) path() string {
	if n.Proposal > 0 {
		return "/catalogue/" + url.PathEscape(n.Workflow)
	}
	return n.line.path()
}

// noticed is what a notice is about, as people call it.
func (v *visit) noticed(n *notice) string {
	if n.Proposal > 0 {
		return v.in(n.Flow)
	}
	return v.called(&n.line)
}

// concerns lists whom a notice concerns, but for who looks: the organisations of others.
func (v *visit) concerns(n *notice) []pair {
	others := maps.Clone(n.Parties)
	maps.DeleteFunc(others, func(_, code string) bool {
		return slices.ContainsFunc(v.me.Grants, func(g access.Grant) bool { return g.Scope == code })
	})
	return v.partyList(others)
}

// alike are notices of one page that say the same of several matters on one day.
type alike struct {
	notice

	More []notice
}

// alikeMax is how many of those that say the same stand in lines of their own.
const alikeMax = 3

// gathered puts notices that say the same, one behind the other, into one line: a day
// on which forty cases began is one thing to read.
func (b *inbox) gathered() (lines []alike) {
	for first := 0; first < len(b.Notices); {
		n, end := b.Notices[first], first+1
		for end < len(b.Notices) && n.saysAs(&b.Notices[end]) {
			end++
		}
		if end-first > alikeMax {
			lines = append(lines, alike{n, b.Notices[first+1 : end]})
			first = end
			continue
		}
		for ; first < end; first++ {
			lines = append(lines, alike{notice: b.Notices[first]})
		}
	}
	return lines
}

// saysAs reports that another notice says the same of another matter.
func (n *notice) saysAs(other *notice) bool {
	return n.Proposal == 0 && n.On == other.On && n.New == other.New && n.Kind == other.Kind && n.Workflow == other.Workflow &&
		n.Text == other.Text && n.Waits == other.Waits && len(n.Documents)+len(other.Documents)+len(n.Details)+len(other.Details) == 0
}

// asksInbox asks for a page of what was said to who looks.
func (v *visit) asksInbox(limit int, after string) (box inbox, err error) {
	query := url.Values{"since": {strconv.FormatInt(v.me.Seen, 10)}, "limit": {strconv.Itoa(limit)}}
	if after != "" {
		query.Set("after", after)
	}
	return box, v.get("/v1/counties/{county}/inbox", query, &box)
}

// inboxPage is how many notices stand on a page.
const inboxPage = 50

// inbox shows what was said to who looks, the latest first.
func (v *visit) inbox() error {
	after := v.r.URL.Query().Get("after")
	box, err := v.asksInbox(inboxPage, after)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("inbox.title"), inboxShown(v, &box, after))
}

// looked notes up to where somebody has looked.
func (v *visit) looked() error {
	typed, request, err := v.sentForm()
	if err != nil {
		return err
	}
	position, err := strconv.ParseInt(typed.Get("position"), 10, 64)
	if err != nil {
		return refusal(http.StatusBadRequest, "FORM", "unreadable")
	}
	if err := v.send(http.MethodPut, "/v1/session/seen", nil, request, map[string]int64{"position": position}, nil); err != nil {
		return err
	}
	return elsewhere(inboxPath)
}

// fresh says how many notices are new, as it is shown: "" for none. A page is shown
// without the mark rather than not at all.
func (v *visit) fresh() string {
	box, err := v.asksInbox(1, "")
	var p *web.Problem
	switch {
	case errors.As(err, &p):
		return ""
	case err != nil:
		v.portal.log.WarnContext(v.r.Context(), "what is new was not found", slog.Any("error", err))
		return ""
	}
	return freshCount(box.Fresh)
}

// freshCount is a number of notices as it is shown: "" for none.
func freshCount(n int) string {
	switch {
	case n == 0:
		return ""
	case n >= freshMax:
		return strconv.Itoa(freshMax-1) + "+"
	}
	return strconv.Itoa(n)
}

// freshMax is up to how many the API counts.
const freshMax = 100
