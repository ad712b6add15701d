package act_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"feisui/services/feisui/act"
	"feisui/services/process/define"
)

// TestWhatWasAdoptedIsStillRead: a county that adopted an earlier version of what
// came with the program has it in its journal, and goes on by it: every name in it
// is there still, and the one that comes now is a later one that may be adopted.
func TestWhatWasAdoptedIsStillRead(t *testing.T) {
	t.Parallel()
	now, err := define.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/adopted/*.yaml")
	if err != nil || len(files) < 2 {
		t.Fatalf("%q %v", files, err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		then, err := define.Load(content, act.Names())
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		adopted, err := json.Marshal(then.Definition)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := define.Adopted(adopted, act.Names()); err != nil || again.Version != then.Version {
			t.Errorf("%s as it was adopted: %v", file, err)
		}
		later := now[then.Workflow]
		if later == nil || later.Version <= then.Version {
			t.Errorf("%s: nothing later comes with the program", file)
			continue
		}
		for state := range then.States { // what is open may stand in any of them
			if _, declared := later.States[state]; !declared {
				t.Errorf("%s: no word for %s in version %d", file, state, later.Version)
			}
		}
		for name := range then.Actions {
			if _, declared := later.Actions[name]; !declared {
				t.Errorf("%s: no word for %s in version %d", file, name, later.Version)
			}
		}
	}
	// The control: a name that went would be missed.
	gone := act.Names()
	gone.Effects = nil
	if content, err := os.ReadFile(files[0]); err != nil {
		t.Error(err)
	} else if _, err := define.Load(content, gone); err == nil {
		t.Error("a version is read whose effects are gone")
	}
}
