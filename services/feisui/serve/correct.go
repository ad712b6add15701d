package serve

import (
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"feisui/pkg/journal"
	"feisui/schemas"
	"feisui/services/feisui/record"
)

// reasonMax is how many characters a reason may have: a sentence, no report.
const reasonMax = 200

// correction reads ?correct=true&reason=…: why what is recorded may be said
// otherwise, "" when it may not. A query carries Chinese, which a header does not.
func correction(r *http.Request) (reason string, err error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return "", refuse(http.StatusUnprocessableEntity, "QUERY", "网址中的参数无法读取", "the query of the address cannot be read: "+err.Error())
	}
	reason = strings.TrimSpace(query.Get("reason"))
	unreadable := !utf8.ValidString(reason) || strings.ContainsFunc(reason, unicode.IsControl)
	switch correct := query.Get("correct"); {
	case correct == "true" && (reason == "" || unreadable || utf8.RuneCountInString(reason) > reasonMax):
		return "", refuse(http.StatusUnprocessableEntity, "REASON", "更正须写明理由 reason（1 至 200 个字，一行）", "expected a reason of 1 to 200 characters on one line with correct=true")
	case correct == "true":
		return reason, nil
	case correct != "" && correct != "false":
		return "", refuse(http.StatusUnprocessableEntity, "CORRECT", "correct 应为 true 或 false，现为“"+correct+"”", "expected correct=true or correct=false, found \""+correct+"\"")
	case query.Has("reason"):
		return "", refuse(http.StatusUnprocessableEntity, "REASON", "只有更正（correct=true）才填理由", "a reason belongs to a correction: expected correct=true with it")
	}
	return "", nil
}

// correcting makes a source one that corrects what is recorded, where there is a
// reason; the reason is part of what the request id stands for.
func correcting(source record.Source, reason string, fingerprint [32]byte) (record.Source, [32]byte) {
	if reason == "" {
		return source, fingerprint
	}
	return record.Correcting{Source: source, Reason: reason}, fingerprintOf(fingerprint[:], []byte(reason))
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
