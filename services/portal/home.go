package portal

import (
	"net/http"
	"net/url"

	"feisui/pkg/civil"
)

func (p *Portal) homeRoutes() {
	p.page("GET /{$}", (*visit).home)
	p.page("GET "+morePath, func(v *visit) error {
		return v.show(http.StatusOK, v.say("nav.more"), deskPage(v, "nav.more", v.beside()))
	})
}

// todos is what waits for somebody.
type todos struct {
	Day   civil.Date `json:"day"`
	Todo  []todo     `json:"todo"`
	Total int        `json:"total"`
}

type todo struct {
	line

	Actions []openAction `json:"actions"`
}

// home is the first page: what waits for who looks, the nearest deadline first.
func (v *visit) home() error {
	if !v.may("todo") {
		return v.show(http.StatusOK, v.say("home.desk"), deskPage(v, "home.desk", v.menu()))
	}
	var t todos
	if err := v.get("/v1/counties/{county}/todo", url.Values{"limit": {"100"}}, &t); err != nil {
		return err
	}
	return v.show(http.StatusOK, v.say("home.title"), homePage(v, t))
}
