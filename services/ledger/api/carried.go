package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/sheet"
	"feisui/pkg/web"
	"feisui/services/ledger"
)

func (s *service) routeCarried(api *web.API) {
	web.Register(api, huma.Operation{
		OperationID: "carried", Method: http.MethodGet, Path: "/v1/counties/{county}/communities/{code}/carried", Tags: tags,
		Summary: "一个社区的挂牌和其他负担，对照目录和上限 (a community's plaques and other burdens, against the catalogue and the caps)",
		Description: "按县里的今天，正挂着的牌子和未结束的负担。" +
			" (As of the county's day, what hangs and what is not over.)",
		Responses: api.Listed(CommunityCarries{}),
	}, append([]web.Refusal{
		countyUnknown, badWord, {Status: http.StatusNotFound, Code: "COMMUNITY_UNKNOWN", Chinese: "没有这个社区"},
	}, web.ExportRefusals...), s.carried)
}

type carriedIn struct {
	web.OfCounty
	Code string `path:"code" example:"431026102001" doc:"区划代码 (the community's code)"`
	web.Export
	web.Part
}

// CommunityCarries is what a community carries beside tasks.
type CommunityCarries struct {
	Position int64           `json:"position" doc:"截至第几条记录 (the position in the journal that it is of)"`
	Day      civil.Date      `json:"day" doc:"县里的今天 (the county's day)"`
	Code     string          `json:"code"`
	Name     string          `json:"name"`
	Street   string          `json:"street,omitempty"`
	Zones    []CarriedZone   `json:"zones" doc:"各位置挂了几块、上限几块 (how many hang where, and how many may)"`
	Plaques  []CarriedPlaque `json:"plaques" doc:"按位置和牌号 (by zone and number)"`
	Burdens  []CarriedBurden `json:"burdens" doc:"按类型和编号 (by kind and number)"`

	BlockedAt int64 `json:"blocked_at,omitempty" doc:"自第几条记录起停算；所列是此前的 (blocked since this position: it is as of before)"`
}

// CarriedZone is a place for plaques.
type CarriedZone struct {
	Zone string `json:"zone" enum:"outside,inside,wall"`
	Hung int    `json:"hung"`
	Cap  *int   `json:"cap" doc:"没有则不设上限 (none: there is no cap)"`
}

// CarriedPlaque is a plaque that hangs.
type CarriedPlaque struct {
	No         string     `json:"no"`
	Title      string     `json:"title"`
	Zone       string     `json:"zone"`
	Department string     `json:"department"`
	HungOn     civil.Date `json:"hung_on"`
	Listed     bool       `json:"listed" doc:"在挂牌目录内，或本县不设目录 (in the catalogue, or the county keeps none)"`
	Idle       bool       `json:"idle" doc:"有牌无实：不在挂牌目录，挂牌满半年，部门在此期间没有交办、没有付款，也没有在办的任务 (no catalogue names it, and it has hung for half a year with nothing of its department behind it)"`
}

// CarriedBurden is another burden.
type CarriedBurden struct {
	No         string     `json:"no"`
	Kind       string     `json:"kind"`
	Title      string     `json:"title,omitempty"`
	Department string     `json:"department"`
	From       civil.Date `json:"from"`
	To         civil.Date `json:"to,omitzero" doc:"最后一天 (the last day)"`
}

func (s *service) carried(ctx context.Context, in *carriedIn) (*web.Listing, error) {
	l, err := s.Ledger(in.County)
	if err != nil {
		return nil, err
	}
	file, err := in.AsFile("", "")
	if err != nil {
		return nil, err
	}
	var out CommunityCarries
	within := l.Within(access.Within(ctx), in.Code)
	err = l.Read(func(current *ledger.Current) error {
		all, known := current.Carried(in.Code)
		if !known || !within {
			return web.Refuse(http.StatusNotFound, "COMMUNITY_UNKNOWN", "没有这个社区："+in.Code, "no such community: "+in.Code)
		}
		out = carries(&all)
		out.Position, out.Day, out.Code = current.Position(), current.Day(), in.Code
		if standing := current.Standing(in.Code); standing != nil && standing.Community != nil {
			out.Name, out.BlockedAt = standing.Community.Name, standing.Block.Position
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !file {
		return web.Page(out), nil
	}
	say, err := s.spoken(l)
	if err != nil {
		return nil, err
	}
	return in.Files(ctx, &in.Part, sheet.Name{English: "carried", Chinese: "挂牌与其他负担"}, onDay(out.Day),
		plaqueTable.of(out.Plaques, say), burdenTable.of(out.Burdens, say))
}

func carries(all *ledger.Carried) CommunityCarries {
	c := CommunityCarries{Street: all.Street, Plaques: []CarriedPlaque{}, Burdens: []CarriedBurden{}}
	for _, z := range all.Zones {
		zone := CarriedZone{Zone: z.Zone, Hung: z.Hung}
		if z.Cap >= 0 {
			zone.Cap = &z.Cap
		}
		c.Zones = append(c.Zones, zone)
	}
	for _, p := range all.Plaques {
		c.Plaques = append(c.Plaques, CarriedPlaque{p.No, p.Title, p.Zone, p.Department, p.HungOn, p.Listed, p.Idle})
	}
	for _, b := range all.Burdens {
		c.Burdens = append(c.Burdens, CarriedBurden{b.No, b.Kind, b.Title, b.Department, b.From, b.To})
	}
	return c
}
