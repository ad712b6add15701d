package people

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"feisui/pkg/access"
)

// Identity is who somebody is where they sign in for everything (统一身份认证): a
// subject of an issuer. What the issuer calls them is a text that only it explains.
type Identity struct{ Issuer, Subject string }

// Limits of signing in elsewhere.
const (
	FlowMax    = 10 * Minute // between leaving for there and coming back
	FlowsMax   = 10_000      // of those who have left and are not back: with more, one waits
	FlowsFrom  = 500         // of these from one address; behind a proxy a whole county has one
	NextMax    = 2048        // bytes of the page to go on to; a longer one is forgotten
	subjectMax = 255         // bytes, as OpenID Connect bounds sub
)

// Bind lets an identity sign in to an account. Signing in never makes an account.
type Bind struct{ Identity }

// Own decides for the person themselves, who has shown both the account's password
// and, to the issuer, who they are. has says that the account is bound to an
// identity, taken that the identity is to another account.
func (b Bind) Own(u *User, has, taken bool) error {
	if !u.In() || u.MustChange {
		return refuse(Unknown, "SESSION_ENDED")
	}
	return b.free(has, taken)
}

// Decide gives the account after a system administrator has bound it.
//
// Who binds could name an identity of their own, and act as somebody else. So the
// account stays suspended until another person, the security administrator, has
// enabled it, as after a reset of the password.
func (b Bind) Decide(u User, has, taken bool, holds, others []access.Grant, by access.Principal) (User, error) {
	if err := May(by, access.SystemAdmin); err != nil {
		return u, err
	}
	switch {
	case by.Person == u.Person:
		return u, refuse(Forbidden, "SELF")
	case b.Issuer == "":
		return u, NoElsewhere()
	case !subject(b.Subject):
		return u, refuse(Invalid, "SUBJECT")
	case u.Disabled:
		return u, refuse(Conflict, "DISABLED")
	}
	if err := b.free(has, taken); err != nil {
		return u, err
	}
	if u.In() {
		if err := leavesOne(holds, others); err != nil {
			return u, err
		}
	}
	u.ResetBy = by.Person
	return u, nil
}

func (b Bind) free(has, taken bool) error {
	switch {
	case has:
		return refuse(Conflict, "ELSEWHERE_BOUND")
	case taken:
		return refuse(Conflict, "ELSEWHERE_TAKEN")
	}
	return nil
}

// subject: what an issuer may call somebody, and a person can compare.
func subject(s string) bool {
	return s != "" && len(s) <= subjectMax && utf8.ValidString(s) && strings.TrimSpace(s) == s &&
		!strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

// MayUnbind refuses who may not end another's binding. Nobody gains by that: the
// password stays.
func MayUnbind(u *User, by access.Principal) error {
	if err := May(by, access.SystemAdmin); err != nil {
		return err
	}
	if by.Person == u.Person {
		return refuse(Forbidden, "SELF")
	}
	return nil
}

// Guessed reports that an attempt which was refused stays counted against the address
// that it came from: who it was brought an answer that is not believed, or came to an
// account that is shut. Who was not signed in there, or has no account here, or came
// while the issuer did not answer, has guessed at nothing.
func Guessed(err error) bool {
	var no *Refusal
	return errors.As(err, &no) && (no.Code == "ELSEWHERE_WRONG" || no.Code == NotIn().Code)
}

// NoElsewhere is the refusal where nobody is signed in from elsewhere.
func NoElsewhere() *Refusal { return refuse(Missing, "ELSEWHERE_NONE") }

// ElsewhereAway is the refusal while what signs people in elsewhere does not answer.
func ElsewhereAway() *Refusal { return refuse(Away, "ELSEWHERE_AWAY") }

// ElsewhereMany is the refusal while too many have left for there.
func ElsewhereMany() *Refusal { return refuse(Away, "ELSEWHERE_MANY") }

// ElsewhereAgain is the refusal of who comes back without having left from this
// browser, too late, or a second time.
func ElsewhereAgain() *Refusal { return refuse(Unknown, "ELSEWHERE_AGAIN") }

// ElsewhereDenied is the refusal of who was not signed in there.
func ElsewhereDenied() *Refusal { return refuse(Unknown, "ELSEWHERE_DENIED") }

// ElsewhereWrong is the refusal of an answer from there that is not one to what was
// asked: of another issuer, for another program, too old, or not signed.
func ElsewhereWrong() *Refusal { return refuse(Unknown, "ELSEWHERE_WRONG") }

// Unbound is the refusal of who was signed in there and has no account here. It says
// what to tell the administrator.
func Unbound(is Identity) *Refusal {
	return refuse(Forbidden, "ELSEWHERE_UNBOUND", "found", is.Subject)
}

// ElsewhereOnly is the refusal to end one's own binding where a password would open the
// account only then.
func ElsewhereOnly() *Refusal { return refuse(Forbidden, "ELSEWHERE_ONLY") }

// NotBound is the refusal to end a binding that is not there.
func NotBound() *Refusal { return refuse(Conflict, "ELSEWHERE_NOT_BOUND") }
