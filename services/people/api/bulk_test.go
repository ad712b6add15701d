package api_test

import (
	"net/http"
	"strings"
	"testing"

	"feisui/pkg/access"
	"feisui/pkg/web"
	"feisui/services/people"
	"feisui/services/people/api"
)

// TestFilesByTheHour (A84): who fetches a list every hour is an alarm within a day, which
// the audit administrator alone sees, with who, what and how much; who fetches more than an
// hour has is refused, which is seen there too, and told when it may be again. Pages are
// answered all the same, and what the audit log has of files stays.
func TestFilesByTheHour(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.demo()
	var clerk *client
	for hour := range people.FilesAlarm {
		clerk = w.as(access.SystemAdmin) // a session lasts half an hour
		clerk.get(base+"people?format=csv").is(w, "200")
		if hour == people.FilesAlarm-2 {
			if none := into[api.Alarms](w, w.as(access.AuditAdmin).get(base+"audit/alarms")); len(none.Alarms) != 0 {
				t.Errorf("too early: %+v", none.Alarms)
			}
		}
		w.now.Add(60 * 60)
	}
	auditor := w.as(access.AuditAdmin)
	is := into[api.Alarms](w, auditor.get(base+"audit/alarms")).Alarms
	if len(is) != 1 || is[0].Actor != "person:"+clerk.id || is[0].Operation != "people" || is[0].Asked != base+"people?format=csv" ||
		is[0].Files != people.FilesAlarm || is[0].Rows < people.FilesAlarm || is[0].Decision != access.Done || is[0].Address == "" {
		t.Errorf("%+v", is)
	}
	w.now.Add(60 * 60)
	clerk = w.as(access.SystemAdmin)
	for range people.FilesHour {
		clerk.get(base+"people?format=csv").is(w, "200")
	}
	no := clerk.get(base + "people?format=xlsx")
	no.is(w, "429 BULK_READ")
	if p := into[web.Problem](w, answer{status: http.StatusOK, text: no.text}); !strings.Contains(p.Title, "已下载 120 个文件") || !strings.Contains(p.Title, "请在 2026-01-06 15:00 之后") ||
		!strings.Contains(p.Detail, "120 files") {
		t.Errorf("it says %s", no.text)
	}
	clerk.get(base+"people?limit=1000").is(w, "200")
	is = into[api.Alarms](w, w.as(access.AuditAdmin).get(base+"audit/alarms?limit=1")).Alarms
	if len(is) != 1 || is[0].Decision != access.Refused || is[0].Files != people.FilesAlarm+people.FilesHour {
		t.Errorf("%+v", is)
	}
	w.as(access.SecurityAdmin).get(base+"people?format=csv").is(w, "200") // the control: another person
	w.now.Add(60 * 60)
	clerk = w.as(access.SystemAdmin)
	clerk.get(base+"people?format=csv").is(w, "200")
	clerk.get(base+"audit/alarms").is(w, "403 FORBIDDEN")
	w.as(access.AuditAdmin).get(base+"audit/alarms?before=x").is(w, "422 AFTER")
}
