package money

import (
	"errors"
	"fmt"
	"strings"
)

// What can be wrong with a number or an amount as typed.
var (
	ErrForm     = errors.New("not a number")
	ErrNegative = errors.New("a negative number")
	ErrScale    = errors.New("a fraction of a fen")
	ErrRange    = fmt.Errorf("a number of more than %d digits, or an amount over %s yuan", DigitsMax, Max.Yuan())
	ErrUnit     = errors.New("a unit other than 元, 万元 or 亿元")
)

// ParseDecimal reads a number that is not negative: 1200, 1,200.50. Thousands
// commas must stand where they belong; there is no sign and no exponent.
func ParseDecimal(s string) (Decimal, error) {
	if rest, negative := strings.CutPrefix(s, "-"); negative {
		if d, err := ParseDecimal(rest); err == nil && !d.IsZero() {
			return Decimal{}, ErrNegative
		}
		return Decimal{}, ErrForm
	}
	whole, fraction, point := strings.Cut(s, ".")
	whole, ok := ungroup(whole)
	if !ok || point && fraction == "" {
		return Decimal{}, ErrForm
	}
	digits := whole + fraction
	for _, c := range []byte(digits) {
		if c < '0' || c > '9' {
			return Decimal{}, ErrForm
		}
	}
	fraction = strings.TrimRight(fraction, "0")
	digits = strings.TrimLeft(whole+fraction, "0")
	if len(digits) > DigitsMax || len(fraction) > DigitsMax {
		return Decimal{}, ErrRange
	}
	d := Decimal{scale: int8(len(fraction))}
	for _, c := range []byte(digits) {
		d.coef = d.coef*10 + int64(c-'0')
	}
	return d.normal(), nil
}

// ungroup takes the thousands commas out of the whole part of a number.
func ungroup(s string) (string, bool) {
	first, rest, grouped := strings.Cut(s, ",")
	if !grouped {
		return s, s != ""
	}
	if len(first) == 0 || len(first) > 3 {
		return "", false
	}
	for group := range strings.SplitSeq(rest, ",") {
		if len(group) != 3 {
			return "", false
		}
		first += group
	}
	return first, true
}

// ParseRate reads an amount in yuan that may have fractions of a fen, and gives
// it in fen: 1,200.50, ￥1200, 1200元, 8.35万元 (spec §1).
func ParseRate(s string) (Decimal, error) {
	number := strings.TrimPrefix(strings.TrimPrefix(s, "￥"), "¥")
	shift := 2
	for _, unit := range []struct {
		name  string
		shift int
	}{{"万元", 6}, {"亿元", 10}, {"元", 2}} {
		if rest, ok := strings.CutSuffix(number, unit.name); ok {
			number, shift = rest, unit.shift
			break
		}
	}
	d, err := ParseDecimal(strings.TrimSpace(number))
	switch {
	case errors.Is(err, ErrForm) && strings.ContainsAny(number, "万亿千百角分"):
		return Decimal{}, ErrUnit
	case err != nil:
		return Decimal{}, err
	}
	if over := Whole(int64(Max)).Shift(-shift); over.Less(d) {
		return Decimal{}, ErrRange
	}
	return d.Shift(shift), nil
}

// ParseAmount reads an amount in yuan, as ParseRate does, that is whole fen.
func ParseAmount(s string) (Fen, error) {
	d, err := ParseRate(s)
	if err != nil {
		return 0, err
	}
	if d.scale > 0 {
		return 0, ErrScale
	}
	return Fen(d.coef), nil
}
