package act

import (
	"cmp"

	"feisui/pkg/civil"
	"feisui/pkg/code"
	"feisui/pkg/workflow"
)

// This file has what the workflow of work that was given outside of the system names.

func departmentKnown(l *look) error {
	if department := l.form["department"]; department != "" && !l.past.Has("department/"+department) {
		return workflow.Refusals{workflow.Refuse(0, "department", department, "no_department")}
	}
	return nil
}

// taskIssued refuses what is no task of the department's to the community.
func taskIssued(l *look) error {
	no := l.form["task"]
	if no == "" { // as mergedInto
		return nil
	}
	if !l.issuedAs(no) {
		return workflow.Refusals{workflow.Refuse(0, "task", no, "no_task_issued")}
	}
	return nil
}

// taskNamed points out a number that makes nothing good yet: it may have to be issued still.
func taskNamed(l *look) error {
	if no := l.form["task"]; no != "" && !l.madeGood(no) {
		return at("task", no, "task_not_issued")
	}
	return nil
}

// taskThere refuses where neither the form nor a step before names a task that makes it good.
func taskThere(l *look) error {
	no := l.form["task"]
	for _, action := range []string{"make_good", "admit"} {
		last, taken := l.in.Last(action)
		if no == "" && taken {
			no = fieldsOf(last.Form)["task"]
		}
	}
	if no == "" || !l.madeGood(no) {
		return at("task", no, "no_task_since")
	}
	return nil
}

// madeGood reports that a number is of a task that the department issued to the community
// since the work was given, and did not take back. That it was issued properly before is
// what a department disputes with, and the authority's to say.
func (l *look) madeGood(no string) bool {
	given, err := civil.Parse(fieldsOf(l.in.Form)["given_on"])
	t := taskIn(l.past, no)
	return err == nil && l.issuedAs(no) && t.Assigned.IssuedOn >= given && !t.RecalledOn.Given()
}

// issuedAs reports that a number is a task's which whoever gave the work issued to the
// community.
func (l *look) issuedAs(no string) bool {
	a, parties := taskIn(l.past, no).Assigned, l.by.Concerned(l.in)
	return a != nil && a.Department == cmp.Or(parties["originator"], parties["department"]) && a.Community == parties["community"]
}

// isStreet reports that a party is a street, by what the county says of it or by its code.
func (l *look) isStreet(party string) bool {
	return l.county.Flows.kinds[party] == "street" || code.IsStreet(party)
}

// giverKnown refuses who is neither a department nor the community's own street.
func giverKnown(l *look) error {
	giver := l.form["department"]
	switch own := l.county.Flows.Street(l.form["community"]); {
	case giver != "" && giver == own:
		return nil
	case l.isStreet(giver):
		return at("department", giver, "no_giver")
	}
	return departmentKnown(l)
}

// relayed holds where a street gave the work: whose it is, it has to say (R19).
func relayed(l *look) error {
	if giver := l.form["department"]; !l.isStreet(giver) {
		return refuse(giver, "no_street")
	}
	return nil
}

// originatorOther refuses a street as the one whose work a street relayed.
func originatorOther(l *look) error {
	if department := l.form["department"]; department != "" && l.isStreet(department) {
		return at("department", department, "originator_street")
	}
	return nil
}
