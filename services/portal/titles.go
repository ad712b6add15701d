package portal

import (
	"encoding/json"
	"strconv"
	"sync"
)

// This file knows what the fields of a beginning are called also for who may not begin:
// the definition says it. A version of a definition never changes, so it is asked for once.

// beginning is what a definition says of the form that begins.
type beginning struct {
	fields  []field
	parties map[string]string // the field that names each party, or ACTION.FIELD
}

// titles are beginnings, by county, workflow and version.
type titles struct {
	mu  sync.Mutex
	all map[string]beginning
}

func (t *titles) get(key string) (beginning, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	is, known := t.all[key]
	return is, known
}

func (t *titles) put(key string, is beginning) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all == nil {
		t.all = map[string]beginning{}
	}
	t.all[key] = is
}

// begun is how an instance was begun, nothing where the definition is not for who looks:
// the fields are then called by their names.
func (v *visit) begun(in *instance) beginning {
	key := v.me.County + "/" + in.Workflow + "/" + strconv.Itoa(in.Version)
	if is, known := v.portal.titles.get(key); known {
		return is
	}
	var d versions
	if !v.may("definition") || v.get(definitionsOf(in.Workflow), nil, &d) != nil {
		return beginning{}
	}
	for i := range d.Definitions {
		if d.Definitions[i].Version != in.Version {
			continue
		}
		is := d.Definitions[i].beginning()
		if d.Definitions[i].Adopted { // what comes with the program may be another tomorrow
			v.portal.titles.put(key, is)
		}
		return is
	}
	return beginning{}
}

// beginning is what it says of the action that begins.
func (d *version) beginning() beginning {
	var says struct {
		Begin   string            `json:"begin"`
		Parties map[string]string `json:"parties"`
		Actions map[string]struct {
			Form json.RawMessage `json:"form"`
		} `json:"actions"`
	}
	if json.Unmarshal(d.Definition, &says) != nil {
		return beginning{}
	}
	return beginning{fieldsOf(says.Actions[says.Begin].Form), says.Parties}
}
