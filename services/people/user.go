package people

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"feisui/pkg/access"
)

// User is an account of a person (人员).
type User struct {
	ID         string // opaque; its principal is person:ID
	Person     string // the human being, who may have another account
	County     string
	Name       string // by which they sign in, unique in the county
	Display    string // for people to read
	Office     string // code of the organisation in which they work
	Disabled   bool
	ResetBy    string // the Person who reset the password, until somebody else lets the account in again
	MustChange bool   // the password, before anything else
	Once       Moment // until when such a password opens the account; 0: for ever
	Demo       bool   // made by Demo, for trying the program
	Factor     bool   // a second factor is asked for when they sign in
}

// Principal is a user's id as others see it.
func (u *User) Principal() string { return "person:" + u.ID }

// OnceLife is how long a one-time password opens an account. Whoever made the account knows
// it too, and it travels on paper: it should be handed over by the next working day, over a
// weekend. (OWASP ASVS 5.0, 6.4.1: initial passwords expire after a short time.)
const OnceLife = OnceDays * Day

// OnceDays is OnceLife in days, as people are told.
const OnceDays = 3

// Lapsed reports that the account has a one-time password that opens it no more.
func (u *User) Lapsed(at Moment) bool { return u.MustChange && u.Once != 0 && at >= u.Once }

// PasswordLapsed is the refusal of a one-time password that is right, and too old. Nobody
// else hears it: it would tell that somebody has the name.
func PasswordLapsed() *Refusal {
	return refuse(Unknown, "PASSWORD_LAPSED", "days", strconv.Itoa(OnceDays))
}

// State is where an account stands.
type State string

// The states.
const (
	Active     State = "active"
	Disabled   State = "disabled"
	Suspended  State = "suspended" // its password was reset, and no second person has agreed yet
	Locked     State = "locked"    // after wrong passwords or codes, for a while
	MustChange State = "must_change_password"
	Lapsed     State = "lapsed" // its one-time password was not used in time: another is to be given
)

// State gives where the account stands at a moment; tried are the attempts at its
// password and codes.
func (u *User) State(tried Attempts, at Moment) State {
	switch {
	case u.Disabled:
		return Disabled
	case u.ResetBy != "":
		return Suspended
	case tried.Until > at:
		return Locked
	case u.Lapsed(at):
		return Lapsed
	case u.MustChange:
		return MustChange
	}
	return Active
}

// In reports that the account may be used at all.
func (u *User) In() bool { return !u.Disabled && u.ResetBy == "" }

// Limits of what is written of a user.
const (
	nameMin = 3
	nameMax = 40
	lineMax = 40
)

// CreateUser makes an account, without any role: those are granted, by two.
type CreateUser struct {
	Name, Display, Office string
	Person                string // of somebody who has an account already; empty: a new human being
}

// Decide refuses what is no name. The names come back as they are kept.
func (c CreateUser) Decide(by access.Principal) (CreateUser, error) {
	if err := May(by, access.SystemAdmin); err != nil {
		return c, err
	}
	c.Name, c.Display, c.Office = NameOf(c.Name), strings.TrimSpace(c.Display), strings.TrimSpace(c.Office)
	switch {
	case !name(c.Name):
		return c, refuse(Invalid, "USER_NAME", "found", c.Name)
	case !line(c.Display):
		return c, refuse(Invalid, "DISPLAY_NAME", "found", c.Display)
	case !line(c.Office):
		return c, refuse(Invalid, "OFFICE", "found", c.Office)
	}
	return c, nil
}

// NameOf gives a user name as it is kept and compared.
func NameOf(typed string) string { return strings.ToLower(strings.TrimSpace(typed)) }

// name: letters of any script, digits and . _ -, so that it cannot be taken for
// something else in a log or an address.
func name(s string) bool {
	n := utf8.RuneCountInString(s)
	return utf8.ValidString(s) && n >= nameMin && n <= nameMax && !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-", r)
	})
}

// line: a line of text that a person can read.
func line(s string) bool {
	n := utf8.RuneCountInString(s)
	return utf8.ValidString(s) && n >= 1 && n <= lineMax && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

// Change is what an administrator does to somebody's account.
type Change string

// The changes.
const (
	Disable Change = "disable" // its sessions and tokens end for good
	Enable  Change = "enable"
	Unlock  Change = "unlock" // before its time
	Reset   Change = "reset"  // a new one-time password; sessions, tokens and binding end, and a second person must agree

	FactorReset Change = "factor_reset" // no second factor is asked for any more; likewise
)

// Decide gives the account after the change. others are those of the county that
// hold an administrator's role and are in, without this one.
//
// Who resets a password knows the new one, and could act as somebody else, and who
// takes a second factor away leaves one door of two. So the account stays suspended
// until another person, the security administrator, has enabled it.
func (c Change) Decide(u User, holds, others []access.Grant, by access.Principal) (User, error) {
	role := access.SystemAdmin
	if c == Enable && u.ResetBy != "" {
		role = access.SecurityAdmin
	}
	if err := May(by, role); err != nil {
		return u, err
	}
	switch {
	case by.Person == u.Person:
		return u, refuse(Forbidden, "SELF")
	case c == Enable && u.ResetBy != "" && u.ResetBy == by.Person:
		return u, refuse(Forbidden, "SECOND_PERSON_REQUIRED")
	case c == FactorReset && !u.Factor:
		return u, refuse(Conflict, "FACTOR_NONE")
	case c == Disable && !u.Disabled || (c == Reset || c == FactorReset) && u.In():
		if err := leavesOne(holds, others); err != nil {
			return u, err
		}
	}
	switch c {
	case Disable:
		u.Disabled = true
	case Enable:
		u.Disabled, u.ResetBy = false, ""
	case Reset:
		if u.Disabled {
			return u, refuse(Conflict, "DISABLED")
		}
		u.ResetBy, u.MustChange = by.Person, true
	case FactorReset:
		if u.Disabled {
			return u, refuse(Conflict, "DISABLED")
		}
		u.ResetBy, u.Factor = by.Person, false
	case Unlock:
	}
	return u, nil
}

// leavesOne refuses to take the last administrator of a kind without whom nobody
// could be let in again.
func leavesOne(gone, others []access.Grant) error {
	for _, g := range gone {
		if g.Role != access.SystemAdmin && g.Role != access.SecurityAdmin {
			continue
		}
		left := false
		for _, o := range others {
			left = left || o.Role == g.Role
		}
		if !left {
			return refuse(Conflict, "LAST_ADMINISTRATOR", "role", string(g.Role))
		}
	}
	return nil
}

// May refuses whoever does not hold one of some roles of the whole county.
func May(by access.Principal, roles ...access.Role) error {
	if !by.Known() {
		return refuse(Unknown, "SIGN_IN_FIRST")
	}
	for _, role := range roles {
		if by.Holds(role, "") {
			return nil
		}
	}
	return refuse(Forbidden, "FORBIDDEN")
}

// NameTaken is the refusal of a user name that somebody has.
func NameTaken(name string) *Refusal { return refuse(Conflict, "USER_NAME_TAKEN", "found", name) }
