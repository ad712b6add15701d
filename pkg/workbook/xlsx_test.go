package workbook_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// cellIn gives a sheet whose second row has the number P1 and this cell.
func cellIn(cell string) string {
	return sheet(`<row r="2"><c r="A2" t="s"><v>3</v></c>` + cell + `</row>`)
}

// What programs and people do to a sheet. Each row is a sheet part with the
// columns no and title, the faults it has and the rows that are read.
func TestAbuseOfSheets(t *testing.T) {
	t.Parallel()
	inline := func(s string) string { return `<c r="B2" t="inlineStr"><is>` + s + `</is></c>` }
	two := sheet(sheetRow)
	tests := map[string]struct {
		sheet  string
		faults []string
		rows   []string
	}{
		"a good one":         {two, nil, []string{"2|P1|社区服务站||"}},
		"empty":              {sheetStart + `<sheetData/>` + sheetEnd, nil, nil},
		"no references":      {sheetStart + `<sheetData><row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row><row/><row><c t="s"><v>3</v></c></row></sheetData>` + sheetEnd, nil, []string{"3|P1|||"}},
		"a prefix":           {strings.NewReplacer("xmlns=", "xmlns:x=", "</", "</x:", "<", "<x:").Replace(two), nil, []string{"2|P1|社区服务站||"}},
		"comments and CDATA": {cellIn(inline(`<t>a<!-- b --><![CDATA[<c>]]>&amp;&#x4E00;</t>`)), nil, []string{"2|P1|a<c>&一||"}},
		"runs, phonetics":    {cellIn(inline(`<r><rPr/><t>a</t></r><r><t xml:space="preserve"> b</t></r><rPh><t>x</t></rPh>`)), nil, []string{"2|P1|a b||"}},
		"a formula's text":   {cellIn(`<c r="B2" t="str"><v>x</v></c>`), nil, []string{"2|P1|x||"}},

		// Values.
		"formula with a forged value": {cellIn(`<c r="B2"><f>1+1</f><v>99</v></c>`), []string{"挂牌:2:title: formula"}, nil},
		"shared formula":              {cellIn(`<c r="B2"><f t="shared" si="0"/><v>99</v></c>`), []string{"挂牌:2:title: formula"}, nil},
		"formula of a text":           {cellIn(`<c r="B2" t="str"><f>cmd|'/c calc'!A0</f><v>x</v></c>`), []string{"挂牌:2:title: formula"}, nil},
		"formula in the header":       {sheetStart + `<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="str"><f>A1</f><v>title</v></c></row>` + sheetRow + `</sheetData>` + sheetEnd, []string{"挂牌:1:: formula", "挂牌:2:: header_empty"}, nil},
		"error":                       {cellIn(`<c r="B2" t="e"><v>#REF!</v></c>`), []string{"挂牌:2:title: cell_error"}, nil},
		"bool":                        {cellIn(`<c r="B2" t="b"><v>1</v></c>`), nil, []string{"2|P1|TRUE||"}},
		"false":                       {cellIn(`<c r="B2" t="b"><v>0</v></c><c r="C2" t="b"/>`), nil, []string{"2|P1|FALSE||"}},
		"maybe":                       {cellIn(`<c r="B2" t="b"><v>2</v></c>`), []string{"挂牌:2:: structure_index"}, nil},
		"not a number":                {cellIn(`<c r="B2"><v>0x10</v></c>`), []string{"挂牌:2:title: number"}, nil},
		"NaN":                         {cellIn(`<c r="B2"><v>NaN</v></c>`), []string{"挂牌:2:title: number"}, nil},
		"infinite":                    {cellIn(`<c r="B2"><v>1e999</v></c>`), []string{"挂牌:2:title: number"}, nil},
		"control characters":          {cellIn(inline(`<t>a_x000D_b</t>`)), []string{"挂牌:2:title: text_invalid"}, nil},
		"escaped as text":             {cellIn(inline(`<t>a_x005F_x000D_ _xyz _x</t>`)), nil, []string{"2|P1|a_x000D_ _xyz _x||"}},
		"half a surrogate":            {cellIn(inline(`<t>a_xD800_</t>`)), []string{"挂牌:2:title: text_invalid"}, nil},
		"line break":                  {cellIn(inline("<t>a\nb</t>")), []string{"挂牌:2:title: text_invalid"}, nil},
		"no value":                    {cellIn(`<c r="B2" t="s"/><c r="C2" s="1"><v></v></c>`), nil, []string{"2|P1|||"}},

		// Indexes and places.
		"text −1":             {cellIn(`<c r="B2" t="s"><v>-1</v></c>`), []string{"挂牌:2:: structure_index"}, nil},
		"text 4 of 4":         {cellIn(`<c r="B2" t="s"><v>4</v></c>`), []string{"挂牌:2:: structure_index"}, nil},
		"style −1":            {cellIn(`<c r="B2" s="-1"><v>1</v></c>`), []string{"挂牌:2:: structure_index"}, nil},
		"style 3 of 3":        {cellIn(`<c r="B2" s="3"><v>1</v></c>`), []string{"挂牌:2:: structure_index"}, nil},
		"unknown type":        {cellIn(`<c r="B2" t="x"><v>1</v></c>`), []string{"挂牌:2:: structure_index"}, nil},
		"text as a number":    {cellIn(`<c r="B2"><is><t>x</t></is></c>`), []string{"挂牌:2:: structure_index"}, nil},
		"row twice":           {sheet(sheetRow + sheetRow), []string{"挂牌:2:: structure_row"}, []string{"2|P1|社区服务站||"}},
		"rows descending":     {sheet(strings.ReplaceAll(sheetRow, "2\"", "3\"") + sheetRow), []string{"挂牌:3:: structure_row"}, []string{"3|P1|社区服务站||"}},
		"row 0":               {sheet(`<row r="0"/>`), []string{"挂牌:1:: structure_row"}, nil},
		"row 1048577":         {sheet(`<row r="1048577"/>`), []string{"挂牌:1:: structure_row"}, nil},
		"row behind the last": {sheet(`<row r="1048576"/><row/>`), []string{"挂牌:1048576:: structure_row"}, nil},
		"cells descending":    {sheet(`<row r="2"><c r="B2"/><c r="A2"/></row>`), []string{"挂牌:2:: structure_reference"}, nil},
		"cell twice":          {sheet(`<row r="2"><c r="A2"/><c r="A2"/></row>`), []string{"挂牌:2:: structure_reference"}, nil},
		"cell of another row": {sheet(`<row r="2"><c r="A3"/></row>`), []string{"挂牌:2:: structure_reference"}, nil},
		"XFE":                 {sheet(`<row r="2"><c r="XFE2"/></row>`), []string{"挂牌:2:: structure_reference"}, nil},
		"behind XFD":          {sheet(`<row r="2"><c r="XFD2"/><c/></row>`), []string{"挂牌:2:: structure_reference"}, nil},
		"no reference":        {sheet(`<row r="2"><c r=""/></row>`), []string{"挂牌:2:: structure_reference"}, nil},
		"data far out":        {sheet(`<row r="2"><c r="XFD2"><v>1</v></c></row>`), []string{"挂牌:2:: header_empty"}, nil},
		"rows elsewhere":      {sheetStart + `<sheetData>` + sheetHead + `<y:row xmlns:y="x" r="2"/></sheetData>` + sheetEnd, []string{"挂牌:1:: structure_element"}, nil},
		"text between rows":   {sheet(`x` + sheetRow), []string{"挂牌:1:: structure_element"}, nil},
		"rows twice":          {sheetStart + `<sheetData>` + sheetHead + `</sheetData><sheetData>` + sheetRow + `</sheetData>` + sheetEnd, []string{"挂牌:1:: structure_element"}, nil},
		"no rows element":     {sheetStart + sheetEnd, []string{"挂牌:0:: structure_element"}, nil},

		// Markup.
		"cut off":           {strings.TrimSuffix(two, `</row></sheetData></worksheet>`), []string{"挂牌:2:: xlsx_damaged"}, nil},
		"broken":            {sheet(sheetRow + `<row r="3"><c r="A3"<v>1</v></c></row>`), []string{"挂牌:3:: xlsx_damaged"}, []string{"2|P1|社区服务站||"}},
		"tags crossed":      {sheet(`<row r="2"><c></row></c>`), []string{"挂牌:2:: xlsx_damaged"}, nil},
		"two roots":         {two + sheetStart + sheetEnd, []string{"挂牌:2:: xlsx_damaged"}, []string{"2|P1|社区服务站||"}},
		"text behind":       {two + "x", []string{"挂牌:2:: xlsx_damaged"}, []string{"2|P1|社区服务站||"}},
		"attribute twice":   {sheet(`<row r="2" r="3"/>`), []string{"挂牌:1:: xlsx_damaged"}, nil},
		"another root":      {`<chartsheet/>`, []string{"挂牌:0:: xlsx_damaged"}, nil},
		"not XML":           {`{}`, []string{"挂牌:0:: xlsx_damaged"}, nil},
		"document type":     {`<!DOCTYPE x [<!ENTITY a "b">]>` + two, []string{"挂牌:0:: xml_dtd"}, nil},
		"own entity":        {cellIn(inline(`<t>&a;</t>`)), []string{"挂牌:2:: xlsx_damaged"}, nil},
		"too deep":          {sheet(strings.Repeat("<a>", 70)), []string{"挂牌:1:: structure_element"}, nil},
		"too deep, skipped": {sheetStart + strings.Repeat("<a>", 70), []string{"挂牌:0:: xlsx_damaged"}, nil},
		"xi:include":        {sheet(`<xi:include href="file:///etc/passwd"/>`), []string{"挂牌:1:: structure_element"}, nil},
		"another encoding":  {`<?xml version="1.0" encoding="GBK"?>` + two, []string{"挂牌:0:: xlsx_damaged"}, nil},

		// Hidden and merged.
		"hidden row":              {sheet(strings.Replace(sheetRow, `r="2"`, `r="2" hidden="1"`, 1)), []string{"挂牌:2:: hidden_rows"}, []string{"2|P1|社区服务站||"}},
		"row without height":      {sheet(strings.Replace(sheetRow, `r="2"`, `r="2" ht="0" customHeight="1"`, 1)), []string{"挂牌:2:: hidden_rows"}, []string{"2|P1|社区服务站||"}},
		"hidden blank row":        {sheet(sheetRow + `<row r="3" hidden="1"><c r="A3" s="1"/></row>`), nil, []string{"2|P1|社区服务站||"}},
		"hidden header":           {sheetStart + `<sheetData>` + strings.Replace(sheetHead, `r="1"`, `r="1" hidden="true"`, 1) + `</sheetData>` + sheetEnd, []string{"挂牌:1:: hidden_rows"}, nil},
		"all rows hidden":         {strings.Replace(two, `<sheetData>`, `<sheetFormatPr zeroHeight="1"/><sheetData>`, 1), []string{"挂牌:1:: hidden_rows", "挂牌:2:: hidden_rows"}, []string{"2|P1|社区服务站||"}},
		"hidden column":           {strings.Replace(two, `<sheetData>`, `<cols><col min="2" max="5" hidden="1"/></cols><sheetData>`, 1), []string{"挂牌:2:title: hidden_column"}, nil},
		"column without width":    {strings.Replace(two, `<sheetData>`, `<cols><col min="1" max="1" width="0"/></cols><sheetData>`, 1), []string{"挂牌:2:no: hidden_column"}, nil},
		"hidden empty column":     {strings.Replace(two, `<sheetData>`, `<cols><col min="3" max="16384" hidden="1"/></cols><sheetData>`, 1), nil, []string{"2|P1|社区服务站||"}},
		"columns behind the rows": {strings.Replace(two, `</sheetData>`, `</sheetData><cols><col min="1" max="1" hidden="1"/></cols>`, 1), []string{"挂牌:2:: structure_element"}, []string{"2|P1|社区服务站||"}},
		"merges before the rows":  {strings.Replace(two, `<sheetData>`, `<mergeCells><mergeCell ref="A2:A3"/></mergeCells><sheetData>`, 1), []string{"挂牌:0:: structure_element"}, nil},
		"merged data":             {strings.Replace(two, `</sheetData>`, `</sheetData><mergeCells><mergeCell ref="A2:A3"/></mergeCells>`, 1), []string{"挂牌:2:no: merged"}, []string{"2|P1|社区服务站||"}},
		"merged header":           {strings.Replace(two, `</sheetData>`, `</sheetData><mergeCells><mergeCell ref="B1:C1"/></mergeCells>`, 1), []string{"挂牌:1:title: merged"}, []string{"2|P1|社区服务站||"}},
		"merged outside":          {strings.Replace(two, `</sheetData>`, `</sheetData><mergeCells><mergeCell ref="A3:B9"/><mergeCell ref="C1:D9"/></mergeCells>`, 1), nil, []string{"2|P1|社区服务站||"}},
		"merged nothing":          {strings.Replace(two, `</sheetData>`, `</sheetData><mergeCells><mergeCell ref=""/></mergeCells>`, 1), []string{"挂牌:2:: structure_reference"}, []string{"2|P1|社区服务站||"}},

		// Rows that are no data.
		"total":        {sheet(strings.Replace(sheetRow, `t="s"><v>3</v>`, `t="inlineStr"><is><t>小计</t></is>`, 1)), []string{"挂牌:2:: row_total"}, nil},
		"header again": {sheet(strings.NewReplacer(`r="1"`, `r="2"`, `A1`, `A2`, `B1`, `B2`).Replace(sheetHead)), []string{"挂牌:2:: row_header"}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := read(t, file(t, archive(t, entries(tt.sheet))))
			wantFaults(t, got, tt.faults...)
			wantRows(t, got, "plaques", tt.rows...)
		})
	}
}

// What a number in a cell means, by its format.
func TestNumbersMeanWhatTheyShow(t *testing.T) {
	t.Parallel()
	tests := []struct {
		format string // a code, or the number of a built-in one
		value  string
		want   string // the text, or the fault's key
	}{
		{"General", "0.30000000000000004", "0.3"}, {"General", "1000.005", "1000.005"}, {"General", "1000.0049999999999", "1000.005"},
		{"General", "321204001001", "321204001001"}, {"General", "3.21204001001E+11", "321204001001"}, {"General", "1E-7", "0.0000001"},
		{"General", "-0", "0"}, {"General", "-12.50", "-12.5"}, {"General", "007", "7"}, {"General", "999999999999999", "999999999999999"},
		{"General", "1000000000000000", "id_precision"}, {"General", "3.2120419900101E+17", "id_precision"}, {"General", "321204199001011234", "id_precision"},
		{"#,##0.00", "1200.5", "1200.5"}, {`"￥"#,##0.00`, "12", "12"}, {`0.00"元"`, "12", "12"}, {`#,##0.00_);[Red]\(#,##0.00\)`, "-3", "-3"},
		{`_ * #,##0.00_ ;_ * \-#,##0.00_ ;_ * "-"??_ ;_ @_ `, "1234.5", "1234.5"}, {"@", "1234", "1234"}, {"0;;", "5", "5"}, {"# ?/?", "0.5", "0.5"},
		{"[Red]0", "5", "5"}, {`0"%"`, "5", "5"}, {"0.00E+00", "1200", "1200"}, {"G/通用格式", "5", "5"},

		{"14", "45717", "2025-03-01"}, {"yyyy\\-mm\\-dd;@", "45717", "2025-03-01"}, {`yyyy"年"m"月"d"日"`, "45717", "2025-03-01"},
		{`[$-804]yyyy"年"m"月";@`, "45717", "2025-03-01"}, {"31", "45717", "2025-03-01"}, {"57", "45717", "2025-03-01"}, {"年月日", "45717", "2025-03-01"},
		{"14", "1", "1900-01-01"}, {"14", "59", "1900-02-28"}, {"14", "60", "date_invalid"}, {"14", "61", "1900-03-01"}, {"14", "0", "date_invalid"},
		{"14", "-1", "date_invalid"}, {"14", "2958465", "9999-12-31"}, {"14", "2958466", "date_invalid"}, {"14", "45717.5", "date_time"},
		{"22", "45717.000000000001", "2025-03-01"}, {"h:mm", "0.5", "date_invalid"}, {"[h]:mm", "30.5", "date_time"}, {"[h]", "45717.25", "date_time"},

		{"9", "0.02", "2%"}, {"10", "0.0125", "1.25%"}, {"9", "0.0125", "percent_hidden"}, {"0.0%", "1", "100%"}, {"0%", "0", "0%"}, {"0.00%", "-0.5", "-50%"},
		{"0.0#%", "0.0125", "1.25%"}, {"0%;-0%", "0.29", "29%"}, {"0.00%", "0.07", "7%"}, {"0.00%", "0.28999999999999998", "29%"}, {"0%", "12.34", "1234%"},

		{"0,", "83500", "number_scaled"}, {"#,##0,,", "1", "number_scaled"}, {"0.00,", "83500", "number_scaled"}, {`0!.0,"万"`, "83500", "number_scaled"}, {`0\.0000`, "83500", "number_scaled"},
		{`0"."0000"万元"`, "83500", "number_scaled"}, {`0.00"万元"`, "8.35", "number_scaled"}, {`[>=10000]0!.0,"万";0`, "5", "number_scaled"}, {"0,", "0", "0"},
		{";;;", "5", "number_scaled"}, {`"已付"`, "5", "number_scaled"}, {"0%%", "5", "number_scaled"}, {`#,##0.00"亿元"`, "1", "number_scaled"},
		{`0"`, "5", "5"}, {`0\`, "5", "5"}, {`0[`, "5", "5"}, {"", "5", "5"}, {`"`, "5", "number_scaled"},
	}
	for i, tt := range tests {
		t.Run(fmt.Sprint(i, tt.format, " ", tt.value), func(t *testing.T) {
			t.Parallel()
			id, declared := tt.format, ""
			if _, err := strconv.Atoi(id); err != nil {
				code := strings.NewReplacer("&", "&amp;", `"`, "&quot;", "<", "&lt;", ">", "&gt;").Replace(tt.format)
				id, declared = "170", `<numFmts><numFmt numFmtId="170" formatCode="`+code+`"/></numFmts>`
			}
			styles := `<styleSheet>` + declared + `<cellXfs><xf numFmtId="0"/><xf numFmtId="` + id + `"/></cellXfs></styleSheet>`
			parts := with(entries(cellIn(`<c r="B2" s="1"><v>`+tt.value+`</v></c>`)), entry{name: "xl/styles.xml", text: styles})
			got := read(t, file(t, archive(t, parts)))
			text := ""
			for _, f := range got.faults {
				text += f.Expect.Key
			}
			for _, row := range got.rows["plaques"] {
				text += strings.TrimSuffix(strings.TrimPrefix(row, "2|P1|"), "||")
			}
			if text != tt.want {
				t.Errorf("%s in %s reads %q, want %q", tt.value, tt.format, text, tt.want)
			}
		})
	}
}

// TestDaysFrom1904AndISODates: serial days of either system (#11).
func TestDaysFrom1904AndISODates(t *testing.T) {
	t.Parallel()
	row := func(n int, cell string) string { return fmt.Sprintf(`<row r="%d"><c r="A%d" %s</c></row>`, n, n, cell) }
	rows := row(2, `s="2"><v>0</v>`) + row(3, `s="1"><v>44255</v>`) + row(4, `t="d"><v>2025-03-01</v>`) + row(5, `t="d"><v>2025-03-01T00:00:00.000Z</v>`) +
		row(6, `t="d"><v>2025-03-01T12:00:00</v>`) + row(7, `t="d"><v>2025-02-30</v>`) + row(8, `><v>44255</v>`)
	book := strings.Replace(partWorkbook, "<sheets>", `<workbookPr date1904="1"/><sheets>`, 1)
	got := read(t, file(t, archive(t, with(entries(sheet(rows)), entry{name: "xl/workbook.xml", text: book}))))
	wantFaults(t, got, "挂牌:6:no: date_time", "挂牌:7:no: date_invalid")
	wantRows(t, got, "plaques", "2|1904-01-01|||", "3|2025-03-01|||", "4|2025-03-01|||", "5|2025-03-01|||", "8|44255|||")
	if !got.date04 {
		t.Error("the book does not say that it counts from 1904")
	}
}

// What a reader of the screen sees is what excelize, and so Excel, writes.
func TestAnHonestWorkbook(t *testing.T) {
	t.Parallel()
	path := spreadsheet(t, func(x *excelize.File) {
		percent, err := x.NewStyle(&excelize.Style{NumFmt: 10})
		fatalIfErr(t, err)
		text, err := x.NewStyle(&excelize.Style{NumFmt: 49})
		fatalIfErr(t, err)
		fatalIfErr(t, x.SetSheetRow("挂牌", "A1", &[]any{"牌号", "名称", "位置", "比例", "备注"}))
		fatalIfErr(t, x.SetSheetRow("挂牌", "A2", &[]any{"0123", 0.1 + 0.2, true, 0.0125}))
		fatalIfErr(t, x.SetCellStyle("挂牌", "D2", "D2", percent))
		fatalIfErr(t, x.SetCellStyle("挂牌", "A2", "A2", text))
		fatalIfErr(t, x.SetCellRichText("挂牌", "B3", []excelize.RichTextRun{{Text: "社区"}, {Text: "之家", Font: &excelize.Font{Bold: true}}}))
		fatalIfErr(t, x.SetCellFormula("挂牌", "E3", "=ROW()")) // in 备注, which is left alone
		_, err = x.NewSheet("说明")
		fatalIfErr(t, err)
		fatalIfErr(t, x.SetCellFormula("说明", "A1", "=1+1"))
		_, err = x.NewSheet("tasks")
		fatalIfErr(t, err)
		fatalIfErr(t, x.SetSheetRow("tasks", "B2", &[]any{"no", "amount"}))
		fatalIfErr(t, x.SetSheetRow("tasks", "B4", &[]any{"T1", 8.35}))
	})
	got := read(t, path)
	wantFaults(t, got)
	wantRows(t, got, "plaques", "2|0123|0.3|TRUE|1.25%", "3||社区之家||")
	wantRows(t, got, "tasks", "4|T1||||||||||8.35|||")
}

func TestAbuseOfWorkbooks(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fill   func(x *excelize.File) error
		faults []string
	}{
		"unknown sheet":  {func(x *excelize.File) error { _, err := x.NewSheet("任务"); return err }, []string{"任务:0:: sheet_unknown"}},
		"both names":     {func(x *excelize.File) error { _, err := x.NewSheet("plaques"); return err }, []string{"plaques:0:: sheet_twice"}},
		"hidden sheet":   {func(x *excelize.File) error { return hide(x, "交办", true) }, []string{"交办:0:: hidden_sheet"}},
		"hidden, empty":  {func(x *excelize.File) error { return hide(x, "交办", false) }, nil},
		"hidden, unused": {func(x *excelize.File) error { return hide(x, "_lists", true) }, nil},
		"filtered rows": {func(x *excelize.File) error {
			for row := 2; row < 10; row++ {
				if err := x.SetCellStr("挂牌", fmt.Sprint("A", row), "P"); err != nil {
					return err
				}
				if err := x.SetRowVisible("挂牌", row, row%2 == 0); err != nil {
					return err
				}
			}
			return x.AutoFilter("挂牌", "A1:A9", []excelize.AutoFilterOptions{{Column: "A", Expression: "x != blanks"}})
		}, []string{"挂牌:3:: hidden_rows"}},
		"link to another file": {func(x *excelize.File) error {
			x.Pkg.Store("xl/externalLinks/externalLink1.xml", []byte(`<externalLink/>`))
			return nil
		}, []string{"账.xlsx:0:: external_link"}},
		"macros": {func(x *excelize.File) error {
			x.Pkg.Store("xl/vbaProject.bin", []byte("x"))
			return nil
		}, []string{"账.xlsx:0:: file_type_macros"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := spreadsheet(t, func(x *excelize.File) {
				fatalIfErr(t, x.SetSheetRow("挂牌", "A1", &[]any{"no"}))
				fatalIfErr(t, tt.fill(x))
			})
			wantFaults(t, read(t, path), tt.faults...)
		})
	}
}

func hide(x *excelize.File, name string, data bool) error {
	if _, err := x.NewSheet(name); err != nil {
		return err
	}
	if err := x.SetSheetRow(name, "A1", &[]any{"no"}); err != nil {
		return err
	}
	if data {
		if err := x.SetSheetRow(name, "A2", &[]any{"T1"}); err != nil {
			return err
		}
	}
	return x.SetSheetVisible(name, false)
}
