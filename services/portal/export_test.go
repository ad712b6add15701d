package portal

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Says reports whether the portal has a text.
var Says = says

// Only is the page of what somebody typed, among what was found of one kind.
func Only(q string, total int, all ...[2]string) string {
	k := results{Total: total}
	for _, one := range all {
		k.All = append(k.All, result{Name: one[0], Path: one[1]})
	}
	return only(q, []results{k})
}

// Naming adds a page that says what a code is called.
func Naming(p *Portal) {
	p.page("GET /naming/{code}", func(v *visit) error {
		v.w.Header().Set("Called", v.name(v.r.PathValue("code")))
		v.w.WriteHeader(http.StatusNoContent)
		return nil
	})
}

// FillingIn adds a page that says what was filled in with an instance.
func FillingIn(p *Portal) {
	p.page("GET /filling", func(v *visit) error {
		var in instance
		if err := json.Unmarshal([]byte(v.r.URL.Query().Get("instance")), &in); err != nil {
			return err
		}
		var all []string
		for _, p := range v.filledIn(&in) {
			all = append(all, p.Name+": "+p.Value)
		}
		v.w.Header().Set("Filled", strings.Join(all, "; "))
		v.w.WriteHeader(http.StatusNoContent)
		return nil
	})
}

// Counted says of heaps, by "KEY workflow" and how many of it came, what their headings count and
// where all of their workflow is, of so many that wait.
func Counted(parts bool, waiting map[string]int, came ...string) (said []string) {
	var all []heap
	for _, one := range came {
		key, flow, _ := strings.Cut(one, " ")
		i := slices.IndexFunc(all, func(h heap) bool { return h.Key == key })
		if i < 0 {
			i, all = len(all), append(all, heap{Key: key, Flow: flow})
		}
		if all[i].Count++; len(all[i].Cards) < cardsMax {
			all[i].Cards = append(all[i].Cards, card{})
		}
	}
	var t todos
	for flow, n := range waiting {
		t.Workflows = append(t.Workflows, waitingOf{flow, n})
	}
	counted(all, &t, parts)
	for _, h := range all {
		more := ""
		if h.More {
			more = "+"
		}
		said = append(said, strings.TrimSpace(fmt.Sprint(h.Key, " ", h.Count, more, " ", h.All)))
	}
	return said
}

// Most is how many may be chosen in the only field of a form, "" where it does not say.
func Most(form string) string { return fieldsOf(json.RawMessage(form))[0].Most }

// What the tests look at by itself.
var (
	Ours     = ours
	SameSite = sameSite
	Filled   = filled
	Listed   = listed
	Count    = count
)
