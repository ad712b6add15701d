package act

import "feisui/schemas"

// cite keeps which document a task or an admission came with, as it was last said.
func (f *Flows) cite(e schemas.Event) {
	switch e := e.(type) {
	case schemas.TaskAssigned:
		f.comes(Key{taskFlow, e.No}, e.Document)
	case schemas.TaskSupplemented:
		f.comes(Key{taskFlow, e.No}, e.Document)
	case schemas.TaskAmended:
		f.comes(Key{taskFlow, e.No}, e.Document)
	case schemas.AdmissionDecided:
		f.comes(Key{admissionFlow, e.No}, e.Document)
	case schemas.AdmissionSupplemented:
		f.comes(Key{admissionFlow, e.No}, e.Document)
	case schemas.AdmissionAmended:
		f.comes(Key{admissionFlow, e.No}, e.Document)
	}
}

// comes keeps the document of a thing. An admission is found by its number where it
// has no document.
func (f *Flows) comes(with Key, document string) {
	if document == "" && with.Workflow == admissionFlow {
		document = with.ID
	}
	if document == "" {
		delete(f.cited, with)
		return
	}
	f.cited[with] = citation{document, fold(document)}
}

// citation is the number of a document, and as it is looked for.
type citation struct{ document, folded string }
