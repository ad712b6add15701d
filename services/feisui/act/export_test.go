package act

// NumbersIn and Masked are tried alone: a text has more forms than a test over HTTP
// would try.
var (
	NumbersIn  = numbersIn
	Masked     = masked
	PayeeShown = payeeShown
)
