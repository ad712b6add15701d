package main

import (
	"context"
	"fmt"

	"feisui/pkg/journal"
	"feisui/services/feisui/serve"
	"feisui/services/people/keep"
)

type peopleFactorKeyCmd struct {
	File     string `arg:"" help:"密钥文件，如轮换前的那个 (the key's file, such as the one of before)."`
	Database string `placeholder:"URL" env:"FEISUI_MIGRATE_URL" help:"数据库；缺省为数据文件夹里正在运行的 (the database; else the one that runs in the data folder)."`
	Data     string `placeholder:"FOLDER" env:"FEISUI_DATA" help:"数据文件夹 (data folder)."`
}

// Run says how many second factors a key has sealed, and whether it may go. It changes
// nothing.
func (c *peopleFactorKeyCmd) Run(ctx context.Context, stdout output) error {
	key, err := serve.FactorKeyIn(c.File)
	if err != nil {
		return usageError{err}
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
	n, err := keep.SealedBy(ctx, pool, key)
	if err != nil {
		return plainly(err)
	}
	says := "不能销毁：先让每个进程都用新密钥启动，--factor-key-also-file 指定这个，最后再启动其中一个 (it is needed: start every process with the new key and this one beside it, and one of them once more)"
	if n == 0 {
		says = "让人登录的每个进程都已不用它启动的话，可以销毁 (it may go, if no process that people sign in to was started with it)"
	}
	_, err = fmt.Fprintf(stdout, "由它加密的第二因素 %d 个；%s\n", n, says)
	return err
}
