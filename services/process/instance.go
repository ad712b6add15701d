package process

import (
	"encoding/json"

	"feisui/pkg/civil"
	"feisui/schemas"
)

// Instance is how far a workflow came for one thing.
type Instance struct {
	Workflow string
	ID       string
	Version  int
	State    string
	Parties  map[string]string
	Form     json.RawMessage // of the beginning
	Steps    []Step          // in order, the beginning first
	Running  []schemas.DeadlineSet
}

// Step is what happened in an instance.
type Step struct {
	Action   string
	Deadline string // the one that passed, moved or was reminded of
	On       civil.Date
	Actor    string
	Role     string
	Office   string
	From, To string
	Form     json.RawMessage
}
