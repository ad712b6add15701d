package define

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"feisui/pkg/code"
	"feisui/pkg/message"
	"feisui/pkg/workflow"
)

// This file looks at the characters of what is filled in. A workbook's cells are
// looked at by the same function.

// Where one line is a number or a code, and where there is room for several lines: in
// characters, as a form's schema bounds them.
const (
	numberMost = 64
	noteLeast  = 300
)

// use says what a field is for: a number where it has room for no more, or its title
// ends in 号, as 依据文号 does; a note where it has room for lines.
func (p *property) use() code.Use {
	if string(p.Type) == `"array"` {
		var items property
		if json.Unmarshal(p.Items, &items) != nil {
			return code.Note
		}
		return items.use()
	}
	switch {
	case p.MaxLength > 0 && p.MaxLength <= numberMost, strings.HasSuffix(p.Title, "号"):
		return code.Number
	case p.MaxLength >= noteLeast || p.free() && p.MaxLength == 0:
		return code.Note
	}
	return code.Line
}

// legible refuses what the texts of a form may not hold, but for those that are known.
func (f *form) legible(filled any, known func(string) bool, to *workflow.Refusals) {
	fields, is := filled.(map[string]any)
	if !is {
		return // which its schema refuses
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		use, declared := f.uses[name]
		if !declared {
			use = code.Note
		}
		f.legibleIn(name, fields[name], use, known, to)
	}
}

func (f *form) legibleIn(at string, value any, use code.Use, known func(string) bool, to *workflow.Refusals) {
	switch value := value.(type) {
	case string:
		character := code.Unfit(value, use)
		var is, as rune
		if use <= code.Name {
			is, as = code.Lookalike(value)
		}
		switch {
		case character == "" && is == 0 && strings.TrimFunc(value, code.Padding) != "", value == "", known(value):
		case strings.TrimFunc(value, code.Padding) == "":
			f.add(to, at, found(value), "blank", nil)
		case character != "":
			f.add(to, at, found(value), "character", message.Args{"character": character})
		default:
			f.add(to, at, found(value), "lookalike", message.Args{"character": code.RuneName(is), "as": string(as)})
		}
	case []any:
		for i, one := range value {
			f.legibleIn(within(at, strconv.Itoa(i)), one, use, known, to)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			f.legibleIn(within(at, name), value[name], use, known, to)
		}
	}
}

// foundMost is how much of what was found is said, in characters.
const foundMost = 80

// found shows a value of a form.
func found(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return code.Excerpt(v, foundMost)
	case map[string]any, []any:
		if text, err := json.Marshal(v); err == nil {
			return code.Excerpt(string(text), foundMost)
		}
	}
	return code.Excerpt(fmt.Sprint(v), foundMost)
}

// valueAt gives what stands at a place in a form, nil where nothing does.
func valueAt(filled any, place []string) any {
	for _, name := range place {
		switch of := filled.(type) {
		case map[string]any:
			filled = of[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(of) {
				return nil
			}
			filled = of[i]
		default:
			return nil
		}
	}
	return filled
}
