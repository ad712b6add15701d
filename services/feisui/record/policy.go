package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"

	"feisui/schemas"
)

const policyFile = "policy.json"

const policyExample = `{"receipt_days": 5, "plaque_caps": {"outside": 4}}`

// policyDaysMax bounds a limit of days: ten years.
const policyDaysMax = 3650

// policy reads policy.json strictly: each key once, none that is not known,
// whole numbers only.
func (d *door) policy(data []byte) (p schemas.PolicyAdopted, ok bool) {
	days := map[string]**int{
		"receipt_days": &p.ReceiptDays, "query_days": &p.QueryDays, "grace_days": &p.GraceDays,
		"passthrough_days": &p.PassthroughDays, "arrival_days": &p.ArrivalDays, "arrears_days": &p.ArrearsDays,
	}
	before := d.count()
	fields, err := Object(bytes.TrimPrefix(data, []byte("\ufeff")))
	if err != nil {
		d.fault(policyFile, 1, "", err.Error(), "policy_json", "example", policyExample)
		return p, false
	}
	for _, f := range fields {
		switch field, known := days[f.Name]; {
		case known:
			*field = d.wholeNumber(f.Name, f.Value)
		case f.Name == "plaque_caps":
			p.PlaqueCaps = d.caps(f.Value)
		default:
			known := append(slices.Sorted(maps.Keys(days)), "plaque_caps")
			d.fault(policyFile, 1, f.Name, f.Name, "policy_key", "known", strings.Join(known, ", "))
		}
	}
	return p, d.count() == before
}

func (d *door) caps(data []byte) map[string]int {
	fields, err := Object(data)
	if err != nil {
		d.fault(policyFile, 1, "plaque_caps", err.Error(), "policy_json", "example", policyExample)
		return nil
	}
	caps := map[string]int{}
	for _, f := range fields {
		zone, known := zones.recorded[f.Name]
		if !known {
			d.fault(policyFile, 1, "plaque_caps", f.Name, "word", "words", zones.list)
			continue
		}
		if _, twice := caps[zone]; twice { // in both languages
			d.fault(policyFile, 1, "plaque_caps", f.Name, "policy_twice", "zone", zone)
			continue
		}
		if n := d.wholeNumber("plaque_caps", f.Value); n != nil {
			caps[zone] = *n
		}
	}
	return caps
}

func (d *door) wholeNumber(column string, data []byte) *int {
	var n int
	if err := json.Unmarshal(data, &n); err != nil || n < 0 || n > policyDaysMax || string(data) == "null" {
		d.fault(policyFile, 1, column, string(data), "policy_number")
		return nil
	}
	return &n
}

// Field is a name of a JSON object with its value.
type Field struct {
	Name  string
	Value json.RawMessage
}

// Object reads one JSON object, and refuses what is more, or twice. encoding/json would take the last of two equal
// keys and leave what follows the object unread.
func Object(data []byte) ([]Field, error) {
	in := json.NewDecoder(bytes.NewReader(data))
	if open, err := in.Token(); err != nil || open != json.Delim('{') {
		return nil, errors.New("no JSON object")
	}
	var fields []Field
	seen := map[string]bool{}
	for in.More() {
		name, err := in.Token()
		if err != nil {
			return nil, err
		}
		key, _ := name.(string) // a token in an object's key place is a string
		if seen[key] {
			return nil, errors.New("twice: " + key)
		}
		seen[key] = true
		var value json.RawMessage
		if err := in.Decode(&value); err != nil {
			return nil, err
		}
		fields = append(fields, Field{key, value})
	}
	if _, err := in.Token(); err != nil {
		return nil, err
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more after the object")
	}
	return fields, nil
}
