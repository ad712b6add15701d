package portal

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"feisui/pkg/message"
	"feisui/pkg/web"
)

// This file turns the form of an action, which the API gives as JSON Schema, into
// fields of a page, and what was filled in into the JSON that the API takes. It
// judges nothing: the API says what is wrong, field by field.

// schema is what the portal reads of a form. Definitions use these words only;
// services/process/define refuses others that would matter.
type schema struct {
	Type       string            `json:"type"`
	Format     string            `json:"format"`
	Title      string            `json:"title"`
	English    string            `json:"x-title"`
	Enum       []string          `json:"enum"`
	MaxLength  int               `json:"maxLength"`
	MinLength  int               `json:"minLength"`
	MaxItems   int               `json:"maxItems"`
	Minimum    *int              `json:"minimum"`
	Maximum    *int              `json:"maximum"`
	Pattern    string            `json:"pattern"`
	Items      *schema           `json:"items"`
	Required   []string          `json:"required"`
	Properties map[string]schema `json:"properties"`
	If         *schema           `json:"if"`
	Then       *schema           `json:"then"`
	Const      string            `json:"const"`
}

// field is one field of a form.
type field struct {
	Name     string // as the schema has it
	Input    string // as the page has it: a letter for the type, a dot, the name
	Title    words
	Kind     fieldKind
	Required bool
	Choices  []string
	Groups   []group // to pick from, by name
	Places   bool    // it is a list of communities
	MaxLen   int
	Least    string
	Most     string
	Unit     string // a key of what stands behind the field
	Hint     string // a key of what stands below its title
	List     string // the id of a list of what may stand in it; what else is typed is taken too
	Values   []string
	Wrong    []string // what the API said of it
}

// Value is what is in a field with one value.
func (f *field) Value() string {
	if len(f.Values) == 0 {
		return ""
	}
	return f.Values[0]
}

// ticked reports that a code of a list is among what the field has.
func (f *field) ticked(code string) bool { return slices.Contains(listed(f.Values), code) }

// open reports that a group is shown without asking for it: something in it is ticked, or
// there are few in all.
func (f *field) open(g *group) bool {
	all := 0
	for _, one := range f.Groups {
		all += len(one.Of)
	}
	return all <= ticksMax || slices.ContainsFunc(g.Of, func(n named) bool { return f.ticked(n.Code) })
}

// unoffered is what a field has that it does not offer: somebody typed it into an address.
func (f *field) unoffered() []string {
	return slices.DeleteFunc(listed(f.Values), func(code string) bool {
		return slices.ContainsFunc(f.Groups, func(g group) bool {
			return slices.ContainsFunc(g.Of, func(n named) bool { return n.Code == code })
		})
	})
}

// wrongIn are the fields of which the API said something.
func wrongIn(fields []field) []field {
	return slices.DeleteFunc(slices.Clone(fields), func(f field) bool { return len(f.Wrong) == 0 })
}

type fieldKind string

// How a field is filled in.
const (
	kindText      fieldKind = "text"
	kindLong      fieldKind = "long"
	kindDate      fieldKind = "date"
	kindAmount    fieldKind = "amount"
	kindNumber    fieldKind = "number"
	kindWhole     fieldKind = "whole"
	kindChoice    fieldKind = "choice"
	kindRadio     fieldKind = "radio" // a choice that has to be made, of few
	kindPick      fieldKind = "pick"  // a code, picked by its name
	kindYes       fieldKind = "yes"
	kindLines     fieldKind = "lines" // a list, one in each line
	kindTicks     fieldKind = "ticks" // a list of codes, ticked by their names
	kindCommunity fieldKind = "community"
)

// longText is where one line is too little; radiosMax is how many choices are shown at
// once; ticksMax is how many may be ticked where a page says so.
const (
	longText  = 300
	radiosMax = 13
	ticksMax  = 20
)

// letters of types in names of inputs: t text, b boolean, i integer, l list.
const (
	letterText = "t"
	letterYes  = "b"
	letterInt  = "i"
	letterList = "l"
)

// fieldsOf reads a form's schema: first what must be filled in, in the order in
// which the definition asks for it, then the rest by name. A form that cannot be
// read has no fields: its action is sent as it is, and the API says what it lacks.
func fieldsOf(raw json.RawMessage) []field {
	var s schema
	if len(raw) == 0 || json.Unmarshal(raw, &s) != nil {
		return nil
	}
	names := orderOf(raw)
	fields := make([]field, 0, len(names))
	for _, name := range names {
		f := fieldOf(name, s.Properties[name])
		if f.Required = slices.Contains(s.Required, name); f.Required && f.Kind == kindChoice && len(f.Choices) <= radiosMax {
			f.Kind = kindRadio
		}
		fields = append(fields, f)
	}
	return fields
}

// orderOf gives the names of a form's fields as the definition has them: who wrote
// it put them in the order in which one thinks of them. A map would lose that.
func orderOf(raw json.RawMessage) (names []string) {
	var form struct {
		Properties json.RawMessage `json:"properties"`
	}
	if json.Unmarshal(raw, &form) != nil || len(form.Properties) == 0 {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(string(form.Properties)))
	if _, err := d.Token(); err != nil {
		return nil
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return names
		}
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return names
		}
		if name, is := key.(string); is {
			names = append(names, name)
		}
	}
	return names
}

func fieldOf(name string, s schema) field {
	f := field{Name: name, Title: words{s.Title, s.English}, MaxLen: s.MaxLength, Choices: s.Enum, Kind: kindText}
	letter := letterText
	switch {
	case s.Type == "boolean":
		letter, f.Kind = letterYes, kindYes
	case s.Type == "integer":
		letter, f.Kind = letterInt, kindWhole
		f.Least, f.Most = bound(s.Minimum), bound(s.Maximum)
	case s.Type == "array":
		letter, f.Kind, f.Hint = letterList, kindLines, "form.hint_lines"
		f.Places = s.Items != nil && strings.Contains(s.Items.Pattern, communityPattern)
		if s.MaxItems > 0 && s.MaxItems <= ticksMax {
			f.Most = bound(&s.MaxItems)
		}
	case len(s.Enum) > 0:
		f.Kind = kindChoice
	case s.Format == "date":
		f.Kind = kindDate
	case s.Format == "amount":
		f.Kind, f.Unit = kindAmount, "form.yuan"
	case s.Format == "quantity":
		f.Kind = kindNumber
	case s.Pattern == "^"+communityPattern+"$":
		f.Kind = kindCommunity
	case s.MaxLength >= longText:
		f.Kind = kindLong
	}
	f.Input = letter + "." + name
	return f
}

// partiesID is the id of the list of organisations (partiesOf).
const partiesID = "parties"

// communityPattern is what definitions ask of the code of a community.
const communityPattern = "[0-9]{12}"

func bound(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

// fill puts values into fields, and beside each what the API said of it. What it
// said of nothing that is in the form is left over, and says of what it is.
func (v *visit) fill(fields []field, values url.Values, wrong *web.Problem) (over []string) {
	for i := range fields {
		fields[i].Values = values[fields[i].Input]
	}
	if wrong == nil {
		return nil
	}
	for _, fault := range wrong.Errors {
		said := v.in(words{fault.Chinese, fault.English})
		i := slices.IndexFunc(fields, func(f field) bool { return f.Name == meantBy(fault.Field) })
		if i < 0 {
			over = append(over, v.named(fault, said))
			continue
		}
		fields[i].Wrong = append(fields[i].Wrong, said)
	}
	return over
}

// named is what is wrong with a field that stands nowhere beside it, with what that is called.
func (v *visit) named(f web.Fault, said string) string {
	name := meantBy(f.Field)
	title := v.fieldName(name)
	if f.Column != "" && v.lang == message.Chinese {
		title, _, _ = strings.Cut(f.Column, "（") // what else is said of the field, its form says
	}
	if name == "" || title == name || strings.Contains(said, title) {
		return said
	}
	return title + v.say("instance.colon") + said
}

// meantBy is the field of a form that the API means: of the n-th community it says
// communities.N.FIELD.
func meantBy(name string) string {
	name = strings.TrimPrefix(name, "form.")
	if rest, many := strings.CutPrefix(name, "communities."); many {
		if _, field, of := strings.Cut(rest, "."); of {
			return field
		}
	}
	return name
}

// filled is what was filled in, as the API takes it: what is empty says nothing.
// A number that is none stays text, of which the API says that it is no number.
func filled(values url.Values) map[string]any {
	form := map[string]any{}
	for input, given := range values {
		letter, name, is := strings.Cut(input, ".")
		if !is || name == "" {
			continue
		}
		text := strings.TrimSpace(strings.ReplaceAll(given[0], "\r\n", "\n"))
		switch letter {
		case letterText:
			if text != "" {
				form[name] = text
			}
		case letterYes:
			form[name] = text == "true"
		case letterInt:
			if n, err := strconv.Atoi(text); err == nil {
				form[name] = n
			} else if text != "" {
				form[name] = text
			}
		case letterList:
			if list := listed(given); len(list) > 0 {
				form[name] = list
			}
		}
	}
	return form
}

// listed gives the lines of a list, whether ticked one by one or typed.
func listed(given []string) (list []string) {
	for _, text := range given {
		for one := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune("\n\r\t ,，、;；", r) }) {
			if !slices.Contains(list, one) {
				list = append(list, one)
			}
		}
	}
	return list
}
