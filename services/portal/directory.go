package portal

import (
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/money"
)

// This file knows the names behind codes. Names are no secret among those who have a
// role in the business, so what one of them was told serves the others for a while; so it
// does among the three administrators, who are told less. Who has no role yet is shown codes.

// directoryFresh is for how long names are shown without asking whether they are the
// same still.
const directoryFresh = 10 * time.Second

// directory are the names behind a county's codes, as the API gives them.
type directory struct {
	County      string           `json:"county"`
	Name        string           `json:"name"`
	Day         civil.Date       `json:"day"`
	Streets     []named          `json:"streets"`
	Communities []namedCommunity `json:"communities"`
	Departments []namedParty     `json:"departments"`
	Items       []namedItem      `json:"items"`
	Plaques     []allowedPlaque  `json:"plaques"`
	Policy      countyPolicy     `json:"policy"`
	Calendar    calendarYears    `json:"calendar"`

	tag   string // the API's, of what they say
	asked time.Time
	names map[string]string
}

// named is a code and what it stands for.
type named struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

type namedCommunity struct {
	named

	Street string     `json:"street"`
	From   civil.Date `json:"from"` // when it begins only later
}

type namedParty struct {
	named

	Kind string `json:"kind"`
}

// namedItem is an entry of the item catalogue.
type namedItem struct {
	named

	Category   string     `json:"category"`
	Department string     `json:"department"`
	List       string     `json:"list"`
	Allowed    bool       `json:"allowed"`
	Rule       string     `json:"rule"`
	Unit       *words     `json:"unit"`
	Fee        words      `json:"fee"`
	Payers     []payer    `json:"payers"`
	From       civil.Date `json:"from"`
}

// payer is one of those who share a fee, by weight.
type payer struct {
	Code   string        `json:"code"`
	Weight money.Decimal `json:"weight"`
}

type allowedPlaque struct {
	Title string `json:"title"`
	Zone  string `json:"zone"`
}

// told is whom a directory is for: the business of a county, or its administrators.
type told struct {
	county   string
	business bool
}

func (v *visit) told() told {
	return told{v.me.County, access.Principal{Grants: v.me.Grants}.Business()}
}

// directories are those that are known.
type directories struct {
	mu  sync.Mutex
	all map[told]*directory
}

func (d *directories) get(whom told) *directory {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.all[whom]
}

func (d *directories) put(whom told, is *directory) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.all == nil {
		d.all = map[told]*directory{}
	}
	d.all[whom] = is
}

// directory gives the names of the county of who looks. It is never nil: without the
// right to names, or an answer, it has none. An answer that failed is logged, and
// what was known before is shown.
func (v *visit) directory() *directory {
	if v.dir != nil {
		return v.dir
	}
	v.dir = &directory{}
	if !v.may("directory") {
		return v.dir
	}
	whom := v.told()
	known, now := v.portal.names.get(whom), v.portal.now()
	if known != nil && now.Sub(known.asked) < directoryFresh {
		v.dir = known
		return v.dir
	}
	is, err := v.askDirectory(known, now)
	switch {
	case err == nil:
		v.dir = is
		v.portal.names.put(whom, is)
	case known != nil:
		v.dir = known
		fallthrough
	default:
		v.portal.log.WarnContext(v.r.Context(), "there are no names", slog.String("county", v.me.County), slog.Any("error", err))
	}
	return v.dir
}

// askDirectory asks for names, unless they are those that are known.
func (v *visit) askDirectory(known *directory, now time.Time) (*directory, error) {
	header := http.Header{}
	if known != nil {
		header.Set("If-None-Match", known.tag)
	}
	a, err := v.ask(v.r.Context(), http.MethodGet, "/v1/counties/{county}/directory", nil, header, http.NoBody)
	if err != nil {
		return nil, err
	}
	if a.status == http.StatusNotModified && known != nil {
		same := *known
		same.asked = now
		return &same, nil
	}
	is := &directory{tag: a.header.Get("ETag"), asked: now}
	if err := a.read(is); err != nil {
		return nil, err
	}
	is.names = map[string]string{}
	add := func(n named) { is.names[n.Code] = n.Name }
	for _, street := range is.Streets {
		add(street)
	}
	for i := range is.Communities {
		add(is.Communities[i].named)
	}
	for _, party := range is.Departments {
		add(party.named)
	}
	for i := range is.Items {
		add(is.Items[i].named)
	}
	return is, nil
}

// name is what a code is called, the code where it is not known.
func (v *visit) name(code string) string {
	if name := v.directory().names[code]; name != "" {
		return name
	}
	return code
}

// item is an entry of the item catalogue, nil where it is not there.
func (d *directory) item(code string) *namedItem {
	for i := range d.Items {
		if d.Items[i].Code == code {
			return &d.Items[i]
		}
	}
	return nil
}

// group are codes that belong together; Name is "" where nothing says how.
type group struct {
	Name string
	Of   []named
}

// parts are those that may be chosen of one part: department, street or community.
// Communities are grouped by their streets.
func (v *visit) parts(part string) (groups []group) {
	d := v.directory()
	switch part {
	case "department":
		all := make([]named, 0, len(d.Departments))
		for i := range d.Departments {
			all = append(all, d.Departments[i].named)
		}
		groups = append(groups, group{Of: all})
		if len(d.Streets) > 0 {
			groups = append(groups, group{Name: v.say("form.field_street"), Of: d.Streets})
		}
	case "street":
		groups = append(groups, group{Of: d.Streets})
	case "community":
		for i := range d.Communities {
			c := &d.Communities[i]
			if n := len(groups); n == 0 || groups[n-1].Name != v.name(c.Street) {
				groups = append(groups, group{Name: v.name(c.Street)})
			}
			last := &groups[len(groups)-1]
			last.Of = append(last.Of, c.named)
		}
	}
	return slices.DeleteFunc(groups, func(g group) bool { return len(g.Of) == 0 })
}
