package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/civil"
	"feisui/pkg/web"
	"feisui/services/ledger"
)

func (s *service) routeDirectory(api *web.API) {
	web.Register(api, huma.Operation{
		OperationID: "directory", Method: http.MethodGet, Path: "/v1/counties/{county}/directory", Tags: tags,
		Summary: "编码对应的名称 (the names behind codes)",
		Description: "县、街道、社区、部门、事项、挂牌目录，按县里的今天。名称不保密，凡有业务角色的都可以看。" +
			" ETag 只随内容变化：以 If-None-Match 再问，没有变化时回答 304。" +
			" (County, streets, communities, departments, items and the plaque catalogue, as of the county's day. Names are no secret: they are for every role of the business." +
			" The ETag changes with the content alone: ask again with If-None-Match.)",
		Responses: map[string]*huma.Response{"304": {Description: "没有变化 (it is as it was)"}},
	}, []web.Refusal{countyUnknown}, s.directory)
}

type directoryIn struct {
	web.OfCounty
	IfNoneMatch string `header:"If-None-Match" doc:"上次回答的 ETag (the ETag of an earlier answer)"`
}

type directoryOut struct {
	Status       int
	ETag         string `header:"ETag"`
	CacheControl string `header:"Cache-Control" doc:"可以留存，每次使用前须再问 (may be kept, and is asked for again before each use)"`
	Position     int64  `header:"Feisui-Position" doc:"截至第几条记录 (the position in the journal that it is of)"`
	Body         *Directory
}

// Directory is what the codes of a county stand for.
type Directory struct {
	County      string                   `json:"county" doc:"县的短名 (its short name)"`
	Name        string                   `json:"name"`
	Day         civil.Date               `json:"day" doc:"县里的今天 (the county's day)"`
	Streets     []ledger.NamedStreet     `json:"streets"`
	Communities []ledger.NamedCommunity  `json:"communities"`
	Departments []ledger.NamedDepartment `json:"departments"`
	Items       []DirectoryItem          `json:"items"`
	Plaques     []DirectoryPlaque        `json:"plaques" doc:"挂牌目录；没有则本县不设目录 (none: the county keeps no catalogue)"`
}

// DirectoryItem is an item with its fee in words.
type DirectoryItem struct {
	ledger.NamedItem

	Unit *Phrase `json:"unit,omitempty" doc:"按什么计 (what it is counted by)"`
	Fee  Phrase  `json:"fee" doc:"经费怎样计算 (how the fee is found, in words)"`
}

// DirectoryPlaque is a title that may hang in a zone.
type DirectoryPlaque struct {
	Title string `json:"title"`
	Zone  string `json:"zone" doc:"位置：outside, inside, wall"`
}

func (s *service) directory(ctx context.Context, in *directoryIn) (*directoryOut, error) {
	l, err := s.Ledger(in.County)
	if err != nil {
		return nil, err
	}
	name, err := s.Journal().NameOf(ctx, in.County)
	if err != nil {
		return nil, err
	}
	out := &directoryOut{Status: http.StatusOK, CacheControl: "private, no-cache", Body: &Directory{County: in.County, Name: name}}
	err = l.Read(func(current *ledger.Current) error {
		out.Position, out.Body.Day = current.Position(), current.Day()
		out.Body.of(current.Book().Directory(current.Day()))
		return nil
	})
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(out.Body)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	out.ETag = `"` + hex.EncodeToString(sum[:16]) + `"`
	if known(in.IfNoneMatch, out.ETag) {
		out.Status, out.Body = http.StatusNotModified, nil
	}
	return out, nil
}

func (d *Directory) of(named ledger.Directory) {
	d.Streets, d.Communities, d.Departments = named.Streets, named.Communities, named.Departments
	d.Items, d.Plaques = make([]DirectoryItem, 0, len(named.Items)), make([]DirectoryPlaque, 0, len(named.Plaques))
	for _, item := range named.Items {
		d.Items = append(d.Items, DirectoryItem{item, unitOf(item.Rule), feeOf(item.Rule, item.Rate, item.Timing)})
	}
	for _, plaque := range named.Plaques {
		d.Plaques = append(d.Plaques, DirectoryPlaque(plaque))
	}
}

// known reports that one of the tags that somebody has is a tag.
func known(has, tag string) bool {
	for one := range strings.SplitSeq(has, ",") {
		if one = strings.TrimPrefix(strings.TrimSpace(one), "W/"); one == tag || one == "*" {
			return true
		}
	}
	return false
}
