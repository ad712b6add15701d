// Package sim runs append, relay, bus and book with everything that may go wrong
// between them, one exchange at a time, in an order that follows from a seed.
//
// What runs is the program: pkg/journal, pkg/relay, pkg/bus, pkg/book and
// services/ledger/keep, each with its own goroutines and its own waiting.
// What it runs on is made up: a PostgreSQL and a JetStream in memory, which know
// the exchanges of those packages and fail at them, before or after doing what
// they were asked, or do it when nobody waits any more; and a clock that stands
// still until the scheduler lets it go on.
//
// Beside the seeds there is a sweep: every exchange of every operation, cut in
// every way, one at a time.
//
// All of it is in tests: go test ./services/feisui/sim, and -sim.seed=N for one.
package sim
