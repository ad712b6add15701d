package report

import (
	"io"

	"feisui/services/ledger/reconcile"
)

// Table ...
func Table(out io.Writer, now reconcile.CountyStatement) error { return nil }
