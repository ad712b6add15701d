package portal

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"feisui/pkg/civil"
	"feisui/pkg/money"
)

// This file shows entries of the journal: those of one thing, one by its position, or
// all of them, the newest first; what came since somebody last looked; and whether
// all that is kept is as it was written.

const (
	changesPath = "/changes"
	seenCookie  = "feisui_seen"
	entriesPage = 50  // how many entries stand on a page
	changesMost = 500 // how many are grouped at once
)

func (p *Portal) entryRoutes() {
	p.page("GET /entries", (*visit).entries)
	p.page("GET /verify", (*visit).verify)
	p.page("GET "+changesPath, (*visit).changes)
	p.page("POST "+changesPath, (*visit).markSeen)
}

// streamPath is the page of the entries of one thing.
func streamPath(stream string) string { return "/entries?" + url.Values{"stream": {stream}}.Encode() }

// recorded is an entry as the API gives it.
type recorded struct {
	Position   int64           `json:"position"`
	Type       string          `json:"type"`
	Stream     string          `json:"stream"`
	Version    int64           `json:"version"`
	RecordedAt time.Time       `json:"recorded_at"`
	Request    string          `json:"request"`
	Actor      string          `json:"actor"`
	Kind       string          `json:"kind"`
	Accounts   []string        `json:"accounts"`
	Data       json.RawMessage `json:"data"`
}

// entryList are entries and how they were asked for.
type entryList struct {
	Position int64      `json:"position"`
	Entries  []recorded `json:"entries"`
	Next     int64      `json:"next"`

	Stream string
	At     string // the position that was asked for
	After  int64  // where this page begins, of all entries
}

func (v *visit) entries() error {
	given := v.r.URL.Query()
	l := entryList{Stream: strings.TrimSpace(given.Get("stream")), At: strings.TrimSpace(given.Get("position"))}
	query := chosen(given, []string{"stream", "position", "after"})
	query.Set("limit", strconv.Itoa(entriesPage))
	backwards := l.Stream == "" && l.At == ""
	if backwards {
		var err error
		if l.After, err = v.lastPage(given.Get("after")); err != nil {
			return err
		}
		query.Set("after", strconv.FormatInt(l.After, 10))
	}
	if err := v.get("/v1/counties/{county}/entries", query, &l); err != nil {
		return err
	}
	if backwards {
		slices.Reverse(l.Entries)
	}
	v.asOf.position = l.Position
	return v.show(http.StatusOK, v.say("entries.title"), entriesPageOf(v, &l))
}

// asked is which entries are looked at, whatever page of them.
func (l *entryList) asked() url.Values {
	query := url.Values{}
	setGiven(query, "stream", l.Stream)
	setGiven(query, "position", l.At)
	return query
}

// lastPage is the position after which a page of all entries begins: the one that was
// asked for, else that of the last page.
func (v *visit) lastPage(asked string) (int64, error) {
	if after, err := strconv.ParseInt(asked, 10, 64); err == nil && after >= 0 {
		return after, nil
	}
	end, err := v.end()
	return max(0, end-entriesPage), err
}

// end is how far the figures are.
func (v *visit) end() (int64, error) {
	var l entryList
	err := v.get("/v1/counties/{county}/entries", url.Values{"limit": {"1"}}, &l)
	return l.Position, err
}

// older and newer are the pages beside one of all entries, "" where there is none.
func (l *entryList) older() string {
	if l.After == 0 {
		return ""
	}
	return "/entries?after=" + strconv.FormatInt(max(0, l.After-entriesPage), 10)
}

func (l *entryList) newer() string {
	if l.Next == 0 {
		return ""
	}
	if l.Stream != "" {
		return "/entries?" + url.Values{"stream": {l.Stream}, "after": {strconv.FormatInt(l.Next, 10)}}.Encode()
	}
	return "/entries?after=" + strconv.FormatInt(l.Next, 10)
}

// event is what an event is called.
func (v *visit) event(kind string) string {
	if key := "event." + kind; says(key) {
		return v.say(key)
	}
	return kind
}

// fields are what an entry says, in its order.
func (e *recorded) fields() (names []string, values map[string]any) {
	d := json.NewDecoder(bytes.NewReader(e.Data))
	d.UseNumber()
	if d.Decode(&values) != nil {
		return nil, nil
	}
	return orderOf(json.RawMessage(`{"properties":` + string(e.Data) + `}`)), values
}

// text is one field of what an entry says, "" where it is none.
func (e *recorded) text(name string) string {
	_, values := e.fields()
	text, _ := values[name].(string)
	return text
}

// dated are the fields in which events say the day of what they tell.
var dated = []string{
	"on", "filed_on", "completed_on", "recalled_on", "withdrawn_on", "confirmed_on", "reversed_on", "paid_on", "issued_on", "made_on",
	"revoked_on", "decided_on", "since", "date", "from",
}

// on is the day of what an entry tells, none where it tells of no day.
func (e *recorded) on() (day civil.Date) {
	_, values := e.fields()
	for _, name := range dated {
		text, _ := values[name].(string)
		if d, err := civil.Parse(text); err == nil {
			return d
		}
	}
	return day
}

// amounts are the fields of events in fen.
var amounts = []string{"amount", "base", "condition_amount", "allocated", "shortfall", "held"}

// contents are the fields of an entry as people read them.
func (v *visit) contents(e *recorded) (list []pair) { return v.contentsBut(e, nil, nil) }

// contentsBut are they without some, and without those that say whom it concerns.
func (v *visit) contentsBut(e *recorded, but []string, parties map[string]string) (list []pair) {
	names, values := e.fields()
	for _, name := range names {
		if _, concerned := parties[name]; concerned || slices.Contains(but, name) {
			continue
		}
		number, is := values[name].(json.Number)
		fen, err := number.Int64()
		if is && err == nil && slices.Contains(amounts, name) && e.text("rule") != "plaque_over_cap" {
			list = append(list, pair{v.fieldName(name), v.say("entries.yuan", "amount", money.Fen(fen).Yuan())})
			continue
		}
		list = append(list, pair{v.fieldName(name), v.value(name, values[name])})
	}
	return list
}

// by says whose office an entry is of: who acted for it, or the part of the program.
func (v *visit) by(e *recorded) string {
	office, role := e.text("office"), e.text("role")
	switch {
	case office != "" && role != "":
		return v.name(office) + " · " + v.role(role)
	case e.Actor == "system", strings.HasPrefix(e.Actor, "service:"):
		return v.say("entries.system")
	case strings.HasPrefix(e.Actor, "operator:"):
		return v.say("entries.operator")
	case office != "":
		return v.name(office)
	}
	return ""
}

func (v *visit) role(role string) string {
	if key := "page.role_" + role; says(key) {
		return v.say(key)
	}
	return role
}

// zone is that of the counties; it has no summer time.
var zone = time.FixedZone("UTC+8", 8*60*60)

// moment is a time as people read it, to the minute.
func (v *visit) moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format("2006-01-02 15:04")
}

// factual reports that what a workflow is about has facts in a stream of its own.
func factual(workflow string) bool {
	return slices.Contains([]string{"task", "payment", "commitment", "plaque", "burden"}, workflow)
}

// ofStream is the page of what a stream is of, "" where it has none.
func ofStream(stream string) string {
	category, no, _ := strings.Cut(stream, "/")
	if factual(category) {
		return instancePath(category, no)
	}
	if workflow, id, is := strings.Cut(no, "/"); is && category == "instance" {
		return instancePath(workflow, id)
	}
	return ""
}

// verified is what came of looking at everything that is kept.
type verified struct {
	OK       bool   `json:"ok"`
	Position int64  `json:"position"`
	Hash     string `json:"hash"`
	Checks   []struct {
		Name  string   `json:"name"`
		OK    bool     `json:"ok"`
		Count int64    `json:"count"`
		Wrong []string `json:"wrong"`
	} `json:"checks"`

	Known string
	Asked bool
	Fault string // of what was typed
}

// verify looks only when asked to: it reads everything.
func (v *visit) verify() error {
	known := strings.TrimSpace(v.r.URL.Query().Get("known"))
	is := verified{Known: known, Asked: v.r.URL.Query().Has("known")}
	if !is.Asked {
		return v.show(http.StatusOK, v.say("verify.title"), verifyPage(v, &is))
	}
	status := http.StatusOK
	if err := v.get("/v1/counties/{county}/verify", chosen(v.r.URL.Query(), []string{"known"}), &is); err != nil {
		p := mendable(err)
		if p == nil {
			return err
		}
		is.Fault, status = v.sentence(p), p.Status
	}
	return v.show(status, v.say("verify.title"), verifyPage(v, &is))
}
