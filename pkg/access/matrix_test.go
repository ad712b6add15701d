package access_test

import (
	"slices"
	"strings"
	"testing"

	"feisui/pkg/access"
)

func table(lines ...string) string {
	return strings.Join(append([]string{strings.Join(access.Columns(), ",")}, lines...), "\n") + "\n"
}

// line is a row: anyone, and then the roles in their order.
func line(operation, anyone, cells string) string {
	return strings.Join(slices.Concat([]string{operation, "一项", anyone}, strings.Split(cells, "")), ",")
}

const nobody = "------------"

func TestWhatIsNoTable(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"nothing":              "",
		"another column":       strings.Replace(table(), "leader", "mayor", 1),
		"a column too many":    strings.Replace(table(), "operator", "operator,more", 1),
		"an unknown cell":      table(line("a", "A", "X-----------")),
		"a small letter":       table(line("a", "A", "o-----------")),
		"an empty cell":        table("a,一项,A,,-,-,-,-,-,-,-,-,-,-,-"),
		"a cell too few":       table("a,一项,A,-,-,-,-,-,-,-,-,-,-,-"),
		"a wrong anyone":       table(line("a", "O", nobody)),
		"a role signed in":     table(line("a", "-", "I-----------")),
		"a second of nobody":   table("a,一项,-,-2,-,-,-,-,-,-,-,-,-,-,A"),
		"a second of anyone":   table(line("a", "A2", nobody)),
		"a third":              table("a,一项,-,A3,-,-,-,-,-,-,-,-,-,-,-"),
		"a row twice":          table(line("a", "A", nobody), line("a", "A", nobody)),
		"no name":              table("a,,A,-,-,-,-,-,-,-,-,-,-,-,-"),
		"no operation":         table(line("", "A", nobody)),
		"a blank before it":    table(line(" a", "A", nobody)),
		"what nobody may do":   table(line("a", "-", nobody)),
		"a quote that is open": table(`"a`),
	} {
		if m, err := access.Parse(text); err == nil {
			t.Errorf("%s: taken, with %q", name, m.Operations())
		}
	}
	// The control.
	m, err := access.Parse(table(line("a", "A", nobody), "b,一项,-,O2,-,-,-,-,-,-,-,-,-,-,A"))
	if err != nil || !slices.Equal(m.Operations(), []string{"a", "b"}) || !m.Cell("b", access.DepartmentOfficer).Second || m.Cell("b", access.Operator).Second {
		t.Errorf("%v, %v", m, err)
	}
}

func TestDecide(t *testing.T) {
	t.Parallel()
	m, err := access.Parse(table(
		line("open", "A", nobody), line("signed", "I", nobody), line("first", "F", nobody), line("pending", "P", nobody),
		line("own", "-", "OOOOOOOO----"), line("below", "-", "SSSSSSSS----"), line("all", "-", "AAAAAAAA----"), line("machine", "-", "-----------A"),
	))
	if err != nil {
		t.Fatal(err)
	}
	of := func(grants ...access.Grant) access.Principal {
		return access.Principal{ID: "p", County: "c", Grants: grants}
	}
	d1, c1 := access.Grant{Role: access.DepartmentOfficer, Scope: "D1"}, access.Grant{Role: access.CommunityOfficer, Scope: "C1"}
	s1, fin := access.Grant{Role: access.StreetOfficer, Scope: "S1"}, access.Grant{Role: access.FinanceOfficer}
	first, pending, lacking := of(d1), of(d1), of(d1)
	first.PasswordFirst, lacking.FactorFirst = true, true
	pending.PasswordFirst, pending.FactorPending = true, true
	for name, c := range map[string]struct {
		operation string
		p         access.Principal
		county    string
		scope     access.Scope
		verdict   access.Verdict
	}{
		"nobody, open":                 {"open", access.Principal{}, "c", access.Scope{}, access.Allowed},
		"nobody, signed in":            {"signed", access.Principal{}, "c", access.Scope{}, access.SignIn},
		"nobody, a role's":             {"own", access.Principal{}, "c", access.Scope{}, access.SignIn},
		"nobody with grants":           {"all", access.Principal{Grants: []access.Grant{fin}}, "c", access.Scope{}, access.SignIn},
		"nobody, no such operation":    {"none", access.Principal{}, "c", access.Scope{}, access.SignIn},
		"no such operation":            {"none", of(d1, fin), "c", access.Scope{}, access.Forbidden},
		"signed in":                    {"signed", of(), "", access.Scope{}, access.Allowed},
		"no role":                      {"all", of(), "c", access.Scope{}, access.Forbidden},
		"password first, a role's":     {"own", first, "c", access.Scope{}, access.Password},
		"password first, signed in":    {"signed", first, "", access.Scope{}, access.Password},
		"password first, first":        {"first", first, "", access.Scope{}, access.Allowed},
		"password first, open":         {"open", first, "", access.Scope{}, access.Allowed},
		"factor to show, a role's":     {"own", pending, "c", access.Scope{}, access.Show},
		"factor to show, signed in":    {"signed", pending, "", access.Scope{}, access.Show},
		"factor to show, first":        {"first", pending, "", access.Scope{}, access.Show},
		"factor to show, pending":      {"pending", pending, "", access.Scope{}, access.Allowed},
		"factor to show, open":         {"open", pending, "", access.Scope{}, access.Allowed},
		"password first, pending":      {"pending", first, "", access.Scope{}, access.Allowed},
		"no factor yet, a role's":      {"own", lacking, "c", access.Scope{}, access.Factor},
		"no factor yet, signed in":     {"signed", lacking, "", access.Scope{}, access.Factor},
		"no factor yet, first":         {"first", lacking, "", access.Scope{}, access.Allowed},
		"nothing to do first, pending": {"pending", of(d1), "", access.Scope{}, access.Allowed},
		"nobody, pending":              {"pending", access.Principal{}, "", access.Scope{}, access.SignIn},
		"another county":               {"own", of(d1), "d", access.Scope{}, access.Elsewhere},
		"another county, another's":    {"machine", of(d1), "d", access.Scope{}, access.Elsewhere},
		"another county, open":         {"open", of(d1), "d", access.Scope{}, access.Allowed},
		"a department's own":           {"own", of(d1), "c", access.Scope{Departments: []string{"D1"}}, access.Allowed},
		"a department's and below":     {"below", of(d1), "c", access.Scope{Departments: []string{"D1"}}, access.Allowed},
		"all for a department":         {"all", of(d1), "c", access.Scope{All: true}, access.Allowed},
		"a department without one":     {"own", of(access.Grant{Role: access.DepartmentOfficer}), "c", access.Scope{}, access.Forbidden},
		"a community's own":            {"own", of(c1), "c", access.Scope{Communities: []string{"C1"}}, access.Allowed},
		"a street's own":               {"own", of(s1), "c", access.Scope{Communities: []string{"S1"}}, access.Allowed},
		"a street's and below":         {"below", of(s1), "c", access.Scope{Streets: []string{"S1"}}, access.Allowed},
		"the county's finance":         {"below", of(fin), "c", access.Scope{All: true}, access.Allowed},
		"a street's finance":           {"below", of(access.Grant{Role: access.FinanceOfficer, Scope: "S1"}), "c", access.Scope{Streets: []string{"S1"}}, access.Allowed},
		"a leader of less":             {"all", of(access.Grant{Role: access.Leader, Scope: "S1"}), "c", access.Scope{}, access.Forbidden},
		"a role that is none":          {"all", of(access.Grant{Role: "mayor"}), "c", access.Scope{}, access.Forbidden},
		"an administrator":             {"all", of(access.Grant{Role: access.SystemAdmin}), "c", access.Scope{}, access.Forbidden},
		"two grants are both":          {"own", of(c1, d1, access.Grant{Role: access.CommunityOfficer, Scope: "C0"}), "c", access.Scope{Departments: []string{"D1"}, Communities: []string{"C0", "C1"}}, access.Allowed},
		"the machine, of any county":   {"machine", access.Principal{ID: "operator:m", Grants: []access.Grant{{Role: access.Operator}}}, "c", access.Scope{All: true}, access.Allowed},
		"the machine, somebody else's": {"own", access.Principal{ID: "operator:m", Grants: []access.Grant{{Role: access.Operator}}}, "c", access.Scope{}, access.Forbidden},
	} {
		s, v := m.Decide(c.operation, c.p, c.county)
		if v != c.verdict || s.All != c.scope.All || !slices.Equal(s.Departments, c.scope.Departments) ||
			!slices.Equal(s.Streets, c.scope.Streets) || !slices.Equal(s.Communities, c.scope.Communities) {
			t.Errorf("%s: %+v %d, want %+v %d", name, s, v, c.scope, c.verdict)
		}
	}
	if _, v := (*access.Matrix)(nil).Decide("open", of(fin), "c"); v != access.Forbidden {
		t.Error("no table allows something")
	}
}

func TestScopes(t *testing.T) {
	t.Parallel()
	s := access.Scope{Departments: []string{"D1"}, Streets: []string{"S1"}, Communities: []string{"C9"}}
	for what, is := range map[string]bool{
		"a community": s.Account("C9", "S2"), "one below a street": s.Account("C1", "S1"), "the street": s.Account("S1", ""), "the department": s.Department("D1"),
	} {
		if !is {
			t.Errorf("%s is not within", what)
		}
	}
	for what, is := range map[string]bool{
		"another community": s.Account("C1", "S2"), "one of no street": s.Account("C1", ""), "another street": s.Account("S2", ""),
		"another department": s.Department("D2"), "nothing": s.Account("", ""), "a department as an account": s.Account("D1", ""),
	} {
		if is {
			t.Errorf("%s is within", what)
		}
	}
	if (access.Scope{}).Account("", "") || !(access.Scope{}).None() || s.None() {
		t.Error("nothing is something")
	}
}

func TestStill(t *testing.T) {
	t.Parallel()
	if _, may := access.Still(t.Context()); may {
		t.Error("nobody was asked")
	}
}
