package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/schemas"
)

const (
	draft = "https://json-schema.org/draft/2020-12/schema"
	urn   = "urn:feisui:event:"
	// open is why no document refuses a property that it does not know.
	open = "Shapes grow: fields are added, so a reader passes over those that it does not know. A field that is absent was not given, which is never 0."
)

// vocabulary says how the types that write themselves look in JSON.
var vocabulary = map[reflect.Type]*jsonschema.Schema{
	reflect.TypeFor[civil.Date](): {Type: "string", Format: "date", Description: "a day in Asia/Shanghai"},
	reflect.TypeFor[money.Fen](): {
		Type: "integer", Minimum: jsonschema.Ptr(0.0), Maximum: jsonschema.Ptr(float64(money.Max)),
		Description: "an amount in fen (分), 0.01 yuan",
	},
	reflect.TypeFor[money.Decimal](): {
		Type: "string", Pattern: `^(0|[1-9][0-9]*)(\.[0-9]*[1-9])?$`,
		Description: "an exact decimal number in plain digits",
	},
	reflect.TypeFor[json.RawMessage](): {Type: "object"},
}

// documents gives the JSON Schema of every event and of the envelope.
func documents(dir string, src source) (files, error) {
	docs := files{}
	for _, name := range schemas.Types() {
		schema, err := eventSchema(name, src)
		if err != nil {
			return nil, err
		}
		if docs[filepath.Join(dir, name+".json")], err = document(schema); err != nil {
			return nil, err
		}
	}
	var err error
	docs[filepath.Join(dir, "envelope.json")], err = document(envelope())
	return docs, err
}

func eventSchema(name string, src source) (*jsonschema.Schema, error) {
	t := reflect.TypeOf(schemas.New(name))
	comment := src.types[t.Name()]
	if comment == "" {
		return nil, fmt.Errorf("%s has no doc comment", t.Name())
	}
	schema, err := jsonschema.ForType(t, &jsonschema.ForOptions{TypeSchemas: vocabulary})
	if err != nil {
		return nil, err
	}
	settle(schema)
	schema.Schema, schema.ID = draft, urn+name
	schema.Title, schema.Description = t.Name(), sentence(comment)
	schema.Comment = open
	return schema, nil
}

// settle turns a schema of what Go can hold into one of what is published: no
// null, since what is absent is left out; no negative count; the words of an
// enumeration; and properties of later shapes let through.
func settle(s *jsonschema.Schema) {
	if i := slices.Index(s.Types, "null"); i >= 0 {
		s.Type, s.Types = slices.Delete(s.Types, i, i+1)[0], nil
	}
	switch s.Type {
	case "integer":
		if s.Minimum == nil {
			s.Minimum = jsonschema.Ptr(0.0)
		}
	case "string":
		for _, word := range words(s.Description) {
			s.Enum = append(s.Enum, word)
		}
	case "object":
		if len(s.Properties) > 0 {
			s.AdditionalProperties = nil
		}
	}
	for _, property := range s.Properties {
		settle(property)
	}
	for _, inner := range []*jsonschema.Schema{s.Items, s.AdditionalProperties} {
		if inner != nil {
			settle(inner)
		}
	}
}

var enumeration = regexp.MustCompile(`: ((?:[a-z_]+, )*[a-z_]+) or ([a-z_]+)(?:;|$)`)

// words gives the words that a field's tag lists after its colon, as in
// "位置: outside, inside or wall", and nil where it lists none.
func words(tag string) []string {
	m := enumeration.FindStringSubmatch(tag)
	if m == nil {
		return nil
	}
	return append(strings.Split(m[1], ", "), m[2])
}

func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// order puts what a person reads first to the front of a document.
var order = []string{"$schema", "$id", "title", "description", "$comment", "type", "required", "properties"}

// document prints a schema, its parts in the order of order.
func document(s *jsonschema.Schema) ([]byte, error) {
	line, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	var parts map[string]json.RawMessage
	if err := json.Unmarshal(line, &parts); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	for _, key := range order {
		if part, ok := parts[key]; ok {
			fmt.Fprintf(&b, ",%q:%s", key, part)
			delete(parts, key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(parts)) {
		fmt.Fprintf(&b, ",%q:%s", key, parts[key])
	}
	return indented(slices.Concat([]byte("{"), b.Bytes()[1:], []byte("}")))
}

func indented(line []byte) ([]byte, error) {
	var b bytes.Buffer
	if err := json.Indent(&b, line, "", "  "); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}
