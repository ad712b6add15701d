package main

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"feisui/pkg/access"
	"feisui/schemas"
	"feisui/services/feisui/record"
)

// contract is the committed OpenAPI document, and what is read from it.
type contract struct {
	compiler *jsonschema.Compiler
	document map[string]any
}

const contractURL = "openapi.json"

func contractOf(t *testing.T) *contract {
	t.Helper()
	c := &contract{compiler: jsonschema.NewCompiler()}
	c.compiler.AssertFormat()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(contents(t, filepath.Join("..", "..", "schemas", "openapi.json"))))
	if err != nil {
		t.Fatal(err)
	}
	c.document = document.(map[string]any)
	if err := c.compiler.AddResource(contractURL, document); err != nil {
		t.Fatal(err)
	}
	return c
}

// at finds a part of the document.
func (c *contract) at(keys ...string) any {
	var v any = c.document
	for _, key := range keys {
		o, _ := v.(map[string]any)
		v = o[key]
	}
	return v
}

// schema compiles the schema at a place of the document, with all it refers to.
func (c *contract) schema(t *testing.T, keys ...string) *jsonschema.Schema {
	t.Helper()
	var pointer strings.Builder
	for _, key := range keys {
		pointer.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(key))
	}
	s, err := c.compiler.Compile(contractURL + "#" + pointer.String())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// answered checks an answer of an operation: the status is documented, and the
// body as its schema says.
func (c *contract) answered(t *testing.T, method, path string, answer *http.Response, body []byte) {
	t.Helper()
	kind, _, _ := strings.Cut(answer.Header.Get("Content-Type"), ";")
	place := []string{"paths", path, strings.ToLower(method), "responses", strconv.Itoa(answer.StatusCode), "content", kind, "schema"}
	if c.at(place...) == nil {
		t.Errorf("%s %s answers %d %s, of which the document knows nothing", method, path, answer.StatusCode, kind)
		return
	}
	if kind == "text/plain" {
		return
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err == nil {
		err = c.schema(t, place...).Validate(value)
	}
	if err != nil {
		t.Errorf("%s %s: %s: %v", method, path, body, err)
	}
	if p, _ := value.(map[string]any); kind == "application/problem+json" {
		said, _ := c.at(append(place[:5:5], "description")...).(string)
		if code, _ := p["code"].(string); !strings.Contains(said, code) {
			t.Errorf("%s %s answers %s, of which the document knows nothing", method, path, code)
		}
	}
}

// TestTheDocumentIsCommitted: schemas/openapi.json is what the code registers.
func TestTheDocumentIsCommitted(t *testing.T) {
	t.Parallel()
	if mustRun(t, "openapi") != string(contents(t, filepath.Join("..", "..", "schemas", "openapi.json"))) {
		t.Error("schemas/openapi.json differs from the code: make gen")
	}
}

// official is the OpenAPI Initiative's own schema of OpenAPI 3.1, with the
// schemas inside of a document held against JSON Schema 2020-12.
func official(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text := contents(t, filepath.Join("testdata", "openapi-3.1", "schema.json"))
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	id := schema.(map[string]any)["$id"].(string)
	whole := map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "$ref": id,
		"$defs": map[string]any{"schema": map[string]any{"$dynamicAnchor": "meta", "$ref": "https://json-schema.org/draft/2020-12/schema"}},
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(id, schema); err != nil {
		t.Fatal(err)
	}
	if err := compiler.AddResource("urn:feisui:openapi-with-schemas", whole); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("urn:feisui:openapi-with-schemas")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// TestTheDocumentIsOpenAPI31: valid by the official schema, and every schema in it
// compiles with all it refers to. The controls are the same document, doctored.
func TestTheDocumentIsOpenAPI31(t *testing.T) {
	t.Parallel()
	valid := official(t)
	if err := valid.Validate(contractOf(t).document); err != nil {
		t.Error(err)
	}
	for name, doctor := range map[string]func(*contract){
		"another version":        func(c *contract) { c.document["openapi"] = "3.0.3" },
		"no title":               func(c *contract) { delete(c.at("info").(map[string]any), "title") },
		"a path without a slash": func(c *contract) { c.at("paths").(map[string]any)["v1"] = map[string]any{} },
		"a response of no text": func(c *contract) {
			delete(c.at("paths", "/healthz", "get", "responses", "200").(map[string]any), "description")
		},
		"a type that is none": func(c *contract) { c.at("components", "schemas", "Flow").(map[string]any)["type"] = "objekt" },
	} {
		c := contractOf(t)
		doctor(c)
		if err := valid.Validate(c.document); err == nil {
			t.Errorf("%s is valid", name)
		}
	}
	c := contractOf(t)
	schemas := 0
	for _, place := range placesOfSchemas(c.document, nil) {
		schemas++
		c.schema(t, place...)
	}
	if schemas < 100 {
		t.Errorf("only %d schemas were looked at", schemas)
	}
}

// placesOfSchemas finds the schemas of a document, but not those within others.
func placesOfSchemas(v any, place []string) (found [][]string) {
	o, _ := v.(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(o)) {
		here := append(slices.Clone(place), key)
		if key == "schema" || slices.Equal(place, []string{"components", "schemas"}) {
			found = append(found, here)
			continue
		}
		found = append(found, placesOfSchemas(o[key], here)...)
	}
	return found
}

func rowPath(sheet string) string { return "/v1/counties/{county}/" + sheet }

func (c *contract) rowSchema(t *testing.T, sheet string) *jsonschema.Schema {
	t.Helper()
	return c.schema(t, "paths", rowPath(sheet), "post", "requestBody", "content", "application/json", "schema")
}

// TestRowsOfTheCasesAreAsDocumented: a row that the record door takes is one that
// the document describes, and one with something wrong is not.
func TestRowsOfTheCasesAreAsDocumented(t *testing.T) {
	t.Parallel()
	c := contractOf(t)
	rows := 0
	for _, sheet := range record.Layout {
		schema := c.rowSchema(t, sheet.Name)
		for _, name := range []string{sheet.Name, sheet.Chinese} {
			paths, err := filepath.Glob(filepath.Join(casesFolder(), "*", "book", name+".csv"))
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range paths {
				table := csvRows(t, path)
				for _, cells := range table[1:] {
					row := map[string]any{}
					for i, text := range cells {
						if text != "" {
							row[table[0][i]] = text
						}
					}
					rows++
					if err := schema.Validate(row); err != nil {
						t.Fatalf("%s: %v: %v", path, row, err)
					}
				}
			}
		}
	}
	if rows < 1000 {
		t.Errorf("only %d rows were looked at", rows)
	}
	departments := c.rowSchema(t, "departments")
	for name, row := range map[string]map[string]any{
		"nothing":        {},
		"no name":        {"code": "D1", "kind": "部门"},
		"an empty name":  {"code": "D1", "name": "", "kind": "部门"},
		"a wrong word":   {"code": "D1", "name": "某局", "kind": "king"},
		"a wrong column": {"code": "D1", "name": "某局", "kind": "部门", "colour": "red"},
		"a list":         {"code": []any{"D1"}, "name": "某局", "kind": "部门"},
	} {
		if departments.Validate(row) == nil {
			t.Errorf("%s is as documented", name)
		}
	}
}

// TestStatementsAreAsDocumented: the expected statement of every worked case.
func TestStatementsAreAsDocumented(t *testing.T) {
	t.Parallel()
	schema := contractOf(t).schema(t, "components", "schemas", "CountyStatement")
	cases, err := filepath.Glob(filepath.Join(casesFolder(), "*", "expected.json"))
	if err != nil || len(cases) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, path := range cases {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(contents(t, path)))
		if err == nil {
			err = schema.Validate(value)
		}
		if err != nil {
			t.Errorf("%s: %v", path, err)
		}
		value.(map[string]any)["totals"] = "much"
		if schema.Validate(value) == nil {
			t.Errorf("%s: a doctored statement is as documented", path)
		}
	}
}

// asking sends a request to an operation of a running county, and checks that the
// answer is documented.
func (c *contract) asking(t *testing.T, server, method, path, id, query string, body []byte) (status int, text []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, server+strings.Replace(path, "{county}", "c", 1)+query, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if id != "" {
		r.Header.Set("Request-Id", id)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if text, err = io.ReadAll(answer.Body); err != nil {
		t.Fatal(err)
	}
	c.answered(t, method, path, answer, text)
	return answer.StatusCode, text
}

// TestTheExamplesOfTheDocument records every example row in a running county, in
// English and then in Chinese, which is the same row and so nothing new. Nothing
// is recorded without a request id, and every answer is one that is documented.
func TestTheExamplesOfTheDocument(t *testing.T) {
	t.Parallel()
	c := contractOf(t)
	server := running(t, "c")
	for _, sheet := range record.Layout {
		examples, _ := c.at("paths", rowPath(sheet.Name), "post", "requestBody", "content", "application/json", "examples").(map[string]any)
		if len(examples) < 2 {
			t.Errorf("%s has no examples", sheet.Name)
		}
		for _, name := range slices.Sorted(maps.Keys(examples)) {
			value := examples[name].(map[string]any)["value"]
			if err := c.rowSchema(t, sheet.Name).Validate(value); err != nil {
				t.Errorf("%s of %s is not as its own document says: %v", name, sheet.Name, err)
			}
			body, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			status, answer := c.asking(t, server, http.MethodPost, rowPath(sheet.Name), sheet.Name+"/"+name, "", body)
			var imported struct{ New int }
			if err := json.Unmarshal(answer, &imported); err != nil || status != http.StatusOK {
				t.Errorf("%s of %s: %d %s", name, sheet.Name, status, answer)
			}
			if chinese := strings.HasSuffix(name, ".zh-CN"); chinese != (imported.New == 0) {
				t.Errorf("%s of %s: %d are new", name, sheet.Name, imported.New)
			}
		}
	}
	c.everyRefusal(t, server)
	for query, want := range map[string]int{
		"?on=2025-12-31": 200, "?on=2025-12-31&since=2025-06-30&community=431026102001": 200, "?on=2025-12-31&format=table&lang=en": 200,
		"?on=2025-12-31&position=1": 200, "": 422, "?on=2025-12-31&format=xml": 422, "?on=2025-12-31&lang=fr": 422, "?on=2025-12-31&community=1": 404,
		"?on=2025-12-31&since=2026-01-01": 422, "?on=2025-12-31&position=1&known_at=now": 422, "?on=2025-12-31&known_at=now": 422,
		"?on=2025-12-31&position=999": 422 /* #34 */, "?on=2025-12-31&On=2025-12-31": 400,
	} {
		if status, answer := c.asking(t, server, http.MethodGet, "/v1/counties/{county}/statement", "", query, nil); status != want {
			t.Errorf("%s: %d, want %d: %s", query, status, want, answer)
		}
	}
	for _, path := range []string{"/healthz", "/readyz", "/v1/openapi.json"} {
		status, answer := c.asking(t, server, http.MethodGet, path, "", "", nil)
		if status != http.StatusOK {
			t.Errorf("%s: %d %s", path, status, answer)
		}
		if path == "/v1/openapi.json" && !bytes.Equal(answer, contents(t, filepath.Join("..", "..", "schemas", "openapi.json"))) {
			t.Error("the document that is served is not the one that is committed")
		}
	}
}

// everyRefusal asks each operation that records for what it must refuse.
func (c *contract) everyRefusal(t *testing.T, server string) {
	t.Helper()
	mutating := 0
	for path := range c.at("paths").(map[string]any) {
		if c.at("paths", path, "post") == nil || c.tag(path, "post") == "people" { // for whom they are: TestPeoplesRefusalsAreDocumented
			continue
		}
		mutating++
		if strings.Contains(path, "/workflows") || strings.Contains(path, "/bank-statements") || strings.HasSuffix(path, "-sheets") || strings.Contains(path, "/prepared-imports") { // the operator is nobody there; the stage sees what is refused to others
			if status, answer := c.asking(t, server, http.MethodPost, path, "r", "", []byte(`{}`)); status != http.StatusForbidden {
				t.Errorf("%s by the operator: %d %s", path, status, answer)
			}
			continue
		}
		if status, answer := c.asking(t, server, http.MethodPost, path, "", "", []byte(`{}`)); status != http.StatusPreconditionRequired {
			t.Errorf("%s without a request id: %d %s", path, status, answer)
		}
		want := http.StatusUnprocessableEntity
		switch {
		case strings.HasSuffix(path, "/imports"):
			want = http.StatusUnsupportedMediaType
		case strings.HasSuffix(path, "/rebuild"):
			want = http.StatusOK // it takes no body, and reads none
		}
		if status, answer := c.asking(t, server, http.MethodPost, path, "r", "", []byte(`{"none":1}`)); status != want {
			t.Errorf("%s with a wrong body: %d %s", path, status, answer)
		}
		if status, answer := c.asking(t, server, http.MethodPost, path, "r", "?dry=1", []byte(`{}`)); status != http.StatusBadRequest {
			t.Errorf("%s with an unknown parameter: %d %s", path, status, answer)
		}
	}
	if mutating != len(record.Layout)+16 {
		t.Errorf("%d operations change something, want the sheets, the import, the rebuild, six of workflows, two of statements, two of sheets of tasks and four of prepared workbooks", mutating)
	}
	row := rowPath("departments")
	for name, body := range map[string][]byte{
		"no JSON": []byte(`code=D2`), "too much": bytes.Repeat([]byte(" "), 2<<20), "an empty row": []byte(`{}`),
	} {
		if status, _ := c.asking(t, server, http.MethodPost, row, "r", "", body); status < 400 || status >= 500 {
			t.Errorf("%s: %d", name, status)
		}
	}
}

// tag is what an operation stands under.
func (c *contract) tag(path, method string) string {
	return c.at("paths", path, method, "tags").([]any)[0].(string)
}

// underNoID are operations about people that record nothing under a request id: what
// comes of them is a session, or the way to one.
var underNoID = []string{"session_open", "session_close", "factor_show", "elsewhere_leave", "elsewhere_return", "binding_leave", "seen"}

// TestPeoplesRefusalsAreDocumented: what changes something about people refuses, for
// whom it is, what no operation takes, as the document says.
func TestPeoplesRefusalsAreDocumented(t *testing.T) {
	t.Parallel()
	c := contractOf(t)
	_, people := guarded(t)
	table := rightsTable(t, schemas.Access)
	changing := 0
	for path, item := range c.at("paths").(map[string]any) {
		for method, operation := range item.(map[string]any) {
			id := operation.(map[string]any)["operationId"].(string)
			if c.tag(path, method) != "people" || method == "get" {
				continue
			}
			changing++
			who := "leader"
			for _, role := range access.Roles {
				if table[id][string(role)] != "-" {
					who = string(role)
				}
			}
			ask := func(request, query, body, want string) {
				place := strings.NewReplacer("{county}", "c", "{id}", absentID).Replace(path)
				r, err := http.NewRequestWithContext(t.Context(), strings.ToUpper(method), people.server+place+query, strings.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Request-Id", request)
				r.Header.Set("Content-Type", "application/json")
				people.show(r, who, "valid", false)
				answer, err := asked.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				defer answer.Body.Close()
				text, err := io.ReadAll(answer.Body)
				if err != nil {
					t.Fatal(err)
				}
				c.answered(t, strings.ToUpper(method), path, answer, text)
				if !strings.Contains(string(text), `"code":"`+want+`"`) {
					t.Errorf("%s by %s: %s, want %s", id, who, text, want)
				}
			}
			ask("r", "?dry=1", "{}", "QUERY")
			if body := operation.(map[string]any)["requestBody"]; body != nil {
				ask("r", "", `{"none":1}`, "FIELD_UNKNOWN")
			}
			if !slices.Contains(underNoID, id) {
				ask("", "", "{}", "REQUEST_ID")
			}
		}
	}
	if changing != 29 {
		t.Errorf("%d operations change something about people", changing)
	}
}

// TestAnUploadThatIsCut: what has not come in whole is not recorded.
func TestAnUploadThatIsCut(t *testing.T) {
	t.Parallel()
	server := running(t, "c")
	body := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"departments.csv\"\r\n\r\ncode,name,kind\nD1,民政局,部门\n"
	for sent, want := range map[string]int{body: http.StatusBadRequest, body + "\r\n--b--\r\n": http.StatusOK} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server+"/v1/counties/c/imports", strings.NewReader(sent))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		r.Header.Set("Request-Id", "r")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != want {
			t.Errorf("%d %s %v, want %d", answer.StatusCode, text, err, want)
		}
	}
}
