// Package journal keeps what happened in PostgreSQL, in the order in which it
// was recorded: one journal per county, append-only.
//
//   - J1 A stream never forks: unique (county, stream, version).
//   - J2 Positions are 1, 2, 3 … per county, without a gap and in commit order:
//     an append holds the county's row and reads the last position by the
//     primary key. So whoever has read up to a position has missed nothing
//     before it.
//   - J3 An accepted request is stored, once, for ever, in the transaction of
//     its events. The same request again gets the same receipt; the same id
//     with another fingerprint is refused; what was refused leaves no trace.
//   - J4 Entries are never changed unseen: no service may update, delete or
//     truncate them, their bytes are kept as they came, and each entry's hash
//     covers its every column and the hash before it.
//
// A request is decided on what its caller has read. Where that is the streams that it adds
// to, J1 has it refused once they moved; where it is others as well, the request names
// them (Unmoved), or the journal's end (Head), and is refused likewise.
//
// Not promised: that somebody who rewrites the whole journal, hashes and all, is
// found by looking at it. That takes a position and hash kept elsewhere, see
// Verify.
//
// Callers append one request each, and the journal merges those that wait into
// one transaction: while one batch is on its way to the disk the next gathers.
// Nobody waits for a timer. Several processes may append to one county; its row
// is where they meet.
package journal
