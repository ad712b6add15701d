package main

import (
	"math"

	"github.com/google/jsonschema-go/jsonschema"
)

// envelope describes the CloudEvents 1.0 form in JSON under which an entry of
// the journal is published. Position, version and request are extension
// attributes, whose names may only be lower-case letters and digits.
func envelope() *jsonschema.Schema {
	attributes := []struct {
		name string
		s    *jsonschema.Schema
	}{
		{"specversion", &jsonschema.Schema{Type: "string", Const: jsonschema.Ptr[any]("1.0"), Description: "CloudEvents 1.0"}},
		{"id", &jsonschema.Schema{Type: "string", Format: "uuid", Description: "the entry's id, a UUID version 7"}},
		{"source", &jsonschema.Schema{Type: "string", Format: "uri-reference", Pattern: `^/counties/[^/]+$`, Description: "the county whose journal holds the entry: /counties/{county}"}},
		{"type", &jsonschema.Schema{Type: "string", Pattern: `^[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*$`, Description: "the event type: task.assigned"}},
		{"subject", &jsonschema.Schema{Type: "string", Pattern: `^[a-z]+(_[a-z]+)*/.+$`, Description: "the stream: task/JB2025-0031"}},
		{"time", &jsonschema.Schema{Type: "string", Format: "date-time", Description: "when the entry was recorded"}},
		{"datacontenttype", &jsonschema.Schema{Type: "string", Const: jsonschema.Ptr[any]("application/json")}},
		{"dataschema", &jsonschema.Schema{Type: "string", Format: "uri", Pattern: `^urn:feisui:event:.+$`, Description: "the $id of the type's schema: urn:feisui:event:task.assigned"}},
		{"data", &jsonschema.Schema{Type: "object", Description: "the event, as dataschema says"}},
		{"position", counter("the entry's place in the county's journal: 1, 2, 3 … without a gap")},
		{"version", counter("the entry's place in its stream: 1, 2, 3 … without a gap")},
		{"request", &jsonschema.Schema{Type: "string", MinLength: jsonschema.Ptr(1), Description: "the id of the request that was accepted with this entry"}},
	}
	s := &jsonschema.Schema{
		Schema: draft, ID: urn + "envelope", Title: "Envelope", Type: "object",
		Description: "An entry of a county's journal as it is published: CloudEvents 1.0 in JSON, with the extension attributes position, version and request.",
		Comment:     "Further extension attributes may come; a reader passes over those that it does not know.",
		Properties:  map[string]*jsonschema.Schema{},
	}
	for _, a := range attributes {
		s.Properties[a.name] = a.s
		s.PropertyOrder = append(s.PropertyOrder, a.name)
		s.Required = append(s.Required, a.name)
	}
	return s
}

// counter is an Integer of CloudEvents, which has 32 bits.
func counter(says string) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "integer", Minimum: jsonschema.Ptr(1.0), Maximum: jsonschema.Ptr(float64(math.MaxInt32)), Description: says}
}
