package portal

import "github.com/a-h/templ"

// What is typed into a form survives a lost connection: portal.js keeps it in the
// browser until it was sent, by user and form, for a week at most, and until somebody
// signs out. Nothing here needs it: a form without script is sent as a form.

// drafts are what portal.js has to know: who types, and what to say.
func (v *visit) drafts() templ.Attributes {
	if v.me.User == "" {
		return templ.Attributes{}
	}
	a := templ.Attributes{"data-user": v.me.County + "/" + v.me.User}
	for _, text := range []string{"restored", "discard", "offline", "retry", "online", "sending"} {
		a["data-"+text] = v.say("draft." + text)
	}
	return a
}
