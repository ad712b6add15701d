package act

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"feisui/pkg/message"
	"feisui/services/process/define"
)

// served are the workflows that this door has guards and effects for. Others that
// come with the program follow with theirs.
var served = []string{
	taskFlow, draftFlow, admissionFlow, caseFlow, commitmentFlow, paymentFlow, bankFlow,
	plaqueFlow, burdenFlow, outsideFlow, evaluationFlow, ratingFlow, reportFlow, suggestionFlow, periodFlow,
}

// Declared gives the workflows that come with the program and are served, by name.
// It fails where one names what this door does not have.
var Declared = sync.OnceValues(func() (map[string]*define.Workflow, error) {
	all, err := define.Builtin()
	if err != nil {
		return nil, err
	}
	names, found := Names(), map[string]*define.Workflow{}
	var wrong []error
	for _, name := range slices.Sorted(slices.Values(served)) {
		w := all[name]
		if w == nil {
			return nil, errors.New("no declaration of the workflow " + name)
		}
		for _, f := range w.Check(names) {
			wrong = append(wrong, fmt.Errorf("%s: %s: %s", name, f.Place, Say(message.English, f.Text)))
		}
		found[name] = w
	}
	return found, errors.Join(wrong...)
})
