package portal

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"feisui/pkg/message"
	"feisui/pkg/web"
)

// This file is forms that no workflow defines: of accounts, settings and tokens. What
// the API says of what was typed stands beside its field, by the code of the refusal.

// ownForm is such a form, as it stands.
type ownForm struct {
	Title   string
	Lead    string
	At      string // where it is sent
	Back    string // where it came from
	Submit  string
	Fields  []field
	Request string
	Wrong   *web.Problem
	Over    bool // Wrong is of no field
}

// asks is a field of a plain form; its title stands in the catalogue.
func asks(name, key string, kind fieldKind) field {
	return field{
		Name: name, Input: name, Kind: kind, Required: true,
		Title: words{say(message.Chinese, key), say(message.English, key)},
	}
}

// hinted is a field with a hint below its title.
func (f field) hinted(key string) field {
	f.Hint = key
	return f
}

// optional is a field that may stay empty.
func (f field) optional() field {
	f.Required = false
	return f
}

// listed is a field with a list of what may stand in it.
func (f field) listed(id string) field {
	f.List = id
	return f
}

// of is a field with one of some values.
func (f field) of(values ...string) field {
	f.Choices = values
	return f
}

// take fills in what was typed, and puts what is wrong beside the field that a code
// is about.
func (f *ownForm) take(v *visit, typed url.Values, wrong *web.Problem, about map[string]string) {
	for i := range f.Fields {
		if given, is := typed[f.Fields[i].Input]; is {
			f.Fields[i].Values = given
		}
	}
	if f.Wrong = wrong; wrong == nil {
		return
	}
	i := slices.IndexFunc(f.Fields, func(one field) bool { return one.Name == about[wrong.Code] })
	if f.Over = i < 0; !f.Over {
		f.Fields[i].Wrong = []string{v.sentence(wrong)}
	}
}

// summary is what the page says on top of what is wrong: of a field, that it is marked.
func (f *ownForm) summary() *web.Problem {
	if f.Over {
		return f.Wrong
	}
	return toMend(f.Wrong.Status, f.Wrong.Code)
}

// toMend says that something in the form has to be changed, and that it is marked there.
func toMend(status int, code string) *web.Problem {
	return web.Refuse(status, code, say(message.Chinese, "plain.wrong"), say(message.English, "plain.wrong"))
}

// typedWrong is what the API said of what was typed, nil where the form cannot mend it.
func typedWrong(err error, about map[string]string) *web.Problem {
	var p *web.Problem
	if errors.As(err, &p) && (mended(p) || about[p.Code] != "") {
		return p
	}
	return nil
}

// sentForm is the body of a form that was sent, and its request id.
func (v *visit) sentForm() (typed url.Values, request string, err error) {
	if err := v.r.ParseForm(); err != nil {
		return nil, "", refusal(http.StatusBadRequest, "FORM", "unreadable")
	}
	return v.r.PostForm, v.r.PostForm.Get("request"), nil
}
