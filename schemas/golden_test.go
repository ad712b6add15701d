package schemas_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"feisui/schemas"
)

var goldenName = regexp.MustCompile(`^([a-z_]+\.[a-z_]+)\.[1-9][0-9]*\.json$`)

func TestEveryGoldenDecodesToTheSame(t *testing.T) {
	t.Parallel()
	for name, payload := range goldens(t) {
		e, err := schemas.Decode(typeOf(name), payload)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if e.Type() != typeOf(name) {
			t.Errorf("%s decoded as %s", name, e.Type())
		}
		again := encoded(t, e)
		if !reflect.DeepEqual(value(t, []byte(again)), value(t, payload)) {
			t.Errorf("%s: was published as\n%s\nand is now\n%s", name, payload, again)
		}
	}
}

func TestEveryTypeHasAGoldenAndEveryGoldenAType(t *testing.T) {
	t.Parallel()
	var have []string
	for name := range goldens(t) {
		have = append(have, typeOf(name))
	}
	slices.Sort(have)
	if have := slices.Compact(have); !slices.Equal(have, schemas.Types()) {
		t.Errorf("goldens of\n%s\nwant\n%s", strings.Join(have, " "), strings.Join(schemas.Types(), " "))
	}
}

func TestNoGoldenIsEditedRemovedOrUnlisted(t *testing.T) {
	t.Parallel()
	for _, problem := range unlike(manifest(t), goldens(t)) {
		t.Error(problem)
	}
}

// The manifest's test is only worth what it notices.
func TestTheManifestNotices(t *testing.T) {
	t.Parallel()
	const name = "task.assigned.1.json"
	for what, doctor := range map[string]func(map[string][]byte){
		"an edit":    func(m map[string][]byte) { m[name] = bytes.ReplaceAll(m[name], []byte("835000"), []byte("835001")) },
		"a removal":  func(m map[string][]byte) { delete(m, name) },
		"a stranger": func(m map[string][]byte) { m["task.assigned.99.json"] = []byte("{}") },
	} {
		doctored := maps.Clone(goldens(t))
		doctor(doctored)
		if found := unlike(manifest(t), doctored); len(found) != 1 {
			t.Errorf("%s: noticed %q, want one thing", what, found)
		}
	}
}

// unlike says how goldens differ from what the manifest lists.
func unlike(listed map[string]string, present map[string][]byte) (found []string) {
	for name, sum := range listed {
		payload, ok := present[name]
		switch {
		case !ok:
			found = append(found, name+" was published and is gone")
		case fmt.Sprintf("%x", sha256.Sum256(payload)) != sum:
			found = append(found, name+" was changed after it was published")
		}
	}
	for name := range present {
		if _, ok := listed[name]; !ok {
			found = append(found, name+" is not in MANIFEST; run go run ./schemas/gen -goldens")
		}
	}
	slices.Sort(found)
	return found
}

// goldens gives every payload by file name. A file of another name fails.
func goldens(t testing.TB) map[string][]byte {
	t.Helper()
	entries, err := os.ReadDir("golden")
	if err != nil {
		t.Fatal(err)
	}
	m := map[string][]byte{}
	for _, entry := range entries {
		if entry.Name() == "MANIFEST" {
			continue
		}
		if !goldenName.MatchString(entry.Name()) {
			t.Fatalf("golden/%s is no <type>.<n>.json", entry.Name())
		}
		if m[entry.Name()], err = os.ReadFile(filepath.Join("golden", entry.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func typeOf(golden string) string { return goldenName.FindStringSubmatch(golden)[1] }

func manifest(t *testing.T) map[string]string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("golden", "MANIFEST"))
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]string{}
	for lines := bufio.NewScanner(bytes.NewReader(b)); lines.Scan(); {
		sum, name, ok := strings.Cut(lines.Text(), "  ")
		if !ok {
			t.Fatalf("MANIFEST: %q", lines.Text())
		}
		listed[name] = sum
	}
	return listed
}
