package act

import (
	"bytes"
	"encoding/json"
	"strconv"

	"feisui/services/feisui/record"
	"feisui/services/process"
)

// manyField is the field of a beginning that begins several instances at once:
// one for each community, each with what differs for it.
const (
	manyField = "communities"
	manyParty = "community"
)

// manyMax bounds how many instances one command may begin: a county has hundreds
// of communities.
const manyMax = 2_000

// expand gives the forms of a beginning: one, or one for each community that the
// body lists. What stands in the list holds over what stands beside it. Where the
// list numbers nothing, the number beside it is continued: NO-1, NO-2, ….
func expand(d *process.Definition, body []byte) ([]json.RawMessage, *Faults) {
	common, err := record.Object(body)
	if err != nil {
		return nil, faulty(0, "", err.Error(), "object")
	}
	list, fields := json.RawMessage(nil), common[:0:0]
	for _, f := range common {
		if f.Name == manyField && d.Parties[manyParty] != "" {
			list = f.Value
		} else {
			fields = append(fields, f)
		}
	}
	if list == nil {
		return []json.RawMessage{body}, nil
	}
	var each []json.RawMessage
	if json.Unmarshal(list, &each) != nil || len(each) == 0 || len(each) > manyMax {
		return nil, faulty(0, manyField, "", "communities", "max", strconv.Itoa(manyMax))
	}
	forms := make([]json.RawMessage, len(each))
	for i, one := range each {
		own, wrong := ownOf(d, one)
		if wrong {
			return nil, faulty(i, manyField, string(one), "community")
		}
		forms[i] = merged(d, fields, own, i)
	}
	return forms, nil
}

// ownOf reads one element of the list: a community's code, or an object of fields.
func ownOf(d *process.Definition, one json.RawMessage) (own []record.Field, wrong bool) {
	var code string
	if json.Unmarshal(one, &code) == nil {
		return []record.Field{{Name: d.Parties[manyParty], Value: one}}, false
	}
	own, err := record.Object(one)
	return own, err != nil
}

// merged writes the form of the i-th instance.
func merged(d *process.Definition, common, own []record.Field, i int) json.RawMessage {
	given := map[string]bool{}
	for _, f := range own {
		given[f.Name] = true
	}
	var out bytes.Buffer
	out.WriteByte('{')
	put := func(name string, value json.RawMessage) {
		if out.Len() > 1 {
			out.WriteByte(',')
		}
		out.Write(quoted(name))
		out.WriteByte(':')
		out.Write(value)
	}
	for _, f := range common {
		var no string
		switch {
		case given[f.Name]:
		case f.Name == d.Number && json.Unmarshal(f.Value, &no) == nil:
			put(f.Name, quoted(no+"-"+strconv.Itoa(i+1)))
		default:
			put(f.Name, f.Value)
		}
	}
	for _, f := range own {
		put(f.Name, f.Value)
	}
	out.WriteByte('}')
	return out.Bytes()
}

// quoted writes a text as JSON.
func quoted(text string) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		panic("act: a text that is no JSON: " + err.Error())
	}
	return bytes.TrimSpace(out.Bytes())
}
