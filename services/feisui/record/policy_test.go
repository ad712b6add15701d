package record_test

import (
	"strings"
	"testing"

	"feisui/schemas"
)

func TestPolicyFaults(t *testing.T) {
	t.Parallel()
	const form, number = " … one JSON object such as", " … a whole number from 0 to 3650"
	cases := map[string]refusal{}
	for text, want := range map[string]string{
		`{}`: "",
		`{"receipt_days": 0, "query_days": 1, "grace_days": 2, "passthrough_days": 3, "arrival_days": 4, "arrears_days": 3650}`: "",
		`{"plaque_caps": {"outside": 0, "内部": 3650}}`:                                                                           "",
		`{"plaque_caps": {}}`:                    "",
		"\ufeff {\n\t\"grace_days\":\r\n 5 } \n": "",
		` `:                                      `policy.json:1: "no JSON object"` + form,
		`receipt_days = 5`:                       `policy.json:1: "no JSON object"` + form,
		`[]`:                                     `policy.json:1: "no JSON object"` + form,
		`null`:                                   `policy.json:1: "no JSON object"` + form,
		`"receipt_days"`:                         `policy.json:1: "no JSON object"` + form,
		`{"receipt_days": 5`:                     `policy.json:1: "`,
		`{"receipt_days": }`:                     `policy.json:1: "`,
		`{"receipt_days" 5}`:                     `policy.json:1: "`,
		`{receipt_days: 5}`:                      `policy.json:1: "`,
		`{"receipt_days": 5,}`:                   `policy.json:1: "`,
		`{"receipt_days": 5} // five`:            `policy.json:1: "more after the object"` + form,
		`{"receipt_days": 5} {}`:                 `policy.json:1: "more after the object"` + form,
		`{"receipt_days": 5, "receipt_days": 6}`: `policy.json:1: "twice: receipt_days"` + form,
		`{"receipt_days": 5, "receipt\u005fdays": 6}`:  `policy.json:1: "twice: receipt_days"` + form,
		`{"Receipt_days": 5}`:                          `policy.json:1:Receipt_days: "Receipt_days" … one of: arrears_days, arrival_days, grace_days,`,
		`{"days": 5}`:                                  `policy.json:1:days: "days" … one of: arrears_days,`,
		`{"from": "2025-01-01"}`:                       `policy.json:1:from: "from" … one of: arrears_days,`,
		`{"grace_days": null}`:                         `policy.json:1:grace_days: "null"` + number,
		`{"grace_days": "5"}`:                          `policy.json:1:grace_days: "\"5\""` + number,
		`{"grace_days": true}`:                         `policy.json:1:grace_days: "true"` + number,
		`{"grace_days": 1.5}`:                          `policy.json:1:grace_days: "1.5"` + number,
		`{"grace_days": 1e1}`:                          `policy.json:1:grace_days: "1e1"` + number,
		`{"grace_days": -1}`:                           `policy.json:1:grace_days: "-1"` + number,
		`{"grace_days": 3651}`:                         `policy.json:1:grace_days: "3651"` + number,
		`{"grace_days": 99999999999999999999}`:         `policy.json:1:grace_days: "99999999999999999999"` + number,
		`{"grace_days": [5]}`:                          `policy.json:1:grace_days: "[5]"` + number,
		`{"plaque_caps": 4}`:                           `policy.json:1:plaque_caps: "no JSON object"` + form,
		`{"plaque_caps": null}`:                        `policy.json:1:plaque_caps: "no JSON object"` + form,
		`{"plaque_caps": {"roof": 4}}`:                 `policy.json:1:plaque_caps: "roof" … one of: outside 外部`,
		`{"plaque_caps": {"wall": "none"}}`:            `policy.json:1:plaque_caps: "\"none\""` + number,
		`{"plaque_caps": {"wall": null}}`:              `policy.json:1:plaque_caps: "null"` + number,
		`{"plaque_caps": {"wall": 1, "wall": 2}}`:      `policy.json:1:plaque_caps: "twice: wall"` + form,
		`{"plaque_caps": {"wall": 1, "上墙": 2}}`:        `policy.json:1:plaque_caps: "上墙" … wall once`,
		strings.Repeat(`{"a":`, 20_000):                `policy.json:1: "`,
		`{"grace_days": ` + strings.Repeat("1", 2<<20): `policy.json: "policy.json: larger than 1048576 bytes"` + form,
	} {
		c := refusal{edits: "policy " + text}
		if want != "" {
			c.want = one(want)
		}
		name := strings.Join(strings.Fields(text), " ")
		cases[name[:min(len(name), 60)]] = c
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := edited(t, "")
			b.files["policy.json"] = strings.TrimPrefix(c.edits, "policy ")
			_, faults := into(t, newJournal(), b.write(t))
			if len(faults) != len(c.want) {
				t.Fatalf("%q, want %q", faults, c.want)
			}
			for i, want := range c.want {
				where, part, _ := strings.Cut(want, " … ")
				if !strings.HasPrefix(faults[i], where) || !strings.Contains(faults[i], part) || strings.Contains(faults[i], "\n") {
					t.Errorf("%s, want %s", faults[i], want)
				}
			}
		})
	}
	t.Run("all at once", func(t *testing.T) {
		t.Parallel()
		_, faults := into(t, newJournal(), edited(t, `policy {"days": 1, "grace_days": -1, "plaque_caps": {"roof": 1, "wall": -1}}`).write(t))
		if len(faults) != 4 {
			t.Errorf("%q", faults)
		}
	})
}

// A policy is set as a whole: the same again changes nothing, another replaces it.
func TestPolicyIsRecorded(t *testing.T) {
	t.Parallel()
	j := newJournal()
	for _, step := range []struct {
		text string
		want int
	}{
		{`{"grace_days": 3, "plaque_caps": {"外部": 2}}`, 1}, {`{"plaque_caps": {"outside": 2}, "grace_days": 3}`, 0}, {`{"grace_days": 4}`, 1},
	} {
		b := edited(t, "")
		b.files["policy.json"] = step.text
		before := count[schemas.PolicyAdopted](j)
		if _, faults := into(t, j, b.write(t)); faults != nil || count[schemas.PolicyAdopted](j)-before != step.want {
			t.Errorf("%s: %q, and %d new", step.text, faults, count[schemas.PolicyAdopted](j)-before)
		}
	}
	for _, e := range entries(j) {
		if p, ok := e.(schemas.PolicyAdopted); ok {
			if *p.GraceDays != 3 || p.PlaqueCaps["outside"] != 2 || p.ReceiptDays != nil {
				t.Errorf("%+v", p)
			}
			break
		}
	}
}
