package portal

import (
	"encoding/json"
	"strconv"
	"strings"
	"sync"
)

// This file knows what the fields of forms are called also for who may not fill them in:
// the definition says it. A version of a definition never changes, so it is asked for once.

// defined is what a definition says of its forms.
type defined struct {
	fields  []field                     // of the form that begins
	parties map[string]string           // the field that names each party, or ACTION.FIELD
	titles  map[string]map[string]words // of each action's fields
}

// titles are definitions, by county, workflow and version.
type titles struct {
	mu  sync.Mutex
	all map[string]defined
}

func (t *titles) get(key string) (defined, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	is, known := t.all[key]
	return is, known
}

func (t *titles) put(key string, is defined) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all == nil {
		t.all = map[string]defined{}
	}
	t.all[key] = is
}

// defined is the definition that an instance goes by, nothing where it is not for who looks:
// fields are then called by what is said of them everywhere.
func (v *visit) defined(in *instance) defined {
	key := v.me.County + "/" + in.Workflow + "/" + strconv.Itoa(in.Version)
	if is, known := v.portal.titles.get(key); known {
		return is
	}
	var d versions
	if !v.may("definition") || v.get(definitionsOf(in.Workflow), nil, &d) != nil {
		return defined{}
	}
	for i := range d.Definitions {
		if d.Definitions[i].Version != in.Version {
			continue
		}
		is := d.Definitions[i].defined()
		if d.Definitions[i].Adopted { // what comes with the program may be another tomorrow
			v.portal.titles.put(key, is)
		}
		return is
	}
	return defined{}
}

// defined is what it says of its forms.
func (d *version) defined() defined {
	var says struct {
		Begin   string            `json:"begin"`
		Parties map[string]string `json:"parties"`
		Actions map[string]struct {
			Form json.RawMessage `json:"form"`
		} `json:"actions"`
	}
	if json.Unmarshal(d.Definition, &says) != nil {
		return defined{}
	}
	is := defined{fieldsOf(says.Actions[says.Begin].Form), says.Parties, map[string]map[string]words{}}
	for name, action := range says.Actions {
		is.titles[name] = map[string]words{}
		for _, f := range fieldsOf(action.Form) {
			is.titles[name][f.Name] = f.Title
		}
	}
	return is
}

// titleIn is what a field of an action's form is called where it is only shown.
func (v *visit) titleIn(d defined, action, name string) string {
	if title, known := d.titles[action][name]; known {
		return unasked(v.in(title))
	}
	return v.fieldName(name)
}

// unasked is a field's title without the hint in brackets, which is for who fills it in. A
// unit is no hint.
func unasked(title string) string {
	for _, of := range []struct{ open, end, unit string }{{"（", "）", "元"}, {" (", ")", "yuan"}} {
		at := strings.LastIndex(title, of.open)
		if at > 0 && strings.HasSuffix(title, of.end) && !strings.HasPrefix(title[at+len(of.open):], of.unit) {
			return title[:at]
		}
	}
	return title
}
