package record_test

import (
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"

	"feisui/pkg/journal/memory"
	"feisui/pkg/workbook"
	"feisui/schemas"
	"feisui/services/feisui/record"
)

// The parties of every test: a street, two communities, and who gives to them.
const (
	street = "990101001"
	first  = "990101001001"
	second = "990101001002"
)

// valid is a workbook that has every sheet and no fault. Row numbers are those
// of a spreadsheet: the line after the header is row 2.
var valid = map[string]string{
	"communities": `
code,name,street,kind,households,population,staff
990101001001,甲社区,990101001,urban,1000,3000,10
990101001002,乙村,990101001,village,,,`,
	"departments": `
code,name,kind
D1,民政局,department
D2,卫健局,department
F1,财政局,finance
990101001,甲街道,street`,
	"items": `
code,category,name,department,list,rule,rate,payers,timing,authority_required
I1,,走访,D1,statutory,fixed,100,,,
I2,,体检,D2,assist,ratio,2%,F1:4;D2:10@2025-07-01,arrears,yes`,
	"admissions": `
no,department,item,document,from,to,communities,decision,decided_on,revoked_on
A1,D1,I1,,2025-01-01,2025-12-31,990101001001,admitted,2025-01-01,`,
	"tasks": `
no,department,community,item,document,issued_on,starts_on,due_on,quantity,base,amount,pay_by,authority_document,recalled_on
T1,D1,990101001001,I1,,2025-03-03,2025-03-05,2025-06-30,2,1000,100,2025-04-01,,
T2,D2,990101001002,I2,,2025-03-03,,,,,,,,`,
	"receipts": `
task,outcome,filed_on,reason,condition_amount,condition_by,note,no
T1,accept,2025-03-04,,,,,
T2,conditional,2025-03-05,R1,500,2025-05-01,先拨一半,`,
	"completions": `
task,completed_on,quantity
T2,2025-05-30,10`,
	"commitments": `
no,kind,department,community,purpose,amount,made_on,by
C1,quota,D1,990101001001,task:T1,100,2025-03-01,2025-04-30`,
	"payments": `
voucher,paid_on,payer,payee,community,purpose,amount,upstream,reverses
PZ1,2025-03-10,F1,990101001,990101001001,task:T1,100,,
PZ2,2025-03-12,990101001,990101001001,,,60,PZ1,
PZ3,2025-03-11,D1,990101001002,,general,50,,
PZ4,2025-03-20,990101001002,D1,,,50,,PZ3
PZ5,2025-04-01,D1,990101001,,department,200,,`,
	"arrivals": `
voucher,confirmed_on,amount,withdrawn_on,no
PZ2,2025-03-14,60,,`,
	"plaques": `
no,community,department,title,zone,hung_on,removed_on
P1,990101001001,D1,服务站,outside,2025-01-01,2025-02-01`,
	"plaque_catalogue": `
title,zone
服务站,outside`,
	"burdens": `
no,community,department,kind,title,from,to
B1,990101001001,D1,form,月报,2025-01-01,2025-03-01`,
}

// book is a workbook under way: sheets of cells, the header first, and other files.
type book struct {
	sheets map[string][][]string
	files  map[string]string
}

// edited is the valid workbook with changes, joined by " && ":
//
//	tasks 2 amount=5          sets cells of a row
//	tasks + no=T9 …           adds a row
//	tasks drop                leaves the sheet out
//	pay K1 04-02 150 <PZ5     adds a payment of 2025: a root (D1 to the street, for the first
//	pay R1 04-05 150 ~K1      community), one that passes on (street to community), a reversal
//	arrive K1 04-06 150 -04-08 #2
//	policy {"grace_days": 1}
func edited(t testing.TB, edits string) book {
	t.Helper()
	b := book{sheets: map[string][][]string{}, files: map[string]string{}}
	for name, text := range valid {
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		fatalIfErr(t, err)
		b.sheets[name] = rows
	}
	for edit := range strings.SplitSeq(edits, " && ") {
		if edit != "" {
			b.edit(t, edit)
		}
	}
	return b
}

func (b book) edit(t testing.TB, edit string) {
	t.Helper()
	words := strings.Fields(edit)
	switch {
	case words[0] == "policy":
		b.files["policy.json"] = strings.TrimPrefix(edit, "policy ")
	case words[0] == "pay":
		b.pay(words[1:])
	case words[0] == "arrive":
		b.arrive(words[1:])
	case words[1] == "drop":
		delete(b.sheets, words[0])
	case words[1] == "+":
		b.sheets[words[0]] = append(b.sheets[words[0]], make([]string, len(b.sheets[words[0]][0])))
		b.set(t, words[0], len(b.sheets[words[0]]), words[2:])
	default:
		row, err := strconv.Atoi(words[1])
		fatalIfErr(t, err)
		b.set(t, words[0], row, words[2:])
	}
}

func (b book) set(t testing.TB, sheet string, row int, cells []string) {
	t.Helper()
	for _, cell := range cells {
		column, value, _ := strings.Cut(cell, "=")
		at := slices.Index(b.sheets[sheet][0], column)
		if at < 0 {
			t.Fatalf("%s has no column %s", sheet, column)
		}
		b.sheets[sheet][row-1][at] = value
	}
}

func (b book) add(sheet string, row ...string) { b.sheets[sheet] = append(b.sheets[sheet], row) }

func (b book) pay(words []string) {
	row := []string{words[0], "2025-" + words[1], "D1", street, first, "", words[2], "", ""}
	for _, w := range words[3:] {
		switch w[0] {
		case '<':
			row[2], row[3], row[4], row[7] = street, first, "", w[1:]
		case '~':
			row[4], row[8] = "", w[1:]
			for _, p := range b.sheets["payments"] {
				if p[0] == w[1:] {
					row[2], row[3] = p[3], p[2]
				}
			}
		}
	}
	b.add("payments", row...)
}

func (b book) arrive(words []string) {
	row := []string{words[0], "2025-" + words[1], words[2], "", ""}
	for _, w := range words[3:] {
		switch w[0] {
		case '-':
			row[3] = "2025" + w
		case '#':
			row[4] = w[1:]
		}
	}
	b.add("arrivals", row...)
}

// write puts the workbook into a new folder.
func (b book) write(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for name, rows := range b.sheets {
		f, err := os.Create(filepath.Join(dir, name+".csv"))
		fatalIfErr(t, err)
		fatalIfErr(t, errors.Join(csv.NewWriter(f).WriteAll(rows), f.Close()))
	}
	for name, text := range b.files {
		fatalIfErr(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return dir
}

func newJournal() *record.Journal { return memory.New[schemas.Event]() }

// into imports a folder, and gives what was wrong with it, a line each.
func into(t testing.TB, j *record.Journal, dir string) (events int, faults []string) {
	t.Helper()
	in, err := workbook.Open(dir, record.Layout)
	fatalIfErr(t, err)
	t.Cleanup(func() { fatalIfErr(t, in.Close()) })
	before := len(entries(j))
	look(t, in, j)
	n, err := record.Import(in, j, uuid.New())
	var refused *record.Refused
	switch {
	case errors.As(err, &refused):
		if after := len(entries(j)); after != before || n != 0 {
			t.Errorf("refused, and yet %d events were recorded", after-before)
		}
		for _, f := range refused.Faults {
			faults = append(faults, f.String())
		}
		return 0, faults
	case err != nil:
		t.Fatal(err)
	}
	return n, nil
}

// look fails unless a workbook that would record something shows a row that does, and
// the other way round: by those rows a second person is asked for.
func look(t testing.TB, from record.Source, j *record.Journal) {
	t.Helper()
	seen, events, err := record.Look(from, j)
	if err != nil {
		return // whoever imports it says so
	}
	rows := 0
	for _, s := range seen.Sheets {
		rows += s.New + s.Amended
	}
	if (rows > 0) != (len(events) > 0) && !seen.Policy {
		t.Errorf("%d events, and %d rows that bring them", len(events), rows)
	}
}

func entries(j *record.Journal) []schemas.Event {
	var events []schemas.Event
	for e := range j.After(0) {
		events = append(events, e.Event)
	}
	return events
}

func fatalIfErr(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
