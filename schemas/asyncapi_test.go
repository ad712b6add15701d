package schemas_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"feisui/schemas"
)

func TestTheAsyncAPIDocumentIsWhole(t *testing.T) {
	t.Parallel()
	for _, fault := range faults(t, asyncAPI(t)) {
		t.Error(fault)
	}
}

// The document's test is only worth what it notices.
func TestTheAsyncAPIDocumentsFaultsAreSeen(t *testing.T) {
	t.Parallel()
	const name = "task.assigned"
	for what, doctor := range map[string]func(doc map[string]any){
		"a channel less":    func(d map[string]any) { delete(at(d, "channels"), name) },
		"a channel more":    func(d map[string]any) { at(d, "channels")["task.forgotten"] = at(d, "channels", name) },
		"another address":   func(d map[string]any) { at(d, "channels", name)["address"] = "feisui.task.assigned" },
		"no county":         func(d map[string]any) { delete(at(d, "channels", name, "parameters"), "county") },
		"an operation less": func(d map[string]any) { delete(at(d, "operations"), name) },
		"the other side":    func(d map[string]any) { at(d, "operations", name)["action"] = "receive" },
		"a message less":    func(d map[string]any) { delete(at(d, "components", "messages"), name) },
		"no parameter":      func(d map[string]any) { delete(at(d, "components", "parameters"), "county") },
		"no such schema":    func(d map[string]any) { at(d, "components", "messages", name, "payload")["$ref"] = "events/task.json" },
		"another type's schema": func(d map[string]any) {
			at(d, "components", "messages", name, "payload")["$ref"] = "events/task.recalled.json"
		},
		"a golden not shown":     func(d map[string]any) { at(d, "components", "messages", name)["examples"] = []any{} },
		"an example that is not": func(d map[string]any) { delete(example(d, name, "payload"), "no") },
		"a header less":          func(d map[string]any) { delete(example(d, name, "headers"), "ce-position") },
		"a header's value":       func(d map[string]any) { example(d, name, "headers")["ce-subject"] = "task/汉字" },
		"another type's header":  func(d map[string]any) { example(d, name, "headers")["ce-type"] = "task.recalled" },
	} {
		doctored := asyncAPI(t)
		doctor(doctored)
		if len(faults(t, doctored)) == 0 {
			t.Errorf("%s was not noticed", what)
		}
	}
}

func asyncAPI(t *testing.T) map[string]any {
	t.Helper()
	b, err := os.ReadFile("asyncapi.json")
	if err != nil {
		t.Fatal(err)
	}
	return value(t, b).(map[string]any)
}

func at(doc map[string]any, path ...string) map[string]any {
	for _, name := range path {
		doc, _ = doc[name].(map[string]any)
	}
	return doc
}

func example(doc map[string]any, name, part string) map[string]any {
	return at(doc, "components", "messages", name)["examples"].([]any)[0].(map[string]any)[part].(map[string]any)
}

// faults says what is wrong with the document.
func faults(t *testing.T, doc map[string]any) (found []string) {
	t.Helper()
	for _, part := range []map[string]any{at(doc, "channels"), at(doc, "operations"), at(doc, "components", "messages")} {
		if names := slices.Sorted(maps.Keys(part)); !slices.Equal(names, schemas.Types()) {
			found = append(found, fmt.Sprintf("types %q, want those of the registry", names))
		}
	}
	references(doc, func(to string) {
		if !resolves(doc, to) {
			found = append(found, "nothing is at "+to)
		}
	})
	if len(found) > 0 {
		return found
	}
	for _, name := range schemas.Types() {
		message := at(doc, "components", "messages", name)
		for what, pair := range map[string][2]any{
			"address":           {at(doc, "channels", name)["address"], "feisui.{county}." + name},
			"channel's message": {at(doc, "channels", name, "messages", name)["$ref"], "#/components/messages/" + name},
			"channel's county":  {at(doc, "channels", name, "parameters", "county")["$ref"], "#/components/parameters/county"},
			"action":            {at(doc, "operations", name)["action"], "send"},
			"operation":         {at(doc, "operations", name, "channel")["$ref"], "#/channels/" + name},
			"name":              {message["name"], name},
			"payload":           {at(message, "payload")["$ref"], "events/" + name + ".json"},
		} {
			if pair[0] != pair[1] {
				found = append(found, fmt.Sprintf("%s of %s: %v, want %v", what, name, pair[0], pair[1]))
			}
		}
	}
	return append(found, wrongExamples(t, doc)...)
}

// references calls f with every $ref of a document.
func references(v any, f func(to string)) {
	switch v := v.(type) {
	case map[string]any:
		if to, ok := v["$ref"].(string); ok {
			f(to)
		}
		for name, inner := range v {
			if name != "examples" {
				references(inner, f)
			}
		}
	case []any:
		for _, inner := range v {
			references(inner, f)
		}
	}
}

func resolves(doc map[string]any, to string) bool {
	pointer, inside := strings.CutPrefix(to, "#/")
	if !inside {
		_, err := os.Stat(filepath.FromSlash(to))
		return err == nil
	}
	return at(doc, strings.Split(pointer, "/")...) != nil
}

// wrongExamples says which goldens are not shown, and which examples are not
// what the document itself demands.
func wrongExamples(t *testing.T, doc map[string]any) (found []string) {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("asyncapi.json", doc); err != nil {
		t.Fatal(err)
	}
	shown := map[string]any{}
	for _, name := range schemas.Types() {
		parts := map[string]*jsonschema.Schema{}
		for _, part := range []string{"headers", "payload"} {
			schema, err := c.Compile("asyncapi.json#/components/messages/" + name + "/" + part)
			if err != nil {
				t.Fatal(err)
			}
			parts[part] = schema
		}
		examples, _ := at(doc, "components", "messages", name)["examples"].([]any)
		for _, e := range examples {
			e := e.(map[string]any)
			shown[e["name"].(string)+".json"] = e["payload"]
			for part, schema := range parts {
				if err := schema.Validate(e[part]); err != nil {
					found = append(found, fmt.Sprintf("%s of %s: %v", part, e["name"], err))
				}
			}
		}
	}
	for name, payload := range goldens(t) {
		if !reflect.DeepEqual(shown[name], value(t, bytes.TrimSpace(payload))) {
			found = append(found, "the document does not show the golden "+name)
		}
	}
	return found
}
