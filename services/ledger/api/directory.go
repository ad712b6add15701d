package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/sheet"
	"feisui/pkg/web"
	"feisui/services/ledger"
	"feisui/services/ledger/keep"
)

func (s *service) routeDirectory(api *web.API) {
	responses := api.Listed(Directory{})
	responses["304"] = &huma.Response{Description: "没有变化 (it is as it was)"}
	web.Register(api, huma.Operation{
		OperationID: "directory", Method: http.MethodGet, Path: "/v1/counties/{county}/directory", Tags: tags,
		Summary: "编码对应的名称 (the names behind codes)",
		Description: "县、街道、社区、部门、事项、挂牌目录，按县里的今天。名称不保密，凡有业务角色的都可以看；" +
			"三员只看到街道、社区、部门的编码和名称，据此给人定单位。" +
			" ETag 只随内容变化：以 If-None-Match 再问，没有变化时回答 304。" +
			" (County, streets, communities, departments, items and the plaque catalogue, as of the county's day. Names are no secret: they are for every role in the business." +
			" The three administrators are told the codes and names of streets, communities and departments alone, by which they say whose an account is." +
			" The ETag changes with the content alone: ask again with If-None-Match.)",
		Responses: responses,
	}, append([]web.Refusal{countyUnknown, badWord}, web.ExportRefusals...), s.directory)
}

type directoryIn struct {
	web.OfCounty
	IfNoneMatch string `header:"If-None-Match" doc:"上次回答的 ETag (the ETag of an earlier answer)"`
	web.Export
	web.Part
}

type directoryOut struct {
	Status       int
	ETag         string `header:"ETag"`
	CacheControl string `header:"Cache-Control" doc:"可以留存，每次使用前须再问 (may be kept, and is asked for again before each use)"`
	Position     int64  `header:"Feisui-Position" doc:"截至第几条记录 (the position in the journal that it is of)"`
	web.Headers

	Body func(huma.Context)
}

// Directory is what the codes of a county stand for. Of the three administrators' what is
// the county's business is left out, and of each organisation all but its code and name.
type Directory struct {
	County      string                   `json:"county" doc:"县的短名 (its short name)"`
	Name        string                   `json:"name"`
	Day         civil.Date               `json:"day" doc:"县里的今天 (the county's day)"`
	Streets     []ledger.NamedStreet     `json:"streets"`
	Communities []ledger.NamedCommunity  `json:"communities"`
	Departments []ledger.NamedDepartment `json:"departments"`
	Items       []DirectoryItem          `json:"items,omitzero" doc:"三员的没有，下同 (not for the three administrators, nor is what follows)"`
	Policy      *DirectoryPolicy         `json:"policy,omitempty" doc:"限额和期限，按县里的今天 (caps and deadlines in force)"`
	Calendar    *DirectoryCalendar       `json:"calendar,omitempty"`
	Plaques     []DirectoryPlaque        `json:"plaques,omitzero" doc:"挂牌目录；为空则本县不设目录 (empty: the county keeps no catalogue)"`
}

// DirectoryItem is an item with its fee in words.
type DirectoryItem struct {
	ledger.NamedItem

	Unit *Phrase `json:"unit,omitempty" doc:"按什么计 (what it is counted by)"`
	Fee  Phrase  `json:"fee" doc:"经费怎样计算 (how the fee is found, in words)"`
}

// DirectoryPolicy is what the county has decided, or what holds where it has not.
type DirectoryPolicy struct {
	ReceiptDays     int            `json:"receipt_days" doc:"几个工作日内回执 (working days to answer a task)"`
	QueryDays       int            `json:"query_days" doc:"询问后再加几个工作日 (working days more after a query)"`
	GraceDays       int            `json:"grace_days" doc:"拨付期限的宽限，工作日 (working days of grace after the day to pay by)"`
	PassthroughDays int            `json:"passthrough_days" doc:"几个工作日内转拨 (working days to pass money on)"`
	ArrivalDays     int            `json:"arrival_days" doc:"几个工作日内确认到账 (working days to confirm an arrival)"`
	ArrearsDays     int            `json:"arrears_days" doc:"后付的：办结后几天内 (calendar days to pay after completion)"`
	PlaqueCaps      map[string]int `json:"plaque_caps" doc:"各位置最多挂几块；没有的不限 (how many plaques may hang by zone; none: no cap)"`
}

// DirectoryCalendar is which working days are known.
type DirectoryCalendar struct {
	Edition string `json:"edition" doc:"内容相同的，此值相同 (two that say the same have the same)"`
	Years   []int  `json:"years" doc:"哪些年的放假安排已公布 (the years that a notice was published for)"`
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
	file, err := in.AsFile("", "")
	if err != nil {
		return nil, err
	}
	out := &directoryOut{Status: http.StatusOK, CacheControl: "private, no-cache"}
	d, business := &Directory{County: in.County, Name: name}, access.From(ctx).Business()
	err = l.Read(func(current *ledger.Current) error {
		out.Position, d.Day = current.Position(), current.Day()
		named := current.Book().Directory(current.Day())
		d.organisations(&named, business)
		if business {
			d.business(&named)
			d.Calendar = &DirectoryCalendar{s.Calendar.Edition(), s.Calendar.Years()}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if file {
		return out, s.directoryFile(ctx, l, in, d, business, out)
	}
	text, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	out.ETag = `"` + hex.EncodeToString(sum[:16]) + `"`
	if known(in.IfNoneMatch, out.ETag) {
		out.Status, out.Body = http.StatusNotModified, func(ctx huma.Context) { ctx.SetStatus(http.StatusNotModified) }
		return out, nil
	}
	page := web.Page(d)
	out.Headers, out.Body = page.Headers, page.Body
	return out, nil
}

// directoryFile answers with what the county has as tables. They are of now, and not kept.
func (s *service) directoryFile(ctx context.Context, l *keep.Ledger, in *directoryIn, d *Directory, business bool, out *directoryOut) error {
	say, err := s.spoken(l)
	if err != nil {
		return err
	}
	tables := []*sheet.Table{
		namedDepartments.names().of(d.Departments, say), namedStreets.of(d.Streets, say), namedCommunities.names().of(d.Communities, say),
	}
	if business {
		tables = []*sheet.Table{
			itemTable.of(d.Items, say), titleTable.of(d.Plaques, say), namedDepartments.of(d.Departments, say),
			namedStreets.of(d.Streets, say), namedCommunities.of(d.Communities, say),
		}
	}
	file, err := in.Files(ctx, &in.Part, sheet.Name{English: "directory", Chinese: "清单与名录"}, onDay(d.Day), tables...)
	if err == nil {
		out.CacheControl, out.Headers, out.Body = "no-store", file.Headers, file.Body
	}
	return err
}

// organisations takes what there is of organisations, all of it or codes and names alone.
func (d *Directory) organisations(named *ledger.Directory, all bool) {
	d.Streets, d.Communities, d.Departments = named.Streets, named.Communities, named.Departments
	if all {
		return
	}
	for i := range d.Communities {
		d.Communities[i] = ledger.NamedCommunity{Code: d.Communities[i].Code, Name: d.Communities[i].Name}
	}
	for i := range d.Departments {
		d.Departments[i].Kind = ""
	}
}

// business takes what only those may see who have a role in the county's business.
func (d *Directory) business(named *ledger.Directory) {
	policy := DirectoryPolicy(named.Policy)
	d.Policy = &policy
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
