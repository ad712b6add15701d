package act

import (
	"cmp"
	"slices"
	"strconv"

	"feisui/pkg/civil"
	"feisui/services/admission"
)

// This file has what is pointed out when a task is handed down. None of it stops the
// task: a department that goes on knows, and so does whoever audits it.

// The limits by which it is.
const (
	noticeDays    = "notice_days"
	openPerWorker = "open_per_worker"
)

// startTimely refuses a task that starts, or where it does not say that, is due in fewer
// working days than the limit notice_days from its issue (R14: 上午通知、下午要数); and an
// amendment that brings that day so near. One that puts it off is nobody's burden.
func startTimely(l *look) error {
	if l.in != nil && !l.nearer() {
		return nil
	}
	days := l.by.Limits[noticeDays]
	earliest := l.county.Calendar.After(l.command.On, days)
	if day, err := civil.Parse(cmp.Or(l.form["starts_on"], l.form["due_on"])); err == nil && day < earliest { // else it names none
		key, args := "short_notice", []string{"day", day.String(), "days", strconv.Itoa(days), "earliest", earliest.String()}
		if !l.county.Calendar.Published(earliest) {
			key, args = "short_notice_provisional", append(args, "year", strconv.Itoa(earliest.Year()))
		}
		return refuse(day.String(), key, args...)
	}
	return nil
}

// nearer reports that an amendment has the task start, or be due, earlier than it did.
func (l *look) nearer() bool {
	a := l.task().Assigned
	if a == nil {
		return false
	}
	now := l.amended(*a)
	return now.StartsOn < a.StartsOn || now.DueOn.Given() && (!a.DueOn.Given() || now.DueOn < a.DueOn) || !a.StartsOn.Given() && now.StartsOn.Given()
}

// withinFrequency refuses a task that comes more often than its application said (R16).
func withinFrequency(l *look) error {
	a, frequency := l.admittedAs(l.form["item"], l.form["community"])
	since, bounds := frequency.Since(a.From, l.command.On)
	if !bounds {
		return nil
	}
	if n := l.county.Book.Handed(l.form["community"], l.form["item"], since, l.command.On); n > 0 {
		return refuse(l.form["item"], "too_often_"+string(frequency), "no", a.No, "since", since.String(), "n", strconv.Itoa(n))
	}
	return nil
}

// inForce are the states of an application whose work may be handed down.
var inForce = []string{"admitted", "conditional", "converted", "listed", "reviewing"}

// admittedAs gives the application under which an item may be handed to a community on
// the day, the first by number, with how often it said that it would come.
func (l *look) admittedAs(item, community string) (admission.Application, admission.Frequency) {
	for _, a := range l.county.applicationsOf(item) {
		covers := slices.Contains(a.Communities, admission.Everywhere) || slices.Contains(a.Communities, community)
		if covers && a.Kind == admission.Task && a.From <= l.command.On {
			return a.Application, a.frequency
		}
	}
	return admission.Application{}, ""
}

// often is an application with how often it said that its work would come.
type often struct {
	admission.Application

	frequency admission.Frequency
}

// applicationsOf gives those in force for an item, by number. A command that hands it to
// a thousand communities looks once.
func (c *County) applicationsOf(item string) []often {
	if item == "" {
		return nil
	}
	if all, known := c.applied[item]; known {
		return all
	}
	var of []string
	for id, in := range c.Flows.instances[admissionFlow] {
		if in.Parties[itemParty] == item && slices.Contains(inForce, in.State) {
			of = append(of, id)
		}
	}
	slices.Sort(of)
	all := make([]often, 0, len(of))
	for _, id := range of {
		if fields, err := applied(c.Flows.instances[admissionFlow][id], nil, ""); err == nil { // its JSON Schema says that it is an object
			all = append(all, often{admission.Read(fields), admission.Frequency(fields["frequency"])})
		}
	}
	if c.applied == nil {
		c.applied = map[string][]often{}
	}
	c.applied[item] = all
	return all
}

// withinLoad refuses a task with which a community has more in hand than the limit
// open_per_worker for each of its workers (R22). Of one that has none, or of which nobody
// said how many, nothing is said.
func withinLoad(l *look) error {
	work := l.county.Book.Work(l.form["community"], l.command.On)
	most := l.by.Limits[openPerWorker]
	if work.Staff == nil || *work.Staff <= 0 || most == 0 {
		return nil
	}
	if open := work.Open + 1; int64(open) > int64(most)**work.Staff {
		return refuse(strconv.Itoa(open), "overloaded", "open", strconv.Itoa(open), "staff", strconv.FormatInt(*work.Staff, 10), "most", strconv.Itoa(most))
	}
	return nil
}
