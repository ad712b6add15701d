package ledger

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/schemas"
	"feisui/services/ledger/reconcile"
)

// Draft is what a task would be if it was assigned.
type Draft struct {
	Task  reconcile.TaskStatement
	Flags []reconcile.Flag // those of the task itself, by rule
}

// Draft says what a task would be on a date if it was assigned, by the same rules
// as if it were: one fact more, and nothing of b is changed. It fails as
// Statement does.
func (b *Book) Draft(e schemas.TaskAssigned, days civil.Calendar, on civil.Date) (d Draft, err error) {
	account := reconcile.Account{Code: e.Community}
	if known := b.accounts[e.Community]; known != nil {
		account = *known
	}
	task := &reconcile.Task{No: e.No}
	say(task, e)
	account.Tasks = maps.Clone(account.Tasks)
	if account.Tasks == nil {
		account.Tasks = map[string]*reconcile.Task{}
	}
	account.Tasks[e.No] = task
	var s reconcile.Statement
	if err := money.Guard(func() { s = reconcile.Reconcile(&account, b.county, days, on) }); err != nil {
		return d, fmt.Errorf("community %s: %w", e.Community, err)
	}
	d.Task, _ = taskOf(&s, e.No)
	d.Flags = slices.DeleteFunc(s.Flags, func(f reconcile.Flag) bool { return f.Subject != e.No })
	return d, nil
}

// CommunityOf is the community that a task was handed to, "" where there is none.
func (b *Book) CommunityOf(task string) string { return b.communities[task] }

// DepartmentOf is the department that handed a task down, "" where there is none.
func (b *Book) DepartmentOf(task string) string {
	if t := b.tasks[task]; t != nil {
		return t.Department
	}
	return ""
}

// ByTheCase reports that a task's fee is counted by its quantity (§2): no other's is.
func (b *Book) ByTheCase(task string) bool {
	t := b.tasks[task]
	if t == nil || t.Amount != nil {
		return false
	}
	item, _ := b.county.Items[t.Item].At(t.IssuedOn)
	return item.Rule == reconcile.PerCase
}

func taskOf(s *reconcile.Statement, no string) (reconcile.TaskStatement, bool) {
	i, ok := slices.BinarySearchFunc(s.Tasks, no, func(t reconcile.TaskStatement, no string) int {
		return strings.Compare(t.No, no)
	})
	if !ok {
		return reconcile.TaskStatement{}, false
	}
	return s.Tasks[i], true
}

// DraftPlaque lists the flags that a plaque would raise on a date if it hung since
// then, by the same rules as if it did: its own, and that of its zone's cap.
// Nothing of b is changed. It fails as Statement does.
func (b *Book) DraftPlaque(e schemas.PlaqueHung, days civil.Calendar, on civil.Date) (flags []reconcile.Flag, err error) {
	account := reconcile.Account{Code: e.Community}
	if known := b.accounts[e.Community]; known != nil {
		account = *known
	}
	account.Plaques = maps.Clone(account.Plaques)
	if account.Plaques == nil {
		account.Plaques = map[string]*reconcile.Plaque{}
	}
	account.Plaques[e.No] = &reconcile.Plaque{No: e.No, Department: e.Department, Title: e.Title, Zone: e.Zone, HungOn: on}
	var s reconcile.Statement
	if err := money.Guard(func() { s = reconcile.Reconcile(&account, b.county, days, on) }); err != nil {
		return nil, fmt.Errorf("community %s: %w", e.Community, err)
	}
	return slices.DeleteFunc(s.Flags, func(f reconcile.Flag) bool {
		return f.Subject != e.No && (f.Rule != reconcile.PlaqueOverCap || f.Subject != e.Zone)
	}), nil
}
