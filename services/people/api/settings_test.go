package api_test

import (
	"net/http"
	"reflect"
	"strings"

	"feisui/pkg/access"
	"feisui/services/people"
	"feisui/services/people/api"
)

// onSettings are attacks on a county's settings, see attacks.
var onSettings = map[string]func(*world){
	"A46 a security administrator shortens how long the log is kept": func(w *world) {
		short := api.Settings{Authority: people.CivilAffairs, IdleMinutes: 30, AuditDays: 179, FactorRoles: []access.Role{access.Leader}}
		w.sets(short, "422 RETENTION_MIN")
		short.AuditDays, short.ImportRows, short.BoundPassword = 365, 7, people.PasswordAllowed
		w.as(access.AuditAdmin).post(base+"settings/changes", short).is(w, "403 FORBIDDEN")
		w.sets(short, "200")
		if s := w.setting(); !reflect.DeepEqual(s.Settings, short) {
			w.Errorf("%+v", s)
		}
		still := short
		still.ImportRows, still.FactorRoles, still.BoundPassword = 0, nil, "" // which says nothing of them
		w.sets(still, "409 SETTINGS_SAME")
		still.IdleMinutes, short.IdleMinutes = 45, 45
		w.sets(still, "200")
		if s := w.setting(); !reflect.DeepEqual(s.Settings, short) {
			w.Errorf("%+v", s)
		}
	},
	"a security administrator changes the settings alone": func(w *world) {
		system, security := w.as(access.SystemAdmin), w.as(access.SecurityAdmin)
		loose := w.setting().Settings
		loose.IdleMinutes = 120
		asked := into[api.SettingsChange](w, security.post(base+"settings/changes", loose))
		at := base + "settings/changes/" + asked.ID
		if asked.MayConfirm || w.setting().IdleMinutes == 120 {
			w.Errorf("it holds, or may be confirmed, by one: %+v", asked)
		}
		security.do(http.MethodPut, base+"settings", loose).is(w, "405 METHOD")
		security.post(at+"/confirm", nil).is(w, "403 SECOND_PERSON_REQUIRED")
		// Its second account, of the same person.
		own := into[api.Person](w, system.get(base+"people/"+security.id)).Person
		made := into[api.OneTime](w, system.post(base+"people", api.NewPerson{User: "second", Display: "二", Office: "D01", Person: own}))
		other := w.someone(system, "other")
		w.grant(system, security, other.id, access.Grant{Role: access.SecurityAdmin})
		w.grant(system, other, made.ID, access.Grant{Role: access.SecurityAdmin})
		second, _ := w.signIn("second", made.Password)
		second.post("/v1/session/password", api.Changing{Old: made.Password, New: "another account of hers"}).is(w, "200")
		second.post(at+"/confirm", nil).is(w, "403 SECOND_PERSON_REQUIRED")
		w.as(access.AuditAdmin).post(at+"/confirm", nil).is(w, "403 FORBIDDEN")
		security.post(base+"settings/changes", loose).is(w, "409 SETTINGS_WAITING")
		if seen := into[api.SettingsNow](w, system.get(base+"settings")); seen.Waiting == nil || !seen.Waiting.MayConfirm || seen.Waiting.Settings.IdleMinutes != 120 || seen.IdleMinutes == 120 {
			w.Errorf("%+v", seen)
		}
		system.post(at+"/confirm", nil).is(w, "200")
		system.post(at+"/confirm", nil).is(w, "409 SETTINGS_DECIDED")
		if is := w.setting(); is.IdleMinutes != 120 || is.Waiting != nil {
			w.Errorf("%+v", is)
		}
		if lines := w.audited("settings_confirm"); len(lines) != 5 || lines[1].Decision != access.Done || !strings.Contains(lines[1].Target, asked.ID) {
			w.Errorf("%+v", lines)
		}
	},
	"two system administrators change the settings": func(w *world) {
		system, security := w.as(access.SystemAdmin), w.as(access.SecurityAdmin)
		second := w.someone(system, "second")
		w.grant(system, security, second.id, access.Grant{Role: access.SystemAdmin})
		loose := w.setting().Settings
		loose.IdleMinutes = 120
		asked := into[api.SettingsChange](w, system.post(base+"settings/changes", loose))
		at := base + "settings/changes/" + asked.ID
		second.post(at+"/confirm", nil).is(w, "403 SETTINGS_SECURITY")
		w.now.Add(int64(people.SettingsWait))
		w.as(access.SecurityAdmin).post(at+"/confirm", nil).is(w, "409 SETTINGS_EXPIRED")
		if is := w.setting(); is.Waiting != nil {
			w.Errorf("what lapsed waits: %+v", is.Waiting)
		}
		again := into[api.SettingsChange](w, w.as(access.SystemAdmin).post(base+"settings/changes", loose))
		w.as(access.SecurityAdmin).post(base+"settings/changes/"+again.ID+"/drop", nil).is(w, "200")
		w.as(access.SecurityAdmin).post(base+"settings/changes/"+again.ID+"/confirm", nil).is(w, "409 SETTINGS_DECIDED")
		if w.setting().IdleMinutes == 120 {
			w.Error("it holds")
		}
	},
}
