package act

import (
	"encoding/json"
	"slices"
	"unicode"
	"unicode/utf8"

	"feisui/pkg/code"
	"feisui/services/feisui/record"
	"feisui/services/process/define"
)

// canonical writes the numbers of a form as they are recorded, so that one typed in
// full width, or with a space behind it, is the same number here and in the facts. One
// that is recorded as it was typed stays so. A form that is no object, or says something
// twice, stays as it is and is refused.
func (c *County) canonical(d *define.Workflow, action string, form json.RawMessage) json.RawMessage {
	fields, err := record.Object(form)
	if err != nil {
		return form
	}
	numbers, changed := d.Numbers(action), false
	for i, f := range fields {
		var text string
		if !slices.Contains(numbers, f.Name) || json.Unmarshal(f.Value, &text) != nil {
			continue
		}
		number := record.Cell(text)
		if typed := code.HalfWidth(text); typed != number && c.known(typed) {
			number = typed
		}
		if number != text && number != "" { // of nothing, the form says that it is blank
			fields[i].Value, changed = quoted(number), true
		}
	}
	if !changed {
		return form
	}
	return written(fields)
}

// known reports that something is recorded under a number, or an instance has it. What
// numbers may hold became stricter: those that are known go on.
func (c *County) known(number string) bool {
	if record.Recorded(c.Past, number) {
		return true
	}
	for _, of := range c.Flows.instances {
		if of[number] != nil {
			return true
		}
	}
	return false
}

// anything is known to whoever fills in what is recorded and nothing else: the system.
func anything(string) bool { return true }

// What the number of a task looks like in a text: it does not begin or end in the
// middle of a word, and is not so short that it may be anything.
const (
	numberLeast = 4 // characters
	numberMost  = 64
)

// numbersIn finds the numbers in a text that stand for something, each once, in
// order. Of two that overlap the longer one was meant: JB-31 is no part of JB-310.
func numbersIn(text string, stands func(no string) bool) (found []string) {
	edges := edgesOf(text)
	for at := 0; at < len(edges); {
		end := longest(text, edges, at, stands)
		if end < 0 {
			at++
			continue
		}
		if no := text[edges[at]:edges[end]]; !slices.Contains(found, no) {
			found = append(found, no)
		}
		at = end
	}
	return found
}

// longest gives the last edge of the longest number that begins at one, -1 for none.
func longest(text string, edges []int, at int, stands func(no string) bool) int {
	for end := min(len(edges)-1, at+numberMost); end > at; end-- {
		no := text[edges[at]:edges[end]]
		if n := utf8.RuneCountInString(no); n >= numberLeast && n <= numberMost && stands(no) {
			return end
		}
	}
	return -1
}

// edgesOf lists where in a text something may begin or end: everywhere but between
// two letters of an alphabet or digits.
func edgesOf(text string) (edges []int) {
	before := rune(0)
	for i, r := range text {
		if !(joined(before) && joined(r)) {
			edges = append(edges, i)
		}
		before = r
	}
	return append(edges, len(text))
}

func joined(r rune) bool {
	return r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r))
}
