package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"feisui/pkg/journal"
	"feisui/schemas"
	"feisui/services/feisui/serve"
)

// signing are people who sign at once.
const signing = 16

// TestNumbersHaveNoGapsWhoeverSignsAtOnce: sixteen people sign sixteen orders at
// the same time, and every one of them gets a number of its own, without a gap.
func TestNumbersHaveNoGapsWhoeverSignsAtOnce(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	for i := range signing {
		s.owed(fmt.Sprint("JB-", i), north)
	}
	for i := range signing {
		no := feeOf(fmt.Sprint("JB-", i), "1")
		s.caseIs(no, "notified")
		s.actCase(officeHead, no, "reply", `{"kind":"explain","text":"x"}`)
	}
	var acting sync.WaitGroup
	answers, errs := make([]answer, signing), make([]error, signing)
	for i := range signing {
		acting.Go(func() {
			who := fmt.Sprintf("person:signer-%d authority@", i)
			answers[i], errs[i] = s.tryAsk(t.Context(), who, http.MethodPost,
				caseStep(feeOf(fmt.Sprint("JB-", i), "1"), "order"), "", `{"reason":"x","demands":"y"}`)
		})
	}
	acting.Wait()
	said := map[string]bool{}
	for i, a := range answers {
		var acted serve.Acted
		if errs[i] != nil || a.status != http.StatusOK {
			t.Fatalf("%v: %d %s", errs[i], a.status, a.body)
		}
		a.into(t, &acted)
		said[acted.Instances[0].Document] = true
	}
	if n := gapless(t, place, "费转改", "2025"); n != signing || len(said) != signing {
		t.Errorf("%d numbers were given, and %d said: %v", n, len(said), said)
	}
	if doubled := doubledNumbers(entriesOf[schemas.NumberGiven](t, place)); doubled != nil {
		t.Error(doubled)
	}
}

// doubledNumbers lists the documents that two were given.
func doubledNumbers(all []schemas.NumberGiven) (doubled []string) {
	times := map[string]int{}
	for _, e := range all {
		if times[e.Document]++; times[e.Document] == 2 {
			doubled = append(doubled, e.Document)
		}
	}
	return doubled
}

// TestNumbersWithoutAVersionDouble is the control of the one before: a numbering
// that reads the last number and writes the next one, and has no stream in which
// its version is the number, gives one number twice, and that is seen.
func TestNumbersWithoutAVersionDouble(t *testing.T) {
	t.Parallel()
	place := shared(t)
	if err := place.journal.CreateCounty(t.Context(), "county", "county"); err != nil {
		t.Fatal(err)
	}
	var read, write sync.WaitGroup
	read.Add(signing)
	for i := range signing {
		write.Go(func() {
			last := len(entriesOf[schemas.NumberGiven](t, place))
			read.Done()
			read.Wait() // all have read before one writes: so it may happen
			e := schemas.NumberGiven{Office: "authority", Kind: "rectification", Year: "2025", Number: last + 1, Document: fmt.Sprintf("费转改〔2025〕%d号", last+1)}
			data, err := json.Marshal(e)
			if err == nil {
				_, err = place.journal.Append(context.WithoutCancel(t.Context()), journal.Request{
					County: "county", ID: fmt.Sprint("sign/", i), Kind: journal.Act,
					Events: []journal.Pending{{Stream: fmt.Sprint("number/of/", i), Type: e.Type(), Version: 1, Data: data}},
				})
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	write.Wait()
	if doubled := doubledNumbers(entriesOf[schemas.NumberGiven](t, place)); len(doubled) == 0 {
		t.Error("no number is seen to be doubled")
	}
}

// wronged are tasks that may not be handed down at all: flags that stand at once,
// more than one append opens cases for.
const wronged = 130

// wrong has them recorded by a server on which nobody acts, so that their flags
// stand and no case does.
func wrong(t *testing.T, place place) {
	t.Helper()
	s := played(t, serve.Config{
		DatabaseURL: place.database, Targets: []string{"registry", "admission", "task", "fund", "burden", "import", "ledger", "relay"},
	})
	var rows strings.Builder
	rows.WriteString("no,department,community,item,issued_on\n")
	for i := range wronged {
		fmt.Fprintf(&rows, "JB-%d,D01,%s,A02,2025-03-03\n", i, north)
	}
	s.imported("tasks.csv", rows.String())
	eventually(t, func() bool { return place.count(t, "flag.raised") >= wronged })
	s.end()
	if n := len(place.begunCases(t)); n != 0 {
		t.Fatalf("%d cases began where nobody acts", n)
	}
}

// imported records a workbook as the operator: name, content, name, content.
func (s *stage) imported(files ...string) {
	s.t.Helper()
	kind, body := form(s.t, files...)
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.address+"/v1/counties/county/imports", strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Request-Id", uuid.NewString())
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer got.Body.Close()
	if said, err := io.ReadAll(got.Body); err != nil || got.StatusCode != http.StatusOK {
		s.t.Fatalf("%d %s %v", got.StatusCode, said, err)
	}
}

// doubledCases lists the matters of which two cases began.
func doubledCases(t *testing.T, place place) (doubled []string) {
	t.Helper()
	times := map[string]int{}
	for _, e := range entriesOf[schemas.InstanceBegun](t, place) {
		var form struct{ Subject string }
		if err := json.Unmarshal(e.Form, &form); err != nil {
			t.Fatal(err)
		}
		if times[form.Subject]++; times[form.Subject] == 2 {
			doubled = append(doubled, form.Subject)
		}
	}
	return doubled
}

// TestCasesOpenOnceWhoeverOpensThem: three servers that find the same flags open
// one case of each, in pages of bounded size.
func TestCasesOpenOnceWhoeverOpensThem(t *testing.T) {
	t.Parallel()
	place := shared(t)
	wrong(t, place)
	var starting sync.WaitGroup
	kills := make([]func(), 3)
	for i := range kills {
		starting.Go(func() { _, kills[i] = place.killable(t, stageDay) })
	}
	starting.Wait()
	eventually(t, func() bool { return len(place.begunCases(t)) >= wronged })
	for _, kill := range kills[:2] {
		kill()
	}
	s := opened(t, serve.Config{DatabaseURL: place.database}) // it looks once more
	s.rows("tasks", `{"no":"JB-last","department":"D01","community":"`+south+`","item":"A02","issued_on":"2025-03-03"}`)
	s.caseIs("prohibited:D01:1:JB-last", "notified")
	if all := place.begunCases(t); len(all) != wronged+1 {
		t.Errorf("%d cases began, not %d", len(all), wronged+1)
	}
	if doubled := doubledCases(t, place); doubled != nil {
		t.Error(doubled)
	}
	pages := map[string]int{}
	for e, err := range place.journal.After(t.Context(), "county", 0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(e.Request, "system/open/") {
			pages[e.Request]++
		}
	}
	if len(pages) < wronged/50 {
		t.Errorf("%d appends: %v", len(pages), pages)
	}
	for page, n := range pages {
		if n > 51 { // a definition besides
			t.Errorf("%s has %d entries", page, n)
		}
	}
}

// TestAServerThatIsKilledWhileOpeningCasesLosesNone: it is killed between two
// pages, and the next goes on.
func TestAServerThatIsKilledWhileOpeningCasesLosesNone(t *testing.T) {
	t.Parallel()
	place := shared(t)
	wrong(t, place)
	_, kill := place.killable(t, stageDay)
	eventually(t, func() bool { return len(place.begunCases(t)) > 0 })
	kill()
	if len(place.begunCases(t)) == wronged {
		t.Log("it was killed too late to be in the middle")
	}
	place.killable(t, stageDay)
	eventually(t, func() bool { return len(place.begunCases(t)) >= wronged })
	if doubled := doubledCases(t, place); doubled != nil || len(place.begunCases(t)) != wronged {
		t.Errorf("%d cases began; doubled: %v", len(place.begunCases(t)), doubled)
	}
}

// TestOrdersThatFallOnOneDayAreNumberedOnce: nobody answers any of the cases, and
// all of their deadlines pass on one day. Two servers, of which one is killed in the
// middle, issue one order for each, and number them without a gap.
func TestOrdersThatFallOnOneDayAreNumberedOnce(t *testing.T) {
	t.Parallel()
	place := shared(t)
	wrong(t, place)
	_, kill := place.killable(t, stageDay)
	eventually(t, func() bool { return len(place.begunCases(t)) == wronged })
	kill()
	const after = "2025-03-11"
	_, kill = place.killable(t, after)
	place.killable(t, after)
	eventually(t, func() bool { return len(entriesOf[schemas.NumberGiven](t, place)) > wronged/4 })
	kill()
	eventually(t, func() bool { return len(entriesOf[schemas.NumberGiven](t, place)) >= wronged })
	if n := gapless(t, place, "费转督", "2025"); n != wronged {
		t.Errorf("%d orders for %d cases", n, wronged)
	}
	ordered := map[string]int{}
	for _, e := range entriesOf[schemas.NumberGiven](t, place) {
		ordered[e.Instance]++
	}
	if len(ordered) != wronged {
		t.Errorf("%d of %d cases have an order", len(ordered), wronged)
	}
}

// TestCasesWithoutANumberOfTheirMatterDouble is the control of the two before:
// openers that number cases as they please open two of one matter, and that is
// seen.
func TestCasesWithoutANumberOfTheirMatterDouble(t *testing.T) {
	t.Parallel()
	place := shared(t)
	if err := place.journal.CreateCounty(t.Context(), "county", "county"); err != nil {
		t.Fatal(err)
	}
	var opening sync.WaitGroup
	for opener := range 2 {
		opening.Go(func() {
			e := schemas.InstanceBegun{
				Workflow: "case", Instance: fmt.Sprint("DB-", opener), Version: 1, Action: "open", State: "notified",
				Form: json.RawMessage(`{"rule":"prohibited","subject":"JB-1","department":"D01"}`),
			}
			data, err := json.Marshal(e)
			if err == nil {
				_, err = place.journal.Append(context.WithoutCancel(t.Context()), journal.Request{
					County: "county", ID: fmt.Sprint("open/", opener), Kind: journal.Act,
					Events: []journal.Pending{{Stream: e.Stream(), Type: e.Type(), Version: 1, Data: data}},
				})
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	opening.Wait()
	if doubled := doubledCases(t, place); len(doubled) != 1 {
		t.Errorf("%v are seen to be doubled", doubled)
	}
}
