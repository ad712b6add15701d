package act_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/journal/memory"
	"feisui/pkg/money"
	"feisui/schemas"
	"feisui/services/feisui/act"
	"feisui/services/feisui/record"
	"feisui/services/ledger"
)

func TestTheNumbersOfTasksInASummary(t *testing.T) {
	t.Parallel()
	known := []string{"JB2025-0031", "JB2025-00310", "2025-0031", "费转〔2025〕1号", "123", "JB/2025-一号"}
	stands := func(no string) bool { return slices.Contains(known, no) }
	for text, want := range map[string][]string{
		"":                          nil,
		"拨付JB2025-0031社区经费":         {"JB2025-0031"},
		"JB2025-0031":               {"JB2025-0031"},
		"JB2025-00310":              {"JB2025-00310"}, // the longer one is meant
		"JB2025-00311":              nil,              // no part of another number
		"XJB2025-0031":              nil,              // a letter before it makes it another
		"JB2025-0031、JB2025-00310":  {"JB2025-0031", "JB2025-00310"},
		"JB2025-0031两次 JB2025-0031": {"JB2025-0031"},
		"费转〔2025〕1号文":               {"费转〔2025〕1号"},
		"关于JB/2025-一号的经费":           {"JB/2025-一号"},
		"付款123":                     nil, // too short to be meant
		strings.Repeat("经费", 200):   nil,
	} {
		if got := act.NumbersIn(text, stands); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// TestALongSummaryIsReadQuickly: each place of a text is asked for a bounded number
// of numbers, however long the text is.
func TestALongSummaryIsReadQuickly(t *testing.T) {
	t.Parallel()
	asked := 0
	act.NumbersIn(strings.Repeat("拨", 500), func(string) bool { asked++; return false })
	if asked == 0 || asked > 500*64 {
		t.Errorf("asked %d times", asked)
	}
}

func TestWhatIsAPersonsIsNotKept(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"电话13812345678": "电话****5678",
		"身份证11010519491231002X，卡6222020200112233445": "身份证****002X，卡****3445",
		"凭证20250303001，社区431026102001":               "凭证20250303001，社区431026102001",
		"":                                           "",
	} {
		if got := act.Masked(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	for name, want := range map[string]string{"张三": "***", "买买提·阿卜杜拉": "***", "某某商贸有限公司": "某某商贸有限公司", "6222020200112233445": "****3445", "": ""} {
		if got := act.PayeeShown(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

const (
	northern = "431026102001"
	street   = "431026102"
)

var march = civil.Of(2025, time.March, 3)

// closedFebruary is what is recorded of a county that closed a month.
func closedFebruary() []schemas.Event {
	return []schemas.Event{
		schemas.DepartmentRegistered{Code: "D01", Name: "民政局", Kind: "department"}, schemas.DepartmentRegistered{Code: "D02", Name: "司法局", Kind: "department"},
		schemas.CommunityRegistered{Code: northern, Name: "北社区", Street: street}, schemas.ItemListed{Code: "A01", Name: "核查", Department: "D01", List: "assist", Rule: "none"},
		schemas.CountyDayBegan{Date: march}, schemas.PeriodClosed{Month: "2025-02", Closing: 1, ClosedOn: march},
	}
}

// countyOf is a county of which so much is recorded.
func countyOf(t *testing.T, events []schemas.Event) *act.County {
	t.Helper()
	past, flows := memory.New[schemas.Event](), act.NewFlows()
	for i, e := range events {
		_, err := past.Append(uuid.New(), []schemas.Event{e})
		if err = errors.Join(err, flows.Take(int64(i+1), e, nil)); err != nil {
			t.Fatal(err)
		}
	}
	declared, err := act.Declared()
	if err != nil {
		t.Fatal(err)
	}
	return &act.County{Past: past, Events: slices.Values(events), Book: ledger.NewBook(), Flows: flows, Calendar: civil.China(), Declared: declared}
}

// bankLine is a line of a statement for the north: its voucher, who pays whom, on which
// day, and what it passes on.
func bankLine(voucher, payer, payee string, on civil.Date, upstream string) record.StatementLine {
	return record.StatementLine{
		File: "流水.csv", Voucher: voucher, Payer: payer, Payee: payee, PaidOn: on, Upstream: upstream, Community: northern, Item: "A01", Amount: 100,
	}
}

// becomes says what becomes of each line of a statement, and what it records.
func becomes(t *testing.T, events []schemas.Event, lines []record.StatementLine) (of map[string]string, all []schemas.Event, err error) {
	t.Helper()
	taken, err := countyOf(t, events).TakeStatement(&act.Statement{
		Source: "专户", Columns: map[string]string{"voucher": "凭证"}, Lines: lines, Scope: access.Scope{All: true},
		Actor: access.Principal{ID: "fin", Person: "fin", Grants: []access.Grant{{Role: "finance_officer"}}},
	})
	if err != nil {
		return nil, nil, err
	}
	of = map[string]string{}
	for i := range taken.Lines {
		l := &taken.Lines[i]
		of[l.Voucher] = strings.TrimSuffix(string(l.Outcome)+" "+l.Why, " ")
	}
	return of, slices.Concat(events, taken.Events), nil
}

// TestALineWhoseMoneyWaitsWaits: what passes on a line that is no payment yet, for
// whatever reason, however far below it and in whatever order of rows, is taken and waits;
// what has nothing to do with it does not.
func TestALineWhoseMoneyWaitsWaits(t *testing.T) {
	t.Parallel()
	over := bankLine("L1", "D01", "D02", march, "")
	over.Amount = 60_000_000 // fen, over the limit of one person
	lines := []record.StatementLine{
		bankLine("C1", "D01", "D02", march-4, ""), bankLine("C2", "D02", street, march, "C1"), bankLine("C3", street, northern, march, "C2"),
		bankLine("N1", "D01", "某某公司", march, ""), bankLine("N2", "D02", northern, march, "N1"), over, bankLine("L2", "D02", northern, march, "L1"),
		bankLine("P1", "D01", street, march, ""), bankLine("P2", street, northern, march, "P1"),
	}
	want := map[string]string{
		"C1": "pool closed", "C2": "pool upstream", "C3": "pool upstream", "N1": "pool payee", "N2": "pool upstream", "L1": "pool limit", "L2": "pool upstream",
		"P1": "payment", "P2": "payment",
	}
	rng := rand.New(rand.NewPCG(1, 20))
	for range 30 {
		of, _, err := becomes(t, closedFebruary(), lines)
		if err != nil || !maps.Equal(of, want) {
			t.Fatalf("%v: %v %v", order(lines), of, err)
		}
		rng.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	}
	// The control: in an open month the first of the chain is a payment, and so are all.
	open := append(closedFebruary(), schemas.PeriodReopened{Month: "2025-02", Closing: 1})
	of, _, err := becomes(t, open, lines)
	if err != nil || of["C1"] != "payment" || of["C2"] != "payment" || of["C3"] != "payment" || of["N2"] != "pool upstream" {
		t.Errorf("%v %v", of, err)
	}
}

func order(lines []record.StatementLine) (vouchers []string) {
	for i := range lines {
		vouchers = append(vouchers, lines[i].Voucher)
	}
	return vouchers
}

// TestALineIsToldForWhatItWaits: of a later statement too, and as it is when somebody looks:
// what it passes on becomes a payment, and then it lacks nothing.
func TestALineIsToldForWhatItWaits(t *testing.T) {
	t.Parallel()
	_, events, err := becomes(t, closedFebruary(), []record.StatementLine{bankLine("C1", "D01", "D02", march-4, ""), bankLine("C2", "D02", street, march, "C1")})
	if err != nil {
		t.Fatal(err)
	}
	later := []record.StatementLine{bankLine("C3", street, northern, march, "C2")}
	of, events, err := becomes(t, events, later)
	if err != nil || of["C3"] != "pool upstream" {
		t.Fatalf("%v %v", of, err)
	}
	told := func(events []schemas.Event) string {
		pool, err := countyOf(t, events).Pool(access.Scope{All: true})
		if err != nil {
			t.Fatal(err)
		}
		var all strings.Builder
		for _, l := range pool {
			fmt.Fprintf(&all, "%s:%s:%s ", l.Voucher, l.Why, l.Upstream)
		}
		return all.String()
	}
	if is := told(events); is != "C1:closed: C2:upstream:C1 C3:upstream:C2 " {
		t.Error(is)
	}
	events = append(events, schemas.PeriodReopened{Month: "2025-02", Closing: 1})
	if is := told(events); is != "C1:: C2:upstream:C1 C3:upstream:C2 " {
		t.Error(is)
	}
	made := schemas.PaymentMade{Voucher: "C1", PaidOn: march - 4, Payer: "D01", Payee: "D02", Amount: money.Fen(100), Origin: "D01"}
	if is := told(append(events, made)); !strings.Contains(is, "C2::C1 C3:upstream:C2 ") {
		t.Error(is)
	}
	// The control: what nobody ever heard of is waited for by nobody, and refused.
	var refused *record.Refused
	if _, _, err := becomes(t, events, []record.StatementLine{bankLine("C4", street, northern, march, "C9")}); !errors.As(err, &refused) {
		t.Errorf("%v", err)
	}
}
