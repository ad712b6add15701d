package act

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"feisui/pkg/message"
	"feisui/services/process/define"
)

// Declared gives the workflows that come with the program, by name. It fails where
// one names what this door does not have.
var Declared = sync.OnceValues(func() (map[string]*define.Workflow, error) {
	all, err := define.Builtin()
	if err != nil {
		return nil, err
	}
	names := Names()
	var wrong []error
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for _, f := range all[name].Check(names) {
			wrong = append(wrong, fmt.Errorf("%s: %s: %s", name, f.Place, Say(message.English, f.Text)))
		}
	}
	return all, errors.Join(wrong...)
})
