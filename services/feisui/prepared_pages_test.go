package main

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"feisui/pkg/access"
	"feisui/services/people/keep"
)

// preparedPages: the same through the portal, by two people without scripts.
func preparedPages(t *testing.T, s *intakeStage) {
	one := signedInAs(t, s.address, access.Authority)
	two := stranger(t, s.address)
	two.who = "the second"
	if p := two.post("/sign-in", url.Values{"user": {keep.DemoName(access.Authority) + "-2"}, "password": {demoPassword}}); p.status != http.StatusSeeOther {
		t.Fatal(p)
	}
	upload := func(v *visitor, files ...string) seen {
		kind, body := form(t, files...)
		r := v.request(http.MethodPost, "/imports", url.Values{})
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
		r.Header.Set("Content-Type", kind)
		return v.send(r)
	}
	bad := upload(one, "部门.csv", "code,name,kind\nZ1,,部门\nZ2,二局,衙门\n")
	if bad.status != http.StatusUnprocessableEntity || len(faultsOf(bad)) > 0 || !strings.Contains(bad.words(), "2 行有错误") || !strings.Contains(bad.words(), "衙门") {
		t.Errorf("%v %s", faultsOf(bad), bad)
	}
	if wrong := upload(one, "x.pdf", "%PDF"); len(faultsOf(wrong)) > 0 || wrong.status != http.StatusUnprocessableEntity {
		t.Errorf("%v %s", faultsOf(wrong), wrong)
	}
	good := upload(one, "部门.csv", departments("T", 120), "社区.csv", "区划代码,名称,街道乡镇\n431026102001,北社区,431026102\n")
	at := good.header.Get("Location")
	if good.status != http.StatusSeeOther || !strings.HasPrefix(at, "/imports/") {
		t.Fatal(good)
	}
	page := one.get(at)
	if len(faultsOf(page)) > 0 || !strings.Contains(page.words(), "须由另一人确认") || len(page.elements("form")) < 2 {
		t.Errorf("%v %s", faultsOf(page), page)
	}
	if refused := one.post(at+"/confirm", page.hidden(at+"/withdraw")); refused.status != http.StatusConflict && refused.status != http.StatusForbidden {
		t.Errorf("it was confirmed by who prepared it: %s", refused)
	}
	if home := two.get("/"); !strings.Contains(home.words(), "等待确认") {
		t.Errorf("the first page of who may confirm says nothing: %s", home)
	}
	before := s.recorded()
	page = two.get(at)
	if len(faultsOf(page)) > 0 || !strings.Contains(page.words(), "121") || !strings.Contains(page.words(), "演示") {
		t.Errorf("%v %s", faultsOf(page), page)
	}
	confirm := page.hidden(at + "/confirm")
	for range 2 { // a form that comes twice
		if p := two.post(at+"/confirm", confirm); p.status != http.StatusSeeOther || p.header.Get("Location") != at+"?done=import_confirmed" {
			t.Errorf("%s", p)
		}
	}
	if n := s.recorded() - before; n != 120 {
		t.Errorf("%d departments were recorded", n)
	}
	for _, path := range []string{"/imports", at} {
		for _, v := range []*visitor{one, two} {
			if p := v.get(path); p.status != http.StatusOK || len(faultsOf(p)) > 0 {
				t.Errorf("%v %s", faultsOf(p), p)
			}
		}
	}
	if p := two.inEnglish().get("/imports"); !strings.Contains(p.words(), "recorded") || len(faultsOf(p)) > 0 {
		t.Errorf("%v %s", faultsOf(p), p)
	}
}
