package record_test

import (
	"regexp"
	"strings"
	"testing"
)

// A refusal is one line of spec §1: what is changed in the valid workbook, and
// what is wrong then, as "file:row:column: "found" … part of the sentence".
// Nothing wrong means that the workbook comes in: the neighbour of a fault.
type refusal struct {
	edits string
	want  []string
}

func one(want string) []string { return []string{want} }

func TestAWorkbookThatIsFineComesIn(t *testing.T) {
	t.Parallel()
	if n, faults := into(t, newJournal(), edited(t, "").write(t)); n == 0 || faults != nil {
		t.Errorf("%d events, %q", n, faults)
	}
}

func TestCells(t *testing.T) {
	t.Parallel()
	check(t, map[string]refusal{
		"12.345 yuan":                          {"payments 2 amount=12.345", one(`payments.csv:2:amount: "12.345" … whole fen`)},
		"12.340 yuan":                          {"commitments 2 amount=12.340", nil},
		"a tenth of a fen in 万元":               {"commitments 2 amount=0.0000001万元", one(`commitments.csv:2:amount: "0.0000001万元" … whole fen`)},
		"a fen in 万元":                          {"commitments 2 amount=0.000001万元", nil},
		"an amount with an exponent":           {"payments 2 amount=1e6", one(`payments.csv:2:amount: "1e6" … an amount in yuan`)},
		"an amount in hexadecimal":             {"payments 2 amount=0x10", one(`payments.csv:2:amount: "0x10" … an amount in yuan`)},
		"an amount with underscores":           {"payments 2 amount=1_000", one(`payments.csv:2:amount: "1_000" … an amount in yuan`)},
		"no number":                            {"payments 2 amount=NaN", one(`payments.csv:2:amount: "NaN" … an amount in yuan`)},
		"minus nothing":                        {"payments 2 amount=-0", one(`payments.csv:2:amount: "-0" … an amount in yuan`)},
		"a truth":                              {"payments 2 amount=TRUE", one(`payments.csv:2:amount: "TRUE" … an amount in yuan`)},
		"a float":                              {"commitments 2 amount=0.30000000000000004", one(`commitments.csv:2:amount: "0.30000000000000004" … 15 digits`)},
		"Chinese numerals":                     {"commitments 2 amount=壹佰元", one(`commitments.csv:2:amount: "壹佰元" … an amount in yuan`)},
		"half a unit":                          {"commitments 2 amount=3.5万", one(`commitments.csv:2:amount: "3.5万" … unit`)},
		"an amount of 100 billion and a fen":   {"commitments 2 amount=100000000000.01", one(`commitments.csv:2:amount: "100000000000.01" … 100 billion`)},
		"an amount of 100 billion":             {"commitments 2 amount=100000000000", nil},
		"an amount past 64 bits":               {"commitments 2 amount=9223372036854775808", one(`commitments.csv:2:amount: "9223372036854775808" … 15 digits`)},
		"amounts as people write them":         {"commitments 2 amount=￥1,200.50 && tasks 2 amount=１２００元 base=8.35万元", nil},
		"a comma in the wrong place":           {"commitments 2 amount=12,00", one(`commitments.csv:2:amount: "12,00" … an amount in yuan`)},
		"a negative payment":                   {"payments 6 amount=-5", one(`payments.csv:6:amount: "-5" … not negative`)},
		"a payment of nothing":                 {"payments 6 amount=0", nil},
		"a negative commitment":                {"commitments 2 amount=-5", one(`commitments.csv:2:amount: "-5" … not negative`)},
		"a negative arrival":                   {"arrivals 2 amount=-5", one(`arrivals.csv:2:amount: "-5" … not negative`)},
		"a negative condition":                 {"receipts 3 condition_amount=-5", one(`receipts.csv:3:condition_amount: "-5" … not negative`)},
		"a negative fee":                       {"tasks 2 amount=-5", one(`tasks.csv:2:amount: "-5" … not negative`)},
		"a fee of nothing":                     {"tasks 2 amount=0", nil},
		"a negative base":                      {"tasks 2 base=-5", one(`tasks.csv:2:base: "-5" … not negative`)},
		"a base with a fraction of a fen":      {"tasks 2 base=0.001", one(`tasks.csv:2:base: "0.001" … whole fen`)},
		"a negative quantity":                  {"tasks 2 quantity=-1", one(`tasks.csv:2:quantity: "-1" … not negative`)},
		"a quantity of nothing":                {"tasks 2 quantity=0", nil},
		"a quantity with a fraction":           {"tasks 2 quantity=1.005", nil},
		"a negative completed quantity":        {"completions 2 quantity=-1", one(`completions.csv:2:quantity: "-1" … not negative`)},
		"a quantity in words":                  {"completions 2 quantity=十", one(`completions.csv:2:quantity: "十" … a number`)},
		"a rate with a fraction of a fen":      {"items 2 rate=0.005", nil},
		"a negative rate":                      {"items 2 rate=-1", one(`items.csv:2:rate: "-1" … not negative`)},
		"a rate in 万元":                         {"items 2 rate=8.35万元", nil},
		"a percentage without a sign":          {"items 3 rate=2", nil},
		"a percentage of 万元":                   {"items 3 rate=2万元", one(`items.csv:3:rate: "2万元" … percent`)},
		"a negative percentage":                {"items 3 rate=-2%", one(`items.csv:3:rate: "-2%" … not negative`)},
		"a rate in percent of a fixed rule":    {"items 2 rate=2%", one(`items.csv:2:rate: "2%" … a rate in yuan`)},
		"half a household":                     {"communities 2 households=12.5", one(`communities.csv:2:households: "12.5" … whole number`)},
		"a whole household with a point":       {"communities 2 households=12.0", nil},
		"grouped households":                   {"communities 2 households=1,200", nil},
		"half a person":                        {"communities 2 population=0.5", one(`communities.csv:2:population: "0.5" … whole number`)},
		"negative population":                  {"communities 2 population=-1", one(`communities.csv:2:population: "-1" … not negative`)},
		"nobody":                               {"communities 2 population=0 staff=0 households=0", nil},
		"half a worker":                        {"communities 2 staff=1.5", one(`communities.csv:2:staff: "1.5" … whole number`)},
		"some workers":                         {"communities 2 staff=some", one(`communities.csv:2:staff: "some" … whole number`)},
		"more households than there can be":    {"communities 2 households=3000000000", one(`communities.csv:2:households: "3000000000" … 2147483647`)},
		"30 February":                          {"tasks 2 issued_on=2025-02-30", one(`tasks.csv:2:issued_on: "2025-02-30" … a day that exists`)},
		"month 13":                             {"tasks 2 issued_on=2025-13-01", one(`tasks.csv:2:issued_on: "2025-13-01" … a day that exists`)},
		"a year of another century":            {"tasks 2 due_on=9999-12-31", one(`tasks.csv:2:due_on: "9999-12-31" … between 1901 and 2199`)},
		"a date the American way":              {"tasks 2 issued_on=03/04/2025", one(`tasks.csv:2:issued_on: "03/04/2025" … a date such as`)},
		"a date without separators":            {"tasks 2 issued_on=20250304", one(`tasks.csv:2:issued_on: "20250304" … a date such as`)},
		"dates as people write them":           {"tasks 2 issued_on=2025/3/3 starts_on=2025年3月5日 due_on=２０２５－０６－３０", nil},
		"a community code of 11 digits":        {"communities + code=99010100100 name=丙 street=990101001", one(`communities.csv:4:code: "99010100100" … 12 digits`)},
		"a street code of 12 digits":           {"communities 2 street=990101001000", one(`communities.csv:2:street: "990101001000" … 9 digits`)},
		"a street that is no department":       {"communities 2 street=990101777", nil},
		"a purpose in other words":             {"payments 6 purpose=工作经费", one(`payments.csv:6:purpose: "工作经费" … task:NO`)},
		"a purpose without a number":           {"payments 6 purpose=task:", one(`payments.csv:6:purpose: "task:" … task:NO`)},
		"a purpose of another kind":            {"commitments 2 purpose=community:1", one(`commitments.csv:2:purpose: "community:1" … task:NO`)},
		"a purpose in full width":              {"payments 6 purpose=ｔａｓｋ：Ｔ１", nil},
		"a purpose that names an unknown task": {"payments 6 purpose=task:T77", nil},
		"a purpose that names an unknown item": {"payments 6 purpose=item:I77 && commitments 2 purpose=item:I77", nil},
		"an empty purpose of a commitment":     {"commitments 2 purpose=", nil},
		"weights that sum to 0":                {"items 3 payers=F1:0;D2:0.0", one(`items.csv:3:payers: "F1:0;D2:0.0" … do not sum to 0`)},
		"one weight of 0":                      {"items 3 payers=F1:0;D2:1", nil},
		"a negative weight":                    {"items 3 payers=F1:-1;D2:3", one(`items.csv:3:payers: "F1:-1" … not negative`)},
		"a payer without a weight":             {"items 3 payers=F1;D2:3", one(`items.csv:3:payers: "F1" … CODE:WEIGHT`)},
		"a weight without a payer":             {"items 3 payers=:1;D2:3", one(`items.csv:3:payers: ":1" … CODE:WEIGHT`)},
		"a weight in words":                    {"items 3 payers=F1:一;D2:3", one(`items.csv:3:payers: "F1:一" … a number`)},
		"a payer with an impossible day":       {"items 3 payers=F1:1@2025-02-30", one(`items.csv:3:payers: "F1:1@2025-02-30" … a day that exists`)},
		"payers with nothing but a semicolon":  {"items 3 payers=;", one(`items.csv:3:payers: ";" … split by semicolons`)},
		"payers in full width":                 {"items 3 payers=Ｆ１：４；Ｄ２：１０＠２０２５－０７－０１；", nil},
		"payers with decimals":                 {"items 3 payers=F1:0.5;D2:1.25", nil},
		"communities that are a semicolon":     {"admissions 2 communities=；", one(`admissions.csv:2:communities: "；" … split by semicolons`)},
		"all communities":                      {"admissions 2 communities=", nil},
		"communities in full width":            {"admissions 2 communities=９９０１０１００１００１；990101001002", nil},
	})
}

// One row has a word of each column in English and in Chinese, then one that is
// neither.
func TestWords(t *testing.T) {
	t.Parallel()
	cases := map[string]refusal{}
	for at, words := range map[string]string{
		"communities 2 kind":         "urban 城市社区 village 村",
		"departments 2 kind":         "department 部门 mass 群团 utility 公用事业 finance 财政 street 街道 superior 上级 custodian 代管 sponsor 赞助",
		"items 2 list":               "statutory 依法履行 assist 协助 purchase 购买 negative 负面",
		"items 2 rule":               "none 无 fixed 定额 per_case 按件 per_household 按户 per_capita 按人 per_staff 按工作人员 ratio 按比例 agreed 协商",
		"items 2 timing":             "advance 预拨 arrears 后付",
		"items 2 authority_required": "yes 是 no 否",
		"admissions 2 decision":      "admitted 准入 conditional 附条件准入 denied 不予准入",
		"receipts 2 outcome":         "accept 接收 conditional 附条件接收 reject 拒收 query 询问",
		"commitments 2 kind":         "pledge 意向 quota 指标",
		"plaques 2 zone":             "outside 外部 inside 内部 wall 上墙",
		"plaque_catalogue 2 zone":    "outside 外部 inside 内部 wall 上墙",
		"burdens 2 kind":             "form 报表 ledger 台账 inspection 检查 certificate 证明 group 工作群 app 应用 secondment 借调 levy 摊派 training 培训 survey 调查 organisation 机构",
	} {
		for word := range strings.FieldsSeq(words) {
			cases[at+"="+word] = refusal{at + "=" + word, nil}
		}
		place := strings.Fields(at)
		word, _, _ := strings.Cut(words, " ")
		for _, other := range []string{"其他", "1", strings.ToUpper(word)} {
			cases[at+"="+other] = refusal{at + "=" + other, one(place[0] + `.csv:2:` + place[2] + `: "` + other + `" … one of: ` + word)}
		}
	}
	check(t, cases)
}

// Every column with a * of spec §1, emptied, and every other one.
func TestRequiredCells(t *testing.T) {
	t.Parallel()
	required := map[string]string{
		"communities": "code name street", "departments": "code name kind", "items": "code name list",
		"admissions": "no department item decision", "tasks": "no department community item issued_on",
		"receipts": "task outcome filed_on", "completions": "task completed_on",
		"commitments": "no kind department community amount made_on", "payments": "voucher paid_on payer payee amount",
		"arrivals": "voucher confirmed_on amount", "plaques": "no community department title zone hung_on",
		"plaque_catalogue": "title zone", "burdens": "no community department kind from",
	}
	cases := map[string]refusal{}
	for sheet, text := range valid {
		header, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
		for column := range strings.SplitSeq(header, ",") {
			c := refusal{edits: sheet + " 2 " + column + "="}
			if strings.Contains(" "+required[sheet]+" ", " "+column+" ") {
				c.want = one(sheet + `.csv:2:` + column + `: "" … required`)
			}
			if sheet == "payments" && column == "voucher" { // the arrival's chain goes on at PZ1
				c.want = append(c.want, `payments.csv:3:upstream: "PZ1" … a voucher of the payments sheet`)
			}
			if column == "code" && sheet != "items" || sheet+column == "tasksno" {
				continue // much else names it
			}
			cases[sheet+" without "+column] = c
		}
	}
	check(t, cases)
}

func TestKeys(t *testing.T) {
	t.Parallel()
	const again = " … the same as in row 2"
	check(t, map[string]refusal{
		"a community twice":                       {"communities + code=990101001001 name=甲社区 street=990101001 kind=urban households=1000 population=3000 staff=10", nil},
		"a community twice, with fewer cells":     {"communities + code=990101001001 name=甲社区 street=990101001", one(`communities.csv:4:code: "990101001001"` + again)},
		"a community twice, typed in another way": {"communities + code=９９０１０１００１００１ name=甲社区 street=990101001 kind=城市社区 households=1,000 population=3000.0 staff=10", nil},
		"a department that differs":               {"departments + code=D1 name=民政 kind=department", one(`departments.csv:6:code: "D1"` + again)},
		"a department twice":                      {"departments + code=Ｄ１ name=民政局 kind=部门", nil},
		"an item that differs":                    {"items + code=I1 name=走访 department=D1 list=statutory rule=fixed rate=101", one(`items.csv:4:code: "I1"` + again)},
		"an item twice":                           {"items + code=I1 name=走访 department=D1 list=statutory rule=fixed rate=100.00", nil},
		"an admission that differs":               {"admissions + no=A1 department=D1 item=I1 decision=denied", one(`admissions.csv:3:no: "A1"` + again)},
		"an admission that is revoked below":      {"admissions + no=A1 department=D1 item=I1 from=2025-01-01 to=2025-12-31 communities=990101001001 decision=admitted decided_on=2025-01-01 revoked_on=2025-05-01", one(`admissions.csv:3:no: "A1"` + again)},
		"a task that differs":                     {"tasks + no=T1 department=D1 community=990101001001 item=I1 issued_on=2025-03-04", one(`tasks.csv:4:no: "T1"` + again)},
		"a task twice":                            {"tasks + no=T2 department=D2 community=990101001002 item=I2 issued_on=2025/3/3", nil},
		"a completion that differs":               {"completions + task=T2 completed_on=2025-05-30 quantity=11", one(`completions.csv:3:task: "T2"` + again)},
		"a completion twice":                      {"completions + task=T2 completed_on=2025-05-30 quantity=10.0", nil},
		"a commitment that differs":               {"commitments + no=C1 kind=quota department=D1 community=990101001001 purpose=task:T1 amount=100 made_on=2025-03-01", one(`commitments.csv:3:no: "C1"` + again)},
		"a voucher that differs":                  {"payments + voucher=PZ5 paid_on=2025-04-01 payer=D1 payee=990101001 purpose=department amount=201", one(`payments.csv:7:voucher: "PZ5" … the same as in row 6`)},
		"a voucher twice":                         {"payments + voucher=ＰＺ５ paid_on=2025-04-01 payer=D1 payee=990101001 purpose=department amount=200", nil},
		"a voucher twice, in other case":          {"payments + voucher=pz5 paid_on=2025-04-01 payer=D1 payee=990101001 purpose=department amount=201", nil},
		"a voucher of a combined letter":          {"payments + voucher=É paid_on=2025-04-01 payer=D1 payee=990101001 amount=1 && payments + voucher=E\u0301 paid_on=2025-04-01 payer=D1 payee=990101001 amount=2 && payments + voucher=Ｅ\u0301 paid_on=2025-04-01 payer=D1 payee=990101001 amount=2", []string{`payments.csv:8:voucher: "É" … row 7`, `payments.csv:9:voucher: "É" … row 7`}},
		"a plaque that differs":                   {"plaques + no=P1 community=990101001001 department=D1 title=服务站 zone=outside hung_on=2025-01-01", one(`plaques.csv:3:no: "P1"` + again)},
		"a title twice":                           {"plaque_catalogue + title=服务站 zone=外部", nil},
		"a title in another zone":                 {"plaque_catalogue + title=服务站 zone=wall", nil},
		"a burden that differs":                   {"burdens + no=B1 community=990101001001 department=D1 kind=form title=月报 from=2025-01-01", one(`burdens.csv:3:no: "B1"` + again)},
		"receipts alike in every column":          {"receipts + task=Ｔ１ outcome=接收 filed_on=2025/3/4", nil},
		"receipts alike but for one column":       {"receipts + task=T1 outcome=accept filed_on=2025-03-04 no=2", nil},
		"three rows of a key":                     {"departments + code=D1 name=民政 kind=department && departments + code=D1 name=民政 kind=department && departments + code=D1 name=民政局 kind=department", []string{`departments.csv:6:code: "D1"` + again, `departments.csv:7:code: "D1"` + again}},
		"arrivals alike in every column":          {"arrive PZ2 03-14 60", nil},
		"arrivals alike but for the no":           {"arrive PZ2 03-14 60 #2", one(`payments.csv:3:amount: "60.00" … 120.00 yuan on 2025-03-14`)},
		"small arrivals alike but for the no":     {"arrivals 2 amount=30 && arrive PZ2 03-14 30 #2", nil},
		"one number in two sheets":                {"burdens 2 no=P1 && commitments 2 no=P1", nil},
	})
}

func TestReferences(t *testing.T) {
	t.Parallel()
	const party, community = " … a code of the departments or communities sheet", " … a code of the communities sheet"
	check(t, map[string]refusal{
		"a payer that nobody is":              {"payments 6 payer=X9", one(`payments.csv:6:payer: "X9"` + party)},
		"a payer of 9 digits":                 {"payments 6 payer=990101009", nil},
		"a payer of 12 unknown digits":        {"payments 6 payer=990101001009", one(`payments.csv:6:payer: "990101001009"` + party)},
		"a payer that is a community":         {"payments 6 payer=990101001002", nil},
		"a payee that nobody is":              {"payments 6 payee=X9", one(`payments.csv:6:payee: "X9"` + party)},
		"a payee of 9 digits":                 {"payments 6 payee=９９０１０１００９", nil},
		"a payee of 12 unknown digits":        {"payments 6 payee=990101001009", one(`payments.csv:6:payee: "990101001009"` + party)},
		"a payee of 11 digits":                {"payments 6 payee=99010100100", one(`payments.csv:6:payee: "99010100100"` + party)},
		"a task of nobody's":                  {"tasks 2 department=X9", one(`tasks.csv:2:department: "X9"` + party)},
		"a task of 12 unknown digits":         {"tasks 2 department=990101001009", one(`tasks.csv:2:department: "990101001009"` + party)},
		"a task of a street":                  {"tasks 2 department=990101009", nil},
		"an item of nobody's":                 {"items 2 department=X9", one(`items.csv:2:department: "X9"` + party)},
		"an item of a street":                 {"items 2 department=990101009", nil},
		"payers that nobody is":               {"items 3 payers=X8:1;D2:1;X9:1", []string{`items.csv:3:payers: "X8"` + party, `items.csv:3:payers: "X9"` + party}},
		"payers of 9 digits":                  {"items 3 payers=990101009:1;D2:1", nil},
		"payers of 12 unknown digits":         {"items 3 payers=990101001009:1", one(`items.csv:3:payers: "990101001009"` + party)},
		"payers that are a community":         {"items 3 payers=990101001001:1", nil},
		"an admission of nobody's":            {"admissions 2 department=X9", one(`admissions.csv:2:department: "X9"` + party)},
		"an admission of an unknown item":     {"admissions 2 item=I77", nil},
		"an admission for unknown places":     {"admissions 2 communities=990101001001;990101001009", one(`admissions.csv:2:communities: "990101001009"` + community)},
		"an admission for a street":           {"admissions 2 communities=990101001", one(`admissions.csv:2:communities: "990101001"` + community)},
		"a commitment of nobody's":            {"commitments 2 department=X9", one(`commitments.csv:2:department: "X9"` + party)},
		"a commitment to an unknown place":    {"commitments 2 community=990101001009", one(`commitments.csv:2:community: "990101001009"` + community)},
		"a plaque of nobody's":                {"plaques 2 department=X9", one(`plaques.csv:2:department: "X9"` + party)},
		"a plaque in an unknown place":        {"plaques 2 community=990101001009", one(`plaques.csv:2:community: "990101001009"` + community)},
		"a plaque of an unlisted title":       {"plaques 2 title=其他站", nil},
		"a burden of nobody's":                {"burdens 2 department=X9", one(`burdens.csv:2:department: "X9"` + party)},
		"a burden on an unknown place":        {"burdens 2 community=990101001009", one(`burdens.csv:2:community: "990101001009"` + community)},
		"a task in an unknown place":          {"tasks 2 community=990101001009", one(`tasks.csv:2:community: "990101001009"` + community)},
		"a task in a street":                  {"tasks 2 community=990101001", one(`tasks.csv:2:community: "990101001"` + community)},
		"a task of an unknown item":           {"tasks 2 item=I77", nil},
		"a payment for an unknown place":      {"payments 6 community=990101001009", one(`payments.csv:6:community: "990101001009"` + community)},
		"an upstream that does not exist":     {"payments 6 upstream=PZ77", one(`payments.csv:6:upstream: "PZ77" … a voucher of the payments sheet`)},
		"an upstream in full width":           {"payments 3 upstream=ＰＺ１", nil},
		"an upstream in small letters":        {"payments 3 upstream=pz1", one(`payments.csv:3:upstream: "pz1" … a voucher of the payments sheet`)},
		"a reversal of what does not exist":   {"payments 5 reverses=PZ77", one(`payments.csv:5:reverses: "PZ77" … a voucher of the payments sheet`)},
		"a reversal in full width":            {"payments 5 reverses=ＰＺ３", nil},
		"an arrival of what does not exist":   {"arrive PZ77 03-14 1", one(`arrivals.csv:3:voucher: "PZ77" … a voucher of the payments sheet`)},
		"an arrival in full width":            {"arrivals 2 voucher=ＰＺ２", nil},
		"a receipt to what does not exist":    {"receipts 2 task=T77", one(`receipts.csv:2:task: "T77" … a number of the tasks sheet`)},
		"a receipt in full width":             {"receipts 2 task=Ｔ１", nil},
		"a completion of what does not exist": {"completions 2 task=T77", one(`completions.csv:2:task: "T77" … a number of the tasks sheet`)},
		"a completion in full width":          {"completions 2 task=Ｔ２", nil},
		"a code that lost its zero":           {"departments + code=0123 name=药监局 kind=department && tasks 2 department=123", one(`tasks.csv:2:department: "123"` + party)},
		"a number of a restarted year":        {"tasks 2 no=2025/0001 && receipts 2 task=２０２５／０００１", nil},
	})
}

func TestEndsBeforeStarts(t *testing.T) {
	t.Parallel()
	const before = " … a date not before "
	check(t, map[string]refusal{
		"due before it starts":              {"tasks 2 due_on=2025-03-04", one(`tasks.csv:2:due_on: "2025-03-04"` + before + "starts_on 2025-03-05")},
		"due on the day it starts":          {"tasks 2 due_on=2025-03-05", nil},
		"due without a start":               {"tasks 2 starts_on= due_on=2025-01-01", nil},
		"starts before it is issued":        {"tasks 2 starts_on=2025-01-05", nil},
		"to be paid before it is issued":    {"tasks 2 pay_by=2025-01-05", nil},
		"recalled before it is issued":      {"tasks 2 recalled_on=2025-03-02", one(`tasks.csv:2:recalled_on: "2025-03-02"` + before + "issued_on 2025-03-03")},
		"recalled on the day of issue":      {"tasks 2 recalled_on=2025-03-03", nil},
		"completed before it is issued":     {"completions 2 completed_on=2025-03-02", one(`completions.csv:2:completed_on: "2025-03-02"` + before + "issued_on 2025-03-03")},
		"completed on the day of issue":     {"completions 2 completed_on=2025-03-03", nil},
		"answered before it is issued":      {"receipts 2 filed_on=2025-01-01", nil},
		"an admission that ends early":      {"admissions 2 to=2024-12-31", one(`admissions.csv:2:to: "2024-12-31"` + before + "from 2025-01-01")},
		"an admission of a day":             {"admissions 2 to=2025-01-01", nil},
		"an admission without a start":      {"admissions 2 from= to=2024-12-31", nil},
		"an admission revoked early":        {"admissions 2 revoked_on=2024-01-01", nil},
		"a plaque removed early":            {"plaques 2 removed_on=2024-12-31", one(`plaques.csv:2:removed_on: "2024-12-31"` + before + "hung_on 2025-01-01")},
		"a plaque of a day":                 {"plaques 2 removed_on=2025-01-01", nil},
		"a burden that ends early":          {"burdens 2 to=2024-12-31", one(`burdens.csv:2:to: "2024-12-31"` + before + "from 2025-01-01")},
		"a burden of a day":                 {"burdens 2 to=2025-01-01", nil},
		"a promise to be kept early":        {"commitments 2 by=2025-02-28", one(`commitments.csv:2:by: "2025-02-28"` + before + "made_on 2025-03-01")},
		"a promise to be kept at once":      {"commitments 2 by=2025-03-01", nil},
		"confirmed before it is paid":       {"arrivals 2 confirmed_on=2025-03-11", one(`arrivals.csv:2:confirmed_on: "2025-03-11" … not before that of the payment, 2025-03-12`)},
		"confirmed on the day of payment":   {"arrivals 2 confirmed_on=2025-03-12", nil},
		"withdrawn before it is confirmed":  {"arrivals 2 withdrawn_on=2025-03-13", one(`arrivals.csv:2:withdrawn_on: "2025-03-13"` + before + "confirmed_on 2025-03-14")},
		"withdrawn on the same day":         {"arrivals 2 withdrawn_on=2025-03-14", nil},
		"passed on before it is paid":       {"payments 3 paid_on=2025-03-09", one(`payments.csv:3:paid_on: "2025-03-09" … upstream voucher PZ1, 2025-03-10`)},
		"passed on on the day of payment":   {"payments 3 paid_on=2025-03-10", nil},
		"reversed before it is paid":        {"payments 5 paid_on=2025-03-10", one(`payments.csv:5:paid_on: "2025-03-10" … reverses, 2025-03-11`)},
		"reversed on the day of payment":    {"payments 5 paid_on=2025-03-11", nil},
		"a condition that has passed":       {"receipts 3 condition_by=2025-01-01", nil},
		"a payer that is to pay very early": {"items 3 payers=F1:4@2020-01-01", nil},
	})
}

func TestChains(t *testing.T) {
	t.Parallel()
	const circle = " … in a circle: "
	check(t, map[string]refusal{
		"children of just the amount":                   {"pay K1 04-02 150 <PZ5 && pay K2 04-03 50 <PZ5", nil},
		"children of a fen more":                        {"pay K1 04-02 150 <PZ5 && pay K2 04-03 50.01 <PZ5", one(`payments.csv:6:amount: "200.00" … 200.01 yuan on 2025-04-03 (vouchers K1 K2)`)},
		"one child of more":                             {"pay K1 04-02 200.01 <PZ5", one(`payments.csv:6:amount: "200.00" … 200.01 yuan on 2025-04-02 (vouchers K1)`)},
		"children that overlap on one day":              {"pay K1 04-02 150 <PZ5 && pay K2 04-04 150 <PZ5 && pay R1 04-05 150 ~K1", one(`payments.csv:6:amount: "200.00" … 300.00 yuan on 2025-04-04 (vouchers K1 K2)`)},
		"a child paid when the other is reversed":       {"pay K1 04-02 150 <PZ5 && pay R1 04-05 150 ~K1 && pay K2 04-05 150 <PZ5", nil},
		"the same in another order of rows":             {"pay K2 04-05 150 <PZ5 && pay R1 04-05 150 && pay K1 04-02 150 <PZ5 && payments 8 payer=990101001001 payee=990101001 community= reverses=K1", nil},
		"a child that is reversed on its own day":       {"pay K1 04-02 150 <PZ5 && pay R1 04-02 150 ~K1 && pay K2 04-02 150 <PZ5", nil},
		"children of more on a later day":               {"pay K1 04-02 150 <PZ5 && pay R1 04-05 150 ~K1 && pay K2 04-06 150 <PZ5 && pay K3 04-07 51 <PZ5", one(`payments.csv:6:amount: "200.00" … 201.00 yuan on 2025-04-07 (vouchers K2 K3)`)},
		"a chain of three":                              {"pay K1 04-02 150 <PZ5 && payments 7 payee=D2 && pay L1 04-03 150 <K1", nil},
		"a grandchild of more":                          {"pay K1 04-02 150 <PZ5 && payments 7 payee=D2 && pay L1 04-03 151 <K1", one(`payments.csv:7:amount: "150.00" … 151.00 yuan`)},
		"a child paid by somebody else":                 {"pay K1 04-02 150 <PZ5 && payments 7 payer=D2", nil},
		"a circle of two":                               {"pay K1 04-02 10 <K2 && pay K2 04-02 10 <K1", one(`payments.csv:7:upstream: "K2"` + circle + "K1 → K2 → K1")},
		"a circle of three, the first row last":         {"pay K3 04-03 10 <K1 && pay K1 04-01 10 <K2 && pay K2 04-02 11 <K3", one(`payments.csv:7:upstream: "K1"` + circle + "K3 → K1 → K2 → K3")},
		"a circle of itself":                            {"pay K1 04-02 10 <K1", one(`payments.csv:7:upstream: "K1"` + circle + "K1 → K1")},
		"a tail on a circle":                            {"pay A0 04-01 5 <K2 && pay K1 04-02 10 <K2 && pay K2 04-01 10 <K1", one(`payments.csv:8:upstream: "K2"` + circle + "K1 → K2 → K1")},
		"two circles":                                   {"pay K1 04-02 10 <K1 && pay K2 04-02 10 <K2", []string{`payments.csv:7:upstream: "K1"` + circle, `payments.csv:8:upstream: "K2"` + circle}},
		"a child of a reversal":                         {"pay K1 04-02 10 <PZ4", one(`payments.csv:7:upstream: "PZ4" … moves money`)},
		"a child of a reversed payment":                 {"pay K1 03-21 10 <PZ3", one(`payments.csv:5:reverses: "PZ3" … K1 passes it on`)},
		"a child of a reversed payment on its day":      {"pay K1 03-20 10 <PZ3", one(`payments.csv:5:reverses: "PZ3" … K1 passes it on`)},
		"a child in force when it is reversed":          {"pay K1 03-12 10 <PZ3", one(`payments.csv:5:reverses: "PZ3" … K1 passes it on`)},
		"a child reversed on the day of the reversal":   {"pay K1 03-12 10 <PZ3 && pay R1 03-20 10 ~K1", nil},
		"a child reversed a day after the reversal":     {"pay K1 03-12 10 <PZ3 && pay R1 03-21 10 ~K1", one(`payments.csv:5:reverses: "PZ3" … K1 passes it on`)},
		"a later child reversed on its own day":         {"pay K1 03-25 10 <PZ3 && pay R1 03-25 10 ~K1", nil},
		"a reversal of another amount":                  {"payments 5 amount=49.99", one(`payments.csv:5:amount: "49.99" … reverses, 50.00 yuan`)},
		"a reversal by another payer":                   {"payments 5 payer=D2", one(`payments.csv:5:payer: "D2" … PZ3 swapped, 990101001002 to D1`)},
		"a reversal to another payee":                   {"payments 5 payee=D2", one(`payments.csv:5:payee: "D2" … PZ3 swapped, 990101001002 to D1`)},
		"a reversal the same way round":                 {"payments 5 payer=D1 payee=990101001002", one(`payments.csv:5:payer: "D1" … swapped`)},
		"a reversal that is wrong in all":               {"payments 5 payer=D2 amount=1 paid_on=2025-03-01 upstream=PZ1", []string{`payments.csv:5:upstream: "PZ1" … no upstream`, `payments.csv:5:amount: "1.00"`, `payments.csv:5:payer: "D2"`, `payments.csv:5:paid_on: "2025-03-01"`}},
		"a reversal with an upstream":                   {"payments 5 upstream=PZ1", one(`payments.csv:5:upstream: "PZ1" … no upstream voucher in a reversal`)},
		"a reversal with its own upstream":              {"pay R1 04-05 60 ~PZ2 && payments 7 upstream=PZ1 && arrivals 2 withdrawn_on=2025-04-05", one(`payments.csv:7:upstream: "PZ1" … no upstream voucher in a reversal`)},
		"a reversal for a community":                    {"payments 5 community=990101001002 purpose=general", nil},
		"a reversal of a reversal":                      {"pay R1 04-05 50 ~PZ4", one(`payments.csv:7:reverses: "PZ4" … not another reversal`)},
		"a reversal of itself":                          {"payments 5 reverses=PZ4", one(`payments.csv:5:reverses: "PZ4" … not another reversal`)},
		"two reversals of each other":                   {"pay R1 04-05 10 && pay R2 04-05 10 && payments 7 reverses=R2 && payments 8 reverses=R1", []string{`payments.csv:7:reverses: "R2" … not another reversal`, `payments.csv:8:reverses: "R1" … not another reversal`}},
		"a second reversal":                             {"pay R1 04-05 50 ~PZ3", one(`payments.csv:7:reverses: "PZ3" … PZ4 reversed it on 2025-03-20`)},
		"a second reversal of another amount":           {"pay R1 04-05 49 ~PZ3", one(`payments.csv:7:reverses: "PZ3" … PZ4 reversed it`)},
		"a payment anew after a reversal":               {"pay N1 03-20 50 && arrive N1 03-20 50", nil},
		"an arrival when it is reversed":                {"arrive PZ3 03-12 50", one(`payments.csv:5:reverses: "PZ3" … confirmed on 2025-03-12`)},
		"an arrival after it is reversed":               {"arrive PZ3 03-25 50", one(`payments.csv:5:reverses: "PZ3" … confirmed on 2025-03-25`)},
		"an arrival withdrawn on the reversal's day":    {"arrive PZ3 03-12 50 -03-20", nil},
		"an arrival withdrawn a day later":              {"arrive PZ3 03-12 50 -03-21", one(`payments.csv:5:reverses: "PZ3" … confirmed on 2025-03-12`)},
		"a later arrival withdrawn on its own day":      {"arrive PZ3 03-25 50 -03-25", nil},
		"an arrival on a reversal":                      {"arrive PZ4 03-25 50", one(`arrivals.csv:3:voucher: "PZ4" … not a reversal`)},
		"an arrival without beneficiary":                {"arrive PZ5 04-02 1", one(`arrivals.csv:3:voucher: "PZ5" … name the beneficiary`)},
		"an arrival at a community's street":            {"payments 6 community=990101001001 && arrive PZ5 04-02 200", nil},
		"an arrival at the payee":                       {"payments 6 payee=990101001001 && arrive PZ5 04-02 200", nil},
		"arrivals of just the amount":                   {"arrivals 2 amount=20 && arrive PZ2 03-15 40", nil},
		"arrivals of a fen more":                        {"arrivals 2 amount=20.01 && arrive PZ2 03-15 40", one(`payments.csv:3:amount: "60.00" … 60.01 yuan on 2025-03-15`)},
		"one arrival of more":                           {"arrivals 2 amount=61", one(`payments.csv:3:amount: "60.00" … 61.00 yuan on 2025-03-14`)},
		"an arrival when the other is withdrawn":        {"arrivals 2 withdrawn_on=2025-03-20 && arrive PZ2 03-20 60", nil},
		"arrivals that overlap on one day":              {"arrivals 2 withdrawn_on=2025-03-20 && arrive PZ2 03-19 60", one(`payments.csv:3:amount: "60.00" … 120.00 yuan on 2025-03-19`)},
		"an arrival that stands on no day":              {"arrive PZ2 03-20 60 -03-20", nil},
		"an arrival of money passed on":                 {"arrive PZ1 03-12 40", one(`arrivals.csv:3:voucher: "PZ1" … PZ2 passes it on`)},
		"an arrival of money to be passed on":           {"arrive PZ1 03-11 40", one(`arrivals.csv:3:voucher: "PZ1" … PZ2 passes it on`)},
		"two arrivals of money passed on":               {"arrive PZ1 03-11 10 && arrive PZ1 03-12 10", []string{`arrivals.csv:3:voucher: "PZ1" … PZ2`, `arrivals.csv:4:voucher: "PZ1" … PZ2`}},
		"an arrival on the day its child is reversed":   {"arrivals 2 withdrawn_on=2025-03-18 && pay R1 03-20 60 ~PZ2 && arrive PZ1 03-20 100", nil},
		"an arrival a day before its child is reversed": {"arrivals 2 withdrawn_on=2025-03-18 && pay R1 03-20 60 ~PZ2 && arrive PZ1 03-19 100", one(`arrivals.csv:3:voucher: "PZ1" … PZ2 passes it on`)},
		"a child after an arrival was withdrawn":        {"payments 6 community=990101001001 && arrive PZ5 04-02 1 -04-03 && pay K1 04-05 1 <PZ5", one(`arrivals.csv:3:voucher: "PZ5" … K1 passes it on`)},
		"an arrival before the last child's end":        {"arrivals 2 withdrawn_on=2025-03-14 && pay R1 03-15 60 ~PZ2 && pay K1 03-12 30 <PZ1 && pay R2 03-20 30 ~K1 && arrive PZ1 03-16 1", one(`arrivals.csv:3:voucher: "PZ1" … K1 passes it on`)},
		"an arrival before a child of no day":           {"arrivals 2 withdrawn_on=2025-03-14 && pay R1 03-20 60 ~PZ2 && pay K1 03-25 30 <PZ1 && pay R2 03-25 30 ~K1 && arrive PZ1 03-16 1", one(`arrivals.csv:3:voucher: "PZ1" … PZ2 passes it on`)},
		"an arrival on no day of money passed on":       {"arrive PZ1 03-12 40 -03-12", nil},
		"a child of nothing is a child":                 {"payments 3 amount=0 && arrivals 2 amount=0 && arrive PZ1 03-12 1", one(`arrivals.csv:3:voucher: "PZ1" … PZ2 passes it on`)},
	})
}

// Everything wrong is listed at once, by sheet and row, also what is wrong in
// several columns of a row, and in several ways.
func TestAllFaultsAreListed(t *testing.T) {
	t.Parallel()
	check(t, map[string]refusal{
		"in every sheet": {
			"policy {} {} && burdens 2 to=2024-01-01 && arrivals 2 amount=x && payments 6 payee=X9 && tasks 3 due_on=2025-02-30 && tasks 2 department=X9 && communities 3 staff=.5",
			[]string{
				`policy.json:1: "more after the object" … one JSON object`,
				`communities.csv:3:staff: ".5" … whole number`,
				`tasks.csv:2:department: "X9"`,
				`tasks.csv:3:due_on: "2025-02-30"`,
				`payments.csv:6:payee: "X9"`,
				`arrivals.csv:2:amount: "x"`,
				`burdens.csv:2:to: "2024-01-01"`,
			},
		},
		"in one row": {
			"tasks 2 quantity=x department=X9 community=990101001009 due_on=2025-01-01 recalled_on=2025-01-02",
			[]string{
				`tasks.csv:2:quantity: "x"`, `tasks.csv:2:department: "X9"`, `tasks.csv:2:community: "990101001009"`,
				`tasks.csv:2:due_on: "2025-01-01"`, `tasks.csv:2:recalled_on: "2025-01-02"`,
			},
		},
		"in a row and what follows it": {
			"tasks 3 department=X9 && completions 2 completed_on=2025-01-01",
			[]string{`tasks.csv:3:department: "X9"`, `completions.csv:2:completed_on: "2025-01-01"`},
		},
		"in a row that is refused and what follows it": {
			"tasks 3 recalled_on=2025-01-01 && completions 2 completed_on=2025-01-01",
			[]string{`tasks.csv:3:recalled_on: "2025-01-01"`, `completions.csv:2:completed_on: "2025-01-01"`},
		},
		"in a payment": {
			"payments 3 payer=X9 paid_on=2025-03-01 amount=101",
			[]string{`payments.csv:2:amount: "100.00" … 101.00`, `payments.csv:3:payer: "X9"`, `payments.csv:3:paid_on: "2025-03-01"`},
		},
		"in a payment's two sums": {
			"payments 2 amount=59 && arrivals 2 amount=61",
			[]string{`payments.csv:2:amount: "59.00" … 60.00`, `payments.csv:3:amount: "60.00" … 61.00`},
		},
		"in the workbook and in its rows": {
			"departments + code=合计 && departments + code=D9 name=丁 kind=x",
			[]string{`departments.csv:6: "合计" … remove the total row`, `departments.csv:7:kind: "x" … one of`},
		},
		"in one cell": {"pay K1 04-02 150 <PZ5 && pay R1 04-05 150 ~K1 && pay K2 04-05 150 <PZ5 && payments 8 payer=X9", []string{`payments.csv:8:payer: "X9" … a code`, `payments.csv:8:payer: "X9" … swapped`}},
		"in a row that has the key of another": {
			"burdens + no=B1 community=990101001009 department=D1 kind=form from=2025-01-01 to=2024-01-01",
			[]string{`burdens.csv:3:no: "B1" … row 2`, `burdens.csv:3:community: "990101001009"`, `burdens.csv:3:to: "2024-01-01" … from 2025-01-01`},
		},
	})
}

// A mistake in one cell is one fault: what follows from it is not listed as if
// it was wrong itself.
func TestOneMistakeIsOneFault(t *testing.T) {
	t.Parallel()
	check(t, map[string]refusal{
		"an amount that cannot be read":               {"payments 3 amount=x", one(`payments.csv:3:amount: "x"`)},
		"an amount of money passed on":                {"payments 2 amount=x", one(`payments.csv:2:amount: "x"`)},
		"a date of money passed on":                   {"payments 2 paid_on=x", one(`payments.csv:2:paid_on: "x"`)},
		"a date of a reversal":                        {"payments 5 paid_on=x && arrive PZ3 03-12 50", one(`payments.csv:5:paid_on: "x"`)},
		"a reversal that cannot be read":              {"pay K1 04-02 150 <PZ5 && pay R1 04-05 x ~K1 && pay K2 04-05 150 <PZ5", one(`payments.csv:8:amount: "x"`)},
		"a community that is mistyped":                {"payments 3 payee=99010100100", one(`payments.csv:3:payee: "99010100100"`)},
		"a code of a community":                       {"communities 3 code=99010100100X && tasks 3 community=99010100100X && payments 4 payee=99010100100X && payments 5 payer=99010100100X", one(`communities.csv:3:code: "99010100100X"`)},
		"a payee that is missing":                     {"payments 3 payee=", one(`payments.csv:3:payee: ""`)},
		"a date of issue":                             {"tasks 3 issued_on=x", one(`tasks.csv:3:issued_on: "x"`)},
		"an arrival that cannot be read":              {"arrivals 2 confirmed_on=x", one(`arrivals.csv:2:confirmed_on: "x"`)},
		"a date of an arrival of money passed on":     {"payments 6 community=990101001001 && pay K1 04-02 150 <PZ5 && pay R1 04-05 150 ~K1 && arrivals + voucher=PZ5 confirmed_on=x amount=1", one(`arrivals.csv:3:confirmed_on: "x"`)},
		"the same unreadable row twice":               {"tasks 2 quantity=x && tasks + no=T1 department=D1 community=990101001001 item=I1 issued_on=2025-03-03 starts_on=2025-03-05 due_on=2025-06-30 quantity=x base=1000 amount=100 pay_by=2025-04-01", []string{`tasks.csv:2:quantity: "x"`, `tasks.csv:4:quantity: "x"`}},
		"a row that differs from one that is unread":  {"tasks 2 quantity=x && tasks + no=T1 department=D1 community=990101001001 item=I1 issued_on=2025-03-03", one(`tasks.csv:2:quantity: "x"`)},
		"a voucher that was used twice":               {"payments + voucher=PZ2 paid_on=2025-03-12 payer=D2 payee=990101001001 amount=90 && arrive PZ2 03-15 90", one(`payments.csv:7:voucher: "PZ2" … the same as in row 3`)},
		"a circle of different days and amounts":      {"pay K1 04-02 10 <K2 && pay K2 04-09 5 <K1", one(`payments.csv:7:upstream: "K2" … circle`)},
		"a sheet without one of its required columns": {"payments 1 amount=#amount", one(`payments.csv:1:amount: "" … the column amount (金额)`)},
	})
}

// A line is file:row:column: "found", expected … in English, then in Chinese.
var line = regexp.MustCompile(`^[^:]+:[1-9][0-9]*:([^: ]+:)? "(.*)", expected [^（]+（.+）$`)

var unfilled = regexp.MustCompile(`\{[a-z_]+\}`)

func check(t *testing.T, cases map[string]refusal) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := newJournal()
			n, faults := into(t, j, edited(t, c.edits).write(t))
			wantFaults(t, faults, c.want)
			if c.want == nil && n == 0 {
				t.Error("nothing was recorded")
			}
		})
	}
}

func wantFaults(t *testing.T, faults, want []string) {
	t.Helper()
	if len(faults) != len(want) {
		t.Fatalf("faults:\n\t%s\nwant:\n\t%s", strings.Join(faults, "\n\t"), strings.Join(want, "\n\t"))
	}
	for i, fault := range faults {
		where, part, _ := strings.Cut(want[i], " … ")
		if !strings.HasPrefix(fault, where+", expected ") || !strings.Contains(fault, part) {
			t.Errorf("fault:\n\t%s\nwant:\n\t%s", fault, want[i])
		}
		if !line.MatchString(fault) || unfilled.MatchString(fault) {
			t.Errorf("%s: not of the form of spec §9", fault)
		}
	}
}
