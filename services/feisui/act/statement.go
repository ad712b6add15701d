package act

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"slices"

	"feisui/pkg/access"
	"feisui/pkg/code"
	"feisui/pkg/message"
	"feisui/pkg/money"
	"feisui/pkg/workflow"
	"feisui/schemas"
	"feisui/services/feisui/record"
)

// Statement is a statement of a bank or the treasury that somebody hands in.
type Statement struct {
	Source  string            // what the county calls it; its mapping is remembered under this name
	Payer   string            // of all lines, where no column has it
	Columns map[string]string // by our column, the header that it stands under
	Digest  string            // of the file
	Lines   []record.StatementLine
	Actor   access.Principal
	Scope   access.Scope
}

// Outcome is what becomes of a line.
type Outcome string

// The outcomes of lines.
const (
	Pays   Outcome = "payment"
	Pooled Outcome = "pool"
	Known  Outcome = "known"
)

// Line is a line of a statement and what becomes of it.
type Line struct {
	*record.StatementLine

	Outcome Outcome
	Rule    string // of a payment: task or item, which is what matched
	Why     string // of one that waits: what it lacked
	Purpose string

	payer, payee, community string
}

// Parties are who a line is understood to be about, by code: "" for whom nobody is
// called so, among them every person.
func (l *Line) Parties() (payer, payee, community string) { return l.payer, l.payee, l.community }

// Taken is what a statement comes to: all of it in one append, or nothing.
type Taken struct {
	Decision

	Lines []Line
	Total money.Fen
}

// Count says how many lines have an outcome, and their sum.
func (t *Taken) Count(of Outcome) (n int, sum money.Fen) {
	for i := range t.Lines {
		if t.Lines[i].Outcome == of {
			n++
			sum = sum.Plus(t.Lines[i].Amount)
		}
	}
	return n, sum
}

// Mapped is how a statement of a source was read the last time; false where none was.
func (c *County) Mapped(source string) (last schemas.BankStatementTaken, known bool) {
	last, known = c.Flows.paid.mapped[source]
	return last, known
}

// Sources gives the last statement of each source, by its name.
func (c *County) Sources() (all []schemas.BankStatementTaken) {
	for _, source := range slices.Sorted(maps.Keys(c.Flows.paid.mapped)) {
		all = append(all, c.Flows.paid.mapped[source])
	}
	return all
}

// TakeStatement decides on a statement. A line that says for which task, or for
// which item and community, becomes a payment; another waits until somebody places
// it, and so does one that takes a second person, and one whose money waits. A
// voucher that is recorded with the same content changes nothing. It gives
// *record.Refused for lines that contradict what is recorded, and for whatever the
// record door refuses of the payments; then nothing of the statement is taken.
func (c *County) TakeStatement(s *Statement) (*Taken, error) {
	if !c.Flows.day.Given() {
		return nil, ErrNoDay
	}
	r := &reading{county: c, statement: s, past: &drafted{Past: c.Past, streams: map[string][]schemas.Event{}}}
	r.taken.Lines = make([]Line, len(s.Lines))
	for i := range s.Lines {
		r.taken.Lines[i].StatementLine = &s.Lines[i]
		r.taken.Total = r.taken.Total.Plus(s.Lines[i].Amount)
		r.look(&r.taken.Lines[i])
	}
	r.wait() // before the limit: what waits takes nothing of it
	r.limit()
	r.wait() // and what passes on money that the limit has wait
	for _, step := range []func() error{r.pay, r.pool, r.remember} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if r.refused.Faults != nil {
		slices.SortStableFunc(r.refused.Faults, func(a, b record.Fault) int { return cmp.Compare(a.Row, b.Row) })
		return nil, &r.refused
	}
	r.taken.Still = c.wide
	return &r.taken, nil
}

// reading is a statement while it is decided on.
type reading struct {
	county    *County
	statement *Statement
	past      *drafted
	taken     Taken
	refused   record.Refused
}

// faultsMax bounds how many faults one refusal lists.
const faultsMax = 1000

func (r *reading) fault(l *Line, column, found, key string, args ...string) {
	expect := workflow.Refuse(0, column, found, key, args...).Expect
	r.refuse(record.Fault{
		File: l.File, Row: l.Row, Column: column, Found: found,
		English: Say(message.English, expect), Chinese: Sentence(expect),
	})
}

func (r *reading) refuse(f record.Fault) {
	if len(r.refused.Faults) == faultsMax {
		r.refused.More++
		return
	}
	r.refused.Faults = append(r.refused.Faults, f)
}

// look finds who a line is about, whether it is known, and what it is for.
func (r *reading) look(l *Line) {
	c := r.county
	if l.PaidOn > c.Flows.day {
		r.fault(l, "paid_on", l.PaidOn.String(), "paid_ahead", "day", c.Flows.day.String())
	}
	// Somebody else's account looks like one that is not there.
	l.payer = c.partyNamed(l.Payer)
	if scope := r.statement.Scope; l.payer == "" || !scope.Account(l.payer, c.Flows.Street(l.payer)) {
		r.fault(l, "payer", l.Payer, "party_named")
	}
	l.payee, l.community = c.partyNamed(l.Payee), c.partyNamed(l.Community)
	if l.community == "" && l.Community == "" && code.IsCommunity(l.payee) {
		l.community = l.payee
	}
	if r.known(l) {
		l.Outcome = Known
		return
	}
	l.Outcome = Pays
	if r.match(l); l.Why == "" && c.shut(l.PaidOn) {
		l.Why = monthShut
	}
	if l.Why != "" {
		l.Outcome, l.Purpose, l.Rule = Pooled, "", ""
	}
}

// known reports that a voucher was recorded before, or waits already, and refuses
// a line that says of it something else.
func (r *reading) known(l *Line) bool {
	flows := r.county.Flows
	if in := flows.instances[bankFlow][l.Voucher]; in != nil {
		form := fieldsOf(in.Form)
		r.compare(l, form, map[string]string{"payee": payeeAgain(form["payee"], l.Payee)})
		return true
	}
	is := map[string]string{"payee": l.payee}
	if l.Community != "" {
		is["community"] = l.community
	}
	if p := paymentIn(r.past, l.Voucher); p != nil {
		r.compare(l, formOfPayment(&p.Made), is)
		return true
	}
	if in := flows.instances[paymentFlow][l.Voucher]; in != nil && in.State == "proposed" {
		r.compare(l, fieldsOf(in.Form), is)
		return true
	}
	return false
}

// compare refuses a line that says otherwise than what is known of its voucher.
// What it does not say, or nobody is called, contradicts nothing.
func (r *reading) compare(l *Line, known, is map[string]string) {
	amount, err := money.ParseAmount(known["amount"])
	if err != nil || amount != l.Amount {
		r.fault(l, "amount", l.Amount.Yuan(), "voucher_differs", "known", known["amount"])
	}
	is["paid_on"], is["payer"] = l.PaidOn.String(), l.payer
	for _, column := range slices.Sorted(maps.Keys(is)) {
		if is[column] != "" && is[column] != known[column] {
			r.fault(l, column, is[column], "voucher_differs", "known", cmp.Or(known[column], "-"))
		}
	}
}

// match finds what a line is for, by the order in which people read one: the task
// that it names, else the item and the community. Why says what is missing.
func (r *reading) match(l *Line) {
	tasks := r.tasks(l)
	switch {
	case l.payee == "":
		l.Why = "payee"
	case l.Community != "" && l.community == "":
		l.Why = "community"
	case len(tasks) > 1:
		l.Why = "tasks"
	case len(tasks) == 1:
		r.matchTask(l, tasks[0])
	case l.Task != "" || l.Item == "" || !r.past.Has("item/"+l.Item):
		l.Why = "purpose"
	case l.community == "":
		l.Why = "community"
	default:
		l.Rule, l.Purpose = "item", "item:"+l.Item
	}
}

func (r *reading) matchTask(l *Line, no string) {
	of := taskIn(r.past, no).Assigned.Community
	switch {
	case l.Community != "" && l.community != of:
		l.Why = "community"
	case code.IsCommunity(l.payee) && l.payee != of:
		l.Why = "payee"
	default:
		l.Rule, l.Purpose, l.community = "task", "task:"+no, of
	}
}

// tasks are those that a line names: in a column of its own, else in its summary.
func (r *reading) tasks(l *Line) []string {
	named := func(no string) bool { return taskIn(r.past, no).Assigned != nil }
	if l.Task != "" {
		if named(l.Task) {
			return []string{l.Task}
		}
		return nil
	}
	return numbersIn(code.HalfWidth(l.Summary), func(no string) bool { return r.past.Has("task/"+no) && named(no) })
}

// wait has those lines wait whose money does: what they pass on, a line of this statement
// or of an earlier one, is no payment yet. However long a chain is, and in whatever order
// its rows stand, each line is looked at once.
func (r *reading) wait() {
	below, above := map[string][]*Line{}, []string{}
	for i := range r.taken.Lines {
		switch l := &r.taken.Lines[i]; {
		case l.Outcome == Pooled:
			above = append(above, l.Voucher)
		case l.Outcome == Pays && l.Upstream != "":
			if below[l.Upstream] = append(below[l.Upstream], l); r.county.unpaid(l.Upstream) {
				above = append(above, l.Upstream)
			}
		}
	}
	for len(above) > 0 {
		waits := above[len(above)-1]
		above = above[:len(above)-1]
		for _, l := range below[waits] {
			l.Outcome, l.Why, l.Purpose, l.Rule = Pooled, upstreamWaits, "", ""
			above = append(above, l.Voucher)
		}
		delete(below, waits)
	}
}

// limit has those wait for a person that only a second one may let through: lines
// of one payer, payee and day add up with what that day has already.
func (r *reading) limit() {
	limit, limited := r.county.limit()
	sums := map[payDay]money.Fen{}
	day := func(l *Line) payDay { return payDay{payer: l.payer, payee: l.payee, on: l.PaidOn} }
	for i := range r.taken.Lines {
		if l := &r.taken.Lines[i]; l.Outcome == Pays {
			r.county.wide = true
			if _, begun := sums[day(l)]; !begun {
				sums[day(l)] = r.county.dayTotal(r.past, day(l), "")
			}
			sums[day(l)] = sums[day(l)].Plus(l.Amount)
		}
	}
	for i := range r.taken.Lines {
		if l := &r.taken.Lines[i]; l.Outcome == Pays && limited && sums[day(l)] > limit {
			l.Outcome, l.Why, l.Purpose, l.Rule = Pooled, "limit", "", ""
		}
	}
}

// pay has the record door decide on the lines that are payments, all together.
func (r *reading) pay() error {
	book, of := &workbookOf{}, []*Line{}
	var begun []schemas.Event
	for i := range r.taken.Lines {
		l := &r.taken.Lines[i]
		if l.Outcome != Pays {
			continue
		}
		cells := map[string]string{
			"voucher": l.Voucher, "paid_on": l.PaidOn.String(), "payer": l.payer, "payee": l.payee, "community": l.community,
			"purpose": l.Purpose, "amount": l.Amount.Yuan(), "upstream": l.Upstream,
		}
		maps.DeleteFunc(cells, func(_, text string) bool { return text == "" })
		if up := paymentIn(r.past, l.Upstream); up != nil && up.Made.Payee != l.payer {
			r.fault(l, "upstream", l.Upstream, "upstream_elsewhere", "payer", l.payer, "payee", up.Made.Payee)
		}
		book.rows = append(book.rows, row{of: len(of), sheet: sheetOf("payments"), cells: cells})
		of = append(of, l)
		more, err := r.county.beginPayment(cells)
		if err != nil {
			return err
		}
		begun = append(begun, more...)
	}
	events, err := record.Decide(book, r.past)
	var refused *record.Refused
	if errors.As(err, &refused) {
		for _, f := range refused.Faults {
			if 1 <= f.Row && f.Row <= len(of) {
				f.File, f.Row = of[f.Row-1].File, of[f.Row-1].Row
			}
			r.refuse(f)
		}
		r.refused.More += refused.More
		return nil
	}
	r.add(events)
	r.add(begun)
	return err
}

func (r *reading) add(events []schemas.Event) {
	r.past.add(events)
	r.taken.Events = append(r.taken.Events, events...)
}

// pool has the other lines wait, each for whoever knows what it is.
func (r *reading) pool() error {
	by, adopted := r.county.InForce(bankFlow)
	for i := range r.taken.Lines {
		l := &r.taken.Lines[i]
		if l.Outcome != Pooled || r.refused.Faults != nil {
			continue
		}
		form, err := json.Marshal(r.form(l))
		if err != nil {
			return err
		}
		t := &turn{county: r.county, by: by, past: r.past}
		if !adopted {
			if err := t.adopt(); err != nil {
				return err
			}
			adopted = true
		}
		all := &Faults{}
		if err := t.begin(Command{Workflow: bankFlow, Form: form, Actor: r.statement.Actor}, i, facts{}); !all.gather(i, err) {
			return err
		}
		for _, f := range all.List {
			r.refuse(record.Fault{File: l.File, Row: l.Row, Column: f.Field, Found: f.Found, English: f.English, Chinese: f.Chinese})
		}
		r.taken.Events = append(r.taken.Events, t.events...)
	}
	return nil
}

// form says a line that waits in the words of the first form.
func (r *reading) form(l *Line) map[string]string {
	form := map[string]string{
		"voucher": l.Voucher, "paid_on": l.PaidOn.String(), "payer": l.payer, "amount": l.Amount.Yuan(), "why": l.Why,
		"payee": payeeShown(l.Payee), "community": l.Community, "task": l.Task, "item": l.Item, "upstream": l.Upstream,
		"summary": masked(l.Summary), "source": r.statement.Source,
	}
	if l.Why == monthShut || l.Why == upstreamWaits { // which passes: whoever looks at the line is told as it then is
		form["why"] = ""
	}
	maps.DeleteFunc(form, func(_, text string) bool { return text == "" })
	return form
}

// numberOfPerson is what a number of a person looks like: of a mobile telephone, an
// identity card, a bank card.
var numberOfPerson = regexp.MustCompile(`\b(?:[0-9]{17}[Xx]|[0-9]{15,19}|1[3-9][0-9]{9})\b`)

// masked leaves of numbers of persons the last four characters: banks write them
// into summaries, and what is recorded stays for ever.
func masked(text string) string {
	return numberOfPerson.ReplaceAllStringFunc(text, func(number string) string { return "****" + number[len(number)-4:] })
}

// nameOfPerson is what a person is called, and what an organisation may be called too.
var nameOfPerson = regexp.MustCompile(`^\p{Han}{2,4}$|^\p{Han}+·\p{Han}+$`)

// organisation and likely are names as short as a person's that are none, by how they end.
// What is hidden in vain costs finance a call, and a person's name that is recorded stays for
// ever: so an ending counts where no surname with a given name ends like it.
//   - organisation: words that are in no given name.
//   - likely, behind two characters: what ends no given name of two. 王局 is how people speak of a
//     head, and 王中学 and 李中心 are names of persons.
//   - likely, behind three: 新站, 运会 and 爱社 are given names, and only behind a double surname
//     has one three characters before its last.
var (
	organisation = regexp.MustCompile(`(?:公司|医院|卫生院|检察院|法院|敬老院|养老院|福利院|政府|街道|社区|村委会|居委会|委员会|总工会|妇联|残联|幼儿园|` +
		`派出所|事务所|财政所|司法所|卫生所|供电所|加油站|文化站|农技站|合作社|供销社|信用社)$`)
	likely = regexp.MustCompile(`^\p{Han}{2,}(?:局|厂|店|馆|办|银行|学校|学院|超市|商行|党委|村委|居委|协会|中心|大学|中学|小学)$|` +
		`^\p{Han}{3,}(?:所|院|校|站|社|会|队)$`)
)

// doubleSurname begins persons' names of four characters. 东方 and others that organisations have
// as often are left out: of those the ending decides.
var doubleSurname = regexp.MustCompile(`^(?:欧阳|上官|司马|诸葛|皇甫|尉迟|令狐|司徒|夏侯|慕容|公孙|司空|宇文|长孙|端木|申屠|钟离|澹台|淳于|轩辕)`)

// personal reports that a name may be a person's.
func personal(name string) bool {
	return nameOfPerson.MatchString(name) && !organisation.MatchString(name) && (!likely.MatchString(name) || doubleSurname.MatchString(name))
}

// payeeShown is who a line pays as far as that may be kept: a person's name may not.
func payeeShown(name string) string {
	if personal(name) {
		return hidden
	}
	return masked(name)
}

// payeeAgain is what a line says of the payee of one that waits, "" where it may not be looked at:
// a name may have been hidden when more of them were.
func payeeAgain(known, name string) string {
	if known == hidden && nameOfPerson.MatchString(name) {
		return ""
	}
	return payeeShown(name)
}

// hidden stands for a person's name.
const hidden = "***"

// remember records how the statement was read, and what became of it; nothing
// where all of it was known and read in the same way.
func (r *reading) remember() error {
	s := r.statement
	last, known := r.county.Mapped(s.Source)
	if len(r.taken.Events) == 0 && known && maps.Equal(last.Columns, s.Columns) && last.Payer == s.Payer {
		return nil
	}
	paid, _ := r.taken.Count(Pays)
	pooled, _ := r.taken.Count(Pooled)
	seen, _ := r.taken.Count(Known)
	r.add([]schemas.Event{schemas.BankStatementTaken{
		Source: s.Source, Payer: s.Payer, Columns: s.Columns, Digest: s.Digest, Lines: len(s.Lines), Total: r.taken.Total,
		Paid: paid, Pooled: pooled, Known: seen, TakenOn: r.county.Flows.day,
	}})
	return nil
}
