package portal

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"feisui/pkg/civil"
)

// This file shows beside an evaluation whom a community may rate, as long as it lasts,
// and what departments got, once it is over. Nobody has to rate anybody, and no page
// says who did not.

// ratingsMax is how many of a community's own ratings are looked through.
const ratingsMax = "500"

// ratable is a department that a community may rate in a period.
type ratable struct {
	named

	Rated bool   // by this community, and once is all
	At    string // the form; "" where it was rated
}

// evaluated is what came of a period, as the API has it.
type evaluated struct {
	From        civil.Date `json:"from"`
	To          civil.Date `json:"to"`
	Communities int        `json:"communities"`
	Departments []struct {
		Department string   `json:"department"`
		Rated      int      `json:"rated"`
		Withheld   bool     `json:"withheld"`
		Rank       int      `json:"rank"`
		Mean       string   `json:"mean"`
		Words      []string `json:"words"`
		Criteria   []struct {
			Title words  `json:"title"`
			Mean  string `json:"mean"`
		} `json:"criteria"`
	} `json:"departments"`
}

// titles are the criteria, of any department with a mean; all have the same.
func (e *evaluated) titles() (all []words) {
	for _, d := range e.Departments {
		for _, c := range d.Criteria {
			all = append(all, c.Title)
		}
		if all != nil {
			return all
		}
	}
	return nil
}

// besideEvaluation is what an evaluation's page shows beside what all do.
func (v *visit) besideEvaluation(in *instance) (templ.Component, error) {
	switch {
	case in.State == "published" && v.may("evaluation"):
		e := &evaluated{}
		if err := v.get("/v1/counties/{county}/evaluations/"+url.PathEscape(in.Instance), nil, e); err != nil {
			return nil, err
		}
		return resultsOf(v, e), nil
	case in.State == "open" && v.forCommunity() && v.may("begin"):
		all, err := v.ratable(in)
		return ratableIn(v, all), err
	}
	return templ.NopComponent, nil
}

// ratable are the departments of a period, with which of them this community has rated.
func (v *visit) ratable(in *instance) ([]ratable, error) {
	var own listing
	if err := v.get("/v1/counties/{county}/"+instancesOf("rating"), url.Values{"limit": {ratingsMax}}, &own); err != nil {
		return nil, err
	}
	var period struct {
		Departments []string `json:"departments"` // none: all
	}
	if err := json.Unmarshal(in.Form, &period); err != nil {
		return nil, err
	}
	var all []ratable
	for _, d := range departmentsNamed(v) {
		if len(period.Departments) > 0 && !slices.Contains(period.Departments, d.Code) {
			continue
		}
		one := ratable{named: d, Rated: slices.ContainsFunc(own.Instances, func(l line) bool {
			return strings.HasPrefix(l.Instance, in.Instance+"/") && strings.HasSuffix(l.Instance, "/"+d.Code)
		})}
		if !one.Rated {
			one.At = withQuery("/w/rating/new", url.Values{"period": {in.Instance}, "department": {d.Code}})
		}
		all = append(all, one)
	}
	return all, nil
}
