package record

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"feisui/pkg/code"
	"feisui/schemas"
)

// This file says what is recorded under a number already. What a number may hold
// became stricter over time: one that is recorded goes on as it was typed then, or
// nobody could go on with what it names.

// categories are those of the streams that a number may name.
var categories = []string{"task/", "payment/", "item/", "department/", "community/", "admission/", "commitment/", "plaque/", "burden/"}

// Recorded reports that something of a sheet is recorded under a number.
func Recorded(past Past, number string) bool {
	for _, category := range categories {
		if past.Has(category + number) {
			return true
		}
	}
	return false
}

// rowKeys are the columns that say of which stream a row is, with its category.
var rowKeys = map[string][2]string{
	"departments": {"code", "department/"}, "items": {"code", "item/"}, "admissions": {"no", "admission/"},
	"tasks": {"no", "task/"}, "receipts": {"task", "task/"}, "completions": {"task", "task/"}, "commitments": {"no", "commitment/"},
	"payments": {"voucher", "payment/"}, "arrivals": {"voucher", "payment/"}, "plaques": {"no", "plaque/"}, "burdens": {"no", "burden/"},
}

// named are the categories of what other columns name.
var named = map[string]string{
	"department": "department/", "payer": "department/", "payee": "department/", "item": "item/", "upstream": "payment/", "reverses": "payment/",
}

// Names reports that a column of a sheet names something: what is typed there is a number.
func Names(sheet, column string) bool {
	return rowKeys[sheet][0] == column || named[column] != "" || column == "purpose"
}

// recorded reports that what a cell names is recorded under just this text, or has an
// instance, or that what is recorded of its row says this text.
func (c *cells) recorded(column, text string) bool {
	key := rowKeys[c.sheet.Name]
	switch {
	case text == "":
		return false
	case column == "no" && c.derived(text):
		return true
	case column == key[0]:
		return c.has(key[1], text)
	case named[column] != "":
		return c.has(named[column], text)
	case column == "purpose":
		kind, name, _ := strings.Cut(text, ":")
		kind, name = strings.TrimSpace(kind), strings.TrimSpace(name)
		return (kind == "task" || kind == "item") && c.has(kind+"/", name)
	case key[0] == "":
		return false
	}
	of := code.HalfWidth(c.raw(key[0]))
	return c.says(key[1], of, text) || c.says(key[1], Cell(of), text)
}

// derived reports that a number is that of something recorded or begun with a slash and
// more behind it, as steps number their receipts: it holds what that one holds.
func (c *cells) derived(number string) bool {
	at := strings.LastIndexByte(number, '/')
	return at > 0 && code.Unfit(number[at:], code.Number) == "" &&
		slices.ContainsFunc(categories, func(category string) bool { return c.has(category, number[:at]) })
}

// has reports that something of a category is recorded under a number, or begun: then
// its row may come later.
func (c *cells) has(category, number string) bool {
	return slices.ContainsFunc(streams(category, number), c.door.journal.Has)
}

// says reports that an event of what has a number has a text as it stands.
func (c *cells) says(category, number, text string) bool {
	quoted, err := json.Marshal(text)
	if err != nil {
		return false
	}
	for _, stream := range streams(category, number) {
		for e := range c.door.journal.Stream(stream) {
			if data, err := json.Marshal(e); err == nil && bytes.Contains(data, quoted) {
				return true
			}
		}
	}
	return false
}

// streams are those of what has a number, the facts and the instances.
func streams(category, number string) []string {
	all := []string{category + number, schemas.InstanceStream(strings.TrimSuffix(category, "/"), number)}
	if category == "payment/" {
		all = append(all, schemas.InstanceStream("bank_line", number)) // a line of a bank that waits
	}
	return all
}
