package journal

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Unfit says in one sentence why a database is not taken, or what is doubtful
// about it: for whoever runs it.
type Unfit struct{ Chinese, English string }

func (u *Unfit) Error() string { return u.Chinese + " (" + u.English + ")" }

// offMax is how far the clock here may be from the database's. Of two that differ
// by more nobody knows which is wrong, and days and deadlines go by them.
const offMax = 2 * time.Second

func standby() error {
	return &Unfit{"数据库处于恢复状态，是备库，不能登记；请连接主库", "the database is a standby, in recovery: it takes no entries"}
}

func losing(setting, is string) error {
	return &Unfit{
		"数据库的 " + setting + " 是 " + is + "，断电会丢失已确认的登记；请改为 on",
		fmt.Sprintf("the database may lose what it confirmed: %s is %s", setting, is),
	}
}

func changing(role, table string) error {
	return &Unfit{
		"数据库账号 " + role + " 能改动已登记的内容（" + table + "），请收回多余的权限",
		role + " could change " + table + ": revoke what it was granted, and connect with journal.Connect",
	}
}

func unruled(role string) error {
	return &Unfit{
		"数据库账号 " + role + " 不受权限约束，请以普通账号登录",
		"the journal is open to a role above all rules, " + role + ": connect with journal.Connect",
	}
}

func unguarded(table string) error {
	return &Unfit{
		"数据库里 " + table + " 的防改触发器被停用或删除，请恢复",
		"the trigger that keeps " + table + " from being changed is switched off or gone",
	}
}

func newer(schema string, have, want int64) error {
	return &Unfit{
		fmt.Sprintf("数据库由更新的程序建立（%s 已到第 %d 步，本程序只认得第 %d 步），请升级本程序", schema, have, want),
		fmt.Sprintf("the tables of %s are at step %d, and this program knows step %d: use a newer one", schema, have, want),
	}
}

// unlike refuses a clock that is not the database's.
func unlike(off time.Duration) error {
	return &Unfit{
		fmt.Sprintf("本机时间与数据库相差 %s，请先校准时钟", off.Round(time.Second)),
		fmt.Sprintf("the clock here is %s off the database's: set it right first", off.Round(time.Second)),
	}
}

// checkServer refuses a server that confirms what it may lose, or that is a copy.
func (j *Journal) checkServer(ctx context.Context, o *options) error {
	var fsync, pages, commit, sums string
	var recovering bool
	err := j.pool.QueryRow(ctx, `
		select current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'),
			current_setting('data_checksums'), pg_is_in_recovery()`).Scan(&fsync, &pages, &commit, &sums, &recovering)
	switch {
	case err != nil:
		return err
	case recovering:
		return standby()
	case o.volatile:
		return nil
	case fsync != "on":
		return losing("fsync", fsync)
	case pages != "on":
		return losing("full_page_writes", pages)
	case commit != "on" && commit != "remote_apply":
		return losing("synchronous_commit", commit)
	}
	if sums != "on" && o.doubt != nil {
		o.doubt(&Unfit{
			"数据库没有开启数据校验和，磁盘损坏可能发现不了；停机后可用 pg_checksums --enable 开启",
			"data checksums are off: damage on the disk may go unseen; pg_checksums --enable mends that while the server is down",
		})
	}
	return nil
}

// checkClock refuses a clock that is not the database's.
func (j *Journal) checkClock(ctx context.Context) error {
	var there time.Time
	before := j.now()
	if err := j.pool.QueryRow(ctx, `select clock_timestamp()`).Scan(&there); err != nil {
		return err
	}
	after := j.now() // the answer was made between the two
	switch {
	case there.Before(before.Add(-offMax)):
		return unlike(before.Sub(there))
	case there.After(after.Add(offMax)):
		return unlike(there.Sub(after))
	}
	return nil
}

// fit refuses a database that is not to be migrated: a copy, or one that a newer
// program has made.
func (s Schema) fit(ctx context.Context, db *sql.DB) error {
	var recovering, there bool
	err := db.QueryRowContext(ctx, `select pg_is_in_recovery(), to_regclass($1) is not null`, s.Name+".migration").Scan(&recovering, &there)
	switch {
	case err != nil:
		return fmt.Errorf("migrate %s: %w", s.Name, err)
	case recovering:
		return standby()
	case !there:
		return nil
	}
	want, err := s.latest()
	if err != nil {
		return err
	}
	var have int64
	if err := db.QueryRowContext(ctx, `select coalesce(max(version_id), 0) from `+s.Name+`.migration where is_applied`).Scan(&have); err != nil {
		return fmt.Errorf("migrate %s: %w", s.Name, err)
	}
	if have > want {
		return newer(s.Name, have, want)
	}
	return nil
}
