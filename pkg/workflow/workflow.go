// Package workflow is the vocabulary of deciding: a command meets a state and
// gives events, or a refusal.
package workflow

import (
	"strings"

	"feisui/pkg/message"
)

// Refusal is a rule saying no, in a sentence its reader can act on. It is the
// only error a Decide returns; every other error means something is broken.
type Refusal struct {
	Row    int    // which of the command's rows, from 0
	Field  string // the field of that row, by its wire name
	Found  string // what stood there
	Expect message.Text
}

func (r Refusal) Error() string { return r.Field + ": " + r.Found + ": " + r.Expect.Key }

// Refusals are all the reasons why one command was refused.
type Refusals []Refusal

func (rs Refusals) Error() string {
	lines := make([]string, len(rs))
	for i, r := range rs {
		lines[i] = r.Error()
	}
	return strings.Join(lines, "\n")
}

// Err is rs as an error, nil when there is none.
func (rs Refusals) Err() error {
	if len(rs) == 0 {
		return nil
	}
	return rs
}
