package people

import "feisui/pkg/access"

// SettingsChange is a change of a county's settings (设置的修改) that one person has asked
// for, and that holds once another has confirmed it: settings say who must have a second
// factor and how much one person may do alone (reliability: security settings take two).
type SettingsChange struct {
	Settings  // all of them, as they would be
	State     SettingsState
	Requester string // the Person who asked
	Security  bool   // they are a security administrator
	Expires   Moment // from when on it can be confirmed no more
}

// SettingsState is where a change of settings stands.
type SettingsState string

// The states of a change of settings.
const (
	SettingsRequested SettingsState = "requested"
	SettingsConfirmed SettingsState = "confirmed"
	SettingsDropped   SettingsState = "dropped" // taken back, or refused
	SettingsExpired   SettingsState = "expired"
)

// SettingsWait is how long a change may wait for the second person: over the longest
// holiday, and no longer, since what was right then is forgotten.
const SettingsWait = 10 * Day

// Waits reports that a change may still be confirmed.
func (c *SettingsChange) Waits(at Moment) bool {
	return c.State == SettingsRequested && at < c.Expires
}

// RequestSettings asks for other settings.
type RequestSettings struct{ Settings }

// Decide gives the change. now are the settings that hold; waits says that another change
// waits: whoever confirms has seen one, against those of now.
func (c RequestSettings) Decide(now Settings, waits bool, by access.Principal, at Moment) (SettingsChange, error) {
	if err := May(by, access.SystemAdmin, access.SecurityAdmin); err != nil {
		return SettingsChange{}, err
	}
	if err := c.check(); err != nil {
		return SettingsChange{}, err
	}
	is := SettingsChange{
		Settings: c.over(now), State: SettingsRequested, Requester: by.Person, Security: by.Holds(access.SecurityAdmin, ""), Expires: at + SettingsWait,
	}
	switch {
	case is.same(now):
		return SettingsChange{}, refuse(Conflict, "SETTINGS_SAME")
	case waits:
		return SettingsChange{}, refuse(Conflict, "SETTINGS_WAITING")
	}
	return is, nil
}

// Confirm gives the change after it was confirmed, by another person than who asked for
// it. One of the two is a security administrator; the other may be the system's, since a
// county that has one of each could change nothing otherwise.
func (c SettingsChange) Confirm(by access.Principal, at Moment) (SettingsChange, error) {
	if err := c.open(by, at); err != nil {
		return c, err
	}
	switch {
	case by.Person == c.Requester:
		return c, refuse(Forbidden, "SECOND_PERSON_REQUIRED")
	case !c.Security && !by.Holds(access.SecurityAdmin, ""):
		return c, refuse(Forbidden, "SETTINGS_SECURITY")
	}
	c.State = SettingsConfirmed
	return c, nil
}

// Drop gives the change after it was taken back by who asked, or refused by somebody else.
func (c SettingsChange) Drop(by access.Principal, at Moment) (SettingsChange, error) {
	if err := c.open(by, at); err != nil {
		return c, err
	}
	c.State = SettingsDropped
	return c, nil
}

// open refuses who is none of the two administrators, and a change that waits no more.
func (c SettingsChange) open(by access.Principal, at Moment) error {
	if err := May(by, access.SystemAdmin, access.SecurityAdmin); err != nil {
		return err
	}
	switch {
	case c.State != SettingsRequested:
		return refuse(Conflict, "SETTINGS_DECIDED", "state", string(c.State))
	case !c.Waits(at):
		return refuse(Conflict, "SETTINGS_EXPIRED")
	}
	return nil
}
