package portal

import "net/http"

// Says reports whether the portal has a text.
var Says = says

// Only is the page of what somebody typed, among what was found of one kind.
func Only(q string, total int, all ...[2]string) string {
	k := results{Total: total}
	for _, one := range all {
		k.All = append(k.All, result{Name: one[0], Path: one[1]})
	}
	return only(q, []results{k})
}

// Naming adds a page that says what a code is called.
func Naming(p *Portal) {
	p.page("GET /naming/{code}", func(v *visit) error {
		v.w.Header().Set("Called", v.name(v.r.PathValue("code")))
		v.w.WriteHeader(http.StatusNoContent)
		return nil
	})
}

// What the tests look at by itself.
var (
	Ours     = ours
	SameSite = sameSite
	Filled   = filled
	Listed   = listed
	Count    = count
)
