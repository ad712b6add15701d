package schemas

import _ "embed" // the table

// Access is the table of rights: a row for each operation of the interface, a
// column for each role. pkg/access reads it, and says what its cells mean.
//
//go:embed access.csv
var Access string
