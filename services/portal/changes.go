package portal

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"feisui/pkg/web"
)

// news are the entries since somebody last looked, by kind.
type news struct {
	After    int64 // what they come after
	UpTo     int64 // the last that is shown
	End      int64 // how far the figures are
	Marked   bool  // somebody said that they had seen what was before
	Kinds    []newsKind
	Count    int
	LeftOver bool // more follow than stand here
}

// newsKind are the entries of one event, of one workflow where it is a step in one.
type newsKind struct {
	Type, Workflow string
	Entries        []recorded
}

// shownOfKind is how many entries of a kind are listed; how many there are is said.
const shownOfKind = 20

func (v *visit) changes() error {
	end, err := v.end()
	if err != nil {
		return err
	}
	n := news{End: end}
	if n.After, n.Marked = v.seen(); !n.Marked || n.After > end {
		n.After, n.Marked = max(0, end-changesMost), false
	}
	var l entryList
	query := url.Values{"after": {strconv.FormatInt(n.After, 10)}, "limit": {strconv.Itoa(changesMost)}}
	if err := v.get("/v1/counties/{county}/entries", query, &l); err != nil {
		return err
	}
	n.UpTo, n.LeftOver, n.Count = l.Position, l.Next > 0, len(l.Entries)
	if n.LeftOver {
		n.UpTo = l.Next
	}
	for _, e := range l.Entries {
		workflow := e.text("workflow")
		i := slices.IndexFunc(n.Kinds, func(k newsKind) bool { return k.Type == e.Type && k.Workflow == workflow })
		if i < 0 {
			i, n.Kinds = len(n.Kinds), append(n.Kinds, newsKind{Type: e.Type, Workflow: workflow})
		}
		n.Kinds[i].Entries = append(n.Kinds[i].Entries, e)
	}
	slices.SortStableFunc(n.Kinds, func(a, b newsKind) int {
		return cmp.Or(strings.Compare(a.Workflow, b.Workflow), strings.Compare(a.Type, b.Type))
	})
	return v.show(http.StatusOK, v.say("changes.title"), changesPage(v, &n))
}

// shown are the newest entries of a kind.
func (k *newsKind) shown() []recorded {
	some := slices.Clone(k.Entries[max(0, len(k.Entries)-shownOfKind):])
	slices.Reverse(some)
	return some
}

// seen is the position up to which somebody said that they had seen what there is, in
// this browser. Another's mark, or another county's, is none.
func (v *visit) seen() (position int64, marked bool) {
	c, err := v.r.Cookie(seenCookie)
	if err != nil {
		return 0, false
	}
	whose, at, _ := strings.Cut(c.Value, "@")
	position, err = strconv.ParseInt(at, 10, 64)
	return position, err == nil && position >= 0 && whose == v.whose()
}

// whose is who looks, as a cookie may say it.
func (v *visit) whose() string { return url.QueryEscape(v.me.County + "/" + v.me.Who) }

// markSeen keeps in the browser how far somebody has looked.
func (v *visit) markSeen() error {
	position, err := strconv.ParseInt(v.r.PostFormValue("position"), 10, 64)
	if err != nil || position < 0 {
		return refusal(http.StatusBadRequest, "FORM", "unreadable")
	}
	http.SetCookie(v.w, &http.Cookie{
		Name: seenCookie, Value: v.whose() + "@" + strconv.FormatInt(position, 10), Path: changesPath, MaxAge: yearSeconds,
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: v.r.TLS != nil,
	})
	return elsewhere(changesPath + "?done=seen")
}

// mendable is what the API said of what was typed, nil where nothing can be typed
// that would help.
func mendable(err error) *web.Problem {
	var p *web.Problem
	if errors.As(err, &p) && mended(p) {
		return p
	}
	return nil
}

// headline says in a line what an entry is about.
func (v *visit) headline(e *recorded) string {
	_, no, _ := strings.Cut(e.Stream, "/")
	parts := []string{v.called(&line{Workflow: e.text("workflow"), Instance: cmp.Or(e.text("instance"), no)})}
	if rule := e.text("rule"); says("rule." + rule) {
		parts = []string{v.ruleName(rule), e.text("subject")}
	}
	for _, name := range []string{"department", "payer", "community", "account"} {
		if code := e.text(name); code != "" {
			parts = append(parts, v.name(code))
		}
	}
	return strings.Join(parts, " · ")
}

// kind is what entries of one kind are called.
func (v *visit) kind(k *newsKind) string {
	if key := "changes.workflow_" + k.Workflow; says(key) {
		return v.say(key) + " · " + v.event(k.Type)
	}
	return v.event(k.Type)
}
