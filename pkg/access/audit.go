package access

import "context"

// Decision is what came of what somebody asked.
type Decision string

// The decisions.
const (
	Done    Decision = "done"    // it was done, or shown
	Refused Decision = "refused" // the answer was no
	Failed  Decision = "failed"  // something of ours is broken, or it is not known what came of it
)

// Record is one line of the audit log: who asked for what, from where, and what
// came of it. The log gives it its number and its time.
type Record struct {
	County    string   `json:"county"`            // empty: of no county
	Actor     string   `json:"actor"`             // Principal.ID; empty: nobody was signed in
	Operation string   `json:"operation"`         // the route's operation id
	Target    string   `json:"target,omitempty"`  // what it was about, such as person:UUID or task/JB2025-0031
	Decision  Decision `json:"decision"`          //
	Code      string   `json:"code,omitempty"`    // the refusal's
	Address   string   `json:"address,omitempty"` // of the network, without the port
	RequestID string   `json:"request,omitempty"` // the client's own
	Behind    bool     `json:"-"`                 // may be written after the answer: reads of lists
}

// Trail takes records for the audit log. (Auditor is a role.)
type Trail interface {
	// Audit returns when the record is safe; of one that may be written behind,
	// when it is in a queue of bounded length, for which it waits: none is dropped.
	// After an error nobody knows whether the record was written, and what it is
	// of should not be answered.
	Audit(ctx context.Context, r Record) error
}
