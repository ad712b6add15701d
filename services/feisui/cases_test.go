package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// casesFolder holds the worked cases of the spec; FEISUI_CASES names another.
func casesFolder() string {
	if folder := os.Getenv("FEISUI_CASES"); folder != "" {
		return folder
	}
	return filepath.Join("testdata", "cases")
}

// TestCases runs every worked case as its users would: as the folder of CSV
// files that it is, and as the same book in XLSX, once with every cell as text
// and once with numbers and dates as a spreadsheet keeps them.
func TestCases(t *testing.T) {
	t.Parallel()
	cases, err := filepath.Glob(filepath.Join(casesFolder(), "*", "expected.json"))
	if err != nil || len(cases) == 0 {
		t.Fatalf("no cases in %s: %v", casesFolder(), err)
	}
	for _, expected := range cases {
		folder := filepath.Dir(expected)
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			on := strings.TrimSpace(string(contents(t, filepath.Join(folder, "on"))))
			want := decoded(t, contents(t, expected))
			book := filepath.Join(folder, "book")
			for name, path := range map[string]string{
				"CSV":            book,
				"XLSX of text":   asXLSX(t, book, textCells),
				"XLSX of values": asXLSX(t, book, valueCells),
			} {
				got := statementOf(t, path, on)
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%s: the statement differs from expected.json:\n%s", name, strings.Join(differences("", got, want), "\n"))
				}
			}
		})
	}
}

// TestADifferenceIsSeen is the control of TestCases: one fen makes it red.
func TestADifferenceIsSeen(t *testing.T) {
	t.Parallel()
	folder := filepath.Join("testdata", "cases", "jiangyan-wages")
	want := contents(t, filepath.Join(folder, "expected.json"))
	doctored := decoded(t, bytes.Replace(want, []byte("71000000"), []byte("71000001"), 1))
	got := statementOf(t, filepath.Join(folder, "book"), "2022-12-31")
	if reflect.DeepEqual(got, doctored) || len(differences("", got, doctored)) != 1 {
		t.Errorf("a statement that is wrong by a fen passes: %v", differences("", got, doctored))
	}
}

func statementOf(t *testing.T, book, on string) any {
	t.Helper()
	out, problems, status := feisui(t, "reconcile", book, "--on", on, "--format", "json")
	if status != exitOK {
		t.Fatalf("%s: exit status %d:\n%s", book, status, problems)
	}
	return decoded(t, []byte(out))
}

// feisui runs the command line in this process.
func feisui(t testing.TB, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	var out, problems bytes.Buffer
	status = run(t.Context(), args, &out, &problems)
	return out.String(), problems.String(), status
}

func contents(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func decoded(t *testing.T, b []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// differences lists where two JSON values differ, by path.
func differences(at string, got, want any) []string {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			break
		}
		var all []string
		for key := range w {
			all = append(all, differences(at+"/"+key, g[key], w[key])...)
		}
		for key := range g {
			if _, ok := w[key]; !ok {
				all = append(all, at+"/"+key+": not expected")
			}
		}
		return all
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			break
		}
		var all []string
		for i := range w {
			all = append(all, differences(at+"/"+itoa(i), g[i], w[i])...)
		}
		return all
	}
	if reflect.DeepEqual(got, want) {
		return nil
	}
	return []string{at + ": got " + compact(got) + ", want " + compact(want)}
}
