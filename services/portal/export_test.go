package portal

// What the tests look at by itself.
var (
	Ours     = ours
	SameSite = sameSite
	Filled   = filled
	Listed   = listed
)
