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

// End takes up the day on which something ended: it may be filled in once, and
// never lies before the start. news reports whether it was not known.
func End(row int, field string, known, given civil.Date, startField string, start civil.Date) (news bool, refused Refusals) {
	switch {
	case !given.Given() || given == known:
		return false, nil
	case known.Given():
		return false, Refusals{Contradiction(row, field, given.String(), known.String())}
	}
	return true, NotBefore(row, field, given, startField, start)
}
