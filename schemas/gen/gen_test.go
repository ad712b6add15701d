package main

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"feisui/schemas"
)

func TestGeneratedFilesAreCurrent(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := realMain([]string{"-check", "-goldens", "-dir", ".."}, &out); err != nil {
		t.Errorf("%v:\n%s", err, &out)
	}
}

func TestACheckListsWhatDiffersAndGenPutsItRight(t *testing.T) {
	t.Parallel()
	dir := replica(t)
	event := func(name string) string { return filepath.Join(dir, "events", name+".json") }
	put(t, event("task.recalled"), "{}\n")
	put(t, event("task.forgotten"), "{}\n")
	if err := os.Remove(event("plaque.hung")); err != nil {
		t.Fatal(err)
	}
	readme := filepath.Join(dir, "README.md")
	put(t, readme, strings.Replace(get(t, readme), "| `TaskRecalled` |", "| `TaskRecaled` |", 1))

	document := filepath.Join(dir, "asyncapi.json")
	put(t, document, strings.Replace(get(t, document), "feisui.{county}.task.recalled", "feisui.{county}.task.recaled", 1))

	want := []string{readme, document, event("plaque.hung"), event("task.forgotten"), event("task.recalled")}
	out, err := gen(t, dir, "-check")
	if !errors.Is(err, errStale) || !slices.Equal(out, want) {
		t.Errorf("check: %v, %q; want %q", err, out, want)
	}
	if out, err := gen(t, dir); err != nil || !slices.Equal(out, want) {
		t.Errorf("gen: %v, %q", err, out)
	}
	if out, err := gen(t, dir, "-check"); err != nil || len(out) > 0 {
		t.Errorf("check after gen: %v, %q", err, out)
	}
	if _, err := os.Stat(event("task.forgotten")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the document of no event is still there: %v", err)
	}
}

func TestAPublishedGoldenStays(t *testing.T) {
	t.Parallel()
	dir := replica(t)
	golden := filepath.Join(dir, "golden", "task.recalled.1.json")
	published := get(t, golden)

	put(t, golden, strings.Replace(published, "JB2025", "JB2026", 1))
	if _, err := gen(t, dir, "-goldens"); err == nil {
		t.Error("a changed golden was published again")
	}
	if err := os.Remove(golden); err != nil {
		t.Fatal(err)
	}
	if _, err := gen(t, dir, "-goldens"); err == nil {
		t.Error("a golden that is gone was not missed")
	}

	put(t, golden, published)
	put(t, filepath.Join(dir, "golden", "task.recalled.2.json"), published)
	out, err := gen(t, dir, "-goldens")
	if want := []string{filepath.Join(dir, "asyncapi.json"), filepath.Join(dir, "golden", "MANIFEST")}; err != nil || !slices.Equal(out, want) {
		t.Errorf("a new golden: %v, %q; want it shown and listed", err, out)
	}
}

func TestAShapeWithoutAGoldenGetsOne(t *testing.T) {
	t.Parallel()
	src, err := readSource("..")
	if err != nil {
		t.Fatal(err)
	}
	least := files{"item.listed.4.json": []byte(`{"code":"SX-018","name":"核查","list":"assist"}`)}
	fresh, err := missing("item.listed", src, least)
	if err != nil || len(fresh) != 1 || !bytes.Contains(fresh[0], []byte(`"payers"`)) {
		t.Errorf("got %s, %v; want the full shape alone", fresh, err)
	}
	if n := highest("item.listed", least); n != 4 {
		t.Errorf("the highest number is %d, want 4", n)
	}
	fresh, err = missing("task.recalled", src, files{})
	if err != nil || len(fresh) != 1 {
		t.Errorf("got %s, %v; a type without optional fields has one shape", fresh, err)
	}
}

// The words of every enumeration in the published language. A line that has to
// change here is a change of what readers must know.
var enumerations = map[string]string{
	"admission.amended decision":      "admitted conditional denied",
	"admission.decided decision":      "admitted conditional denied",
	"admission.supplemented decision": "admitted conditional denied",
	"burden.amended kind":             "form ledger inspection certificate group app secondment levy training survey organisation",
	"burden.begun kind":               "form ledger inspection certificate group app secondment levy training survey organisation",
	"burden.supplemented kind":        "form ledger inspection certificate group app secondment levy training survey organisation",
	"commitment.amended kind":         "pledge quota",
	"commitment.made kind":            "pledge quota",
	"commitment.supplemented kind":    "pledge quota",
	"community.amended kind":          "urban village",
	"community.registered kind":       "urban village",
	"community.supplemented kind":     "urban village",
	"department.amended kind":         "department mass utility finance street superior custodian sponsor",
	"department.registered kind":      "department mass utility finance street superior custodian sponsor",
	"department.supplemented kind":    "department mass utility finance street superior custodian sponsor",
	"flag.changed lamp":               "red yellow blue",
	"flag.raised lamp":                "red yellow blue",
	"item.amended list":               "statutory assist purchase negative",
	"item.amended rule":               "none fixed per_case per_household per_capita per_staff ratio agreed",
	"item.amended timing":             "advance arrears",
	"item.listed list":                "statutory assist purchase negative",
	"item.listed rule":                "none fixed per_case per_household per_capita per_staff ratio agreed",
	"item.listed timing":              "advance arrears",
	"item.supplemented list":          "statutory assist purchase negative",
	"item.supplemented rule":          "none fixed per_case per_household per_capita per_staff ratio agreed",
	"item.supplemented timing":        "advance arrears",
	"plaque.amended zone":             "outside inside wall",
	"plaque.hung zone":                "outside inside wall",
	"plaque_title.listed zone":        "outside inside wall",
	"task.receipted outcome":          "accept conditional reject query",
}

func TestEveryEnumerationIsKnown(t *testing.T) {
	t.Parallel()
	src, err := readSource("..")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, name := range schemas.Types() {
		schema, err := eventSchema(name, src)
		if err != nil {
			t.Fatal(err)
		}
		for field, property := range schema.Properties {
			var list []string
			for _, word := range property.Enum {
				list = append(list, word.(string))
			}
			if list != nil {
				found[name+" "+field] = strings.Join(list, " ")
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(merged(found, enumerations))) {
		if found[key] != enumerations[key] {
			t.Errorf("%s: the schema has %q, want %q", key, found[key], enumerations[key])
		}
	}
}

func TestATagListsWords(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]string{
		"位置: outside, inside or wall":                          "outside inside wall",
		"性质: pledge or quota":                                  "pledge quota",
		"性质: pledge or quota; absent: pledge":                  "pledge quota",
		"用途: task:NO, item:CODE, department or general":        "",
		"in force from; absent: always":                        "",
		"上级凭证: the payment that this one passes on or returns": "",
		"1 for the payment's first arrival, and so on":         "",
		"名称": "",
	} {
		if got := strings.Join(words(tag), " "); got != want {
			t.Errorf("%s: got %q, want %q", tag, got, want)
		}
	}
}

func merged(a, b map[string]string) map[string]string {
	m := maps.Clone(a)
	maps.Copy(m, b)
	return m
}

// replica copies the package and what was generated from it.
func replica(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, pattern := range []string{"*.go", "README.md", "asyncapi.json", "events/*.json", "golden/*"} {
		paths, err := filepath.Glob(filepath.Join("..", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			to := filepath.Join(dir, strings.TrimPrefix(path, ".."))
			if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
				t.Fatal(err)
			}
			put(t, to, get(t, path))
		}
	}
	return dir
}

func gen(t *testing.T, dir string, args ...string) ([]string, error) {
	t.Helper()
	var out bytes.Buffer
	err := realMain(append(args, "-dir", dir), &out)
	return strings.Fields(out.String()), err
}

func get(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
