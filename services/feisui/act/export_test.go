package act

import (
	"feisui/pkg/civil"
	"feisui/services/process"
	"feisui/services/process/define"
)

// NumbersIn and Masked are tried alone: a text has more forms than a test over HTTP
// would try.
var (
	NumbersIn  = numbersIn
	Masked     = masked
	PayeeShown = payeeShown
	PayeeAgain = payeeAgain
)

// AppealTimely is the guard on a day, by a version of the definition.
func AppealTimely(by *define.Workflow, in *process.Instance, on civil.Date) error {
	return appealTimely(&look{domain: &domain{by: by}, in: in, command: &process.Command{On: on}})
}
