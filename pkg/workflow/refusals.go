package workflow

import (
	"embed"
	"io/fs"

	"feisui/pkg/civil"
	"feisui/pkg/message"
)

//go:embed messages
var messages embed.FS

// Messages holds the sentences of all refusals.
var Messages = message.MustLoad(fs.Sub(messages, "messages"))

// Refuse says no to one field of one row. args are the names and values of the
// sentence's placeholders, in turn.
func Refuse(row int, field, found, key string, args ...string) Refusal {
	text := message.Text{Key: key}
	if len(args) > 0 {
		text.Args = message.Args{}
		for i := 0; i+1 < len(args); i += 2 {
			text.Args[args[i]] = args[i+1]
		}
	}
	return Refusal{Row: row, Field: field, Found: found, Expect: text}
}

// NotBefore refuses an end that lies before its start. Either may be missing.
func NotBefore(row int, field string, end civil.Date, startField string, start civil.Date) Refusals {
	if !end.Given() || !start.Given() || end >= start {
		return nil
	}
	return Refusals{Refuse(row, field, end.String(), "end_before_start", "field", startField, "start", start.String())}
}

// NotAfter refuses a start that lies after its end. Either may be missing.
func NotAfter(row int, field string, start civil.Date, endField string, end civil.Date) Refusals {
	if !end.Given() || !start.Given() || start <= end {
		return nil
	}
	return Refusals{Refuse(row, field, start.String(), "start_after_end", "field", endField, "end", end.String())}
}

// End takes up the day on which something ended: it may be filled in once, said
// otherwise where the row is to correct what is known, and never lies before the
// start. end is the day that holds now, 0 while it has not ended.
func End(row int, field string, known, given civil.Date, startField string, start civil.Date, correct bool) (end civil.Date, change Change, refused Refusals) {
	end = known
	switch {
	case !given.Given() || given == known:
		if !correct { // else the start may be another
			return known, Same, nil
		}
	case !known.Given():
		end, change = given, New
	case correct:
		end, change = given, Amended
	default:
		return known, Same, Refusals{Contradiction(row, field, given.String(), known.String())}
	}
	return end, change, NotBefore(row, field, end, startField, start)
}
