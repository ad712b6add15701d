// Package reconcile says where a community stands on a date: which tasks came
// with their fee, where the money is, and what it carries.
//
//	Statement = Reconcile(Account, County, Calendar, on)
//
// It is the whole of docs/spec/reconciliation.md §2–§7 and nothing else: pure,
// without clock, storage or events. An answer depends on the set of facts alone,
// never on the order in which they arrived. The files follow the spec's sections:
//
//	entitlement.go  §2  what a task should cost, and who owes it by when
//	state.go        §3  the state of a task
//	money.go        §4  where the money is
//	allocation.go   §5  which money pays for which obligation; the task's status
//	flags_*.go      §6  what somebody should look at
//	tally.go        §7  the sums
//	statement.go        the answer, and the order in which it is worked out
package reconcile
