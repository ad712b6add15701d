package workbook_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/xuri/excelize/v2"

	"feisui/pkg/workbook"
)

func TestNoTextIsAFormula(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"=1": "'=1", "+1": "'+1", "-1": "'-1", "@a": "'@a", "\ta": "'\ta", "\ra": "'\ra", "\na": "'\na",
		"＝1": "'＝1", "＋1": "'＋1", "－1": "'－1", "＠a": "'＠a", "'=1": "''=1",
		"": "", "a=1": "a=1", "1": "1", "'": "'", "'a": "'a", "甲": "甲", " =1": " =1",
	} {
		if got := workbook.Harmless(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestTheApostropheThatIsWrittenIsTakenOff, and no other: that of a quotation, of
// digits, or behind a blank is text.
func TestTheApostropheThatIsWrittenIsTakenOff(t *testing.T) {
	t.Parallel()
	cells := map[string]string{
		"'=1+1": "=1+1", "'＝1": "＝1", "'-50": "-50", "'@a": "@a", "'＠a": "＠a", "''=1": "'=1", "'''＋": "''＋",
		"'": "'", "''": "''", "'甲": "'甲", "'0431": "'0431", " '=1": "'=1", "甲'=1": "甲'=1",
	}
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	rows := [][]string{{"no", "title"}}
	for cell := range cells {
		rows = append(rows, []string{"P1", cell})
	}
	fatalIfErr(t, w.WriteAll(rows))
	for name, path := range map[string]string{
		"CSV": folder(t, map[string]string{"plaques.csv": text.String()}),
		"XLSX": spreadsheet(t, func(x *excelize.File) {
			for i, row := range rows {
				fatalIfErr(t, x.SetSheetRow("挂牌", fmt.Sprint("A", i+1), &row))
			}
		}),
	} {
		got := titles(t, path)
		if len(got) != len(cells) {
			t.Fatalf("%s: %d rows of %d", name, len(got), len(cells))
		}
		for i, title := range got {
			if cell := rows[i+1][1]; title != cells[cell] {
				t.Errorf("%s: %q is read as %q, want %q", name, cell, title, cells[cell])
			}
		}
	}
}

// TestWhatIsWrittenHarmlesslyIsReadAgain, whatever it begins with: every text of up to
// five of what matters. The control: without the apostrophe some are read otherwise.
func TestWhatIsWrittenHarmlesslyIsReadAgain(t *testing.T) {
	t.Parallel()
	texts := []string{""}
	for begin := 0; len(texts[begin]) < 5; begin++ {
		for _, one := range []string{"'", "=", "+", "x", " "} {
			texts = append(texts, texts[begin]+one)
		}
	}
	harmless, asTheyAre := [][]string{{"no", "title"}}, [][]string{{"no", "title"}}
	var want []string
	for _, text := range append(texts, "\t=1", "＝'", "'－", "''＠a") {
		harmless = append(harmless, []string{"P1", workbook.Harmless(text)})
		asTheyAre = append(asTheyAre, []string{"P1", text})
		want = append(want, strings.TrimFunc(text, unicode.IsSpace))
	}
	read := func(rows [][]string) []string {
		var out bytes.Buffer
		fatalIfErr(t, csv.NewWriter(&out).WriteAll(rows))
		return titles(t, folder(t, map[string]string{"plaques.csv": out.String()}))
	}
	got, control := read(harmless), read(asTheyAre)
	if len(got) != len(want) || len(want) < 3000 {
		t.Fatalf("%d of %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%q is read as %q, want %q", harmless[i+1][1], got[i], want[i])
		}
	}
	if slices.Equal(control, want) {
		t.Error("without apostrophes all is the same")
	}
}

// titles reads the titles of 挂牌, in order.
func titles(t *testing.T, path string) (all []string) {
	t.Helper()
	book, err := workbook.Open(path, layout)
	fatalIfErr(t, err)
	defer func() { fatalIfErr(t, book.Close()) }()
	for row := range book.Sheet("plaques") {
		all = append(all, row.Cells[1])
	}
	if faults := book.Faults(); len(faults) > 0 {
		t.Fatalf("%+v", faults)
	}
	return all
}
