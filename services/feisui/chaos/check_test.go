package chaos_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go/jetstream"

	"feisui/pkg/bus"
)

// on is the date of the statements that are compared.
const on = "2025-12-31"

// sheets writes a workbook: what every command names, and the commands.
func (r *run) sheets(folder string, commands []*command) {
	rows := map[string][][]string{
		"departments": {{"code", "name", "kind"}, {"D01", "民政局", "department"}, {"F01", "财政局", "finance"}, {"321204001", "罗塘街道", "street"}},
		"items":       {{"code", "category", "name", "department", "list", "rule"}, {"W1", "人员", "工资", "F01", "assist", "agreed"}},
		"communities": {{"code", "name", "street", "kind"}},
	}
	rows["plaque_catalogue"] = [][]string{{"title", "zone"}, {"服务站", "outside"}}
	for i := range communities {
		rows["communities"] = append(rows["communities"], []string{communityCode(i), fmt.Sprintf("第%d社区", i+1), "321204001", "urban"})
	}
	columns := map[string][]string{}
	for _, c := range commands {
		for name := range c.fields {
			if !slices.Contains(columns[c.sheet], name) {
				columns[c.sheet] = append(columns[c.sheet], name)
			}
		}
	}
	for sheet, names := range columns {
		rows[sheet] = [][]string{names}
	}
	for _, c := range commands {
		row := make([]string, len(columns[c.sheet]))
		for i, name := range columns[c.sheet] {
			row[i] = c.fields[name]
		}
		rows[c.sheet] = append(rows[c.sheet], row)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		r.t.Fatal(err)
	}
	for sheet, table := range rows {
		f, err := os.Create(filepath.Join(folder, sheet+".csv"))
		if err != nil {
			r.t.Fatal(err)
		}
		if err := errors.Join(csv.NewWriter(f).WriteAll(table), f.Close()); err != nil {
			r.t.Fatal(err)
		}
	}
}

// settleLooks is how often nothing may have moved: for three seconds, in which what
// follows from a flag, a look a second each, has announced itself.
const settleLooks = 10

// settle waits until nothing moves any more: every service is up and at the
// journal's end, flags are announced, and the bus has everything.
func (r *run) settle() {
	begun, still, last := time.Now(), 0, ""
	for still < settleLooks {
		now := ""
		for _, s := range r.slots {
			text, err := r.get(s, "/readyz")
			if err != nil || strings.Contains(text, `"behind"`) || strings.Contains(text, `"error"`) {
				now = fmt.Sprint(text, err)
				break
			}
			now += text
		}
		if still++; now != last || now == "" || strings.Contains(now, `"behind"`) || strings.Contains(now, `"error"`) {
			last, still = now, 0
			r.well = time.Since(begun)
		}
		if time.Since(begun) > hungAfter {
			r.fail("it is not well %s after the last fault: %s", hungAfter, last)
			return
		}
		time.Sleep(300 * time.Millisecond)
	}
}

func (r *run) get(s *slot, path string) (string, error) {
	ctx, cancel := context.WithTimeout(r.base, 2*time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.address+path, nil)
	if err != nil {
		return "", err
	}
	answer, err := r.client.Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = errors.New(answer.Status + ": " + string(text))
	}
	return string(text), err
}

// verdict looks at what there is in the end, and lists what should not be.
func (r *run) verdict(t testing.TB) []string {
	t.Helper()
	v := r.judge(t, (*verdict).journal, (*verdict).requests, (*verdict).sums, (*verdict).verify, (*verdict).statements, (*verdict).bus, (*verdict).reached)
	for _, never := range []string{hung, endedByItself} {
		v.is(r.counts[never] == 0, "%s: %d", never, r.counts[never])
	}
	v.is(len(r.acked) > 2*r.plan.kills, "hardly anything was acknowledged: nothing is shown")
	return v.wrong
}

func (r *run) judge(t testing.TB, checks ...func(*verdict)) *verdict {
	t.Helper()
	db, err := pgx.Connect(r.base, r.postgres.url())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(r.base)
	v := &verdict{r: r, db: db}
	if err := v.db.QueryRow(r.base, `select max(position) from journal.entry where county = $1`, county).Scan(&v.head); err != nil {
		t.Fatal(err)
	}
	for _, check := range checks {
		check(v)
	}
	return v
}

type verdict struct {
	r     *run
	db    *pgx.Conn
	head  int64
	wrong []string
}

func (v *verdict) is(ok bool, format string, args ...any) {
	if !ok {
		v.wrong = append(v.wrong, fmt.Sprintf(format, args...))
	}
}

// journal: positions are 1, 2, 3 …
func (v *verdict) journal() {
	var first, count int64
	err := v.db.QueryRow(v.r.base, `select min(position), count(*) from journal.entry where county = $1`, county).Scan(&first, &count)
	v.is(err == nil && first == 1 && count == v.head, "positions: %d entries from %d to %d, %v", count, first, v.head, err)
	v.r.mu.Lock()
	v.r.counts["entries"] = int(count)
	v.r.mu.Unlock()
}

// recorded is a request as the journal has it.
type recorded struct {
	first, last, entries int64
}

// requests: what was answered is recorded once, where the answer says, and
// nothing else is.
func (v *verdict) requests() {
	rows, err := v.db.Query(v.r.base, `
		with entries as (select request, count(*) as n from journal.entry where county = $1 group by request)
		select r.id, r.first, r.last, coalesce(e.n, 0) from journal.request r left join entries e on e.request = r.id where r.county = $1`, county)
	known, times := map[string]recorded{}, map[string]int{}
	var id string
	var is recorded
	if err == nil {
		_, err = pgx.ForEachRow(rows, []any{&id, &is.first, &is.last, &is.entries}, func() error {
			known[id] = is
			if strings.HasPrefix(id, "w") || strings.HasPrefix(id, "twice-") {
				intent, _, _ := strings.Cut(id, ".")
				times[intent]++
			}
			return nil
		})
	}
	v.is(err == nil, "requests: %v", err)
	lost, elsewhere, doubled, unasked := 0, 0, 0, len(times)
	for _, c := range v.r.acked {
		is, found := known[c.id]
		switch {
		case !found || is.entries == 0 || c.answer.New == 0:
			lost++
		case is.last != c.answer.Position || is.last-is.first+1 != int64(c.answer.New) || is.entries != int64(c.answer.New):
			elsewhere++
		}
		if times[c.intent] > 1 {
			doubled++
		}
		unasked--
	}
	v.is(lost == 0, "acknowledged and lost: %d", lost)
	v.is(elsewhere == 0, "acknowledged, and recorded otherwise: %d", elsewhere)
	v.is(doubled == 0, "doubled: %d", doubled)
	v.is(unasked == 0, "recorded, and not acknowledged in the end: %d", unasked)
	v.r.mu.Lock()
	v.r.counts["acknowledged, and lost"], v.r.counts["acknowledged, and doubled"] = lost, doubled
	v.r.mu.Unlock()
}

// sums: the money that was acknowledged is the money in the journal.
func (v *verdict) sums() {
	want := map[string]int64{"payments": 0, "arrivals": 0}
	for _, c := range v.r.acked {
		want[c.sheet] += c.fen
	}
	for sheet, event := range map[string]string{"payments": "payment.made", "arrivals": "payment.arrived"} {
		var sum int64
		err := v.db.QueryRow(v.r.base, `select coalesce(sum((data->>'amount')::bigint), 0) from journal.entry where county = $1 and type = $2`, county, event).Scan(&sum)
		v.is(err == nil && sum == want[sheet], "%s: %d fen are recorded, %d were acknowledged, %v", sheet, sum, want[sheet], err)
		v.r.mu.Lock()
		v.r.counts["fen in "+sheet] = int(sum)
		v.r.mu.Unlock()
	}
}

// verify: every process finds journal, book, money, closings and bus as they should be.
func (v *verdict) verify() {
	path, err := program()
	v.is(err == nil, "%v", err)
	for _, s := range v.r.slots {
		said, err := exec.Command(path, "verify", "--server", "http://"+s.address, "--county", county).CombinedOutput()
		v.is(err == nil && strings.Count(string(said), "✓") == 5, "verify: %v\n%s", err, said)
	}
}

// statements: every process says the same, it is what a replay of the journal
// says, and what feisui says of a workbook of all that was acknowledged.
func (v *verdict) statements() {
	path, err := program()
	v.is(err == nil, "%v", err)
	folder := filepath.Join(v.r.folder, "acknowledged")
	v.r.sheets(folder, v.r.acked)
	want, err := exec.Command(path, "reconcile", folder, "--on", on, "--format", "json").Output()
	v.is(err == nil && len(want) > 1000, "reconcile: %v, %d bytes", err, len(want))
	for _, s := range v.r.slots {
		for _, position := range []string{"", "&position=" + strconv.FormatInt(v.head, 10)} {
			got, err := v.r.get(s, "/v1/counties/"+county+"/statement?format=json&on="+on+position)
			v.is(err == nil && sameJSON(got, string(want)), "the statement%s is not that of what was acknowledged: %v, %d bytes and %d",
				position, err, len(got), len(want))
		}
	}
}

func sameJSON(a, b string) bool {
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return false
	}
	one, err := json.Marshal(x)
	other, err2 := json.Marshal(y)
	return err == nil && err2 == nil && string(one) == string(other)
}

// bus: it has every entry.
func (v *verdict) bus() {
	nc, err := v.r.broker.connect()
	if err != nil {
		v.is(false, "NATS: %v", err)
		return
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		v.is(false, "NATS: %v", err)
		return
	}
	stream, err := js.Stream(v.r.base, bus.StreamName(county))
	if err != nil {
		v.is(false, "the bus: %v", err)
		return
	}
	state := stream.CachedInfo().State
	v.is(state.FirstSeq == 1 && state.LastSeq == uint64(v.head) && state.Msgs == uint64(v.head), //nolint:gosec // positions are never negative
		"the bus holds %d messages, from %d to %d, of %d entries", state.Msgs, state.FirstSeq, state.LastSeq, v.head)
}

// reached: everything that the plan has was done, and did something.
func (v *verdict) reached() {
	p := &v.r.plan
	for name, want := range map[string]int{crashed: p.crashes, wiped: p.wipes, rolledBack: p.rollbacks} {
		v.is(v.r.counts[name] == want, "%s %d times, of %d", name, v.r.counts[name], want)
	}
	v.is(v.r.kills.Load() >= int64(p.kills), "%d kills of %d", v.r.kills.Load(), p.kills)
	if p.faults == 0 {
		return
	}
	for name, proxy := range map[string]*proxy{"PostgreSQL": v.r.database, "NATS": v.r.bus} {
		for _, m := range modes {
			n, what := proxy.times(m.mode), name+": "+m.does
			v.r.mu.Lock()
			v.r.counts[what] = n
			v.r.mu.Unlock()
			v.is(n >= p.faults, "%s: %d, although it was to happen %d times", what, n, p.faults)
			v.is(v.r.counts[name+" "+m.name] == p.faults, "%s %s: %d times of %d", name, m.name, v.r.counts[name+" "+m.name], p.faults)
		}
	}
}
