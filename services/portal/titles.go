package portal

import (
	"encoding/json"
	"strconv"
	"sync"
)

// This file knows what the fields of a beginning are called also for who may not begin:
// the definition says it. A version of a definition never changes, so it is asked for once.

// titles are the fields of beginnings, by county, workflow and version.
type titles struct {
	mu  sync.Mutex
	all map[string][]field
}

func (t *titles) get(key string) ([]field, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fields, known := t.all[key]
	return fields, known
}

func (t *titles) put(key string, fields []field) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all == nil {
		t.all = map[string][]field{}
	}
	t.all[key] = fields
}

// begun are the fields with which an instance was begun, none where the definition is
// not for who looks: the fields are then called by their names.
func (v *visit) begun(in *instance) []field {
	key := v.me.County + "/" + in.Workflow + "/" + strconv.Itoa(in.Version)
	if fields, known := v.portal.titles.get(key); known {
		return fields
	}
	var d versions
	if !v.may("definition") || v.get(definitionsOf(in.Workflow), nil, &d) != nil {
		return nil
	}
	for i := range d.Definitions {
		if d.Definitions[i].Version != in.Version {
			continue
		}
		fields := d.Definitions[i].beginning()
		if d.Definitions[i].Adopted { // what comes with the program may be another tomorrow
			v.portal.titles.put(key, fields)
		}
		return fields
	}
	return nil
}

// beginning are the fields of the action that begins.
func (d *version) beginning() []field {
	var says struct {
		Begin   string `json:"begin"`
		Actions map[string]struct {
			Form json.RawMessage `json:"form"`
		} `json:"actions"`
	}
	if json.Unmarshal(d.Definition, &says) != nil {
		return nil
	}
	return fieldsOf(says.Actions[says.Begin].Form)
}
