package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"

	"feisui/pkg/access"
	"feisui/pkg/journal"
	"feisui/pkg/local"
	"feisui/pkg/message"
	"feisui/services/people"
	"feisui/services/people/api"
	"feisui/services/people/keep"
)

//nolint:lll // what people read of a flag stands in its tag
type peopleRecoverCmd struct {
	User     string `arg:"" help:"管理员的用户名 (the administrator's user name)."`
	By       string `required:"" placeholder:"NAME" help:"谁来办，记入审计日志 (who does it, for the audit log)."`
	Although bool   `name:"although-others" help:"县里别的管理员按角色可以办，但他们也进不来 (others could by their roles, and cannot come in either)."`
	County   string `default:"county" env:"FEISUI_COUNTY" help:"县 (the county)."`
	Database string `placeholder:"URL" env:"FEISUI_MIGRATE_URL" help:"以数据库的所有者连接；缺省为数据文件夹里正在运行的 (the database as its owner; else the one that runs in the data folder)."`
	Data     string `placeholder:"FOLDER" env:"FEISUI_DATA" help:"数据文件夹 (data folder)."`
}

// Run takes an administrator's password and second factor away, and prints a one-time
// password. It asks no server: who owns the database could write to the tables, and by this
// they leave a line in the audit log.
func (c *peopleRecoverCmd) Run(ctx context.Context, stdout output, stderr notices) (err error) {
	if c.By = strings.TrimSpace(c.By); c.By == "" {
		return usageError{errors.New("--by: 请写明谁来办 (say who does it)")}
	}
	url, err := ownersURL(c.Database, c.Data)
	if err != nil {
		return usageError{err}
	}
	pool, err := journal.Connect(ctx, url)
	if err != nil {
		return plainly(err)
	}
	defer pool.Close()
	kept, err := keep.Open(ctx, keep.Config{Pool: pool, Now: clock, Log: slog.New(slog.NewTextHandler(stderr, nil))})
	if err != nil {
		return plainly(err)
	}
	defer func() { err = errors.Join(err, kept.Close()) }()
	by := access.Principal{ID: "operator:" + c.By, Grants: []access.Grant{{Role: access.Operator}}}
	made, had, err := kept.Recover(ctx, c.County, c.User, people.Recover{Although: c.Although}, by)
	if no := (*people.Refusal)(nil); errors.As(err, &no) {
		text := message.Text{Key: strings.ToLower(no.Code), Args: no.Args}
		refused := fmt.Errorf("%s (%s)", api.Messages.Say(message.Chinese, text), api.Messages.Say(message.English, text))
		if err.Error() != no.Error() { // the audit log did not take it
			refused = errors.Join(refused, err)
		}
		return usageError{refused}
	}
	if err != nil {
		return plainly(err)
	}
	factor, factorEnglish := "原来没有第二因素", "there was no second factor"
	if had {
		factor, factorEnglish = "第二因素已清除", "the second factor is gone"
	}
	_, err = fmt.Fprintf(stdout, "%s %s\n%[1]s 的密码已换成上面的一次性密码，只显示这一次，%[6]d 天内登录并修改；%[3]s；原来的登录、令牌和绑定都已失效；已以 %[5]s 记入审计日志"+
		" (%[1]s has the one-time password above, shown this once and to be changed within %[6]d days; %[4]s; sessions, tokens and binding have ended; the audit log has it under %[5]s)\n",
		made.User, made.Password, factor, factorEnglish, by.ID, people.OnceDays)
	return err
}

// ownersURL is how to connect as the owner: to a database that is named, else to the one that
// runs in a data folder.
func ownersURL(database, data string) (string, error) {
	if database != "" {
		return database, nil
	}
	if data == "" {
		var err error
		if data, err = dataFolder(); err != nil {
			return "", err
		}
	}
	url, err := local.RunningURL(filepath.Join(data, "postgres"))
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("数据文件夹 %s 里没有正在运行的数据库，请先启动 feisui run，或用 --database 指定 (no database runs in it: start feisui run, or name one)", data)
	}
	return url, err
}
