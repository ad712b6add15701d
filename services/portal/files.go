package portal

import (
	"net/url"

	"feisui/pkg/message"
)

// This file is where the API gives what a page shows as a file: whole, whatever part of
// it the page has, and in the reader's language.

// The formats of files.
const (
	asXLSX = "xlsx"
	asCSV  = "csv"
)

// file is the address of a list, below the county, as a file.
func (v *visit) file(list string, query url.Values, format string) string {
	query = copied(query)
	query.Set("format", format)
	if v.lang == message.English {
		query.Set("lang", string(v.lang))
	}
	return withQuery("/v1/counties/"+url.PathEscape(v.me.County)+"/"+list, query)
}

// partsOf are the tables of a report, which are a CSV file each.
var partsOf = []string{
	"headline", "definitions", "movements", "departments", "streets", "left_out", "unfunded", "debtors", "longest", "stuck", "trend", "edition",
}

// partFile is one of them.
func (v *visit) partFile(list string, query url.Values, part string) string {
	query = copied(query)
	query.Set("part", part)
	return v.file(list, query, asCSV)
}
