package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"feisui/pkg/civil"
	"feisui/services/feisui/serve"
)

// march is a statement of which two lines say what they are for, one names a task
// that there is not, and one somebody whom nobody knows.
const march = bankHead +
	"1,ZF-001,2025-03-03,民政局,北社区,,120.00,,拨付JB-2025-001经费第一笔,9880.00\n" +
	"2,ZF-002,2025-03-03,D01,南社区,,60,A01,高龄津贴,9820.00\n" +
	"3,ZF-003,2025/3/3,民政局,北社区,,40,,JB-2025-0019尾款 电话13812345678,9780.00\n" +
	"4,ZF-004,2025-03-03,民政局,某某商贸有限公司,,1000.50,,办公用品,8779.50\n"

// TestABankStatement: what says enough is a payment, what does not waits and counts
// in no figure, and the same file again changes nothing and says so.
func TestABankStatement(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := moneyPlayed(t, place)
	preview := s.took(financeOne, march, bankAsked("零余额账户", mapping, "", "dry_run", "true"))
	if preview.Total != 122050 || preview.Payments != (serve.Share{Lines: 2, Total: 18000}) || preview.Pool != (serve.Share{Lines: 2, Total: 104050}) || preview.Position != 0 {
		t.Errorf("%+v", preview)
	}
	if p := s.pool(financeOne); p.Waiting.Lines != 0 {
		t.Errorf("a preview pools: %+v", p)
	}
	taken := s.took(financeOne, march, bankAsked("零余额账户", mapping, "1,220.50", "lines", "4"))
	on := civil.Of(2025, time.March, 3)
	want := []serve.BankLine{
		{Row: 2, Voucher: "ZF-001", Amount: 12000, PaidOn: on, Payer: "D01", Payee: north, Community: north, Outcome: "payment", Rule: "task", Purpose: "task:JB-2025-001"},
		{Row: 3, Voucher: "ZF-002", Amount: 6000, PaidOn: on, Payer: "D01", Payee: south, Community: south, Outcome: "payment", Rule: "item", Purpose: "item:A01"},
		{Row: 4, Voucher: "ZF-003", Amount: 4000, PaidOn: on, Payer: "D01", Payee: north, Community: north, Outcome: "pool", Why: "purpose"},
		{Row: 5, Voucher: "ZF-004", Amount: 100050, PaidOn: on, Payer: "D01", Outcome: "pool", Why: "payee"},
	}
	if !slices.Equal(taken.List, want) || !slices.Equal(preview.List, want) {
		t.Errorf("%+v", taken.List)
	}
	if f := s.figures(north, "2025-03-03"); f.Tally.InTransit != 12000 {
		t.Errorf("what waits counts: %+v", f)
	}
	p := s.pool(financeOne)
	if p.Waiting != (serve.Share{Lines: 2, Total: 104050}) || len(p.Lines) != 2 || !strings.Contains(p.Lines[0].Summary, "****5678") {
		t.Errorf("%+v", p)
	}
	// Who gets the money is asked to confirm it.
	if in := s.stands("payment", "ZF-001", "paid"); !in.Begun || in.Due == nil {
		t.Errorf("%+v", in)
	}
	before := place.said(t)
	again := s.took(financeTwo, march, bankAsked("零余额账户", "", "1220.5"))
	if again.Known.Lines != 4 || again.Payments.Lines+again.Pool.Lines != 0 || place.said(t) != before {
		t.Errorf("%+v", again)
	}
	// The same lines in a spreadsheet, with the mapping that is remembered.
	sheet := s.bank(financeTwo, "", "三月.xlsx", statementXLSX(t, march, nil), bankAsked("零余额账户", "", "1220.5"))
	var known serve.BankStatement
	if sheet.into(t, &known); sheet.status != http.StatusOK || known.Known.Lines != 4 || place.said(t) != before {
		t.Errorf("%d %s", sheet.status, sheet.body)
	}
}

// TestALineIsPlaced: by who knows what it is; then it is a payment like any other,
// and final. What is set aside with a reason is counted apart, and may come back.
func TestALineIsPlaced(t *testing.T) {
	t.Parallel()
	s := moneyPlayed(t, shared(t))
	s.took(financeOne, march, bankAsked("零余额账户", mapping, "1220.5"))
	step := func(voucher, action string) string { return moneyStep("bank_line", voucher, action) }
	for form, field := range map[string]string{
		`{"payee":"` + north + `","purpose":"task:JB-2025-009"}`:                                "purpose",
		`{"payee":"` + south + `","purpose":"task:JB-2025-001"}`:                                "purpose",
		`{"payee":"D99","purpose":"department"}`:                                                "payee",
		`{"payee":"` + north + `"}`:                                                             "purpose",
		`{"payee":"` + north + `","purpose":"department","upstream":"ZF-001"}`:                  "upstream",
		`{"payee":"` + north + `","purpose":"department","community":"` + "431026102009" + `"}`: "community",
	} {
		a := s.ask(financeOne, http.MethodPost, step("ZF-003", "place"), "", form)
		if p := a.problem(t); a.status != 422 || len(p.Errors) == 0 || p.Errors[0].Field != field {
			t.Errorf("%s: %d %s", form, a.status, a.body)
		}
	}
	if a := s.ask(otherMoney, http.MethodPost, step("ZF-003", "place"), "", `{"payee":"`+north+`","purpose":"task:JB-2025-001"}`); a.status != http.StatusNotFound {
		t.Errorf("another street: %d %s", a.status, a.body)
	}
	if state := s.done(financeOne, step("ZF-003", "place"), `{"payee":"`+north+`","purpose":"task:JB-2025-001"}`); state != "placed" {
		t.Errorf("%s", state)
	}
	if state := s.done(financeOne, step("ZF-004", "set_aside"), `{"reason":"本单位办公费"}`); state != "set_aside" {
		t.Errorf("%s", state)
	}
	if p := s.pool(ofAuthority); p.Waiting.Lines != 0 || p.SetAside != (serve.Share{Lines: 1, Total: 100050}) {
		t.Errorf("%+v", p)
	}
	if f := s.figures(north, "2025-03-03"); f.Tally.InTransit != 16000 {
		t.Errorf("%+v", f)
	}
	if a := s.ask(financeTwo, http.MethodPost, step("ZF-003", "set_aside"), "", `{"reason":"x"}`); a.status != http.StatusConflict {
		t.Errorf("a placed line moves: %d %s", a.status, a.body)
	}
	s.done(northOfficer, moneyStep("payment", "ZF-003", "confirm"), `{"amount":"40"}`)
	s.done(financeTwo, step("ZF-004", "reopen"), `{"reason":"再看"}`)
	s.rows("payments", `{"voucher":"ZF-004","paid_on":"2025-03-03","payer":"D01","payee":"`+south+`","amount":"1000.50"}`)
	s.stands("bank_line", "ZF-004", "placed") // recorded by another door, it is the same money
	if again := s.took(financeOne, march, bankAsked("零余额账户", "", "1220.5")); again.Known.Lines != 4 {
		t.Errorf("%+v", again)
	}
}

// TestALineOverTheLimit is no way around the second person: neither for one line nor
// for parts of a day, in the file or beside it.
func TestALineOverTheLimit(t *testing.T) {
	t.Parallel()
	s := moneyPlayed(t, shared(t))
	lines := bankHead +
		"1,ZF-1,2025-03-03,D01,北社区,,300000,,JB-2025-001,\n" +
		"2,ZF-2,2025-03-03,D01,北社区,,200000.01,,JB-2025-001,\n" +
		"3,ZF-3,2025-03-03,D01,南社区,,500000,A01,,\n"
	taken := s.took(financeOne, lines, bankAsked("专户", mapping, "1000000.01"))
	if taken.Payments.Lines != 1 || taken.Pool.Lines != 2 || taken.List[0].Why != "limit" {
		t.Errorf("%+v", taken)
	}
	placed := `{"payee":"` + north + `","purpose":"task:JB-2025-001"}`
	if state := s.done(financeOne, moneyStep("bank_line", "ZF-1", "place"), placed); state != "placed" {
		t.Errorf("%s", state)
	}
	if state := s.done(financeOne, moneyStep("bank_line", "ZF-2", "place"), placed); state != "proposed" {
		t.Errorf("%s", state)
	}
	if a := s.ask(financeOne, http.MethodPost, moneyStep("bank_line", "ZF-2", "approve"), "", ""); a.status != http.StatusForbidden {
		t.Errorf("%d %s", a.status, a.body)
	}
	if f := s.figures(north, "2025-03-03"); f.Tally.InTransit != 30000000 {
		t.Errorf("%+v", f)
	}
	if state := s.done(financeTwo, moneyStep("bank_line", "ZF-2", "approve"), ""); state != "placed" {
		t.Errorf("%s", state)
	}
	if f := s.figures(north, "2025-03-03"); f.Tally.InTransit != 50000001 {
		t.Errorf("%+v", f)
	}
}

// TestABadStatement is refused whole, with every fault at its row and column.
func TestABadStatement(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := moneyPlayed(t, place)
	s.took(financeOne, march, bankAsked("零余额账户", mapping, "1220.5"))
	s.rows("departments", `{"code":"D03","name":"民政局","kind":"department"}`) // another of the same name
	line := func(cells string) []byte { return []byte(bankHead + "1," + cells + ",\n") }
	good := "ZF-9,2025-03-03,D01," + north + ",,10,,JB-2025-001"
	with := func(old, now string) []byte { return line(strings.Replace(good, old, now, 1)) }
	gbk, err := simplifiedchinese.GB18030.NewEncoder().Bytes(line(good))
	if err != nil {
		t.Fatal(err)
	}
	before := place.said(t)
	for name, c := range map[string]struct {
		content []byte
		total   string
		field   string // of the first fault, with its row
		row     int
	}{
		"#1 three decimals":                     {with(",10,", ",10.005,"), "10", "amount", 2},
		"#2 an exponent":                        {with(",10,", ",1e6,"), "10", "amount", 2},
		"#3 nothing":                            {with(",10,", ",0,"), "0", "amount", 2},
		"#3 less than nothing":                  {with(",10,", ",-10,"), "10", "amount", 2},
		"#4 more than there is":                 {with(",10,", ",9223372036854775808,"), "10", "amount", 2},
		"#6 Chinese numerals":                   {with(",10,", ",壹佰,"), "10", "amount", 2},
		"#9 no such day":                        {with("2025-03-03", "2025-02-30"), "10", "paid_on", 2},
		"#10 a day in another order":            {with("2025-03-03", "03/04/2025"), "10", "paid_on", 2},
		"#12 tomorrow":                          {with("2025-03-03", "2025-03-04"), "10", "paid_on", 2},
		"#12 a year that is none":               {with("2025-03-03", "0025-03-03"), "10", "paid_on", 2},
		"#13 a time":                            {with("2025-03-03", "2025-03-03 24:00"), "10", "paid_on", 2},
		"#15 no voucher":                        {with("ZF-9", "\u200b"), "10", "voucher", 2},
		"#37 a voucher twice":                   {append(line(good), []byte("2,"+good+",\n")...), "20", "voucher", 3},
		"#38 a voucher with another amount":     {[]byte(bankHead + "1,ZF-001,2025-03-03,D01," + north + ",,121,,,\n"), "121", "amount", 2},
		"#38 a pooled one with another day":     {[]byte(bankHead + "1,ZF-004,2025-03-02,D01,某某商贸有限公司,,1000.50,,,\n"), "1000.5", "paid_on", 2},
		"#41 semicolons":                        {bytes.ReplaceAll(line(good), []byte(","), []byte(";")), "10", "", 0},
		"#42 a row too long":                    {append(line(good), []byte("2,ZF-8,2025-03-03,D01,"+north+",,10,,,,,,多\n")...), "20", "", 3},
		"#42 a header twice":                    {bytes.Replace(line(good), []byte("余额"), []byte("附言"), 1), "10", "summary", 1},
		"#43 a quote that is open":              {with("JB-2025-001", `"JB-2025-001`), "10", "", 0},
		"#45 a header alone":                    {[]byte(bankHead), "0", "", 0},
		"#45 nothing at all":                    {nil, "0", "", 0},
		"#46 a total below":                     {append(line(good), []byte("合计,,,,,,10,,,\n")...), "10", "", 3},
		"#46 the header again":                  {append(line(good), []byte(bankHead)...), "10", "", 3},
		"#66 two of one name":                   {with("D01", "民政局"), "10", "payer", 2},
		"#66 nobody pays":                       {with("D01", "无此单位"), "10", "payer", 2},
		"a column that is mapped and not there": {bytes.Replace(line(good), []byte("附言"), []byte("用途"), 1), "10", "summary", 1},
	} {
		a := s.bank(financeOne, "", "流水.csv", c.content, bankAsked("零余额账户", mapping, c.total))
		p := refusedRows(t, a)
		if a.status != 422 || p.Code != "WORKBOOK_REFUSED" || c.row > 0 && (p.Errors[0].Row != c.row || c.field != "" && p.Errors[0].Field != c.field) {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if now := place.said(t); now != before {
		t.Errorf("%d entries were recorded by what was refused", now-before)
	}
	// A code that lost its zeros is nobody's, and is not completed by guess (#53).
	var lost serve.BankStatement
	s.bank(financeOne, "", "流水.csv", with(north, "43102610200"), bankAsked("零余额账户", mapping, "10", "dry_run", "true")).into(t, &lost)
	if lost.Pool.Lines != 1 || lost.List[0].Why != "payee" {
		t.Errorf("%+v", lost)
	}
	// The control: the same line is taken, in either encoding (#39).
	for _, content := range [][]byte{line(good), gbk} {
		if a := s.bank(financeOne, "", "流水.csv", content, bankAsked("零余额账户", mapping, "10")); a.status != http.StatusOK {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
}

// faultsWithRows is a problem of a file.
type faultsWithRows struct {
	Code, Title string
	Errors      []struct {
		Field, Found, Zh string
		Row              int
	}
}

func refusedRows(t *testing.T, a answer) (p faultsWithRows) {
	t.Helper()
	if a.into(t, &p); p.Code == "WORKBOOK_REFUSED" && len(p.Errors) == 0 {
		t.Fatalf("%s", a.body)
	}
	return p
}

// TestABadSpreadsheet: what a spreadsheet shows and does not hold is refused.
func TestABadSpreadsheet(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := moneyPlayed(t, place)
	before := place.said(t)
	set := func(f *excelize.File, at string, v any) {
		if err := f.SetCellValue("Sheet1", at, v); err != nil {
			t.Fatal(err)
		}
	}
	for name, spoil := range map[string]func(f *excelize.File){
		"#49 a formula": func(f *excelize.File) {
			if err := f.SetCellFormula("Sheet1", "G2", "1+1"); err != nil {
				t.Fatal(err)
			}
		},
		"#52 a number longer than a spreadsheet keeps": func(f *excelize.File) { set(f, "B2", 431026102001123456) },
		"#55 a yes for an amount":                      func(f *excelize.File) { set(f, "G2", true) },
		"#56 half a fen":                               func(f *excelize.File) { set(f, "G2", 1000.005) },
		"#57 a hidden row": func(f *excelize.File) {
			if err := f.SetRowVisible("Sheet1", 3, false); err != nil {
				t.Fatal(err)
			}
		},
		"#65 two sheets": func(f *excelize.File) {
			if _, err := f.NewSheet("Sheet2"); err != nil {
				t.Fatal(err)
			}
		},
	} {
		a := s.bank(financeOne, "", "流水.xlsx", statementXLSX(t, march, spoil), bankAsked("零余额账户", mapping, "1220.5"))
		if p := refusedRows(t, a); a.status != 422 || p.Code != "WORKBOOK_REFUSED" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	whole := statementXLSX(t, march, nil)
	for name, content := range map[string][]byte{"#58 cut off": whole[:len(whole)/2], "#63 no spreadsheet": []byte("<html></html>")} {
		if a := s.bank(financeOne, "", "流水.xlsx", content, bankAsked("零余额账户", mapping, "1220.5")); a.status != 422 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if now := place.said(t); now != before {
		t.Errorf("%d entries were recorded by what was refused", now-before)
	}
}

// TestWhatIsAskedOfAStatement: its total, its lines, its mapping, and who hands it in.
func TestWhatIsAskedOfAStatement(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := moneyPlayed(t, place)
	s.contract = contractOf(t)
	before := place.said(t)
	for name, c := range map[string]struct {
		who, query string
		status     int
		code, says string
	}{
		"#8 another total":          {financeOne, bankAsked("账户", mapping, "1220"), 422, "CONTROL_TOTAL", "1,220.50"},
		"no total":                  {financeOne, bankAsked("账户", mapping, ""), 422, "CONTROL_TOTAL", "1,220.50"},
		"a total that is none":      {financeOne, bankAsked("账户", mapping, "much"), 422, "CONTROL_TOTAL", "1,220.50"},
		"another number of lines":   {financeOne, bankAsked("账户", mapping, "1220.5", "lines", "5"), 422, "CONTROL_TOTAL", "4 行"},
		"no source":                 {financeOne, bankAsked("", mapping, "1220.5"), 422, "MAPPING", "来源"},
		"no mapping yet":            {financeOne, bankAsked("别的账户", "", "1220.5"), 422, "WORKBOOK_REFUSED", ""},
		"a mapping of nothing":      {financeOne, bankAsked("账户", `{"colour":"色"}`, "1220.5"), 422, "MAPPING", "colour"},
		"one header for two":        {financeOne, bankAsked("账户", `{"payer":"付款人","payee":"付款人"}`, "1220.5"), 422, "MAPPING", "付款人"},
		"#7 ten thousands":          {financeOne, bankAsked("账户", `{"amount":"金额(万元)"}`, "1220.5"), 422, "MAPPING", "万元"},
		"a mapping that is no JSON": {financeOne, bankAsked("账户", `{`, "1220.5"), 422, "MAPPING", "JSON"},
		"a street's finance":        {otherMoney, bankAsked("账户", mapping, "1220.5"), 422, "WORKBOOK_REFUSED", ""},
		"a community":               {northOfficer, bankAsked("账户", mapping, "1220.5"), 403, "FORBIDDEN", ""},
		"the authority":             {ofAuthority, bankAsked("账户", mapping, "1220.5"), 403, "FORBIDDEN", ""},
	} {
		a := s.bank(c.who, "", "流水.csv", []byte(march), c.query)
		if p := refusedRows(t, a); a.status != c.status || p.Code != c.code || !strings.Contains(p.Title, c.says) {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if now := place.said(t); now != before {
		t.Errorf("%d entries were recorded by what was refused", now-before)
	}
	if a := s.ask(northOfficer, http.MethodGet, "/bank-pool", "", ""); a.status != http.StatusForbidden {
		t.Errorf("%d %s", a.status, a.body)
	}
	// A request is answered once, and its id is for nothing else.
	first := s.bank(financeOne, "r-1", "流水.csv", []byte(march), bankAsked("账户", mapping, "1220.5"))
	again := s.bank(financeOne, "r-1", "其他.csv", []byte(march), bankAsked("账户", mapping, "1220.5"))
	other := s.bank(financeOne, "r-1", "流水.csv", []byte(march), bankAsked("账户", "", "1220.5"))
	var a, b serve.BankStatement
	first.into(t, &a)
	again.into(t, &b)
	if b.Repeated = false; a.Position == 0 || !equalJSON(t, a, b) || other.status != http.StatusConflict {
		t.Errorf("%s\n%s\n%s", first.body, again.body, other.body)
	}
}

func equalJSON(t *testing.T, a, b any) bool {
	t.Helper()
	x, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Equal(x, y)
}

// TestMoneyActsAndRecordsAlike: what people did and a bank said gives, on each day,
// the statement of a workbook with the same facts.
func TestMoneyActsAndRecordsAlike(t *testing.T) {
	t.Parallel()
	s := moneyPlayed(t, shared(t))
	s.took(financeOne, march, bankAsked("零余额账户", mapping, "1220.5"))
	s.done(financeOne, moneyStep("bank_line", "ZF-003", "place"), `{"payee":"`+streetOfBoth+`","community":"`+north+`","purpose":"general"}`)
	s.done(northOfficer, moneyStep("payment", "ZF-001", "confirm"), `{"amount":"100"}`)
	s.done(southOfficer, moneyStep("payment", "ZF-002", "confirm"), `{"amount":"60"}`)
	s.done(financeOne, moneyStep("payment", "ZF-003", "propose_reearmark"), `{"purpose":"task:JB-2025-001","reason":"用途登记有误"}`)
	s.done(financeTwo, moneyStep("payment", "ZF-003", "approve_reearmark"), "")
	s.done(streetMoney, pays, `{"voucher":"ZF-005","paid_on":"2025-03-03","payer":"`+streetOfBoth+`","payee":"`+north+`","community":"`+north+`","amount":"25","upstream":"ZF-003"}`)
	s.pass("2025-03-06")
	s.done(southOfficer, moneyStep("payment", "ZF-002", "withdraw"), `{"arrival":1,"reason":"退回"}`)
	s.done(financeOne, moneyStep("payment", "ZF-002", "propose_reversal"), `{"voucher":"ZF-002R","reason":"重复支付"}`)
	s.done(financeTwo, moneyStep("payment", "ZF-002", "approve_reversal"), "")
	folder := filepath.Join(t.TempDir(), "same")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"departments": "code,name,kind\nD01,民政局,department\nD02,司法局,department\n",
		"communities": "code,name,street,households\n" + north + ",北社区," + streetOfBoth + ",1000\n" + south + ",南社区," + streetOfBoth + ",2000\n",
		"items":       "code,name,department,list,rule,rate\nA01,高龄津贴核查,D01,assist,per_case,20\nA02,上级收回事项,D01,negative,none,\n",
		"tasks":       "no,department,community,item,issued_on,quantity,pay_by\nJB-2025-001,D01," + north + ",A01,2025-03-03,12,2025-03-31\n",
		"payments": "voucher,paid_on,payer,payee,community,purpose,amount,upstream,reverses\n" +
			"ZF-001,2025-03-03,D01," + north + "," + north + ",task:JB-2025-001,120,,\n" +
			"ZF-002,2025-03-03,D01," + south + "," + south + ",item:A01,60,,\n" +
			"ZF-003,2025-03-03,D01," + streetOfBoth + "," + north + ",task:JB-2025-001,40,,\n" +
			"ZF-005,2025-03-03," + streetOfBoth + "," + north + "," + north + ",,25,ZF-003,\n" +
			"ZF-002R,2025-03-06," + south + ",D01,,,60,,ZF-002\n",
		"arrivals": "voucher,confirmed_on,amount,withdrawn_on,no\nZF-001,2025-03-03,100,,ZF-001/2\nZF-002,2025-03-03,60,2025-03-06,ZF-002/2\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name+".csv"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, on := range []string{"2025-03-03", "2025-03-05", "2025-03-06", "2025-04-30"} {
		got := decoded(t, s.ask("", http.MethodGet, "/statement?on="+on, "", "").body)
		if want := statementOf(t, folder, on); !reflect.DeepEqual(got, want) {
			t.Errorf("on %s:\n%s", on, strings.Join(differences("", got, want), "\n"))
		}
	}
}
