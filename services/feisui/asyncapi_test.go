package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"feisui/schemas"
)

// TestMessagesAreAsTheAsyncAPIDocumentSays reads what a county really sends, and
// holds every message against the document.
func TestMessagesAreAsTheAsyncAPIDocumentSays(t *testing.T) {
	t.Parallel()
	l := listen(t, "c")
	mustRun(t, "import", filepath.Join("testdata", "cases", "random-21", "book"), "--server", l.http, "--county", "c")
	l.record(t, 0, 1)
	doc := decoded(t, contents(t, asyncAPI)).(map[string]any)
	checks := asyncAPIChecks(t, doc)
	jet := doc["x-jetstream"].(map[string]any)
	entries := l.entries(t)
	stream := l.stream()
	eventually(t, func() bool { return lastOf(t, stream) >= uint64(len(entries)) }) // flags and cases come after them
	if is := stream.CachedInfo().Config; is.Name != strings.ReplaceAll(jet["stream"].(string), "{county}", "c") ||
		is.Subjects[0] != strings.ReplaceAll(jet["subjects"].(string), "{county}", "c") || is.MaxAge != 30*24*time.Hour || jet["max-age"] != "P30D" {
		t.Errorf("the stream is %+v, the document says %v", is, jet)
	}
	seen := map[string]bool{}
	for _, e := range entries {
		message, err := stream.GetMsg(t.Context(), uint64(e.Position))
		if err != nil {
			t.Fatal(err)
		}
		seen[e.Type] = true
		if wrong := checks.wrong(t, message.Subject, message.Header, message.Data); len(wrong) > 0 {
			t.Errorf("position %d: %q", e.Position, wrong)
		}
		for name, value := range map[string]string{"ce-position": itoa(int(e.Position)), "ce-type": e.Type, "ce-id": e.ID.String()} {
			if message.Header.Get(name) != value {
				t.Errorf("position %d: %s is %q, want %q", e.Position, name, message.Header.Get(name), value)
			}
		}
	}
	if len(seen) < 15 {
		t.Errorf("only %d types were sent", len(seen))
	}
	last, err := stream.GetMsg(t.Context(), uint64(len(entries)))
	if err != nil {
		t.Fatal(err)
	}
	for what, doctor := range map[string]func(subject *string, h nats.Header, data *[]byte){
		"another subject":     func(s *string, _ nats.Header, _ *[]byte) { *s = "feisui.c.task.assigned" },
		"a header less":       func(_ *string, h nats.Header, _ *[]byte) { delete(h, "ce-request") },
		"a header more":       func(_ *string, h nats.Header, _ *[]byte) { h.Set("ce-colour", "red") },
		"a header as it is":   func(_ *string, h nats.Header, _ *[]byte) { h.Set("ce-subject", "department/新0") },
		"a payload of no use": func(_ *string, _ nats.Header, d *[]byte) { *d = []byte(`{}`) },
	} {
		subject, header, data := last.Subject, nats.Header{}, last.Data
		for name := range last.Header {
			header.Set(name, last.Header.Get(name))
		}
		doctor(&subject, header, &data)
		if len(checks.wrong(t, subject, header, data)) == 0 {
			t.Errorf("%s is as the document says", what)
		}
	}
}

var asyncAPI = filepath.Join("..", "..", "schemas", "asyncapi.json")

// documented is what the AsyncAPI document demands, by channel.
type documented struct {
	doc              map[string]any
	headers, payload map[string]*jsonschema.Schema
}

func asyncAPIChecks(t *testing.T, doc map[string]any) documented {
	t.Helper()
	d := documented{doc, map[string]*jsonschema.Schema{}, map[string]*jsonschema.Schema{}}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(asyncAPI, doc); err != nil {
		t.Fatal(err)
	}
	for _, name := range schemas.Types() {
		var err error
		at := asyncAPI + "#/components/messages/" + name
		if d.headers[name], err = c.Compile(at + "/headers"); err != nil {
			t.Fatal(err)
		}
		if d.payload[name], err = c.Compile(at + "/payload"); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// wrong says how a message is not what the document says of its subject.
func (d documented) wrong(t *testing.T, subject string, header nats.Header, data []byte) (wrong []string) {
	t.Helper()
	name := strings.TrimPrefix(subject, "feisui.c.")
	channel, ok := d.doc["channels"].(map[string]any)[name].(map[string]any)
	if !ok || channel["address"] != "feisui.{county}."+name {
		return []string{"no channel has the address " + subject}
	}
	known := d.doc["components"].(map[string]any)["schemas"].(map[string]any)["headers"].(map[string]any)["properties"].(map[string]any)
	values := map[string]any{}
	for h := range header {
		values[h] = header.Get(h)
		if _, ok := known[h]; !ok && !strings.HasPrefix(h, "Nats-") {
			wrong = append(wrong, "a header that is not described: "+h)
		}
	}
	if err := d.headers[name].Validate(values); err != nil {
		wrong = append(wrong, err.Error())
	}
	if err := d.payload[name].Validate(decoded(t, data)); err != nil {
		wrong = append(wrong, err.Error())
	}
	return wrong
}
