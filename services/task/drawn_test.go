package task_test

import (
	"fmt"
	"testing"

	"feisui/pkg/civil"
	"feisui/services/task"
)

// TestADrawIsWhatItsShareSays: none, all, and about as many as the share; a larger share
// draws what a smaller one does. The same task is drawn again; on another day it is
// another draw, which its number does not tell.
func TestADrawIsWhatItsShareSays(t *testing.T) {
	t.Parallel()
	const tasks = 20_000
	done := civil.Of(2025, 7, 3)
	drawn, other, both := map[int]int{}, 0, 0
	for i := range tasks {
		no, before := fmt.Sprint("JB2025-", i), false
		for _, percent := range []int{0, 5, 20, 100} {
			is := task.Drawn(no, done, percent)
			if before && !is || is != task.Drawn(no, done, percent) {
				t.Fatalf("%s is drawn, and then is not", no)
			}
			if before = is; is {
				drawn[percent]++
			}
		}
		if task.Drawn(no, done+1, 5) {
			if other++; task.Drawn(no, done, 5) {
				both++
			}
		}
	}
	if drawn[0] != 0 || drawn[100] != tasks {
		t.Errorf("none %d, all %d", drawn[0], drawn[100])
	}
	for percent, n := range map[int]int{5: drawn[5], 20: drawn[20]} {
		if want := tasks * percent / 100; n < want*9/10 || n > want*11/10 {
			t.Errorf("of %d, %d in a hundred are %d", tasks, percent, n)
		}
	}
	if both > other/5 {
		t.Errorf("of %d that are drawn on the next day %d are drawn on this one", other, both)
	}
}
