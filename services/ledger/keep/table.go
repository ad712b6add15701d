package keep

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// chunkMax is how many rows go to the server as one parameter.
const chunkMax = 5_000

// table is one of the book's tables.
type table[R comparable] struct {
	name string
	of   func(*rows) *[]R
	key  func(R) string // unique in the table
	keys []string       // the columns of the key

	remove, drop, insert, replace, list string // statements, and the columns
}

var (
	accounts = newTable("account", func(r *rows) *[]accountRow { return &r.accounts },
		func(r accountRow) string { return r.Account }, "account")
	tasks = newTable("task", func(r *rows) *[]taskRow { return &r.tasks },
		func(r taskRow) string { return r.Account + "\x00" + r.No }, "account", "no")
	payments = newTable("payment", func(r *rows) *[]paymentRow { return &r.payments },
		func(r paymentRow) string { return r.Account + "\x00" + r.Voucher }, "account", "voucher")
	flags = newTable("flag", func(r *rows) *[]flagRow { return &r.flags },
		func(r flagRow) string { return r.Account + "\x00" + string(r.Rule) + "\x00" + r.Subject }, "account", "rule", "subject")
)

// tables are all of them.
var tables = []interface {
	columns() string
	title() string
	gone(b *pgx.Batch, county string, generation int64, c *change) error
	changed(b *pgx.Batch, county string, generation int64, c *change) error
	put(b *pgx.Batch, county string, generation int64, c *change) error
	forget(b *pgx.Batch, county string, generation int64, accounts []string)
}{accounts, tasks, payments, flags}

func newTable[R comparable](name string, of func(*rows) *[]R, key func(R) string, keys ...string) *table[R] {
	t := &table[R]{name: name, of: of, key: key, keys: keys}
	of1 := reflect.TypeFor[R]()
	columns := make([]string, of1.NumField())
	var set []string
	for i := range columns {
		columns[i] = of1.Field(i).Tag.Get("json")
		if !slices.Contains(keys, columns[i]) {
			set = append(set, columns[i]+" = excluded."+columns[i])
		}
	}
	t.list = strings.Join(columns, ", ")
	same := make([]string, len(keys))
	for i, k := range keys {
		same[i] = "t." + k + " = k." + k
	}
	// Each row is looked up by its key. A join leaves that to the planner, who reads
	// the whole table for one row where it has not been counted since it was empty.
	t.remove = fmt.Sprintf(`delete from ledger.%[1]s where ctid = any (array(select (
			select t.ctid from ledger.%[1]s t where t.county = $1 and t.generation = $2 and %[2]s
		) from json_populate_recordset(null::ledger.%[1]s, $3::json) k))`, name, strings.Join(same, " and "))
	t.drop = fmt.Sprintf(`delete from ledger.%s where county = $1 and generation = $2 and account = any($3)`, name)
	t.insert = fmt.Sprintf(`insert into ledger.%[1]s (county, generation, %[2]s)
		select $1, $2, %[2]s from json_populate_recordset(null::ledger.%[1]s, $3::json)`, name, t.list)
	t.replace = fmt.Sprintf(`%s
		on conflict (county, generation, %s) do update set %s`, t.insert, strings.Join(keys, ", "), strings.Join(set, ", "))
	return t
}

func (t *table[R]) columns() string { return t.list }
func (t *table[R]) title() string   { return t.name }

// change is what happens to the book's rows in one transaction: all that is gone
// goes, what is otherwise is replaced, what is new comes.
type change struct{ gone, changed, put rows }

// add takes up one account's way from before to after.
func (c *change) add(before, after *rows) {
	differ(accounts, c, before, after)
	differ(tasks, c, before, after)
	differ(payments, c, before, after)
	differ(flags, c, before, after)
}

// differ finds the rows that are not as before.
func differ[R comparable](t *table[R], c *change, before, after *rows) {
	old := make(map[string]R, len(*t.of(before)))
	for _, row := range *t.of(before) {
		old[t.key(row)] = row
	}
	gone, changed, put := t.of(&c.gone), t.of(&c.changed), t.of(&c.put)
	for _, row := range *t.of(after) {
		was, known := old[t.key(row)]
		delete(old, t.key(row))
		switch {
		case !known:
			*put = append(*put, row)
		case was != row:
			*changed = append(*changed, row)
		}
	}
	for _, row := range *t.of(before) { // in their order, not the map's
		if _, left := old[t.key(row)]; left {
			*gone = append(*gone, row)
		}
	}
}

func (t *table[R]) gone(b *pgx.Batch, county string, generation int64, c *change) error {
	return queue(b, t.remove, county, generation, *t.of(&c.gone))
}

func (t *table[R]) changed(b *pgx.Batch, county string, generation int64, c *change) error {
	return queue(b, t.replace, county, generation, *t.of(&c.changed))
}

func (t *table[R]) put(b *pgx.Batch, county string, generation int64, c *change) error {
	return queue(b, t.insert, county, generation, *t.of(&c.put))
}

func (t *table[R]) forget(b *pgx.Batch, county string, generation int64, accounts []string) {
	b.Queue(t.drop, county, generation, accounts)
}

func queue[R any](b *pgx.Batch, sql, county string, generation int64, rows []R) error {
	for len(rows) > 0 {
		n := min(len(rows), chunkMax)
		data, err := json.Marshal(rows[:n])
		if err != nil {
			return err
		}
		b.Queue(sql, county, generation, storable(data))
		rows = rows[n:]
	}
	return nil
}

// storable gives JSON as PostgreSQL takes it: there is no text with a zero byte.
func storable(data []byte) string {
	if !bytes.Contains(data, []byte(`\u0000`)) {
		return string(data)
	}
	var b strings.Builder
	for len(data) > 0 {
		n := 1
		switch {
		case bytes.HasPrefix(data, []byte(`\u0000`)):
			b.WriteString(`\ufffd`)
			data = data[len(`\u0000`):]
			continue
		case data[0] == '\\': // what follows it is no beginning
			n = min(2, len(data))
		}
		b.Write(data[:n])
		data = data[n:]
	}
	return b.String()
}
