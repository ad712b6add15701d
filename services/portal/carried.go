package portal

import (
	"net/http"
	"net/url"

	"feisui/pkg/civil"
)

// This file shows what a community carries beside tasks: its plaques against the
// catalogue and the caps, and the other burdens that lie on it.

func (p *Portal) carriedRoutes() {
	p.page("GET /carried", (*visit).carriedPage)
}

// carried is what a community carries, as the API gives it.
type carried struct {
	Position int64      `json:"position"`
	Day      civil.Date `json:"day"`
	Code     string     `json:"code"`
	Name     string     `json:"name"`
	Zones    []struct {
		Zone string `json:"zone"`
		Hung int    `json:"hung"`
		Cap  *int   `json:"cap"`
	} `json:"zones"`
	Plaques []struct {
		No         string     `json:"no"`
		Title      string     `json:"title"`
		Zone       string     `json:"zone"`
		Department string     `json:"department"`
		HungOn     civil.Date `json:"hung_on"`
		Listed     bool       `json:"listed"`
		Idle       bool       `json:"idle"`
	} `json:"plaques"`
	Burdens []struct {
		No         string     `json:"no"`
		Kind       string     `json:"kind"`
		Title      string     `json:"title"`
		Department string     `json:"department"`
		From       civil.Date `json:"from"`
	} `json:"burdens"`
}

func (v *visit) carriedPage() error {
	choice, err := v.community("carried")
	if err != nil {
		return err
	}
	c := &carried{}
	if choice.Code != "" {
		if err := v.get("/v1/counties/{county}/communities/"+url.PathEscape(choice.Code)+"/carried", nil, c); err != nil {
			return err
		}
	}
	v.asOf = known{c.Day, c.Position}
	return v.show(http.StatusOK, v.say("carried.title"), carriedShown(v, choice, c))
}

// communityChoice is the community that a page is about, and those it may be about.
type communityChoice struct {
	Code string
	Day  civil.Date // the county's
	All  []listedCommunity
	More bool // there are more than are listed: the code is typed
}

type listedCommunity struct {
	Code   string `json:"code"`
	Name   string `json:"name"`
	Street string `json:"street"`
}

// community gives the community that the address names, or the only one there is.
func (v *visit) community(operation string) (*communityChoice, error) {
	if !v.may(operation) {
		return nil, refusal(http.StatusForbidden, "FORBIDDEN", "no_page")
	}
	var list struct {
		Day         civil.Date        `json:"day"`
		Next        string            `json:"next"`
		Communities []listedCommunity `json:"communities"`
	}
	if err := v.get("/v1/counties/{county}/communities", url.Values{"limit": {"500"}}, &list); err != nil {
		return nil, err
	}
	c := &communityChoice{Code: v.r.URL.Query().Get("community"), Day: list.Day, All: list.Communities, More: list.Next != ""}
	sortByCode(c.All)
	if c.Code == "" && len(c.All) == 1 {
		c.Code = c.All[0].Code
	}
	return c, nil
}
