package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"feisui/pkg/journal"
	"feisui/pkg/local"
	"feisui/services/feisui/sample"
	"feisui/services/feisui/serve"
)

type runCmd struct {
	Data       string    `placeholder:"FOLDER" env:"FEISUI_DATA" help:"数据文件夹；缺省 root 为 /var/lib/feisui，其他用户为 ~/.local/share/feisui (data folder)."`
	Listen     string    `default:"127.0.0.1:8080" env:"FEISUI_LISTEN" help:"监听地址 (${default})."`
	County     string    `default:"county" env:"FEISUI_COUNTY" help:"县，没有时建立 (the county, made where it is missing)."`
	CountyName string    `name:"county-name" placeholder:"NAME" env:"FEISUI_COUNTY_NAME" help:"县的名称，至多 60 个字，建立时登记，已有的县不变，如 汝城县 (what a county that is made is called; one that is there keeps its name)."`
	Database   string    `placeholder:"URL" env:"FEISUI_DATABASE_URL" help:"用已有的 PostgreSQL (a PostgreSQL to use)."`
	Migrate    string    `placeholder:"URL" env:"FEISUI_MIGRATE_URL" help:"用于迁移的连接；缺省同上 (who migrates it)."`
	NATS       string    `name:"nats" placeholder:"URL" env:"FEISUI_NATS_URL" help:"用已有的 NATS (a NATS to use)."`
	NATSListen string    `name:"nats-listen" placeholder:"ADDRESS" env:"FEISUI_NATS_LISTEN" help:"让本机其他程序连接内置 NATS，如 127.0.0.1:4222 (a port for the private NATS)."`
	Target     []string  `placeholder:"NAMES" env:"FEISUI_TARGET" help:"只运行其中一些：registry,admission,task,fund,burden,import,act,ledger,people,portal,relay (run some of these alone)."`
	API        string    `name:"api" placeholder:"URL" env:"FEISUI_API_URL" help:"单独运行的门户（--target portal）向此网址的业务进程取数 (where a portal alone asks the API)."`
	PortalKey  string    `name:"portal-key" hidden:"" env:"FEISUI_PORTAL_KEY" help:"the key that a portal alone and the API's process share, from the environment."`
	TLSCert    string    `name:"tls-cert" placeholder:"FILE" env:"FEISUI_TLS_CERT" and:"tls" help:"证书文件，供其他机器以 https 访问 (a certificate, to be reached from other machines)."`
	TLSKey     string    `name:"tls-key" placeholder:"FILE" env:"FEISUI_TLS_KEY" and:"tls" help:"证书的私钥文件 (its key)."`
	Proxy      string    `name:"behind-proxy" placeholder:"HOST" env:"FEISUI_BEHIND_PROXY" help:"前面的 https 代理以此名字访问本服务 (the name by which a proxy that speaks TLS reaches it)."`
	OIDC       oidcFlags `embed:"" prefix:"oidc-"`
	Key        string    `name:"operator-key" hidden:"" env:"FEISUI_OPERATOR_KEY" help:"the operator's key, from the environment; else it is in the data folder."`
	FactorKey  string    `name:"factor-key-file" placeholder:"FILE" env:"FEISUI_FACTOR_KEY_FILE" help:"存放第二因素密钥的文件；缺省为数据文件夹里的 factor.key (the key by which second factors are sealed)."`
	FactorAlso string    `name:"factor-key-also-file" placeholder:"FILE" env:"FEISUI_FACTOR_KEY_ALSO_FILE" help:"更换第二因素密钥时，另一个也能打开的密钥的文件 (another key that opens second factors, while the key is changed)."`
	Calendar   string    `placeholder:"FILE" help:"修订工作日历 (amends the working days)."`
	Sample     string    `placeholder:"DIVISION" help:"没有自己的数据时装入示例县和演示账号 (loads a sample county with demo accounts where nothing else is recorded)."`
	On         string    `default:"2025-12-31" hidden:"" help:"the date whose totals are printed after the sample is loaded."`
}

// clock is the machine's, for the commands that record something.
func clock() time.Time { return time.Now() }

// Run serves until it is told to stop.
func (c *runCmd) Run(ctx context.Context, stdout output, stderr notices) error {
	days, err := calendar(c.Calendar)
	if err != nil {
		return err
	}
	if c.Data == "" {
		if c.Data, err = dataFolder(); err != nil {
			return err
		}
	}
	if c.Sample != "" && (c.TLSCert != "" || c.Proxy != "") {
		return usageError{errors.New("--sample：演示账号的密码人人知道，只用于本机，请去掉 --tls-cert 和 --behind-proxy (everybody knows the demo accounts' password: on this machine only, without --tls-cert and --behind-proxy)")}
	}
	if c.Sample != "" && c.API != "" {
		return usageError{errors.New("--sample：示例县由业务进程装入，不由门户装入，请去掉 --api (the API's process loads it: without --api)")}
	}
	if c.Key == "" && c.API == "" { // a portal alone operates nothing
		if c.Key, err = makeKey(c.Data); err != nil {
			return usageError{fmt.Errorf("数据文件夹不能使用 (%w)", err)}
		}
	}
	issuer, err := c.OIDC.config()
	if err != nil {
		return usageError{err}
	}
	server, err := serve.Open(ctx, serve.Config{
		Data: c.Data, Listen: c.Listen, DatabaseURL: c.Database, MigrateURL: c.Migrate, NATSURL: c.NATS, NATSListen: c.NATSListen,
		Counties: []string{c.County}, CountyName: cmp.Or(c.CountyName, sample.CountyName(c.Sample)),
		Targets: c.Target, Calendar: days, Clock: clock, Log: slog.New(slog.NewTextHandler(stderr, nil)),
		OperatorKey: c.Key, API: c.API, PortalKey: c.PortalKey, TLSCert: c.TLSCert, TLSKey: c.TLSKey, BehindProxy: c.Proxy,
		SSO: issuer, FactorKeyFile: c.FactorKey, FactorKeyAlsoFile: c.FactorAlso,
	})
	early := err != nil && ctx.Err() != nil && errors.Is(err, context.Canceled)
	switch {
	case early:
		err = nil
	case err == nil:
		early, err = c.serve(ctx, server, stdout, stderr)
		err = errors.Join(err, server.Close())
	}
	if early {
		_, unsaid := fmt.Fprintln(stderr, "feisui:", say("ended_early"))
		err = errors.Join(err, unsaid)
	}
	return plainly(err)
}

// serve reports whether it was told to end before it was ready, which is no error.
func (c *runCmd) serve(ctx context.Context, server *serve.Server, stdout output, stderr notices) (early bool, err error) {
	ended := make(chan error, 1)
	running, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		defer cancel() // whoever greets waits no more
		ended <- server.Run(running)
	}()
	if err := c.greet(running, server, stdout, stderr); err != nil {
		cancel()
		if broken := <-ended; broken != nil || ctx.Err() != nil {
			return broken == nil, broken // of which the other is what came of it
		}
		return false, err
	}
	return false, <-ended
}

// greet loads the sample where it is asked for, and says where to go on.
func (c *runCmd) greet(ctx context.Context, server *serve.Server, stdout output, stderr notices) error {
	address := "http://" + server.Address()
	if c.TLSCert != "" {
		address = "https://" + server.Address()
	}
	if c.Sample != "" {
		if err := c.patiently(ctx, server, remote{Server: address, County: c.County, credential: credential{OperatorKey: c.Key}}, stdout, stderr); err != nil {
			return err
		}
	}
	if c.API != "" {
		_, err := fmt.Fprintf(stdout, "费随门户已启动 (ready): %s  业务进程 (API): %s\n", address, c.API)
		return err
	}
	more := ""
	if bus := server.NATS(); bus != "" {
		more = "  NATS: " + bus
	}
	_, err := fmt.Fprintf(stdout, "费随已启动 (ready): %s  县 (county): %s  数据 (data): %s%s\n", address, c.County, c.Data, more)
	return err
}

// dataFolder is where a server keeps its data unless told otherwise. Below
// /root the account that PostgreSQL runs as could not enter.
func dataFolder() (string, error) {
	if os.Geteuid() == 0 {
		return "/var/lib/feisui", nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", usageError{fmt.Errorf("--data: 没有主目录，请指定数据文件夹 (no home folder: name a data folder): %w", err)}
	}
	return filepath.Join(home, ".local", "share", "feisui"), nil
}

// plainly says what the user can mend as such.
func plainly(err error) error {
	var folder *local.FolderError
	var mistake *serve.Mistake
	var unfit *journal.Unfit
	switch {
	case err == nil:
		return nil
	case errors.Is(err, local.ErrNoBinaries):
		return usageError{fmt.Errorf("找不到 PostgreSQL 的程序，请先安装，如 apt-get install postgresql，或用 --database 指定已有的数据库 (%w)", err)}
	case errors.As(err, &folder):
		return usageError{fmt.Errorf("数据文件夹不能使用 (%w)", err)}
	case errors.As(err, &mistake):
		return usageError{err}
	case errors.As(err, &unfit):
		return usageError{unfit}
	}
	return err
}
