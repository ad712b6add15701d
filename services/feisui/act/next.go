package act

import "fmt"

// Step is what follows by itself of an instance, and the id of the request under
// which it is recorded once, whoever sees it first.
type Step struct {
	Decision

	Request string
}

// Next gives the next step that follows by itself: what the day has brought, or a
// fact. nil says that nothing does.
func (c *County) Next(key Key) (*Step, error) {
	t, err := c.turn(key.Workflow, key.ID)
	if err != nil {
		return nil, err
	}
	s := &Step{}
	if due := t.by.Due(&t.in, c.Flows.day, c.Calendar); len(due) > 0 {
		s.Request = due[0].Request
		err = t.settle(due[0])
	} else {
		s.Request = fmt.Sprintf("fact/%s/%s/%d", key.Workflow, key.ID, len(t.in.Steps)+1)
		_, err = t.followNext()
	}
	if err != nil || len(t.events) == 0 {
		return nil, err
	}
	decided, err := c.decided(t)
	if err != nil {
		return nil, err
	}
	s.Decision = *decided
	return s, nil
}
