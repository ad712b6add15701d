package workflow

import (
	"fmt"
	"reflect"
	"strings"

	"feisui/pkg/message"
	"feisui/pkg/money"
)

// Change is what a row brought to what was known already.
type Change int

// A row is New, says the Same, has Filled cells that were empty, or has Amended
// cells that were given.
const (
	Same Change = iota
	New
	Filled
	Amended
)

// Lay lays a row over what is known. An empty field of the row says nothing; a
// field that fills an empty one is taken up; a field that differs from a given
// one replaces it where the row is to correct what is known, and else contradicts
// it and is refused with both values. known is nil when nothing is. Row numbers
// the refusals.
//
// A field that is a pointer was given when it is not nil, and an amount that is
// none was given always: 0 contradicts 5.
func Lay[T any](known *T, given T, row int, correct bool) (merged T, change Change, refused Refusals) {
	if known == nil {
		return given, New, nil
	}
	merged = *known
	to, from := reflect.ValueOf(&merged).Elem(), reflect.ValueOf(given)
	for i := range from.NumField() {
		old, now := to.Field(i), from.Field(i)
		switch {
		case empty(now) || reflect.DeepEqual(old.Interface(), now.Interface()):
		case empty(old):
			old.Set(now)
			change = max(change, Filled)
		case correct:
			old.Set(now)
			change = Amended
		default:
			refused = append(refused, Contradiction(row, fieldName(from.Type().Field(i)), shown(now), shown(old)))
		}
	}
	return merged, change, refused
}

// Contradiction refuses a row that says something else than what is recorded.
func Contradiction(row int, field, found, known string) Refusal {
	return Refusal{Row: row, Field: field, Found: found, Expect: message.Text{Key: "contradiction", Args: message.Args{"known": known}}}
}

// fieldName is a field's wire name.
func fieldName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

func empty(v reflect.Value) bool {
	return v.IsZero() && v.Type() != reflect.TypeFor[money.Fen]()
}

// shown writes a value as users do: an amount in yuan, a list with semicolons.
func shown(v reflect.Value) string {
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	switch v := v.Interface().(type) {
	case money.Fen:
		return v.Yuan()
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case []string:
		return strings.Join(v, ";")
	default:
		return fmt.Sprint(v)
	}
}
