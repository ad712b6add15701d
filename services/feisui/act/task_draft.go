package act

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"feisui/pkg/access"
	"feisui/pkg/message"
	"feisui/pkg/workflow"
	"feisui/schemas"
	"feisui/services/feisui/record"
	"feisui/services/ledger/reconcile"
	"feisui/services/process"
	"feisui/services/process/define"
)

// This file hands down what was drafted (拟交办). What a draft comes to is decided by the
// very function by which a head hands a task down directly: the same rights, forms, guards
// and facts, all of its tasks or none. That they could be handed down is asked when the
// draft is submitted, and again when it is issued: what is recorded may have changed.

const draftFlow = "draft"

// writing are the steps that say what a draft is, each of them in whole.
var writing = []string{"draft", "edit"}

// Drafted is what a draft says now, nil of an instance that is none.
func Drafted(in *process.Instance) json.RawMessage {
	if in.Workflow != draftFlow {
		return nil
	}
	for _, s := range slices.Backward(in.Steps) {
		if slices.Contains(writing, s.Action) {
			return s.Form
		}
	}
	return nil
}

// draftNumber refuses a draft's number by which a department could meet another's: that it
// is taken would say that there is a draft.
func draftNumber(l *look) error {
	department := l.form["department"]
	own, begins := strings.CutPrefix(l.id(), department+"/")
	if !begins || own == "" || strings.Contains(own, "/") {
		return at("no", l.id(), "draft_number", "department", department)
	}
	return nil
}

// checkTasks refuses to submit what its head could not hand down.
func checkTasks(l *look) ([]schemas.Event, error) {
	d, err := l.county.handDown(l.in, headOf(l.in), "")
	if err != nil {
		return nil, err
	}
	l.would = d.Results
	return nil, nil
}

// headOf stands for whoever is the head of a draft's department.
func headOf(in *process.Instance) access.Principal {
	return access.Principal{ID: "head", Grants: []access.Grant{{Role: access.DepartmentHead, Scope: in.Parties["department"]}}}
}

// Foreseen is what an open draft would come to if it was issued now, nil of what is none.
// It fails as issuing would, but for red lamps. Where all that it lacks is an answer to what
// was pointed out, it gives with that error what the draft would come to once it is answered.
func (c *County) Foreseen(s *Seen) (*Decision, error) {
	if Drafted(&s.Instance) == nil || s.Final() {
		return nil, nil //nolint:nilnil // nothing is handed down by it
	}
	d, err := c.handDown(&s.Instance, headOf(&s.Instance), "")
	if unanswered(err) {
		if answered, wrong := c.handDown(&s.Instance, headOf(&s.Instance), "-"); wrong == nil {
			return answered, err
		}
	}
	return d, err
}

// unanswered reports that something that was pointed out was not answered.
func unanswered(err error) bool {
	var faults *Faults
	return errors.As(err, &faults) && slices.ContainsFunc(faults.List, func(f Fault) bool { return f.Field == process.Explanation })
}

// DraftLine is a draft as a list has it.
type DraftLine struct {
	Item, Task  string // "" where it does not say
	Communities int
}

// DraftedLine is what a draft says now in a line, nil of an instance that is none.
func DraftedLine(in *process.Instance) *DraftLine {
	var says struct {
		Item        string `json:"item"`
		Task        string `json:"task"`
		Communities []struct {
			Item string `json:"item"`
		} `json:"communities"`
	}
	draft := Drafted(in)
	if draft == nil || json.Unmarshal(draft, &says) != nil {
		return nil
	}
	for i, one := range says.Communities { // each may have its own: then it is of all alike, or said of none
		switch {
		case one.Item == "":
		case i == 0:
			says.Item = one.Item
		case one.Item != says.Item:
			says.Item = ""
		}
	}
	return &DraftLine{says.Item, says.Task, len(says.Communities)}
}

// issueTasks hands the tasks of a draft down. What raises a red lamp takes a word of whoever does.
func issueTasks(l *look) ([]schemas.Event, error) {
	d, err := l.county.handDown(l.in, l.command.Actor, l.form[process.Explanation])
	if err != nil {
		return nil, err
	}
	if red := l.red(d.Results); red != nil && l.form["despite"] != "yes" {
		return nil, red
	}
	l.begun, l.with = append(l.begun, d.Events...), d.Results
	return nil, nil
}

// handDown decides on the tasks of a draft, as if somebody handed them down now, with an
// explanation of theirs where they give one. What is wrong names its community.
func (c *County) handDown(draft *process.Instance, who access.Principal, explanation string) (*Decision, error) {
	d, communities, err := c.handEach(draft, who, explanation)
	return d, c.named(err, communities)
}

// handEach is handDown, of which what is wrong says which of the communities it is of.
func (c *County) handEach(draft *process.Instance, who access.Principal, explanation string) (_ *Decision, communities []string, _ error) {
	d, adopted := c.InForce(taskFlow)
	if d == nil {
		return nil, nil, ErrNoWorkflow
	}
	common := []record.Field{{Name: "department", Value: quoted(draft.Parties["department"])}}
	if explanation != "" {
		common = append(common, record.Field{Name: process.Explanation, Value: quoted(explanation)})
	}
	forms, communities, err := formsOf(d, Drafted(draft), common)
	if err != nil {
		return nil, nil, err
	}
	decision, err := c.beginEach(d, adopted, Command{Workflow: taskFlow, Action: d.Begin, Actor: who}, forms)
	var taken *NumberTaken
	if errors.As(err, &taken) {
		i := slices.IndexFunc(forms, func(form json.RawMessage) bool { return fieldsOf(form)[d.Number] == taken.Number })
		if i >= 0 { // else it was written otherwise
			err = faulty(i, d.Number, taken.Number, "draft_taken", "no", taken.Number)
		}
	}
	return decision, communities, entitled(err, d, d.Begin)
}

// formsOf gives the first forms of a draft's tasks, with the community of each. What is
// common to them holds over what the draft says.
func formsOf(d *define.Workflow, draft json.RawMessage, common []record.Field) (forms []json.RawMessage, communities []string, err error) {
	fields, err := record.Object(draft)
	if err != nil {
		return nil, nil, err // its JSON Schema says that it is an object
	}
	list := json.RawMessage("[]")
	for _, f := range fields {
		said := slices.ContainsFunc(common, func(c record.Field) bool { return c.Name == f.Name })
		switch {
		case f.Name == "no", said:
		case f.Name == "task":
			common = append(common, record.Field{Name: d.Number, Value: f.Value})
		case f.Name == manyField:
			list = f.Value
		default:
			common = append(common, f)
		}
	}
	var each []json.RawMessage
	if err := json.Unmarshal(list, &each); err != nil {
		return nil, nil, err // likewise
	}
	if len(each) == 0 {
		return nil, nil, faulty(0, manyField, "", "draft_empty")
	}
	for i, one := range each {
		own, err := record.Object(one)
		if err != nil {
			return nil, nil, err
		}
		if len(each) == 1 {
			forms = append(forms, beside(common, own))
		} else {
			forms = append(forms, merged(d, common, own, i))
		}
		communities = append(communities, fieldsOf(one)[manyParty])
	}
	return forms, communities, nil
}

// beside writes the form of a task alone, which has the number as it is: what is its
// community's own holds over what is common.
func beside(common, own []record.Field) json.RawMessage {
	rest := slices.DeleteFunc(slices.Clone(common), func(f record.Field) bool {
		return slices.ContainsFunc(own, func(o record.Field) bool { return o.Name == f.Name })
	})
	return written(append(rest, own...))
}

// named has what is wrong with a task say of which community, once of all communities of
// which the same is wrong: a county has hundreds.
func (c *County) named(err error, communities []string) error {
	var faults *Faults
	if !errors.As(err, &faults) {
		return err
	}
	faults.Many = len(communities) > 1
	var list []Fault
	names, at := [][]string{}, map[Fault]int{}
	for _, f := range faults.List {
		of := f.Of
		if of >= len(communities) {
			list, names = append(list, f), append(names, nil)
			continue
		}
		name := cmp.Or(c.Flows.paid.called[communities[of]], communities[of])
		f.Of = 0
		if i, known := at[f]; known {
			list[i].Of, names[i] = OfSeveral, append(names[i], name)
			continue
		}
		at[f] = len(list)
		f.Of = of
		list, names = append(list, f), append(names, []string{name})
	}
	for i := range list {
		if len(names[i]) > 0 {
			list[i].ofField()
		}
		list[i].of(names[i])
	}
	faults.List = list
	return err
}

// namesMax is how many communities a sentence names.
const namesMax = 5

// ofField has a fault begin with what its field is called, where it does not say that: it is read
// beside no field.
func (f *Fault) ofField() {
	zh, _, _ := strings.Cut(f.Title.Chinese, "（") // what else is said of the field, its form says
	en, _, _ := strings.Cut(f.Title.English, " (")
	if zh != "" && !strings.Contains(f.Chinese, zh) {
		f.Chinese = zh + "：" + f.Chinese
	}
	if en != "" && !strings.Contains(f.English, en) {
		f.English = en + ": " + f.English
	}
}

// of has a fault say of which communities it is.
func (f *Fault) of(names []string) {
	say := func(lang message.Language, comma, said string) string {
		key := "draft_communities"
		if len(names) > namesMax {
			key = "draft_communities_more"
		}
		shown := strings.Join(names[:min(len(names), namesMax)], comma)
		return Say(lang, message.Text{Key: key, Args: message.Args{"count": strconv.Itoa(len(names)), "names": shown, "said": said}})
	}
	switch len(names) {
	case 0:
	case 1:
		f.Chinese, f.English = names[0]+"："+f.Chinese, names[0]+": "+f.English
	default:
		f.Chinese, f.English = say(message.Chinese, "、", f.Chinese), say(message.English, ", ", f.English)
	}
}

// reds are the flags that a task which is issued today raises for its item.
var reds = map[reconcile.FlagRule]string{reconcile.Prohibited: "draft_prohibited", reconcile.Unadmitted: "draft_unadmitted"}

// red says of each community for which the item is prohibited or not admitted, nil where
// none is.
func (l *look) red(tasks []Result) error {
	all, communities := &Faults{Many: len(tasks) > 1}, make([]string, len(tasks))
	for i, r := range tasks {
		communities[i] = r.Instance.Parties[manyParty]
		if r.Draft == nil {
			continue
		}
		for _, f := range r.Draft.Flags {
			if key := reds[f.Rule]; key != "" {
				item := r.Instance.Parties[itemParty]
				all.List = append(all.List, saidOf(i, workflow.Refuse(0, itemParty, item, key, "item", item)))
			}
		}
	}
	if all.List == nil {
		return nil
	}
	return l.county.named(all, communities)
}
