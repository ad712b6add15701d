package people

import (
	"slices"

	"feisui/pkg/access"
)

// Recover lets an administrator in again who has lost the password or the second factor,
// when nobody in the county can: an administrator's account takes a system administrator to
// reset and a security administrator to enable, and counties begin with one of each.
//
// Whoever owns the database does it. They could write to the tables; this leaves a line.
type Recover struct {
	Although bool // others could do it by their roles; whoever asks says that they cannot either
}

// Decide gives the account after the recovery: whoever has its new one-time password is in,
// without a second factor, until they set up another one. holds are its grants, and others
// those of administrators that are in, with the person behind each.
func (c Recover) Decide(u User, holds []access.Grant, others []Holder, by access.Principal) (User, error) {
	if err := May(by, access.Operator); err != nil {
		return u, err
	}
	administers := slices.ContainsFunc(holds, func(g access.Grant) bool { return slices.Contains(access.Administrators, g.Role) })
	switch {
	case !administers:
		return u, refuse(Forbidden, "RECOVER_ADMINISTRATORS", "user", u.Name)
	case u.Disabled:
		return u, refuse(Conflict, "DISABLED")
	case !c.Although && othersCould(u, holds, others):
		return u, refuse(Conflict, "RECOVER_OTHERS", "user", u.Name)
	}
	u.ResetBy, u.MustChange, u.Factor = "", true, false
	return u, nil
}

// Holder is a grant in force and the person who has it.
type Holder struct {
	access.Grant
	Person string
}

// othersCould reports that two other administrators could reset the account and enable it:
// by Change, which takes away no last administrator.
func othersCould(u User, holds []access.Grant, others []Holder) bool {
	left := func(role access.Role) bool {
		return slices.ContainsFunc(others, func(h Holder) bool { return h.Role == role && h.Person != u.Person })
	}
	grants := make([]access.Grant, 0, len(others))
	for _, h := range others {
		grants = append(grants, h.Grant)
	}
	return left(access.SystemAdmin) && left(access.SecurityAdmin) && (!u.In() || leavesOne(holds, grants) == nil)
}

// NotOwner is the refusal of whoever recovers an account and does not own the database.
func NotOwner() *Refusal { return refuse(Forbidden, "RECOVER_OWNER") }
