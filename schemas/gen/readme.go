package main

import (
	"fmt"
	"reflect"
	"strings"

	"feisui/schemas"
)

// tables gives README.md with what stands between its markers written anew.
func tables(readme []byte, src source) ([]byte, error) {
	growth, err := src.growth()
	if err != nil {
		return nil, err
	}
	text := string(readme)
	for _, part := range []struct{ name, content string }{
		{"events", eventTable(src)},
		{"growth", growth},
	} {
		if text, err = between(text, part.name, part.content); err != nil {
			return nil, err
		}
	}
	return []byte(text), nil
}

func between(text, name, content string) (string, error) {
	begin, end := "<!-- gen:"+name+" -->\n", "<!-- /gen:"+name+" -->"
	before, rest, ok := strings.Cut(text, begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		return "", fmt.Errorf("README.md has no %s … %s", strings.TrimSpace(begin), end)
	}
	return before + begin + "\n" + strings.TrimSpace(content) + "\n\n" + end + after, nil
}

func eventTable(src source) string {
	var b strings.Builder
	b.WriteString("| event | Go type | stream | what it says |\n|---|---|---|---|\n")
	for _, name := range schemas.Types() {
		t := reflect.TypeOf(schemas.New(name))
		fmt.Fprintf(&b, "| [`%s`](events/%s.json) | `%s` | `%s` | %s |\n", name, name, t.Name(), streamForm(t), says(src.types[t.Name()]))
	}
	return b.String()
}

// streamForm is the stream of an event whose every text is its field's name in
// braces: task/{no}.
func streamForm(t reflect.Type) string {
	v := reflect.New(t).Elem()
	for i := range t.NumField() {
		if v.Field(i).Kind() == reflect.String {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			v.Field(i).SetString("{" + name + "}")
		}
	}
	return v.Interface().(schemas.Event).Stream()
}

// says cuts a doc comment down to its first sentence, without "says that".
func says(comment string) string {
	comment, _, _ = strings.Cut(comment, ". ")
	for _, start := range []string{"says", ",", " ", "that "} {
		comment = strings.TrimPrefix(comment, start)
	}
	return strings.TrimSuffix(comment, ".")
}
