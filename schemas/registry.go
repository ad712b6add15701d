package schemas

import (
	"feisui/pkg/civil"
	"feisui/pkg/money"
)

// CommunityRegistered says what a community (社区) is like. It holds for tasks
// issued from From on; without From, always.
type CommunityRegistered struct {
	Code       string     `json:"code" jsonschema:"区划代码, 12 digits"`
	Name       string     `json:"name" jsonschema:"名称"`
	Street     string     `json:"street" jsonschema:"街道乡镇, 9-digit code"`
	Kind       string     `json:"kind,omitempty" jsonschema:"类型: urban or village"`
	Households *int64     `json:"households,omitempty" jsonschema:"户数"`
	Population *int64     `json:"population,omitempty" jsonschema:"人口"`
	Staff      *int64     `json:"staff,omitempty" jsonschema:"工作人员"`
	From       civil.Date `json:"from,omitzero" jsonschema:"in force from; absent: always"`
}

// CommunitySupplemented says the whole again, with what was not given
// before filled in.
type CommunitySupplemented CommunityRegistered

// DepartmentRegistered says that a party (部门) hands down tasks, pays or holds money.
type DepartmentRegistered struct {
	Code string `json:"code" jsonschema:"部门代码"`
	Name string `json:"name" jsonschema:"名称"`
	Kind string `json:"kind" jsonschema:"类别: department, mass, utility, finance, street, superior, custodian or sponsor"`
}

// DepartmentSupplemented says the whole again, with what was not given
// before filled in.
type DepartmentSupplemented DepartmentRegistered

// ItemListed says what an entry of the item catalogue (事项清单) is, and how its
// fee is found. It holds for tasks issued from From on; without From, always.
type ItemListed struct {
	Code              string         `json:"code" jsonschema:"事项编码"`
	Category          string         `json:"category,omitempty" jsonschema:"大类"`
	Name              string         `json:"name" jsonschema:"事项名称"`
	Department        string         `json:"department,omitempty" jsonschema:"责任部门"`
	List              string         `json:"list" jsonschema:"清单: statutory, assist, purchase or negative"`
	Rule              string         `json:"rule,omitempty" jsonschema:"经费方式: none, fixed, per_case, per_household, per_capita, per_staff, ratio or agreed"`
	Rate              *money.Decimal `json:"rate,omitempty" jsonschema:"标准, in fen; for ratio in percent"`
	Payers            []Payer        `json:"payers,omitempty" jsonschema:"分担; absent: the assigning department alone"`
	Timing            string         `json:"timing,omitempty" jsonschema:"拨付方式: advance or arrears"`
	AuthorityRequired *bool          `json:"authority_required,omitempty" jsonschema:"需赋权"`
	From              civil.Date     `json:"from,omitzero" jsonschema:"in force from; absent: always"`
}

// Payer is one of those who share an item's fee, by weight.
type Payer struct {
	Code   string        `json:"code"`
	Weight money.Decimal `json:"weight"`
	PayBy  civil.Date    `json:"pay_by,omitzero"`
}

// ItemSupplemented says the whole again, with what was not given
// before filled in.
type ItemSupplemented ItemListed

// PlaqueTitleListed says that a plaque may hang in a zone (挂牌目录).
type PlaqueTitleListed struct {
	Title string `json:"title" jsonschema:"名称"`
	Zone  string `json:"zone" jsonschema:"位置: outside, inside or wall"`
}

// PolicyAdopted says which limits hold from From on; without From, always. What
// is absent is as spec §8 says; a cap that is given replaces that zone's alone.
type PolicyAdopted struct {
	ReceiptDays     *int           `json:"receipt_days,omitempty" jsonschema:"working days to answer a task"`
	QueryDays       *int           `json:"query_days,omitempty" jsonschema:"working days more after a query"`
	GraceDays       *int           `json:"grace_days,omitempty" jsonschema:"working days of grace after pay_by"`
	PassthroughDays *int           `json:"passthrough_days,omitempty" jsonschema:"working days to pass money on"`
	ArrivalDays     *int           `json:"arrival_days,omitempty" jsonschema:"working days to confirm an arrival"`
	ArrearsDays     *int           `json:"arrears_days,omitempty" jsonschema:"calendar days to pay after completion"`
	PlaqueCaps      map[string]int `json:"plaque_caps,omitempty" jsonschema:"plaques that may hang, by zone"`
	From            civil.Date     `json:"from,omitzero" jsonschema:"in force from; absent: always"`
}

// CountyDayBegan says that a day began in the county. Flags are judged as of the
// last day that began, so a day that passes is a fact like any other. Days that
// nothing ran on are not said later; no day is said that comes before another.
type CountyDayBegan struct {
	Date civil.Date `json:"date" jsonschema:"日期"`
}

func (CommunityRegistered) Type() string    { return "community.registered" }
func (CommunitySupplemented) Type() string  { return "community.supplemented" }
func (DepartmentRegistered) Type() string   { return "department.registered" }
func (DepartmentSupplemented) Type() string { return "department.supplemented" }
func (ItemListed) Type() string             { return "item.listed" }
func (ItemSupplemented) Type() string       { return "item.supplemented" }
func (PlaqueTitleListed) Type() string      { return "plaque_title.listed" }
func (PolicyAdopted) Type() string          { return "policy.adopted" }
func (CountyDayBegan) Type() string         { return "county.day_began" }

func (e CommunityRegistered) Stream() string    { return "community/" + e.Code }
func (e CommunitySupplemented) Stream() string  { return "community/" + e.Code }
func (e DepartmentRegistered) Stream() string   { return "department/" + e.Code }
func (e DepartmentSupplemented) Stream() string { return "department/" + e.Code }
func (e ItemListed) Stream() string             { return "item/" + e.Code }
func (e ItemSupplemented) Stream() string       { return "item/" + e.Code }
func (e PlaqueTitleListed) Stream() string      { return "plaque_title/" + e.Zone + ":" + e.Title }
func (e PolicyAdopted) Stream() string          { return "policy/county" }
func (e CountyDayBegan) Stream() string         { return "county/day" }
