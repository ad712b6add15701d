package journal

// Looked is what a look found that began when the head was before and the last
// entry that had been read was read.
func (w *Watch) Looked(county string, before, read, head int64) bool {
	return w.looked(county, before, read, head)
}
