package message_test

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"feisui/pkg/message"
)

func TestSayFillsWhatATextLeavesOpen(t *testing.T) {
	t.Parallel()
	c := load(t,
		`{"short":"{payer}尚欠{amount}元","plain":"没有事项","twice":"{a}和{a}","odd":"{A} {} { a} {a-b} {a_1}"}`,
		`{"short":"{amount} yuan are due from {payer}","plain":"no items","twice":"{a}","odd":"{a_1}"}`)
	for _, row := range []struct {
		lang message.Language
		text message.Text
		want string
	}{
		{message.Chinese, message.Text{Key: "short", Args: message.Args{"payer": "民政局", "amount": "8,350.00"}}, "民政局尚欠8,350.00元"},
		{message.English, message.Text{Key: "short", Args: message.Args{"payer": "D01", "amount": "8,350.00"}}, "8,350.00 yuan are due from D01"},
		{message.Chinese, message.Text{Key: "plain"}, "没有事项"},
		{message.English, message.Text{Key: "plain", Args: message.Args{"unused": "x"}}, "no items"},
		{message.Chinese, message.Text{Key: "twice", Args: message.Args{"a": "甲"}}, "甲和甲"},
		{message.Chinese, message.Text{Key: "odd", Args: message.Args{"a": "甲", "A": "甲", "a_1": "乙"}}, "{A} {} { a} {a-b} 乙"},
		// What is missing shows, and hides nothing else.
		{message.Chinese, message.Text{Key: "short", Args: message.Args{"payer": "民政局"}}, "民政局尚欠{amount}元"},
		{message.Chinese, message.Text{Key: "short"}, "{payer}尚欠{amount}元"},
		{message.Chinese, message.Text{Key: "nowhere"}, "nowhere"},
		{"fr", message.Text{Key: "plain"}, "plain"},
		// What fills a text is never read as a text.
		{message.Chinese, message.Text{Key: "short", Args: message.Args{"payer": "{amount}", "amount": "$1"}}, "{amount}尚欠$1元"},
	} {
		if got := c.Say(row.lang, row.text); got != row.want {
			t.Errorf("%s %v: got %q, want %q", row.lang, row.text, got, row.want)
		}
	}
}

func TestACatalogueKnowsItsKeys(t *testing.T) {
	t.Parallel()
	c := load(t, `{"b":"乙","a":"甲"}`, `{"a":"A","b":"B"}`)
	if got := c.Keys(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("keys %q", got)
	}
	if !c.Has("a") || c.Has("c") || c.Has("") {
		t.Error("Has is wrong about a, c or nothing")
	}
}

func TestAPartOfASentenceIsMarked(t *testing.T) {
	t.Parallel()
	c := load(t, `{"part":"…至少{n}个","whole":"请先登记…"}`, `{"part":"at least {n}","whole":"record it first"}`)
	if !c.Part("part") || c.Part("whole") || c.Part("nowhere") {
		t.Error("Part is wrong")
	}
	if got := c.Say(message.Chinese, message.Text{Key: "part", Args: message.Args{"n": "1"}}) + c.Say(message.Chinese, message.Text{Key: "whole"}); got != "至少1个请先登记…" {
		t.Error(got)
	}
}

func TestLanguagesThatDifferDoNotLoad(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ what, zh, en, says string }{
		{"a key in Chinese alone", `{"a":"甲","b":"乙"}`, `{"a":"A"}`, `"b" has no English text`},
		{"a key in English alone", `{"a":"甲"}`, `{"a":"A","b":"B"}`, `"b" has no Chinese text`},
		{"other placeholders", `{"a":"{x}"}`, `{"a":"{y}"}`, `"a": placeholders [{x}] in Chinese, [{y}] in English`},
		{"a placeholder less", `{"a":"{x}{y}"}`, `{"a":"{x}"}`, `"a": placeholders [{x} {y}] in Chinese, [{x}] in English`},
		{"a placeholder more", `{"a":"甲"}`, `{"a":"{x}"}`, `"a": placeholders [] in Chinese, [{x}] in English`},
		{"no flat object", `{"a":{"b":"乙"}}`, `{"a":"A"}`, "zh-CN.json: "},
		{"no JSON", `{"a":"甲"}`, `{"a":`, "en.json: "},
	} {
		_, err := message.Load(files(row.zh, row.en))
		if err == nil || !strings.Contains(err.Error(), row.says) {
			t.Errorf("%s: %v, want %s", row.what, err, row.says)
		}
	}
}

func TestPlaceholdersMayStandInAnotherOrder(t *testing.T) {
	t.Parallel()
	if _, err := message.Load(files(`{"a":"{x}对{y}，{x}"}`, `{"a":"{y} by {x}"}`)); err != nil {
		t.Error(err)
	}
}

func TestEveryLanguageMustBeThere(t *testing.T) {
	t.Parallel()
	for _, lang := range message.Languages {
		there := files(`{}`, `{}`)
		delete(there, string(lang)+".json")
		if _, err := message.Load(there); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("without %s: %v", lang, err)
		}
	}
	if message.Languages[0] != message.Chinese {
		t.Errorf("%s comes first", message.Languages[0])
	}
}

func TestMustLoadPanicsWhereLoadFails(t *testing.T) {
	t.Parallel()
	good := files(`{"a":"甲"}`, `{"a":"A"}`)
	if c := message.MustLoad(good, nil); !c.Has("a") {
		t.Error("a is missing")
	}
	for what, load := range map[string]func(){
		"no files":              func() { message.MustLoad(fs.Sub(good, "../")) },
		"languages that differ": func() { message.MustLoad(files(`{"a":"甲"}`, `{}`), nil) },
	} {
		if !panics(load) {
			t.Errorf("%s: did not panic", what)
		}
	}
}

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return false
}

func load(t *testing.T, zh, en string) *message.Catalogue {
	t.Helper()
	c, err := message.Load(files(zh, en))
	if err == nil {
		return c
	}
	t.Fatal(err)
	return nil
}

func files(zh, en string) fstest.MapFS {
	return fstest.MapFS{"zh-CN.json": {Data: []byte(zh)}, "en.json": {Data: []byte(en)}}
}
