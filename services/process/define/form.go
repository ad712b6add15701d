package define

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"feisui/pkg/civil"
	"feisui/pkg/code"
	"feisui/pkg/message"
	"feisui/pkg/money"
	"feisui/pkg/workflow"
)

// form is a form's JSON Schema, compiled, with the titles of its fields.
type form struct {
	schema *jsonschema.Schema
	titles map[string]message.Words
	texts  []string            // fields in which people write as they like, by name
	uses   map[string]code.Use // what each field is for
}

// property is what the JSON Schema of a field says that is of use to others.
type property struct {
	Title   string          `json:"title"`
	English string          `json:"x-title"`
	Type    json.RawMessage `json:"type"`
	Enum    json.RawMessage `json:"enum"`
	Const   json.RawMessage `json:"const"`
	Format  string          `json:"format"`
	Pattern string          `json:"pattern"`
	Items   json.RawMessage `json:"items"` // a schema, or yes or no

	MaxLength int `json:"maxLength"`
}

// free reports that a field takes what people write as they like, alone or in a list.
// What it takes may be left open: then it takes texts too.
func (p *property) free() bool {
	switch string(p.Type) {
	case `"array"`:
		var items property
		return json.Unmarshal(p.Items, &items) != nil || items.free()
	case `"boolean"`, `"integer"`, `"number"`, `"null"`:
		return false
	}
	return p.Enum == nil && p.Const == nil && p.Format == "" && p.Pattern == ""
}

// bytesMostFilled bounds what may be filled in: a form is no attachment.
const bytesMostFilled = 64 << 10

// formats are those of the values that people type: a date as events have it, an
// amount in yuan with at most two decimals, a number that is not negative.
var formats = []*jsonschema.Format{
	{Name: "date", Validate: typed(func(s string) error { _, err := civil.Parse(s); return err })},
	{Name: "amount", Validate: typed(amount)},
	{Name: "quantity", Validate: typed(quantity)},
}

// typed makes a check of texts one of any value: another kind is not its business.
func typed(check func(string) error) func(any) error {
	return func(v any) error {
		if s, is := v.(string); is {
			return check(s)
		}
		return nil
	}
}

func amount(s string) error {
	_, err := money.ParseAmount(s)
	return err
}

func quantity(s string) error {
	_, err := money.ParseDecimal(s)
	return err
}

// compile compiles a form's schema. It fails where that is no JSON Schema, or
// refers to something outside of it.
func compile(schema json.RawMessage) (*form, error) {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.UseLoader(nowhere{})
	compiler.AssertFormat() // those of the standard that are not ours say that the form is otherwise
	for _, f := range formats {
		compiler.RegisterFormat(f)
	}
	if err := compiler.AddResource("form", document); err != nil {
		return nil, err
	}
	compiled, err := compiler.Compile("form")
	if err != nil {
		return nil, err
	}
	var fields struct {
		Properties map[string]property `json:"properties"`
	}
	if err := json.Unmarshal(schema, &fields); err != nil {
		return nil, err
	}
	f := &form{schema: compiled, titles: map[string]message.Words{}, uses: map[string]code.Use{}}
	for _, name := range slices.Sorted(maps.Keys(fields.Properties)) {
		p := fields.Properties[name]
		f.titles[name] = message.Words{message.Chinese: p.Title, message.English: p.English}
		f.uses[name] = p.use()
		if p.free() {
			f.texts = append(f.texts, name)
		}
	}
	return f, nil
}

// noForm is the form of an action that has none: nothing may be filled in.
func noForm() *form {
	f, err := compile(json.RawMessage(`{"type":"object","additionalProperties":false}`))
	if err != nil {
		panic(err) // it is a JSON Schema
	}
	return f
}

// nowhere loads nothing: a form's schema stands alone, and asks no network.
type nowhere struct{}

// Load fails.
func (nowhere) Load(url string) (any, error) { return nil, fmt.Errorf("a reference to %s", url) }

// check looks whether a form is filled in as it should be. It fails with
// workflow.Refusals, by field. Texts that are known may hold any character.
func (f *form) check(filled json.RawMessage, known func(string) bool) error {
	if len(filled) > bytesMostFilled {
		return workflow.Refusals{workflow.Refuse(0, "form", "", "form_too_large")}
	}
	if len(bytes.TrimSpace(filled)) == 0 {
		filled = json.RawMessage("{}")
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(filled))
	if err != nil {
		return workflow.Refusals{workflow.Refuse(0, "form", "", "form_not_json")}
	}
	var refused workflow.Refusals
	f.legible(value, known, &refused)
	err = f.schema.Validate(value)
	var invalid *jsonschema.ValidationError
	switch {
	case errors.As(err, &invalid):
		f.gather(value, invalid, &refused)
	case err != nil:
		return err
	}
	if refused == nil {
		return nil
	}
	slices.SortFunc(refused, func(a, b workflow.Refusal) int {
		return strings.Compare(a.Field+"\x00"+a.Expect.Key, b.Field+"\x00"+b.Expect.Key)
	})
	return slices.CompactFunc(refused, func(a, b workflow.Refusal) bool { return a.Field == b.Field && a.Expect.Key == b.Expect.Key })
}

// gather collects what is wrong, at the leaves: what stands above them only says
// that something below is.
func (f *form) gather(filled any, e *jsonschema.ValidationError, to *workflow.Refusals) {
	if len(e.Causes) > 0 {
		for _, cause := range e.Causes {
			f.gather(filled, cause, to)
		}
		return
	}
	field, value := strings.Join(e.InstanceLocation, "."), valueAt(filled, e.InstanceLocation)
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		for _, name := range k.Missing {
			f.add(to, within(field, name), "", "required", nil)
		}
	case *kind.DependentRequired:
		for _, name := range k.Missing {
			f.add(to, within(field, name), "", "required", nil)
		}
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			f.add(to, within(field, name), found(valueAt(value, []string{name})), "no_such_field", nil)
		}
	default:
		key, args := explain(e.ErrorKind)
		if key == "" {
			key, args = "otherwise", message.Args{"rule": strings.Join(e.ErrorKind.KeywordPath(), ".")}
		}
		said := ""
		if key != "required" && field != "" {
			said = found(value)
		}
		f.add(to, field, said, key, args)
	}
}

func within(field, name string) string { return strings.TrimPrefix(field+"."+name, ".") }

func (f *form) add(to *workflow.Refusals, field, found, key string, args message.Args) {
	first, _, _ := strings.Cut(field, ".")
	title, known := f.titles[first]
	switch {
	case field == "":
		field, title = "form", message.Words{message.Chinese: "表单", message.English: "the form"}
	case !known:
		shown := code.Excerpt(field, foundMost)
		title = message.Words{message.Chinese: shown, message.English: shown}
	}
	*to = append(*to, workflow.Refusal{
		Field: field, Found: found, Expect: message.Text{Key: key, Args: args, Words: map[string]message.Words{"title": title}},
	})
}

// keyOf are the sentences of types and formats.
var keyOf = map[string]string{
	"string": "kind_string", "number": "kind_number", "integer": "kind_integer", "boolean": "kind_boolean",
	"object": "kind_object", "array": "kind_array", "null": "kind_null",
	"date": "format_date", "amount": "format_amount", "quantity": "format_quantity",
}

// digits is the form of a code that has so many digits, or is all.
var digits = regexp.MustCompile(`^\^(\(all\|)?\[0-9\]\{([0-9]+)\}\)?\$$`)

// explain says what was expected.
func explain(k jsonschema.ErrorKind) (key string, args message.Args) {
	switch k := k.(type) {
	case *kind.Type:
		return keyOf[k.Want[0]], nil
	case *kind.Enum:
		return "one_of", message.Args{"words": list(k.Want)}
	case *kind.Const:
		return "one_of", message.Args{"words": shown(k.Want)}
	case *kind.Format:
		return ofFormat(k)
	case *kind.Pattern:
		switch n := digits.FindStringSubmatch(k.Want); {
		case n != nil && n[1] != "":
			return "all_or_digits", message.Args{"count": n[2]}
		case n != nil:
			return "digits", message.Args{"count": n[2]}
		}
		return "pattern", message.Args{"pattern": k.Want}
	case *kind.MinLength:
		if k.Want == 1 {
			return "required", nil
		}
		return "too_short", message.Args{"least": fmt.Sprint(k.Want)}
	case *kind.MaxLength:
		return "too_long", message.Args{"most": fmt.Sprint(k.Want), "length": fmt.Sprint(k.Got)}
	case *kind.MinProperties:
		return "too_few", message.Args{"least": fmt.Sprint(k.Want)}
	case *kind.MinItems:
		return "too_few_items", message.Args{"least": fmt.Sprint(k.Want)}
	case *kind.MaxItems:
		return "too_many_items", message.Args{"most": fmt.Sprint(k.Want)}
	case *kind.UniqueItems:
		return "item_twice", nil
	case *kind.Minimum:
		return "at_least", message.Args{"least": k.Want.RatString()}
	case *kind.Maximum:
		return "at_most", message.Args{"most": k.Want.RatString()}
	}
	return "otherwise", message.Args{"rule": strings.Join(k.KeywordPath(), ".")}
}

// ofFormat says what a date, an amount or a number that can be read may be, of one
// that cannot how it is written.
func ofFormat(k *kind.Format) (key string, args message.Args) {
	years := message.Args{"first": strconv.Itoa(civil.YearMin), "last": strconv.Itoa(civil.YearMax)}
	digits := message.Args{"digits": strconv.Itoa(money.DigitsMax)}
	switch err := k.Err; {
	case errors.Is(err, civil.ErrDay):
		return "date_day", nil
	case errors.Is(err, civil.ErrRange):
		return "date_range", years
	case errors.Is(err, money.ErrNegative):
		return "negative", nil
	case errors.Is(err, money.ErrScale):
		return "amount_scale", nil
	case errors.Is(err, money.ErrRange) && k.Want == "amount":
		return "amount_range", digits
	case errors.Is(err, money.ErrRange):
		return "quantity_range", digits
	}
	return keyOf[k.Want], nil
}

func shown(v any) string {
	if s, is := v.(string); is {
		return s
	}
	return fmt.Sprint(v)
}

func list(values []any) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = shown(v)
	}
	return strings.Join(words, ", ")
}
