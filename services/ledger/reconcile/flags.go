package reconcile

import (
	"cmp"
	"slices"

	"feisui/pkg/civil"
	"feisui/pkg/money"
)

// Lamp is how urgent a flag is (红黄蓝绿灯): derived, never stored as truth.
type Lamp string

// The lamps, green where there is nothing to look at.
const (
	Red    Lamp = "red"
	Yellow Lamp = "yellow"
	Blue   Lamp = "blue"
	Green  Lamp = "green"
)

// worse orders lamps, red first.
func (l Lamp) worse(m Lamp) bool { return severity[l] > severity[m] }

var severity = map[Lamp]int{Red: 3, Yellow: 2, Blue: 1, Green: 0}

// FlagRule names a rule of §6.
type FlagRule string

// The rules of §6, in its order.
const (
	Prohibited       FlagRule = "prohibited"
	Unadmitted       FlagRule = "unadmitted"
	UnfundedTask     FlagRule = "unfunded"
	UnderfundedTask  FlagRule = "underfunded"
	DueSoon          FlagRule = "due_soon"
	FundedLateTask   FlagRule = "funded_late"
	UndeterminedTask FlagRule = "undetermined"
	Unreceipted      FlagRule = "unreceipted"
	NoAuthority      FlagRule = "no_authority"
	Duplicated       FlagRule = "duplicated"
	CommitmentBroken FlagRule = "commitment_broken"
	CommitmentLate   FlagRule = "commitment_late"
	Retained         FlagRule = "retained"
	Unconfirmed      FlagRule = "unconfirmed"
	Unlinked         FlagRule = "unlinked"
	Diverted         FlagRule = "diverted"
	PlaqueUnlisted   FlagRule = "plaque_unlisted"
	PlaqueOverCap    FlagRule = "plaque_over_cap"
	PlaqueRelapse    FlagRule = "plaque_relapse"
)

// FlagRules lists every rule in the order of §6.
var FlagRules = []FlagRule{
	Prohibited, Unadmitted, UnfundedTask, UnderfundedTask, DueSoon, FundedLateTask, UndeterminedTask, Unreceipted,
	NoAuthority, Duplicated, CommitmentBroken, CommitmentLate, Retained, Unconfirmed, Unlinked, Diverted,
	PlaqueUnlisted, PlaqueOverCap, PlaqueRelapse,
}

// Flag is something that somebody should look at.
type Flag struct {
	Rule        FlagRule   `json:"rule"`
	Subject     string     `json:"subject"`     // task, commitment, voucher, plaque, or a zone
	Responsible string     `json:"responsible"` // the party that should act
	Since       civil.Date `json:"since"`
	Amount      *money.Fen `json:"amount"` // in fen; for plaque_over_cap the excess as a count; nil where the rule has none
	Lamp        Lamp       `json:"lamp"`
}

func sortFlags(flags []Flag) {
	slices.SortFunc(flags, func(a, b Flag) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Subject, b.Subject))
	})
}

func (w *work) raise(f Flag) { w.flags = append(w.flags, f) }

func of(amount money.Fen) *money.Fen { return &amount }
