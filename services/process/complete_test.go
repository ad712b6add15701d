package process_test

import (
	"encoding/json"
	"strings"
	"testing"

	"feisui/pkg/access"
	"feisui/services/process"
)

func TestWhatIsKnownNeedNotBeTyped(t *testing.T) {
	t.Parallel()
	report, rating := builtin(t, "outside_work").Definition, builtin(t, "rating").Definition
	plaque := builtin(t, "plaque").Definition
	who := func(grants ...string) (p access.Principal) {
		p.ID = "person:a"
		for _, g := range grants {
			role, scope, _ := strings.Cut(g, "@")
			p.Grants = append(p.Grants, access.Grant{Role: access.Role(role), Scope: scope})
		}
		return p
	}
	const c1, c2 = "990101001001", "990101001002"
	officer := who("community_officer@" + c1)
	for name, c := range map[string]struct {
		by         *process.Definition
		who        access.Principal
		form, want string
	}{
		"all that is known": {report, officer, `{"what":"x"}`, `{"community":"990101001001","given_on":"2025-03-03","no":"TW-990101001001-2025-03-03-3","what":"x"}`},
		"what was typed stays": {
			report, officer, `{"no":"1","community":"` + c2 + `","given_on":"2025-03-01"}`, `{"no":"1","community":"` + c2 + `","given_on":"2025-03-01"}`,
		},
		"what is empty or null was not typed": {report, officer, `{"no":"","community":null}`, `{"community":"990101001001","given_on":"2025-03-03","no":"TW-990101001001-2025-03-03-3"}`},
		"of two offices none":                 {report, who("community_officer@"+c1, "community_officer@"+c2), `{}`, `{"given_on":"2025-03-03"}`},
		"of the whole county none":            {report, who("community_officer@"), `{}`, `{"given_on":"2025-03-03"}`},
		"an office held twice is one":         {report, who("community_officer@"+c1, "community_officer@"+c1), `{"no":"1"}`, `{"community":"990101001001","given_on":"2025-03-03","no":"1"}`},
		"a department's is no community":      {plaque, who("department_head@D01"), `{"no":"1"}`, `{"department":"D01","no":"1"}`},
		"a number of what is rated":           {rating, officer, `{"period":"P","department":"D01"}`, `{"community":"990101001001","department":"D01","no":"P/990101001001/D01","period":"P"}`},
		"no number of half of it":             {rating, officer, `{"period":"P"}`, `{"community":"990101001001","period":"P"}`},
		"no object":                           {report, officer, `[]`, `[]`},
		"nothing":                             {report, officer, `null`, `null`},
	} {
		taken := func(no string) bool { return strings.HasSuffix(no, "-1") || strings.HasSuffix(no, "-2") }
		got, err := c.by.Complete(json.RawMessage(c.form), c.who, on(t, "2025-03-03"), taken)
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}

// TestWhoSeesWhatSomeAloneSee: by the definition, and by no role that sees all else.
func TestWhoSeesWhatSomeAloneSee(t *testing.T) {
	t.Parallel()
	rating := builtin(t, "rating").Definition
	parties := map[string]string{"community": "990101001001"}
	for right, want := range map[string]bool{
		"community_officer@990101001001": true, "authority@": true, "community_officer@990101001002": false, "street_officer@990101001": false,
		"leader@": false, "auditor@": false, "operator@": false, "department_head@D01": false,
	} {
		role, scope, _ := strings.Cut(right, "@")
		who := access.Principal{ID: "person:a", Grants: []access.Grant{{Role: access.Role(role), Scope: scope}}}
		if shown, said := rating.Shown(parties, who, &world{}); shown != want || !said {
			t.Errorf("%s: %t, %t", right, shown, said)
		}
	}
	if shown, said := builtin(t, "evaluation").Shown(nil, access.Principal{}, &world{}); !shown || !said {
		t.Error("an evaluation is for everybody")
	}
	if _, said := builtin(t, "task").Shown(parties, access.Principal{}, &world{}); said {
		t.Error("nothing is said of tasks")
	}
}
