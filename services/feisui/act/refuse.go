package act

import (
	"embed"
	"errors"
	"io/fs"

	"feisui/pkg/message"
	"feisui/pkg/workflow"
	"feisui/services/process"
	"feisui/services/process/define"
)

//go:embed messages
var messages embed.FS

// Messages holds the sentences of what this package refuses.
var Messages = message.MustLoad(fs.Sub(messages, "messages"))

// Say gives what a refusal expected, in a language.
func Say(lang message.Language, t message.Text) string { return catalogueOf(t.Key).Say(lang, t) }

// Sentence says in Chinese what is wrong as a sentence that stands alone.
func Sentence(t message.Text) string {
	c := catalogueOf(t.Key)
	said := c.Say(message.Chinese, t)
	if c.Part(t.Key) {
		return "应为" + said
	}
	return said
}

// catalogueOf is the catalogue that has a text.
func catalogueOf(key string) *message.Catalogue {
	for _, c := range []*message.Catalogue{Messages, define.Messages} {
		if c.Has(key) {
			return c
		}
	}
	return workflow.Messages
}

// refuse says no to the whole step.
func refuse(found, key string, args ...string) error {
	return workflow.Refusals{workflow.Refuse(0, "", found, key, args...)}
}

// faulty is one thing wrong with what was sent.
func faulty(of int, field, found, key string, args ...string) *Faults {
	return &Faults{List: []Fault{saidOf(of, workflow.Refuse(0, field, found, key, args...))}}
}

func saidOf(of int, r workflow.Refusal) Fault {
	return Fault{Of: of, Field: r.Field, Found: r.Found, English: Say(message.English, r.Expect), Chinese: Say(message.Chinese, r.Expect)}
}

// entitled has faults say what the form of a step calls their fields.
func entitled(err error, by *define.Workflow, action string) error {
	var faults *Faults
	if !errors.As(err, &faults) {
		return err
	}
	for i := range faults.List {
		if f := &faults.List[i]; f.Title == (process.Text{}) {
			f.Title = titleOf(by, action, f.Field)
		}
	}
	return err
}

func titleOf(by *define.Workflow, action, field string) process.Text {
	title := by.FieldTitle(action, field)
	return process.Text{Chinese: title[message.Chinese], English: title[message.English]}
}

// gather adds what is wrong with the i-th of several beginnings to what is wrong
// with the others. It reports false for an error that is no fault of the form, and
// ends them all.
func (f *Faults) gather(i int, err error) bool {
	var faults *Faults
	var stopped *Stopped
	var refused workflow.Refusals
	switch {
	case err == nil:
	case Forbidden(err):
		return false
	case errors.As(err, &stopped):
		return false
	case errors.As(err, &faults):
		for _, one := range faults.List {
			one.Of = i
			f.List = append(f.List, one)
		}
	case errors.As(err, &refused):
		for _, r := range refused {
			f.List = append(f.List, saidOf(i, r))
		}
	default:
		return false
	}
	return true
}

// of is an error about all beginnings, which says so where it is Faults.
func (f *Faults) of(err error) error {
	var faults *Faults
	if errors.As(err, &faults) {
		faults.Many = f.Many
	}
	return err
}
