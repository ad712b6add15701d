package process

import (
	"maps"
	"regexp"
	"slices"

	"feisui/pkg/civil"
)

// settings looks at what a named effect is told: all that it needs, each in a word.
func (k *checker) settings(place string, e *Effect) {
	for _, name := range k.names.Settings[e.Name] {
		if !word.MatchString(e.Row[name]) {
			k.fault(place+"."+name, "flow_setting", "found", e.Row[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(e.Row)) {
		if !slices.Contains(k.names.Settings[e.Name], name) {
			k.fault(place+"."+name, "flow_no_setting", "name", name)
		}
	}
}

// word is what names a series of documents, and an office's 机关代字.
var word = regexp.MustCompile(`^([a-z_]{1,32}|\p{Han}{1,20})$`)

// opened looks at which flags begin an instance, and whether the first form can
// say what they do.
func (k *checker) opened() {
	if k.OpenedBy == nil {
		return
	}
	if len(k.OpenedBy.Rules) == 0 {
		k.fault("opened_by.rules", "flow_empty")
	}
	for _, rule := range k.OpenedBy.Rules {
		k.one("opened_by.rules", "flow_no_flag", k.names.Flags, rule)
	}
	if _, err := civil.Parse(k.OpenedBy.Since); k.OpenedBy.Since != "" && err != nil {
		k.fault("opened_by.since", "flow_date", "found", k.OpenedBy.Since)
	}
	begin := k.Actions[k.Begin]
	if !slices.Contains(begin.By, system) {
		k.fault("opened_by", "flow_opened_by")
	}
	for _, field := range OpenedFields {
		k.one("opened_by", "flow_no_field", fieldsOfSchema(begin.Form), field)
	}
}
