// Package money counts in whole fen (分) and never rounds unasked.
//
// Arithmetic is checked: a sum that does not fit panics with Overflow, which
// the caller of a statement turns into an error. So no number is ever wrapped
// around, and no rule has to carry an error for a case that no county reaches.
package money

import (
	"fmt"
	"math/bits"
	"strconv"
)

// Fen is an amount in fen, 0.01 yuan.
type Fen int64

// Max is the largest single amount that a record may hold, 100 billion yuan
// (10¹³ fen), so that 900,000 of them still add up.
const Max Fen = 10_000_000_000_000

// Overflow is what arithmetic panics with when a result does not fit.
type Overflow struct{ What string }

func (o Overflow) Error() string { return "amounts too large: " + o.What }

// Guard runs f and gives the Overflow it panicked with, if it did.
func Guard(f func()) (err error) {
	defer func() {
		switch caught := recover().(type) {
		case nil:
		case Overflow:
			err = caught
		default:
			panic(caught)
		}
	}()
	f()
	return nil
}

// Plus is a + b.
func (a Fen) Plus(b Fen) Fen {
	sum := a + b
	if (sum > a) != (b > 0) && b != 0 {
		panic(Overflow{fmt.Sprintf("%d + %d", a, b)})
	}
	return sum
}

// Minus is a − b.
func (a Fen) Minus(b Fen) Fen {
	diff := a - b
	if (diff < a) != (b > 0) && b != 0 {
		panic(Overflow{fmt.Sprintf("%d - %d", a, b)})
	}
	return diff
}

// BasisPoints is part × 10000 / whole, rounded down (spec §7); ok is false when
// whole is 0. Both must not be negative.
func BasisPoints(part, whole Fen) (bp int64, ok bool) {
	if whole == 0 {
		return 0, false
	}
	hi, lo := bits.Mul64(uint64(part), 10000)
	if hi >= uint64(whole) {
		panic(Overflow{fmt.Sprintf("%d of %d in basis points", part, whole)})
	}
	q, _ := bits.Div64(hi, lo, uint64(whole))
	return int64(q), true
}

// Yuan writes an amount as people read it: 1,234.50.
func (a Fen) Yuan() string {
	sign, n := "", uint64(a)
	if a < 0 {
		sign, n = "-", uint64(-a)
	}
	whole := strconv.FormatUint(n/100, 10)
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return fmt.Sprintf("%s%s.%02d", sign, whole, n%100)
}
