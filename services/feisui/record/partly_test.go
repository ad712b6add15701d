package record_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestARowThatCannotBeReadIsOneFault: what names a row that could not be read is
// not wrong a second time; what names nothing at all still is.
func TestARowThatCannotBeReadIsOneFault(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"communities.csv": "code,name,street\n431026102001,热水社区,431026102\n431026102002,长塘社区,431026102,多一格\n",
		"departments.csv": "code,name,kind\nD01,民政局,部门\n",
		"tasks.csv":       "no,department,community,item,issued_on\nT1,D01,431026102002,I1,2025-03-01\nT2,D09,431026102001,I1,2025-03-01\nT3,D01,431026102001,I1,2025-03-01\n",
		"receipts.csv":    "task,outcome,filed_on\nT9,accept,2025-03-02\n",
	} {
		fatalIfErr(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	_, faults := into(t, newJournal(), dir)
	var lines []string
	for _, f := range faults {
		where, _, _ := strings.Cut(f, ", expected")
		lines = append(lines, where)
	}
	want := []string{`communities.csv:3: "431026102002,长塘社区,431026102,多一格"`, `tasks.csv:3:department: "D09"`, `receipts.csv:2:task: "T9"`}
	if strings.Join(lines, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
}
