package journal_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"feisui/pkg/journal"
)

// bitsOf gives what a value becomes when one of its bits turns, for each bit; of
// times the bits of their microseconds.
func bitsOf(value any) (turned []any) {
	switch v := value.(type) {
	case string:
		for _, b := range bitsOf([]byte(v)) {
			turned = append(turned, string(b.([]byte)))
		}
	case []byte:
		for i := range 8 * len(v) {
			b := slices.Clone(v)
			b[i/8] ^= 1 << (i % 8)
			turned = append(turned, b)
		}
	case int64:
		for i := range 64 {
			turned = append(turned, v^1<<i)
		}
	case time.Time:
		for _, micro := range bitsOf(v.UnixMicro()) {
			turned = append(turned, time.UnixMicro(micro.(int64)))
		}
	case []string:
		for i, s := range v {
			for _, b := range bitsOf(s) {
				all := slices.Clone(v)
				all[i] = b.(string)
				turned = append(turned, all)
			}
		}
	default: // an array of bytes
		of := reflect.ValueOf(value)
		bytes := make([]byte, of.Len())
		reflect.Copy(reflect.ValueOf(bytes), of)
		for _, b := range bitsOf(bytes) {
			to := reflect.New(of.Type()).Elem()
			reflect.Copy(to, reflect.ValueOf(b))
			turned = append(turned, to.Interface())
		}
	}
	return turned
}

// unseen turns every bit of every field of what r points to, one after the other,
// and gives the fields of which a hash did not see it, with how many it was shown.
func unseen(r any, hash func() [32]byte, without ...string) (fields []string, shown int) {
	want, of := hash(), reflect.ValueOf(r).Elem()
	for i := range of.NumField() {
		field := of.Type().Field(i)
		if !field.IsExported() || slices.Contains(without, field.Name) {
			continue
		}
		was := of.Field(i).Interface()
		missed := false
		for _, turned := range bitsOf(was) {
			of.Field(i).Set(reflect.ValueOf(turned).Convert(field.Type))
			missed = missed || hash() == want
			shown++
		}
		of.Field(i).Set(reflect.ValueOf(was))
		if missed {
			fields = append(fields, field.Name)
		}
	}
	return fields, shown
}

// TestEveryBitIsHashed turns each bit of an entry and of a request, and has the hash
// and the seal see it. The control is a hash that leaves out one field, for each.
func TestEveryBitIsHashed(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 4, 5, 6, 7, 89000, time.UTC)
	e := journal.Entry{
		County: county, Position: 4711, Stream: "task/JB2026-0031", Type: "task.assigned", Version: 3, ID: [16]byte{1, 2, 15: 3}, Request: "r1", Actor: "somebody",
		Kind: journal.Act, RecordedAt: at, Data: []byte(`{"no":"交办"}`), Accounts: []string{"431026102001", "431026102"}, Prev: [32]byte{7, 31: 9},
	}
	s := journal.Stored{County: county, ID: "r1", Fingerprint: [32]byte{1, 31: 2}, First: 4711, Last: 4712, RecordedAt: at, Answer: []byte(`{"recorded":2}`)}
	entry, sealed := e, s
	for _, c := range []struct {
		name    string
		r       any
		hash    func() [32]byte
		restore func(field string)
		without []string
	}{
		{"an entry", &e, func() [32]byte { return journal.Sum(&e) }, func(field string) { reset(&e, &entry, field) }, []string{"Hash"}},
		{"a request", &s, func() [32]byte { return journal.Seal(&s) }, func(field string) { reset(&s, &sealed, field) }, nil},
	} {
		fields, shown := unseen(c.r, c.hash, c.without...)
		if len(fields) > 0 || shown < 600 {
			t.Errorf("%s: of %d bits those of %q can turn unseen", c.name, shown, fields)
		}
		t.Logf("%s: each of %d bits that turns is seen", c.name, shown)
		of := reflect.TypeOf(c.r).Elem()
		for i := range of.NumField() {
			name := of.Field(i).Name
			if !of.Field(i).IsExported() || slices.Contains(c.without, name) {
				continue
			}
			blind := func() [32]byte {
				turned := reflect.ValueOf(c.r).Elem().Field(i)
				is := turned.Interface()
				c.restore(name)
				defer turned.Set(reflect.ValueOf(is))
				return c.hash()
			}
			if fields, _ := unseen(c.r, blind, c.without...); !slices.Equal(fields, []string{name}) {
				t.Errorf("%s: of a hash without %s the fields %q can turn unseen", c.name, name, fields)
			}
		}
	}
	// What no bit moves: a text that goes on in the next field.
	e.Accounts = []string{"431026102001431026102"}
	if journal.Sum(&e) == journal.Sum(&entry) {
		t.Error("two accounts are hashed as one")
	}
}

// reset gives a field the value that it has elsewhere.
func reset[T any](to, from *T, field string) {
	reflect.ValueOf(to).Elem().FieldByName(field).Set(reflect.ValueOf(from).Elem().FieldByName(field))
}

// flipsMax is how many bits are turned in the database.
const flipsMax = 300

// TestTurnedBitsAreFound turns one drawn bit of one column of one row after the
// other, of those that PostgreSQL lets turn: a text stays a text, and what is
// unique stays so.
func TestTurnedBitsAreFound(t *testing.T) {
	t.Parallel()
	j, c := tampered(t)
	dice := rand.New(rand.NewPCG(12, 300))
	refused, found, turned := 0, 0, map[string]int{}
	for i := 0; i < flipsMax; {
		table := []string{"entry", "entry", "entry", "request", "also"}[dice.IntN(5)]
		names, types := columns(t, c, "journal."+table)
		k := dice.IntN(len(names))
		mend, took := turn(t, c, dice, table, names[k], types[k])
		if !took {
			refused++
			continue
		}
		i++
		turned[table+"."+names[k]]++
		if err := j.Verify(t.Context(), county); errors.As(err, new(*journal.Corruption)) {
			found++
		} else {
			t.Errorf("a bit of %s of %s turned: %v", names[k], table, err)
		}
		mend()
	}
	sound(t, j)
	t.Logf("%d/%d turned bits found, in %d columns; PostgreSQL refused %d others", found, flipsMax, len(turned), refused)
	if len(turned) < 20 {
		t.Errorf("of few columns only: %v", turned)
	}
}

// turn turns a drawn bit of a column in a drawn row, and gives how to turn it
// back. It reports whether PostgreSQL took it.
func turn(t *testing.T, c *pgx.Conn, dice *rand.Rand, table, column, kind string) (mend func(), took bool) {
	t.Helper()
	read, write := column, "$1"
	if kind == "json" {
		read, write = column+"::text", "$1::text::json"
	}
	var is any
	var at string
	row := fmt.Sprintf(`select %s, ctid::text from journal.%[2]s order by ctid offset $1 %% (select count(*) from journal.%[2]s) limit 1`, read, table)
	if err := c.QueryRow(t.Context(), row, dice.IntN(1000)).Scan(&is, &at); err != nil {
		t.Fatal(err)
	}
	if all, ok := is.([]any); ok {
		texts := make([]string, len(all))
		for i := range all {
			texts[i] = all[i].(string)
		}
		is = texts
	}
	bits := bitsOf(is)
	if len(bits) == 0 {
		return nil, false
	}
	set := func(value any) error {
		return c.QueryRow(t.Context(), fmt.Sprintf(`update journal.%s set %s = %s where ctid = $2::text::tid returning ctid::text`, table, column, write), value, at).Scan(&at)
	}
	err := set(bits[dice.IntN(len(bits))])
	var refused *pgconn.PgError
	if errors.As(err, &refused) && (strings.HasPrefix(refused.Code, "22") || strings.HasPrefix(refused.Code, "23")) {
		return nil, false
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if err := set(is); err != nil {
			t.Fatal(err)
		}
	}, true
}
