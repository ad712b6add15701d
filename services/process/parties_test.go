package process_test

import (
	"encoding/json"
	"maps"
	"testing"

	"feisui/pkg/access"
	"feisui/services/process"
)

// TestWhoIsConcerned: a party may be several, or everyone; and the last step that
// names one holds.
func TestWhoIsConcerned(t *testing.T) {
	t.Parallel()
	d := &process.Definition{Parties: map[string]string{"department": "department", "scope": "communities", "justice": "accept.justice", "sampled": "accept.sampled"}}
	in := &process.Instance{Parties: map[string]string{"department": "D01", "scope": "all"}}
	if got := d.Concerned(in); !maps.Equal(got, in.Parties) || d.Concerned(nil) != nil {
		t.Errorf("%v", got)
	}
	for _, form := range []string{`{"justice":"D05","sampled":["C1","C2"]}`, `{"justice":"D06"}`} {
		in.Steps = append(in.Steps, process.Step{Action: "accept", Form: json.RawMessage(form)})
	}
	one := process.Instance{Parties: in.Parties, Steps: in.Steps[:1]}
	if got := d.Concerned(&one); got["justice"] != "D05" || got["sampled"] != "C1;C2" || len(in.Parties) != 2 {
		t.Errorf("%v of %v", got, in.Parties)
	}
	if got := d.Concerned(in); got["justice"] != "D06" || got["sampled"] != "" {
		t.Errorf("the last step: %v", got)
	}
}

// TestAnOfficeHasItsPart: a county's office has its part from the step on that may
// name another, where that names none, and not in what it began itself.
func TestAnOfficeHasItsPart(t *testing.T) {
	t.Parallel()
	d := &process.Definition{
		Parties: map[string]string{"department": "department", "justice": "accept.justice"}, Offices: map[string]string{"justice": "D05"},
	}
	accepted := func(by, form string) *process.Instance {
		return &process.Instance{Parties: map[string]string{"department": by}, Steps: []process.Step{{Action: "accept", Form: json.RawMessage(form)}}}
	}
	for _, c := range []struct {
		name string
		in   *process.Instance
		want string
	}{
		{"before the step", &process.Instance{Parties: map[string]string{"department": "D01"}}, ""},
		{"from it on", accepted("D01", `{}`), "D05"},
		{"named otherwise", accepted("D01", `{"justice":"D06"}`), "D06"},
		{"its own", accepted("D05", `{}`), ""},
	} {
		if got := d.Concerned(c.in); got["justice"] != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	d.Offices["justice"] = ""
	if got := d.Concerned(accepted("D01", `{}`)); len(got) != 1 {
		t.Errorf("no office: %v", got)
	}
}

// TestAnotherActsInstead: once a step names the other, the first has no right any more, and
// stands where it stood.
func TestAnotherActsInstead(t *testing.T) {
	t.Parallel()
	d := &process.Definition{
		Parties: map[string]string{"department": "department", "originator": "name.department"}, Instead: map[string]string{"department": "originator"},
	}
	in := &process.Instance{Parties: map[string]string{"department": "S1"}}
	rights := []string{"department_head@department", "department_head@originator"}
	holds := func(code string) bool {
		return d.Holds(in, somebody("x", access.DepartmentHead, code), rights, &world{})
	}
	if !holds("S1") || holds("D01") {
		t.Error("before it is named")
	}
	in.Steps = append(in.Steps, process.Step{Action: "name", Form: json.RawMessage(`{"department":"D01"}`)})
	if holds("S1") || !holds("D01") || d.Concerned(in)["department"] != "S1" {
		t.Error("after it was named")
	}
}

// TestWhoSpeaksForSeveral: one of a party's organisations is enough, another is
// not, and of everyone any is.
func TestWhoSpeaksForSeveral(t *testing.T) {
	t.Parallel()
	const first, second, third = "990101001001", "990101001002", "990101001003"
	officer := func(community string) access.Principal {
		return somebody("of-"+community, access.CommunityOfficer, community)
	}
	finance := somebody("finance", access.FinanceOfficer, "")
	justice := somebody("justice", access.DepartmentOfficer, "D05")
	for name, c := range map[string]struct {
		scope string
		who   access.Principal
		may   bool
	}{
		"the first of two":         {`["` + first + `","` + second + `"]`, officer(first), true},
		"the second of two":        {`["` + first + `","` + second + `"]`, officer(second), true},
		"another than these":       {`["` + first + `","` + second + `"]`, officer(third), false},
		"any of all":               {`["all"]`, officer(third), true},
		"another role":             {`["all"]`, somebody("street", access.StreetOfficer, "990101001"), false},
		"nobody":                   {`["all"]`, access.Principal{Grants: officer(first).Grants}, false},
		"the county's":             {`["` + first + `"]`, finance, true},
		"whom a later step named":  {`["` + first + `"]`, justice, true},
		"whom no step named":       {`["` + first + `"]`, somebody("party", access.DepartmentOfficer, "D06"), false},
		"the department of nobody": {`["` + first + `"]`, somebody("none", access.DepartmentOfficer, "elsewhere"), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlay(t, "admission")
			form := `{"no":"ZR","department":"D01","kind":"task","item":"B01","name":"x","communities":` + c.scope +
				`,"from":"2025-05-06","contact_section":"x","contact_post":"x","document":"x","document_title":"x","plan":"x","cost":"1","source":"x"}`
			p.do(head, "2025-03-03", "apply", form)
			p.do(authority, "2025-03-03", "accept", `{"justice":"D05","check_plan":"yes",`+checks+`}`)
			command := p.command(c.who, "2025-03-03", "give_opinion", `{"office":"community","opinion":"agree"}`)
			events, err := p.Decide(p.in, command, p.days, p.world)
			if (err == nil) != c.may || (events == nil) == c.may {
				t.Errorf("%v %v", events, err)
			}
		})
	}
}
