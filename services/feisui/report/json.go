package report

import (
	"bufio"
	"encoding/json"
	"io"

	"feisui/services/ledger/reconcile"
)

// JSON writes the statement of a county as spec §9 has it, on one line. It
// writes community by community: a province is not held twice.
func JSON(out io.Writer, c *reconcile.CountyStatement) error {
	w := &writer{out: bufio.NewWriterSize(out, 1<<16)}
	w.raw(`{"on":`)
	w.value(c.On)
	w.raw(`,"communities":[`)
	for i := range c.Communities {
		if i > 0 {
			w.raw(",")
		}
		w.value(&c.Communities[i])
	}
	w.raw(`],"holders":`)
	w.value(c.Holders)
	w.raw(`,"totals":`)
	w.value(&c.Totals)
	if c.Change != nil {
		w.raw(`,"change":`)
		w.value(c.Change)
	}
	w.raw("}\n")
	if w.err != nil {
		return w.err
	}
	return w.out.Flush()
}

// writer keeps the first error.
type writer struct {
	out *bufio.Writer
	err error
}

func (w *writer) raw(s string) {
	if w.err == nil {
		_, w.err = w.out.WriteString(s)
	}
}

func (w *writer) value(v any) {
	if w.err != nil {
		return
	}
	var b []byte
	if b, w.err = json.Marshal(v); w.err == nil {
		_, w.err = w.out.Write(b)
	}
}
