package people_test

import (
	"testing"

	"feisui/pkg/access"
	"feisui/services/people"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	usual := people.UsualSettings()
	other := usual
	other.Idle = people.IdleMax
	asks := func(s people.Settings, by access.Principal) (people.SettingsChange, error) {
		return people.RequestSettings{Settings: s}.Decide(usual, false, by, 100)
	}
	for want, change := range map[string]func(*people.Settings){
		"RETENTION_MIN": func(s *people.Settings) { s.AuditDays = 179 },
		"IMPORT_ROWS":   func(s *people.Settings) { s.ImportRows = people.ImportRowsMax + 1 },
		"IDLE":          func(s *people.Settings) { s.Idle = people.IdleMax + 1 },
		"AUTHORITY":     func(s *people.Settings) { s.Authority = "police" },
		"SETTINGS_SAME": func(s *people.Settings) { s.ImportRows, s.BoundPassword = 0, "" },
		"":              func(s *people.Settings) { s.AuditDays++ },

		"BOUND_PASSWORD": func(s *people.Settings) { s.BoundPassword = "sometimes" },
	} {
		s := usual
		change(&s)
		if _, err := asks(s, security); code(err) != want {
			t.Errorf("%q, want %q", code(err), want)
		}
	}
	if _, err := (people.RequestSettings{Settings: other}).Decide(usual, true, security, 100); code(err) != "SETTINGS_WAITING" {
		t.Errorf("beside another: %v", err)
	}
}

// TestSettingsTakeTwo, of whom one is a security administrator.
func TestSettingsTakeTwo(t *testing.T) {
	t.Parallel()
	usual := people.UsualSettings()
	other := usual
	other.Idle = people.IdleMax
	system2, security2 := by("sy2", access.SystemAdmin), by("se2", access.SecurityAdmin)
	ends := 100 + people.SettingsWait
	for _, c := range []struct {
		asks, confirms access.Principal
		at             people.Moment
		want           string
	}{
		{security, system, 101, ""},
		{system, security, ends - 1, ""},
		{security, security2, 101, ""},
		{security, security, 101, "SECOND_PERSON_REQUIRED"},
		{system, system, 101, "SECOND_PERSON_REQUIRED"},
		{system, system2, 101, "SETTINGS_SECURITY"},
		{security, audits, 101, "FORBIDDEN"},
		{security, operator, 101, "FORBIDDEN"},
		{security, system, ends, "SETTINGS_EXPIRED"},
		{audits, security, 101, "FORBIDDEN"},
		{operator, security, 101, "FORBIDDEN"},
	} {
		asked, err := people.RequestSettings{Settings: other}.Decide(usual, false, c.asks, 100)
		if err == nil {
			asked, err = asked.Confirm(c.confirms, c.at)
		}
		if code(err) != c.want || (err == nil) != (asked.State == people.SettingsConfirmed) {
			t.Errorf("%s and %s at %d: %v %s, want %q", c.asks.ID, c.confirms.ID, c.at, err, asked.State, c.want)
		}
		if _, err := asked.Confirm(security2, 101); c.want == "" && code(err) != "SETTINGS_DECIDED" {
			t.Errorf("confirmed again: %v", err)
		}
	}
}
