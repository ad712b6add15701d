package code

import "errors"

// Division is a statistical division code (统计用区划代码) below the county: the
// 9 digits of a street, town or township, or the 12 of a community or village.
//
// The form is that of 统计用区划代码和城乡划分代码编制规则 (国统字〔2009〕91号, after
// 国函〔2008〕60号): six digits of the county (GB/T 2260), three of the street
// (001–099 街道, 100–199 镇, 200–399 乡, 400–599 政企合一单位), three of the
// community (001–199 居民委员会, 200–399 村民委员会, 400–499 and 500–599 units
// like them). There is no check digit: whether a code is anybody's only a dated
// list can tell.
type Division string

// Kind says which sort of division a number is set aside for. It is no
// judgement on town and country: there are 居委会 in villages.
type Kind string

// The kinds, by the number ranges of the rule.
const (
	Subdistrict        Kind = "街道"
	Town               Kind = "镇"
	Township           Kind = "乡"
	EnterpriseUnit     Kind = "政企合一单位"
	ResidentsCommittee Kind = "居委会"
	VillagersCommittee Kind = "村委会"
	ResidentsLike      Kind = "类似居委会"
	VillagersLike      Kind = "类似村委会"
)

// What can be wrong with a division code.
var (
	ErrDivisionForm      = errors.New("not a division code of 9 or 12 digits")
	ErrDivisionCounty    = errors.New("a division code that begins with 0")
	ErrDivisionStreet    = errors.New("a division code whose 7th to 9th digits are not 001–599")
	ErrDivisionCommunity = errors.New("a division code whose last three digits are not 001–599")
)

const (
	streetLen    = 9
	communityLen = 12
)

// IsStreet reports whether s has a street's length: 9 digits.
func IsStreet(s string) bool { return isDigits(s, streetLen) }

// IsCommunity reports whether s has a community's length: 12 digits.
func IsCommunity(s string) bool { return isDigits(s, communityLen) }

// Street gives the street that a community's code names, its first 9 digits;
// "" when community is no 12 digits.
func Street(community string) string {
	if !IsCommunity(community) {
		return ""
	}
	return community[:streetLen]
}

// ParseDivision reads a street's or a community's code in either width. It
// refuses what the rule gives to nobody, such as a whole street written with
// 12 digits (…000).
func ParseDivision(s string) (Division, error) {
	d := Division(HalfWidth(s))
	if err := d.check(); err != nil {
		return "", err
	}
	return d, nil
}

func (d Division) check() error {
	switch {
	case !IsStreet(string(d)) && !IsCommunity(string(d)):
		return ErrDivisionForm
	case d[0] == '0':
		return ErrDivisionCounty
	case !inRange(d[6:streetLen]):
		return ErrDivisionStreet
	case d.IsCommunity() && !inRange(d[streetLen:]):
		return ErrDivisionCommunity
	}
	return nil
}

func inRange(number Division) bool { return "001" <= number && number <= "599" }

// IsCommunity reports whether d is a community or village.
func (d Division) IsCommunity() bool { return IsCommunity(string(d)) }

// Street is the street that d is in, or d itself where it is one.
func (d Division) Street() Division {
	if d.IsCommunity() {
		return d[:streetLen]
	}
	return d
}

// Kind is what the range of d's last three digits is set aside for; "" when
// ParseDivision would refuse d.
func (d Division) Kind() Kind {
	if d.check() != nil {
		return ""
	}
	hundred := d[len(d)-3] - '0'
	if d.IsCommunity() {
		return [...]Kind{ResidentsCommittee, ResidentsCommittee, VillagersCommittee, VillagersCommittee, ResidentsLike, VillagersLike}[hundred]
	}
	return [...]Kind{Subdistrict, Town, Township, Township, EnterpriseUnit, EnterpriseUnit}[hundred]
}
