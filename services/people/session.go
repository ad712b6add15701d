package people

import (
	"slices"

	"feisui/pkg/access"
)

// Session is somebody being signed in.
type Session struct {
	Began Moment
	Seen  Moment // when it was last used, to within SeenEvery
	Ended bool   // signed out, or ended with the account or its password
}

// How long sessions live.
const (
	IdleUsual = 30 * Minute // a county may say otherwise, between
	IdleMin   = 5 * Minute
	IdleMax   = 2 * Hour
	LifeMax   = 12 * Hour // however busy
	SeenEvery = Minute    // how exactly it is kept when a session was used; none lives longer by it
)

// Check refuses a session that has ended, or was not used for so long.
func (s Session) Check(u *User, idle, at Moment) error {
	switch {
	case s.Ended || !u.In():
		return SessionEnded()
	case at-s.Began >= LifeMax:
		return refuse(Unknown, "SESSION_OLD")
	case at-s.Seen >= idle:
		return refuse(Unknown, "SESSION_IDLE")
	}
	return nil
}

// Token lets a program act for its holder, with no more rights than it was given
// and no more than the holder has.
type Token struct {
	Name    string
	Grants  []access.Grant
	Expires Moment
	Ended   bool
}

// How long tokens live.
const (
	TokenUsual = 90 * Day
	TokenMax   = 365 * Day
	tokensMax  = 20 // of one user
)

// CreateToken makes a token for oneself.
type CreateToken struct {
	Name   string
	Grants []access.Grant // some of one's own
	Days   int            // 0: as usual
}

// Decide refuses rights that the holder u does not have, and a life of more than a
// year. holds are the holder's grants, and has is how many tokens are in force. u
// may have been disabled or reset since it was known who asks: a token that was
// made then would live on with the account.
func (c CreateToken) Decide(u *User, holds []access.Grant, has int, at Moment) (Token, error) {
	life := Moment(c.Days) * Day
	if c.Days == 0 {
		life = TokenUsual
	}
	switch {
	case !u.In() || u.MustChange:
		return Token{}, refuse(Unknown, "SESSION_ENDED")
	case !line(c.Name):
		return Token{}, refuse(Invalid, "TOKEN_NAME", "found", c.Name)
	case c.Days < 0 || c.Days > int(TokenMax/Day):
		return Token{}, refuse(Invalid, "TOKEN_LIFE")
	case len(c.Grants) == 0:
		return Token{}, refuse(Invalid, "TOKEN_GRANTS")
	case has >= tokensMax:
		return Token{}, refuse(Conflict, "TOKENS_MAX")
	}
	for _, g := range c.Grants {
		if !slices.Contains(holds, g) {
			return Token{}, refuse(Forbidden, "GRANT_NOT_HELD", "role", string(g.Role), "scope", g.Scope)
		}
	}
	return Token{Name: c.Name, Grants: c.Grants, Expires: at + life}, nil
}

// Check refuses a token that is no longer in force.
func (t Token) Check(u *User, at Moment) error {
	if t.Ended || !u.In() || at >= t.Expires {
		return refuse(Unknown, "TOKEN_ENDED")
	}
	return nil
}

// Of gives what the token may do now: of its grants those that its holder has.
func (t Token) Of(holder []access.Grant) []access.Grant {
	var both []access.Grant
	for _, g := range t.Grants {
		if slices.Contains(holder, g) {
			both = append(both, g)
		}
	}
	return both
}

// SessionEnded is the refusal of who shows a session that has ended.
func SessionEnded() *Refusal { return refuse(Unknown, "SESSION_ENDED") }

// Insecure is the refusal of a secret that anybody on the way could have read.
func Insecure() *Refusal { return refuse(Forbidden, "INSECURE") }

// SignInFirst is the refusal of who is not signed in.
func SignInFirst() *Refusal { return refuse(Unknown, "SIGN_IN_FIRST") }
