package process

import (
	"slices"

	"feisui/pkg/access"
	"feisui/schemas"
)

// anyone is, among those who see an instance, everybody who may look at instances
// at all.
const anyone = "anyone"

// Shown reports whether somebody sees an instance of these parties, where the
// definition says who does; said is false where it does not.
func (d *Definition) Shown(parties map[string]string, who access.Principal, dom Domain) (shown, said bool) {
	if len(d.SeenBy) == 0 {
		return false, false
	}
	if slices.Contains(d.SeenBy, anyone) {
		return true, true
	}
	_, may := d.may(&Action{By: d.SeenBy}, parties, who, dom)
	return may, true
}

// seen looks at who sees instances. What some alone see must be kept from the
// lists of all entries too, which know no definitions: so both say it, or neither.
func (k *checker) seen() {
	for _, text := range k.SeenBy {
		if text != anyone {
			k.right("seen_by", text)
		}
	}
	some := len(k.SeenBy) > 0 && !slices.Contains(k.SeenBy, anyone)
	if some != schemas.Confidential(InstancesOf(k.Workflow)) {
		k.fault("seen_by", "flow_seen_by", "workflow", k.Workflow)
	}
}

// InstancesOf is what the streams of a workflow's instances begin with.
func InstancesOf(workflow string) string { return schemas.InstanceStream(workflow, "") }
