package main

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"feisui/pkg/access"
	"feisui/services/feisui/serve"
)

// page asks for a page as a browser without script does: with the cookie of somebody,
// and a form where there is one. It follows nothing.
func (a *accounts) page(who, path string, form url.Values) (status int, to, text string) {
	a.t.Helper()
	method, body := http.MethodGet, ""
	if form != nil {
		method, body = http.MethodPost, form.Encode()
	}
	r, err := http.NewRequestWithContext(a.t.Context(), method, a.server+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Cookie", "feisui_session="+a.shown[who+" valid"])
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", a.server)
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		a.t.Fatal(err)
	}
	defer answer.Body.Close()
	all, err := io.ReadAll(answer.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	return answer.StatusCode, answer.Header.Get("Location"), string(all)
}

// shows fails where a page lacks something, or has what it should not: "!…".
func (a *accounts) shows(who, path string, wanted ...string) string {
	a.t.Helper()
	status, to, text := a.page(who, path, nil)
	if status != http.StatusOK {
		a.t.Fatalf("%s as %s: %d %s", path, who, status, to)
	}
	for _, want := range wanted {
		not, is := strings.CutPrefix(want, "!")
		if strings.Contains(text, not) == is {
			a.t.Errorf("%s as %s: %s\n%s", path, who, want, text)
		}
	}
	return text
}

// hidden is the value of a hidden field of the form that is sent to an address.
func hidden(t *testing.T, text, at, name string) string {
	t.Helper()
	_, form, found := strings.Cut(text, `action="`+at+`"`)
	value := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(form)
	if !found || value == nil {
		t.Fatalf("no %s in a form to %s: %s", name, at, text)
	}
	return value[1]
}

// TestACommunityWorksInThePortal is a day of a community officer, without script: what
// waits is there, is answered in three presses, and done once however often it is sent.
func TestACommunityWorksInThePortal(t *testing.T) { //nolint:tparallel // one after the other
	t.Parallel()
	_, a := guarded(t)
	const officer, head, county = "community_officer", "department_head", "/v1/counties/c/"
	for _, no := range []string{"N-1", "N-2"} {
		task := map[string]string{"no": no, "department": departmentD1, "community": communityA, "item": "T01", "amount": "120"}
		a.call(head+" valid", http.MethodPost, county+"workflows/task/instances", task, &serve.Acted{})
	}
	t.Run("receipt", func(t *testing.T) { a.answersInThreePresses(t, officer, head) })       //nolint:paralleltest // one after the other
	t.Run("money", func(t *testing.T) { a.confirmsAnArrival(t, officer) })                   //nolint:paralleltest // as above
	t.Run("statement", func(t *testing.T) { a.printsWhatAnybodyCanCountAgain(t, officer) })  //nolint:paralleltest // as above
	t.Run("suggestion", func(t *testing.T) { a.saysWhatTheDepartmentIsNotTold(t, officer) }) //nolint:paralleltest // as above
	t.Run("notices", func(t *testing.T) { a.looksAtNotices(t, officer, head) })              //nolint:paralleltest // as above
	a.shows(officer, "/carried", "1 / 4", "甲牌", "目录外", "甲表", "!丙牌")
	t.Run("end", func(t *testing.T) { a.readsWhatItAgreesTo(t, officer, head) }) //nolint:paralleltest // as above
}

// readsWhatItAgreesTo: who is asked whether work ends reads for how much, and why.
func (a *accounts) readsWhatItAgreesTo(t *testing.T, officer, head string) {
	t.Helper()
	const task = "/v1/counties/c/workflows/task/instances/N-2"
	a.call(officer+" valid", http.MethodPost, task+"/accept", struct{}{}, &serve.Acted{})
	a.call(head+" valid", http.MethodPost, task+"/terminate", map[string]string{"amount": "61.5", "reason": "政策已经取消"}, &serve.Acted{})
	for _, action := range []string{"agree_termination", "drop_termination"} {
		a.shows(officer, "/w/task/i/N-2/"+action, "61.50", "政策已经取消", "120.00")
	}
	a.shows(officer, "/", "/w/task/i/N-2")
}

func (a *accounts) answersInThreePresses(t *testing.T, officer, head string) {
	const see, reject = "/w/task/i/N-1/see", "/w/task/i/N-1/reject"
	home := a.shows(officer, "/", "待签收（2）", "民政局交办", "应配经费 120.00 元", "个工作日", "/w/suggestion/new", "/w/outside_work/new")
	before := a.shows(officer, reject)
	status, to, _ := a.page(officer, see, url.Values{"seen": {hidden(t, home, see, "seen")}, "request": {hidden(t, home, see, "request")}, "back": {"/"}})
	if status != http.StatusSeeOther || to != "/?done=see" {
		t.Errorf("see: %d %s", status, to)
	}
	a.shows(officer, "/", "待签收（1）", "待回执（1）")
	a.shows(officer, "/w/task/i/N-1", "choice-accept", "choice-accept_on_condition", "choice-reject", "choice-query", "120.00")
	a.shows(head, "/w/task/i/N-1", "!choice-accept", "120.00")
	// Whoever opened the form before that is told, and sees it as it is, with what was typed.
	stale := url.Values{"request": {hidden(t, before, reject, "request")}, "seen": {hidden(t, before, reject, "seen")}, "t.reason": {"N99"}, "t.note": {"没有准入"}}
	status, _, fresh := a.page(officer, reject, stale)
	if status != http.StatusConflict || !strings.Contains(fresh, "您看到的是第 1 步，现在是第 2 步") || !strings.Contains(fresh, `value="N99" checked`) ||
		!strings.Contains(fresh, "没有准入") || hidden(t, fresh, reject, "seen") != "2" {
		t.Errorf("what was not seen is acted on: %d %s", status, fresh)
	}
	form := a.shows(officer, reject, `type="radio" name="t.reason" value="N01"`, "N12", "data-draft=\""+reject+"\"")

	filled := url.Values{"request": {hidden(t, form, reject, "request")}, "t.reason": {"N99"}, "t.note": {""}}
	status, _, again := a.page(officer, reject, filled)
	if status != http.StatusUnprocessableEntity || !strings.Contains(again, "应填写说明") || !strings.Contains(again, `value="N99" checked`) {
		t.Errorf("without a note: %d %s", status, again)
	}
	filled.Set("request", hidden(t, again, reject, "request"))
	filled.Set("t.note", "没有准入")
	for range 2 { // sent twice
		if status, to, text := a.page(officer, reject, filled); status != http.StatusSeeOther || to != "/w/task/i/N-1?done=reject" {
			t.Fatalf("%d %s %s", status, to, text)
		}
	}
	var seen serve.Instance
	a.call(officer+" valid", http.MethodGet, "/v1/counties/c/workflows/task/instances/N-1", nil, &seen)
	if seen.State != "rejected" || seen.Steps != 3 {
		t.Errorf("%s after %d steps", seen.State, seen.Steps)
	}
	filled.Set("request", "another")
	filled.Set("seen", "2")
	status, _, text := a.page(officer, reject, filled)
	if status != http.StatusConflict || !strings.Contains(text, "您看到的是第 2 步，现在是第 3 步") || !strings.Contains(text, "您刚才填写的") || !strings.Contains(text, "已拒收") {
		t.Errorf("a rejection of what is rejected: %d %s", status, text)
	}
	a.shows(officer, "/w/task/i/N-1", "N99 其他", "没有准入")
}

// looksAtNotices: the head of each page says how many are new, until they were looked at.
func (a *accounts) looksAtNotices(t *testing.T, officer, head string) {
	const mark, inbox = `</span>5<span class="hide"> 条</span>`, "/inbox"
	eventually(t, func() bool { // the ledger opens the two cases about its fee by itself
		var box serve.Told
		a.call(officer+" valid", http.MethodGet, "/v1/counties/c/inbox", nil, &box)
		return box.Fresh == 5
	})
	a.shows(officer, "/", mark)
	a.shows(officer, "/inbox/mark", mark, "!待办")
	page := a.shows(officer, inbox, "有 5 条新的", "N-1", "N-2", "P-N", "请办理", "任务经费 T-A1", "任务经费 T-A2", "立案通知", "!丙社区")
	a.shows(officer, "/", mark) // asking for the page says nothing
	form := url.Values{"request": {hidden(t, page, inbox, "request")}, "position": {hidden(t, page, inbox, "position")}}
	if status, to, text := a.page(officer, inbox, form); status != http.StatusSeeOther || to != inbox {
		t.Errorf("%d %s %s", status, to, text)
	}
	a.shows(officer, "/", "!"+mark, "inbox-mark")
	a.shows(officer, inbox, "N-1", "!条新的", "!data-look")
	a.shows(head, inbox, "N-1", "有进展", "拒收", "请办理")
}

func (a *accounts) confirmsAnArrival(t *testing.T, officer string) {
	const confirm = "/w/payment/i/P-N/confirm"
	var day struct{ Day string }
	a.call(officer+" valid", http.MethodGet, "/v1/counties/c/tasks?limit=1", nil, &day)
	payment := map[string]string{
		"voucher": "P-N", "paid_on": day.Day, "payer": departmentD1, "payee": communityA, "community": communityA, "purpose": "task:N-2", "amount": "1120.50",
	}
	a.call("finance_officer valid", http.MethodPost, "/v1/counties/c/workflows/payment/instances", payment, &serve.Acted{})
	a.shows(officer, "/", "待确认到账（1）", "确认到账 1,120.50 元")
	page := a.shows(officer, "/arrivals", "1,120.50", "民政局", "任务 N-2", "/w/payment/i/P-N/dispute")
	form := url.Values{"request": {hidden(t, page, confirm, "request")}, "back": {"/arrivals"}, "t.amount": {hidden(t, page, confirm, "t.amount")}}
	for range 2 {
		if status, to, text := a.page(officer, confirm, form); status != http.StatusSeeOther || to != "/arrivals?done=confirm" {
			t.Fatalf("%d %s %s", status, to, text)
		}
	}
	a.shows(officer, "/arrivals", "没有等您确认的到账")
	a.shows(officer, "/w/task/i/N-2", "社区已确认 1,120.50 元")
	// A form leads back to pages of ours alone.
	form.Set("back", "https://example.org/")
	if status, to, _ := a.page(officer, confirm, form); status != http.StatusSeeOther || !strings.HasPrefix(to, "/?") {
		t.Errorf("%d %s", status, to)
	}
}

func (a *accounts) printsWhatAnybodyCanCountAgain(t *testing.T, officer string) {
	sums := map[string]bool{}
	for _, on := range []string{"2025-01-31", "2025-03-31"} {
		page := a.shows(officer, "/statement?on="+on, "甲社区费随事转对账单", "T-A1", "!T-C1")
		position := regexp.MustCompile(`记录第 (\d+) 条`).FindStringSubmatch(page)
		sum := regexp.MustCompile(`<code>([0-9a-f]{64})</code>`).FindStringSubmatch(page)
		if position == nil || sum == nil {
			t.Fatal(page)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.server+"/v1/counties/c/statement?on="+on+"&community="+communityA+"&position="+position[1], nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+a.shown["auditor valid"])
		counted := sha256.Sum256([]byte(answerTo(t, r).text))
		if hex.EncodeToString(counted[:]) != sum[1] {
			t.Errorf("%s: the page has %s, an auditor counts %x", on, sum[1], counted)
		}
		sums[sum[1]] = true
	}
	if len(sums) != 2 {
		t.Error("two dates have one sum")
	}
	a.shows("authority", "/statement", "请选择社区和日期", "丙社区")
	a.shows("street_officer", "/statement?community="+communityB, "乙社区", "!丙社区")
	if status, _, _ := a.page(officer, "/statement?community="+communityB, nil); status != http.StatusNotFound {
		t.Errorf("another's statement: %d", status)
	}
}

func (a *accounts) saysWhatTheDepartmentIsNotTold(t *testing.T, officer string) {
	page := a.shows(officer, "/w/suggestion/new", "内容")
	form := url.Values{"request": {hidden(t, page, "/w/suggestion/new", "request")}, "t.about": {"work"}, "t.text": {"民政局每周都要报表"}}
	status, to, text := a.page(officer, "/w/suggestion/new", form)
	at, _, _ := strings.Cut(to, "?")
	if status != http.StatusSeeOther || !strings.HasPrefix(at, "/w/suggestion/i/JY-") {
		t.Fatalf("%d %s %s", status, to, text)
	}
	a.shows(string(access.Authority), at, "民政局每周都要报表", at+"/answer")
	a.shows(string(access.Authority), "/", "投诉建议（1）")
	if status, _, _ := a.page(string(access.DepartmentHead), at, nil); status != http.StatusNotFound {
		t.Errorf("the department sees it: %d", status)
	}
	form.Set("t.text", "找 13912345678 说的")
	form.Set("request", "another")
	if status, _, _ := a.page(officer, "/w/suggestion/new", form); status != http.StatusUnprocessableEntity {
		t.Errorf("a telephone number: %d", status)
	}
}
