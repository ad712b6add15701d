package oversight

import (
	"strconv"

	"feisui/pkg/code"
	"feisui/schemas"
)

// Numbers is how far an office has numbered its documents of a kind in a year.
type Numbers struct{ Last int }

// Evolve is the series after an event; an event that it does not know changes
// nothing.
func (n Numbers) Evolve(e schemas.Event) Numbers {
	if _, is := e.(schemas.NumberGiven); is {
		n.Last++ // each is one version of the stream
	}
	return n
}

// GiveNumber numbers a document that is being signed.
type GiveNumber struct {
	Issuer string // 机关代字: 费转督
	Given  schemas.NumberGiven
}

// Decide gives the document the number after the last. Whoever signs another at
// the same time wants the same version of the stream, and one of the two begins
// anew: so there is neither a gap nor a double.
func (c GiveNumber) Decide(n Numbers) []schemas.Event {
	e := c.Given
	e.Number = n.Last + 1
	e.Document = code.Document{Issuer: c.Issuer, Year: e.Year, Number: strconv.Itoa(e.Number)}.String()
	return []schemas.Event{e}
}
