// Package serve is the running county: a journal in PostgreSQL, its relay to
// NATS, the ledger's live book, and the HTTP routes over them.
//
// What is stored is the journal alone. The live book is a fold of it, made anew
// at every start; the bus is a copy of it that may be lost.
package serve
