package oversight

import (
	"strconv"
	"strings"
)

// Matter is what a case is about: something of one kind, of one subject, that one
// party answers for. Who answers is part of it: once a department has paid its
// share, what is left is another's matter.
type Matter struct{ Kind, Subject, Responsible string }

// fee is the kind of matter of a task whose fee did not come whole.
const fee = "fee"

// The ledger's rules that are told apart here (spec §6).
const (
	unfunded         = "unfunded"
	underfunded      = "underfunded"
	fundedLate       = "funded_late"
	commitmentBroken = "commitment_broken"
	commitmentLate   = "commitment_late"
	retained         = "retained"
	unconfirmed      = "unconfirmed"
	unadmitted       = "unadmitted"
	undetermined     = "undetermined"
	noAuthority      = "no_authority"
	plaqueUnlisted   = "plaque_unlisted"
)

// Of is the matter that a flag of a rule belongs to. A task that is unfunded and
// one that is underfunded are one matter: paying one yuan restarts nothing.
func Of(rule, subject, responsible string) Matter {
	if rule == unfunded || rule == underfunded {
		rule = fee
	}
	return Matter{rule, subject, responsible}
}

// Case numbers the n-th case of a matter: fee:D01:1:JB2025-0031. No two cases of
// two matters have one number.
func (m Matter) Case(n int) string {
	// The responsible party's own colons are doubled, and n is digits: so where each
	// part ends is certain, and the subject may have any.
	return m.Kind + ":" + strings.ReplaceAll(m.Responsible, ":", "::") + ":" + strconv.Itoa(n) + ":" + m.Subject
}

// CuredByMoney reports that a flag of a rule may go since money has come, so that
// its case closes by itself. Whether it did, its Cause says: what goes otherwise,
// somebody strikes off.
func CuredByMoney(rule string) bool {
	switch rule {
	case unfunded, underfunded, commitmentBroken, retained, unconfirmed:
		return true
	}
	return false
}

// lateOf is the rule by which the ledger says for ever that what a rule found
// was made good late, "" where it has none.
func lateOf(rule string) string {
	switch rule {
	case unfunded, underfunded:
		return fundedLate
	case commitmentBroken:
		return commitmentLate
	}
	return ""
}
