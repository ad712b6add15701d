package people

// Moment is a time: seconds since 1970 in UTC. Rules compare moments that they
// are given, and read no clock.
type Moment int64

// Lengths of time, in seconds.
const (
	Second Moment = 1
	Minute        = 60 * Second
	Hour          = 60 * Minute
	Day           = 24 * Hour
)
