package people

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the only hash that every app has; HMAC does not need it to withstand collisions
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strings"
)

// Factor is somebody's second factor (双因素): an app that has a secret, and shows a
// code of it that changes with time (TOTP, RFC 6238).
type Factor struct {
	Secret    []byte // FactorBytes of it
	Used      int64  // the step of the last code that was taken; none up to it is again
	Confirmed bool   // a code of it was shown once; before, it is asked for by nobody
}

// What apps agree on.
const (
	FactorBytes  = 20          // of a secret, as many as SHA-1 gives
	factorStep   = 30 * Second // one code
	factorDigits = 6
	factorDrift  = 1 // so many steps a clock may be wrong, either way

	RecoveryCodes = 10 // are given with it, each for one time
)

// Code is what an app shows in a step, which are counted from 1970.
func (f Factor) Code(step int64) string {
	mac := hmac.New(sha1.New, f.Secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(step)))
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	n := binary.BigEndian.Uint32(sum[at:at+4]) & 0x7fffffff
	return fmt.Sprintf("%0*d", factorDigits, n%1_000_000)
}

// Take gives the factor after a code was shown; no when it is not one of now, or was
// taken before. Every step is looked at, whichever it is.
func (f Factor) Take(code string, at Moment) (after Factor, right bool) {
	code, now := tidyCode(code), int64(at/factorStep)
	after = f
	for step := now - factorDrift; step <= now+factorDrift; step++ {
		same := subtle.ConstantTimeCompare([]byte(f.Code(step)), []byte(code)) == 1
		if same && step > f.Used {
			after.Used, right = step, true
		}
	}
	after.Confirmed = f.Confirmed || right
	return after, right
}

// IsCode reports that a text may be an app's code, and not a recovery code.
func IsCode(text string) bool {
	text = tidyCode(text)
	return len(text) == factorDigits && strings.Trim(text, "0123456789") == ""
}

// RecoveryCode gives a recovery code as it is kept and compared.
func RecoveryCode(typed string) string { return strings.ToUpper(tidyCode(typed)) }

// tidyCode takes out what people type between groups.
func tidyCode(text string) string {
	return strings.NewReplacer(" ", "", "-", "", "　", "").Replace(text)
}

// Text is the secret as people type it, in base32.
func (f Factor) Text() string { return base32.StdEncoding.EncodeToString(f.Secret) }

// FactorWrong is the refusal of a code that is not right, or was used.
func FactorWrong() *Refusal { return refuse(Forbidden, "FACTOR_WRONG") }

// FactorLocked is the refusal of any code after too many wrong ones.
func FactorLocked(wait Moment) *Refusal {
	no := refuse(TooMany, "FACTOR_LOCKED")
	no.Wait = wait
	return no
}

// FactorKey is the refusal of what takes the key by which second factors are sealed, while
// it is missing or another one. Recovery codes do not take it.
func FactorKey() *Refusal { return refuse(Away, "FACTOR_KEY") }

// FactorThere is the refusal to set up a second factor beside another.
func FactorThere() *Refusal { return refuse(Conflict, "FACTOR_THERE") }

// FactorNotBegun is the refusal to confirm a second factor that nobody has begun.
func FactorNotBegun() *Refusal { return refuse(Conflict, "FACTOR_NOT_BEGUN") }

// FactorNotAsked is the refusal to take a code that nobody has asked for.
func FactorNotAsked() *Refusal { return refuse(Conflict, "FACTOR_NOT_ASKED") }
