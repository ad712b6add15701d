package money

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

// DigitsMax bounds the significant digits of a number that a record may hold:
// what a spreadsheet keeps exactly.
const DigitsMax = 15

// Decimal is an exact decimal number that is not negative: a rate, a quantity
// or a weight. Equal numbers are equal values: 1.50 is 1.5.
type Decimal struct {
	coef  int64
	scale int8 // the number is coef / 10^scale; may be negative after scaling
}

// Whole is n as a Decimal.
func Whole(n int64) Decimal { return Decimal{coef: n}.normal() }

func (d Decimal) normal() Decimal {
	if d.coef == 0 {
		return Decimal{}
	}
	for d.scale > 0 && d.coef%10 == 0 {
		d.coef /= 10
		d.scale--
	}
	return d
}

// IsZero reports whether d is 0.
func (d Decimal) IsZero() bool { return d.coef == 0 }

// Shift is d × 10^n.
func (d Decimal) Shift(n int) Decimal {
	d.scale -= int8(n)
	for d.scale < 0 {
		if d.coef > math.MaxInt64/10 {
			panic(Overflow{fmt.Sprintf("%d × 10", d.coef)})
		}
		d.coef *= 10
		d.scale++
	}
	return d.normal()
}

// String writes d in plain digits.
func (d Decimal) String() string {
	s := strconv.FormatInt(d.coef, 10)
	if d.scale <= 0 {
		return s
	}
	if pad := int(d.scale) + 1 - len(s); pad > 0 {
		s = strings.Repeat("0", pad) + s
	}
	cut := len(s) - int(d.scale)
	return s[:cut] + "." + s[cut:]
}

// MarshalText writes d as String does.
func (d Decimal) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (d *Decimal) UnmarshalText(b []byte) (err error) {
	*d, err = ParseDecimal(string(b))
	return err
}

// Less reports whether d is the smaller number.
func (d Decimal) Less(e Decimal) bool { return d.big(e.scale).Cmp(e.big(d.scale)) < 0 }

func (d Decimal) big(extra int8) *big.Int {
	return new(big.Int).Mul(big.NewInt(d.coef), pow10(int(extra)))
}

func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// Product is a × b in fen, rounded half-up to the fen: the one rounding of an
// entitlement (spec §2). One of them is in fen.
func Product(a, b Decimal) Fen {
	scale := int(a.scale) + int(b.scale)
	if hi, lo := bits.Mul64(uint64(a.coef), uint64(b.coef)); hi == 0 && scale <= 18 && lo < math.MaxInt64 {
		unit := uint64(1)
		for range scale {
			unit *= 10
		}
		q, rest := lo/unit, lo%unit
		if rest >= unit-rest {
			q++
		}
		return Fen(q)
	}
	unit := pow10(scale)
	n := new(big.Int).Mul(big.NewInt(a.coef), big.NewInt(b.coef))
	q, rest := n.QuoRem(n, unit, new(big.Int))
	if rest.Lsh(rest, 1).Cmp(unit) >= 0 {
		q.Add(q, big.NewInt(1))
	}
	if !q.IsInt64() {
		panic(Overflow{a.String() + " × " + b.String()})
	}
	return Fen(q.Int64())
}

// Split divides total by weight, by largest remainder, ties to the earlier in
// the list; the parts sum to total (spec §2). total and weights are not
// negative, and the weights do not sum to 0.
func Split(total Fen, weights []Decimal) []Fen {
	if len(weights) == 1 {
		return []Fen{total}
	}
	shares := make([]*big.Int, len(weights))
	sum := new(big.Int)
	var scale int8
	for _, w := range weights {
		scale = max(scale, w.scale)
	}
	for i, w := range weights {
		shares[i] = w.big(scale - w.scale)
		sum.Add(sum, shares[i])
	}
	if sum.Sign() == 0 {
		panic("money.Split: the weights sum to 0")
	}
	parts := make([]Fen, len(weights))
	rests := make([]*big.Int, len(weights))
	left := total
	for i, share := range shares {
		q, rest := new(big.Int).QuoRem(share.Mul(share, big.NewInt(int64(total))), sum, new(big.Int))
		parts[i], rests[i] = Fen(q.Int64()), rest
		left -= parts[i]
	}
	for ; left > 0; left-- {
		largest := 0
		for i, rest := range rests {
			if rest.Cmp(rests[largest]) > 0 {
				largest = i
			}
		}
		parts[largest]++
		rests[largest] = big.NewInt(-1) // each part is rounded up at most once
	}
	return parts
}
