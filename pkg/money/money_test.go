package money_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"feisui/pkg/money"
)

func TestAmountsAsUsersTypeThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]money.Fen{
		"1200": 120000, "1,200.50": 120050, "1200元": 120000, "8.35万元": 8350000, "0": 0, "0.01": 1, "￥1,000.00": 100000,
		"1.5亿元": 15000000000, "12.340": 1234, "0.00001万元": 10, "100000000000": money.Max,
	} {
		got, err := money.ParseAmount(text)
		if err != nil || got != want {
			t.Errorf("%q: got %d, %v; want %d", text, got, err, want)
		}
	}
	for text, want := range map[string]error{
		"12.345": money.ErrScale, "0.0000001万元": money.ErrScale,
		"-5": money.ErrNegative, "-0": money.ErrForm, "1e6": money.ErrForm, "0x10": money.ErrForm, "1_000": money.ErrForm,
		"NaN": money.ErrForm, "Infinity": money.ErrForm, "": money.ErrForm, "1,20": money.ErrForm, "12,34.5": money.ErrForm, "1.": money.ErrForm,
		"3.5万": money.ErrUnit, "壹佰元": money.ErrForm, "100000000000.01": money.ErrRange, "9223372036854775808": money.ErrRange,
		"1亿亿元": money.ErrUnit, "TRUE": money.ErrForm, ".5元": money.ErrForm,
	} {
		if got, err := money.ParseAmount(text); !errors.Is(err, want) {
			t.Errorf("%q: got %d, %v; want %v", text, got, err, want)
		}
	}
}

func TestARateKeepsFractionsOfAFen(t *testing.T) {
	t.Parallel()
	rate, err := money.ParseRate("0.335")
	if err != nil || rate.String() != "33.5" {
		t.Fatalf("got %s, %v", rate, err)
	}
	if got := money.Product(rate, money.Whole(3)); got != 101 { // 100.5 is rounded half-up
		t.Errorf("0.335 yuan × 3 = %d fen, want 101", got)
	}
}

func TestProductRoundsOnceHalfUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want money.Fen
	}{
		{"0.5", "1", 1}, {"0.4999999", "1", 0}, {"2.5", "0.2", 1}, {"33.3", "3", 100}, {"123456789012345", "1000", 123456789012345000},
		{"0.000000000000001", "0.000000000000001", 0}, {"1.00000000000005", "10000000000000", 10000000000001},
	} {
		a, b := decimal(t, c.a), decimal(t, c.b)
		if got := money.Product(a, b); got != c.want {
			t.Errorf("%s × %s = %d, want %d", c.a, c.b, got, c.want)
		}
	}
	if err := money.Guard(func() { money.Product(decimal(t, "999999999999999"), decimal(t, "999999999999999")) }); err == nil {
		t.Error("a product over int64 did not overflow")
	}
}

func TestSplitByLargestRemainder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		total   money.Fen
		weights []string
		want    []money.Fen
	}{
		{10000, []string{"4", "10"}, []money.Fen{2857, 7143}},
		{100, []string{"1", "1", "1"}, []money.Fen{34, 33, 33}},
		{101, []string{"1", "1", "1"}, []money.Fen{34, 34, 33}},
		{5, []string{"0.5", "0", "0.5"}, []money.Fen{3, 0, 2}},
		{0, []string{"1", "2"}, []money.Fen{0, 0}},
		{7, []string{"3"}, []money.Fen{7}},
	} {
		var weights []money.Decimal
		for _, w := range c.weights {
			weights = append(weights, decimal(t, w))
		}
		if got := money.Split(c.total, weights); !slices.Equal(got, c.want) {
			t.Errorf("%d by %v = %v, want %v", c.total, c.weights, got, c.want)
		}
	}
}

func TestArithmeticIsChecked(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]func(){
		"plus":         func() { money.Fen(math.MaxInt64).Plus(1) },
		"minus":        func() { money.Fen(math.MinInt64).Minus(1) },
		"basis points": func() { money.BasisPoints(math.MaxInt64, 1) },
		"shift":        func() { decimal(t, "999999999999999").Shift(9) },
	} {
		var overflow money.Overflow
		if err := money.Guard(f); !errors.As(err, &overflow) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := money.Fen(5).Plus(-7).Minus(-3).Plus(0).Minus(0); got != 1 {
		t.Errorf("5 − 7 + 3 = %d", got)
	}
}

func TestBasisPointsAreRoundedDown(t *testing.T) {
	t.Parallel()
	if bp, ok := money.BasisPoints(12500000, 103400000); !ok || bp != 1208 {
		t.Errorf("got %d, %v", bp, ok)
	}
	if _, ok := money.BasisPoints(0, 0); ok {
		t.Error("a share of nothing has no basis points")
	}
}

func TestYuanIsGrouped(t *testing.T) {
	t.Parallel()
	for fen, want := range map[money.Fen]string{0: "0.00", 5: "0.05", 123456789: "1,234,567.89", -100000: "-1,000.00", 99999: "999.99"} {
		if got := fen.Yuan(); got != want {
			t.Errorf("%d: %s, want %s", int64(fen), got, want)
		}
	}
}

func FuzzParseDecimal(f *testing.F) {
	for _, s := range []string{"1,200.50", "0.335", "-1", "00", "1.0", ".", "9999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := money.ParseDecimal(s)
		if err != nil {
			return
		}
		again, err := money.ParseDecimal(d.String())
		if err != nil || again != d {
			t.Errorf("%q was read as %s, and that as %s, %v", s, d, again, err)
		}
	})
}

func decimal(t *testing.T, s string) money.Decimal {
	t.Helper()
	d, err := money.ParseDecimal(s)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return d
}
