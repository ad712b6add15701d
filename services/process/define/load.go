package define

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"feisui/pkg/code"
	"feisui/pkg/message"
	"feisui/pkg/workflow"
	"feisui/schemas"
	"feisui/services/process"
)

// Faults are all the reasons why a declaration is refused.
type Faults []process.Fault

func (f Faults) Error() string { return f.Say(message.English) }

// Say gives the faults, one a line: line:place: sentence.
func (f Faults) Say(lang message.Language) string {
	lines := make([]string, len(f))
	for i, fault := range f {
		if fault.Line > 0 {
			lines[i] = strconv.Itoa(fault.Line) + ":"
		}
		if fault.Place != "" {
			lines[i] += fault.Place + ": "
		}
		lines[i] += sentence(lang, fault.Text)
	}
	return strings.Join(lines, "\n")
}

// Sentence gives the faults without their places.
func (f Faults) Sentence(lang message.Language) string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = sentence(lang, fault.Text)
	}
	return strings.Join(lines, "\n")
}

func sentence(lang message.Language, text message.Text) string {
	if Messages.Has(text.Key) {
		return Messages.Say(lang, text)
	}
	return workflow.Messages.Say(lang, text)
}

// Workflow is a definition that can be used: it was read, checked, and its forms
// were compiled.
type Workflow struct {
	*process.Definition
	forms map[string]*form // by action
	where lines            // of the file that it was read from; nil where it was read from none
}

// Load reads a declaration in YAML, and checks it. It fails with Faults, each with
// its line, where the declaration is not one that can be used.
func Load(content []byte, names process.Names) (*Workflow, error) {
	d, where, faults := read(content)
	if faults != nil {
		return nil, faults
	}
	return checked(d, where, names)
}

// Adopted reads a definition from the JSON of the event that adopted it. It fails
// with Faults likewise, without lines.
func Adopted(definition json.RawMessage, names process.Names) (*Workflow, error) {
	d := &process.Definition{}
	decoder := json.NewDecoder(bytes.NewReader(definition))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(d); err != nil {
		return nil, Faults{{Text: message.Text{Key: "not_read", Args: message.Args{"error": err.Error()}}}}
	}
	return checked(d, nil, names)
}

func checked(d *process.Definition, where lines, names process.Names) (*Workflow, error) {
	faults := Faults(d.Check(names))
	w := &Workflow{Definition: d, forms: map[string]*form{}, where: where}
	for _, name := range slices.Sorted(maps.Keys(d.Actions)) {
		if len(d.Actions[name].Form) == 0 {
			continue
		}
		f, err := compile(d.Actions[name].Form)
		if err != nil {
			text := message.Text{Key: "schema", Args: message.Args{"error": err.Error()}}
			faults = append(faults, process.Fault{Place: "actions." + name + ".form", Text: text})
			continue
		}
		w.forms[name] = f
	}
	if faults != nil {
		return nil, faults.placed(where)
	}
	return w, nil
}

// placed gives faults with their lines, in that order.
func (f Faults) placed(where lines) Faults {
	for i := range f {
		f[i].Line = where.of(f[i].Place)
	}
	slices.SortStableFunc(f, func(a, b process.Fault) int { return a.Line - b.Line })
	return f
}

// Looser lists where w allows what the version that comes with the program does not, as
// process.Looser does; nil of a workflow that does not come with it.
func (w *Workflow) Looser() (Faults, error) {
	all, err := Builtin()
	if err != nil || all[w.Workflow] == nil {
		return nil, err
	}
	return Faults(w.Definition.Looser(all[w.Workflow].Definition, Lowered)).placed(w.where), nil
}

// Fill checks a form that is filled in for an action. It fails with
// workflow.Refusals, one for each field that is not as it should be.
func (w *Workflow) Fill(action string, filled json.RawMessage) error {
	return w.FillOf(action, filled, func(string) bool { return false })
}

// FillOf is Fill where some texts are known: they are numbers that were recorded before
// their characters were looked at, and may hold any. They are asked for only where one
// does not do.
func (w *Workflow) FillOf(action string, filled json.RawMessage, known func(text string) bool) error {
	f := w.forms[action]
	if f == nil {
		if len(bytes.TrimSpace(filled)) == 0 || string(bytes.TrimSpace(filled)) == "{}" {
			return nil
		}
		f = noForm()
	}
	return f.check(filled, known)
}

// FieldTitle is what a field of an action's form is called, nil where there is none.
func (w *Workflow) FieldTitle(action, field string) message.Words {
	if f := w.forms[action]; f != nil {
		return f.titles[field]
	}
	return nil
}

// Numbers lists the fields of an action's form that name something, by name.
func (w *Workflow) Numbers(action string) (names []string) {
	f := w.forms[action]
	if f == nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(f.uses)) {
		if f.uses[name] == code.Number {
			names = append(names, name)
		}
	}
	return names
}

// Texts lists the fields of an action's form in which people write as they like, by name.
func (w *Workflow) Texts(action string) []string {
	if f := w.forms[action]; f != nil {
		return slices.Clone(f.texts)
	}
	return nil
}

// Builtin gives the workflows that come with the program, by name.
var Builtin = sync.OnceValues(func() (map[string]*Workflow, error) {
	all := map[string]*Workflow{}
	files, err := fs.Glob(schemas.Workflows, "workflows/*.yaml")
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		content, err := schemas.Workflows.ReadFile(name)
		if err != nil {
			return nil, err
		}
		w, err := Load(content, Names)
		var faults Faults
		switch {
		case errors.As(err, &faults):
			return nil, fmt.Errorf("%s:\n%w", name, faults)
		case err != nil:
			return nil, err
		case w.Workflow+".yaml" != path.Base(name):
			return nil, fmt.Errorf("%s declares the workflow %s", name, w.Workflow)
		}
		all[w.Workflow] = w
	}
	return all, nil
})
