package admission_test

import (
	"testing"

	"feisui/services/admission"
)

// checked is a formality check on which everything is there, but what is given.
func checked(missing ...string) map[string]string {
	fields := map[string]string{}
	for _, item := range admission.Checklist {
		fields[item] = "yes"
	}
	for _, item := range missing {
		fields[item] = "no"
	}
	return fields
}

// TestWhatLacksSomethingGoesBack, and nothing else does: of one application either the
// acceptance or the return is refused.
func TestWhatLacksSomethingGoesBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fields             map[string]string
		accepted, returned string // why not
	}{
		"all is there":        {checked(), "", "check_document: yes: papers_lacking"},
		"the plan is missing": {checked("check_plan"), "check_plan: no: papers_complete", ""},
		"two are missing, in the order of the list": {
			checked("check_contact", "check_document"), "check_document: no: papers_complete\ncheck_contact: no: papers_complete", "",
		},
		"nobody has looked yet": {nil, "", ""},
	} {
		if got := said(admission.Complete(c.fields).Err()); got != c.accepted {
			t.Errorf("%s, and accepted: %q", name, got)
		}
		if got := said(admission.ToCorrect(c.fields).Err()); got != c.returned {
			t.Errorf("%s, and sent back: %q", name, got)
		}
	}
}

// TestWhoeverIsNotAskedIsSaid: with why, and only where nobody is.
func TestWhoeverIsNotAskedIsSaid(t *testing.T) {
	t.Parallel()
	for want, asked := range map[string]admission.Asked{
		"": {Offices: true, Communities: true},
		"offices_unasked: : offices_unasked\ncommunities_unasked: : communities_unasked": {},
		"communities_unasked: : communities_unasked":                                     {Offices: true},
		"offices_unasked: 不涉及: was_asked\ncommunities_unasked: 不涉及: was_asked":           {true, true, "不涉及", "不涉及"},
	} {
		if got := said(asked.Said().Err()); got != want {
			t.Errorf("%+v: %q, want %q", asked, got, want)
		}
	}
	unasked := admission.Asked{OfficesUnasked: "不涉及", CommunitiesUnasked: "不涉及"}
	if err := unasked.Said().Err(); err != nil {
		t.Errorf("it was said: %v", err)
	}
}
