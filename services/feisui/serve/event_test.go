package serve_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"feisui/pkg/journal"
	"feisui/schemas"
	"feisui/services/feisui/serve"
)

// TestHeadersAreAsTheAsyncAPIDocumentSays: an entry of every type goes out with
// the headers that the document demands and no others, to the address of its
// channel.
func TestHeadersAreAsTheAsyncAPIDocumentSays(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "schemas", "asyncapi.json"))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Channels   map[string]struct{ Address string }
		Components struct {
			Schemas map[string]struct{ Required []string }
		}
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	want := slices.Sorted(slices.Values(doc.Components.Schemas["headers"].Required))
	for _, name := range schemas.Types() {
		sent := serve.Event(journal.Entry{
			County: "c", Position: 2, Stream: schemas.New(name).Stream(), Type: name, Version: 1, ID: uuid.Must(uuid.NewV7()),
			Request: "r", RecordedAt: time.Now(), Data: []byte("{}"),
		})
		if got := slices.Sorted(maps.Keys(sent.Header)); !slices.Equal(got, want) {
			t.Errorf("%s: headers %q, the document says %q", name, got, want)
		}
		if address := strings.ReplaceAll(doc.Channels[name].Address, "{county}", "c"); sent.Subject != address {
			t.Errorf("%s: goes to %s, the document says %s", name, sent.Subject, address)
		}
	}
}
