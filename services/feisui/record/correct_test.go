package record_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"feisui/pkg/workbook"
	"feisui/schemas"
	"feisui/services/feisui/record"
	"feisui/services/ledger"
)

// why is the reason of all corrections here.
const why = "抄写有误"

// correct imports a folder as a correction.
func correct(t testing.TB, j *record.Journal, dir string) (events []schemas.Event, faults []string) {
	t.Helper()
	in, err := workbook.Open(dir, record.Layout)
	fatalIfErr(t, err)
	t.Cleanup(func() { fatalIfErr(t, in.Close()) })
	look(t, record.Correcting{Source: in, Reason: why}, j)
	events, err = record.Decide(record.Correcting{Source: in, Reason: why}, j)
	var refused *record.Refused
	if errors.As(err, &refused) {
		for _, f := range refused.Faults {
			faults = append(faults, f.String())
		}
		return nil, faults
	}
	fatalIfErr(t, err)
	_, err = j.Append(uuid.New(), events)
	fatalIfErr(t, err)
	return events, nil
}

// rich is the valid workbook with a chain, a reversal in it and a receipt more.
const rich = "arrivals 2 amount=10 && pay K1 04-02 150 <PZ5 && pay R1 04-05 150 ~K1 && pay K2 04-05 150 <PZ5 && payments 9 payee=D2 && pay L1 04-05 100 <K2 && payments 10 payer=D2"

// TestCorrections: each sheet's columns, whatever else they touch. What is
// recorded then is what the corrected workbook alone would be.
func TestCorrections(t *testing.T) {
	t.Parallel()
	for edits, want := range map[string]string{ // to the second workbook
		"communities 2 name=丙社区 households=1001":                                "community.amended",
		"communities 3 name=丙村 households=5":                                    "community.amended",
		"departments 2 kind=sponsor":                                            "department.amended",
		"items 2 rate=120 && items 3 payers=F1:1;D2:1":                          "item.amended item.amended",
		"items 2 rule=ratio rate=3":                                             "item.amended",
		"items 3 rule= rate=3":                                                  "item.amended", // percent, as the rule that is recorded
		"items 3 rule= rate=2":                                                  "",
		"admissions 2 department=D2 item=I2":                                    "admission.amended",
		"admissions 2 to=2025-06-30 revoked_on=2025-07-01":                      "admission.amended",
		"tasks 2 community=990101001002 item=I2":                                "task.amended",
		"tasks 2 amount=0 recalled_on=2025-05-01":                               "task.amended",
		"tasks 3 issued_on=2025-06-01 && completions 2 completed_on=2025-06-02": "task.amended task.completion_amended",
		"completions 2 quantity=11":                                             "task.completion_amended",
		"commitments 2 community=990101001002 purpose=general":                  "commitment.amended",
		"plaques 2 zone=wall":                                                   "plaque.amended",
		"plaques 2 removed_on=2025-02-02":                                       "plaque.amended",
		"burdens 2 to=2025-03-02 && burdens 2 kind=levy":                        "burden.amended",
		"payments 6 amount=250":                                                 "payment.amended",
		"payments 6 payer=F1":                                                   "payment.amended payment.inherited payment.inherited payment.inherited",
		"payments 6 purpose=general":                                            "payment.amended payment.inherited payment.inherited payment.inherited",
		"payments 9 purpose=general":                                            "payment.inherited payment.supplemented",
		"payments 7 amount=140 && payments 8 amount=140":                        "payment.amended payment.amended payment.passing_changed",
		"payments 8 paid_on=2025-04-04":                                         "payment.amended payment.passing_changed payment.reversed",
		"payments 10 upstream=PZ5 paid_on=2025-04-06 amount=50":                 "payment.amended payment.passed_on payment.passing_withdrawn",
		"payments 8 reverses=L1 payer=990101001001 payee=D2 amount=100 && payments 9 paid_on=2025-04-06 amount=50 && payments 10 paid_on=2025-04-06 amount=50 && payments 8 paid_on=2025-04-07 amount=50": "payment.amended payment.amended payment.amended payment.passing_changed payment.passing_changed payment.passing_changed payment.reversal_withdrawn payment.reversed",
		"payments 3 amount=50 && pay N1 03-13 40 <PZ1":            "payment.amended payment.made payment.passed_on payment.passing_changed",
		"arrive PZ2 03-15 20 && payments 3 amount=70":             "payment.amended payment.arrived payment.passing_changed",
		"payments 2 community= purpose=":                          "",
		"tasks 2 starts_on= quantity= && completions 2 quantity=": "",
	} {
		t.Run(edits, func(t *testing.T) {
			t.Parallel()
			base := rich
			if strings.Contains(edits, "reverses=L1") {
				base += " && payments 7 amount=50 && payments 8 amount=50" // so that both children fit once the reversal is another's
			}
			j, alone := newJournal(), newJournal()
			if _, faults := into(t, j, edited(t, base).write(t)); faults != nil {
				t.Fatalf("%q", faults)
			}
			b := edited(t, base+" && "+edits)
			events, faults := correct(t, j, b.write(t))
			if faults != nil {
				t.Fatalf("%q", faults)
			}
			var got []string
			for _, e := range events {
				if got = append(got, e.Type()); strings.HasSuffix(e.Type(), "amended") && e.(schemas.Amendment).Why() != why {
					t.Errorf("%+v does not say why", e)
				}
			}
			slices.Sort(got)
			if strings.Join(got, " ") != want {
				t.Errorf("%q, want %q", got, want)
			}
			if n, faults := into(t, j, b.write(t)); n != 0 || faults != nil {
				t.Errorf("again: %d events, %q", n, faults)
			}
			if _, faults := into(t, alone, b.write(t)); faults != nil && want != "" {
				t.Errorf("alone: %q", faults)
			}
		})
	}
}

// TestACorrectionThatCannotBe: what results must be what a first import takes;
// the fault is said of a row that changes something.
func TestACorrectionThatCannotBe(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]refusal{
		"an issue after the completion":      {"tasks 3 issued_on=2025-06-01 && completions drop", one(`tasks.csv:3:issued_on: "2025-06-01" … a date not after completed_on 2025-05-30`)},
		"the same, with the completion":      {"tasks 3 issued_on=2025-06-01", one(`completions.csv:2:completed_on: "2025-05-30" … issued_on 2025-06-01`)},
		"an end before the start":            {"plaques 2 hung_on=2025-02-02", one(`plaques.csv:2:removed_on: "2025-02-01" … hung_on 2025-02-02`)},
		"an end that is not said again":      {"plaques 2 hung_on=2025-02-02 removed_on=", one(`plaques.csv:2:removed_on: "2025-02-01" … hung_on 2025-02-02`)},
		"a rule of another unit":             {"items 2 rule=ratio rate=", one(`items.csv:2:rate: "" … the recorded 100 would be of another unit`)},
		"a party that nobody is":             {"tasks 2 department=D9", one(`tasks.csv:2:department: "D9"`)},
		"less than is passed on":             {"payments 6 amount=149", one(`payments.csv:6:amount: "149.00" … 150.00 yuan on 2025-04-02`)},
		"more than the upstream has":         {"payments 9 amount=201", one(`payments.csv:9:amount: "201.00" … of its 200.00 yuan, 201.00 yuan are passed on`)},
		"less than has arrived":              {"payments 3 amount=9", one(`payments.csv:3:amount: "9.00" … 10.00 yuan on 2025-03-14`)},
		"paid after it arrived":              {"payments 3 paid_on=2025-03-15", one(`payments.csv:3:paid_on: "2025-03-15" … it arrived, 2025-03-14`)},
		"paid after it is passed on":         {"payments 2 paid_on=2025-03-13", one(`payments.csv:2:paid_on: "2025-03-13" … not after that of the voucher PZ2, which passes it on, 2025-03-12`)},
		"passed on before it is paid":        {"payments 3 paid_on=2025-03-09", one(`payments.csv:3:paid_on: "2025-03-09" … upstream voucher PZ1, 2025-03-10`)},
		"reversed before it is paid":         {"payments 8 paid_on=2025-04-01", one(`payments.csv:8:paid_on: "2025-04-01" … 2025-04-02`)},
		"paid after it is reversed":          {"payments 7 paid_on=2025-04-06", one(`payments.csv:7:paid_on: "2025-04-06" … what its reversing voucher R1 reverses`)},
		"another amount than is reversed":    {"payments 7 amount=140", one(`payments.csv:7:amount: "140.00" … 990101001 to 990101001001, 150.00 yuan`)},
		"another payee than is reversed":     {"payments 7 payee=D2", one(`payments.csv:7:payee: "D2" … what its reversing voucher R1 reverses`)},
		"another payer than is reversed":     {"payments 7 payer=D2", one(`payments.csv:7:payer: "D2" … what its reversing voucher R1 reverses`)},
		"a reversal of another amount":       {"payments 8 amount=140", one(`payments.csv:8:amount: "140.00" … it reverses, 150.00 yuan`)},
		"a reversal too late":                {"payments 8 paid_on=2025-04-06", one(`payments.csv:8:paid_on: "2025-04-06" … until K1 is reversed, of the 200.00 yuan of the upstream voucher PZ5, 300.00 yuan`)},
		"a reversal of something else":       {"payments 8 reverses=PZ3 payer=990101001002 payee=D1 amount=50", []string{`payments.csv:8:reverses: "PZ3" … PZ4 reversed it`, `payments.csv:8:reverses: "PZ3" … until K1 is reversed`}},
		"a reversal that leaves too little":  {"payments 8 reverses=L1 payer=990101001001 payee=D2 amount=100", one(`payments.csv:8:reverses: "L1" … until K1 is reversed, of the 200.00 yuan of the upstream voucher PZ5, 300.00 yuan`)},
		"a circle":                           {"payments 6 upstream=L1 paid_on=2025-04-05 && payments 7 paid_on=2025-04-05", []string{`payments.csv:6:upstream: "L1" … circle: PZ5 → L1 → K2 → PZ5`}},
		"a reversal that is passed on":       {"payments 2 reverses=PZ5 payer=990101001 payee=D1 amount=200 paid_on=2025-04-10", []string{`payments.csv:2:reverses: "PZ5" … PZ2 passes it on`, `payments.csv:2:reverses: "PZ5" … K2 passes it on`}},
		"a reversal that has arrived":        {"payments 3 reverses=PZ5 payer=990101001 payee=D1 amount=200 paid_on=2025-04-10", []string{`payments.csv:3:reverses: "PZ5" … an arrival of it was confirmed on 2025-03-14`, `payments.csv:3:upstream: "PZ1" … no upstream`, `payments.csv:3:reverses: "PZ5" … K2 passes it on`}},
		"a reversal that is reversed":        {"payments 4 reverses=PZ1 payer=990101001 payee=F1 amount=100 paid_on=2025-04-10", []string{`payments.csv:4:reverses: "PZ1" … PZ4 reverses it`, `payments.csv:4:reverses: "PZ1" … PZ2 passes it on`}},
		"money for nobody that has arrived":  {"payments 3 payee=D2", one(`payments.csv:3:community: "" … an arrival of it was confirmed on 2025-03-14`)},
		"money that has arrived and went on": {"payments 9 upstream=PZ2", []string{`payments.csv:9:amount: "150.00" … of its 60.00 yuan`, `payments.csv:9:upstream: "PZ2" … confirmed on 2025-03-14`}},
		"an arrival after the correction":    {"payments 3 amount=70 && arrive PZ2 03-16 61", one(`payments.csv:3:amount: "70.00" … 71.00 yuan on 2025-03-16`)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := newJournal()
			into(t, j, edited(t, rich).write(t))
			before := len(entries(j))
			_, faults := correct(t, j, edited(t, rich+" && "+c.edits).write(t))
			wantFaults(t, faults, c.want)
			if len(entries(j)) != before {
				t.Error("refused, and yet something was recorded")
			}
		})
	}
}

// TestAReversalThatComesLater: until a child is reversed, its parent can neither
// arrive nor be reversed.
func TestAReversalThatComesLater(t *testing.T) {
	t.Parallel()
	const chain = "payments 6 community=990101001001 && pay K1 04-02 150 <PZ5 && pay R1 04-05 150 ~K1"
	for name, then := range map[string]string{"it arrived": "arrive PZ5 04-05 10", "it was reversed": "pay R2 04-05 200 ~PZ5"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := newJournal()
			if _, faults := into(t, j, edited(t, chain+" && "+then).write(t)); faults != nil {
				t.Fatalf("%q", faults)
			}
			_, faults := correct(t, j, edited(t, chain+" && "+then+" && payments 8 paid_on=2025-04-06").write(t))
			wantFaults(t, faults, one(`payments.csv:8:paid_on: "2025-04-06" … not after 2025-04-05, when the upstream voucher PZ5 arrived or was reversed: K1 passes it on`))
		})
	}
}

// TestACorrectionNamesWhoPassesThePaymentOn: what a payment is for, those below
// are judged by, in whatever account they are.
func TestACorrectionNamesWhoPassesThePaymentOn(t *testing.T) {
	t.Parallel()
	parent := schemas.PaymentMade{Voucher: "P", Payer: "D1", Payee: street, Community: first, Beneficiary: first, Origin: "D1", InheritedPurpose: "department"}
	below := schemas.PaymentMade{Voucher: "K", Payer: street, Payee: second, Beneficiary: second, Upstream: "P", Purpose: "general", InheritedPurpose: "general"}
	moved := schemas.PaymentMade{Voucher: "L", Payer: street, Payee: "D9", Upstream: "Q", InheritedPurpose: "department"}
	here := moved
	here.Upstream = "P"
	for name, last := range map[string]schemas.Event{
		"amended":      schemas.PaymentAmended{PaymentMade: parent},
		"supplemented": schemas.PaymentSupplemented(parent),
		"inherited":    schemas.PaymentInherited{Voucher: "P", InheritedPurpose: "general"},
	} {
		known := ledger.NewAccounts()
		for _, e := range []schemas.Event{parent, below, moved, schemas.PaymentAmended{PaymentMade: here}, schemas.PaymentAmended{PaymentMade: here}} {
			known.Of(e)
		}
		for _, accounts := range []*ledger.Accounts{known.Draft(), known} {
			if got := accounts.Of(last); !slices.Equal(slices.Sorted(slices.Values(got)), []string{street, first, second, "D9"}) {
				t.Errorf("%s names %v", name, got)
			}
		}
	}
}
