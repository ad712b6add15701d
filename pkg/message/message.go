// Package message keeps what users read, in Chinese and in English, apart from
// the code that decides to say it. Chinese comes first: a catalogue whose
// languages differ in keys or placeholders does not load.
package message

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Language is one of the languages in which every text exists.
type Language string

// The languages, first the one that users read.
const (
	Chinese Language = "zh-CN"
	English Language = "en"
)

// Languages lists every language, Chinese first.
var Languages = []Language{Chinese, English}

// Args fills the placeholders of a text.
type Args map[string]string

// Words are one word in every language.
type Words map[Language]string

// Text is a thing to say: a key of a catalogue and what fills it.
type Text struct {
	Key   string
	Args  Args
	Words map[string]Words // what fills it in the language in which it is said
}

// Catalogue holds texts by language and key.
type Catalogue struct {
	texts map[Language]map[string]string
	parts map[string]bool
}

// part begins a Chinese text that is no sentence by itself, but what should be: 应为 and that
// is one. It is not said.
const part = "…"

var placeholder = regexp.MustCompile(`\{[a-z_0-9]+\}`)

// Load reads zh-CN.json and en.json, flat objects of key → text in which
// {name} stands for an argument. Both must have the same keys, and under each
// key the same placeholders. A Chinese text that begins with … is a part of a sentence (Part).
func Load(files fs.FS) (*Catalogue, error) {
	c := &Catalogue{texts: map[Language]map[string]string{}, parts: map[string]bool{}}
	for _, lang := range Languages {
		b, err := fs.ReadFile(files, string(lang)+".json")
		if err != nil {
			return nil, err
		}
		var texts map[string]string
		if err := json.Unmarshal(b, &texts); err != nil {
			return nil, fmt.Errorf("%s.json: %w", lang, err)
		}
		c.texts[lang] = texts
	}
	for key, text := range c.texts[Chinese] {
		if said, is := strings.CutPrefix(text, part); is {
			c.texts[Chinese][key], c.parts[key] = said, true
		}
	}
	return c, c.check()
}

// MustLoad is Load for catalogues that are embedded, and so were tested.
func MustLoad(files fs.FS, err error) *Catalogue {
	if err != nil {
		panic(err)
	}
	c, err := Load(files)
	if err != nil {
		panic(err)
	}
	return c
}

func (c *Catalogue) check() error {
	zh, en := c.texts[Chinese], c.texts[English]
	for _, key := range slices.Sorted(maps.Keys(zh)) {
		other, ok := en[key]
		if !ok {
			return fmt.Errorf("message %q has no English text", key)
		}
		if a, b := holes(zh[key]), holes(other); !slices.Equal(a, b) {
			return fmt.Errorf("message %q: placeholders %v in Chinese, %v in English", key, a, b)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(en)) {
		if _, ok := zh[key]; !ok {
			return fmt.Errorf("message %q has no Chinese text", key)
		}
	}
	return nil
}

func holes(text string) []string {
	found := placeholder.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// Has reports whether the catalogue has a text under key.
func (c *Catalogue) Has(key string) bool {
	_, ok := c.texts[Chinese][key]
	return ok
}

// Part reports that the Chinese text under key is what should be, and takes a verb to be a sentence.
func (c *Catalogue) Part(key string) bool { return c.parts[key] }

// Keys lists every key, sorted.
func (c *Catalogue) Keys() []string { return slices.Sorted(maps.Keys(c.texts[Chinese])) }

// Say gives the text in a language with its placeholders filled. A key that is
// not there, which tests exclude, is said as it is rather than not at all.
func (c *Catalogue) Say(lang Language, t Text) string {
	text, ok := c.texts[lang][t.Key]
	if !ok {
		return t.Key
	}
	return placeholder.ReplaceAllStringFunc(text, func(hole string) string {
		name := strings.Trim(hole, "{}")
		if value, ok := t.Words[name][lang]; ok {
			return value
		}
		if value, ok := t.Args[name]; ok {
			return value
		}
		return hole
	})
}
