package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/google/uuid"

	"feisui/services/people"
	"feisui/services/people/api"
)

type peopleCmd struct {
	Init      peopleInitCmd      `cmd:"" help:"初始化县的系统、安全、审计三名管理员 (make a county's three administrators)."`
	FactorKey peopleFactorKeyCmd `cmd:"" help:"看一个第二因素的密钥还有没有用，能不能销毁 (whether a key of second factors is still needed)."`

	Recover peopleRecoverCmd `cmd:"" help:"让丢了密码或第二因素、又没有别人能重置的管理员重新进来 (let an administrator in again whom nobody else can)."`
}

type peopleInitCmd struct{ remote }

// Run makes a county's first users, and prints their one-time passwords.
func (c *peopleInitCmd) Run(ctx context.Context, stdout output, stderr notices) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.path("administrators", nil), nil)
	if err != nil {
		return usageError{err}
	}
	r.Header.Set("Request-Id", uuid.NewString())
	var three api.Three
	if err := c.call(r, func(from io.Reader) error { return json.NewDecoder(from).Decode(&three) }); err != nil {
		return refusedRemotely(err, stderr)
	}
	for _, a := range three.Administrators {
		if _, err := fmt.Fprintf(stdout, "%-16s %s\n", a.User, a.Password); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(stdout, "一次性密码只显示这一次，请分别交给三个人，%[1]d 天内首次登录并修改，过期失效 (shown this once: give each to another person; they sign in and change it within %[1]d days, when it lapses)\n", people.OnceDays)
	return err
}
