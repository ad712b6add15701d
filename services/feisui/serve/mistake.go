package serve

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

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

// countyNameMax is how many characters the name of a county may have: it stands in the
// head of every page that is printed.
const countyNameMax = 60

// checkCountyName refuses what a county cannot be called; "" is not given.
func checkCountyName(name string) error {
	found := fmt.Sprintf("found %q", name)
	switch n := utf8.RuneCountInString(name); {
	case !utf8.ValidString(name):
		return &Mistake{"--county-name：县的名称不是 UTF-8，请检查终端或脚本的编码", "expected UTF-8, " + found, nil}
	case strings.ContainsFunc(name, unicode.IsControl):
		return &Mistake{"--county-name：县的名称含有换行等控制字符，请去掉", "expected no control characters, " + found, nil}
	case n > countyNameMax:
		return &Mistake{
			fmt.Sprintf("--county-name：县的名称有 %d 个字，至多 %d 个，请写短些", n, countyNameMax),
			fmt.Sprintf("expected at most %d characters, found %d", countyNameMax, n), nil,
		}
	}
	return nil
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
	_ = conn.Close(ctx) // it was reached, and may be gone again by now
	return nil
}
