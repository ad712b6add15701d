package act_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"feisui/pkg/message"
	"feisui/pkg/workflow"
	"feisui/services/feisui/act"
	"feisui/services/process/define"
)

// pointed are the keys of what each guard says that some workflow warns by.
var pointed = map[string][]string{
	"burden_permitted":  {"certificate_banned", "secondment"},
	"plaque_listed":     {"plaque_not_listed"},
	"plaque_under_cap":  {"plaque_cap_reached"},
	"plaque_unfunded":   {"plaque_funding"},
	"task_named":        {"task_not_issued"},
	"start_timely":      {"short_notice", "short_notice_provisional"},
	"within_frequency":  {"too_often_once", "too_often_monthly", "too_often_quarterly", "too_often_half_yearly", "too_often_yearly"},
	"within_load":       {"overloaded"},
	"quantity_assigned": {"quantity_other", "quantity_paid", "quantity_unsaid"},
}

// heading is what should be, put before what was found: 未达上限的位置：…已达上限 says both.
var heading = regexp.MustCompile(`^[^：，“]*的[^：，]{1,4}：`)

// TestWhatIsPointedOutIsASentence: it stands alone, so it says what was found, and not before
// that what should be.
func TestWhatIsPointedOutIsASentence(t *testing.T) {
	t.Parallel()
	all, err := define.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	warned := map[string]bool{}
	for name, d := range all {
		for _, a := range d.Actions {
			for _, guard := range a.Warns {
				if warned[guard] = true; pointed[guard] == nil {
					t.Errorf("%s warns by %s, of which it is not known here what it says", name, guard)
				}
			}
		}
	}
	for guard, keys := range pointed {
		if !warned[guard] {
			t.Errorf("nothing warns by %s", guard)
		}
		for _, key := range keys {
			if zh := act.Say(message.Chinese, message.Text{Key: key}); heading.MatchString(zh) || zh == key {
				t.Errorf("%s: %s", key, zh)
			}
			if en := act.Say(message.English, message.Text{Key: key}); !capital(en) {
				t.Errorf("%s: %s", key, en)
			}
		}
	}
	for _, text := range []string{"未达上限的位置：该社区这一位置的挂牌已达上限", "挂牌目录内的牌子：“x”不在这一位置的目录内"} { // the control
		if !heading.MatchString(text) {
			t.Errorf("%s passes", text)
		}
	}
}

// alone are texts that stand behind no "expected": in the tale of an instance, a notice, a document.
var alone = []string{"moment_", "counted_", "notice_", "pointed_", "numbered"}

// finite and relative tell a sentence from a part of one in the texts that we write: a verb that
// nothing before it makes a subordinate one. flow_ speaks of what is not, behind a verb.
var (
	finite   = regexp.MustCompile(`\b(is|are|was|were|has|had|cannot|may|must|does|did|says|ends|came|comes|stands|waits|needs|runs)\b`)
	relative = regexp.MustCompile(`\b(that|which|whose|what|where|how|as|who|whom|if|when|than|until|unless|before)\b`)
)

// unspoken says what is wrong with an English text, "" for nothing: one that begins with a capital
// letter is a sentence; any other is a part of one behind "expected" (web.Should).
func unspoken(text string) string {
	head := text
	if end := strings.IndexAny(text, ",;:("); end >= 0 {
		head = text[:end]
	}
	verb := finite.FindStringIndex(head)
	sentence := verb != nil && !relative.MatchString(head[:verb[0]])
	switch {
	case sentence && !capital(text):
		return "it is a sentence, and is said behind “expected”"
	case strings.HasPrefix(text, "{title}"):
		return "it begins with the title of a field, which may be a sentence itself"
	}
	return ""
}

func capital(text string) bool {
	first, _ := utf8.DecodeRuneInString(text)
	return unicode.IsUpper(first)
}

// TestEveryEnglishRefusalReadsWhereItStands: behind "expected" where it is a part of a sentence.
func TestEveryEnglishRefusalReadsWhereItStands(t *testing.T) {
	t.Parallel()
	for _, c := range []*message.Catalogue{act.Messages, define.Messages, workflow.Messages} {
		for _, key := range c.Keys() {
			text := c.Say(message.English, message.Text{Key: key})
			if wrong := unspoken(text); wrong != "" && !slices.ContainsFunc(alone, func(family string) bool { return strings.HasPrefix(key, family) }) {
				t.Errorf("%s: %s: %s", key, wrong, text)
			}
		}
	}
	for text, want := range map[string]bool{ // the control
		"{title}, which is required": true, "{title} to be a text": true, "the application {no} says that it comes once": true,
		"{done} was reported": true, "there is no limit": true, "a number that is free: {no} is taken": false, "The cap is reached": false, "\"{title}\" to be a text": false,
	} {
		if (unspoken(text) != "") != want {
			t.Errorf("%s: %q", text, unspoken(text))
		}
	}
}
