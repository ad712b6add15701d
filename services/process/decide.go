package process

import (
	"encoding/json"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/schemas"
)

// Command is what somebody asks of an instance. Its form was checked against the
// action's JSON Schema before.
type Command struct {
	Workflow string
	Instance string // empty at the beginning, where the form numbers it
	Action   string
	Form     json.RawMessage
	On       civil.Date // the county's day
	Actor    access.Principal
}

// Domain is what a definition names and others do. Both see the instance as it is
// before the step. A refusal is workflow.Refusals; any other error means that
// something is broken.
type Domain interface {
	// Guard refuses what the facts forbid.
	Guard(name string, in *Instance, c *Command) error
	// Effects gives the facts that a step brings.
	Effects(effects []Effect, in *Instance, c *Command) ([]schemas.Event, error)
}
