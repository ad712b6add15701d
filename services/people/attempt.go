package people

// Attempts are the attempts to sign in under one name, whether anybody has that
// name or not, from one address of the network, or by codes of one second factor.
type Attempts struct {
	Failures int
	Since    Moment // when the count began
	Until    Moment // before which nothing is tried
}

// How often one may be wrong.
const (
	FailuresMax = 5 // under one name; then each further one doubles the wait
	lockFirst   = Minute
	lockMost    = Hour
	forgotten   = Day // after the last failure's lock

	AddressMax    = 20 // from one address, within
	AddressWindow = 10 * Minute
)

// Under counts an attempt under a name, before its password is looked at: so many
// at once are still so many. It refuses one while the name is locked, which counts
// no further. The refusal is that of a wrong password: it does not tell whether
// anybody has the name.
func (a Attempts) Under(at Moment) (Attempts, error) {
	if at < a.Until {
		return a, NotIn()
	}
	if a.Failures == 0 || at-max(a.Since, a.Until) > forgotten {
		a = Attempts{Since: at}
	}
	a.Failures++
	if a.Failures >= FailuresMax {
		a.Until = at + min(lockFirst<<min(a.Failures-FailuresMax, 10), lockMost)
	}
	return a, nil
}

// From counts an attempt from an address, and refuses one when there were too
// many, under whatever names.
func (a Attempts) From(at Moment) (Attempts, error) {
	if at-a.Since >= AddressWindow {
		a = Attempts{Since: at}
	}
	if a.Failures >= AddressMax {
		no := refuse(TooMany, "TOO_MANY_ATTEMPTS")
		no.Wait = a.Since + AddressWindow - at
		return a, no
	}
	a.Failures++
	return a, nil
}

// Forgiven takes back one that was right.
func (a Attempts) Forgiven() Attempts {
	a.Failures = max(0, a.Failures-1)
	return a
}

// Untried takes back one that could not be looked at. What went wrong before stays
// counted, and no lock is left of this.
func (a Attempts) Untried(at Moment) Attempts {
	a.Failures, a.Until = max(0, a.Failures-1), min(a.Until, at)
	return a
}

// NotIn is what whoever is not let in is told, for whatever reason.
func NotIn() *Refusal { return refuse(Unknown, "SIGN_IN") }
