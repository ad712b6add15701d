package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// asXLSX writes a folder of CSV files as one XLSX with a sheet a file, and
// policy.json beside it.
func asXLSX(t *testing.T, folder string, put func(*testing.T, *excelize.File, string, string, string, string)) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "book.xlsx")
	f := excelize.NewFile()
	files, err := filepath.Glob(filepath.Join(folder, "*.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		sheet := strings.TrimSuffix(filepath.Base(file), ".csv")
		if _, err := f.NewSheet(sheet); err != nil {
			t.Fatal(err)
		}
		rows := csvRows(t, file)
		for r, row := range rows {
			for c, text := range row {
				cell, err := excelize.CoordinatesToCellName(c+1, r+1)
				if err != nil {
					t.Fatal(err)
				}
				if text == "" {
					continue
				}
				if r == 0 {
					textCells(t, f, sheet, cell, "", text)
				} else {
					put(t, f, sheet, cell, rows[0][c], text)
				}
			}
		}
	}
	if err := f.DeleteSheet("Sheet1"); err != nil {
		t.Fatal(err)
	}
	if err := f.SaveAs(out); err != nil {
		t.Fatal(err)
	}
	if policy, err := os.ReadFile(filepath.Join(folder, "policy.json")); err == nil {
		if err := os.WriteFile(filepath.Join(filepath.Dir(out), "policy.json"), policy, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func csvRows(t *testing.T, file string) [][]string {
	t.Helper()
	b := bytes.TrimPrefix(contents(t, file), []byte("\ufeff"))
	if !utf8.Valid(b) {
		var err error
		if b, err = simplifiedchinese.GB18030.NewDecoder().Bytes(b); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return rows
}

// textCells keeps a cell as the text that it is.
func textCells(t *testing.T, f *excelize.File, sheet, cell, _, text string) {
	t.Helper()
	if err := f.SetCellStr(sheet, cell, text); err != nil {
		t.Fatal(err)
	}
}

// valueCells keeps dates as dates and numbers as numbers, as a clerk's
// spreadsheet does. Codes and numbers that name things stay text.
func valueCells(t *testing.T, f *excelize.File, sheet, cell, header, text string) {
	t.Helper()
	var err error
	switch day, isDate := dateOf(text); {
	case isDate:
		var style int
		if style, err = f.NewStyle(&excelize.Style{NumFmt: 14}); err == nil {
			if err = f.SetCellValue(sheet, cell, day); err == nil {
				err = f.SetCellStyle(sheet, cell, cell, style)
			}
		}
	case amountHeaders[header]:
		number, parseErr := strconv.ParseFloat(strings.ReplaceAll(text, ",", ""), 64)
		if parseErr != nil { // 8.35万元 stays as it is typed
			textCells(t, f, sheet, cell, header, text)
			return
		}
		err = f.SetCellFloat(sheet, cell, number, -1, 64)
	default:
		err = f.SetCellStr(sheet, cell, text)
	}
	if err != nil {
		t.Fatal(err)
	}
}

var amountHeaders = map[string]bool{
	"rate": true, "标准": true, "quantity": true, "数量": true, "实际数量": true, "base": true, "计提基数": true,
	"amount": true, "金额": true, "约定经费": true, "condition_amount": true, "条件金额": true,
	"households": true, "户数": true, "population": true, "人口": true, "staff": true, "工作人员": true,
}

func dateOf(text string) (time.Time, bool) {
	for _, form := range []string{"2006-01-02", "2006/1/2", "2006年1月2日"} {
		if day, err := time.Parse(form, text); err == nil {
			return day, true
		}
	}
	return time.Time{}, false
}

func itoa(i int) string { return strconv.Itoa(i) }

func compact(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
