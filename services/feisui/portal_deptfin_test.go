package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// looker is somebody with a session, at the pages of the portal, without JavaScript.
type looker struct {
	t               *testing.T
	server, session string
}

// page is what a page said.
type page struct {
	status       int
	text, onward string
}

var notFollowed = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func (l *looker) do(method, path, kind string, body io.Reader) (p page) {
	l.t.Helper()
	r, err := http.NewRequestWithContext(l.t.Context(), method, l.server+path, body)
	if err != nil {
		l.t.Fatal(err)
	}
	r.Header.Set("Cookie", "feisui_session="+l.session)
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Origin", l.server)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	answer, err := notFollowed.Do(r)
	if err != nil {
		l.t.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		l.t.Fatal(err)
	}
	return page{answer.StatusCode, string(text), answer.Header.Get("Location")}
}

func (l *looker) see(path string) page {
	l.t.Helper()
	return l.do(http.MethodGet, path, "", http.NoBody)
}

func (l *looker) send(path string, form url.Values) page {
	l.t.Helper()
	return l.do(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

// upload sends a form with a file, none where content is empty.
func (l *looker) upload(path string, form url.Values, name, content string) page {
	l.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	var wrong []error
	for field, values := range form {
		for _, value := range values {
			wrong = append(wrong, w.WriteField(field, value))
		}
	}
	if content != "" {
		part, err := w.CreateFormFile("file", name)
		if err == nil {
			_, err = part.Write([]byte(content))
		}
		wrong = append(wrong, err)
	}
	if err := errors.Join(append(wrong, w.Close())...); err != nil {
		l.t.Fatal(err)
	}
	return l.do(http.MethodPost, path, w.FormDataContentType(), &body)
}

// hidden are the inputs that a page sends on, but for those that a person fills in.
func (p page) hidden() url.Values {
	form := url.Values{}
	for _, found := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`).FindAllStringSubmatch(p.text, -1) {
		if found[1] != "to" && found[1] != "next" {
			form.Add(found[1], strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&amp;", "&", "&#43;", "+").Replace(found[2]))
		}
	}
	return form
}

func (p page) has(t *testing.T, status int, texts ...string) {
	t.Helper()
	if p.status != status {
		t.Fatalf("%d, want %d: %s", p.status, status, p.text)
	}
	for _, text := range texts {
		if !strings.Contains(p.text, text) {
			t.Errorf("no %q in %s", text, p.text)
		}
	}
}

func with(form url.Values, more ...string) url.Values {
	form = cloned(form)
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

// TestPagesOfDepartmentsAndFinance goes the ways of a department and of finance, with
// forms alone: what is shown before it counts changes nothing, and what is sent twice
// is done once.
func TestPagesOfDepartmentsAndFinance(t *testing.T) { //nolint:tparallel // one county takes one way after the other
	t.Parallel()
	server, people := guarded(t)
	paidByTheCase(t, server) // before anybody looks: pages know the catalogue for a while
	entries := func() string {
		text, err := json.Marshal(byPeople(t, server))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	head := &looker{t, server, people.signIn("department_head")}
	fin := &looker{t, server, people.signIn("finance_officer")}
	t.Run("administrators", func(t *testing.T) {
		admin := &looker{t, server, people.signIn("system_admin")}
		admin.see("/grants?state=approved").has(t, http.StatusOK, `民政局 <span class="left">D01</span>`)
		admin.see("/people/new").has(t, http.StatusOK, `<option value="D01">民政局</option>`, `<option value="`+communityA+`">甲社区</option>`)
		audit := &looker{t, server, people.signIn("audit_admin")}
		audit.see("/audit").has(t, http.StatusOK, "登录</td>", `<option value="session_open">登录</option>`)
		audit.session += "; feisui_language=en"
		audit.see("/audit").has(t, http.StatusOK, "Sign in</td>", `<option value="session_open">Sign in</option>`)
		admin.see("/catalogue").has(t, http.StatusForbidden)
		head.see("/catalogue").has(t, http.StatusOK, "一项", "党群服务中心", "个工作日") // not what they were told just before
	})
	t.Run("what is owed", func(t *testing.T) { owedPages(t, head) })
	t.Run("handing down", func(t *testing.T) { assignPages(t, head, entries) })
	t.Run("drafts", func(t *testing.T) {
		clerk := &looker{t, server, people.signIn("department_officer")}
		draftPages(t, clerk, head, entries)
		hastyDraft(t, clerk)
		draftedSheet(t, clerk, head, entries)
	})
	t.Run("by a sheet", func(t *testing.T) { sheetPages(t, head, entries) })
	t.Run("a statement", func(t *testing.T) { bankPages(t, fin, entries) })
	t.Run("lists of money", func(t *testing.T) {
		fin.see("/w/payment").has(t, http.StatusOK, "财政局 → 土桥镇", "受益社区：丙社区", `<td class="money" data-label="金额（元）">70.00</td>`, "任务 T-A1")
		head.see("/w/commitment").has(t, http.StatusOK, "民政局 → 甲社区", `<td class="money" data-label="金额（元）">50.00</td>`)
	})
	t.Run("where money lies", func(t *testing.T) {
		fin.see("/money").has(t, http.StatusOK, "热水镇", "土桥镇")
		fin.see("/money?holder="+streetS2).has(t, http.StatusOK, "P-T", "财政局")
	})
	t.Run("not theirs", func(t *testing.T) {
		clerk := &looker{t, server, people.signIn("department_officer")}
		clerk.see("/assign").has(t, http.StatusForbidden)
		clerk.upload("/assign/sheet", url.Values{"do": {"price"}}, "a.csv", assignHead).has(t, http.StatusForbidden)
		clerk.see("/bank").has(t, http.StatusForbidden)
	})
}

func owedPages(t *testing.T, head *looker) {
	p := head.see("/tasks")
	p.has(t, http.StatusOK, "T-A1", "T-B1", "2025年02月")
	for _, of := range []string{"T-C1", "T-A2"} {
		if strings.Contains(p.text, of) {
			t.Errorf("%s is another department's", of)
		}
	}
	head.see("/tasks?view=all&street="+streetS1).has(t, http.StatusOK, "T-A1")
	promise := head.see("/w/commitment/new?task=T-A1")
	promise.has(t, http.StatusOK, `value="task:T-A1"`, `<select id="t.community" name="t.community" required>`, `<option value="`+communityA+`" selected>甲社区</option>`)
	if strings.Contains(promise.text, "12 位代码") {
		t.Error("it says how to type what is chosen")
	}
}

func assignPages(t *testing.T, head *looker, entries func() string) {
	before := entries()
	head.see("/w/task").has(t, http.StatusOK, `href="/assign"`)
	if p := head.see("/w/task/new?item=T01"); p.status != http.StatusSeeOther || p.onward != "/assign?item=T01" {
		t.Errorf("the form that the workflow has of itself leads to %d %s", p.status, p.onward)
	}
	head.see("/assign?item=T01").has(t, http.StatusOK, "一项", "甲社区", "丙社区")
	form := url.Values{"t.item": {"T01"}, "t.no": {"N-1"}, "t.amount": {"5.5"}, "community": {communityA, communityC}}
	head.send("/assign", with(form, "do", "find", "find", "乙")).has(t, http.StatusOK, "乙社区", `value="`+communityC+`" checked`)
	head.send("/assign", url.Values{"t.item": {"T01"}, "t.no": {"N-1"}, "do": {"price"}}).has(t, http.StatusUnprocessableEntity, `</h1><div class="wrong"`, `<a href="#choose">请至少选一个社区`)
	head.send("/assign", with(form, "do", "price", "t.amount", "many")).has(t, http.StatusUnprocessableEntity, "many", `</h1><div class="wrong"`, `<a href="#t.amount">`)
	price := head.send("/assign", with(form, "do", "price"))
	price.has(t, http.StatusOK, "11.00", "N-1-1", "N-1-2")
	changed := head.send("/assign", with(price.hidden(), "do", "issue", "t.amount", "6"))
	changed.has(t, http.StatusOK, "12.00", "已重新计算")
	if entries() != before {
		t.Fatal("something was handed down by looking at it")
	}
	issue := with(changed.hidden(), "do", "issue")
	for range 2 {
		if p := head.send("/assign", issue); p.status != http.StatusSeeOther || !strings.HasPrefix(p.onward, "/tasks?") {
			t.Fatalf("%d %s %s", p.status, p.onward, p.text)
		}
	}
	if n := strings.Count(entries(), `"task.assigned"`) - strings.Count(before, `"task.assigned"`); n != 2 {
		t.Errorf("%d tasks were handed down, want 2", n)
	}
}

// paidByTheCase has an item that pays by the case.
func paidByTheCase(t *testing.T, server string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server+"/v1/counties/c/items",
		strings.NewReader(`{"code":"T09","name":"逐户走访","department":"D01","list":"assist","rule":"per_case","rate":"2"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"Authorization": {"Bearer " + testKey}, "Request-Id": {"drafts-item"}, "Content-Type": {"application/json"}}
	if got, err := http.DefaultClient.Do(r); err != nil || got.StatusCode != http.StatusOK || got.Body.Close() != nil {
		t.Fatalf("%v %v", got, err)
	}
}

// draftPages goes the way of a draft of an item that pays by the case: it is written, written
// anew by two, submitted and issued. Nothing of it is handed down before.
func draftPages(t *testing.T, clerk, head *looker, entries func() string) {
	tasks := func() int { return strings.Count(entries(), `"task.assigned"`) }
	before := tasks()
	head.see("/w/draft/new").has(t, http.StatusForbidden)
	clerk.see("/w/draft").has(t, http.StatusOK, `href="/w/draft/new"`)
	clerk.see("/w/draft/new").has(t, http.StatusOK, `href="/w/draft/new?item=T09"`, "<h1>拟交办任务")
	clerk.see("/w/draft/new?item=T09").has(t, http.StatusOK, "逐户走访", `data-draft="/w/draft/new?item=T09"`, "按“查找”", `name="t.task"`, `name="t.pay_by"`, `name="t.quantity"`, "甲社区", "丙社区")
	form := url.Values{"t.item": {"T09"}, "t.task": {"N-9"}, "t.quantity": {"5"}, "community": {communityA, communityC}, "request": {"draft-1"}}
	clerk.send("/w/draft/new", with(form, "do", "find", "find", "乙")).has(t, http.StatusOK, "乙社区", `value="`+communityC+`" checked`, `name="own.`+communityC+`"`)
	clerk.send("/w/draft/new", with(form, "do", "save", "t.pay_by", "someday")).has(t, http.StatusUnprocessableEntity, `</h1><div class="wrong"`, `<a href="#t.pay_by">`)
	kept := clerk.send("/w/draft/new", with(form, "do", "save"))
	if again := clerk.send("/w/draft/new", with(form, "do", "save")); kept.status != http.StatusSeeOther || again.onward != kept.onward {
		t.Fatalf("%d %s, and again %s: %s", kept.status, kept.onward, again.onward, kept.text)
	}
	at, _, _ := strings.Cut(kept.onward, "?")
	clerk.see(at).has(t, http.StatusOK, "逐户走访", "N-9-1", "20.00", `href="`+at+`/edit"`, "甲社区、丙社区")
	written := clerk.see(at + "/edit")
	written.has(t, http.StatusOK, `value="N-9"`, `name="own.`+communityC+`" value=""`, `name="seen" value="1"`)
	second := with(form, "do", "save", "request", "draft-2", "seen", "1", "own."+communityA, "7")
	if p := clerk.send(at+"/edit", second); p.status != http.StatusSeeOther || p.onward != at+"?done=drafted" {
		t.Fatalf("%d %s: %s", p.status, p.onward, p.text)
	}
	clerk.see(at).has(t, http.StatusOK, "14.00", "24.00", "甲社区 数量 7")
	clerk.send(at+"/edit", with(second, "request", "draft-3", "own."+communityA, "8")).has(t, http.StatusConflict, "第 1 步", "修改", `value="8"`,
		`甲社区 数量 7</td><td data-label="您填的">甲社区 数量 8</td>`)
	one := with(second, "request", "draft-3b")
	one.Del("community")
	one.Set("community", communityA)
	clerk.send(at+"/edit", one).has(t, http.StatusConflict, `丙社区</td><td data-label="草稿现在">丙社区</td><td data-label="您填的">没有</td>`)
	clerk.see(at+"/submit").has(t, http.StatusOK, `name="seen" value="2"`)
	if p := clerk.send(at+"/submit", url.Values{"request": {"draft-4"}, "seen": {"2"}}); p.status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.status, p.text)
	}
	for _, step := range []string{"/issue", "/edit"} {
		clerk.see(at+step).has(t, http.StatusNotFound)
	}
	head.see("/").has(t, http.StatusOK, "逐户走访", "社区（2 个）", at+"/issue")
	head.see("/w/draft").has(t, http.StatusOK, "待签发", "逐户走访", `data-label="交办单号">N-9</td><td data-label="社区（个）">2</td>`)
	head.see(at).has(t, http.StatusOK, "24.00", "N-9-2", `href="`+at+`/return"`)
	issue := head.see(at + "/issue")
	issue.has(t, http.StatusOK, `name="seen" value="3"`, "24.00 元", "逐户走访")
	if strings.Contains(issue.text, "知悉将亮红灯") {
		t.Error("a word is asked for where no red lamp stands")
	}
	if tasks() != before {
		t.Fatal("something was handed down before it was issued")
	}
	for range 2 {
		if p := head.send(at+"/issue", issue.hidden()); p.status != http.StatusSeeOther {
			t.Fatalf("%d %s", p.status, p.text)
		}
	}
	if n := tasks() - before; n != 2 {
		t.Errorf("%d tasks were handed down, want 2", n)
	}
	head.see(at).has(t, http.StatusOK, "已交办", "甲社区", `href="/w/task/i/N-9-1"`, `href="/w/task/i/N-9-2"`)
	head.see(at+"/return").has(t, http.StatusNotFound, `href="`+at+`"`) // the way to what went on since
}

// hastyDraft lacks an answer to what is pointed out: its pages say so, what it costs all the
// same, and where the answer is given.
func hastyDraft(t *testing.T, clerk *looker) {
	form := url.Values{"t.item": {"T09"}, "t.task": {"N-10"}, "t.quantity": {"5"}, "t.due_on": {noon().Format(time.DateOnly)}, "community": {communityA, communityC}}
	kept := clerk.send("/w/draft/new", with(form, "do", "save", "request", "hasty-1"))
	at, _, _ := strings.Cut(kept.onward, "?")
	mend := `href="` + at + `/edit#t.explanation"`
	clerk.see(at).has(t, http.StatusOK, "2 个社区（甲社区、丙社区）：", "20.00", mend)
	clerk.see(at+"/submit").has(t, http.StatusOK, "2 个社区（甲社区、丙社区）：", "20.00 元", mend)
	clerk.send(at+"/submit", url.Values{"request": {"hasty-2"}, "seen": {"1"}}).has(t, http.StatusUnprocessableEntity, mend)
	clerk.see(at+"/edit").has(t, http.StatusOK, `<p class="fault" id="t.explanation-wrong">`)
}

// draftedSheet drafts what a sheet lists, writes it anew by another, and has it handed down.
func draftedSheet(t *testing.T, clerk, head *looker, entries func() string) {
	before := strings.Count(entries(), `"task.assigned"`)
	head.see("/w/draft/sheet").has(t, http.StatusForbidden)
	clerk.see("/w/draft/new").has(t, http.StatusOK, `href="/w/draft/sheet"`)
	clerk.see("/w/draft/sheet").has(t, http.StatusOK, "/templates/tasks", "一次签发")
	bad := assignHead + "D-1,D01," + communityA + ",T09,,许多\nD-2,D01," + communityB + ",T09,某天,1\n"
	clerk.upload("/w/draft/sheet", url.Values{"do": {"price"}}, "表.csv", bad).has(t, http.StatusUnprocessableEntity, "第 2 行", "许多", "第 3 行", "某天")
	good := assignHead + "D-1,D01," + communityA + ",T09,,3\nD-2,D01," + communityB + ",T01,,1\n"
	price := clerk.upload("/w/draft/sheet", url.Values{"do": {"price"}}, "表.csv", good)
	price.has(t, http.StatusOK, "D-1", "D-2", "保存这 2 项任务的拟交办")
	kept := clerk.upload("/w/draft/sheet", with(price.hidden(), "do", "issue"), "", "")
	if again := clerk.upload("/w/draft/sheet", with(price.hidden(), "do", "issue"), "", ""); kept.status != http.StatusSeeOther || again.onward != kept.onward {
		t.Fatalf("%d %s, and again %s: %s", kept.status, kept.onward, again.onward, kept.text)
	}
	at, _, _ := strings.Cut(kept.onward, "?")
	clerk.see(at).has(t, http.StatusOK, "逐户走访", "一项", "D-1", "6.00", "<dt>甲社区</dt><dd>交办单号 D-1、事项编码 逐户走访、数量 3</dd>")
	if p := clerk.see(at + "/edit"); p.status != http.StatusSeeOther || p.onward != at+"/sheet" {
		t.Errorf("%d %s", p.status, p.onward)
	}
	anew := clerk.upload(at+"/sheet", url.Values{"do": {"price"}, "seen": {"1"}}, "表.csv", strings.ReplaceAll(good, ",,3", ",,4"))
	anew.has(t, http.StatusOK, "8.00", `name="seen" value="1"`)
	if p := clerk.upload(at+"/sheet", with(anew.hidden(), "do", "issue"), "", ""); p.status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.status, p.text)
	}
	clerk.upload(at+"/sheet", with(anew.hidden(), "do", "issue", "request", "draft-sheet-late"), "", "").has(t, http.StatusConflict, "第 1 步")
	clerk.send(at+"/submit", url.Values{"request": {"draft-sheet-1"}, "seen": {"2"}})
	head.see("/").has(t, http.StatusOK, "用表格拟交办", at+"/issue")
	if p := head.send(at+"/issue", head.see(at+"/issue").hidden()); p.status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.status, p.text)
	}
	head.see(at).has(t, http.StatusOK, `href="/w/task/i/D-1"`, `href="/w/task/i/D-2"`)
	if n := strings.Count(entries(), `"task.assigned"`) - before; n != 2 {
		t.Errorf("%d tasks were handed down, want 2", n)
	}
}

func sheetPages(t *testing.T, head *looker, entries func() string) {
	before := entries()
	bad := assignHead + "S-1,D01," + communityA + ",T01,,许多\nS-2,D01," + communityB + ",T01,某天,1\n"
	head.upload("/assign/sheet", url.Values{"do": {"price"}}, "表.csv", bad).has(t, http.StatusUnprocessableEntity, "第 2 行", "许多", "第 3 行", "某天")
	good := assignHead + "S-1,D01," + communityA + ",T01,,1\nS-2,D01," + communityB + ",T01,,1\n"
	price := head.upload("/assign/sheet", url.Values{"do": {"price"}}, "表.csv", good)
	price.has(t, http.StatusOK, "S-1", "S-2")
	if entries() != before {
		t.Fatal("something was handed down by looking at it")
	}
	issue := with(price.hidden(), "do", "issue")
	for range 2 { // the file stands in the page
		if p := head.upload("/assign/sheet", issue, "", ""); p.status != http.StatusSeeOther {
			t.Fatalf("%d %s", p.status, p.text)
		}
	}
	// Another file than the one that was priced is priced first.
	head.upload("/assign/sheet", issue, "表.csv", strings.ReplaceAll(good, "S-", "X-")).has(t, http.StatusOK, "X-1")
	if n := strings.Count(entries(), `"task.assigned"`) - strings.Count(before, `"task.assigned"`); n != 2 {
		t.Errorf("%d tasks were handed down, want 2", n)
	}
}

func bankPages(t *testing.T, fin *looker, entries func() string) {
	before := entries()
	const statement = "支付凭证号,支付日期,付款人,收款人,金额(元),附言\nW-1,2025-03-03,民政局,甲社区,120.00,T-A1经费\nW-2,2025-03-04,民政局,某某商贸有限公司,30.5,用品\n"
	first := url.Values{"source": {"零余额账户"}, "total": {"150"}, "do": {"read"}}
	fin.upload("/bank", with(first, "source", ""), "三月.csv", statement).has(t, http.StatusUnprocessableEntity, "请填写来源")
	fin.upload("/bank", first, "", "").has(t, http.StatusUnprocessableEntity, "请选择一个文件")
	columns := fin.upload("/bank", first, "三月.csv", statement)
	columns.has(t, http.StatusOK, `<option value="支付凭证号" selected`, "W-1 · W-2")
	chosen := with(columns.hidden(), "do", "map", "map.voucher", "支付凭证号", "map.paid_on", "支付日期", "map.payer", "付款人", "map.payee", "收款人",
		"map.amount", "金额(元)", "map.summary", "附言")
	fin.upload("/bank", with(chosen, "map.paid_on", "附言"), "", "").has(t, http.StatusUnprocessableEntity, "T-A1经费", "用品")
	preview := fin.upload("/bank", chosen, "", "")
	preview.has(t, http.StatusOK, "150.50", "与所填的 150 不符", "任务 T-A1", "认不出收款方")
	take := with(preview.hidden(), "do", "take", "total", "150")
	fin.upload("/bank", take, "", "").has(t, http.StatusUnprocessableEntity, "文件合计 150.50 元")
	if entries() != before {
		t.Fatal("something was taken in by looking at it")
	}
	for range 2 {
		if p := fin.upload("/bank", with(take, "total", "150.50", "lines", "2"), "", ""); p.status != http.StatusSeeOther || !strings.HasPrefix(p.onward, "/pool") {
			t.Fatalf("%d %s", p.status, p.text)
		}
	}
	if n := strings.Count(entries(), `"payment.made"`) - strings.Count(before, `"payment.made"`); n != 1 {
		t.Errorf("%d payments, want 1", n)
	}
	fin.see("/pool").has(t, http.StatusOK, "W-2", "认不出收款方")
	// The mapping is remembered: the next statement of the source is shown at once.
	next := strings.ReplaceAll(statement, "W-", "V-")
	fin.upload("/bank", first, "四月.csv", next).has(t, http.StatusOK, "V-1", "任务 T-A1")
	place := fin.see("/w/bank_line/i/W-2/place?task=T-A1&payer=D01")
	place.has(t, http.StatusOK, "某某商贸有限公司", "task:T-A1")
	done := fin.send("/w/bank_line/i/W-2/place", with(place.hidden(), "t.payee", communityA, "t.community", communityA, "t.purpose", "task:T-A1"))
	if done.status != http.StatusSeeOther {
		t.Errorf("%d %s", done.status, done.text)
	}
	waitingPages(t, fin)
}

// waitingPages: a line that passes on one that waits says so on each page, and what it
// passes on is filled in where it is placed.
func waitingPages(t *testing.T, fin *looker) {
	const passing = "支付凭证号,支付日期,付款人,收款人,金额(元),附言,上级凭证\nY-2,2025-03-04,民政局,甲社区,8,T-A1经费,Y-1\nY-1,2025-03-04,民政局,某某商贸有限公司,8,用品,\n"
	columns := fin.upload("/bank", url.Values{"source": {"专户"}, "total": {"16"}, "do": {"read"}}, "五月.csv", passing)
	preview := fin.upload("/bank", with(columns.hidden(), "do", "map", "map.voucher", "支付凭证号", "map.paid_on", "支付日期", "map.payer", "付款人", "map.payee", "收款人",
		"map.amount", "金额(元)", "map.summary", "附言", "map.upstream", "上级凭证"), "", "")
	preview.has(t, http.StatusOK, "它转拨的 Y-1 还不是拨付")
	if p := fin.upload("/bank", with(preview.hidden(), "do", "take", "total", "16"), "", ""); p.status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.status, p.text)
	}
	fin.see("/pool").has(t, http.StatusOK, "它转拨的 Y-1 还不是拨付")
	place := fin.see("/w/bank_line/i/Y-2/place")
	place.has(t, http.StatusOK, `value="Y-1"`)
	early := fin.send("/w/bank_line/i/Y-2/place", with(place.hidden(), "t.payee", communityA, "t.purpose", "task:T-A1", "t.upstream", "Y-1"))
	early.has(t, http.StatusUnprocessableEntity, "Y-1 还在等认领或复核")
}
