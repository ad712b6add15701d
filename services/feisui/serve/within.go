package serve

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"feisui/pkg/access"
	"feisui/pkg/web"
	"feisui/schemas"
)

// This file says whose a row is. What is somebody else's is answered as what is
// not there, before the door looks at the row: its refusals name what is recorded.

// parties are those that a thing's events name, as they were last said.
type parties struct {
	Department  string `json:"department"`
	Community   string `json:"community"`
	Street      string `json:"street"`
	Payer       string `json:"payer"`
	Payee       string `json:"payee"`
	Beneficiary string `json:"beneficiary"`
	Kind        string `json:"kind"`
}

func partiesOf(events []schemas.Event) (p parties, known bool, err error) {
	for _, e := range events {
		data, err := json.Marshal(e)
		if err == nil {
			err = json.Unmarshal(data, &p)
		}
		if err != nil {
			return p, true, err
		}
	}
	return p, len(events) > 0, nil
}

// owning says how rows of a sheet belong to somebody.
type owning struct {
	category string // of the stream that the key names
	key      string // the column
	party    string // the column of who must be one's own; "" where the row only names what is there
	own      func(*past, access.Scope, parties) bool
}

// ownings are the sheets of which somebody without the whole county may record rows.
var ownings = map[string]owning{
	"tasks":       {"task", "no", "department", ofDepartment},
	"commitments": {"commitment", "no", "department", ofDepartment},
	"receipts":    {"task", "task", "", ofCommunity},
	"arrivals":    {"payment", "voucher", "", toPayee},
	"payments":    {"payment", "voucher", "payer", byPayer},
	"plaques":     {"plaque", "no", "community", ofCommunity},
	"burdens":     {"burden", "no", "community", ofCommunity},
}

func ofDepartment(_ *past, s access.Scope, p parties) bool { return s.Department(p.Department) }

func ofCommunity(past *past, s access.Scope, p parties) bool {
	return s.Community(p.Community, past.street(p.Community))
}

func byPayer(past *past, s access.Scope, p parties) bool {
	return s.Account(p.Payer, past.street(p.Payer))
}

func toPayee(past *past, s access.Scope, p parties) bool {
	return s.Account(p.Payee, past.street(p.Payee)) || slices.Contains(s.Communities, p.Beneficiary)
}

// street is a community's, "" for what is none.
func (p *past) street(community string) string {
	of, _, err := partiesOf(p.stream("community/" + community))
	if err != nil {
		return ""
	}
	return of.Street
}

// mine refuses a row that is not for who sends it to record. Corrections are for
// those who answer for the whole county.
func (c *county) mine(ctx context.Context, row *oneRow, correcting bool) error {
	scope := access.Within(ctx)
	if scope.All {
		return nil
	}
	o, known := ownings[row.sheet.Name]
	if !known || correcting {
		return wholeCounty()
	}
	key := row.cell(o.key)
	if key == "" {
		return nil // which the door says, with whatever else is missing
	}
	is, there, err := partiesOf(c.past.stream(o.category + "/" + key))
	if err == nil && !there { // another process may have recorded it a moment ago
		if err = c.past.catchUp(ctx); err == nil {
			is, there, err = partiesOf(c.past.stream(o.category + "/" + key))
		}
	}
	if err != nil {
		return err
	}
	if o.party == "" {
		if !there || !o.own(c.past, scope, is) {
			return refuse(http.StatusNotFound, "REFERENCE_UNKNOWN", "没有这个编号："+key, "no such number: "+key)
		}
		return nil
	}
	party := row.cell(o.party)
	if party != "" && !o.own(c.past, scope, parties{Department: party, Community: party, Payer: party}) {
		return refuse(http.StatusNotFound, "PARTY_UNKNOWN", "没有这个单位："+party, "no such party: "+party)
	}
	if there && !o.own(c.past, scope, is) {
		return refuse(http.StatusConflict, "NUMBER_TAKEN", "该编号已被使用："+key, "the number is taken: "+key)
	}
	return nil
}

// wholeCounty refuses what is for those who answer for the whole county.
func wholeCounty() error {
	return refuse(http.StatusForbidden, "WHOLE_COUNTY", "此项只对管全县的角色开放", "this is for who answers for the whole county")
}

// notMine are the refusals of mine, for the document.
var notMine = []web.Refusal{
	{Status: http.StatusForbidden, Code: "WHOLE_COUNTY", Chinese: "只能由管全县的角色登记或更正"},
	{Status: http.StatusNotFound, Code: "REFERENCE_UNKNOWN", Chinese: "没有这个编号，或不属于您的单位"},
	{Status: http.StatusNotFound, Code: "PARTY_UNKNOWN", Chinese: "没有这个单位，或不是您的单位"},
	{Status: http.StatusConflict, Code: "NUMBER_TAKEN", Chinese: "该编号已被使用"},
}
