package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"feisui/pkg/civil"
	"feisui/pkg/journal"
	"feisui/schemas"
	"feisui/services/feisui/serve"
	"feisui/services/process"
)

// refusedRow is a command that is refused: by whom, what and how.
type refusedRow struct {
	name, who, path, form string
	status                int
	code, field, says     string
}

// inputsOf are commands with something that is none, by the number that the plan of
// abuse gives them; form is that of a task.
func inputsOf(form func(more string) string) []refusedRow {
	return []refusedRow{
		{"#23 a field that is none", officeHead, begins, form(`,"colour":"red"`), 422, "FORM", "colour", ""},
		{"#24 a field twice", officeHead, begins, form(`,"item":"A02"`), 422, "FORM", "", "一次"},
		{"#4 more than there may be", officeHead, begins, form(`,"amount":"100000000000.01"`), 422, "FORM", "amount", "1000 亿元"},
		{"#12 a year that is none", officeHead, begins, form(`,"due_on":"9999-01-30"`), 422, "FORM", "due_on", "1901 年至 2199 年"},
		{"#12 the end before the start", officeHead, begins, form(`,"starts_on":"2025-05-01","due_on":"2025-04-01"`), 422, "FORM", "due_on", "不得早于开始日期 2025-05-01"},
		{"#5 a number of twenty digits", officeHead, begins, form(`,"quantity":"12345678901234567890"`), 422, "FORM", "quantity", "15 位"},
		{"#5 a sum of floats", officeHead, begins, form(`,"amount":0.30000000000000004`), 422, "FORM", "amount", "文字"},
		{"#5 a sum of floats in a row", ofAuthority, "/items", `{"code":"A09","name":"x","list":"assist","rule":"per_case","rate":0.30000000000000004}`, 422, "WORKBOOK_REFUSED", "rate", "15 位"},
		{"#22 an item's kind in another case", ofAuthority, "/items", `{"code":"A09","name":"x","list":"ASSIST","rule":"per_case","rate":"1"}`, 422, "WORKBOOK_REFUSED", "list", "assist"},
		{"#25 a field in another case", officeHead, begins, form(`,"Amount":"1"`), 422, "FORM", "Amount", "没有栏目"},
		{"#26 two documents", officeHead, begins, form("") + "{}", 422, "FORM", "", "JSON"},
		{"#26 a comment", officeHead, begins, form("") + "// x", 422, "FORM", "", "JSON"},
		{"#26 a byte order mark", officeHead, begins, "\ufeff" + form(""), 422, "FORM", "", "JSON"},
		{"#27 a deep nest", officeHead, begins, form(`,"document":` + strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001)), 422, "FORM", "", "JSON"},
		{"#27 a million communities", officeHead, begins, form(`,"communities":[` + strings.Repeat("1,", 1_000_000) + `1]`), 422, "FORM", "communities", "2000"},
		{"#28 null", officeHead, begins, form(`,"document":null`), 422, "FORM", "document", "文字"},
		{"#28 a list for an object", officeHead, begins, `[]`, 422, "FORM", "", "JSON"},
		{"#16 a number that is too long", officeHead, begins, strings.Replace(form(""), "JB-X", strings.Repeat("x", 65), 1), 422, "FORM", "no", "64"},
		{"#32 an instance that is a condition", northOfficer, step("1 OR 1=1", "accept"), "", http.StatusNotFound, "INSTANCE_UNKNOWN", "", ""},
		{"#15 a number of nothing", officeHead, begins, strings.Replace(form(""), "JB-X", "\u200b", 1), 422, "FORM", "no", "空白"},
		{"#18 a number that turns round", officeHead, begins, strings.Replace(form(""), "JB-X", "JB\u202eX", 1), 422, "FORM", "no", "U+202E"},
		{"#21 a number of two lines", officeHead, begins, strings.Replace(form(""), "JB-X", `JB\nX`, 1), 422, "FORM", "no", "U+000A"},
		{"#17 half a character", officeHead, begins, strings.Replace(form(""), "JB-X", `JB\ud800X`, 1), 422, "FORM", "no", "U+FFFD"},
		{"#21 a document of two lines", officeHead, begins, form(`,"document":"湘民\r\n1号"`), 422, "FORM", "document", "U+000D"},
		{"#18 a note that turns round", northOfficer, step("JB-1", "accept"), `{"note":"好\u2067"}`, 422, "FORM", "note", "U+2067"},
		{"#21 a voucher of two lines", financeOne, "/workflows/payment/instances", `{"voucher":"V\n1","paid_on":"2025-03-03","payer":"D01","payee":"` + north + `","community":"` + north + `","amount":"1"}`, 422, "FORM", "voucher", "U+000A"},
		{"#18 a row's number", ofAuthority, "/items", `{"code":"A\u202e","name":"x"}`, 422, "WORKBOOK_REFUSED", "code", "U+202E"},
		{"#21 a row's name", ofAuthority, "/items", `{"code":"A09","name":"x\ny"}`, 422, "WORKBOOK_REFUSED", "name", "U+000A"},
		{"#17 NUL in a number", officeHead, begins, strings.Replace(form(""), "JB-X", `JB\u0000`, 1), 422, "TEXT_INVALID", "no", "no 含有"},
		{"#17 NUL in a list", officeHead, begins, `{"no":"JB-X","department":"D01","item":"A01","communities":["` + north + `\u0000"]}`, 422, "TEXT_INVALID", "communities.0", "communities.0 含有"},
		{"#17 NUL in a voucher", financeOne, "/workflows/payment/instances", `{"voucher":"V\u0000"}`, 422, "TEXT_INVALID", "voucher", "voucher 含有"},
		{"#17 NUL in a row", ofAuthority, "/items", `{"code":"A\u0000","name":"x"}`, 422, "TEXT_INVALID", "code", "code 含有"},
		{"#17 NUL in an address", officeHead, step("JB\x00", "accept"), "", 422, "TEXT_INVALID", "instance", "instance 含有"},
		{"#22 a reason that is none", northOfficer, step("JB-1", "reject"), `{"reason":"N77"}`, 422, "FORM", "reason", "N01"},
	}
}

// TestWhatMayNotBe: each refusal has its status, its code, the field of the form
// that is wrong where one is, and records nothing.
func TestWhatMayNotBe(t *testing.T) { //nolint:tparallel // one after the other, on what the ones before left
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	s.contract = contractOf(t)
	s.issue("JB-1", north)
	s.issue("JB-2", north, `,"amount":"500","due_on":"2025-04-30","pay_by":"2025-03-31"`)
	s.act(northOfficer, "JB-2", "accept", "")
	s.issue("JB-3", north)
	s.act(northOfficer, "JB-3", "accept", "")
	const both = "person:both community_officer@" + north + " department_officer@D01"
	s.act(both, "JB-3", "report", `{"completed_on":"2025-03-03"}`)
	s.issue("JB-4", south)
	s.act(southOfficer, "JB-4", "accept", "")
	s.issue("JB-5", south, `,"amount":"500","due_on":"2025-04-30","starts_on":"2025-03-10","pay_by":"2025-03-31"`)
	s.act(southOfficer, "JB-5", "accept", "")
	s.rows("tasks", `{"no":"JB-R","department":"D01","community":"`+north+`","item":"A01","issued_on":"2025-03-01"}`)
	form := func(more string) string {
		return `{"no":"JB-X","department":"D01","community":"` + north + `","item":"A01"` + more + `}`
	}
	voucher := func(payer string) string {
		return `{"voucher":"ZF-1","paid_on":"2025-03-03","payer":"` + payer + `","payee":"` + north + `","community":"` + north + `","amount":"1"}`
	}
	s.rows("payments", `{"voucher":"ZF-1","paid_on":"2025-03-02","payer":"D02","payee":"`+south+`","community":"`+south+`","amount":"20"}`)
	place.recordedBefore(t, schemas.TaskAssigned{No: unseen, Department: "D01", Community: north, Item: "A01", IssuedOn: dayOf(t, "2025-03-03")})
	before := place.said(t)
	for _, c := range slices.Concat(inputsOf(form), []refusedRow{
		{"nobody begins", "nobody", begins, form(""), http.StatusForbidden, "", "", ""},
		{"a clerk begins", officeClerk, begins, form(""), http.StatusForbidden, "NOT_YOURS", "", "部门负责人"},
		{"another department begins", otherHead, begins, form(""), http.StatusForbidden, "NOT_YOURS", "", ""},
		{"a number alone", officeHead, begins, `{"no":"JB-X"}`, 422, "FORM", "community", "交办部门"},
		{"a number alone, of nobody who begins", northOfficer, begins, `{"no":"JB-X"}`, http.StatusForbidden, "NOT_YOURS", "", "部门负责人"},
		{"a row without a number", northOfficer, "/receipts", `{"outcome":"接收","filed_on":"2025-03-03"}`, 422, "WORKBOOK_REFUSED", "task", "必填"},
		{"a plaque that is removed", northOfficer, "/plaques", `{"no":"PL-X","removed_on":"2025-03-03"}`, 422, "WORKBOOK_REFUSED", "community", "必填"},
		{"no item", officeHead, begins, `{"no":"JB-X","department":"D01","community":"` + north + `"}`, 422, "FORM", "item", "事项编码"},
		{"no amount", officeHead, begins, form(`,"amount":"much"`), 422, "FORM", "amount", ""},
		{"another name", ofAuthority, "/items", `{"code":"A01","name":"别的","list":"assist","rule":"per_case","rate":"20"}`, 422, "WORKBOOK_REFUSED", "name", "请选“更正”"},
		{"no such community", officeHead, begins, strings.Replace(form(""), north, "431026102009", 1), 422, "FORM", "community", "社区"},
		{"a number that is taken", officeHead, begins, strings.Replace(form(""), "JB-X", "JB-1", 1), http.StatusConflict, "STATE", "", "待签收"},
		{"another department's number", otherHead, begins, `{"no":"JB-1","department":"D02","community":"` + north + `","item":"A01"}`, http.StatusConflict, "NUMBER_TAKEN", "", "已被使用"},
		{"another's that is recorded", otherHead, begins, `{"no":"JB-R","department":"D02","community":"` + north + `","item":"A01"}`, http.StatusConflict, "NUMBER_TAKEN", "", "已被使用"},
		{"A37 a voucher again", financeOne, "/workflows/payment/instances", voucher("D01"), http.StatusConflict, "VOUCHER_USED", "", "2025-03-02 的拨付"},
		{"A37 another's voucher", streetMoney, "/workflows/payment/instances", voucher(streetOfBoth), http.StatusConflict, "VOUCHER_USED", "", "2025-03-02 的拨付"},
		{"a number that is recorded", officeHead, begins, strings.Replace(form(""), "JB-X", "JB-R", 1), 422, "FORM", "no", "已登记"},
		{"one of many is wrong", officeHead, begins, `{"no":"JB-X","department":"D01","item":"A01","communities":["` + north + `",{"community":"` + south + `","amount":"-1"}]}`, 422, "FORM", "communities.1.amount", ""},
		{"one of many is nowhere", officeHead, begins, `{"no":"JB-X","department":"D01","item":"A01","communities":["` + north + `","431026102009"]}`, 422, "FORM", "communities.1.community", ""},
		{"two of many have one number", officeHead, begins, `{"department":"D01","item":"A01","communities":[{"community":"` + north + `","no":"JB-X"},{"community":"` + south + `","no":"JB-X"}]}`, 422, "FORM", "communities.1.no", ""},
		{"A11 what is reported already", northOfficer, step("JB-3", "report"), `{"completed_on":"2025-03-03"}`, http.StatusConflict, "STATE", "", "待验收"},
		{"A12 a step that is skipped", northOfficer, step("JB-1", "report"), `{"completed_on":"2025-03-03"}`, http.StatusConflict, "STATE", "", "待签收"},
		{"A13 a rate in the acceptance", northOfficer, step("JB-1", "accept"), `{"rate":"99"}`, 422, "FORM", "rate", "没有栏目"},
		{"a number taken, in full width", officeHead, begins, strings.Replace(form(""), "JB-X", "ＪＢ-1 ", 1), http.StatusConflict, "STATE", "", "待签收"},
		{"no such workflow", officeHead, "/workflows/nothing/instances", form(""), http.StatusNotFound, "WORKFLOW_UNKNOWN", "", ""},
		{"no such action", northOfficer, step("JB-1", "applaud"), `{"loudly":"yes"}`, http.StatusNotFound, "ACTION_UNKNOWN", "", "“接收 accept”、“附条件接收 accept_on_condition”"},
		{"no such instance", northOfficer, step("JB-9", "accept"), "", http.StatusNotFound, "INSTANCE_UNKNOWN", "", ""},
		{"another community's", southOfficer, step("JB-1", "accept"), "", http.StatusNotFound, "INSTANCE_UNKNOWN", "", ""},
		{"another department's", otherHead, step("JB-1", "recall"), `{"reason":"x"}`, http.StatusNotFound, "INSTANCE_UNKNOWN", "", ""},
		{"the department answers", officeHead, step("JB-1", "accept"), "", http.StatusForbidden, "NOT_YOURS", "", "社区工作人员"},
		{"the system's step", northOfficer, step("JB-1", "lapse"), "", http.StatusForbidden, "NOT_YOURS", "", "系统"},
		{"accepted already", northOfficer, step("JB-2", "accept"), "", http.StatusConflict, "STATE", "", "最近一步是第 2 步“接收”"},
		{"a condition without an amount", northOfficer, step("JB-1", "accept_on_condition"), `{"condition_by":"2025-04-01"}`, 422, "FORM", "condition_amount", ""},
		{"another reason without a note", northOfficer, step("JB-1", "reject"), `{"reason":"N99"}`, 422, "FORM", "note", ""},
		{"less money", officeHead, step("JB-2", "amend"), `{"amount":"499","reason":"x"}`, 422, "FACTS", "amount", "500"},
		{"more work", officeHead, step("JB-2", "amend"), `{"quantity":"13","reason":"x"}`, 422, "FACTS", "quantity", "12"},
		{"less time", officeHead, step("JB-2", "amend"), `{"due_on":"2025-04-29","reason":"x"}`, 422, "FACTS", "due_on", "2025-04-30"},
		{"later payment", officeHead, step("JB-2", "amend"), `{"pay_by":"2025-04-01","reason":"x"}`, 422, "FACTS", "pay_by", "2025-03-31"},
		{"A19 the same eyes", both, step("JB-3", "verify"), "", http.StatusForbidden, "NOT_YOURS", "", "另一人"},
		{"completed before it was issued", southOfficer, step("JB-4", "report"), `{"completed_on":"2025-03-01"}`, 422, "FACTS", "completed_on", "2025-03-03"},
		{"completed tomorrow", southOfficer, step("JB-4", "report"), `{"completed_on":"2025-03-04"}`, 422, "FACTS", "completed_on", "2025-03-03"},
		{"less work, and so less money", officeHead, step("JB-4", "amend"), `{"quantity":"11","reason":"x"}`, 422, "FACTS", "quantity", "240"},
		{"no work, and so no money", officeHead, step("JB-4", "amend"), `{"quantity":"0","reason":"x"}`, 422, "FACTS", "quantity", "240"},
		{"a day where there was none", officeHead, step("JB-4", "amend"), `{"due_on":"2025-12-31","reason":"x"}`, 422, "FACTS", "due_on", "原无完成时限"},
		{"an earlier start", officeHead, step("JB-5", "amend"), `{"starts_on":"2025-03-09","reason":"x"}`, 422, "FACTS", "starts_on", "2025-03-10"},
		{"a later start, and no later end", officeHead, step("JB-5", "amend"), `{"starts_on":"2025-03-11","reason":"x"}`, 422, "FACTS", "starts_on", "顺延"},
		{"an extension until yesterday", southOfficer, step("JB-4", "ask_extension"), `{"due_on":"2025-03-02","reason":"x"}`, 422, "FACTS", "due_on", "2025-03-03"},
		{"due before it is handed down", officeHead, begins, form(`,"due_on":"2025-03-02"`), 422, "FORM", "due_on", "2025-03-03"},
		{"a condition of nothing", northOfficer, step("JB-1", "accept_on_condition"), `{"condition_amount":"0","condition_by":"2025-04-01"}`, 422, "FACTS", "condition_amount", "大于 0"},
		{"a condition by yesterday", northOfficer, step("JB-1", "accept_on_condition"), `{"condition_amount":"9","condition_by":"2025-03-02"}`, 422, "FACTS", "condition_by", "2025-03-03"},
		{"what may not be dry either", northOfficer, step("JB-2", "accept") + "?dry_run=true", "", http.StatusConflict, "STATE", "", ""},
		{"dry is yes or no", northOfficer, step("JB-1", "accept") + "?dry_run=maybe", "", 422, "WORD", "", ""},
	}) {
		t.Run(c.name, func(t *testing.T) { //nolint:paralleltest // in its turn
			a := s.ask(c.who, http.MethodPost, c.path, "", c.form)
			p := a.problem(t)
			field := ""
			said := p.Title
			for i, e := range p.Errors {
				said += e.Zh
				if i == 0 {
					field = e.Field
				}
			}
			if a.status != c.status || c.code != "" && p.Code != c.code || field != c.field || !strings.Contains(said, c.says) {
				t.Errorf("%d %s, field %q: %s", a.status, p.Code, field, a.body)
			}
		})
	}
	if now := place.said(t); now != before {
		t.Errorf("%d entries were recorded by what was refused", now-before)
	}
	s.lookedAtBefore()
	s.keptAsItIs()
	eventually(t, func() bool {
		return s.ask(northOfficer, http.MethodGet, begins+"/"+url.PathEscape(unseen), "", "").status == http.StatusOK
	})
	s.goesOn()
	// A74: a number that somebody knows opens nothing.
	absent := s.ask(southOfficer, http.MethodGet, begins+"/JB-9", "", "")
	hidden := s.ask(southOfficer, http.MethodGet, begins+"/JB-1", "", "")
	if absent.status != http.StatusNotFound || hidden.status != absent.status || string(hidden.body) != string(absent.body) {
		t.Errorf("what is hidden is answered otherwise than what is absent: %s, %s", hidden.body, absent.body)
	}
}

// keptAsItIs is the control of what is refused: what is odd and a text is kept, lines
// included (#19, #20).
func (s *stage) keptAsItIs() {
	s.t.Helper()
	const odd = "𠮷\uE000㐀\n<script>{{7*7}}${jndi:x}'; DROP%s%n"
	s.issue("JB-6", north, `,"verification":`+strconv.Quote(odd))
	var in serve.Instance
	var said struct{ Verification string }
	s.ask(officeHead, http.MethodGet, begins+"/JB-6", "", "").into(s.t, &in)
	if err := json.Unmarshal(in.Form, &said); err != nil || said.Verification != odd {
		s.t.Errorf("%q, %v", said.Verification, err)
	}
}

// unseen is a number that was recorded while one could hold what nobody sees.
const unseen = "JB\u00a09"

// recordedBefore has events in the journal that no door would take now.
func (p place) recordedBefore(t *testing.T, events ...schemas.Event) {
	t.Helper()
	r := journal.Request{County: "county", ID: "before/" + events[0].Stream(), Kind: journal.Act}
	for _, e := range events {
		data, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		r.Events = append(r.Events, journal.Pending{Stream: e.Stream(), Type: e.Type(), Data: data})
	}
	if _, err := p.journal.Append(t.Context(), r); err != nil {
		t.Fatal(err)
	}
}

func dayOf(t *testing.T, text string) civil.Date {
	t.Helper()
	day, err := civil.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return day
}

// goesOn: a task of before is answered under its number, and a new one has one number in
// its instance and in the facts, however that was typed.
func (s *stage) goesOn() {
	s.t.Helper()
	s.act(northOfficer, unseen, "accept", "")
	s.issue("JB-Re\u0301", north)
	s.act(northOfficer, "JB-R\u00e9", "accept", "")
	s.act(northOfficer, "JB-R\u00e9", "report", `{"completed_on":"2025-03-03"}`)
}

// lookedAtBefore (#36): who saw an instance before somebody else acted on it is told what
// followed, and may act once that was seen.
func (s *stage) lookedAtBefore() {
	s.t.Helper()
	at := func(seen string) answer {
		r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.address+"/v1/counties/county"+step("JB-2", "ask_extension"), strings.NewReader(`{"due_on":"2025-05-30","reason":"x"}`))
		if err != nil {
			s.t.Fatal(err)
		}
		r.Header = http.Header{"Authorization": {"Bearer " + northOfficer}, "Request-Id": {"seen-" + strings.Trim(seen, `"`)}, "Content-Type": {"application/json"}, "If-Match": {seen}}
		got, err := http.DefaultClient.Do(r)
		if err != nil {
			s.t.Fatal(err)
		}
		defer got.Body.Close()
		body, err := io.ReadAll(got.Body)
		if err != nil {
			s.t.Fatal(err)
		}
		return answer{got.StatusCode, got.Header, body}
	}
	if a := at(`"1"`); a.status != http.StatusConflict || a.problem(s.t).Code != "VERSION_CONFLICT" || len(a.problem(s.t).Errors) != 1 || !strings.Contains(a.problem(s.t).Errors[0].Zh, "第 2 步“接收”") {
		s.t.Errorf("%d %s", a.status, a.body)
	}
	if a := at(`"9223372036854775807"`); a.status != http.StatusConflict || a.problem(s.t).Code != "VERSION_CONFLICT" {
		s.t.Errorf("what nobody can have seen: %d %s", a.status, a.body)
	}
	if a := at("yesterday"); a.status != http.StatusUnprocessableEntity || a.problem(s.t).Code != "IF_MATCH" {
		s.t.Errorf("%d %s", a.status, a.body)
	}
	if a := at(`"2"`); a.status != http.StatusOK {
		s.t.Errorf("%d %s", a.status, a.body)
	}
}

// said counts the entries of the stage's journal, but for flags, which are said
// when there is time.
func (p place) said(t testing.TB) (n int) {
	t.Helper()
	for e, err := range p.journal.After(t.Context(), "county", 0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if schemas.Category(e.Type) != "flag" && e.Actor != process.System.ID { // which come by themselves, cases among them
			n++
		}
	}
	return n
}
