package keep_test

import (
	"fmt"
	"strings"
	"testing"

	"feisui/pkg/access"
	"feisui/services/people"
	"feisui/services/people/keep"
)

// TestNoSettingsOfOnePerson stand in the database as confirmed, whatever a program does;
// and what was asked for is not changed before it is confirmed.
func TestNoSettingsOfOnePerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := people.UsualSettings()
	other.Idle = people.IdleMax
	security := access.Principal{ID: "person:se", Person: "se", County: county, Grants: []access.Grant{{Role: access.SecurityAdmin}}}
	c, err := w.people.RequestSettings(t.Context(), keep.Request{County: county, ID: "1", By: security}, other)
	w.must(err)
	const confirms = `update people.settings_change set state = 'confirmed', decider = $2 where id = $1`
	for _, alone := range []string{"se", ""} {
		if _, err := w.pool.Exec(t.Context(), confirms, c.ID, alone); err == nil || !strings.Contains(err.Error(), "check constraint") {
			t.Errorf("by %q: %v", alone, err)
		}
	}
	if _, err := w.pool.Exec(t.Context(), `update people.settings_change set settings = '{}' where id = $1`, c.ID); err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("what was asked for may be changed: %v", err)
	}
	_, err = w.pool.Exec(t.Context(), confirms, c.ID, "sy") // the control
	w.must(err)
	for _, sql := range []string{
		`insert into people.county (county) values ($1)`, // after a change that is confirmed, but by itself
		`insert into people.county (county, authority, idle_seconds, audit_days, import_rows, factor_roles, bound_password) values ($1, 'civil_affairs', 7200, 180, 100, '{}', 'allowed')`,
	} {
		if _, err := w.pool.Exec(t.Context(), sql, county); err == nil || !strings.Contains(err.Error(), "not confirmed") {
			t.Errorf("settings of nobody: %v", err)
		}
	}
	// Who asked as a security administrator and is none any more does not count as one.
	c, err = w.people.RequestSettings(t.Context(), keep.Request{County: county, ID: "2", By: security}, other)
	w.must(err)
	system := access.Principal{ID: "person:sy", Person: "sy", County: county, Grants: []access.Grant{{Role: access.SystemAdmin}}}
	if _, err = w.people.ConfirmSettings(t.Context(), keep.Request{County: county, ID: "3", By: system}, c.ID); err == nil || !strings.Contains(err.Error(), "SETTINGS_SECURITY") {
		t.Errorf("confirmed for who is no security administrator: %v", err)
	}
}

// TestSettingsAreWrittenAsConfirmed, and changed and taken away by no other hand, the
// owner's included. The control is the program's own, twice.
func TestSettingsAreWrittenAsConfirmed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	security := access.Principal{ID: "person:se", Person: "se", County: county, Grants: []access.Grant{{Role: access.SecurityAdmin}}}
	another := access.Principal{ID: "person:s2", Person: "s2", County: county, Grants: []access.Grant{{Role: access.SecurityAdmin}}}
	is := people.UsualSettings()
	for i, roles := range [][]access.Role{{access.Leader, access.Auditor}, {}} {
		is.FactorRoles, is.Idle = roles, people.IdleMax-people.Moment(i)
		c, err := w.people.RequestSettings(t.Context(), keep.Request{County: county, ID: fmt.Sprint("ask", i), By: security}, is)
		w.must(err)
		_, err = w.people.ConfirmSettings(t.Context(), keep.Request{County: county, ID: fmt.Sprint("confirm", i), By: another}, c.ID)
		w.must(err)
		if now, err := w.people.Settings(t.Context(), county); err != nil || now.Idle != is.Idle || len(now.FactorRoles) != len(roles) {
			t.Errorf("%+v %v", now, err)
		}
	}
	for _, sql := range []string{
		`update people.county set factor_roles = '{leader}'`, `update people.county set import_rows = 100000`, `update people.county set county = 'other'`,
		`update people.county set idle_seconds = idle_seconds`, `delete from people.county`, `truncate people.county`,
	} {
		if err := w.owner(sql); err == nil || !strings.Contains(err.Error(), "42501") {
			t.Errorf("%s: %v", sql, err)
		}
	}
}
