package schemas_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"feisui/schemas"
)

func TestEveryGoldenIsValid(t *testing.T) {
	t.Parallel()
	checks := compiled(t)
	for name, payload := range goldens(t) {
		if err := checks[typeOf(name)].Validate(value(t, payload)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEveryDocumentDescribesAType(t *testing.T) {
	t.Parallel()
	var described []string
	for name, schema := range compiled(t) {
		if want := "urn:feisui:event:" + name; schema.ID != want {
			t.Errorf("events/%s.json has the $id %s, want %s", name, schema.ID, want)
		}
		if name != "envelope" {
			described = append(described, name)
		}
	}
	slices.Sort(described)
	if !slices.Equal(described, schemas.Types()) {
		t.Errorf("documents of\n%s\nwant\n%s", strings.Join(described, " "), strings.Join(schemas.Types(), " "))
	}
}

// What a payload of a later, lawful shape may look like.
func TestAFieldMoreIsValid(t *testing.T) {
	t.Parallel()
	checks := compiled(t)
	for name, payload := range goldens(t) {
		grown := value(t, payload).(map[string]any)
		grown["since_a_later_shape"] = "甲"
		if err := checks[typeOf(name)].Validate(grown); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestARequiredFieldLessIsInvalid(t *testing.T) {
	t.Parallel()
	checks := compiled(t)
	for name, payload := range goldens(t) {
		for _, field := range checks[typeOf(name)].Required {
			poorer := value(t, payload).(map[string]any)
			delete(poorer, field)
			if checks[typeOf(name)].Validate(poorer) == nil {
				t.Errorf("%s is valid without %s", name, field)
			}
		}
	}
}

// No field of any golden may become null, or a list of lists.
func TestAFieldOfAnotherTypeIsInvalid(t *testing.T) {
	t.Parallel()
	checks := compiled(t)
	for name, payload := range goldens(t) {
		for field := range value(t, payload).(map[string]any) {
			for _, other := range []any{nil, []any{[]any{}}} {
				doctored := value(t, payload).(map[string]any)
				doctored[field] = other
				if checks[typeOf(name)].Validate(doctored) == nil {
					t.Errorf("%s is valid with %v as its %s", name, other, field)
				}
			}
		}
	}
}

func TestTheSchemasSayWhatEventsMayHold(t *testing.T) {
	t.Parallel()
	checks := compiled(t)
	for _, c := range []struct {
		golden, field string
		value         any
		valid         bool
	}{
		{"task.assigned.1.json", "amount", json.Number("0"), true},
		{"task.assigned.1.json", "amount", json.Number("10000000000000"), true},
		{"task.assigned.1.json", "amount", json.Number("10000000000001"), false},
		{"task.assigned.1.json", "amount", json.Number("-1"), false},
		{"task.assigned.1.json", "amount", json.Number("8350.5"), false},
		{"task.assigned.1.json", "amount", "835000", false},
		{"task.assigned.1.json", "issued_on", "2024-02-29", true},
		{"task.assigned.1.json", "issued_on", "2025-02-29", false},
		{"task.assigned.1.json", "issued_on", "2025/3/3", false},
		{"task.assigned.1.json", "issued_on", "2025-03-03T00:00:00Z", false},
		{"task.assigned.1.json", "quantity", "0", true},
		{"task.assigned.1.json", "quantity", "0.05", true},
		{"task.assigned.1.json", "quantity", "12.50", false},
		{"task.assigned.1.json", "quantity", "012", false},
		{"task.assigned.1.json", "quantity", "1,200", false},
		{"task.assigned.1.json", "quantity", "-1", false},
		{"task.assigned.1.json", "quantity", ".5", false},
		{"task.assigned.1.json", "quantity", json.Number("42"), false},
		{"task.receipted.1.json", "outcome", "reject", true},
		{"task.receipted.1.json", "outcome", "silence", false},
		{"task.receipted.1.json", "outcome", "接收", false},
		{"item.listed.1.json", "payers", []any{}, true},
		{"item.listed.1.json", "payers", []any{map[string]any{"code": "D01"}}, false},
		{"item.listed.1.json", "payers", []any{map[string]any{"code": "D01", "weight": "1", "later": true}}, true},
		{"policy.adopted.1.json", "plaque_caps", map[string]any{"wall": json.Number("2.5")}, false},
		{"policy.adopted.1.json", "grace_days", json.Number("-1"), false},
		{"commitment.made.1.json", "purpose", "general", true},
		{"community.registered.1.json", "households", json.Number("-1"), false},
	} {
		payload := value(t, goldens(t)[c.golden]).(map[string]any)
		payload[c.field] = c.value
		if err := checks[typeOf(c.golden)].Validate(payload); (err == nil) != c.valid {
			t.Errorf("%s with %s %v: %v", c.golden, c.field, c.value, err)
		}
	}
}

// published is an entry as a reader on the bus gets it.
const published = `{
	"specversion": "1.0", "id": "0198f3a1-7c11-7b52-9c2e-0d5f6a7b8c9d", "source": "/counties/990101",
	"type": "task.recalled", "subject": "task/JB2025-0031", "time": "2025-03-14T09:26:53.589793+08:00",
	"datacontenttype": "application/json", "dataschema": "urn:feisui:event:task.recalled",
	"data": {"no": "JB2025-0031", "recalled_on": "2025-03-14"},
	"position": 4711, "version": 3, "request": "deadline/JB2025-0031/1"
}`

func TestTheEnvelopeIsCloudEvents(t *testing.T) {
	t.Parallel()
	check := compiled(t)["envelope"]
	if err := check.Validate(value(t, []byte(published))); err != nil {
		t.Error(err)
	}
	for _, c := range []struct {
		attribute string
		value     any
		valid     bool
	}{
		{"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true},
		{"subject", "plaque_title/outside:居家养老服务站", true},
		{"specversion", "0.3", false},
		{"id", "4711", false},
		{"source", "/990101", false},
		{"source", "/counties/990101/journal", false},
		{"type", "TaskRecalled", false},
		{"type", "task", false},
		{"subject", "JB2025-0031", false},
		{"time", "2025-03-14", false},
		{"datacontenttype", "text/csv", false},
		{"dataschema", "task.recalled", false},
		{"data", "{}", false},
		{"position", json.Number("0"), false},
		{"position", json.Number("1.5"), false},
		{"version", "3", false},
		{"request", "", false},
	} {
		doctored := value(t, []byte(published)).(map[string]any)
		doctored[c.attribute] = c.value
		if err := check.Validate(doctored); (err == nil) != c.valid {
			t.Errorf("%s %v: %v", c.attribute, c.value, err)
		}
	}
	for _, attribute := range check.Required {
		doctored := value(t, []byte(published)).(map[string]any)
		delete(doctored, attribute)
		if check.Validate(doctored) == nil {
			t.Errorf("an envelope is valid without %s", attribute)
		}
	}
}

// compiled gives every document in events/ by name, with formats asserted. A
// document that is no schema of its draft fails.
func compiled(t *testing.T) map[string]*jsonschema.Schema {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("events", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	m := map[string]*jsonschema.Schema{}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddResource(path, value(t, b)); err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		if m[name], err = c.Compile(path); err != nil {
			t.Fatal(err)
		}
	}
	return m
}
