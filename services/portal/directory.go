package portal

// directory are the names behind codes.
type directory struct {
	names map[string]string
}

// name is what a code is called, the code where it is not known.
func (v *visit) name(code string) string {
	if v.dir == nil {
		v.dir = &directory{names: map[string]string{}}
	}
	if name := v.dir.names[code]; name != "" {
		return name
	}
	return code
}
