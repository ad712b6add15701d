package serve

import (
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/journal"
	"feisui/pkg/web"
	"feisui/schemas"
	"feisui/services/feisui/record"
)

// reasonMax is how many characters a reason may have: a sentence, no report.
const reasonMax = 200

// Correction is embedded in the input of what may correct what is recorded. It
// stands in the query, which carries Chinese; a header does not.
type Correction struct {
	Correct string `query:"correct" enum:"false,true" doc:"更正：与已登记不同的内容以此为准，空着的不改 (amend what differs; what is empty says nothing)"`
	//nolint:lll // what people read of it stands in the tag
	Reason string `query:"reason" example:"文号抄写有误" doc:"更正理由，1 至 200 个字，一行；correct=true 时必填 (why, 1 to 200 characters on one line; with correct=true only, and then required)"`
}

// Resolve refuses a correction without a reason, and a reason without a correction.
func (c *Correction) Resolve(huma.Context) []error {
	correct, err := web.OneOf("correct", c.Correct, "false", "true")
	if err != nil {
		return []error{err}
	}
	c.Reason = strings.TrimSpace(c.Reason)
	readable := utf8.ValidString(c.Reason) && !strings.ContainsFunc(c.Reason, unicode.IsControl)
	switch {
	case correct == "true" && (c.Reason == "" || !readable || utf8.RuneCountInString(c.Reason) > reasonMax):
		return []error{refuse(http.StatusUnprocessableEntity, "REASON",
			"更正须写明理由 reason（1 至 200 个字，一行）", "expected a reason of 1 to 200 characters on one line with correct=true")}
	case correct == "false" && c.Reason != "":
		return []error{refuse(http.StatusUnprocessableEntity, "REASON",
			"只有更正（correct=true）才填理由", "a reason belongs to a correction: expected correct=true with it")}
	}
	return nil
}

// correcting makes a source one that corrects what is recorded, where there is a
// reason; the reason is part of what the request id stands for.
func (c *Correction) correcting(source record.Source, fingerprint [32]byte) (record.Source, [32]byte) {
	if c.Reason == "" {
		return source, fingerprint
	}
	return record.Correcting{Source: source, Reason: c.Reason}, fingerprintOf(fingerprint[:], []byte(c.Reason))
}

// amending counts the events that say otherwise what was recorded.
func amending(events []journal.Pending) (n int) {
	for _, e := range events {
		if _, ok := schemas.New(e.Type).(schemas.Amendment); ok {
			n++
		}
	}
	return n
}
