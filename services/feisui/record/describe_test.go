package record_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"feisui/services/feisui/record"
)

var (
	sheetLine  = regexp.MustCompile(`(?m)^\| (\w+) · (\S+) \| (.+) \|$`)
	columnText = regexp.MustCompile(`(\w+)(\*?)·([^\s,]+)(?: \(([a-z_]+(?:\\\|[a-z_]+)+)\))?`)
)

// TestDescribedAsTheSpecHasIt: how rows are seen to be read is what the table of
// spec §1 says: the columns, which are required, and the words where it has them.
func TestDescribedAsTheSpecHasIt(t *testing.T) {
	t.Parallel()
	spec, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "spec", "reconciliation.md"))
	if err != nil {
		t.Fatal(err)
	}
	sheets := 0
	for _, line := range sheetLine.FindAllStringSubmatch(string(spec), -1)[1:] { // after the header
		sheets++
		described := record.Describe(line[1])
		columns := columnText.FindAllStringSubmatch(line[3], -1)
		if len(columns) != len(described) {
			t.Errorf("%s: %d columns, and %d in the spec", line[1], len(described), len(columns))
			continue
		}
		for i, want := range columns {
			got := described[i]
			if got.Name != want[1] || got.Chinese != want[3] || got.Required != (want[2] == "*") {
				t.Errorf("%s: %+v, and in the spec %q", line[1], got, want)
			}
			if words := strings.Split(want[4], `\|`); want[4] != "" && !slices.Equal(english(got.Words), words) {
				t.Errorf("%s.%s takes %q, and in the spec %q", line[1], got.Name, got.Words, words)
			}
		}
	}
	if sheets != len(record.Layout) {
		t.Errorf("%d sheets in the spec, %d in the layout", sheets, len(record.Layout))
	}
}

func english(words []string) (all []string) {
	for i := 0; i < len(words); i += 2 {
		all = append(all, words[i])
	}
	return all
}

// TestKindsAreDescribed: the last to read a cell says what it is.
func TestKindsAreDescribed(t *testing.T) {
	t.Parallel()
	for column, want := range map[string]record.Kind{
		"communities.street": record.Division, "communities.staff": record.Count, "communities.name": record.Text,
		"items.payers": record.Payers, "items.rate": record.Rate, "items.rule": record.Word, "admissions.communities": record.List,
		"tasks.no": record.Code, "tasks.quantity": record.Number, "tasks.amount": record.Amount, "tasks.issued_on": record.Date,
		"payments.purpose": record.Purpose, "payments.amount": record.Amount,
	} {
		sheet, name, _ := strings.Cut(column, ".")
		for _, c := range record.Describe(sheet) {
			if c.Name == name && c.Kind != want {
				t.Errorf("%s is of kind %d, want %d", column, c.Kind, want)
			}
		}
	}
}
