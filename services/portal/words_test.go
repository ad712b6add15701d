package portal_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"feisui/services/portal"
)

// said finds the texts that pages name; one that ends in "_" or "." is the beginning of a name.
var said = regexp.MustCompile(`\bsay\("([a-z]+\.[a-z0-9_]*[a-z0-9])"`)

// TestWhatPagesSayIsInTheCatalogue: a text that is missing would stand on the page by its name.
func TestWhatPagesSayIsInTheCatalogue(t *testing.T) {
	t.Parallel()
	var found int
	for _, pattern := range []string{"*.go", "*.templ"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, key := range said.FindAllSubmatch(text, -1) {
				if found++; !portal.Says(string(key[1])) {
					t.Errorf("%s says %q, which no catalogue has", name, key[1])
				}
			}
		}
	}
	if found < 500 || portal.Says("drafts.nothing_of_the_kind") {
		t.Errorf("%d texts were found: nothing is shown", found)
	}
}
