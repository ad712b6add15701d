package naive_test

import (
	"os"
	"path/filepath"
	"testing"

	"feisui/services/ledger/naive"
)

// TestTheApostropheOfAnExportIsNotRead: the spec's §1 once more, as this reader has it;
// other apostrophes are text.
func TestTheApostropheOfAnExportIsNotRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const text = "no,title\nP1,'=1\nP2,''＋x\nP3,'甲\nP4,'\n"
	if err := os.WriteFile(filepath.Join(dir, "plaques.csv"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	book, err := naive.ReadFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	rows := book.Sheets["plaques"]
	want := []string{"=1", "'＋x", "'甲", "'"}
	if len(rows) != len(want) {
		t.Fatalf("%q", rows)
	}
	for i, row := range rows {
		if row["title"] != want[i] {
			t.Errorf("%q, want %q", row["title"], want[i])
		}
	}
}
