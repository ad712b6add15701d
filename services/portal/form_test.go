package portal_test

import (
	"net/url"
	"reflect"
	"testing"

	"feisui/services/portal"
)

// TestWhatIsFilledInIsSentByItsType: a letter before a field's name says what is sent;
// what is empty says nothing, and what is no number stays what was typed.
func TestWhatIsFilledInIsSentByItsType(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		typed string
		sent  map[string]any
	}{
		"text":                       {"t.note=%20+%E6%94%B6%0D%0A%E5%88%B0+", map[string]any{"note": "收\n到"}},
		"an empty text":              {"t.note=&t.more=+", map[string]any{}},
		"a tick":                     {"b.listed=true", map[string]any{"listed": true}},
		"no tick":                    {"b.listed=", map[string]any{"listed": false}},
		"a number":                   {"i.fee=5&i.manner=-1&i.empty=", map[string]any{"fee": 5, "manner": -1}},
		"no number":                  {"i.fee=five&i.manner=1.5", map[string]any{"fee": "five", "manner": "1.5"}},
		"a number beyond all":        {"i.fee=99999999999999999999", map[string]any{"fee": "99999999999999999999"}},
		"a list, typed":              {"l.to=D01%EF%BC%8CD02%E3%80%81D01%0D%0A%0D%0AD03%3BD04", map[string]any{"to": []string{"D01", "D02", "D03", "D04"}}},
		"a list, ticked":             {"l.to=D01&l.to=D02", map[string]any{"to": []string{"D01", "D02"}}},
		"an empty list":              {"l.to=+%0D%0A", map[string]any{}},
		"what is no field":           {"request=r&note=x&x.note=y&.note=z&t.=q&tt.note=p", map[string]any{}},
		"the first of two":           {"t.note=a&t.note=b", map[string]any{"note": "a"}},
		"a dot in a name":            {"t.a.b=c", map[string]any{"a.b": "c"}},
		"money is text to the last":  {"t.amount=0.10", map[string]any{"amount": "0.10"}},
		"a number with zeros before": {"i.fee=007", map[string]any{"fee": 7}},
	} {
		values, err := url.ParseQuery(c.typed)
		if err != nil {
			t.Fatal(err)
		}
		if got := portal.Filled(values); !reflect.DeepEqual(got, c.sent) {
			t.Errorf("%s: %#v, not %#v", name, got, c.sent)
		}
	}
}

// TestHowManyMayBeChosenIsSaidWhereItIsSaid by the form, and are not too many to count.
func TestHowManyMayBeChosenIsSaidWhereItIsSaid(t *testing.T) {
	t.Parallel()
	for says, want := range map[string]string{``: "", `,"maxItems":10`: "10", `,"maxItems":2000`: ""} {
		if got := portal.Most(`{"properties":{"sampled":{"type":"array"` + says + `}}}`); got != want {
			t.Errorf("%s: %q, want %q", says, got, want)
		}
	}
}

// TestHowManyThereAreIsGrouped by thousands, as amounts are.
func TestHowManyThereAreIsGrouped(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 12345: "12,345", 1234567: "1,234,567", -999: "-999", -1000: "-1,000"} {
		if got := portal.Count(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

// A list has no entry twice and none that is empty, however it was typed.
func FuzzAListHasEachOnce(f *testing.F) {
	f.Add("a,b\nc", "b")
	f.Fuzz(func(t *testing.T, one, two string) {
		known := map[string]bool{}
		for _, entry := range portal.Listed([]string{one, two}) {
			if entry == "" || known[entry] {
				t.Errorf("%q of %q and %q", entry, one, two)
			}
			known[entry] = true
		}
	})
}
