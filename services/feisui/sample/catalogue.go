package sample

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

//go:embed items.csv
var itemsCSV string

//go:embed departments.csv
var departmentsCSV string

//go:embed plaques.csv
var plaquesCSV string

//go:embed burdens.csv
var burdensCSV string

// Parties of departments.csv that the money passes through.
const (
	finance   = "F01"
	custodian = "C01"
	superior  = "U" // What the codes of superiors begin with.
	powerFirm = "W01"
)

type department struct{ code, name, kind, character string }

type item struct {
	code, category, name, department string
	list, rule                       string
	rate                             fen // For ratio hundredths of a percent.
	payers, timing                   string
	authority                        bool
	low, high                        int // How much one task brings; yuan for ratio and agreed.
}

type plaque struct{ title, department, class, zone string }

type burden struct{ kind, title, department string }

// catalogue is what the embedded tables say. Nobody changes it.
type catalogue struct {
	departments []department
	character   map[string]string // By department.
	items       []item
	plaques     []plaque
	burdens     []burden
}

// tables reads the embedded tables once.
var tables = sync.OnceValue(func() *catalogue {
	c := &catalogue{character: map[string]string{}}
	read(departmentsCSV, func(f []string) {
		c.departments = append(c.departments, department{f[0], f[1], f[2], f[3]})
		c.character[f[0]] = f[3]
	})
	read(itemsCSV, func(f []string) { c.items = append(c.items, readItem(f)) })
	read(plaquesCSV, func(f []string) { c.plaques = append(c.plaques, plaque{f[0], f[1], f[2], f[3]}) })
	read(burdensCSV, func(f []string) { c.burdens = append(c.burdens, burden{f[0], f[1], f[2]}) })
	return c
})

// read reads an embedded table; that it can be read is a property of the build.
func read(table string, f func(row []string)) {
	err := eachRow(strings.NewReader(table), func(row []string) error {
		for i := range row {
			row[i] = strings.Clone(row[i])
		}
		f(row)
		return nil
	})
	if err != nil {
		panic(err)
	}
}

func readItem(f []string) item {
	return item{
		code: f[0], category: f[1], name: f[2], department: f[3], list: f[4], rule: f[5],
		rate: readFen(f[6]), payers: f[7], timing: f[8], authority: f[9] == "yes",
		low: readCount(f[10]), high: readCount(f[11]),
	}
}

func readFen(s string) fen {
	if s == "" {
		return none
	}
	yuan, err := strconv.ParseFloat(s, 64)
	if err != nil {
		panic(err)
	}
	return fen(yuan*100 + 0.5)
}

func readCount(s string) int {
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err)
	}
	return n
}

// in gives the item as it stands in a year: dates in payers are of that year.
func (i item) in(year int) item {
	i.payers = strings.ReplaceAll(i.payers, "{year}", strconv.Itoa(year))
	return i
}

func (i item) row() []string {
	rate := i.rate.yuan()
	rate = strings.TrimSuffix(rate, ".00")
	authority := "no"
	if i.authority {
		authority = "yes"
	}
	return []string{i.code, i.category, i.name, i.department, i.list, i.rule, rate, i.payers, i.timing, authority}
}

// share is one payer's part of what a task costs: CODE:WEIGHT[@DATE].
type share struct {
	payer  string
	weight int64
	by     string // The date of its own, or nothing.
}

// shares reads the payers of an item; without any the department pays all.
func (i item) shares(department string) []share {
	if i.payers == "" {
		return []share{{payer: department, weight: 1}}
	}
	var all []share
	for part := range strings.SplitSeq(i.payers, ";") {
		part, by, _ := strings.Cut(part, "@")
		payer, weight, _ := strings.Cut(part, ":")
		w, err := strconv.ParseInt(weight, 10, 64)
		if err != nil {
			panic(fmt.Sprintf("item %s: payers %q", i.code, i.payers))
		}
		all = append(all, share{payer, w, by})
	}
	return all
}
