package portal

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"feisui/pkg/civil"
	"feisui/pkg/message"
	"feisui/pkg/money"
	"feisui/pkg/sheet"
)

// This file says things as people read them.

// count is how many there are, with a comma between thousands, as amounts have.
func count(n int) string {
	text, sign := strconv.Itoa(n), ""
	if n < 0 {
		text, sign = text[1:], "-"
	}
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return sign + text
}

// number is what something is told apart by, as it is typed and copied: without commas.
func number(n int64) string { return strconv.FormatInt(n, 10) }

// date is a day in the language of who looks, "" for none.
func (v *visit) date(d civil.Date) string {
	if !d.Given() {
		return ""
	}
	text := d.String()
	if v.lang == message.English {
		return text
	}
	parts := strings.Split(text, "-")
	return parts[0] + "年" + strings.TrimLeft(parts[1], "0") + "月" + strings.TrimLeft(parts[2], "0") + "日"
}

// left says how far a deadline is.
func (v *visit) left(days int) string {
	switch {
	case days < 0:
		return v.say("page.days_over", "days", count(-days))
	case days == 0:
		return v.say("page.today")
	}
	return v.say("page.days_left", "days", count(days))
}

// nearness is how a deadline looks: over, near or far.
func nearness(days int) string {
	const near = 3
	switch {
	case days < 0:
		return "over"
	case days <= near:
		return "near"
	}
	return "far"
}

// money is an amount in yuan, "" for none.
func (v *visit) money(a *money.Fen) string {
	if a == nil {
		return ""
	}
	return a.Yuan()
}

// orUnknown says of an amount that is none that it cannot be told.
func (v *visit) orUnknown(amount string) string {
	if amount == "" {
		return v.say("task.unknown")
	}
	return amount
}

// flagAmount is the amount of a flag; of plaques over the cap it is a count.
func (v *visit) flagAmount(f *flag) string {
	if f.Amount != nil && f.Rule == "plaque_over_cap" {
		return v.say("carried.over", "count", count(int(*f.Amount)))
	}
	return v.money(f.Amount)
}

// subjectOf is what a flag is about: a number, or the place where plaques hang.
func (v *visit) subjectOf(f *flag) string {
	if f.Rule == "plaque_over_cap" {
		return v.choice("zone", f.Subject)
	}
	return f.Subject
}

// day says a day that came as text, as it came where it is none.
func (v *visit) day(text string) string {
	d, err := civil.Parse(text)
	if err != nil {
		return text
	}
	return v.date(d)
}

// sortByCode puts communities in the order of their codes, which is no ranking.
func sortByCode(all []listedCommunity) {
	slices.SortFunc(all, func(a, b listedCommunity) int { return strings.Compare(a.Code, b.Code) })
}

// plain is an amount as forms take it, without commas.
func plain(a money.Fen) string { return strings.ReplaceAll(a.Yuan(), ",", "") }

// parties are the organisations that something concerns, in a line.
func (v *visit) parties(parties map[string]string) string {
	var all []string
	for _, p := range v.partyList(parties) {
		all = append(all, p.Value)
	}
	return strings.Join(all, " · ")
}

// partyList are they with their parts.
func (v *visit) partyList(parties map[string]string) (list []pair) {
	for _, part := range slices.Sorted(maps.Keys(parties)) {
		if parties[part] != "" {
			var all []string
			for code := range strings.SplitSeq(parties[part], ";") {
				all = append(all, v.choice(part, v.line(code)))
			}
			list = append(list, pair{v.fieldName(part), strings.Join(all, v.say("form.comma"))})
		}
	}
	return list
}

// called is what an instance is called: its number, but for a case, whose number
// says which flag it is about.
func (v *visit) called(l *line) string {
	if parts := strings.Split(l.Instance, ":"); l.Workflow == "case" && len(parts) > 2 {
		return v.ruleName(parts[0]) + " " + parts[len(parts)-1]
	}
	return l.Instance
}

// ruleName is what a flag's rule is called.
func (v *visit) ruleName(rule string) string {
	if key := "rule." + rule; says(key) {
		return v.say(key)
	}
	return rule
}

// done says what was just done, "" where nothing was.
func (v *visit) done() string {
	switch done := v.r.URL.Query().Get("done"); {
	case done == "":
		return ""
	case says("done." + done):
		return v.say("done." + done)
	}
	return v.say("done.done")
}

// stay is where a change of language leads back to.
func (v *visit) stay() string {
	if v.r.Method != http.MethodGet {
		return "/"
	}
	return v.r.URL.RequestURI()
}

// after is this page's address for what follows a line of a list.
func (v *visit) after(last string) string {
	query := v.r.URL.Query()
	query.Set("after", last)
	return v.r.URL.EscapedPath() + "?" + query.Encode()
}

// faultOf says what is wrong in a field, with the field's title where that is not said.
func (v *visit) faultOf(f *field) string {
	if title := v.in(f.Title); !strings.Contains(f.Wrong[0], title) {
		return title + v.say("instance.colon") + f.Wrong[0]
	}
	return f.Wrong[0]
}

// refusedOf are the actions that would be refused now.
func refusedOf(all []openAction) (refused []openAction) {
	return slices.DeleteFunc(slices.Clone(all), func(a openAction) bool { return len(a.WhyNot) == 0 })
}

func lines(all []string) string { return strings.Join(all, "\n") }

// attributes tie a field to what is said of it, for who hears the page, and bound
// what is typed; the API has the last word on both.
func attributes(f field) templ.Attributes {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.Input+"-hint")
	}
	a := templ.Attributes{}
	if len(f.Wrong) > 0 {
		ids = append(ids, f.Input+"-wrong")
		a["aria-invalid"] = "true"
	}
	if ids != nil {
		a["aria-describedby"] = strings.Join(ids, " ")
	}
	if f.List != "" {
		a["list"], a["autocomplete"] = f.List, "off"
	}
	if f.MaxLen > 0 {
		a["maxlength"] = strconv.Itoa(f.MaxLen)
	}
	return a
}

// leads says what each choice of a field leads to, where that is written.
func (v *visit) leads(f field) (list []pair) {
	for _, c := range f.Choices {
		if key := "form.leads_" + f.Name + "_" + c; says(key) {
			list = append(list, pair{v.choice(f.Name, c), v.say(key)})
		}
	}
	return list
}

func joined(all []string) string { return strings.Join(all, " ") }

func firstOf(a, b string) string { return cmp.Or(a, b) }

func pathOf(name string) string { return url.PathEscape(name) }

// nameOr is what a code is called: by the directory, or as it is given.
func (v *visit) nameOr(code, given string) string { return cmp.Or(given, v.name(code)) }

// rankOf is a rank, a dash for what is not ranked.
func rankOf(rank *int) string {
	if rank == nil {
		return "—"
	}
	return strconv.Itoa(*rank)
}

// percent is a share in basis points, which were rounded down, with both digits; a
// dash where there is nothing to have a share of.
func percent(bp *int64) string {
	if bp == nil {
		return "—"
	}
	text := number(*bp % 100)
	return count(int(*bp/100)) + "." + strings.Repeat("0", 2-len(text)) + text + "%"
}

// wordsOf are where the words of the interface stand in the catalogues, by what they are
// words for.
var wordsOf = map[string]string{
	"lamp": "page.lamp_", "rule": "rule.", "state": "task.state_", "status": "task.status_", "event": "event.", "entry": "entries.kind_",
	"zone": "form.zone_", "list": "catalogue.list_", "burden": "form.kind_", "holder": "money.kind_", "part": "form.field_", "left_out": "report.why_", "instruction": "form.choice_",
	"role": "page.role_", "account": "people.state_", "grant": "grants.state_", "decision": "audit.decision_", "operation": "operation.", "pool": "pool.why_", "answer": "warnings.state_",
}

// Word is what a word of the interface is called on pages, for files that say the same;
// one that is called nothing is as it is.
func Word(of, word string) sheet.Name { return wordWith(of, word) }

// WhyPooled is why a line of a statement waits, as pages say it: for a voucher, where what
// it passes on does.
func WhyPooled(why, upstream string) sheet.Name { return wordWith("pool", why, "upstream", upstream) }

func wordWith(of, word string, args ...string) sheet.Name {
	key := wordsOf[of] + word
	if word == "" || !says(key) {
		return sheet.Name{English: word, Chinese: word}
	}
	return sheet.Name{English: say(message.English, key, args...), Chinese: say(message.Chinese, key, args...)}
}
