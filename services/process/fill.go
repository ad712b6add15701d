package process

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"strconv"
	"strings"

	"feisui/pkg/civil"
)

// fieldsOf gives the fields of a form that hold one value or a list of texts, as
// people type it into one cell; one that is empty was not filled in. It fails where a form is no JSON object.
func fieldsOf(form json.RawMessage) (map[string]string, error) {
	fields := map[string]string{}
	if len(form) == 0 {
		return fields, nil
	}
	var values map[string]any
	decoder := json.NewDecoder(bytes.NewReader(form))
	decoder.UseNumber()
	if err := decoder.Decode(&values); err != nil {
		return nil, fmt.Errorf("a form that is no JSON object: %w", err)
	}
	for name, value := range values {
		switch value := value.(type) {
		case string:
			fields[name] = value
		case json.Number:
			fields[name] = value.String()
		case bool:
			fields[name] = "no"
			if value {
				fields[name] = "yes"
			}
		case []any:
			fields[name] = joined(value)
		}
	}
	maps.DeleteFunc(fields, func(_, value string) bool { return value == "" })
	return fields, nil
}

// joined writes a list of texts with semicolons, "" where it is another list.
func joined(list []any) string {
	texts := make([]string, len(list))
	for i, v := range list {
		text, is := v.(string)
		if !is {
			return ""
		}
		texts[i] = text
	}
	return strings.Join(texts, ";")
}

// dateIn gives a date that a form has in a field, the zero date where it has none.
func dateIn(form json.RawMessage, field string) civil.Date {
	fields, err := fieldsOf(form)
	if err != nil {
		return 0
	}
	day, err := civil.Parse(fields[field])
	if err != nil {
		return 0 // its JSON Schema says that it is a date where it is given
	}
	return day
}

var placeholder = regexp.MustCompile(`\{[a-z_]+(?:\.[a-z_]+)?\}`)

// blanks gives what fills the placeholders of rows. A form that is no object is
// an error.
func blanks(in *Instance, c *Command, id string, parties map[string]string) (map[string]string, error) {
	fill, step := map[string]string{}, 1
	put := func(of string, form json.RawMessage) error {
		fields, err := fieldsOf(form)
		for name, value := range fields {
			fill["{"+of+"."+name+"}"] = value
		}
		return err
	}
	if in != nil {
		step = len(in.Steps) + 1
		for _, s := range in.Steps {
			if s.Action == "" || s.Form == nil {
				continue
			}
			maps.DeleteFunc(fill, func(hole, _ string) bool { return strings.HasPrefix(hole, "{"+s.Action+".") })
			if err := put(s.Action, s.Form); err != nil {
				return nil, err
			}
		}
	}
	fill["{on}"], fill["{instance}"], fill["{step}"] = c.On.String(), id, strconv.Itoa(step)
	for party, code := range parties {
		fill["{party."+party+"}"] = code
	}
	return fill, put("form", c.Form)
}

// filled gives effects with the placeholders of their rows filled. A cell that
// says nothing then is left out.
func filled(effects []Effect, fill map[string]string) []Effect {
	done := make([]Effect, len(effects))
	for i, e := range effects {
		done[i] = e
		if e.Row == nil {
			continue
		}
		done[i].Row = make(map[string]string, len(e.Row))
		for column, text := range e.Row {
			value := placeholder.ReplaceAllStringFunc(text, func(hole string) string { return fill[hole] })
			if value != "" {
				done[i].Row[column] = value
			}
		}
	}
	return done
}
