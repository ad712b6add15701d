package schemas

import (
	"feisui/pkg/civil"
	"feisui/pkg/money"
)

// FlagRaised says that the ledger found something that somebody should look at
// (预警). Flags are derived: a reader that wants the truth asks the ledger, one
// that wants to be told listens here.
type FlagRaised struct {
	Account     string     `json:"account" jsonschema:"社区, or a payee that is none"`
	Rule        string     `json:"rule" jsonschema:"a rule of spec §6, such as unfunded"`
	Subject     string     `json:"subject" jsonschema:"the task, commitment, voucher, plaque or zone"`
	Responsible string     `json:"responsible" jsonschema:"the party that should act"`
	Since       civil.Date `json:"since"`
	Amount      *money.Fen `json:"amount,omitempty" jsonschema:"fen; of plaque_over_cap the excess as a count"`
	Lamp        string     `json:"lamp" jsonschema:"灯: red, yellow or blue"`
	JudgedOn    civil.Date `json:"judged_on" jsonschema:"the county's day"`
	Position    int64      `json:"position" jsonschema:"the entry after which it was judged"`
}

// FlagChanged says that a flag stands with another amount, lamp, date or party
// than was said of it before; it says the whole again.
type FlagChanged FlagRaised

// FlagCleared says that a flag no longer stands.
type FlagCleared struct {
	Account  string     `json:"account" jsonschema:"社区, or a payee that is none"`
	Rule     string     `json:"rule" jsonschema:"a rule of spec §6, such as unfunded"`
	Subject  string     `json:"subject" jsonschema:"the task, commitment, voucher, plaque or zone"`
	JudgedOn civil.Date `json:"judged_on" jsonschema:"the county's day"`
	Position int64      `json:"position" jsonschema:"the entry after which it was judged"`
}

func (FlagRaised) Type() string  { return "flag.raised" }
func (FlagChanged) Type() string { return "flag.changed" }
func (FlagCleared) Type() string { return "flag.cleared" }

func (e FlagRaised) Stream() string  { return "flag/" + e.Account }
func (e FlagChanged) Stream() string { return "flag/" + e.Account }
func (e FlagCleared) Stream() string { return "flag/" + e.Account }
