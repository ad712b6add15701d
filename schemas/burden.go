package schemas

import "feisui/pkg/civil"

// PlaqueHung says that a department hung a sign in a community (挂牌).
type PlaqueHung struct {
	No         string     `json:"no" jsonschema:"牌号"`
	Community  string     `json:"community" jsonschema:"社区"`
	Department string     `json:"department" jsonschema:"部门"`
	Title      string     `json:"title" jsonschema:"名称"`
	Zone       string     `json:"zone" jsonschema:"位置: outside, inside or wall"`
	HungOn     civil.Date `json:"hung_on" jsonschema:"挂牌日期"`
}

// PlaqueTakenDown says that a plaque no longer hangs (摘牌).
type PlaqueTakenDown struct {
	No        string     `json:"no"`
	RemovedOn civil.Date `json:"removed_on" jsonschema:"摘牌日期"`
}

// BurdenBegun says that a department laid another burden on a community: a
// form, an inspection, a work group (其他负担).
type BurdenBegun struct {
	No         string     `json:"no" jsonschema:"编号"`
	Community  string     `json:"community" jsonschema:"社区"`
	Department string     `json:"department" jsonschema:"部门"`
	Kind       string     `json:"kind" jsonschema:"类型: form, ledger, inspection, certificate, group, app, secondment, levy, training, survey or organisation"`
	Title      string     `json:"title,omitempty" jsonschema:"名称"`
	From       civil.Date `json:"from" jsonschema:"开始"`
}

// BurdenSupplemented says the whole again, with what was not given
// before filled in.
type BurdenSupplemented BurdenBegun

// BurdenEnded says which day was a burden's last.
type BurdenEnded struct {
	No string     `json:"no"`
	To civil.Date `json:"to" jsonschema:"结束, the last day on which it stands"`
}

func (PlaqueHung) Type() string         { return "plaque.hung" }
func (PlaqueTakenDown) Type() string    { return "plaque.taken_down" }
func (BurdenBegun) Type() string        { return "burden.begun" }
func (BurdenSupplemented) Type() string { return "burden.supplemented" }
func (BurdenEnded) Type() string        { return "burden.ended" }

func (e PlaqueHung) Stream() string         { return "plaque/" + e.No }
func (e PlaqueTakenDown) Stream() string    { return "plaque/" + e.No }
func (e BurdenBegun) Stream() string        { return "burden/" + e.No }
func (e BurdenSupplemented) Stream() string { return "burden/" + e.No }
func (e BurdenEnded) Stream() string        { return "burden/" + e.No }
