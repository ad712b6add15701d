package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"feisui/services/feisui/serve"
)

type verifyCmd struct {
	Known string `placeholder:"POSITION:HASH" help:"以前抄下的 序号:校验值，多个用逗号隔开 (positions with hashes kept from earlier)."`
	remote
}

// errWrong says that something is not as it was recorded.
var errWrong = errors.New("核查发现问题，见上；请保留现场并联系系统管理员 (something is not as it was recorded: see above)")

// checked names what was looked at, and what was counted.
var checked = map[string]string{
	"journal": "记录完整，未被改动 (journal)",
	"book":    "账目等于从记录重新算出的 (book)",
	"money":   "一分不多，一分不少 (money)",
	"periods": "每次结账等于从记录重新算出的 (closings)",
	"bus":     "NATS 与记录一致 (bus)",
}

// Run has everything looked at that a running county keeps.
func (c *verifyCmd) Run(ctx context.Context, stdout output, stderr notices) error {
	query := url.Values{}
	if c.Known != "" {
		query.Set("known", c.Known)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.path("verify", query), nil)
	if err != nil {
		return usageError{err}
	}
	var v serve.Verified
	if err := c.call(r, func(from io.Reader) error { return json.NewDecoder(from).Decode(&v) }); err != nil {
		return refusedRemotely(err, stderr)
	}
	for _, check := range v.Checks {
		sign := "✓"
		if !check.OK {
			sign = "✗"
		}
		if _, err := fmt.Fprintf(stdout, "%s %s  %d\n", sign, checked[check.Name], check.Count); err != nil {
			return err
		}
		for _, wrong := range check.Wrong {
			fmt.Fprintf(stderr, "  %s: %s\n", check.Name, wrong)
		}
	}
	_, err = fmt.Fprintf(stdout, "请抄下备查 (keep this elsewhere): %d:%.16s\n", v.Position, v.Hash)
	if !v.OK {
		err = errors.Join(errWrong, err)
	}
	return err
}
