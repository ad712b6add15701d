package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"feisui/pkg/journal"
	"feisui/pkg/local"
	"feisui/services/feisui/serve"
	"feisui/services/ledger/api"
)

// promptly is how long an answer may take while something is away. A machine that is
// busy makes one late; what waits for something that is away makes all late.
const promptly = 5 * time.Second

// readiness asks how a server is, and gives its parts by name.
func readiness(t *testing.T, server string) (status int, parts map[string]serve.Part) {
	t.Helper()
	var got reply
	for try := 1; ; try++ {
		began := time.Now()
		got = get(t, server+"/readyz")
		took := time.Since(began)
		if took <= promptly {
			break
		}
		if try == 3 {
			t.Errorf("readyz took %s, and so twice before", took)
			break
		}
	}
	var r serve.Readiness
	if err := json.Unmarshal([]byte(got.body), &r); err != nil || r.Ready != (got.status == http.StatusOK) {
		t.Fatalf("%d %s: %v", got.status, got.body, err)
	}
	parts = map[string]serve.Part{}
	for _, p := range r.Parts {
		parts[p.Name] = p
	}
	return got.status, parts
}

// department has a department recorded, and gives the answer's status.
func department(t *testing.T, server, county string, n int) (status int, text string) {
	t.Helper()
	began := time.Now()
	got := recordRow(t, server, county, "departments", fmt.Sprintf("department/%d", n), fmt.Sprintf(`{"code":"新%d","name":"某局%d","kind":"部门"}`, n, n))
	t.Logf("department %d: %d after %s", n, got.status, time.Since(began).Round(time.Millisecond))
	return got.status, got.body
}

func recordRow(t *testing.T, server, county, sheet, id, body string) reply {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server+"/v1/counties/"+county+"/"+sheet, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Request-Id", id)
	return fetch(t, request)
}

// TestWithoutNATS: a county without its bus records and answers, in one process
// and in two, says that the bus is away, and fills it when there is one again,
// even one that holds nothing.
func TestWithoutNATS(t *testing.T) {
	t.Parallel()
	place := shared(t)
	broker, err := local.StartNATS(local.NATSOptions{Dir: t.TempDir(), Listen: ownPort(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { broker.Stop() })
	url := broker.URL()
	config := serve.Config{DatabaseURL: place.database, NATSURL: url, Counties: []string{"c"}}
	whole := "http://" + serving(t, config).Address()
	config.Targets = []string{"registry"}
	part := "http://" + serving(t, config).Address()
	servers := map[string]string{"all in one": whole, "without the ledger": part}
	for name, server := range servers {
		if status, parts := readiness(t, server); status != http.StatusOK || !parts["nats"].OK {
			t.Errorf("%s, before: %d %+v", name, status, parts)
		}
	}

	broker.Stop()
	n := 0
	for name, server := range servers {
		eventually(t, func() bool {
			_, parts := readiness(t, server)
			return !parts["nats"].OK
		})
		status, parts := readiness(t, server)
		if status != http.StatusOK || parts["nats"].Error == "" || name == "all in one" && (parts["relay/c"].OK || parts["relay/c"].Error == "") {
			t.Errorf("%s, without NATS: %d %+v", name, status, parts)
		}
		least := hungAfter
		for range 3 {
			n++
			began := time.Now()
			if status, text := department(t, server, "c", n); status != http.StatusOK {
				t.Errorf("%s, without NATS: %d %s", name, status, text)
			}
			least = min(least, time.Since(began))
		}
		if least > promptly {
			t.Errorf("%s, without NATS: each of three took %s or longer", name, least)
		}
	}
	if got := get(t, whole+"/v1/counties/c/statement?on=2025-12-31"); got.status != http.StatusOK {
		t.Errorf("the statement without NATS: %d %s", got.status, got.body)
	}

	broker, err = local.StartNATS(local.NATSOptions{Dir: t.TempDir(), Listen: strings.TrimPrefix(url, "nats://")})
	if err != nil {
		t.Fatal(err)
	}
	for _, server := range servers {
		eventually(t, func() bool {
			status, parts := readiness(t, server)
			relay, runs := parts["relay/c"]
			return status == http.StatusOK && parts["nats"].OK && (!runs || relay.OK && relay.Behind == 0)
		})
	}
	stream := jetStream(t, url)
	eventually(t, func() bool { return place.unlikeBus(t, stream, "c") == "" })
}

// TestWithoutPostgreSQL: a county without its database is not ready, says so at
// once, refuses to record and goes on answering; all heals.
func TestWithoutPostgreSQL(t *testing.T) {
	t.Parallel()
	needPostgres(t)
	o := local.PostgresOptions{Dir: filepath.Join(dataOf(t), "postgres")}
	postgres, err := local.StartPostgres(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := postgres.Stop(); err != nil {
			t.Error(err)
		}
	})
	server := "http://" + serving(t, serve.Config{DatabaseURL: postgres.URL(), Counties: []string{"c"}}).Address()
	if status, text := department(t, server, "c", 1); status != http.StatusOK {
		t.Fatal(status, text)
	}
	if err := postgres.Stop(); err != nil {
		t.Fatal(err)
	}
	status, parts := readiness(t, server)
	if status != http.StatusServiceUnavailable || parts["postgres"].OK || parts["ledger/c"].OK || parts["ledger/c"].Error == "" || !parts["nats"].OK {
		t.Errorf("without PostgreSQL: %d %+v", status, parts)
	}
	if status, text := department(t, server, "c", 2); status != http.StatusServiceUnavailable || !strings.Contains(text, "UNAVAILABLE") {
		t.Errorf("without PostgreSQL a department: %d %s", status, text)
	}
	if got := get(t, server+"/v1/counties/c/statement?on=2025-12-31"); got.status != http.StatusOK {
		t.Errorf("without PostgreSQL the statement as of now: %d %s", got.status, got.body)
	}
	if postgres, err = local.StartPostgres(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool {
		status, parts := readiness(t, server)
		return status == http.StatusOK && parts["postgres"].OK && parts["ledger/c"].OK && parts["record/c"].OK
	})
	if status, text := department(t, server, "c", 2); status != http.StatusOK {
		t.Errorf("a department again: %d %s", status, text)
	}
}

// poison has an entry recorded that no program of today knows. It gives its place.
func (p place) poison(t *testing.T, county string, accounts ...string) int64 {
	t.Helper()
	receipt, err := p.journal.Append(t.Context(), journal.Request{
		County: county, ID: "poison", Kind: journal.Record,
		Events: []journal.Pending{{Stream: "mystery/1", Type: "mystery.happened", Data: []byte(`{"what":"?"}`), Accounts: accounts}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return receipt.Last
}

// TestAPoisonedEntry: what cannot be read blocks whom it names, and nobody else,
// and everybody is told where. A new start changes nothing about that.
func TestAPoisonedEntry(t *testing.T) { //nolint:tparallel // one start after the other
	t.Parallel()
	place := shared(t)
	const one, other = "430105003001", "430105002002"
	var c workedCase
	for _, of := range workedCases(t) {
		if of.name == "random-21" {
			c = of
		}
	}
	config := serve.Config{DatabaseURL: place.database, Counties: []string{c.name, "whole", "sound"}}
	var at, atWhole int64
	for _, start := range []string{"poisoned while it runs", "started on it"} {
		t.Run(start, func(t *testing.T) { //nolint:paralleltest // in its turn
			var said said
			config.Log = slog.New(slog.NewTextHandler(&said, nil))
			server := "http://" + serving(t, config).Address()
			if at == 0 {
				mustRun(t, "import", c.book, "--server", server, "--county", c.name)
				at, atWhole = place.poison(t, c.name, one), place.poison(t, "whole")
			}
			parts := map[string]serve.Part{}
			eventually(t, func() bool {
				status, now := readiness(t, server)
				parts = now
				return status == http.StatusOK && !now["ledger/"+c.name].OK && !now["record/"+c.name].OK && !now["ledger/whole"].OK && !now["record/whole"].OK
			})
			for _, name := range []string{"ledger/" + c.name, "record/" + c.name} {
				if says := parts[name].Error; !strings.Contains(says, one) || !strings.Contains(says, fmt.Sprintf("position %d", at)) {
					t.Errorf("%s says %q", name, says)
				}
			}
			if says := parts["ledger/whole"].Error; !strings.Contains(says, fmt.Sprintf("position %d", atWhole)) {
				t.Errorf("the county that is blocked says %q", says)
			}
			if !parts["ledger/sound"].OK || !parts["record/sound"].OK {
				t.Errorf("another county: %+v", parts)
			}
			inLog(t, &said, at, one, start != "started on it")
			blockedOne(t, server, c, at, one, other, strings.ReplaceAll(start, " ", "-"))
			if says := blockedText(get(t, server+"/v1/counties/whole/statement?on=2025-12-31")); !strings.Contains(says, "全县") {
				t.Errorf("the statement of the county that is blocked: %s", says)
			}
			if says := blockedText(recordRow(t, server, "whole", "departments", "d", `{"code":"D","name":"某局","kind":"部门"}`)); !strings.Contains(says, "全县") {
				t.Errorf("recording in the county that is blocked: %s", says)
			}
			if status, text := department(t, server, "sound", int(at)); status != http.StatusOK {
				t.Errorf("recording in another county: %d %s", status, text)
			}
		})
	}
}

// inLog looks that the log has, as an error, the entry that cannot be read and for whom nothing is
// recorded, and that the ledger keeps it aside, who says so when it comes.
func inLog(t *testing.T, said fmt.Stringer, at int64, account string, comes bool) {
	t.Helper()
	has := func(says string) bool {
		for line := range strings.Lines(said.String()) {
			if strings.Contains(line, "level=ERROR") && strings.Contains(line, says) && strings.Contains(line, fmt.Sprintf("position=%d ", at)) &&
				strings.Contains(line, account) {
				return true
			}
		}
		return false
	}
	for says, due := range map[string]bool{"an entry cannot be read; nothing is recorded for its accounts": true, "an entry is kept aside; its accounts are blocked": comes} {
		if due {
			t.Log(says)
			eventually(t, func() bool { return has(says) }) // the figures have it a moment before the log
		}
	}
}

// blockedOne checks what a county answers of which one community is blocked.
func blockedOne(t *testing.T, server string, c workedCase, at int64, one, other, no string) {
	t.Helper()
	statement := server + "/v1/counties/" + c.name + "/statement?on=" + c.on
	for what, asking := range map[string]string{"of the community": statement + "&community=" + one, "of the county": statement} {
		if says := blockedText(get(t, asking)); !strings.Contains(says, one) || !strings.Contains(says, fmt.Sprintf("第 %d 条", at)) {
			t.Errorf("the statement %s: %s", what, says)
		}
	}
	for what, asking := range map[string]string{
		"of another community":                      statement + "&community=" + other,
		"of the community as known before":          fmt.Sprintf("%s&community=%s&position=%d", statement, one, at-1),
		"of the county as known before, for people": fmt.Sprintf("%s&position=%d&format=table", statement, at-1),
	} {
		if got := get(t, asking); got.status != http.StatusOK {
			t.Errorf("the statement %s: %d %s", what, got.status, got.body)
		}
	}
	for community, blocked := range map[string]bool{one: true, other: false} {
		var list api.TaskList
		ask(t, server, c.name, "tasks", url.Values{"community": {community}, "limit": {"1"}}, &list)
		if len(list.Tasks) != 1 {
			t.Fatalf("no task of %s", community)
		}
		got := get(t, server+"/v1/counties/"+c.name+"/tasks/"+url.PathEscape(list.Tasks[0].No))
		if says := blockedText(got); strings.Contains(says, community) != blocked || !blocked && got.status != http.StatusOK {
			t.Errorf("a task of %s as a whole: %d %s", community, got.status, got.body)
		}
	}
	plaque := `{"no":"毒-%s-%s","community":"%[2]s","department":"D02","title":"某站","zone":"outside","hung_on":"2025-08-05"}`
	if says := blockedText(recordRow(t, server, c.name, "plaques", no+"/"+one, fmt.Sprintf(plaque, no, one))); !strings.Contains(says, one) {
		t.Errorf("a plaque of the community: %s", says)
	}
	if got := recordRow(t, server, c.name, "plaques", no+"/"+other, fmt.Sprintf(plaque, no, other)); got.status != http.StatusOK {
		t.Errorf("a plaque of another community: %d %s", got.status, got.body)
	}
}

// blockedText is what a refusal says that names what is blocked, and else what
// was answered instead.
func blockedText(r reply) string {
	var p struct{ Code, Title string }
	if err := json.Unmarshal([]byte(r.body), &p); err != nil || r.status != http.StatusServiceUnavailable || p.Code != "LEDGER_BLOCKED" {
		return fmt.Sprintf("not blocked, but %d", r.status)
	}
	return p.Title
}
