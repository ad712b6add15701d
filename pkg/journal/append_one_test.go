package journal_test

import (
	"crypto/sha256"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
)

// TestAppendOneLooks: append_one stores nothing unless each thing that its caller
// believes is so. The last row, in which all is so, is the control.
func TestAppendOneLooks(t *testing.T) {
	t.Parallel()
	j, pool := open(t)
	must(t, j, request("1", 1, "task/a"))
	must(t, j, request("2", 1, "task/b"))
	before := all(t, j)
	last := before[1]
	hash := sha256.Sum256([]byte("of another entry"))
	// In the order of the function's arguments.
	sound := []any{
		county, last.Position, last.Hash[:], last.RecordedAt, "3", hash[:], []byte("answer"), hash[:],
		"task/a", int64(2), "task.assigned", [16]byte(uuid.Must(uuid.NewV7())), "D01", "act", `{}`, `{"431026102001"}`, hash[:],
	}
	for _, c := range []struct {
		name string
		at   int
		is   any
		done bool
	}{
		{"a county that is none", 0, "nowhere", false},
		{"an end that has moved on", 1, last.Position - 1, false},
		{"an end that was never reached", 1, last.Position + 1, false},
		{"another entry at the end", 2, hash[:], false},
		{"a time before the end's", 3, last.RecordedAt.Add(-time.Microsecond), false},
		{"a request that is recorded", 4, "1", false},
		{"a version that is taken", 9, int64(1), false},
		{"a version with a gap before it", 9, int64(3), false},
		{"a stream that is not there", 8, "task/c", false},
		{"all is so", 0, county, true},
	} {
		arguments := slices.Clone(sound)
		arguments[c.at] = c.is
		var done bool
		if err := pool.QueryRow(t.Context(), `
			select journal.append_one($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`, arguments...).Scan(&done); err != nil || done != c.done {
			t.Errorf("%s: done %t, %v", c.name, done, err)
		}
		want := len(before)
		if c.done {
			want++
		}
		if got := len(all(t, j)); got != want {
			t.Errorf("%s: %d entries, want %d", c.name, got, want)
		}
	}
}

// TestWhatAppendOneDoesNotTake goes in all the same: the first entry of all, more
// accounts than one, a request that names no version, and an end that another
// process has moved.
func TestWhatAppendOneDoesNotTake(t *testing.T) {
	t.Parallel()
	j, pool := open(t)
	other := on(t, pool, time.Now)
	must(t, j, request("1", 1, "task/a"))
	several := request("2", 2, "task/a")
	several.Events[0].Accounts = []string{"431026102001", "431026102002"}
	must(t, j, several)
	must(t, other, request("3", 0, "task/a"))
	must(t, j, request("4", 4, "task/a"))
	if got := len(all(t, j)); got != 4 {
		t.Errorf("%d entries", got)
	}
	sound(t, j)
}
