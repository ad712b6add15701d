package journal

// Looked is what a look found that began when the head was before.
func (w *Watch) Looked(county string, before, head int64) bool { return w.looked(county, before, head) }
