package portal_test

import (
	"slices"
	"testing"

	"feisui/services/portal"
)

// TestAHeapSaysHowManyAreInIt: of a part of a workflow what stands under it, not what waits of the
// whole; of a workflow that is one heap all of it, though it does not stand on the page.
func TestAHeapSaysHowManyAreInIt(t *testing.T) {
	t.Parallel()
	eight := slices.Repeat([]string{"case case"}, 8)
	for name, c := range map[string]struct {
		parts   bool
		waiting map[string]int
		came    []string
		want    []string
	}{
		"an end that is to be agreed to, beside what is to be received": {
			true, map[string]int{"task": 4}, []string{"see task", "receipt task", "see task", "task task"}, []string{"see 2", "receipt 1", "task 1"},
		},
		"parts of which others did not come": {
			true, map[string]int{"task": 40}, []string{"see task", "task task"}, []string{"see 1+ /?of=task", "task 1+ /?of=task"},
		},
		"a workflow of a community that is one heap": {true, map[string]int{"case": 30}, eight, []string{"case 30 /?of=case"}},
		"a department's":                     {false, map[string]int{"case": 8, "task": 9}, append([]string{"task task"}, eight...), []string{"task 9 /?of=task", "case 8 /?of=case"}},
		"what stands on the page as a whole": {false, map[string]int{"task": 1}, []string{"task task"}, []string{"task 1"}},
	} {
		if got := portal.Counted(c.parts, c.waiting, c.came...); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
