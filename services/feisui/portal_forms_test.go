package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"feisui/pkg/access"
	"feisui/pkg/figure"
	"feisui/pkg/web"
	"feisui/schemas"
	"feisui/services/portal"
	"feisui/services/process/define"
)

// The form of every step of every workflow, as a page and as what is sent of it. The
// interface's answers about one instance are made up here, so that every step is open;
// what stands behind them is the real county.

// formSchema is the form of a step as this test reads it.
type formSchema struct {
	Required   []string
	Properties map[string]struct {
		Type, Format, Title, Pattern string
		English                      string `json:"x-title"`
		Enum                         []string
		MaxLength                    int
		Items                        struct{ Pattern string }
		Minimum, Maximum             *int
	}
}

// someText is what somebody could fill into a field, and the same as JSON.
func (f formSchema) someText(name string) (typed string, sent any) {
	p := f.Properties[name]
	switch {
	case p.Type == "boolean":
		return "true", true
	case p.Type == "integer" && p.Minimum != nil:
		return fmt.Sprint(*p.Minimum), float64(*p.Minimum)
	case p.Type == "integer":
		return "3", float64(3)
	case p.Type == "array" && p.Items.Pattern != "":
		return north + "\r\n" + south, []any{north, south}
	case p.Type == "array":
		return "D01\r\nD02", []any{"D01", "D02"}
	case len(p.Enum) > 0:
		return p.Enum[0], p.Enum[0]
	case p.Format == "date":
		return "2025-03-05", "2025-03-05"
	case p.Format == "amount":
		return "12.50", "12.50"
	case p.Format == "quantity":
		return "12", "12"
	case p.Pattern == "^[0-9]{12}$":
		return north, north
	case strings.HasPrefix(p.Pattern, "^[0-9]{4}-"): // a month
		return "2025-02", "2025-02"
	case p.MaxLength > 0 && p.MaxLength < 8:
		return "甲", "甲"
	case p.MaxLength > 0 && p.MaxLength < 300: // one line
		return " 甲乙丙 ", "甲乙丙"
	}
	return " 甲乙\r\n丙 ", "甲乙\n丙"
}

// TestEveryFormIsFilledIn: each field of each form of each workflow stands in its page
// under its title in both languages, with what is demanded of it; what is filled in is
// what the workflow takes, all of it and the least; and what is wrong with it is said first.
func TestEveryFormIsFilledIn(t *testing.T) {
	t.Parallel()
	s := portalPlayed(t, asTyped)
	builtin, err := define.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	v := before(t, s.address, access.Authority)
	english := before(t, s.address, access.Authority)
	english.inEnglish()
	forms, fields := 0, 0
	for _, w := range builtin {
		for name, action := range w.Actions {
			if len(action.Form) == 0 || w.Workflow == "draft" && (name == w.Begin || name == "edit") {
				continue // drafts are written in a page of their own (draftPages)
			}
			var form formSchema
			if err := json.Unmarshal(action.Form, &form); err != nil {
				t.Fatal(err)
			}
			var sent []byte
			v.instead = onlyOpen(t, w.Workflow, name, action.Form, &sent)
			english.instead = v.instead
			at := "/w/" + w.Workflow + "/i/X/" + name
			zh, en := v.get(at), english.get(at)
			if wrong := append(faultsOf(zh), faultsOf(en)...); zh.status != http.StatusOK || len(wrong) > 0 {
				t.Errorf("%s: %d %q", at, zh.status, wrong)
			}
			all, least := zh.hidden(at), zh.hidden(at)
			want, wantLeast := map[string]any{}, map[string]any{}
			for field, schema := range form.Properties {
				fields++
				input := inputFor(zh, field)
				if input == nil || inputFor(en, field) == nil {
					t.Errorf("%s has no field %s", at, field)
					continue
				}
				required := slices.Contains(form.Required, field)
				if !strings.Contains(labelOf(zh, input), schema.Title) || !strings.Contains(labelOf(en, inputFor(en, field)), schema.English) || required != has(input, "required") && attribute(input, "type") != "checkbox" {
					t.Errorf("%s: %s is asked as %q and %q; required: %v", at, field, labelOf(zh, input), labelOf(en, inputFor(en, field)), required)
				}
				for _, of := range []seen{zh, en} {
					if codes := unnamed(of, schema.Enum, attribute(input, "name")); codes != nil {
						t.Errorf("%s: of %s the choices %q are shown as they are sent", at, field, codes)
					}
				}
				typed, value := form.someText(field)
				all.Set(attribute(input, "name"), typed)
				if want[field] = value; required {
					least.Set(attribute(input, "name"), typed)
					wantLeast[field] = value
				} else {
					least.Set(attribute(input, "name"), " ") // left empty
				}
				if schema.Type == "boolean" && !required { // a box that is not ticked is sent as nothing
					least.Del(attribute(input, "name"))
				}
			}
			forms++
			if len(form.Properties) > 0 {
				v.instead = refuses(t, english.instead, slices.Min(slices.Collect(maps.Keys(form.Properties))))
				if p := v.post(at, all); p.status != http.StatusUnprocessableEntity || saidFirst(p) != "" {
					t.Errorf("%s refused: %d %s", at, p.status, saidFirst(p))
				}
				v.instead = english.instead
			}
			for of, values := range map[*map[string]any]url.Values{&want: all, &wantLeast: least} {
				sent = nil
				if p := v.post(at, values); p.status != http.StatusSeeOther {
					t.Errorf("%s with %v: %s", at, values, p)
				}
				var got map[string]any
				if err := json.Unmarshal(sent, &got); err != nil || !maps.EqualFunc(got, *of, func(a, b any) bool { return fmt.Sprint(a) == fmt.Sprint(b) }) {
					t.Errorf("%s: typed %v, and %s was sent (%v), not %v", at, values, sent, err, *of)
				}
				if err := w.Fill(name, sent); err != nil && of == &want { // the least may lack what another field asks for
					t.Errorf("%s: %s is refused: %v", at, sent, err)
				}
			}
		}
	}
	v.instead = nil
	accept := v.get("/w/admission/i/SQ-3/accept") // which D02 applied for, for the third community
	for field, want := range map[string][]string{"t.justice": {"", "D01", "D09"}, "t.organisation": {"", "D01", "D09"}, "l.sampled": {third}} {
		if got := offeredIn(accept, field); !slices.Equal(got, want) {
			t.Errorf("%s may be %q, want %q: %s", field, got, want, accept)
		}
	}
	figure.Logf(t, "%d forms with %d fields", forms, fields)
	if forms < 60 || fields < 150 {
		t.Errorf("only %d forms with %d fields", forms, fields)
	}
}

// onlyOpen answers of an instance X in which one step is open, and keeps what is sent.
func onlyOpen(t *testing.T, workflow, action string, form json.RawMessage, sent *[]byte) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		at := "/v1/counties/county/workflows/" + workflow + "/instances/X"
		if r.URL.Path != at && r.URL.Path != at+"/"+action {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodPost {
			var err error
			if *sent, err = io.ReadAll(r.Body); err != nil {
				t.Error(err)
			}
			fmt.Fprint(w, `{"instances":[]}`)
			return true
		}
		title := map[string]string{"zh": "某步", "en": "A step"}
		answer := map[string]any{
			"workflow": workflow, "instance": "X", "state": "s", "title": title, "version": 1, "timeline": []any{},
			"actions": []any{map[string]any{"action": action, "title": title, "form": form}},
		}
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			t.Error(err)
		}
		return true
	}
}

// offeredIn are the codes that may be chosen in a field, each of which a page calls by
// a name.
func offeredIn(p seen, field string) (codes []string) {
	for _, n := range p.elements("option", "input") {
		of, said := n, wordsOf(n)
		if n.Data == "option" {
			for of.Data != "select" && of.Parent != nil {
				of = of.Parent
			}
		} else {
			said = wordsOf(n.Parent)
		}
		if value := attribute(n, "value"); attribute(of, "name") == field && said != value {
			codes = append(codes, value)
		}
	}
	return codes
}

// refuses answers what is sent with a fault of one field, and all else as before.
func refuses(t *testing.T, before func(http.ResponseWriter, *http.Request) bool, field string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost || !strings.Contains(r.URL.Path, "/instances/X/") {
			return before(w, r)
		}
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusUnprocessableEntity)
		err := json.NewEncoder(w).Encode(web.Problem{
			Status: http.StatusUnprocessableEntity, Code: "FORM", Title: "填写有误", Detail: "wrong",
			Errors: []web.Fault{{Field: "form." + field, Chinese: "应为别的", English: "another"}},
		})
		if err != nil {
			t.Error(err)
		}
		return true
	}
}

// saidFirst looks that what is wrong with a form is the first thing below the page's
// heading and has the focus, and that it names a field and leads there; it says what is not so.
func saidFirst(p seen) string {
	h1 := p.elements("h1")[0]
	box := h1.NextSibling
	for box != nil && box.Type != html.ElementNode {
		box = box.NextSibling
	}
	if box == nil || attribute(box, "class") != "wrong" || !has(box, "autofocus") || attribute(box, "tabindex") != "-1" {
		return "below the heading there is no box that has the focus"
	}
	for n := range box.Descendants() {
		to, leads := strings.CutPrefix(attribute(n, "href"), "#")
		if !leads {
			continue
		}
		for _, of := range p.elements("input", "select", "textarea", "fieldset") {
			if attribute(of, "id") == to && strings.Contains(wordsOf(n), "应为别的") {
				return ""
			}
		}
		return "the box leads to " + to + ", which is not there"
	}
	return "the box leads nowhere: " + wordsOf(box)
}

// inputFor is where a field of a form is filled in: an input whose name is a letter
// and the field's.
func inputFor(p seen, field string) *html.Node {
	for _, n := range p.elements("input", "select", "textarea") {
		if letter, name, is := strings.Cut(attribute(n, "name"), "."); is && len(letter) == 1 && name == field {
			return n
		}
	}
	return nil
}

// unnamed are the choices of a field for which a page has no word.
func unnamed(p seen, choices []string, field string) (codes []string) {
	for _, n := range p.elements("option", "input") {
		said := wordsOf(n)
		if n.Data == "input" {
			for up := range n.Ancestors() {
				if up.Data == "label" {
					said = wordsOf(up)
				}
			}
			if attribute(n, "type") != "radio" || attribute(n, "name") != field {
				continue
			}
		}
		if value := attribute(n, "value"); slices.Contains(choices, value) && said == value {
			codes = append(codes, value)
		}
	}
	return codes
}

// labelOf is what a page says that an input is: the legend of those that one is
// chosen of, else its label.
func labelOf(p seen, input *html.Node) string {
	label := ""
	for up := range input.Ancestors() {
		switch up.Data {
		case "label":
			label = wordsOf(up)
		case "fieldset":
			for n := range up.ChildNodes() {
				if n.Data == "legend" {
					return wordsOf(n)
				}
			}
		}
	}
	if label != "" {
		return label
	}
	for _, n := range p.elements("label") {
		if attribute(n, "for") == attribute(input, "id") {
			return wordsOf(n)
		}
	}
	return ""
}

// TestWhatIsBrokenIsNotTold: whatever breaks behind the portal, a page says that it is
// broken, and not what.
func TestWhatIsBrokenIsNotTold(t *testing.T) {
	t.Parallel()
	s := portalPlayed(t, asTyped)
	v := before(t, s.address, access.CommunityOfficer)
	for name, breaks := range map[string]func(http.ResponseWriter){
		"no JSON": func(w http.ResponseWriter) { fmt.Fprint(w, "goroutine 1 [running]: main.go:12") },
		"a bare 500": func(w http.ResponseWriter) {
			http.Error(w, "pgx: SQLSTATE 42P01 in /services/feisui/serve.go:1", http.StatusInternalServerError)
		},
		"another type": func(w http.ResponseWriter) { fmt.Fprint(w, `{"title":7,"actions":"panic"}`) },
		"a panic":      func(http.ResponseWriter) { panic("dial tcp postgres") },
		"nothing":      func(http.ResponseWriter) {},
	} {
		v.instead = func(w http.ResponseWriter, r *http.Request) bool {
			if strings.Contains(r.URL.Path, "/instances/JB-1") {
				breaks(w)
				return true
			}
			return false
		}
		for _, p := range []seen{v.get("/w/task/i/JB-1"), v.get("/w/task/i/JB-1/accept"), v.post("/w/task/i/JB-1/accept", url.Values{"request": {"broken-" + strings.ReplaceAll(name, " ", "-")}})} {
			if p.status == http.StatusSeeOther && slices.Contains([]string{"nothing", "no JSON", "another type"}, name) {
				continue // the form was taken, whatever was said of it
			}
			if p.status != http.StatusInternalServerError || faultsOf(p) != nil || !strings.Contains(p.words(), "稍后再试") {
				t.Errorf("%s: %s %q", name, p, faultsOf(p))
			}
			s.tellsNothing(p)
		}
	}
	v.instead = nil
	if p := v.get("/w/task/i/JB-1"); p.status != http.StatusOK { // the control
		t.Errorf("%s", p)
	}
}

// TestASlowFormIsNotWaitedFor: whoever begins to send a form and does not go on is not
// waited for, before they are anybody; who goes on in time is.
func TestASlowFormIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	table, err := access.Parse(schemas.Access)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(portal.New(portal.Options{
		API: http.NotFoundHandler(), Rights: table, Log: quiet(), Now: time.Now, FormWait: 300 * time.Millisecond,
	}))
	defer server.Close()
	at := strings.TrimPrefix(server.URL, "http://")
	for body, want := range map[string]int{"to=en&next=/": http.StatusSeeOther, "to=en": http.StatusRequestTimeout} {
		status, text := sendsSlowly(t, at, body)
		if status != want || want == http.StatusRequestTimeout && !strings.Contains(text, "<h1>") {
			t.Errorf("%q: %d %s", body, status, text)
		}
	}
}

// sendsSlowly begins to send the form of a language, and goes no further than a body.
func sendsSlowly(t *testing.T, at, body string) (status int, text string) {
	t.Helper()
	conn, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintf(conn, "POST /language HTTP/1.1\r\nHost: %s\r\nOrigin: http://%s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s",
		at, at, len("to=en&next=/"), body)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%q: %v", body, err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(said)
}
