package ledger_test

import (
	"encoding/json"
	"testing"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/schemas"
	"feisui/services/ledger"
)

type facts = []schemas.Event

const (
	street = "990101001"
	here   = "990101001001"
	there  = "990101001002"
)

func day(d int) civil.Date { return civil.Of(2025, 3, d) }

// parties are there in every book.
var parties = facts{
	schemas.CommunityRegistered{Code: here, Name: "甲", Street: street},
	schemas.CommunityRegistered{Code: there, Name: "乙", Street: street},
	schemas.DepartmentRegistered{Code: "D1", Name: "民政局", Kind: "department"},
	schemas.ItemListed{Code: "I1", Name: "走访", List: "assist"},
}

// said gives the statements of a book of facts on a few days.
func said(t *testing.T, all ...facts) (text string) {
	t.Helper()
	book := ledger.NewBook()
	for _, some := range append([]facts{parties}, all...) {
		for _, e := range some {
			if err := book.Apply(e); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, on := range []civil.Date{day(4), day(6), day(10), day(31), civil.Of(2025, 12, 31)} {
		county, err := book.County(civil.China(), on)
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(county)
		if err != nil {
			t.Fatal(err)
		}
		text += string(b) + "\n"
	}
	return text
}

// TestAnAmendedBookIsAsIfSaidAtFirst: what was said at first, and then amended,
// gives what saying it right at first gives, and something else than before.
func TestAnAmendedBookIsAsIfSaidAtFirst(t *testing.T) {
	t.Parallel()
	fen := func(n money.Fen) *money.Fen { return &n }
	task := schemas.TaskAssigned{No: "T1", Department: "D1", Community: here, Item: "I1", IssuedOn: day(3), Amount: fen(100)}
	moved, other := task, task
	moved.Community, other.Item = there, "I2"
	root := schemas.PaymentMade{
		Voucher: "P", PaidOn: day(3), Payer: "D1", Payee: street, Community: here, Beneficiary: here, Purpose: "item:I1", Amount: 100,
		Origin: "D1", InheritedPurpose: "item:I1",
	}
	child := schemas.PaymentMade{
		Voucher: "K", PaidOn: day(4), Payer: street, Payee: here, Beneficiary: here, Purpose: "task:T1", Amount: 60, Upstream: "P",
		Origin: "D1", InheritedPurpose: "task:T1",
	}
	passed := schemas.PaymentPassedOn{Voucher: "P", Child: "K", Amount: 60, PaidOn: day(4)}
	chain := facts{root, passed, child}
	general := root
	general.Purpose, general.InheritedPurpose = "general", "general"
	held := root
	held.Payee = "D1"
	plaque := schemas.PlaqueHung{No: "1", Community: here, Department: "D1", Title: "站", Zone: "wall", HungOn: day(3)}
	farPlaque := plaque
	farPlaque.Community = there
	burden := schemas.BurdenBegun{No: "1", Community: here, Department: "D1", Kind: "form", From: day(3)}
	farBurden := burden
	farBurden.Community = there
	promise := schemas.CommitmentMade{No: "1", Kind: "quota", Department: "D1", Community: here, Purpose: "task:T1", Amount: 500, MadeOn: day(3), By: day(5)}
	farPromise := promise
	farPromise.Community = there
	yes := schemas.AdmissionDecided{No: "1", Department: "D1", Item: "I1", Decision: "admitted", DecidedOn: day(1)}
	elsewhere := yes
	elsewhere.Item = "I2"
	bought := schemas.ItemListed{Code: "I1", Name: "走访", List: "purchase"}
	for name, c := range map[string]struct{ first, amended, right facts }{
		"a task's community":         {facts{task}, facts{schemas.TaskAmended{TaskAssigned: moved}}, facts{moved}},
		"the same, paid for":         {append(facts{task}, chain...), facts{schemas.TaskAmended{TaskAssigned: moved}}, append(facts{moved}, chain...)},
		"the same, promised":         {append(facts{task, promise}, chain...), facts{schemas.TaskAmended{TaskAssigned: moved}}, append(facts{moved, promise}, chain...)},
		"a task's item":              {append(facts{task}, chain...), facts{schemas.TaskAmended{TaskAssigned: other}}, append(facts{other}, chain...)},
		"the item of one elsewhere":  {append(facts{moved}, chain...), facts{schemas.TaskAmended{TaskAssigned: schemas.TaskAssigned{No: "T1", Department: "D1", Community: there, Item: "I2", IssuedOn: day(3), Amount: fen(100)}}}, append(facts{schemas.TaskAssigned{No: "T1", Department: "D1", Community: there, Item: "I2", IssuedOn: day(3), Amount: fen(100)}}, chain...)},
		"a recall":                   {facts{task, schemas.TaskRecalled{No: "T1", RecalledOn: day(5)}}, facts{schemas.TaskAmended{TaskAssigned: task, RecalledOn: day(9)}}, facts{task, schemas.TaskRecalled{No: "T1", RecalledOn: day(9)}}},
		"a completion":               {facts{task, schemas.TaskCompleted{Task: "T1", CompletedOn: day(5)}}, facts{schemas.TaskCompletionAmended{TaskCompleted: schemas.TaskCompleted{Task: "T1", CompletedOn: day(9)}}}, facts{task, schemas.TaskCompleted{Task: "T1", CompletedOn: day(9)}}},
		"a plaque":                   {facts{plaque}, facts{schemas.PlaqueAmended{PlaqueHung: farPlaque, RemovedOn: day(9)}}, facts{farPlaque, schemas.PlaqueTakenDown{No: "1", RemovedOn: day(9)}}},
		"a burden":                   {facts{burden}, facts{schemas.BurdenAmended{BurdenBegun: farBurden, To: day(9)}}, facts{farBurden, schemas.BurdenEnded{No: "1", To: day(9)}}},
		"a promise":                  {facts{task, promise}, facts{schemas.CommitmentAmended{CommitmentMade: farPromise}}, facts{task, farPromise}},
		"an admission":               {facts{bought, yes, task}, facts{schemas.AdmissionAmended{AdmissionDecided: elsewhere}}, facts{bought, elsewhere, task}},
		"a revocation":               {facts{bought, yes, task}, facts{schemas.AdmissionAmended{AdmissionDecided: yes, RevokedOn: day(2)}}, facts{bought, yes, schemas.AdmissionRevoked{No: "1", RevokedOn: day(2)}, task}},
		"an item":                    {facts{task}, facts{schemas.ItemAmended{ItemListed: bought}}, facts{bought, task}},
		"a department":               {append(facts{task}, chain...), facts{schemas.DepartmentAmended{DepartmentRegistered: schemas.DepartmentRegistered{Code: "D1", Name: "民政局", Kind: "sponsor"}}}, append(facts{schemas.DepartmentRegistered{Code: "D1", Name: "民政局", Kind: "sponsor"}, task}, chain...)},
		"a community":                {facts{task}, facts{schemas.CommunityAmended{CommunityRegistered: schemas.CommunityRegistered{Code: here, Name: "丙", Street: street}}}, facts{schemas.CommunityRegistered{Code: here, Name: "丙", Street: street}, task}},
		"what a payment is for":      {append(facts{task}, chain...), facts{schemas.PaymentAmended{PaymentMade: general}}, facts{task, general, passed, child}},
		"who holds a payment":        {append(facts{task}, chain...), facts{schemas.PaymentAmended{PaymentMade: held}}, facts{task, held, passed, child}},
		"what a child takes":         {append(facts{task}, chain...), facts{schemas.PaymentPassingChanged{Voucher: "P", Child: "K", Amount: 10, PaidOn: day(6)}}, facts{task, root, schemas.PaymentPassedOn{Voucher: "P", Child: "K", Amount: 10, PaidOn: day(6)}, child}},
		"a child that is none":       {append(facts{task}, chain...), facts{schemas.PaymentPassingWithdrawn{Voucher: "P", Child: "K"}}, facts{task, root, child}},
		"a reversal that is none":    {facts{root, schemas.PaymentReversed{Voucher: "P", By: "R", ReversedOn: day(5)}}, facts{schemas.PaymentReversalWithdrawn{Voucher: "P", By: "R"}}, facts{root}},
		"a payment that is reversal": {facts{root}, facts{schemas.PaymentSupplemented(schemas.PaymentMade{Voucher: "P", PaidOn: day(3), Payer: "D1", Payee: street, Amount: 100, Reverses: "Q"}), schemas.PaymentPassingWithdrawn{Voucher: "P", Child: "K"}, schemas.PaymentInherited{Voucher: "P"}}, facts{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before, after, right := said(t, c.first), said(t, c.first, c.amended), said(t, c.right)
			if after != right {
				t.Errorf("amended:\n%s\nsaid right at first:\n%s", after, right)
			}
			if before == right {
				t.Error("the amendment changes nothing that a statement shows")
			}
		})
	}
}

func TestTheBookTakesNothingThatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	strange := facts{
		unknown{}, schemas.CommitmentAmended{}, schemas.PlaqueAmended{}, schemas.BurdenAmended{}, schemas.PaymentAmended{}, schemas.PaymentSupplemented{},
	}
	for _, e := range strange {
		if err := ledger.NewBook().Apply(e); err == nil {
			t.Errorf("%s of what nobody knows was taken", e.Type())
		}
	}
}

type unknown struct{}

func (unknown) Type() string   { return "task.forgotten" }
func (unknown) Stream() string { return "task/1" }
