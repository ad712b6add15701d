package sample

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"feisui/pkg/civil"
)

// county is what all communities of a sample share. Once written it does not
// change.
type county struct {
	Options
	*catalogue
	out  *book
	name string // For document numbers: 汝城县.

	workdays    civil.Calendar
	first, last civil.Date // The year.
	latest      civil.Date // No deadline is set after it.

	byCode                                              map[string]item
	assist, admitted, unadmitted, forbidden, programmes []item
}

func newCounty(o Options, places []Place, out *book) *county {
	c := &county{
		Options: o, catalogue: tables(), out: out, name: places[0].County, workdays: civil.China(),
		first: civil.Of(o.Year, time.January, 1), last: civil.Of(o.Year, time.December, 31),
		latest: civil.Of(o.Year+1, time.January, 31), byCode: map[string]item{},
	}
	for _, i := range c.items {
		i = i.in(o.Year)
		c.byCode[i.code] = i
		switch i.list {
		case "assist":
			c.assist = append(c.assist, i)
			if i.rule == "fixed" && i.payers == "" {
				c.programmes = append(c.programmes, i)
			}
		case "negative":
			c.forbidden = append(c.forbidden, i)
		}
	}
	return c
}

// generator gives the random numbers that belong to one code, whatever else
// is written.
func (o Options) generator(code string) *rand.Rand {
	n, err := strconv.ParseUint(code, 10, 64)
	if err != nil {
		panic(fmt.Sprintf("code %q is not a number", code))
	}
	return rand.New(rand.NewPCG(o.Seed, n))
}

// number makes the no of a record of a community or street: the code below the
// division tells whose it is, so that no number is given twice.
func (o Options) number(prefix, code string, n int) string {
	return fmt.Sprintf("%s%d-%s-%03d", prefix, o.Year, code[len(o.Division):], n)
}

// document makes a document number in its canonical form: 汝民发〔2025〕3号.
func (c *county) document(county, department string, n int) string {
	_, size := utf8.DecodeRuneInString(county)
	return fmt.Sprintf("%s%s发〔%d〕%d号", county[:size], c.character[department], c.Year, n)
}

// workday gives d, or the first working day after it.
func (c *county) workday(d civil.Date) civil.Date { return c.workdays.After(d.AddDays(-1), 1) }

func (c *county) write(places []Place) {
	c.writeNote()
	for _, d := range c.departments {
		c.out.add(departments, d.code, d.name, d.kind)
	}
	for _, i := range c.items {
		c.out.add(items, c.byCode[i.code].row()...)
	}
	for _, p := range c.plaques {
		if p.class == "A" || p.class == "M" {
			c.out.add(plaqueCatalogue, p.title, p.zone)
		}
	}
	c.writeAdmissions(places)
}

// Of the 32 purchase items so many are admitted everywhere all year, with or
// without a condition; the next few are admitted for some communities, or
// revoked, or denied; for the others nobody applied.
const (
	admittedMax    = 18
	conditionalMax = admittedMax + 3
	scopedMax      = conditionalMax + 2
	revokedMax     = scopedMax + 2
	deniedMax      = revokedMax + 2
)

// scopeMax is how many communities a narrow admission names.
const scopeMax = 12

func (c *county) writeAdmissions(places []Place) {
	r := c.generator("0")
	var bought []item
	for _, i := range c.items {
		if i.list == "purchase" {
			bought = append(bought, c.byCode[i.code])
		}
	}
	r.Shuffle(len(bought), func(i, j int) { bought[i], bought[j] = bought[j], bought[i] })
	for n, i := range bought {
		if n < conditionalMax {
			c.admitted = append(c.admitted, i)
		} else {
			c.unadmitted = append(c.unadmitted, i)
		}
		if n >= deniedMax {
			continue
		}
		decision, scope, revoked := "admitted", "", ""
		switch {
		case n < admittedMax:
		case n < conditionalMax:
			decision = "conditional"
		case n < scopedMax:
			scope = someCodes(r, places)
		case n < revokedMax:
			revoked = c.workday(c.first.AddDays(90 + r.IntN(120))).String()
		default:
			decision = "denied"
		}
		c.out.add(admissions, fmt.Sprintf("ZR%d-%03d", c.Year, n+1), i.department, i.code, c.document(c.name, i.department, 1+r.IntN(40)),
			c.first.String(), c.last.String(), scope, decision, c.workdays.After(c.first.AddDays(-1), 1+r.IntN(3)).String(), revoked)
	}
}

func someCodes(r *rand.Rand, places []Place) string {
	n := min(scopeMax, len(places))
	at := r.IntN(len(places) - n + 1)
	codes := make([]string, n)
	for i := range codes {
		codes[i] = places[at+i].Code
	}
	return strings.Join(codes, ";")
}

// mark is what the note of every sample says wrote it.
const mark = "feisui sample"

func (c *county) writeNote() {
	zh := fmt.Sprintf("本工作簿由 %s 生成,仅供演示:除行政区划的名称和代码外,全部交办、经费、承诺、挂牌和其他负担均为虚构,不对应任何真实单位、人员或资金。年份 %d,种子 %d,区划 %s,每社区 %d 件。",
		mark, c.Year, c.Seed, c.Division, c.Tasks)
	en := fmt.Sprintf("Written by %s, for demonstration only: all tasks, money, commitments, plaques and other burdens are invented and stand for no "+
		"real office, person or fund; only the names and codes of divisions are real. Year %d, seed %d, division %s, %d tasks per community.",
		mark, c.Year, c.Seed, c.Division, c.Tasks)
	c.out.add(note, "虚构数据", zh)
	c.out.add(note, "Invented data", en)
	c.out.add(note, "区划来源 · source of divisions", "npm "+divisionsPackage+" (WTFPL)")
}
