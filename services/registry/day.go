package registry

import (
	"feisui/pkg/civil"
	"feisui/schemas"
)

// Day is what is known of the county's days.
type Day struct {
	Last civil.Date // the last that began; zero before the first
	Days int64      // how many were recorded
}

// Evolve is the day after an event.
func (d Day) Evolve(e schemas.Event) Day {
	if e, ok := e.(schemas.CountyDayBegan); ok {
		d.Last, d.Days = e.Date, d.Days+1
	}
	return d
}

// BeginDay says which day it is.
type BeginDay struct{ Date civil.Date }

// Decide gives nothing unless the day is later than all that began: days do not
// go backwards.
func (c BeginDay) Decide(known Day) []schemas.Event {
	if c.Date <= known.Last {
		return nil
	}
	return []schemas.Event{schemas.CountyDayBegan{Date: c.Date}}
}
