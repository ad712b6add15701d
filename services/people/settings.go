package people

import (
	"slices"

	"feisui/pkg/access"
)

// Settings are a county's own.
type Settings struct {
	Authority string // the competent authority's office (主管部门): CivilAffairs or SocialWork
	Idle      Moment // after which a session that was not used ends
	AuditDays int    // for so long audit records are kept, at least

	// ImportRows is how many rows of workbooks one person may record in a day without
	// a second one (reliability: bulk imports take two). Setting 0 leaves it as it is.
	ImportRows int `json:",omitempty"` // what was asked for before there was this is the same request still

	// FactorRoles are those of whom each must have a second factor. Setting nil leaves
	// them as they are.
	FactorRoles []access.Role `json:",omitempty"` // likewise

	// BoundPassword says whether an account that is bound to where the county has people
	// sign in for everything opens by its password too: PasswordAllowed or PasswordRefused.
	// Setting "" leaves it as it is.
	BoundPassword string `json:",omitempty"` // likewise
}

// What bound accounts do with passwords.
const (
	PasswordAllowed = "allowed"
	PasswordRefused = "refused" // but of administrators
)

// The competent authorities.
const (
	CivilAffairs = "civil_affairs" // 民政局
	SocialWork   = "social_work"   // 社会工作部
)

// AuditDaysMin is how long audit records are kept at least: the law wants six
// months of logs (Cybersecurity Law Art. 21).
const AuditDaysMin = 180

// ImportRows are 1 to ImportRowsMax, and usually ImportRowsUsual.
const (
	ImportRowsUsual = 100
	ImportRowsMax   = 100_000
)

// UsualSettings are those of a county that has said nothing.
func UsualSettings() Settings {
	return Settings{Authority: CivilAffairs, Idle: IdleUsual, AuditDays: AuditDaysMin, ImportRows: ImportRowsUsual, BoundPassword: PasswordAllowed}
}

// check refuses settings that cannot be.
func (s Settings) check() error {
	switch {
	case s.Authority != CivilAffairs && s.Authority != SocialWork:
		return refuse(Invalid, "AUTHORITY", "found", s.Authority)
	case s.Idle < IdleMin || s.Idle > IdleMax:
		return refuse(Invalid, "IDLE")
	case s.AuditDays < AuditDaysMin:
		return refuse(Invalid, "RETENTION_MIN")
	case s.ImportRows < 0 || s.ImportRows > ImportRowsMax:
		return refuse(Invalid, "IMPORT_ROWS")
	case s.BoundPassword != "" && s.BoundPassword != PasswordAllowed && s.BoundPassword != PasswordRefused:
		return refuse(Invalid, "BOUND_PASSWORD", "found", s.BoundPassword)
	}
	for _, role := range s.FactorRoles {
		if _, grantable := scopes[role]; !grantable {
			return refuse(Invalid, "FACTOR_ROLE", "found", string(role))
		}
	}
	return nil
}

// over gives these settings, with what they leave as it is taken from those of now.
func (s Settings) over(now Settings) Settings {
	if s.ImportRows == 0 {
		s.ImportRows = now.ImportRows
	}
	if s.FactorRoles == nil {
		s.FactorRoles = now.FactorRoles
	}
	if s.BoundPassword == "" {
		s.BoundPassword = now.BoundPassword
	}
	return s
}

// same reports that settings say the same; the order of roles says nothing.
func (s Settings) same(as Settings) bool {
	mine, theirs := slices.Sorted(slices.Values(s.FactorRoles)), slices.Sorted(slices.Values(as.FactorRoles))
	return s.Authority == as.Authority && s.Idle == as.Idle && s.AuditDays == as.AuditDays && s.ImportRows == as.ImportRows &&
		s.BoundPassword == as.BoundPassword && slices.Equal(mine, theirs)
}

// FactorFirst reports that somebody with these grants must set up a second factor.
func (s Settings) FactorFirst(u *User, grants []access.Grant) bool {
	return !u.Factor && slices.ContainsFunc(grants, func(g access.Grant) bool { return slices.Contains(s.FactorRoles, g.Role) })
}

// ElsewhereOnly reports that no password opens an account with these grants. bound says
// that it is bound to what signs people in elsewhere now.
//
// The three administrators keep theirs, bound or not: when elsewhere is away or mistaken,
// somebody must come in who can change that. A second factor may be required of them.
func (s Settings) ElsewhereOnly(bound bool, grants []access.Grant) bool {
	return bound && s.BoundPassword == PasswordRefused &&
		!slices.ContainsFunc(grants, func(g access.Grant) bool { return slices.Contains(access.Administrators, g.Role) })
}

// NotIn is what whoever is not let in by a password is told in this county. It is the same
// for a wrong one, for an account that opens elsewhere alone, and for none.
func (s Settings) NotIn() *Refusal {
	if s.BoundPassword == PasswordRefused {
		return refuse(Unknown, "SIGN_IN_BOUND")
	}
	return NotIn()
}

// Begin makes a county's first users: the three administrators.
type Begin struct{}

// Administrator is one of them, before it has an id.
type Administrator struct {
	Role          access.Role
	Name, Display string
}

// Decide gives the three. It refuses anybody but the operator, and a county that
// has users.
func (Begin) Decide(users int, by access.Principal) ([]Administrator, error) {
	if err := May(by, access.Operator); err != nil {
		return nil, err
	}
	if users > 0 {
		return nil, refuse(Conflict, "ADMINISTRATORS_THERE")
	}
	return []Administrator{
		{access.SystemAdmin, "system-admin", "系统管理员"},
		{access.SecurityAdmin, "security-admin", "安全管理员"},
		{access.AuditAdmin, "audit-admin", "审计管理员"},
	}, nil
}
