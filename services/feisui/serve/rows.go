package serve

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"

	"feisui/pkg/access"
	"feisui/pkg/web"
	"feisui/pkg/workbook"
	"feisui/services/feisui/record"
)

// rowMax bounds the body of one row.
const rowMax = 1 << 20

// rowIn is a row as it comes in.
type rowIn struct {
	web.OfCounty
	web.Mutation
	Correction
	web.Stream
}

// rows answers POST /v1/counties/{county}/SHEET: one row of a sheet, a JSON
// object of column and value, the columns by their English or Chinese names and
// the values as users type them. It is decided as the same row of a workbook is.
func (s *Server) rows(ctx context.Context, sheet *workbook.Sheet, in *rowIn) (*importedOut, error) {
	county, err := s.county(in.County)
	if err != nil {
		return nil, err
	}
	body, err := in.Read(rowMax)
	if err != nil {
		return nil, badRow(err)
	}
	row, err := rowOf(sheet, body)
	if err != nil {
		return nil, err
	}
	if err := county.mine(ctx, row, in.Reason != ""); err != nil {
		return nil, err
	}
	r := recordable{request: requestOf(access.From(ctx), in.RequestID), actor: access.From(ctx).ID}
	r.alone = r.actor != operator.ID // who loads what happened before
	r.source, r.fingerprint = in.correcting(row, fingerprintOf([]byte(sheet.Name), body))
	answer, err := s.record(ctx, county, r)
	return &importedOut{answer}, err
}

func badRow(err error) error {
	if web.TooLarge(err) {
		return refuse(http.StatusRequestEntityTooLarge, "TOO_LARGE", "内容过大，一行最多 1 MB", "expected at most 1 MB")
	}
	return badUpload(err, rowMax)
}

// oneRow is a workbook that has a single row.
type oneRow struct {
	sheet *workbook.Sheet
	cells []string
	given map[string]bool
}

func rowOf(sheet *workbook.Sheet, body []byte) (*oneRow, error) {
	o := &oneRow{sheet: sheet, given: map[string]bool{}}
	fields, err := record.Object(body)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "JSON", "请求应为一个 JSON 对象："+err.Error(), "expected one JSON object: "+err.Error())
	}
	o.cells = make([]string, len(o.sheet.Columns))
	for _, f := range fields {
		if err := o.fill(f.Name, f.Value); err != nil {
			return nil, err
		}
	}
	return o, nil
}

func (o *oneRow) fill(name string, value json.RawMessage) error {
	for i, c := range o.sheet.Columns {
		if c.Name != name && c.Chinese != name {
			continue
		}
		text, ok := textOf(value)
		if !ok || o.given[c.Name] {
			return refuse(http.StatusUnprocessableEntity, "FIELD", name+" 应为一个文本或数字", name+": expected one text or number")
		}
		o.cells[i], o.given[c.Name] = record.Cell(text), true
		return nil
	}
	return refuse(http.StatusUnprocessableEntity, "FIELD_UNKNOWN", "没有这一列："+name, fmt.Sprintf("no such column of %s: %s", o.sheet.Name, name))
}

// cell is what the row says in a column, as the door reads a code.
func (o *oneRow) cell(column string) string {
	for i, c := range o.sheet.Columns {
		if c.Name == column {
			return o.cells[i]
		}
	}
	panic("serve: no column " + column + " in " + o.sheet.Name)
}

// textOf reads a text, or a number as it is written.
func textOf(value json.RawMessage) (string, bool) {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text, true
	}
	var number json.Number
	if json.Unmarshal(value, &number) == nil {
		return number.String(), true
	}
	return "", false
}

// Sheet, Has, Faults, Unlisted and Extra make a row a workbook.

// Sheet gives the row, of its own sheet.
func (o *oneRow) Sheet(name string) iter.Seq[workbook.Row] {
	return func(yield func(workbook.Row) bool) {
		if name == o.sheet.Name {
			yield(workbook.Row{File: name, Number: 1, Cells: o.cells})
		}
	}
}

// Has reports that every column is there: one that is not given is empty.
func (o *oneRow) Has(sheet, _ string) bool { return sheet == o.sheet.Name }

// Faults gives none: a row that cannot be read as JSON was refused before.
func (o *oneRow) Faults() []workbook.Fault { return nil }

// Unlisted is 0, as Faults has none.
func (o *oneRow) Unlisted() int { return 0 }

// Extra gives nothing.
func (o *oneRow) Extra(string) ([]byte, bool, error) { return nil, false, nil }
