package naive

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// The worked cases that the specification comes with.
const cases = "../../feisui/testdata/cases"

// TestCases holds when every worked case gives the expected JSON.
func TestCases(t *testing.T) {
	folders, err := filepath.Glob(filepath.Join(cases, "*", "book"))
	if err != nil || len(folders) == 0 {
		t.Fatalf("no cases in %s: %v", cases, err)
	}
	for _, folder := range folders {
		dir := filepath.Dir(folder)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			on, err := os.ReadFile(filepath.Join(dir, "on"))
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(filepath.Join(dir, "expected.json"))
			if err != nil {
				t.Fatal(err)
			}
			got, err := Statement(folder, strings.TrimSpace(string(on)))
			if err != nil {
				t.Fatal(err)
			}
			if differences := differ("", decode(t, got), decode(t, want)); len(differences) > 0 {
				t.Errorf("%d differences:\n%s", len(differences), strings.Join(differences[:min(20, len(differences))], "\n"))
			}
		})
	}
}

// decode reads JSON.
func decode(t testing.TB, content []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(content, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// differ lists where two decoded JSON values differ.
func differ(path string, got, want any) []string {
	if g, ok := got.(map[string]any); ok {
		if w, ok := want.(map[string]any); ok {
			var all []string
			for key := range g {
				if _, known := w[key]; !known {
					all = append(all, path+"."+key+": not expected")
				}
			}
			for key := range w {
				if _, known := g[key]; !known {
					all = append(all, path+"."+key+": missing")
					continue
				}
				all = append(all, differ(path+"."+key, g[key], w[key])...)
			}
			return all
		}
	}
	if g, ok := got.([]any); ok {
		if w, ok := want.([]any); ok && len(g) == len(w) {
			var all []string
			for i := range g {
				all = append(all, differ(path+"["+label(w[i])+"]", g[i], w[i])...)
			}
			return all
		}
	}
	if reflect.DeepEqual(got, want) {
		return nil
	}
	g, _ := json.Marshal(got)
	w, _ := json.Marshal(want)
	return []string{path + ": got " + string(g) + ", want " + string(w)}
}

// label names an element of a list by what identifies it.
func label(v any) string {
	m, _ := v.(map[string]any)
	var parts []string
	for _, key := range []string{"code", "no", "voucher", "rule", "subject"} {
		if s, ok := m[key].(string); ok {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " ")
}
