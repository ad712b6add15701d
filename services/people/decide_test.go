package people_test

import (
	"errors"
	"slices"
	"testing"

	"feisui/pkg/access"
	"feisui/services/people"
)

// The people of these tests. Person and account are named alike.
var (
	operator = by("op", access.Operator)
	system   = by("sy", access.SystemAdmin)
	security = by("se", access.SecurityAdmin)
	audits   = by("au", access.AuditAdmin)
	officer  = by("do", access.DepartmentOfficer)
)

func by(name string, role access.Role) access.Principal {
	return access.Principal{ID: "person:" + name, Person: name, County: "c", Grants: []access.Grant{{Role: role}}}
}

func someone(name string) people.User {
	return people.User{ID: name, Person: name, County: "c", Name: name}
}

func of(user, person string, role access.Role, state people.GrantState, requester string) people.Grant {
	return people.Grant{Grant: access.Grant{Role: role}, ID: user + "/" + string(role), User: user, Person: person, State: state, Requester: requester}
}

func code(err error) string {
	var no *people.Refusal
	if errors.As(err, &no) {
		return no.Code
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func TestAGrantIsAskedForByTheSystemAdministrator(t *testing.T) {
	t.Parallel()
	u := someone("u")
	gone := u
	gone.Disabled = true
	for name, c := range map[string]struct {
		by      access.Principal
		to      people.User
		role    access.Role
		scope   string
		persons []people.Grant
		want    string
	}{
		"as it should be":                  {system, u, access.DepartmentOfficer, "D01", nil, ""},
		"finance of a street":              {system, u, access.FinanceOfficer, "S1", nil, ""},
		"of a street":                      {system, u, access.StreetOfficer, "S1", nil, ""},
		"of a community":                   {system, u, access.CommunityOfficer, "C1", nil, ""},
		"of no such department":            {system, u, access.DepartmentOfficer, "D99", nil, "SCOPE_DEPARTMENT"},
		"of a street as of a department":   {system, u, access.DepartmentHead, "S1", nil, "SCOPE_DEPARTMENT"},
		"of no such street":                {system, u, access.StreetOfficer, "D01", nil, "SCOPE_STREET"},
		"of no such community":             {system, u, access.CommunityOfficer, "S1", nil, "SCOPE_COMMUNITY"},
		"finance of a department":          {system, u, access.FinanceOfficer, "D01", nil, "SCOPE_STREET"},
		"finance of the county":            {system, u, access.FinanceOfficer, "", nil, ""},
		"two business roles":               {system, u, access.DepartmentHead, "D01", []people.Grant{of("u", "u", access.FinanceOfficer, people.Approved, "sy")}, ""},
		"an administrator once a denied":   {system, u, access.AuditAdmin, "", []people.Grant{of("u", "u", access.FinanceOfficer, people.Denied, "sy")}, ""},
		"for oneself (A43)":                {system, people.User{ID: "x", Person: "sy"}, access.Leader, "", nil, "SELF"},
		"by the security administrator":    {security, u, access.Leader, "", nil, "FORBIDDEN"},
		"by an officer":                    {officer, u, access.Leader, "", nil, "FORBIDDEN"},
		"by the operator":                  {operator, u, access.Leader, "", nil, "FORBIDDEN"},
		"by nobody":                        {access.Principal{}, u, access.Leader, "", nil, "SIGN_IN_FIRST"},
		"to somebody who is gone":          {system, gone, access.Leader, "", nil, "DISABLED"},
		"operator":                         {system, u, access.Operator, "", nil, "ROLE"},
		"no role":                          {system, u, "king", "", nil, "ROLE"},
		"an officer of no department":      {system, u, access.DepartmentOfficer, "", nil, "SCOPE_MISSING"},
		"a leader of a department":         {system, u, access.Leader, "D01", nil, "SCOPE_COUNTY"},
		"a scope that is no line":          {system, u, access.CommunityOfficer, "a\nb", nil, "SCOPE"},
		"two administrators":               {system, u, access.AuditAdmin, "", []people.Grant{of("u", "u", access.SecurityAdmin, people.Approved, "sy")}, "ROLES_APART"},
		"two by another account":           {system, u, access.AuditAdmin, "", []people.Grant{of("u2", "u", access.SecurityAdmin, people.Approved, "sy")}, "ROLES_APART"},
		"two while the other is asked for": {system, u, access.AuditAdmin, "", []people.Grant{of("u", "u", access.SecurityAdmin, people.Requested, "sy")}, "ROLES_APART"},
		"an administrator with business":   {system, u, access.SystemAdmin, "", []people.Grant{of("u", "u", access.Leader, people.Approved, "sy")}, "ROLES_APART"},
		"business with an administrator":   {system, u, access.Leader, "", []people.Grant{of("u", "u", access.SystemAdmin, people.Approved, "sy")}, "ROLES_APART"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			is := map[string][]people.Organisation{"D01": {people.Department}, "S1": {people.Street}, "C1": {people.Community}}[c.scope]
			known, err := people.RequestGrant{Grant: access.Grant{Role: c.role, Scope: c.scope}, Is: is}.Decide(c.to, c.persons, c.by)
			if code(err) != c.want || known != nil {
				t.Errorf("%q %v, want %q", code(err), known, c.want)
			}
		})
	}
	known, err := people.RequestGrant{Grant: access.Grant{Role: access.Leader}}.Decide(u, []people.Grant{of("u", "u", access.Leader, people.Requested, "sy")}, system)
	if err != nil || known == nil {
		t.Errorf("what is asked for already is asked for again: %v %v", known, err)
	}
}

func TestAGrantIsDecidedByAnotherPerson(t *testing.T) {
	t.Parallel()
	asked := of("u", "u", access.Leader, people.Requested, "sy")
	both := security // who is, against all rules, the one who asked as well
	both.Person = "sy"
	own := security
	own.Person = "u"
	admin := of("u", "u", access.SystemAdmin, people.Approved, "x")
	for name, c := range map[string]struct {
		do      people.Decision
		grant   people.Grant
		by      access.Principal
		persons []people.Grant
		others  []access.Grant
		want    people.GrantState
		code    string
	}{
		"approved":                     {people.Approve, asked, security, nil, nil, people.Approved, ""},
		"denied":                       {people.Deny, asked, security, nil, nil, people.Denied, ""},
		"revoked":                      {people.Revoke, of("u", "u", access.Leader, people.Approved, "sy"), security, nil, nil, people.Revoked, ""},
		"withdrawn":                    {people.Revoke, asked, security, nil, nil, people.Revoked, ""},
		"revoked twice":                {people.Revoke, of("u", "u", access.Leader, people.Revoked, "sy"), security, nil, nil, people.Revoked, ""},
		"by who asked, other account":  {people.Approve, asked, both, nil, nil, "", "SECOND_PERSON_REQUIRED"},
		"for oneself":                  {people.Approve, asked, own, nil, nil, "", "SELF"},
		"by the system administrator":  {people.Approve, asked, system, nil, nil, "", "FORBIDDEN"},
		"by the audit administrator":   {people.Approve, asked, audits, nil, nil, "", "FORBIDDEN"},
		"approved twice":               {people.Approve, of("u", "u", access.Leader, people.Approved, "sy"), security, nil, nil, "", "DECIDED"},
		"approved after a denial":      {people.Approve, of("u", "u", access.Leader, people.Denied, "sy"), security, nil, nil, "", "DECIDED"},
		"denied after an approval":     {people.Deny, of("u", "u", access.Leader, people.Approved, "sy"), security, nil, nil, "", "DECIDED"},
		"not with what came meanwhile": {people.Approve, asked, security, []people.Grant{of("u2", "u", access.AuditAdmin, people.Approved, "x")}, nil, "", "ROLES_APART"},
		"the last system admin":        {people.Revoke, admin, security, nil, []access.Grant{{Role: access.SecurityAdmin}}, "", "LAST_ADMINISTRATOR"},
		"one of two system admins":     {people.Revoke, admin, security, nil, []access.Grant{{Role: access.SystemAdmin}}, people.Revoked, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, err := c.do.Decide(c.grant, someone("u"), c.persons, c.others, c.by)
			if code(err) != c.code || err == nil && g.State != c.want {
				t.Errorf("%s %q, want %s %q", g.State, code(err), c.want, c.code)
			}
		})
	}
}

func TestWhatIsDoneToAnAccount(t *testing.T) {
	t.Parallel()
	u := someone("u")
	disabled, reset := u, u
	disabled.Disabled = true
	reset.ResetBy, reset.MustChange = "sy", true
	resetter := security // who reset it, against all rules by the other role
	resetter.Person = "sy"
	for name, c := range map[string]struct {
		do   people.Change
		user people.User
		by   access.Principal
		want people.State
		code string
	}{
		"disabled":                       {people.Disable, u, system, people.Disabled, ""},
		"disabled twice":                 {people.Disable, disabled, system, people.Disabled, ""},
		"enabled":                        {people.Enable, disabled, system, people.Active, ""},
		"unlocked":                       {people.Unlock, u, system, people.Active, ""},
		"reset":                          {people.Reset, u, system, people.Suspended, ""},
		"enabled after a reset":          {people.Enable, reset, security, people.MustChange, ""},
		"enabled by who reset":           {people.Enable, reset, system, "", "FORBIDDEN"},
		"enabled by who reset, as other": {people.Enable, reset, resetter, "", "SECOND_PERSON_REQUIRED"},
		"reset while disabled":           {people.Reset, disabled, system, "", "DISABLED"},
		"disabled by security":           {people.Disable, u, security, "", "FORBIDDEN"},
		"oneself":                        {people.Unlock, people.User{ID: "x", Person: "sy"}, system, "", "SELF"},
		"by an officer":                  {people.Disable, u, officer, "", "FORBIDDEN"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			after, err := c.do.Decide(c.user, nil, nil, c.by)
			if state := after.State(people.Attempts{}, 0); code(err) != c.code || err == nil && state != c.want {
				t.Errorf("%s %q, want %s %q", state, code(err), c.want, c.code)
			}
		})
	}
	for _, role := range []access.Role{access.SystemAdmin, access.SecurityAdmin} {
		for _, do := range []people.Change{people.Disable, people.Reset} {
			if _, err := do.Decide(u, []access.Grant{{Role: role}}, []access.Grant{{Role: access.AuditAdmin}}, system); code(err) != "LAST_ADMINISTRATOR" {
				t.Errorf("%s of the last %s: %q", do, role, code(err))
			}
			if _, err := do.Decide(u, []access.Grant{{Role: role}}, []access.Grant{{Role: role}}, system); err != nil {
				t.Errorf("%s of one of two %s: %v", do, role, err)
			}
		}
	}
}

func TestNamesOfUsers(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"zhang.san": "", "张三丰": "", " Li_Si-2 ": "",
		"ab": "USER_NAME", "": "USER_NAME", "a b c": "USER_NAME", "a/b/c": "USER_NAME", "a\u202eb\u202e": "USER_NAME", "<script>": "USER_NAME",
	} {
		c, err := people.CreateUser{Name: name, Display: "张三", Office: "D01"}.Decide(system)
		if code(err) != want || want == "" && c.Name != people.NameOf(name) {
			t.Errorf("%q: %q %q, want %q", name, c.Name, code(err), want)
		}
	}
	if _, err := (people.CreateUser{Name: "zhang", Display: "张\n三", Office: "D01"}).Decide(system); code(err) != "DISPLAY_NAME" {
		t.Error(code(err))
	}
	if _, err := (people.CreateUser{Name: "zhang", Display: "张三"}).Decide(system); code(err) != "OFFICE" {
		t.Error(code(err))
	}
	if _, err := (people.CreateUser{Name: "zhang", Display: "张三", Office: "D01"}).Decide(security); code(err) != "FORBIDDEN" {
		t.Error(code(err))
	}
}

// TestTheFifthFailureLocks, and each further one for longer, up to an hour.
func TestTheFifthFailureLocks(t *testing.T) {
	t.Parallel()
	var a people.Attempts
	var err error
	at := people.Moment(1_000_000)
	for i := 1; i <= 4; i++ {
		if a, err = a.Under(at); err != nil || a.Until > at {
			t.Fatalf("the %dth attempt: %v %+v", i, err, a)
		}
	}
	want := people.Minute
	for range 12 {
		if a, err = a.Under(at); err != nil || a.Until-at != want {
			t.Fatalf("locked for %d seconds, want %d: %v", a.Until-at, want, err)
		}
		if again, err := a.Under(a.Until - 1); code(err) != "SIGN_IN" || again != a {
			t.Fatalf("tried while locked: %q %+v", code(err), again)
		}
		at, want = a.Until, min(2*want, people.Hour)
	}
	if a, err = a.Under(at + people.Day + 1); err != nil || a.Failures != 1 {
		t.Errorf("a day later it is not forgotten: %+v %v", a, err)
	}
}

func TestAnAddressIsThrottled(t *testing.T) {
	t.Parallel()
	var a people.Attempts
	var err error
	const at = people.Moment(1_000_000)
	for range people.AddressMax {
		if a, err = a.From(at); err != nil {
			t.Fatal(err)
		}
	}
	var no *people.Refusal
	if _, err = a.From(at + 60); !errors.As(err, &no) || no.Code != "TOO_MANY_ATTEMPTS" || no.Wait != people.AddressWindow-60 {
		t.Errorf("%v %+v", err, no)
	}
	if _, err = a.Forgiven().From(at); err != nil {
		t.Error("a right one counts")
	}
	if _, err = a.From(at + people.AddressWindow); err != nil {
		t.Error("it never ends")
	}
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]string{
		"correct horse battery": "", "三个木匠赛过一个诸葛亮啊": "", "tK9#vq2Lm!xz": "",
		"short":                  "PASSWORD_SHORT",
		"elevenchars":            "PASSWORD_SHORT",
		"my-zhang.san-2026":      "PASSWORD_NAME",
		"ZHANG.SAN-forever":      "PASSWORD_NAME",
		"password1234":           "PASSWORD_COMMON",
		"P@ssw0rd20261128":       "PASSWORD_COMMON",
		"123456789012":           "PASSWORD_COMMON",
		"2026-11-28-99":          "PASSWORD_COMMON",
		"aaaaaaaaaaaab":          "PASSWORD_COMMON",
		"woaini1314520":          "PASSWORD_COMMON",
		"Feisui@2026!!":          "PASSWORD_COMMON",
		"not utf-8 \xff\xff\xff": "PASSWORD_LONG",
	} {
		if got := code(people.CheckPassword(password, "zhang.san")); got != want {
			t.Errorf("%q: %q, want %q", password, got, want)
		}
	}
	if got := code(people.CheckPassword(string(make([]byte, people.PasswordMax+1)), "")); got != "PASSWORD_LONG" {
		t.Error(got)
	}
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	in, gone, reset, first := someone("u"), someone("u"), someone("u"), someone("u")
	gone.Disabled, reset.ResetBy, first.MustChange = true, "sy", true
	const idle = people.IdleUsual
	for name, c := range map[string]struct {
		s    people.Session
		u    people.User
		at   people.Moment
		want string
	}{
		"used just now":       {people.Session{}, in, 0, ""},
		"used before":         {people.Session{Seen: 100}, in, 100 + idle - 1, ""},
		"not used for long":   {people.Session{Seen: 100}, in, 100 + idle, "SESSION_IDLE"},
		"busy for a day":      {people.Session{Seen: people.LifeMax}, in, people.LifeMax, "SESSION_OLD"},
		"signed out":          {people.Session{Ended: true}, in, 0, "SESSION_ENDED"},
		"of who is gone":      {people.Session{}, gone, 0, "SESSION_ENDED"},
		"of who was reset":    {people.Session{}, reset, 0, "SESSION_ENDED"},
		"before the password": {people.Session{}, first, 0, ""},
	} {
		if got := code(c.s.Check(&c.u, idle, c.at)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	holds := []access.Grant{{Role: access.DepartmentOfficer, Scope: "D01"}, {Role: access.Leader}}
	u, gone, reset, first := someone("u"), someone("u"), someone("u"), someone("u")
	gone.Disabled, reset.ResetBy, first.MustChange = true, "sy", true
	some := []access.Grant{{Role: access.Leader}}
	for name, c := range map[string]struct {
		c    people.CreateToken
		has  int
		want string
	}{
		"as it should be":        {people.CreateToken{"export", some, 365}, 0, ""},
		"for a year and a day":   {people.CreateToken{"export", some, 366}, 0, "TOKEN_LIFE"},
		"for less than nothing":  {people.CreateToken{"export", some, -1}, 0, "TOKEN_LIFE"},
		"without a name":         {people.CreateToken{"", some, 1}, 0, "TOKEN_NAME"},
		"without rights":         {people.CreateToken{"export", nil, 1}, 0, "TOKEN_GRANTS"},
		"with another's right":   {people.CreateToken{"export", []access.Grant{{Role: access.DepartmentOfficer, Scope: "D02"}}, 1}, 0, "GRANT_NOT_HELD"},
		"with a wider right":     {people.CreateToken{"export", []access.Grant{{Role: access.DepartmentOfficer}}, 1}, 0, "GRANT_NOT_HELD"},
		"one too many":           {people.CreateToken{"export", some, 1}, 20, "TOKENS_MAX"},
		"as long as usual, last": {people.CreateToken{"export", some, 0}, 19, ""},
	} {
		token, err := c.c.Decide(&u, holds, c.has, 1000)
		if code(err) != c.want || err == nil && token.Expires > 1000+people.TokenMax {
			t.Errorf("%s: %q %d, want %q", name, code(err), token.Expires, c.want)
		}
	}
	for _, out := range []people.User{gone, reset, first} {
		if _, err := (people.CreateToken{"export", some, 1}).Decide(&out, holds, 0, 1000); code(err) != "SESSION_ENDED" {
			t.Errorf("a token is made for %+v: %q", out, code(err))
		}
	}
	token := people.Token{Grants: holds, Expires: 100}
	if token.Check(&u, 99) != nil || code(token.Check(&u, 100)) != "TOKEN_ENDED" || code(token.Check(&gone, 99)) != "TOKEN_ENDED" {
		t.Error("a token lives shorter or longer than it should")
	}
	if left := token.Of(some); len(left) != 1 || left[0] != some[0] {
		t.Errorf("what the holder lost the token has: %v", left)
	}
}

// TestAOneTimePasswordLapses, and no other.
func TestAOneTimePasswordLapses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		user people.User
		at   people.Moment
		want people.State
	}{
		"in time":                       {people.User{MustChange: true, Once: 100}, 99, people.MustChange},
		"too late":                      {people.User{MustChange: true, Once: 100}, 100, people.Lapsed},
		"changed":                       {people.User{Once: 100}, 100, people.Active},
		"from before there was an end":  {people.User{MustChange: true}, 100, people.MustChange},
		"reset, and nobody enabled it":  {people.User{MustChange: true, Once: 100, ResetBy: "x"}, 100, people.Suspended},
		"disabled, whatever it is else": {people.User{MustChange: true, Once: 100, Disabled: true}, 100, people.Disabled},
	} {
		if got := c.user.State(people.Attempts{}, c.at); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// TestWhoOpensElsewhereAlone is bound, where the county says so, and no administrator.
func TestWhoOpensElsewhereAlone(t *testing.T) {
	t.Parallel()
	refused := people.Settings{BoundPassword: people.PasswordRefused}
	for _, role := range access.Roles {
		grants := []access.Grant{{Role: access.Auditor}, {Role: role}}
		if got := refused.ElsewhereOnly(true, grants); got == slices.Contains(people.Administrators(), role) {
			t.Errorf("%s: %v", role, got)
		}
		if refused.ElsewhereOnly(false, grants) || people.UsualSettings().ElsewhereOnly(true, grants) {
			t.Errorf("%s: who is not bound, or where nobody says so", role)
		}
	}
	if !refused.ElsewhereOnly(true, nil) {
		t.Error("whoever has no role opens by a password")
	}
	if code(refused.NotIn()) == code(people.UsualSettings().NotIn()) || code(people.UsualSettings().NotIn()) != code(people.NotIn()) {
		t.Error("where it is so they are not told, or elsewhere they are")
	}
}

func TestACountyBeginsOnce(t *testing.T) {
	t.Parallel()
	three, err := people.Begin{}.Decide(0, operator)
	if err != nil || len(three) != 3 {
		t.Fatalf("%v %v", three, err)
	}
	if _, err := (people.Begin{}).Decide(1, operator); code(err) != "ADMINISTRATORS_THERE" {
		t.Error(code(err))
	}
	if _, err := (people.Begin{}).Decide(0, system); code(err) != "FORBIDDEN" {
		t.Error(code(err))
	}
}

// TestEveryPartOfALineIsSealed: whatever is changed in a line, or between two.
func TestEveryPartOfALineIsSealed(t *testing.T) {
	t.Parallel()
	first := people.Line{N: 1, Time: 5, Record: access.Record{County: "c", Actor: "a", Operation: "o", Target: "t", Decision: access.Done, Code: "x", Address: "d", RequestID: "r"}}.Seal()
	line := first
	line.N, line.Prev = 2, first.Hash
	line = line.Seal()
	if first.Follows(people.Line{}) != "" || line.Follows(first) != "" {
		t.Fatal("what is right is found wrong")
	}
	for name, change := range map[string]func(*people.Line){
		"number": func(l *people.Line) { l.N++ }, "time": func(l *people.Line) { l.Time++ },
		"county": func(l *people.Line) { l.County = "d" }, "actor": func(l *people.Line) { l.Actor = "b" },
		"operation": func(l *people.Line) { l.Operation = "p" }, "target": func(l *people.Line) { l.Target = "" },
		"decision": func(l *people.Line) { l.Decision = access.Refused }, "code": func(l *people.Line) { l.Code = "y" },
		"address": func(l *people.Line) { l.Address = "" }, "request": func(l *people.Line) { l.RequestID = "s" },
		"hash": func(l *people.Line) { l.Hash[0]++ }, "hash before": func(l *people.Line) { l.Prev[0]++ },
		"a part moved": func(l *people.Line) { l.Actor, l.Operation = "ao", "" },
	} {
		changed := line
		change(&changed)
		if changed.Follows(first) == "" {
			t.Errorf("nobody sees that the %s was changed", name)
		}
	}
}
