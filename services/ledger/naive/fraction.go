package naive

import "math/big"

// add is a + b.
func add(a, b *big.Rat) *big.Rat { return new(big.Rat).Add(a, b) }

// sub is a − b.
func sub(a, b *big.Rat) *big.Rat { return new(big.Rat).Sub(a, b) }

// times is a × b, nil where either is missing.
func times(a, b *big.Rat) *big.Rat {
	if a == nil || b == nil {
		return nil
	}
	return new(big.Rat).Mul(a, b)
}

// floor is the greatest whole number not above a.
func floor(a *big.Rat) *big.Rat {
	whole := new(big.Int)
	whole.Div(a.Num(), a.Denom()) // Euclidean: rounds down for a positive denominator
	return new(big.Rat).SetInt(whole)
}

// least is the smaller of two.
func least(a, b *big.Rat) *big.Rat {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}
