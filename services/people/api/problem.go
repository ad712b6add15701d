package api

import (
	"embed"
	"errors"
	"io/fs"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"feisui/pkg/message"
	"feisui/pkg/web"
	"feisui/services/people"
	"feisui/services/people/keep"
)

//go:embed messages
var messages embed.FS

// Messages holds the sentences of the rules' refusals, by code in lower case.
var Messages = message.MustLoad(fs.Sub(messages, "messages"))

var statuses = map[people.Kind]int{
	people.Forbidden: http.StatusForbidden,
	people.Missing:   http.StatusNotFound,
	people.Conflict:  http.StatusConflict,
	people.Invalid:   http.StatusUnprocessableEntity,
	people.Unknown:   http.StatusUnauthorized,
	people.TooMany:   http.StatusTooManyRequests,
	people.Away:      http.StatusServiceUnavailable,
}

// problem gives the answer to an error that says no; others stay as they are.
func problem(err error) error {
	var no *people.Refusal
	switch {
	case errors.As(err, &no):
		text := message.Text{Key: strings.ToLower(no.Code), Args: no.Args}
		if no.Kind == people.TooMany {
			text.Args = maps.Clone(no.Args)
			if text.Args == nil {
				text.Args = message.Args{}
			}
			text.Args["minutes"] = strconv.FormatInt(int64((no.Wait+people.Minute-1)/people.Minute), 10)
		}
		return web.Refuse(statuses[no.Kind], no.Code, Messages.Say(message.Chinese, text), Messages.Say(message.English, text))
	case errors.Is(err, keep.ErrReused):
		return web.Refuse(http.StatusConflict, "REQUEST_REUSED",
			"该请求编号已用于另一份内容，请换一个编号", "this request id was used for something else: take another")
	case errors.Is(err, keep.ErrBusy):
		return web.Refuse(http.StatusServiceUnavailable, "BUSY", "同时登录的人太多，请稍后再试", "too many people sign in at once: try again later")
	}
	return err
}
