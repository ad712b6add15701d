package people

import "feisui/pkg/message"

// Kind is what sort of no a refusal is.
type Kind int

// The kinds.
const (
	Forbidden Kind = iota // not for this person
	Missing               // it is not there, or not in this county
	Conflict              // it is not in the state for that
	Invalid               // what was given cannot be
	Unknown               // it is not known who asks
	TooMany               // too often; later it may
	Away                  // what it takes is not there for now
)

// Refusal is a rule saying no. Its text is found by Code, in lower case.
type Refusal struct {
	Kind Kind
	Code string       // for programs, such as SECOND_PERSON_REQUIRED
	Args message.Args // of the text
	Wait Moment       // for TooMany: how many seconds
}

func (r *Refusal) Error() string { return r.Code }

func refuse(kind Kind, code string, args ...string) *Refusal {
	r := &Refusal{Kind: kind, Code: code}
	for i := 0; i+1 < len(args); i += 2 {
		if r.Args == nil {
			r.Args = message.Args{}
		}
		r.Args[args[i]] = args[i+1]
	}
	return r
}

// NotThere is the refusal of whatever is not there, or not for the one who asks.
func NotThere(what string) *Refusal { return refuse(Missing, what+"_UNKNOWN") }
