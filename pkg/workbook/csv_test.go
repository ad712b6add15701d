package workbook_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"feisui/pkg/workbook"
)

// What people and programs do to CSV files. Each row is a folder, the faults
// it has and the rows of 挂牌 that are read all the same.
func TestAbuseOfCSV(t *testing.T) {
	t.Parallel()
	gb := func(s string) string {
		b, err := simplifiedchinese.GB18030.NewEncoder().String(s)
		fatalIfErr(t, err)
		return b
	}
	utf16 := func(policy unicode.BOMPolicy) string {
		b, err := unicode.UTF16(unicode.LittleEndian, policy).NewEncoder().String("no,title\n1,a\n")
		fatalIfErr(t, err)
		return b
	}
	const chinese = "no,名称\nP1,社区\n"
	tests := map[string]struct {
		text   string
		faults []string
		rows   []string
	}{
		// Encodings.
		"UTF-16 with its mark":             {utf16(unicode.UseBOM), []string{"挂牌.csv:0:: encoding_utf16"}, nil},
		"UTF-16 without":                   {utf16(unicode.IgnoreBOM), []string{"挂牌.csv:0:: encoding_utf16"}, nil},
		"GB18030 after UTF-8":              {chinese + gb("P2,汉字\n"), []string{"挂牌.csv:3:: encoding"}, nil},
		"UTF-8 after GB18030":              {gb(chinese) + "P2,社区服务\n", []string{"挂牌.csv:3:: encoding"}, nil},
		"GB18030 behind the mark of UTF-8": {"\uFEFF" + gb(chinese), []string{"挂牌.csv:1:: encoding"}, nil},
		"neither":                          {gb(chinese) + "P2,\xFF\xFF\n", []string{"挂牌.csv:3:: encoding"}, nil},
		"UTF-8 cut within a character":     {chinese + "P2,社\xE5\x8C", []string{"挂牌.csv:3:: encoding"}, nil},
		"GB18030 that UTF-8 would read":    {gb("no,名称\n1,联\n"), nil, []string{"2|1|联||"}},
		"GB18030 of later editions":        {gb("no,名称\n") + "1,\xFE\x59\xAF\xFE\xA7\xA0\n", nil, []string{"2|1|\u9FB4\uE233\uE765||"}},

		// Delimiters, widths, headers.
		"semicolons":               {"no;title\n1;a\n", []string{"挂牌.csv:1:: csv_delimiter"}, nil},
		"tabs":                     {"no\ttitle\n1\ta\n", []string{"挂牌.csv:1:: csv_delimiter"}, nil},
		"full-width commas":        {"no，title\n1，a\n", []string{"挂牌.csv:1:: csv_delimiter"}, nil},
		"one column":               {"no\n1\n", nil, []string{"2|1|||"}},
		"reordered, full width":    {" 名称 ,ｎｏ\na,1\n", nil, []string{"2|1|a||"}},
		"too few cells":            {"no,title\n1\n2,b\n", []string{"挂牌.csv:2:: row_width"}, []string{"3|2|b||"}},
		"too many cells":           {"no,title\n1,a,x\n2,b\n", []string{"挂牌.csv:2:: row_width"}, []string{"3|2|b||"}},
		"empty cells too many":     {"no,title\n1,a,, \n", nil, []string{"2|1|a||"}},
		"empty headers at the end": {"no,title,,\n1,a\n2,b,,\n", nil, []string{"2|1|a||", "3|2|b||"}},
		"data under no header":     {"no,,title\n1,,a\n2,x,b\n3,y,c\n", []string{"挂牌.csv:3:: header_empty"}, []string{"2|1|a||"}},
		"unknown column":           {"no,titel\n1,a\n", []string{"挂牌.csv:1:titel: header_unknown"}, []string{"2|1|||"}},
		"other case":               {"No,title\n1,a\n", []string{"挂牌.csv:1:No: header_unknown"}, []string{"2||a||"}},
		"a column twice":           {"no,title,no\n1,a,2\n", []string{"挂牌.csv:1:no: header_twice"}, []string{"2|1|a||"}},
		"a column in both names":   {"no,title,牌号\n1,a,2\n", []string{"挂牌.csv:1:no: header_twice"}, []string{"2|1|a||"}},

		// Quotes.
		"quotes":                {"no,title\n\"1\",\"a \"\"b\"\", c\"\n", nil, []string{`2|1|a "b", c||`}},
		"empty quotes":          {"no,title\n\"\",\"\"\n1,\"\"\n", nil, []string{"3|1|||"}},
		"bare quote":            {"no,title\n1,a\"b\n2,c\n", []string{"挂牌.csv:2:: csv_quote"}, []string{"3|2|c||"}},
		"text behind a quote":   {"no,title\n1,\"a\"b\n2,c\n", []string{"挂牌.csv:2:: csv_quote"}, []string{"3|2|c||"}},
		"quote never closed":    {"no,title\n1,a\n2,\"b\n3,c\n4,d\n", []string{"挂牌.csv:3:: csv_quote_open"}, []string{"2|1|a||"}},
		"quote at the very end": {"no,title\n1,\"", []string{"挂牌.csv:2:: csv_quote_open"}, nil},
		"line break in a cell":  {"no,title\n1,\"a\nb\"\n2,c\n", []string{"挂牌.csv:2:: csv_line_break"}, []string{"4|2|c||"}},
		"quote in the header":   {"no,\"title\n1,a\n", []string{"挂牌.csv:1:: csv_quote_open"}, nil},

		// Lines.
		"CR only":          {"no,title\r1,a\r2,b\r", []string{"挂牌.csv:1:: csv_line_end"}, nil},
		"a CR on its own":  {"no,title\n1,a\rb\n2,c\n", []string{"挂牌.csv:2:: csv_line_end"}, []string{"3|2|c||"}},
		"mixed LF, CR LF":  {"no,title\r\n1,a\n2,b\r\n3,c", nil, []string{"2|1|a||", "3|2|b||", "4|3|c||"}},
		"a line of 1 MiB":  {"no,title\n1," + strings.Repeat("a", 1<<20) + "\n", []string{"挂牌.csv:2:: csv_line_long"}, nil},
		"17,000 columns":   {"no,title" + strings.Repeat(",", 17_000), []string{"挂牌.csv:1:: column_limit"}, nil},
		"too many rows":    {"no,title\n" + strings.Repeat("\n", 1<<20-1) + "1,a\n", []string{"挂牌.csv:1048577:: row_limit"}, nil},
		"as many as fit":   {"no,title\n" + strings.Repeat("\n", 1<<20-2) + "1,a\n", nil, []string{"1048576|1|a||"}},
		"nothing":          {"", []string{"挂牌.csv:0:: file_empty"}, nil},
		"only the mark":    {"\uFEFF", []string{"挂牌.csv:0:: file_empty"}, nil},
		"only blank lines": {"\n,,\n \n", []string{"挂牌.csv:0:: file_empty"}, nil},
		"only a header":    {"no,title\n", nil, nil},

		// Rows that are no data.
		"blank rows":           {"\nno,title\n,\n1,a\n\u3000,\u200b\n\n2,b\n,,,,\n", nil, []string{"4|1|a||", "7|2|b||"}},
		"only a serial number": {"序号,no,title\n1,P1,a\n2,,\n", nil, []string{"2|P1|a||"}},
		"total row":            {"no,title\n1,a\n合计,2\n", []string{"挂牌.csv:3:: row_total"}, []string{"2|1|a||"}},
		"total in 序号":          {"序号,no,title\n1,P1,a\n总 计：,,2\n", []string{"挂牌.csv:3:: row_total"}, []string{"2|P1|a||"}},
		"short total row":      {"no,title\n1,a\nTOTAL\n", []string{"挂牌.csv:3:: row_total"}, []string{"2|1|a||"}},
		"subtotal, behind":     {"no,title\n,小计\n", []string{"挂牌.csv:2:: row_total"}, nil},
		"header again":         {"no,title\n1,a\n牌号,title\n2,b\n", []string{"挂牌.csv:3:: row_header"}, []string{"2|1|a||", "4|2|b||"}},

		// Text.
		"NUL":              {"no,title\n" + strings.Repeat("1,a\n", 300) + "2,\x00\n", []string{"挂牌.csv:302:title: text_invalid"}, repeat("1|a||", 300)},
		"tab inside":       {"no,title\n1,a\tb\n", []string{"挂牌.csv:2:title: text_invalid"}, nil},
		"tab at the end":   {"no,title\n1\t,a\n", nil, []string{"2|1|a||"}},
		"C1 control":       {"no,title\n1,a\u0085b\n", []string{"挂牌.csv:2:title: text_invalid"}, nil},
		"line separator":   {"no,title\n1,a\u2028b\n", []string{"挂牌.csv:2:title: text_invalid"}, nil},
		"bidi override":    {"no,title\n1,\u202Ea\n", []string{"挂牌.csv:2:title: text_invalid"}, nil},
		"bidi isolate":     {"no,title\n1,a\u2066b\n", []string{"挂牌.csv:2:title: text_invalid"}, nil},
		"non-character":    {"no,title\n1,a\uFFFEb\n2,\U0010FFFF\n3,\uFDD0\n", []string{"挂牌.csv:2:title: text_invalid", "挂牌.csv:3:title: text_invalid", "挂牌.csv:4:title: text_invalid"}, nil},
		"lost character":   {"no,title\n1,a\uFFFDb\n", []string{"挂牌.csv:2:title: text_invalid"}, nil},
		"marks alone":      {"no,title\n1,\u0301\u0302\n", []string{"挂牌.csv:2:title: text_invalid"}, nil},
		"NFD":              {"no,title\n1,Cafe\u0301\n", nil, []string{"2|1|Caf\u00e9||"}},
		"as long as can":   {"no,title\n1," + strings.Repeat("长", 4096) + "\n", nil, []string{"2|1|" + strings.Repeat("长", 4096) + "||"}},
		"too long":         {"no,title\n1," + strings.Repeat("长", 4097) + "\n", []string{"挂牌.csv:2:title: too_long"}, nil},
		"too long, ASCII":  {"no,title\n1," + strings.Repeat("a", 4097) + "\n", []string{"挂牌.csv:2:title: too_long"}, nil},
		"bad in 备注":        {"no,备注\n1,a\x01\n", nil, []string{"2|1|||"}},
		"formulas as text": {"no,title\n=1+1,@SUM(A1)\n-2,+3\n", nil, []string{"2|=1+1|@SUM(A1)||", "3|-2|+3||"}},
		"width is kept":    {"no,title\n１,（Ａ）\n", nil, []string{"2|１|（Ａ）||"}},
		"scripts as text":  {"no,title\n1,<script>{{7*7}}'; DROP%s%n\n", nil, []string{"2|1|<script>{{7*7}}'; DROP%s%n||"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := read(t, folder(t, map[string]string{"挂牌.csv": tt.text}))
			wantFaults(t, got, tt.faults...)
			wantRows(t, got, "plaques", tt.rows...)
		})
	}
}

// repeat gives n rows with the same cells, from row 2 on.
func repeat(cells string, n int) []string {
	var rows []string
	for i := range n {
		rows = append(rows, strconv.Itoa(i+2)+"|"+cells)
	}
	return rows
}

func TestAbuseOfFolders(t *testing.T) {
	t.Parallel()
	outside := folder(t, map[string]string{"secret.csv": "no,title\n1,a\n"})
	tests := map[string]struct {
		files  map[string]string
		change func(t *testing.T, dir string)
		faults []string
	}{
		"nothing":         {nil, nil, []string{"FOLDER:0:: no_sheet"}},
		"unknown sheet":   {map[string]string{"task.csv": "no\n"}, nil, []string{"task.csv:0:: sheet_unknown"}},
		"both names":      {map[string]string{"tasks.csv": "no\n", "交办.csv": "no\n"}, nil, []string{"交办.csv:0:: sheet_twice"}},
		"a workbook":      {map[string]string{"tasks.csv": "no\n", "账.XLSX": "PK"}, nil, []string{"账.XLSX:0:: folder_spreadsheet"}},
		"an old workbook": {map[string]string{"tasks.csv": "no\n", "账.xls": ""}, nil, []string{"账.xls:0:: folder_spreadsheet"}},
		"a folder named so": {nil, func(t *testing.T, dir string) {
			fatalIfErr(t, os.Mkdir(filepath.Join(dir, "tasks.csv"), 0o700))
		}, []string{"tasks.csv:0:: file_not_regular"}},
		"a pipe": {nil, func(t *testing.T, dir string) {
			fatalIfErr(t, syscall.Mkfifo(filepath.Join(dir, "tasks.csv"), 0o600))
		}, []string{"tasks.csv:0:: file_not_regular"}},
		"a link out of it": {nil, func(t *testing.T, dir string) {
			fatalIfErr(t, os.Symlink(filepath.Join(outside, "secret.csv"), filepath.Join(dir, "tasks.csv")))
		}, []string{"tasks.csv:0:: file_not_regular"}},
		"a link inside": {map[string]string{".old": "no\n1\n"}, func(t *testing.T, dir string) {
			fatalIfErr(t, os.Symlink(".old", filepath.Join(dir, "tasks.csv")))
		}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t, tt.files)
			if tt.change != nil {
				tt.change(t, dir)
			}
			for i, f := range tt.faults {
				tt.faults[i] = strings.ReplaceAll(f, "FOLDER", filepath.Base(dir))
			}
			wantFaults(t, read(t, dir), tt.faults...)
		})
	}
}

func TestFaultsSayWhatIsNeededToMendThem(t *testing.T) {
	t.Parallel()
	got := read(t, folder(t, map[string]string{"挂牌.csv": "no,titel\n\"1,a\n", "Tasks.csv": ""}))
	var said []string
	for _, f := range got.faults {
		said = append(said, f.Found+" → "+workbook.Messages.Say("en", f.Expect)+" · "+workbook.Messages.Say("zh-CN", f.Expect))
	}
	want := []string{
		"Tasks → one of the sheets tasks·交办, plaques·挂牌 · 没有这张表，应为以下之一：tasks·交办, plaques·挂牌",
		"titel → one of the columns no·牌号, title·名称, zone·位置, share·比例 · 没有这一列，应为以下之一：no·牌号, title·名称, zone·位置, share·比例",
		"\"1,a → a closing quote: the rest of the file cannot be told apart · 缺少右引号，其后的内容无法辨认：请补上引号",
	}
	if strings.Join(said, "\n") != strings.Join(want, "\n") {
		t.Errorf("said:\n%s", strings.Join(said, "\n"))
	}
}
