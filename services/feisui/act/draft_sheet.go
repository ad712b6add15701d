package act

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// This file drafts what a sheet lists (拟交办): one draft, of which each task has what is its
// own, so that the head hands all of the sheet down with one step.

// draftedMax is how many tasks a draft has at most, as its form says.
const draftedMax = 1_000

// DraftSheet decides on a draft of the tasks of a sheet, whose rows are the fields of each: on a
// new one, or, of a command with an instance, on that one's being written anew. What its head could
// not hand down is refused, as *Faults of the rows; Would has what the tasks would come to.
func (c *County) DraftSheet(cmd Command, rows []map[string]string) (*Decision, error) {
	form, err := formOfSheet(rows, cmd.Instance == "")
	if err != nil {
		return nil, err
	}
	decide := c.Begin
	if cmd.Workflow, cmd.Form = draftFlow, form; cmd.Instance != "" {
		cmd.Action, decide = "edit", c.Act
	}
	d, err := decide(cmd)
	if err != nil {
		return nil, ofRows(err)
	}
	draft := &d.Results[0].Instance
	for i, row := range rows {
		if of, department := row["department"], draft.Parties["department"]; of != "" && of != department {
			return nil, faulty(i, "department", of, "draft_one_department", "department", department)
		}
	}
	tasks, _, err := c.handEach(draft, headOf(draft), "")
	if err != nil {
		return nil, ofRows(err)
	}
	d.Would = tasks.Results
	return d, nil
}

// formOfSheet is what a draft of some rows says. One that begins says whose it is as well: the first
// department that is named.
func formOfSheet(rows []map[string]string, begins bool) (json.RawMessage, error) {
	if len(rows) > draftedMax {
		return nil, faulty(draftedMax, "", "", "draft_rows", "max", strconv.Itoa(draftedMax))
	}
	form := map[string]any{}
	each := make([]map[string]string, len(rows))
	for i, row := range rows {
		if row[manyParty] == "" {
			return nil, faulty(i, manyParty, "", "draft_no_community")
		}
		if of := row["department"]; begins && form["department"] == nil && of != "" {
			form["department"] = of
		}
		each[i] = maps.Clone(row)
		delete(each[i], "department")
	}
	form[manyField] = each
	return json.Marshal(form)
}

// ofRows has faults of a draft's form say of which of its communities they are.
func ofRows(err error) error {
	var faults *Faults
	if !errors.As(err, &faults) {
		return err
	}
	for i := range faults.List {
		f := &faults.List[i]
		rest, within := strings.CutPrefix(f.Field, manyField+".")
		place, field, _ := strings.Cut(rest, ".")
		if of, wrong := strconv.Atoi(place); within && wrong == nil {
			f.Of, f.Field = of, field
		}
	}
	slices.SortStableFunc(faults.List, func(a, b Fault) int { return a.Of - b.Of })
	return err
}
