package workbook_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"feisui/pkg/figure"
)

func TestFileTypes(t *testing.T) {
	t.Parallel()
	ole := "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + strings.Repeat("\x00", 600)
	pack := func(names ...string) string {
		var list []entry
		for _, name := range names {
			list = append(list, entry{name: name, text: "<x/>"})
		}
		return string(archive(t, list))
	}
	var password bytes.Buffer
	fatalIfErr(t, excelize.NewFile().Write(&password, excelize.Options{Password: "x"}))
	tests := map[string]struct{ data, want string }{
		"xls":          {ole, "file_type_xls"},
		"old xls":      {"\x09\x08\x10\x00\x00\x06\x05\x00", "file_type_xls"},
		"password":     {password.String(), "file_type_password"},
		"xlsb":         {pack("[Content_Types].xml", "_rels/.rels", "xl/workbook.bin"), "file_type_xlsb"},
		"ods":          {pack("mimetype", "content.xml", "META-INF/manifest.xml"), "file_type_ods"},
		"docx":         {string(archive(t, []entry{{name: "[Content_Types].xml", text: "<x/>"}, {name: "_rels/.rels", text: strings.Replace(partRoot, "xl/workbook.xml", "word/document.xml", 1)}, {name: "word/document.xml", text: "<document/>"}})), "xlsx_damaged"},
		"other zip":    {pack("a.txt"), "file_type_archive"},
		"empty zip":    {pack(), "file_type_archive"},
		"html":         {"\n<HTML><table>", "file_type_html"},
		"csv":          {"no,名称\n1,a\n", "file_type_text"},
		"GB18030 csv":  {"no,\xc3\xfb\xb3\xc6\n", "file_type_text"},
		"nothing":      {"", "file_empty"},
		"a picture":    {"\x89PNG\r\n\x1a\n\x00\x00", "file_type_other"},
		"half a magic": {"PK", "file_type_text"},
		"magic only":   {"PK\x03\x04", "xlsx_damaged"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantFaults(t, read(t, file(t, []byte(tt.data))), "账.xlsx:0:: "+tt.want)
		})
	}
}

func TestAbuseOfArchives(t *testing.T) {
	t.Parallel()
	good := entries(sheet(sheetRow))
	add := func(e entry) []byte { return archive(t, with(slices.Clone(good), e)) }
	many := slices.Clone(good)
	for i := range 1000 {
		many = append(many, entry{name: fmt.Sprintf("xl/media/%d.png", i)})
	}
	overlap := archive(t, good)
	shareBytes(overlap)
	replace := func(name, old, with string) []byte {
		list := slices.Clone(good)
		at := slices.IndexFunc(list, func(e entry) bool { return e.name == name })
		list[at].text = strings.Replace(list[at].text, old, with, 1)
		return archive(t, list)
	}
	without := func(name string) []byte {
		return archive(t, slices.DeleteFunc(slices.Clone(good), func(e entry) bool { return e.name == name }))
	}
	lieSheet := func(lie func(h *zip.FileHeader)) []byte {
		return add(entry{name: "xl/worksheets/sheet1.xml", text: sheet(sheetRow), lie: lie})
	}
	const damaged = "账.xlsx:0:: xlsx_damaged"
	tests := map[string]struct {
		data   []byte
		faults []string
	}{
		"out of the folder":   {add(entry{name: "../../etc/x"}), []string{"账.xlsx:0:: zip_name"}},
		"absolute":            {add(entry{name: "/etc/x"}), []string{"账.xlsx:0:: zip_name"}},
		"backslash":           {add(entry{name: `xl\x.xml`}), []string{"账.xlsx:0:: zip_name"}},
		"drive":               {add(entry{name: `C:x.xml`}), []string{"账.xlsx:0:: zip_name"}},
		"control character":   {add(entry{name: "xl/a\x00.xml"}), []string{"账.xlsx:0:: zip_name"}},
		"link":                {add(entry{name: "xl/link", lie: func(h *zip.FileHeader) { h.SetMode(os.ModeSymlink | 0o777) }}), []string{"账.xlsx:0:: zip_name"}},
		"encrypted":           {add(entry{name: "xl/x", lie: func(h *zip.FileHeader) { h.Flags |= 1 }}), []string{"账.xlsx:0:: file_type_password"}},
		"other method":        {add(entry{name: "xl/x", lie: func(h *zip.FileHeader) { h.Method = 12 }}), []string{"账.xlsx:0:: zip_method"}},
		"twice":               {archive(t, append(slices.Clone(good), entry{name: "xl/worksheets/Sheet1.xml", text: sheet("")})), []string{"账.xlsx:0:: zip_twice"}},
		"too many":            {archive(t, many), []string{"账.xlsx:0:: zip_count"}},
		"overlapping":         {overlap, []string{"账.xlsx:0:: zip_overlap"}},
		"says it is larger":   {lieSheet(func(h *zip.FileHeader) { h.UncompressedSize64++ }), []string{"挂牌:0:: xlsx_damaged"}},
		"says it is smaller":  {lieSheet(func(h *zip.FileHeader) { h.UncompressedSize64 -= 100 }), []string{"挂牌:0:: xlsx_damaged"}},
		"says it is enormous": {lieSheet(func(h *zip.FileHeader) { h.UncompressedSize64 = 1 << 40 }), []string{"账.xlsx:0:: too_large_unpacked"}},
		"wrong checksum":      {lieSheet(func(h *zip.FileHeader) { h.CRC32++ }), []string{"挂牌:2:: xlsx_damaged"}},
		"nested":              {add(entry{name: "xl/inner.zip", text: string(overlap)}), nil},
		"folders, pictures":   {add(entry{name: "xl/media/"}), nil},
		"bytes in front":      {append([]byte("PK\x03\x04junk"), archive(t, good)...), []string{damaged}},
		"bytes behind":        {append(archive(t, good), "junk"...), []string{damaged}},

		"no styles":            {without("xl/styles.xml"), []string{damaged}},
		"no sheet part":        {without("xl/worksheets/sheet1.xml"), []string{"挂牌:0:: xlsx_damaged"}},
		"no relations":         {without("xl/_rels/workbook.xml.rels"), []string{damaged}},
		"sheet of no part":     {replace("xl/_rels/workbook.xml.rels", `Id="r1"`, `Id="r9"`), []string{"挂牌:0:: xlsx_damaged"}},
		"texts cut off":        {replace("xl/sharedStrings.xml", `</si></sst>`, ``), []string{damaged}},
		"styles cut off":       {replace("xl/styles.xml", `</styleSheet>`, ``), []string{damaged}},
		"style −1":             {replace("xl/styles.xml", `numFmtId="14"`, `numFmtId="-14"`), []string{"账.xlsx:0:: structure_index"}},
		"external link":        {replace("xl/_rels/workbook.xml.rels", `relationships/styles`, `relationships/externalLink`), []string{"账.xlsx:0:: external_link"}},
		"texts twice":          {replace("xl/_rels/workbook.xml.rels", `relationships/styles`, `relationships/sharedStrings`), []string{damaged}},
		"billion laughs":       {replace("xl/sharedStrings.xml", `<sst`, `<!DOCTYPE sst [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><sst`), []string{"账.xlsx:0:: xml_dtd"}},
		"unused part cut off":  {add(entry{name: "docProps/app.xml", text: "<Properties>"}), []string{damaged}},
		"unused part with DTD": {add(entry{name: "docProps/app.xml", text: `<!DOCTYPE x SYSTEM "http://x/"><x/>`}), []string{"账.xlsx:0:: xml_dtd"}},
		"no sheets":            {replace("xl/workbook.xml", `<sheet name="挂牌" sheetId="1" r:id="r1"/>`, ``), []string{"账.xlsx:0:: no_sheet"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantFaults(t, read(t, file(t, tt.data)), tt.faults...)
		})
	}
}

// A ZIP64 archive, as some libraries write even small ones, reads like any.
func TestALongArchive(t *testing.T) {
	t.Parallel()
	good := archive(t, entries(sheet(sheetRow)))
	body, end := good[:len(good)-22], bytes.Clone(good[len(good)-22:])
	little := binary.LittleEndian
	record := make([]byte, 56+20)
	copy(record, "PK\x06\x06")
	little.PutUint64(record[4:], 44)
	count := uint64(little.Uint16(end[10:]))
	little.PutUint64(record[24:], count)
	little.PutUint64(record[32:], count)
	little.PutUint64(record[40:], uint64(little.Uint32(end[12:])))
	little.PutUint64(record[48:], uint64(little.Uint32(end[16:])))
	copy(record[56:], "PK\x06\x07")
	little.PutUint64(record[64:], uint64(len(body)))
	little.PutUint32(record[72:], 1)
	copy(end[8:20], bytes.Repeat([]byte{0xFF}, 12))
	long := slices.Concat(body, record, end)
	got := read(t, file(t, long))
	wantFaults(t, got)
	wantRows(t, got, "plaques", "2|P1|社区服务站||")

	little.PutUint64(long[len(body)+48:], 1<<62)
	wantFaults(t, read(t, file(t, long)), "账.xlsx:0:: xlsx_damaged")
}

// shareBytes makes the last entry of an archive begin where the one before does.
func shareBytes(data []byte) {
	var at []int
	for i := 0; ; {
		n := bytes.Index(data[i:], []byte("PK\x01\x02"))
		if n < 0 {
			break
		}
		at, i = append(at, i+n), i+n+4
	}
	last, before := data[at[len(at)-1]:], data[at[len(at)-2]:]
	copy(last[42:46], before[42:46])
}

// A sheet that breaks off, wherever it does, is never read as a shorter one.
// The control is excelize, which says nothing and gives fewer rows.
func TestASheetThatBreaksOff(t *testing.T) {
	t.Parallel()
	whole := sheet(sheetRow + strings.NewReplacer(`r="2"`, `r="3"`, `A2`, `A3`, `B2`, `B3`).Replace(sheetRow))
	silent := 0
	for n := range whole {
		data := archive(t, entries(whole[:n]))
		path := file(t, data)
		got := read(t, path)
		if len(got.faults) == 0 {
			t.Errorf("cut at %d of %d: no fault, rows %q", n, len(whole), got.rows)
		}
		if x, err := excelize.OpenReader(bytes.NewReader(data)); err == nil {
			if rows, err := x.GetRows("挂牌"); err == nil && len(rows) < 3 {
				silent++
			}
		}
	}
	if silent == 0 {
		t.Error("excelize found every cut: this package could be simpler")
	}
	figure.Logf(t, "excelize gave fewer rows without an error at %d of %d cuts", silent, len(whole))
}

func TestAnArchiveThatBreaksOff(t *testing.T) {
	t.Parallel()
	whole := archive(t, entries(sheet(sheetRow)))
	dir := t.TempDir()
	for n := range whole {
		path := dir + "/账.xlsx"
		fatalIfErr(t, os.WriteFile(path, whole[:n], 0o600))
		if got := read(t, path); len(got.faults) == 0 {
			t.Errorf("cut at %d of %d: no fault, rows %q", n, len(whole), got.rows)
		}
	}
}

// A flipped bit is either found or changes nothing that is read.
func TestAnArchiveWithAFlippedBit(t *testing.T) {
	t.Parallel()
	whole := archive(t, entries(sheet(sheetRow)))
	want := read(t, file(t, whole)).rows["plaques"]
	dir := t.TempDir()
	for n := range whole {
		damaged := bytes.Clone(whole)
		damaged[n] ^= 1 << (n % 8)
		path := dir + "/账.xlsx"
		fatalIfErr(t, os.WriteFile(path, damaged, 0o600))
		if got := read(t, path); len(got.faults) == 0 && !slices.Equal(got.rows["plaques"], want) {
			t.Errorf("bit %d of byte %d: no fault, rows %q", n%8, n, got.rows)
		}
	}
}

// The control for formulas: excelize gives the cached value, whoever wrote it.
func TestExcelizeBelievesACachedValue(t *testing.T) {
	t.Parallel()
	x, err := excelize.OpenReader(bytes.NewReader(archive(t, entries(cellIn(`<c r="B2"><f>1+1</f><v>99</v></c>`)))))
	fatalIfErr(t, err)
	if got, err := x.GetCellValue("挂牌", "B2"); got != "99" || err != nil {
		t.Errorf("%q, %v: excelize has changed", got, err)
	}
}
