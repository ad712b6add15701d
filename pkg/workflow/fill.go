package workflow

import (
	"fmt"
	"reflect"
	"strings"

	"feisui/pkg/message"
)

// Change is what a row brought to what was known already.
type Change int

// A row is New, says the Same, or has Filled cells that were empty.
const (
	Same Change = iota
	New
	Filled
)

// Fill lays a row over what is known. An empty field of the row says nothing; a
// field that fills an empty one is taken up; a field that differs from a given
// one contradicts it, and is refused with both values. known is nil when
// nothing is. Row numbers the refusals.
func Fill[T any](known *T, given T, row int) (merged T, change Change, refused Refusals) {
	if known == nil {
		return given, New, nil
	}
	merged = *known
	to, from := reflect.ValueOf(&merged).Elem(), reflect.ValueOf(given)
	for i := range from.NumField() {
		old, now := to.Field(i), from.Field(i)
		switch {
		case now.IsZero() || reflect.DeepEqual(old.Interface(), now.Interface()):
		case old.IsZero():
			old.Set(now)
			change = Filled
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

func shown(v reflect.Value) string {
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	return fmt.Sprint(v.Interface())
}
