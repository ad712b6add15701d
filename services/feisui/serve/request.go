package serve

import (
	"crypto/sha256"
	"fmt"
)

func fingerprintOf(parts ...[]byte) (sum [32]byte) {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:", len(p))
		h.Write(p)
	}
	copy(sum[:], h.Sum(nil))
	return sum
}
