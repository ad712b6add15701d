package workbook_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/xuri/excelize/v2"

	"feisui/pkg/message"
	"feisui/pkg/workbook"
)

// layout is two sheets of a county's workbook, enough to show every rule.
var layout = workbook.Layout{
	{Name: "tasks", Chinese: "交办", Columns: []workbook.Column{
		{"no", "交办单号"}, {"department", "部门"}, {"community", "社区"}, {"item", "事项"},
		{"document", "文号"}, {"issued_on", "交办日期"}, {"starts_on", "开始日期"}, {"due_on", "完成时限"},
		{"quantity", "数量"}, {"base", "计提基数"}, {"amount", "约定经费"}, {"pay_by", "拨付时限"},
		{"authority_document", "赋权文号"}, {"recalled_on", "撤回日期"},
	}},
	{Name: "plaques", Chinese: "挂牌", Columns: []workbook.Column{
		{"no", "牌号"}, {"title", "名称"}, {"zone", "位置"}, {"share", "比例"},
	}},
}

// folder writes files into a new folder.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		fatalIfErr(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return dir
}

// spreadsheet writes a workbook by excelize, whose first sheet is 挂牌.
func spreadsheet(t testing.TB, fill func(x *excelize.File)) string {
	t.Helper()
	x := excelize.NewFile()
	fatalIfErr(t, x.SetSheetName("Sheet1", "挂牌"))
	fill(x)
	path := filepath.Join(t.TempDir(), "账.xlsx")
	fatalIfErr(t, x.SaveAs(path))
	return path
}

// The parts of the smallest workbook, for tests that write what no program
// would. An archive of them has one sheet, 挂牌.
const (
	partTypes     = `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`
	partRoot      = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`
	partWorkbook  = `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="挂牌" sheetId="1" r:id="r1"/></sheets></workbook>`
	partRelations = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/><Relationship Id="r3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>`
	partStyles    = `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/></numFmts><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></styleSheet>`
	partStrings   = `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="4" uniqueCount="4"><si><t>no</t></si><si><t>title</t></si><si><r><t>社区</t></r><r><rPr/><t>服务站</t></r><rPh sb="0" eb="1"><t>shequ</t></rPh></si><si><t>P1</t></si></sst>`
	sheetStart    = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`
	sheetHead     = `<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>`
	sheetRow      = `<row r="2"><c r="A2" t="s"><v>3</v></c><c r="B2" t="s"><v>2</v></c></row>`
	sheetEnd      = `</worksheet>`
)

// sheet wraps rows into a worksheet part with a header of no and title.
func sheet(rows string) string {
	return sheetStart + `<sheetData>` + sheetHead + rows + `</sheetData>` + sheetEnd
}

// entry is a part of a handmade archive.
type entry struct {
	name, text string
	lie        func(*zip.FileHeader) // changes what the directory says
}

// entries gives the parts of the smallest workbook, with this sheet.
func entries(sheet string) []entry {
	return []entry{
		{name: "[Content_Types].xml", text: partTypes}, {name: "_rels/.rels", text: partRoot},
		{name: "xl/workbook.xml", text: partWorkbook}, {name: "xl/_rels/workbook.xml.rels", text: partRelations},
		{name: "xl/styles.xml", text: partStyles}, {name: "xl/sharedStrings.xml", text: partStrings},
		{name: "xl/worksheets/sheet1.xml", text: sheet},
	}
}

// with gives the entries with one replaced, or added.
func with(list []entry, e entry) []entry {
	if at := slices.IndexFunc(list, func(o entry) bool { return o.name == e.name }); at >= 0 {
		list[at] = e
		return list
	}
	return append(list, e)
}

// deflaters are used again: making one takes longer than a small archive.
var deflaters = sync.Pool{New: func() any {
	w, err := flate.NewWriter(nil, flate.BestSpeed)
	if err != nil {
		panic(err) // the level is one
	}
	return w
}}

func archive(t testing.TB, list []entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range list {
		var packed bytes.Buffer
		deflate := deflaters.Get().(*flate.Writer)
		deflate.Reset(&packed)
		_, err := deflate.Write([]byte(e.text))
		fatalIfErr(t, errors.Join(err, deflate.Close()))
		deflaters.Put(deflate)
		h := &zip.FileHeader{
			Name: e.name, Method: zip.Deflate, CRC32: crc32.ChecksumIEEE([]byte(e.text)),
			CompressedSize64: uint64(packed.Len()), UncompressedSize64: uint64(len(e.text)),
		}
		if strings.HasSuffix(e.name, "/") { // a folder has no bytes
			h = &zip.FileHeader{Name: e.name}
		}
		if e.lie != nil {
			e.lie(h)
		}
		part, err := w.CreateRaw(h)
		fatalIfErr(t, err)
		if !strings.HasSuffix(e.name, "/") {
			_, err = part.Write(packed.Bytes())
			fatalIfErr(t, err)
		}
	}
	fatalIfErr(t, w.Close())
	return b.Bytes()
}

// file writes bytes as an XLSX file.
func file(t testing.TB, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "账.xlsx")
	fatalIfErr(t, os.WriteFile(path, data, 0o600))
	return path
}

// reading is all that a workbook says.
type reading struct {
	rows   map[string][]string // by sheet; the number, then the cells between bars
	faults []workbook.Fault
	date04 bool
}

func read(t testing.TB, path string) reading {
	t.Helper()
	b, err := workbook.Open(path, layout)
	fatalIfErr(t, err)
	defer func() { fatalIfErr(t, b.Close()) }()
	r := reading{rows: map[string][]string{}}
	for _, s := range layout {
		for row := range b.Sheet(s.Name) {
			r.rows[s.Name] = append(r.rows[s.Name], fmt.Sprintf("%d|%s", row.Number, strings.Join(row.Cells, "|")))
		}
	}
	r.faults, r.date04 = b.Faults(), b.Date1904()
	return r
}

// show writes a fault as one comparable line.
func show(f workbook.Fault) string {
	return fmt.Sprintf("%s:%d:%s: %s", f.File, f.Row, f.Column, f.Expect.Key)
}

func shown(faults []workbook.Fault) []string {
	var lines []string
	for _, f := range faults {
		lines = append(lines, show(f))
	}
	return lines
}

// wantFaults checks the faults of a workbook, and that each can be said.
func wantFaults(t *testing.T, got reading, want ...string) {
	t.Helper()
	if !slices.Equal(shown(got.faults), want) {
		t.Errorf("faults:\n\t%s\nwant:\n\t%s\nrows: %q", strings.Join(shown(got.faults), "\n\t"), strings.Join(want, "\n\t"), got.rows)
	}
	for _, f := range got.faults {
		for _, lang := range message.Languages {
			if said := workbook.Messages.Say(lang, f.Expect); said == f.Expect.Key || strings.ContainsAny(said, "{}") {
				t.Errorf("%s says %q in %s", f.Expect.Key, said, lang)
			}
		}
	}
}

func wantRows(t *testing.T, got reading, sheet string, want ...string) {
	t.Helper()
	if !slices.Equal(got.rows[sheet], want) {
		t.Errorf("rows of %s:\n\t%s\nwant:\n\t%s", sheet, strings.Join(got.rows[sheet], "\n\t"), strings.Join(want, "\n\t"))
	}
}

func fatalIfErr(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
