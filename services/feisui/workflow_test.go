package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"feisui/schemas"
)

// TestACountysOwnWorkflowIsCheckedAgainstTheProgramsOwn: what would break its promises is
// said with its line, as when it is proposed; what is stricter is not.
func TestACountysOwnWorkflowIsCheckedAgainstTheProgramsOwn(t *testing.T) {
	t.Parallel()
	written, err := schemas.Workflows.ReadFile("workflows/task.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for change, says := range map[string]string{
		"    pass: lapse\n":      "",
		"    days: 10\n":         "",
		"    not_by: [report]\n": ":actions.verify.not_by: report kept: who took that step does not take this one（须保留 report",
		"    answers: ask_exten": ":actions.grant_extension.answers: ",
	} {
		now := map[string]string{"    days: 10\n": "    days: 9\n", "    pass: lapse\n": "    pass: lapse\n", "    answers: ask_exten": "    answers: report #"}[change]
		file := filepath.Join(t.TempDir(), "task.yaml")
		if err := os.WriteFile(file, bytes.Replace(written, []byte(change), []byte(now), 1), 0o600); err != nil {
			t.Fatal(err)
		}
		var stdout, stderr bytes.Buffer
		err := (&workflowCheckCmd{Files: []string{file}}).Run(&stdout, &stderr)
		if wrong := says != ""; errors.Is(err, errRefused) != wrong || !strings.Contains(stderr.String(), says) || wrong == (stdout.Len() > 0) {
			t.Errorf("%q: %v\n%s%s", change, err, &stdout, &stderr)
		}
	}
}
