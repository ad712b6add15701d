package keep_test

import (
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
	// Who asked as a security administrator and is none any more does not count as one.
	c, err = w.people.RequestSettings(t.Context(), keep.Request{County: county, ID: "2", By: security}, other)
	w.must(err)
	system := access.Principal{ID: "person:sy", Person: "sy", County: county, Grants: []access.Grant{{Role: access.SystemAdmin}}}
	if _, err = w.people.ConfirmSettings(t.Context(), keep.Request{County: county, ID: "3", By: system}, c.ID); err == nil || !strings.Contains(err.Error(), "SETTINGS_SECURITY") {
		t.Errorf("confirmed for who is no security administrator: %v", err)
	}
}
