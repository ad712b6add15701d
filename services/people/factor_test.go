package people_test

import (
	"testing"

	"feisui/pkg/access"
	"feisui/services/people"
)

// The secret and the moments of RFC 6238, appendix B; its codes have eight digits, of
// which these are the last six.
var rfc = people.Factor{Secret: []byte("12345678901234567890")}

func TestCodesAreThoseOfTheStandard(t *testing.T) {
	t.Parallel()
	for at, want := range map[people.Moment]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		if got := rfc.Code(int64(at / 30)); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
}

func TestACodeIsTakenOnceAndInTime(t *testing.T) {
	t.Parallel()
	const at = people.Moment(1111111109)
	step := int64(at / 30)
	for off, want := range map[int64]bool{-2: false, -1: true, 0: true, 1: true, 2: false} {
		after, right := rfc.Take(rfc.Code(step+off), at)
		if right != want || after.Confirmed != want {
			t.Errorf("%d steps off: %v", off, right)
		}
		if _, again := after.Take(rfc.Code(step+off), at); again {
			t.Errorf("the code of %d steps off is taken twice", off)
		}
	}
	after, _ := rfc.Take(rfc.Code(step), at)
	if _, older := after.Take(rfc.Code(step-1), at); older {
		t.Error("a code from before the last one is taken")
	}
	if _, next := after.Take(rfc.Code(step+1), at+30); !next {
		t.Error("the next code is not taken")
	}
	for _, typed := range []string{"081 804", " 081804 ", "081-804"} {
		if _, right := rfc.Take(typed, at); !right || !people.IsCode(typed) {
			t.Errorf("%q is not taken", typed)
		}
	}
	for _, typed := range []string{"", "0", "81804", "0818040", "08180a", "000000"} {
		if after, right := rfc.Take(typed, at); right || after.Used != 0 || after.Confirmed {
			t.Errorf("%q is taken", typed)
		}
	}
	if people.IsCode("ABCD-EFGH-IJKL-MNOP") || people.RecoveryCode("abcd-efgh ijkl-mnop") != "ABCDEFGHIJKLMNOP" {
		t.Error("a recovery code is taken for another")
	}
}

func TestAnAppReadsTheSecret(t *testing.T) {
	t.Parallel()
	if got := rfc.Text(); got != "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" {
		t.Error(got)
	}
}

// TestWhatIsNotLookedAtIsNoFailure, and forgives none: who tries codes is locked however
// many between could not be looked at.
func TestWhatIsNotLookedAtIsNoFailure(t *testing.T) {
	t.Parallel()
	var a people.Attempts
	var err error
	wrong, at := 0, people.Moment(1_000_000)
	for range 10 {
		if a, err = a.Under(at); err != nil { // one that is not looked at
			break
		}
		a = a.Untried(at)
		if a, err = a.Under(at); err != nil { // a wrong one
			break
		}
		wrong++
	}
	if wrong != people.FailuresMax || code(err) != "SIGN_IN" {
		t.Errorf("%d wrong codes: %v", wrong, err)
	}
	if a, err = a.Under(a.Until); err != nil || a.Untried(at).Until > at {
		t.Errorf("what is not looked at locks: %+v %v", a, err)
	}
}

func TestWhoMustHaveASecondFactor(t *testing.T) {
	t.Parallel()
	s := people.UsualSettings()
	leader := []access.Grant{{Role: access.Leader}}
	u := someone("u")
	if s.FactorFirst(&u, leader) {
		t.Error("it is required of somebody unless the county says so")
	}
	s.FactorRoles = []access.Role{access.SystemAdmin, access.Leader}
	if !s.FactorFirst(&u, leader) || s.FactorFirst(&u, []access.Grant{{Role: access.Auditor}}) {
		t.Error("it is required of others than the county says")
	}
	if u.Factor = true; s.FactorFirst(&u, leader) {
		t.Error("who has one must set up one")
	}
	s.FactorRoles = []access.Role{access.Operator}
	if _, err := (people.RequestSettings{Settings: s}).Decide(people.UsualSettings(), false, security, 100); code(err) != "FACTOR_ROLE" {
		t.Error(err)
	}
}

func TestASecondFactorIsTakenAwayByTwo(t *testing.T) {
	t.Parallel()
	u := someone("u")
	if _, err := people.FactorReset.Decide(u, nil, nil, system); code(err) != "FACTOR_NONE" {
		t.Error(code(err))
	}
	u.Factor = true
	if _, err := people.FactorReset.Decide(u, nil, nil, security); code(err) != "FORBIDDEN" {
		t.Error(code(err))
	}
	after, err := people.FactorReset.Decide(u, nil, nil, system)
	if err != nil || after.Factor || after.MustChange || after.In() {
		t.Errorf("%+v %v", after, err)
	}
	if _, err := people.Enable.Decide(after, nil, nil, system); code(err) != "FORBIDDEN" {
		t.Error(code(err))
	}
	if after, err = people.Enable.Decide(after, nil, nil, security); err != nil || !after.In() {
		t.Errorf("%+v %v", after, err)
	}
	own := u
	own.Person = system.Person
	if _, err := people.FactorReset.Decide(own, nil, nil, system); code(err) != "SELF" {
		t.Error(code(err))
	}
}
