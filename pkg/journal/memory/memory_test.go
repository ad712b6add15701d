package memory_test

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"feisui/pkg/journal/memory"
)

// note is an event: a letter is its stream.
type note string

func (n note) Stream() string { return string(n[:1]) }

func TestPositionsHaveNoGapsAndVersionsCountInAStream(t *testing.T) {
	t.Parallel()
	j, first, second := memory.New[note](), uuid.New(), uuid.New()
	record(t, j, first, 3, "a1", "b1", "a2")
	record(t, j, second, 5, "b2", "a3")
	want := []memory.Entry[note]{
		{Position: 1, Stream: "a", Version: 1, Request: first, Event: "a1"},
		{Position: 2, Stream: "b", Version: 1, Request: first, Event: "b1"},
		{Position: 3, Stream: "a", Version: 2, Request: first, Event: "a2"},
		{Position: 4, Stream: "b", Version: 2, Request: second, Event: "b2"},
		{Position: 5, Stream: "a", Version: 3, Request: second, Event: "a3"},
	}
	for position := range 7 {
		if got := slices.Collect(j.After(position)); !slices.Equal(got, want[min(position, 5):]) {
			t.Errorf("after %d: %v", position, got)
		}
	}
}

// TestWhatIsTakenElsewhereIsAdded: beside requests, in streams that both have.
func TestWhatIsTakenElsewhereIsAdded(t *testing.T) {
	t.Parallel()
	j := memory.New[note]()
	record(t, j, uuid.New(), 1, "a1")
	j.Add("a", "a2")
	j.Add("b", "b1")
	j.Add("a", "a3")
	record(t, j, uuid.New(), 5, "b2")
	if a, b := slices.Collect(j.Stream("a")), slices.Collect(j.Stream("b")); !slices.Equal(a, []note{"a1", "a2", "a3"}) || !slices.Equal(b, []note{"b1", "b2"}) || j.Version("b") != 2 {
		t.Errorf("%v %v at %d", a, b, j.Version("b"))
	}
}

func TestAStreamIsItsEventsInOrder(t *testing.T) {
	t.Parallel()
	j := memory.New[note]()
	record(t, j, uuid.New(), 3, "a1", "b1", "a2")
	record(t, j, uuid.New(), 4, "a3")
	for stream, want := range map[string][]note{"a": {"a1", "a2", "a3"}, "b": {"b1"}, "c": nil} {
		if got := slices.Collect(j.Stream(stream)); !slices.Equal(got, want) || j.Has(stream) != (want != nil) {
			t.Errorf("%s: %v, has it %v", stream, got, j.Has(stream))
		}
	}
	for n := range j.Stream("a") {
		if n != "a1" {
			t.Errorf("read on to %s after the break", n)
		}
		break
	}
	for e := range j.After(1) {
		if e.Position != 2 {
			t.Errorf("read on to %d after the break", e.Position)
		}
		break
	}
}

func TestARequestIsRecordedOnceAndWhole(t *testing.T) {
	t.Parallel()
	j, request := memory.New[note](), uuid.New()
	record(t, j, request, 2, "a1", "a2")
	record(t, j, uuid.New(), 3, "b1")
	at, err := j.Append(request, []note{"a3", "b2"})
	if err == nil || at != 2 {
		t.Errorf("again: position %d, %v", at, err)
	}
	if got := slices.Collect(j.After(0)); len(got) != 3 || j.Has("c") {
		t.Errorf("the journal has %v", got)
	}
	record(t, j, uuid.New(), 4, "a3")
}

// A request may bring nothing; it is recorded all the same.
func TestARequestOfNothing(t *testing.T) {
	t.Parallel()
	j, request := memory.New[note](), uuid.New()
	record(t, j, request, 0)
	if _, err := j.Append(request, []note{"a1"}); err == nil || j.Has("a") {
		t.Errorf("again, with something: %v", err)
	}
}

func record(t *testing.T, j *memory.Journal[note], request uuid.UUID, want int, notes ...note) {
	t.Helper()
	if at, err := j.Append(request, notes); err != nil || at != want {
		t.Fatalf("position %d, %v; want %d", at, err, want)
	}
}
