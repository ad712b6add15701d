package laws_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// object is a JSON object, as it was decoded.
type object = map[string]any

// decode reads a statement. Numbers stay as they are written: fen are exact.
func decode(t rapid.TB, content []byte) (statement object) {
	t.Helper()
	in := json.NewDecoder(bytes.NewReader(content))
	in.UseNumber()
	must(t, in.Decode(&statement))
	return statement
}

// mismatch begins every line that says what a law found.
const mismatch = "MISMATCH"

// shownMax bounds the differences that are shown: a person reads the first few.
const shownMax = 12

// same ends the check where two JSON values differ, and says where.
func same(t rapid.TB, what string, got, want any) {
	t.Helper()
	differences := differ("", got, want)
	if len(differences) == 0 {
		return
	}
	shown := differences[:min(shownMax, len(differences))]
	t.Fatalf("%s %s: %d differences\n  %s", mismatch, what, len(differences), strings.Join(shown, "\n  "))
}

// differ lists where two decoded JSON values differ, as path: got, want.
func differ(path string, got, want any) []string {
	switch w := want.(type) {
	case object:
		if g, ok := got.(object); ok {
			return differObjects(path, g, w)
		}
	case []any:
		if g, ok := got.([]any); ok {
			return differObjects(path, byName(g), byName(w))
		}
	}
	if reflect.DeepEqual(got, want) {
		return nil
	}
	return []string{strings.TrimPrefix(path, ".") + ": got " + text(got) + ", want " + text(want)}
}

func differObjects(path string, got, want object) []string {
	both := maps.Clone(got)
	maps.Copy(both, want)
	var all []string
	for _, key := range slices.Sorted(maps.Keys(both)) {
		g, given := got[key]
		w, wanted := want[key]
		switch {
		case given && wanted:
			all = append(all, differ(path+"."+key, g, w)...)
		case given:
			all = append(all, strings.TrimPrefix(path, ".")+"."+key+": got "+text(g)+", want nothing")
		default:
			all = append(all, strings.TrimPrefix(path, ".")+"."+key+": got nothing, want "+text(w))
		}
	}
	return all
}

// sequence is a member that no statement has: the names of a list in their order.
const sequence = "(order)"

// byName gives a list's elements by what they are called.
func byName(list []any) object {
	named := object{}
	var names []string
	for _, element := range list {
		name := name(element)
		for _, taken := named[name]; taken; _, taken = named[name] {
			name += "'"
		}
		named[name] = element
		names = append(names, name)
	}
	named[sequence] = strings.Join(names, " ")
	return named
}

func name(element any) string {
	fields, ok := element.(object)
	if !ok {
		return text(element)
	}
	var parts []string
	for _, key := range []string{"code", "no", "voucher", "rule", "subject"} {
		if s, ok := fields[key].(string); ok {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " ")
}

func text(v any) string {
	content, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(content)
}
