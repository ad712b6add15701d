package keep

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"
)

// What a hash of a password costs, as OWASP's password storage cheat sheet has it
// for argon2id: 19 MiB, two passes, one lane.
const (
	memoryKiB = 19 * 1024
	passes    = 2
	lanes     = 1
	saltBytes = 16
	keyBytes  = 32
)

// So many are hashed at once, which bounds the memory to four times the above; the
// others wait, and not for ever.
const (
	hashesMax = 4
	hashWait  = 5 * time.Second
)

// ErrBusy says that too many people sign in at once.
var ErrBusy = errors.New("too many passwords are being looked at")

type hasher struct {
	memory uint32 // KiB
	turns  chan struct{}
	dummy  string // the hash of nobody's password
}

// cheapKiB is the memory of hashes that keep nothing safe.
const cheapKiB = 64

func newHasher(cheap bool) hasher {
	h := hasher{memory: memoryKiB, turns: make(chan struct{}, hashesMax)}
	if cheap {
		h.memory = cheapKiB
	}
	h.dummy = h.encode(salt(), make([]byte, keyBytes))
	return h
}

func salt() []byte {
	s := make([]byte, saltBytes)
	rand.Read(s) // never fails, by its documentation
	return s
}

func (h *hasher) encode(salt, key []byte) string {
	e := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, passes, lanes, e.EncodeToString(salt), e.EncodeToString(key))
}

// turn waits until there is memory for another hash.
func (h *hasher) turn(ctx context.Context) (done func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, hashWait)
	defer cancel()
	select {
	case h.turns <- struct{}{}:
		return func() { <-h.turns }, nil
	case <-ctx.Done():
		return nil, ErrBusy
	}
}

// hash gives what is kept of a password.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	done, err := h.turn(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	s := salt()
	return h.encode(s, argon2.IDKey([]byte(password), s, passes, h.memory, lanes, keyBytes)), nil
}

// is reports whether a password is that of which kept is the hash. For nobody's,
// "", it works as hard and says no.
func (h *hasher) is(ctx context.Context, password, kept string) (bool, error) {
	nobody := kept == ""
	if nobody {
		kept = h.dummy
	}
	var version, memory, times uint32
	var threads uint8
	parts := strings.Split(kept, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, errors.New("a kept password is no argon2id hash")
	}
	_, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &times, &threads)
	if err != nil || version != argon2.Version || memory > 4*memoryKiB || times < 1 || times > 10 || threads < 1 {
		return false, errors.New("a kept password has parameters of another program")
	}
	s, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	key, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err := errors.Join(err1, err2); err != nil || len(key) == 0 {
		return false, fmt.Errorf("a kept password cannot be read: %w", err)
	}
	done, err := h.turn(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	got := argon2.IDKey([]byte(password), s, times, memory, threads, uint32(len(key)))
	return subtle.ConstantTimeCompare(got, key) == 1 && !nobody, nil
}

// secret makes a session's or token's secret of 256 bits.
func secret() string { return rand.Text() + rand.Text() }

// hashed is what is kept of such a secret. There is nothing to guess in 256
// random bits, so it needs no slow hash.
func hashed(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// oneTime makes a password that is read aloud once and then changed: four groups
// of letters and of digits without 0, 1, 8 and 9; 128 bits.
func oneTime() string {
	t := strings.ToLower(rand.Text())
	return t[:7] + "-" + t[7:13] + "-" + t[13:19] + "-" + t[19:]
}
