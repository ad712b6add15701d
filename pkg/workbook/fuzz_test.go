package workbook_test

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"feisui/pkg/workbook"
)

// Whatever the bytes, there is no panic, and a file without faults has as many
// rows as encoding/csv finds records that are not blank.
func FuzzCSV(f *testing.F) {
	for _, seed := range []string{
		"no,title\n1,a\n", "\uFEFF牌号,名称\r\n\"1\",\"a\"\"b\"\r\n\r\n,\r\n2,\n", "no,title\n1,\"a\nb\"\n", "no,序号\n合计,1\n",
		"no\n\xB1\xE0\n", "\xFF\xFEn\x00", "no;title\n", "title,no,,\n1,2,3,4\n1\n", "no,title\r1", "\"no\",#x\n\" 1\t\",\u202E\n", "no,no\n\xAA\xA1,1",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got := read(t, folder(t, map[string]string{"挂牌.csv": string(data)}))
		sayAll(t, got.faults)
		if len(got.faults) > 0 {
			return
		}
		if !utf8.Valid(data) {
			var err error
			data, err = simplifiedchinese.GB18030.NewDecoder().Bytes(data)
			fatalIfErr(t, err)
		}
		r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\uFEFF"))))
		r.FieldsPerRecord = -1
		records, err := r.ReadAll()
		if err != nil {
			// encoding/csv finds quotes only in what it takes for text.
			t.Fatalf("encoding/csv: %v, but no fault; rows %q", err, got.rows)
		}
		if want := dataRecords(records); len(got.rows["plaques"]) != want {
			t.Errorf("%d rows, but encoding/csv finds %d records: %q", len(got.rows["plaques"]), want, got.rows)
		}
	})
}

// dataRecords counts the records behind the header that have text in a column
// which is not left alone.
func dataRecords(records [][]string) int {
	n := 0
	var counts []bool // by position
	for _, record := range records {
		texts := slices.Clone(record)
		for i, cell := range texts {
			if rest := strings.TrimLeft(cell, "'"); rest != cell && strings.ContainsRune("=+-@\t\r\n＝＋－＠", firstOf(rest)) {
				cell = cell[1:] // the apostrophe is not part of it
			}
			texts[i] = strings.TrimFunc(cell, func(r rune) bool {
				return unicode.IsSpace(r) || strings.ContainsRune("\u00AD\u180E\u200B\u200C\u200D\u200E\u200F\u2060\uFEFF", r)
			})
		}
		blank := true
		for i, text := range texts {
			blank = blank && (text == "" || counts != nil && i < len(counts) && !counts[i])
		}
		switch {
		case blank:
		case counts == nil:
			for _, name := range texts {
				counts = append(counts, name != "序号" && name != "备注" && !strings.HasPrefix(name, "#") && !strings.HasPrefix(name, "＃"))
			}
		default:
			n++
		}
	}
	return n
}

// Whatever the bytes of a sheet, there is no panic, and a sheet without faults
// has as many rows as encoding/xml finds row elements with a value in them.
// Fuzz with -fuzzminimizetime=20x: shrinking an archive by a minute each finds
// nothing more.
func FuzzXLSX(f *testing.F) {
	for _, seed := range []string{
		sheet(sheetRow), sheet(`<row><c t="inlineStr"><is><t>a</t><rPh><t>b</t></rPh></is></c></row>`), sheet(`<row r="3" hidden="1"><c r="B3" s="1"><v>45000</v></c></row>`),
		cellIn(`<c r="B2" t="b"><v>1</v></c>`), cellIn(`<c r="B2"><f>1+1</f><v>2</v></c>`), cellIn(`<c r="B2" t="e"><v>#N/A</v></c>`),
		strings.Replace(sheet(sheetRow), `</sheetData>`, `</sheetData><mergeCells><mergeCell ref="A2:A3"/></mergeCells>`, 1),
		strings.Replace(sheet(sheetRow), `<sheetData>`, `<cols><col min="1" max="2" hidden="1"/></cols><sheetData>`, 1),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got := read(t, file(t, archive(t, entries(string(data)))))
		sayAll(t, got.faults)
		if len(got.faults) > 0 {
			return
		}
		if low, high := valueRows(t, data); len(got.rows["plaques"]) < low-1 || len(got.rows["plaques"]) > high {
			t.Errorf("%d rows, but the sheet has %d to %d: %q", len(got.rows["plaques"]), low, high, got.rows)
		}
	})
}

// valueRows counts the rows of a sheet, header included, that surely have a
// value, and all that there are.
func valueRows(t *testing.T, data []byte) (surely, all int) {
	t.Helper()
	var s struct {
		Rows []struct {
			Cells []struct {
				Type  string `xml:"t,attr"`
				Value string `xml:"v"`
			} `xml:"c"`
		} `xml:"sheetData>row"`
	}
	if err := xml.NewDecoder(bytes.NewReader(data)).Decode(&s); err != nil && !errors.Is(err, io.EOF) {
		t.Fatalf("encoding/xml: %v, but no fault", err)
	}
	for _, row := range s.Rows {
		for _, c := range row.Cells {
			if c.Type == "s" && strings.TrimSpace(c.Value) != "" {
				surely++
				break
			}
		}
	}
	return surely, len(s.Rows)
}

// Whatever the bytes of a whole file, there is no panic.
func FuzzFile(f *testing.F) {
	f.Add(archive(f, entries(sheet(sheetRow))))
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Fuzz(func(t *testing.T, data []byte) { sayAll(t, read(t, file(t, data)).faults) })
}

// sayAll fails for a fault that has no text or could not be printed.
func sayAll(t *testing.T, faults []workbook.Fault) {
	t.Helper()
	for _, f := range faults {
		if !workbook.Messages.Has(f.Expect.Key) {
			t.Errorf("no text for %q", f.Expect.Key)
		}
		if strings.ContainsFunc(f.Found+f.Column+f.File, unicode.IsControl) {
			t.Errorf("%q cannot be printed", f.Found)
		}
	}
}

func firstOf(text string) rune { r, _ := utf8.DecodeRuneInString(text); return r }
