package act

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/code"
	"feisui/pkg/money"
	"feisui/services/admission"
	"feisui/services/ledger"
	"feisui/services/process"
)

// This file finds things by what people remember of them: a number, or a part of a
// name. What is out of the asker's scope is not there.

// HitsMax is how many of a kind are given; how many there are is said beside them.
const HitsMax = 20

// Hits are the things of one kind that a text was found in: those whose number it
// is first, then those whose number begins with it, then the others; of each by number.
type Hits[T any] struct {
	Total int
	Hits  []T
}

// Found is what a text was found in.
type Found struct {
	Tasks       Hits[FoundTask]
	Communities Hits[FoundName]
	Departments Hits[FoundName]
	Items       Hits[FoundName]

	Applications Hits[FoundApplication]
	Payments     Hits[FoundPayment]
	Documents    Hits[FoundDocument]
	Plaques      Hits[FoundPlaque]
}

// FoundTask is a task, found by its number.
type FoundTask struct{ No, Department, Community, Item string }

// FoundName is what a directory has, found by code or name.
type FoundName struct{ Code, Name string }

// FoundPayment is a payment, found by its voucher.
type FoundPayment struct {
	Voucher, Payer, Payee, Community string
	PaidOn, ReversedOn               civil.Date
	Amount                           money.Fen
}

// FoundDocument is a document by its number: one that was signed in an instance, or
// that a task or an admission came with.
type FoundDocument struct {
	Document           string
	Kind               string // task, admission, or the kind that was signed: order, rectification …
	Workflow, Instance string
}

// FoundApplication is an application for admission of which nothing was admitted, or not
// yet: found by its number, its document, what it is for or whose it is.
type FoundApplication struct {
	No, Department, Item, Name, Document string
	State                                process.Text
}

// FoundPlaque is a plaque, found by its number or title.
type FoundPlaque struct {
	No, Title, Department, Community string
	HungOn, RemovedOn                civil.Date
}

// Search finds a text in the county. Names are for everybody who may ask, as the
// directory is; tasks, payments, documents and plaques are within the scope alone.
// It fails as See does.
func (c *County) Search(text string, scope access.Scope) (f Found, err error) {
	q := newQuery(text)
	f.Tasks = c.findTasks(q, scope)
	f.Payments = c.findPayments(q, scope)
	f.Plaques = c.findPlaques(q, scope)
	d := c.Book.Directory(c.Flows.day)
	f.Communities, f.Departments, f.Items = findNames(q, &d)
	if f.Documents, err = c.findDocuments(q, scope); err != nil {
		return f, err
	}
	f.Applications, err = c.findApplications(q, &d, scope)
	return f, err
}

// findApplications finds what people applied for and what is not among the documents:
// those are of what was admitted.
func (c *County) findApplications(q query, d *ledger.Directory, scope access.Scope) (Hits[FoundApplication], error) {
	var found ranked[FoundApplication]
	names := map[string]string{}
	for _, n := range d.Items {
		names[n.Code] = n.Name
	}
	for _, n := range d.Departments {
		names[n.Code] = n.Name
	}
	for id, in := range c.Flows.instances[admissionFlow] {
		key := Key{admissionFlow, id}
		if _, decided := c.Flows.cited[key]; decided {
			continue
		}
		fields, err := applied(in, nil, "")
		if err != nil {
			return Hits[FoundApplication]{}, err
		}
		a := admission.Read(fields)
		rank := max(q.number(id), q.document(fold(a.Document)), q.name(a.Name), q.name(names[a.Item]), q.name(names[a.Department]),
			min(q.number(a.Item), rankPart), min(q.number(a.Department), rankPart))
		if rank == 0 {
			continue
		}
		s, err := c.See(key, scope)
		switch {
		case errors.Is(err, ErrNone):
			continue
		case err != nil:
			return Hits[FoundApplication]{}, err
		}
		found.add(rank, id, FoundApplication{id, a.Department, a.Item, a.Name, a.Document, s.Title()})
	}
	return found.hits(), nil
}

func (c *County) findTasks(q query, scope access.Scope) Hits[FoundTask] {
	var found ranked[FoundTask]
	for community, t := range c.Book.EachTask() {
		if rank := q.number(t.No); rank > 0 && c.concerns(scope, t.Department, community) {
			found.add(rank, t.No, FoundTask{t.No, t.Department, community, t.Item})
		}
	}
	return found.hits()
}

func (c *County) findPayments(q query, scope access.Scope) Hits[FoundPayment] {
	var found ranked[FoundPayment]
	for p := range c.Book.EachPayment() {
		rank := q.number(p.Voucher)
		if rank > 0 && c.concerns(scope, p.Payer, p.Payee, p.Beneficiary) {
			found.add(rank, p.Voucher, FoundPayment{p.Voucher, p.Payer, p.Payee, p.Beneficiary, p.PaidOn, p.ReversedOn, p.Amount})
		}
	}
	return found.hits()
}

func (c *County) findPlaques(q query, scope access.Scope) Hits[FoundPlaque] {
	var found ranked[FoundPlaque]
	for community, p := range c.Book.EachPlaque() {
		rank := max(q.number(p.No), q.name(p.Title))
		if rank > 0 && c.concerns(scope, p.Department, community) {
			found.add(rank, p.No, FoundPlaque{p.No, p.Title, p.Department, community, p.HungOn, p.RemovedOn})
		}
	}
	return found.hits()
}

// findNames finds in the directory. A street is a department here: both are parties.
func findNames(q query, d *ledger.Directory) (communities, departments, items Hits[FoundName]) {
	var ofCommunities, ofDepartments, ofItems ranked[FoundName]
	for _, n := range d.Communities {
		ofCommunities.add(max(q.number(n.Code), q.name(n.Name)), n.Code, FoundName{n.Code, n.Name})
	}
	for _, n := range d.Departments {
		ofDepartments.add(max(q.number(n.Code), q.name(n.Name)), n.Code, FoundName{n.Code, n.Name})
	}
	for _, n := range d.Streets {
		ofDepartments.add(max(q.number(n.Code), q.name(n.Name)), n.Code, FoundName(n))
	}
	for _, n := range d.Items {
		ofItems.add(max(q.number(n.Code), q.name(n.Name)), n.Code, FoundName{n.Code, n.Name})
	}
	return ofCommunities.hits(), ofDepartments.hits(), ofItems.hits()
}

func (c *County) findDocuments(q query, scope access.Scope) (Hits[FoundDocument], error) {
	var found ranked[FoundDocument]
	for in, cited := range c.Flows.cited {
		document := cited.document
		rank := max(q.document(cited.folded), q.number(in.ID)*admissionsOnly(in))
		if rank == 0 || !c.cites(in, scope) {
			continue
		}
		found.add(rank, document+"\x00"+in.ID, FoundDocument{document, in.Workflow, in.Workflow, in.ID})
	}
	for in, signed := range c.Flows.documents {
		for _, n := range signed {
			rank := q.document(fold(n.Document))
			if rank == 0 {
				continue
			}
			if _, err := c.See(in, scope); errors.Is(err, ErrNone) {
				break
			} else if err != nil {
				return Hits[FoundDocument]{}, err
			}
			found.add(rank, n.Document+"\x00"+in.ID, FoundDocument{n.Document, n.Kind, in.Workflow, in.ID})
		}
	}
	return found.hits(), nil
}

// admissionsOnly is 1 for an admission, whose number is that of a paper, and 0 for a
// task, whose number finds the task.
func admissionsOnly(in Key) int {
	if in.Workflow == admissionFlow {
		return 1
	}
	return 0
}

// cites reports that a task or an admission is within a scope: one that an instance
// has begun for as that is shown, another by whom it concerns.
func (c *County) cites(in Key, scope access.Scope) bool {
	if in.Workflow == taskFlow {
		return c.concerns(scope, c.Book.DepartmentOf(in.ID), c.Book.CommunityOf(in.ID))
	}
	if c.Flows.Instance(in.Workflow, in.ID) != nil {
		_, err := c.See(in, scope)
		return err == nil
	}
	what, communities, known := c.Book.AdmissionOf(in.ID)
	if len(communities) == 0 {
		communities = []string{process.Everyone}
	}
	return known && c.concerns(scope, append([]string{what.Department}, communities...)...)
}

// concerns reports that a scope has something to do with one of some organisations.
func (c *County) concerns(scope access.Scope, organisations ...string) bool {
	return scope.All || slices.ContainsFunc(organisations, func(code string) bool { return code != "" && c.sees(scope, code) })
}

// ranked are things on their way into hits: the best so far, the best first.
type ranked[T any] struct {
	best  []rankedOne[T]
	total int
}

type rankedOne[T any] struct {
	rank int
	key  string
	of   T
}

func (r rankedOne[T]) compare(s rankedOne[T]) int {
	return cmp.Or(s.rank-r.rank, strings.Compare(r.key, s.key))
}

// add takes a thing of which the rank is more than 0.
func (r *ranked[T]) add(rank int, key string, of T) {
	if rank == 0 {
		return
	}
	r.total++
	one := rankedOne[T]{rank, key, of}
	if len(r.best) == HitsMax && one.compare(r.best[HitsMax-1]) > 0 {
		return
	}
	at, _ := slices.BinarySearchFunc(r.best, one, rankedOne[T].compare)
	r.best = slices.Insert(r.best, at, one)
	r.best = r.best[:min(len(r.best), HitsMax)]
}

func (r *ranked[T]) hits() Hits[T] {
	h := Hits[T]{Total: r.total, Hits: []T{}}
	for _, one := range r.best {
		h.Hits = append(h.Hits, one.of)
	}
	return h
}

// Ranks, the best last.
const (
	rankPart = 1 + iota
	rankBegins
	rankIs
)

// query is a text as it is looked for, and the documents that it cites in full.
type query struct {
	folded string
	cited  []string
}

func newQuery(text string) query {
	q := query{folded: fold(text)}
	if cited, err := code.ParseDocument(text); err == nil {
		for _, d := range cited {
			q.cited = append(q.cited, fold(d.String()))
		}
	}
	return q
}

// number ranks a number or code. It may be asked of everything that is recorded, so
// what is ASCII, as most numbers are, needs no memory.
func (q query) number(no string) int {
	var small [64]byte
	if len(no) > len(small) {
		return q.in(fold(no))
	}
	for i := range len(no) {
		c := no[i]
		switch {
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		case c >= utf8.RuneSelf, c <= ' ', strings.IndexByte("[]()", c) >= 0:
			return q.in(fold(no))
		}
		small[i] = c
	}
	return q.within(small[:len(no)])
}

func (q query) within(text []byte) int {
	at := bytes.Index(text, []byte(q.folded))
	switch {
	case at < 0:
		return 0
	case len(text) == len(q.folded):
		return rankIs
	case at == 0:
		return rankBegins
	}
	return rankPart
}

func (q query) in(text string) int { return q.within([]byte(text)) }

// name ranks a name: no part of it is better than another.
func (q query) name(name string) int { return min(q.in(fold(name)), rankPart) }

// document ranks the number of a document, which is folded.
func (q query) document(folded string) int {
	if slices.Contains(q.cited, folded) {
		return rankIs
	}
	return q.in(folded)
}

// fold is a text as it is compared: half width, small letters, one kind of brackets,
// no space, and behind a year no 第 and no leading zeros.
func fold(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	behind := false // the bracket that closes a year
	for _, r := range code.HalfWidth(text) {
		switch r {
		case '[', '【', '(', '﹝':
			r = '〔'
		case ']', '】', ')', '﹞':
			r = '〕'
		}
		if unicode.IsSpace(r) || behind && (r == '第' || r == '0') {
			continue
		}
		behind = r == '〕'
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
