package simulate

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/message"
	"feisui/pkg/workflow"
	"feisui/schemas"
	"feisui/services/process"
)

// world is what a definition names and the simulation makes up: whether a guard
// holds follows from the seed, the step and its name, so that asking twice is
// answered once.
type world struct {
	seed uint64
}

const guardSaysNo = "guard_says_no"

// seldom are guards that would end most histories at once, have them all begin alike, or lead
// most of them away from what is rarer.
var seldom = []string{"fact_", "went_", "item_listed", "flag_cleared", "emergency", "plaque_relapsed", "plaque_found", "fee_missing", "fee_gone", "was_recheck"}

// Guard refuses one time in four, and one in eight of a beginning, or one that has many
// guards would seldom be; what ends a history, three times in four.
func (w *world) Guard(name string, in *process.Instance, _ *process.Command) error {
	step, of := 0, uint64(8)
	if in != nil {
		step, of = len(in.Steps), 4
	}
	h := fnv.New64a()
	fmt.Fprintln(h, w.seed, step, name)
	holds := h.Sum64() >> 8 % of
	rare := slices.ContainsFunc(seldom, func(s string) bool { return name == s || strings.HasSuffix(s, "_") && strings.HasPrefix(name, s) })
	if holds == 0 || holds < of*3/4 && rare {
		return workflow.Refusals{{Field: "guard", Found: name, Expect: message.Text{Key: guardSaysNo}}}
	}
	return nil
}

// factsSayNo is what facts are refused with.
const factsSayNo = "facts_say_no"

// Effects gives a fact for each, unless what is recorded contradicts them.
func (w *world) Effects(effects []process.Effect, in *process.Instance, c *process.Command) ([]schemas.Event, error) {
	if w.contradicts(in, c.Action) {
		return nil, &process.Unrecorded{
			Err: workflow.Refusals{{Field: "facts", Found: c.Action, Expect: message.Text{Key: factsSayNo}}},
			Why: []schemas.FactRefused{{Field: "facts", Found: c.Action, Chinese: "与已有记录不符", English: "what is recorded"}},
		}
	}
	facts := make([]schemas.Event, len(effects))
	for i := range effects {
		facts[i] = schemas.TaskRecalled{No: c.Instance, RecalledOn: c.On}
	}
	return facts, nil
}

// contradicts says of one step in six that the facts which it brings are refused.
func (w *world) contradicts(in *process.Instance, action string) bool {
	step := 0
	if in != nil {
		step = len(in.Steps)
	}
	h := fnv.New64a()
	fmt.Fprintln(h, w.seed, step, action, factsSayNo)
	return h.Sum64()>>8%6 == 0
}

// Say is the key of a sentence.
func (*world) Say(text message.Text) (chinese, english string) { return text.Key, text.Key }

// Street is the first nine digits of a community.
func (*world) Street(community string) string {
	if len(community) == 12 {
		return community[:9]
	}
	return ""
}

// editions are calendars as they may be amended: the published one, and others in
// which some days are off or worked and, in some, a year more is published.
var editions = sync.OnceValue(func() []civil.Calendar {
	rng := rand.New(rand.NewPCG(editionsMost, 0))
	all := []civil.Calendar{civil.China()}
	for len(all) < editionsMost {
		var lines strings.Builder
		for range 60 {
			day, kind := firstDay.AddDays(rng.IntN(daysDrawn+15*(len(all)%5))), "off"
			if !all[0].IsWorkday(day) {
				kind = "work"
			}
			fmt.Fprintf(&lines, "%s,%s\n", day, kind)
		}
		days, err := all[0].Amend(strings.NewReader(lines.String()))
		if err != nil {
			panic(err) // its lines were written here
		}
		all = append(all, days)
	}
	return all
})

const editionsMost = 24

// scopedRoles are those that are held in an organisation, countyRoles those in
// the county.
var (
	scopedRoles = []access.Role{access.DepartmentOfficer, access.DepartmentHead, access.CommunityOfficer, access.StreetOfficer, access.FinanceOfficer}
	countyRoles = []access.Role{access.Authority, access.Leader, access.Auditor, access.FinanceOfficer, access.SystemAdmin}
)

// people are some who may, some who may not, two accounts of one person, the
// system, and nobody. Every role is there for every party.
func people(parties map[string]string) []access.Principal {
	all := []access.Principal{process.System, {}}
	add := func(role access.Role, scope string) {
		id := fmt.Sprintf("person:%s@%s", role, scope)
		grants := []access.Grant{{Role: role, Scope: scope}}
		// The first account and the second are one person's, the third another's.
		all = append(all,
			access.Principal{ID: id + "/1", Person: "one", Grants: grants},
			access.Principal{ID: id + "/2", Person: "one", Grants: grants},
			access.Principal{ID: id + "/3", Person: "another", Grants: grants})
	}
	for _, party := range slices.Sorted(maps.Keys(parties)) {
		code, _, _ := strings.Cut(parties[party], ";") // one of several stands for all
		for _, role := range scopedRoles {
			add(role, code)
		}
		if street := (*world)(nil).Street(code); street != "" {
			add(access.StreetOfficer, street)
		}
	}
	for _, role := range scopedRoles {
		add(role, "elsewhere")
	}
	for _, role := range countyRoles {
		add(role, "")
	}
	return all
}

// fields are what of a form's schema the drawing looks at.
type fields struct {
	Required   []string         `json:"required"`
	Properties map[string]field `json:"properties"`
	AllOf      []any            `json:"allOf"` // what is required depends on what is filled in

	names []string // of the properties, sorted
}

type field struct {
	Type    string   `json:"type"`
	Format  string   `json:"format"`
	Enum    []string `json:"enum"`
	Pattern string   `json:"pattern"`
	Items   *field   `json:"items"`

	Properties map[string]field `json:"properties"` // of an object
	Required   []string         `json:"required"`
}

// read are forms as they were read before, by their text: the same few are filled in
// hundreds of thousands of times.
var read = struct {
	sync.RWMutex
	forms map[string]*fields
}{forms: map[string]*fields{}}

func fieldsOf(form json.RawMessage) *fields {
	read.RLock()
	known := read.forms[string(form)]
	read.RUnlock()
	if known != nil {
		return known
	}
	schema := &fields{}
	if err := json.Unmarshal(form, schema); err != nil {
		panic(err) // it was compiled
	}
	schema.names = slices.Sorted(maps.Keys(schema.Properties))
	read.Lock()
	defer read.Unlock()
	read.forms[string(form)] = schema
	return schema
}

// draw fills in a form: all that is required, half of the rest, or all of it where
// one field asks for another, and now and then something that is wrong.
func draw(rng *rand.Rand, form json.RawMessage, day civil.Date) json.RawMessage {
	if len(form) == 0 {
		return nil
	}
	schema := fieldsOf(form)
	filled := map[string]any{}
	all := len(schema.AllOf) > 0 && rng.IntN(2) == 0
	for _, name := range schema.names {
		if all || slices.Contains(schema.Required, name) || rng.IntN(2) == 0 {
			filled[name] = value(rng, name, schema.Properties[name], day)
		}
	}
	if rng.IntN(40) == 0 {
		filled["org_id"] = "990101001002" // what a form does not have
	}
	b, err := json.Marshal(filled)
	if err != nil {
		panic(err)
	}
	return b
}

func value(rng *rand.Rand, name string, f field, day civil.Date) any {
	switch {
	case f.Items != nil && rng.IntN(2) == 0:
		return []any{value(rng, name, *f.Items, day), value(rng, name, *f.Items, day)} // now and then one twice
	case f.Items != nil:
		return []any{value(rng, name, *f.Items, day)}
	case f.Type == "object":
		filled := map[string]any{}
		for _, inner := range slices.Sorted(maps.Keys(f.Properties)) {
			if slices.Contains(f.Required, inner) || rng.IntN(2) == 0 {
				filled[inner] = value(rng, inner, f.Properties[inner], day)
			}
		}
		return filled
	case len(f.Enum) > 0:
		return pick(rng, f.Enum)
	case f.Format == "date":
		return day.AddDays(rng.IntN(45) - 4).String()
	case f.Format == "amount", f.Format == "quantity":
		return fmt.Sprintf("%d.5", rng.IntN(9000))
	case f.Pattern == "^(all|[0-9]{12})$" && rng.IntN(3) == 0:
		return process.Everyone
	case strings.Contains(f.Pattern, "[0-9]{12}"):
		return fmt.Sprintf("9901010010%02d", 1+rng.IntN(4))
	case strings.HasPrefix(f.Pattern, "^[0-9]{4}-"):
		return day.String()[:len("2006-01")] // a month
	case f.Type == "integer":
		return rng.IntN(9)
	case f.Type == "boolean":
		return rng.IntN(2) == 0
	}
	return fmt.Sprintf("%s-%d", name, rng.IntN(3))
}
