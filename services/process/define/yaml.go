package define

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"feisui/pkg/message"
	"feisui/services/process"
)

// What a declaration may be: more than this is no workflow that people follow.
const (
	bytesMost = 1 << 20
	depthMost = 32
)

// lines are the lines of places.
type lines map[string]int

// of gives the line of a place, or of the nearest place above it that has one.
func (l lines) of(place string) int {
	for {
		if line, known := l[place]; known {
			return line
		}
		dot := strings.LastIndexByte(place, '.')
		if dot < 0 {
			return l[place]
		}
		place = place[:dot]
	}
}

// read reads a declaration in YAML. A key that nothing has, one that is there
// twice, and a value of another kind are faults, each with its line.
func read(content []byte) (*process.Definition, lines, Faults) {
	r := &reader{lines: lines{}}
	if len(content) > bytesMost {
		r.fault("", 0, "too_large", "most", strconv.Itoa(bytesMost))
		return nil, nil, r.faults
	}
	var document yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	if err := decoder.Decode(&document); err != nil {
		r.fault("", 0, "not_read", "error", strings.TrimPrefix(err.Error(), "yaml: "))
		return nil, nil, r.faults
	}
	if err := decoder.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		r.fault("", 0, "one_document")
		return nil, nil, r.faults
	}
	var b bytes.Buffer
	r.value(&b, document.Content[0], reflect.TypeFor[process.Definition](), "", 0)
	if r.faults != nil {
		return nil, nil, r.faults
	}
	d := &process.Definition{}
	if err := json.Unmarshal(b.Bytes(), d); err != nil {
		r.fault("", 0, "not_read", "error", err.Error())
		return nil, nil, r.faults
	}
	return d, r.lines, nil
}

// reader turns YAML into the JSON of a Go type.
type reader struct {
	lines  lines
	faults Faults
}

func (r *reader) fault(place string, line int, key string, args ...string) {
	text := message.Text{Key: key, Args: message.Args{}}
	for i := 0; i+1 < len(args); i += 2 {
		text.Args[args[i]] = args[i+1]
	}
	r.faults = append(r.faults, process.Fault{Place: place, Line: line, Text: text})
}

// value writes a node as a value of a type; nil is any type, as in a form.
func (r *reader) value(b *bytes.Buffer, n *yaml.Node, t reflect.Type, place string, depth int) {
	switch {
	case t == reflect.TypeFor[json.RawMessage]():
		t = nil
	case t != nil && t.Kind() == reflect.Pointer: // of what may be left out
		t = t.Elem()
	}
	switch {
	case depth > depthMost:
		r.fault(place, n.Line, "too_deep", "most", strconv.Itoa(depthMost))
	case n.Kind == yaml.MappingNode && (t == nil || t.Kind() == reflect.Struct || t.Kind() == reflect.Map):
		r.object(b, n, t, place, depth)
	case n.Kind == yaml.SequenceNode && (t == nil || t.Kind() == reflect.Slice):
		b.WriteByte('[')
		for i, item := range n.Content {
			if i > 0 {
				b.WriteByte(',')
			}
			r.value(b, item, element(t), place, depth+1)
		}
		b.WriteByte(']')
	case n.Kind == yaml.ScalarNode:
		r.scalar(b, n, t, place)
	case n.Kind == yaml.AliasNode:
		r.fault(place, n.Line, "no_alias")
	default:
		r.fault(place, n.Line, "other_kind")
	}
}

func element(t reflect.Type) reflect.Type {
	if t == nil {
		return nil
	}
	return t.Elem()
}

func (r *reader) object(b *bytes.Buffer, n *yaml.Node, t reflect.Type, place string, depth int) {
	var seen []string
	b.WriteByte('{')
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		inner, known := member(t, key.Value)
		at := strings.TrimPrefix(place+"."+key.Value, ".")
		switch {
		case key.Kind != yaml.ScalarNode || key.Tag == "!!merge":
			r.fault(place, key.Line, "other_kind")
			continue
		case !known:
			r.fault(at, key.Line, "unknown_key", "key", key.Value, "known", strings.Join(members(t), ", "))
			continue
		case slices.Contains(seen, key.Value):
			r.fault(at, key.Line, "key_twice", "key", key.Value)
			continue
		}
		if len(seen) > 0 {
			b.WriteByte(',')
		}
		seen = append(seen, key.Value)
		r.lines[at] = key.Line
		fmt.Fprintf(b, "%s:", quoted(key.Value))
		r.value(b, value, inner, at, depth+1)
	}
	b.WriteByte('}')
}

// member gives the type of a member of a type: of a struct the field of that JSON
// name.
func member(t reflect.Type, name string) (reflect.Type, bool) {
	if t == nil {
		return nil, true
	}
	if t.Kind() == reflect.Map {
		return t.Elem(), true
	}
	for f := range t.Fields() {
		if named, _, _ := strings.Cut(f.Tag.Get("json"), ","); named == name {
			return f.Type, true
		}
	}
	return nil, false
}

func members(t reflect.Type) (names []string) {
	for f := range t.Fields() {
		named, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		names = append(names, named)
	}
	return names
}

func (r *reader) scalar(b *bytes.Buffer, n *yaml.Node, t reflect.Type, place string) {
	switch {
	case t != nil && t.Kind() == reflect.String && (n.Tag == "!!str" || n.Tag == "!!timestamp"),
		t == nil && (n.Tag == "!!str" || n.Tag == "!!timestamp"):
		b.Write(quoted(n.Value))
	case t != nil && t.Kind() == reflect.String:
		r.fault(place, n.Line, "no_text", "found", n.Value)
	case t != nil && t.Kind() != reflect.Int && t.Kind() != reflect.Bool:
		r.fault(place, n.Line, "other_kind")
	default:
		var value any
		err := n.Decode(&value)
		plain, unwritable := json.Marshal(value)
		_, whole := value.(int)
		_, flag := value.(bool)
		if err != nil || unwritable != nil || t != nil && (t.Kind() == reflect.Int) != whole || t != nil && (t.Kind() == reflect.Bool) != flag {
			r.fault(place, n.Line, "other_kind")
			return
		}
		b.Write(plain)
	}
}

// quoted writes a text as JSON.
func quoted(text string) []byte {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err) // every string can be written
	}
	return b
}
