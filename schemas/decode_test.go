package schemas_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"feisui/schemas"
)

// FuzzDecode: what Decode makes of any bytes is what encoding/json makes of them, and
// what one refuses the other does. A published event never comes to mean something
// else by another decoder.
func FuzzDecode(f *testing.F) {
	for name, payload := range goldens(f) {
		f.Add(typeOf(name), payload)
	}
	for _, odd := range []string{
		`{"no":1}`, `{"NO":"JB-1","No":"JB-2"}`, `{"no":"\ud800"}`, "{\"no\":\"\xff\"}", `{"no":"a","no":null}`, `{"no":"JB-1"} x`, `null`, ``, `[]`,
		`{"no":"JB-1",}`, `{"planned_end":"2025-02-30"}`, `{"planned_start":null,"x":{"y":[1,2,{"z":1e400}]}}`, "{\"no\":\"a\nb\"}", `{"quantity":12}`, `{"quantity":"1e2"}`,
	} {
		f.Add("task.assigned", []byte(odd))
	}
	f.Fuzz(func(t *testing.T, name string, payload []byte) {
		empty := schemas.New(name)
		if empty == nil {
			return
		}
		want := reflect.New(reflect.TypeOf(empty))
		refused := json.Unmarshal(payload, want.Interface())
		is, err := schemas.Decode(name, payload)
		switch {
		case (err == nil) != (refused == nil):
			t.Errorf("%s %q: %v, encoding/json: %v", name, payload, err, refused)
		case err == nil && !reflect.DeepEqual(is, want.Elem().Interface()):
			t.Errorf("%s %q:\n%#v, encoding/json:\n%#v", name, payload, is, want.Elem())
		}
	})
}
