package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"feisui/services/feisui/serve"
	"feisui/services/people/keep"
)

// The stage of the portal: a small county with something of everything that pages
// show, and a demo account for each role. Those of the department are of D01, that
// of the community of the north, that of the street of both communities' street; the
// south's, the third's and the second department's things are not theirs.

// portalSample is the request id of what makes the county a sample's, so that there
// are demo accounts.
const portalSample = "sample/portal"

// foreignOf is something of each workflow that is neither the north's nor D01's.
var foreignOf = map[string]string{"task": "JB-3", "payment": "P-3", "commitment": "CN-3", "plaque": "GP-3", "burden": "FD-3", "admission": "SQ-3"}

type portalStage struct {
	*stage

	place place               // where its journal is
	say   func(string) string // what stands for a text that somebody typed
}

// asTyped is what is typed where a test does not care.
func asTyped(text string) string { return text }

// portalPlayed opens the stage, on whose first day a fee has been due for long.
func portalPlayed(t *testing.T, say func(string) string) *portalStage {
	t.Helper()
	at := shared(t)
	s := &portalStage{opened(t, serve.Config{DatabaseURL: at.database}), at, say}
	// What a sample brought is there and nothing else, or there would be no accounts.
	if a := s.ask("", http.MethodPost, "/departments", portalSample, object("code", "D09", "name", say("财政局"), "kind", "finance")); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	err := s.server.Demo(t.Context(), "county", portalSample, demoPassword, keep.DemoScopes{Department: "D01", Street: streetOfBoth, Community: north})
	if err != nil {
		t.Fatal(err)
	}
	s.registry()
	s.tasks()
	s.money()
	s.burdens()
	s.admissions()
	for _, no := range []string{feeOf("JB-OLD", "1"), "fee:D02:1:JB-3", "plaque_unlisted:D01:1:GP-2", "plaque_unlisted:D02:1:GP-3"} {
		s.caseIs(no, "notified") // by itself; nothing else comes so
	}
	return s
}

// object writes a JSON object of texts: name, value, name, value.
func object(pairs ...string) string {
	texts := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		texts[pairs[i]] = pairs[i+1]
	}
	text, err := json.Marshal(texts)
	if err != nil {
		panic(err) // texts are always JSON
	}
	return string(text)
}

func (s *portalStage) registry() {
	s.t.Helper()
	s.rows("departments", object("code", "D01", "name", s.say("民政局"), "kind", "department"), object("code", "D02", "name", s.say("司法局"), "kind", "department"),
		object("code", streetOfBoth, "name", s.say("热水镇"), "kind", "street"))
	for code, of := range map[string][2]string{north: {"北社区", streetOfBoth}, south: {"南社区", streetOfBoth}, third: {"东社区", "431026103"}} {
		s.rows("communities", object("code", code, "name", s.say(of[0]), "street", of[1], "households", "1000"))
	}
	s.rows("items", object("code", "A01", "name", s.say("高龄津贴核查"), "department", "D01", "list", "assist", "rule", "per_case", "rate", "20"),
		object("code", "A02", "name", s.say("上级收回事项"), "department", "D01", "list", "negative", "rule", "none"),
		object("code", "J01", "name", s.say("普法宣传"), "department", "D02", "list", "assist", "rule", "per_case", "rate", "30"))
	s.rows("plaque_catalogue", object("title", s.say("党群服务中心"), "zone", "outside"))
}

// tasks are in each state that a clerk meets: some to answer, one refused, one asked
// about, one reported, and one whose fee is long due.
func (s *portalStage) tasks() {
	s.t.Helper()
	s.owed("JB-OLD", north)
	s.rows("tasks", object("no", "JB-3", "department", "D02", "community", third, "item", "J01", "issued_on", "2025-01-06", "quantity", "5", "pay_by", "2025-01-20"))
	s.rows("receipts", object("task", "JB-3", "outcome", "accept", "filed_on", "2025-01-07", "note", s.say("东社区收到")))
	for _, no := range []string{"JB-1", "JB-2", "JB-4", "JB-5", "JB-6", "JB-7", "JB-8", "JB-9", "JB-10"} {
		fields := []string{
			"no", no, "department", "D01", "community", north, "item", "A01", "quantity", "12", "pay_by", "2025-04-30",
			"document", s.say("民发〔2025〕1号"), "verification", s.say("抽查台账"),
		}
		if no == "JB-8" { // which must be answered, and is
			fields = append(fields, "starts_on", "2025-03-04", "explanation", s.say("汛期急用"))
		}
		s.flow("task").begin(officeHead, object(fields...))
	}
	s.issue("JB-S", south)
	s.flow("draft").begin(officeClerk, `{"task":"JB-D","item":"A01","quantity":"5","pay_by":"2025-04-30","document":`+quotedJSON(s.say("民发〔2025〕2号"))+
		`,"verification":`+quotedJSON(s.say("抽查台账"))+`,"communities":[{"community":"`+north+`"},{"community":"`+south+`","quantity":"7"}]}`)
	s.act(northOfficer, "JB-4", "accept", object("note", s.say("收到")))
	s.act(northOfficer, "JB-5", "reject", object("reason", "N99", "note", s.say("不归社区")))
	s.act(officeHead, "JB-5", "contest", object("grounds", s.say("依文件应由社区协助")))
	s.act(northOfficer, "JB-6", "query", object("question", s.say("何时开始")))
	s.act(northOfficer, "JB-7", "accept", "")
	s.act(northOfficer, "JB-7", "report", object("completed_on", "2025-03-03", "quantity", "10", "note", s.say("已办结")))
}

func (s *portalStage) money() {
	s.t.Helper()
	forNorth := object("voucher", "P-1", "paid_on", "2025-03-03", "payer", "D01", "payee", north, "community", north, "purpose", "task:JB-4", "amount", "120")
	s.done(financeOne, pays, forNorth)
	s.done(financeOne, pays, object("voucher", "P-2", "paid_on", "2025-03-03", "payer", "D01", "payee", streetOfBoth, "community", north, "purpose", "task:JB-7", "amount", "60"))
	s.done(financeOne, pays, object("voucher", "P-3", "paid_on", "2025-03-03", "payer", "D02", "payee", third, "community", third, "purpose", "task:JB-3", "amount", "10"))
	s.done(financeOne, pays, object("voucher", "P-4", "paid_on", "2025-03-03", "payer", "D01", "payee", north, "community", north, "purpose", "task:JB-4", "amount", "30"))
	s.done(northOfficer, moneyStep("payment", "P-4", "dispute"), object("kind", "amount", "text", s.say("少一半")))
	const promises = "/workflows/commitment/instances"
	s.done(officeHead, promises, object("no", "CN-1", "department", "D01", "community", north, "purpose", "task:JB-4", "amount", "240", "by", "2025-03-20"))
	s.done(otherHead, promises, object("no", "CN-3", "department", "D02", "community", third, "purpose", "task:JB-3", "amount", "100", "by", "2025-03-20"))
	s.flow("period").begin(financeTwo, object("no", "2025-02"))
	s.took(financeOne, bankHead+`1,V-1,2025-03-03,D01,`+north+`,,500,,"`+strings.ReplaceAll(s.say("往来款"), `"`, `""`)+"\",\n", bankAsked("国库", mapping, "500"))
}

func (s *portalStage) burdens() {
	s.t.Helper()
	s.flow("plaque").begin(officeHead, object("no", "GP-1", "department", "D01", "community", north, "title", s.say("党群服务中心"), "zone", "outside", "funding", "5000", "note", s.say("上级要求")))
	s.rows("plaques", object("no", "GP-2", "community", north, "department", "D01", "title", s.say("旧牌"), "zone", "outside", "hung_on", "2025-01-01"),
		object("no", "GP-3", "community", third, "department", "D02", "title", s.say("东牌"), "zone", "outside", "hung_on", "2025-01-01"))
	s.flow("burden").begin(officeClerk, object("no", "FD-1", "community", north, "kind", "form", "title", s.say("户籍报表")))
	s.rows("burdens", object("no", "FD-3", "community", third, "department", "D02", "kind", "form", "title", s.say("东表"), "from", "2025-01-01"))
	s.flow("outside_work").begin(northOfficer, object("department", "D01", "what", s.say("要求每周上报走访"), "means", "group"))
	s.flow("evaluation").begin(ofAuthority, `{"no":"PY-1","title":`+quotedJSON(s.say("上半年评议"))+`,"to":"2025-03-10","departments":["D01","D02"],"publish_words":true}`)
	s.flow("rating").begin(northOfficer, `{"period":"PY-1","department":"D02","fee":5,"manner":4,"support":3,"word":`+quotedJSON(s.say("及时"))+`}`)
}

func quotedJSON(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // a text is always JSON
	}
	return string(quoted)
}

func (s *portalStage) admissions() {
	s.t.Helper()
	a := applying{s.stage}
	name := "name=" + quotedJSON(s.say("入户调查"))
	a.apply(officeHead, "SQ-1", name)
	a.underReview("SQ-2", name, `item="B02"`)
	a.apply(otherHead, "SQ-3", name, `department="D02"`, `item="B03"`, `communities=["`+third+`"]`)
}
