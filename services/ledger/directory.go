package ledger

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"feisui/pkg/civil"
	"feisui/pkg/code"
	"feisui/pkg/money"
	"feisui/schemas"
	"feisui/services/ledger/reconcile"
)

// Directory says what the codes of a county stand for on a day: each thing in the
// version that is in force then. What comes into force later only is there as its
// first version, which says from when. All lists are by code.
type Directory struct {
	Streets     []NamedStreet
	Communities []NamedCommunity
	Departments []NamedDepartment
	Items       []NamedItem
	Plaques     []reconcile.PlaqueEntry // by title and zone
	Policy      reconcile.Policy        // in force on the day: what the county says nothing of is as by default
}

// NamedStreet is a street or township. Name is empty where communities name its
// code and nobody registered it.
type NamedStreet struct {
	Code string `json:"code" example:"431026102"`
	Name string `json:"name"`
}

// NamedCommunity is a community.
type NamedCommunity struct {
	Code   string     `json:"code" example:"431026102001"`
	Name   string     `json:"name"`
	Street string     `json:"street,omitempty"`
	From   civil.Date `json:"from,omitzero" doc:"尚未生效时：自哪天起 (from when on, where that is still to come)"`
}

// NamedDepartment is a party that is no street.
type NamedDepartment struct {
	Code string `json:"code" example:"D01"`
	Name string `json:"name"`
	Kind string `json:"kind,omitempty" doc:"类别：department, mass, utility, finance, superior, custodian, sponsor"`
}

// NamedItem is an entry of the item catalogue. Its fee is that of tasks issued on the day.
type NamedItem struct {
	Code       string          `json:"code" example:"SX-018"`
	Name       string          `json:"name"`
	Category   string          `json:"category,omitempty" doc:"大类"`
	Department string          `json:"department,omitempty" doc:"责任部门"`
	List       string          `json:"list" doc:"清单：statutory, assist, purchase, negative"`
	Allowed    bool            `json:"allowed" doc:"false：负面清单，不得交给社区 (on the negative list: not to be handed down)"`
	Rule       string          `json:"rule" doc:"经费方式：none, fixed, per_case, per_household, per_capita, per_staff, ratio, agreed"`
	Rate       *money.Decimal  `json:"rate,omitempty" doc:"标准：分；ratio 为百分数 (in fen; for ratio in percent)"`
	Timing     string          `json:"timing,omitempty" doc:"拨付方式：advance, arrears"`
	Payers     []schemas.Payer `json:"payers,omitempty" doc:"分担；没有则由交办部门独自承担 (who share the fee; none: the assigning department alone)"`
	From       civil.Date      `json:"from,omitzero" doc:"尚未生效时：自哪天起 (from when on, where that is still to come)"`
}

// Directory says what the county's codes stand for on a day.
func (b *Book) Directory(on civil.Date) Directory {
	d := Directory{
		Streets: []NamedStreet{}, Communities: make([]NamedCommunity, 0, len(b.accounts)), Departments: []NamedDepartment{},
		Items: make([]NamedItem, 0, len(b.listed)), Plaques: slices.Collect(maps.Keys(b.plaques)),
	}
	if policy, adopted := b.county.Policies.At(on); adopted {
		d.Policy = policy
	} else {
		d.Policy = reconcile.DefaultPolicy()
	}
	streets := map[string]string{}
	for _, party := range slices.Sorted(maps.Keys(b.names.Departments)) {
		kind := b.county.Departments[party]
		if code.IsStreet(party) {
			streets[party] = b.names.Departments[party]
			continue
		}
		d.Departments = append(d.Departments, NamedDepartment{party, b.names.Departments[party], string(kind)})
	}
	for _, account := range slices.Sorted(maps.Keys(b.accounts)) {
		community, from, known := standing(b.accounts[account].Community, on)
		if !known {
			continue
		}
		d.Communities = append(d.Communities, NamedCommunity{account, community.Name, community.Street, from})
		if _, named := streets[community.Street]; !named && community.Street != "" {
			streets[community.Street] = ""
		}
	}
	for _, street := range slices.Sorted(maps.Keys(streets)) {
		d.Streets = append(d.Streets, NamedStreet{street, streets[street]})
	}
	for _, no := range slices.Sorted(maps.Keys(b.listed)) {
		item, from, _ := standing(b.listed[no], on)
		d.Items = append(d.Items, NamedItem{
			Code: no, Name: item.Name, Category: item.Category, Department: item.Department, List: item.List,
			Allowed: reconcile.List(item.List) != reconcile.Negative, Rule: cmp.Or(item.Rule, string(reconcile.None)), Rate: item.Rate,
			Timing: item.Timing, Payers: item.Payers, From: from,
		})
	}
	slices.SortFunc(d.Plaques, func(a, b reconcile.PlaqueEntry) int {
		return cmp.Or(strings.Compare(a.Title, b.Title), strings.Compare(a.Zone, b.Zone))
	})
	return d
}

// standing gives the version in force on a day, or else the first one and the day
// from which it is; known is false where there is none.
func standing[T any](versions reconcile.Versions[T], on civil.Date) (value T, from civil.Date, known bool) {
	if value, known = versions.At(on); known || len(versions) == 0 {
		return value, 0, known
	}
	return versions[0].Value, versions[0].From, true
}
