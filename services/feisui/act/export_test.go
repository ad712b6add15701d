package act

import (
	"feisui/pkg/civil"
	"feisui/services/feisui/record"
	"feisui/services/ledger"
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

// QuantityAssigned is the guard on what a report says of a task that is recorded.
func QuantityAssigned(book *ledger.Book, past record.Past, no string, report map[string]string) error {
	return quantityAssigned(&look{
		domain: &domain{county: &County{Book: book}, past: past}, in: &process.Instance{ID: no}, command: &process.Command{Action: reportStep}, form: report,
	})
}
