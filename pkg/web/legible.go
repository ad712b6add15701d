package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/code"
)

// This file refuses what no text may hold, before any handler reads it: U+0000, which
// PostgreSQL cannot keep, and what is no UTF-8. A handler that met it would answer
// that something is broken on our side.

// nul is the character that no database takes.
const nul = "\x00"

// unfit reports that a text holds what no text may.
func unfit(text string) bool { return strings.Contains(text, nul) || !utf8.ValidString(text) }

// Illegible is the problem of a text that holds what none may: where says in which
// field, "" where that is the whole.
func Illegible(where string) *Problem {
	zh, en := where, where
	if where == "" {
		zh, en = "内容", "the content"
	}
	p := Refuse(http.StatusUnprocessableEntity, "TEXT_INVALID",
		zh+" 含有不能登记的字符（U+0000，或不是 UTF-8 编码），请去掉后重新提交", en+": expected text in UTF-8 without the character U+0000")
	if where != "" {
		f := Fault{Field: where, Found: "U+0000", Chinese: "不含 U+0000 的文字", English: "text without U+0000"}
		f.Line = f.Field + ": " + strconv.Quote(f.Found) + ", expected " + f.English + "（" + f.Chinese + "）"
		p.Errors = []Fault{f}
	}
	return p
}

// illegible says which part of an address holds what no text may, nil where none does.
func illegible(ctx huma.Context) *Problem {
	for _, p := range ctx.Operation().Parameters {
		if p.In == "path" && unfit(ctx.Param(p.Name)) {
			return Illegible(p.Name)
		}
	}
	address := ctx.URL()
	query, err := url.ParseQuery(address.RawQuery)
	if err != nil {
		return nil //nolint:nilerr // which is said otherwise
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		switch {
		case unfit(name):
			return Illegible("")
		case unfit(strings.Join(query[name], "")):
			return Illegible(name)
		}
	}
	return nil
}

// Legible refuses a JSON text that holds, written out or not, what no text may. Of what
// is no JSON at all, whoever reads it says so.
func Legible(body []byte) error {
	if unfit(string(body)) {
		return Illegible("")
	}
	if !bytes.Contains(body, []byte(`\u0000`)) {
		return nil
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return nil //nolint:nilerr // whoever reads it says that it is no JSON
	}
	if path, found := holder(value); found {
		slices.Reverse(path)
		return Illegible(code.Excerpt(strings.Join(path, "."), whereMost))
	}
	return nil
}

// whereMost is how much is said of where something stands, in characters.
const whereMost = 200

// holder finds the first text in a JSON value that holds the character, by the names
// and places that lead to it, the innermost first: they are gathered only on the way
// back, since whoever nests deeply would have them joined at each level. Nothing leads
// to the whole.
func holder(value any) (path []string, found bool) {
	switch value := value.(type) {
	case string:
		return nil, strings.Contains(value, nul)
	case []any:
		for i, one := range value {
			if path, found = holder(one); found {
				return append(path, strconv.Itoa(i)), true
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			if strings.Contains(name, nul) {
				return nil, true
			}
			if path, found = holder(value[name]); found {
				return append(path, name), true
			}
		}
	}
	return nil, false
}

// Said gives the problem that reading a body ended with, nil where it failed otherwise.
func Said(err error) error {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	return nil
}

// addressMax bounds the path and the query of a request, in bytes. What is longer is
// no question that anybody typed, and belongs in no log.
const addressMax = 8 << 10

// tooLong refuses an address that is longer than any question needs.
func tooLong(r *http.Request) *Problem {
	if len(r.URL.Path)+len(r.URL.RawQuery) <= addressMax {
		return nil
	}
	return Refuse(http.StatusRequestURITooLong, "ADDRESS_TOO_LONG", "网址过长，最多 8 KB；请减少参数", "expected an address of at most 8 KB")
}
