package portal

import (
	"net/url"
	"slices"
	"strings"

	"feisui/pkg/message"
)

// This file lets somebody choose communities, by street and with tick boxes. What is
// typed to find one is sent with the form, so that it works without JavaScript, and
// nothing that was ticked is lost.

// chooser is a choice of communities as it stands.
type chooser struct {
	Find    string
	Whole   bool // the whole county may be chosen at once
	All     bool // and is
	Streets []chooserStreet
	Chosen  []string // in the order of the directory
	Unseen  []string // those of them that are not among what was found
	Wrong   []string // what the API said of the choice
}

type chooserStreet struct {
	named

	Communities []chooserLine
	Chosen      int
	Of          int // how many the street has
}

type chooserLine struct {
	named

	Chosen bool
}

// The inputs of a chooser.
const (
	inputCommunity = "community"
	inputStreet    = "street" // every community of it
	inputFind      = "find"
	inputWhole     = "whole"
	wholeCounty    = "all"
)

// chooserID is where a chooser stands in its page.
const chooserID = "choose"

// field is the choice as what is asked for in a form, of which something may be wrong.
func (c *chooser) field() field {
	return field{Input: chooserID, Title: words{say(message.Chinese, "chooser.title"), say(message.English, "chooser.title")}, Wrong: c.Wrong}
}

// chooser reads a choice from what was sent, or from a link.
func (v *visit) chooser(sent url.Values) *chooser {
	c := &chooser{Find: strings.TrimSpace(sent.Get(inputFind)), All: sent.Get(inputWhole) == wholeCounty}
	ticked := map[string]bool{}
	for _, code := range sent[inputCommunity] {
		ticked[code] = true
	}
	at := map[string]int{}
	for _, s := range v.directory().Streets {
		at[s.Code] = len(c.Streets)
		c.Streets = append(c.Streets, chooserStreet{named: named{s.Code, v.name(s.Code)}})
	}
	for _, one := range v.directory().Communities {
		i, known := at[one.Street]
		if !known {
			i, at[one.Street] = len(c.Streets), len(c.Streets)
			c.Streets = append(c.Streets, chooserStreet{named: named{one.Street, v.name(one.Street)}})
		}
		street := &c.Streets[i]
		street.Of++
		chosen := ticked[one.Code] || slices.Contains(sent[inputStreet], one.Street)
		if chosen {
			street.Chosen++
			c.Chosen = append(c.Chosen, one.Code)
		}
		if c.finds(one.Code, one.Name, street.Name) {
			street.Communities = append(street.Communities, chooserLine{one.named, chosen})
		} else if chosen {
			c.Unseen = append(c.Unseen, one.Code)
		}
	}
	c.Streets = slices.DeleteFunc(c.Streets, func(s chooserStreet) bool { return len(s.Communities) == 0 })
	return c
}

// finds reports that a community is among what is looked for.
func (c *chooser) finds(code, name, street string) bool {
	for word := range strings.FieldsSeq(c.Find) {
		if !strings.HasPrefix(code, word) && !strings.Contains(name, word) && !strings.Contains(street, word) {
			return false
		}
	}
	return true
}

// found is how many are shown.
func (c *chooser) found() (n int) {
	for i := range c.Streets {
		n += len(c.Streets[i].Communities)
	}
	return n
}

// open reports that a street's communities are shown without asking for them.
func (c *chooser) open(s *chooserStreet) bool {
	const few = 40
	return s.Chosen > 0 && s.Chosen < s.Of || c.Find != "" && c.found() <= few
}
