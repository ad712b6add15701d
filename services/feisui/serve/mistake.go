package serve

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"feisui/pkg/journal"
)

// Mistake is a setting that cannot be used as it is, for whoever gave it.
type Mistake struct {
	Chinese, English string
	Err              error // nil where there is no more to say
}

func (m *Mistake) Error() string {
	if m.Err == nil {
		return fmt.Sprintf("%s (%s)", m.Chinese, m.English)
	}
	return fmt.Sprintf("%s (%s: %v)", m.Chinese, m.English, m.Err)
}

// Unwrap gives what was tried in vain.
func (m *Mistake) Unwrap() error { return m.Err }

func noTarget(name string) error {
	all := strings.Join(Targets, ",")
	return &Mistake{"--target：没有“" + name + "”，可选 " + all, fmt.Sprintf("no such target: %q, expected some of %s", name, all), nil}
}

func noListening(address string, err error) error {
	return &Mistake{"--listen：地址 " + address + " 不能使用，可能有别的程序占用，请换一个", "cannot listen there", err}
}

func noBroker(err error) error {
	return &Mistake{"内置的 NATS 不能启动，请检查数据文件夹和 --nats-listen", "the private NATS does not start", err}
}

func noNATS(err error) error {
	return &Mistake{"--nats：连不上这个 NATS，请检查地址，确认它在运行", "cannot connect to NATS", err}
}

// noCounty says what a county may be called, where that is what was wrong.
func noCounty(name string, err error) error {
	if errors.Is(err, journal.ErrInvalid) || errors.Is(err, journal.ErrNoCounty) {
		return &Mistake{"--county：县的代号“" + name + "”不能用，应为 1 至 32 个小写字母、数字、- 或 _，以字母或数字开头", "expected up to 32 lower-case letters, digits, - and _", err}
	}
	return fmt.Errorf("make county %q: %w", name, err)
}

// reachable connects to a database that was named, once.
func reachable(ctx context.Context, setting, url string) error {
	mistake := func(err error) error {
		return &Mistake{setting + "：连不上这个数据库，请检查地址、账号和密码，确认它在运行", "cannot connect to the database", err}
	}
	if _, err := pgx.ParseConfig(url); err != nil {
		return mistake(err)
	}
	ctx, cancel := context.WithTimeout(ctx, readyMax)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	var said *pgconn.PgError
	switch {
	case errors.As(err, &said) && (strings.HasPrefix(said.Code, "28") || said.Code == "3D000"):
		return mistake(err)
	case err != nil:
		return nil // it may not run yet: parts start in any order, and the server waits
	}
	return conn.Close(ctx)
}
