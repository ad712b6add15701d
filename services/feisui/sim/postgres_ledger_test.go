package sim_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/jackc/pgx/v5"
)

// ledgerTables are the book of the county, with their keys.
type ledgerTables struct {
	books map[int64]bookRow
	rows  map[string]map[string]json.RawMessage // by table and generation, by key
}

type bookRow struct {
	generation int64
	live       bool
	position   int64
	hash       []byte
	day        *string
	rules      string
}

// keys are the columns of the primary keys, but for county and generation.
var keys = map[string][]string{
	"account": {"account"}, "task": {"no"}, "payment": {"voucher"}, "flag": {"account", "rule", "subject"}, "kept": {"position", "account"},
}

func newLedgerTables() *ledgerTables {
	return &ledgerTables{books: map[int64]bookRow{}, rows: map[string]map[string]json.RawMessage{}}
}

func (l *ledgerTables) clone() *ledgerTables {
	c := &ledgerTables{maps.Clone(l.books), maps.Clone(l.rows)}
	for name, rows := range c.rows {
		c.rows[name] = maps.Clone(rows)
	}
	return c
}

func (l *ledgerTables) live() (b bookRow, found bool) {
	for _, b := range l.books {
		if b.live {
			return b, true
		}
	}
	return b, false
}

func (b bookRow) read() answer {
	var day any
	if b.day != nil {
		day = *b.day
	}
	return one(b.generation, b.position, b.hash, day, b.rules)
}

// table is a table's rows of a generation.
func (l *ledgerTables) table(name string, generation int64) map[string]json.RawMessage {
	of := fmt.Sprintf("%s/%d", name, generation)
	if l.rows[of] == nil {
		l.rows[of] = map[string]json.RawMessage{}
	}
	return l.rows[of]
}

func keyOf(table string, row map[string]any) string {
	key := ""
	for _, k := range keys[table] {
		key += fmt.Sprint(row[k]) + "\x00"
	}
	return key
}

var tableName = regexp.MustCompile(`ledger\.(\w+)`)

// book is a statement about the book, on what the session sees of it.
func (c *session) book(name, sql string, args []any) answer {
	l := c.db.ledger
	if c.ledger != nil {
		l = c.ledger
	}
	switch name {
	case "make book":
		if _, there := l.live(); !there {
			l.books[1] = bookRow{1, true, 0, args[1].([]byte), nil, args[2].(string)}
		}
		return answer{}
	case "read book":
		b, found := l.live()
		if !found {
			return answer{err: pgx.ErrNoRows}
		}
		return b.read()
	case "hold book":
		b, found := l.books[args[1].(int64)]
		if !found || !b.live {
			return answer{err: pgx.ErrNoRows}
		}
		c.hold("book")
		if c.ledger == nil {
			c.ledger = l.clone()
		}
		return b.read()
	case "set":
		return answer{}
	}
	if c.ledger == nil {
		c.db.s.fail("%s of the book by who does not hold it", name)
		return answer{}
	}
	return l.write(name, tableName.FindStringSubmatch(sql)[1], args)
}

// write is a statement about rows of a generation.
func (l *ledgerTables) write(name, table string, args []any) answer {
	generation := args[1].(int64)
	rows := l.table(table, generation)
	switch name {
	case "make generation":
		if _, there := l.books[generation]; there {
			return answer{err: unique("ledger.book")}
		}
		l.books[generation] = bookRow{generation, false, 0, args[2].([]byte), nil, args[3].(string)}
	case "move":
		b := l.books[generation]
		b.position, b.hash, b.day, b.rules = args[2].(int64), slices.Clone(args[3].([]byte)), args[4].(*string), args[5].(string)
		l.books[generation] = b
	case "go live":
		b := l.books[generation]
		b.live = true
		l.books[generation] = b
	case "forget generation":
		delete(l.books, generation)
	case "empty":
		clear(rows)
	case "drop":
		for key, row := range rows {
			var r struct{ Account string }
			if json.Unmarshal(row, &r) == nil && slices.Contains(args[2].([]string), r.Account) {
				delete(rows, key)
			}
		}
	case "keep aside":
		row := map[string]any{"position": args[2], "account": args[3], "reason": args[4]}
		rows[keyOf(table, row)], _ = json.Marshal(row)
	case "remove":
		for _, row := range read(args[2].(string)) {
			delete(rows, keyOf(table, row))
		}
	case "replace":
		for _, row := range read(args[2].(string)) {
			rows[keyOf(table, row)], _ = json.Marshal(row)
		}
	case "insert":
		return insert(table, rows, args[2].(string))
	case "count":
		return one(int64(len(rows)))
	case "differences":
		return differences(rows, l.table(table, args[2].(int64)))
	}
	return answer{}
}

func insert(table string, rows map[string]json.RawMessage, data string) answer {
	for _, row := range read(data) {
		key := keyOf(table, row)
		if _, there := rows[key]; there {
			return answer{err: unique("ledger." + table + " " + key)}
		}
		rows[key], _ = json.Marshal(row)
	}
	return answer{}
}

func read(data string) (rows []map[string]any) {
	if err := json.Unmarshal([]byte(data), &rows); err != nil {
		panic(err)
	}
	return rows
}

func differences(a, b map[string]json.RawMessage) answer {
	n, example := int64(0), ""
	for key := range a {
		if string(a[key]) != string(b[key]) {
			n, example = n+1, "- "+string(a[key])
		}
	}
	for key := range b {
		if _, there := a[key]; !there {
			n, example = n+1, "+ "+string(b[key])
		}
	}
	if n == 0 {
		return one(n, nil)
	}
	return one(n, example)
}

// text is a generation as it can be compared.
func (l *ledgerTables) text(generation int64) string {
	var all []string
	for table := range keys {
		for _, row := range l.table(table, generation) {
			all = append(all, table+" "+string(row))
		}
	}
	sort.Strings(all)
	return strings.Join(all, "\n")
}
