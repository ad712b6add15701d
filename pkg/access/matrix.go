package access

import (
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Reach is how far a cell of the table lets somebody go.
type Reach byte

// The letters of cells. Of who has a role in the county itself, own organisation
// and those below it are the county.
const (
	Never    Reach = '-'
	Own      Reach = 'O' // own organisation
	Below    Reach = 'S' // own organisation and those below it
	All      Reach = 'A' // all of the county; in the column anyone: also who is not signed in
	SignedIn Reach = 'I' // only in the column anyone: whoever is signed in
	First    Reach = 'F' // only there: also who must change the password or set up a second factor before anything else
	Pending  Reach = 'P' // only there: also who has a second factor and has not shown it
)

// Cell is what one role may do by one operation.
type Cell struct {
	Reach  Reach
	Second bool // only with a second person, for which the operation looks
}

// Matrix is the table of rights: operations and roles. What it does not have is
// refused.
type Matrix struct {
	operations []string
	rows       map[string]row
}

type row struct {
	name   string // in Chinese
	anyone Reach
	roles  map[Role]Cell
}

// Columns are the table's columns, in order.
func Columns() []string {
	columns := []string{"operation", "名称", "anyone"}
	for _, role := range Roles {
		columns = append(columns, string(role))
	}
	return columns
}

// Parse reads the table, CSV with Columns as its first line. It fails on columns
// and cells that it does not know, on an operation that stands there twice or has
// no Chinese name, and on one that nobody may do.
func Parse(text string) (*Matrix, error) {
	lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("the table of rights: %w", err)
	}
	if len(lines) == 0 || !slices.Equal(lines[0], Columns()) {
		return nil, fmt.Errorf("the table of rights: expected the columns %s", strings.Join(Columns(), ","))
	}
	m := &Matrix{rows: map[string]row{}}
	for i, line := range lines[1:] {
		if err := m.add(line); err != nil {
			return nil, fmt.Errorf("the table of rights: line %d: %w", i+2, err)
		}
	}
	return m, nil
}

func (m *Matrix) add(line []string) error {
	operation := line[0]
	switch {
	case strings.TrimSpace(operation) != operation || operation == "" || strings.TrimSpace(line[1]) == "":
		return fmt.Errorf("expected an operation and its Chinese name, found %q and %q", operation, line[1])
	case m.Has(operation):
		return fmt.Errorf("%s stands there twice", operation)
	}
	anyone, err := read(line[2], "-AIFP")
	if err != nil {
		return fmt.Errorf("%s, anyone: %w", operation, err)
	}
	if anyone.Second {
		return fmt.Errorf("%s, anyone: a second person to whom?", operation)
	}
	r := row{name: line[1], anyone: anyone.Reach, roles: map[Role]Cell{}}
	somebody := r.anyone != Never
	for i, role := range Roles {
		cell, err := read(line[3+i], "-OSA")
		if err != nil {
			return fmt.Errorf("%s, %s: %w", operation, role, err)
		}
		r.roles[role] = cell
		somebody = somebody || cell.Reach != Never
	}
	if !somebody {
		return fmt.Errorf("%s: nobody may do it, so it is no operation", operation)
	}
	m.operations = append(m.operations, operation)
	m.rows[operation] = r
	return nil
}

// read reads a cell, one of a few letters, with a 2 behind it or not.
func read(text, letters string) (Cell, error) {
	letter, second := strings.CutSuffix(text, "2")
	if len(letter) != 1 || !strings.Contains(letters, letter) || second && letter == "-" {
		return Cell{}, fmt.Errorf("expected one of %s, found %q", letters, text)
	}
	return Cell{Reach(letter[0]), second}, nil
}

// Has reports that the table has an operation.
func (m *Matrix) Has(operation string) bool {
	if m == nil {
		return false
	}
	_, has := m.rows[operation]
	return has
}

// Operations lists the table's rows, in order.
func (m *Matrix) Operations() []string { return slices.Clone(m.operations) }

// Name is what an operation is called in Chinese, "" for one that it does not have.
func (m *Matrix) Name(operation string) string {
	if !m.Has(operation) {
		return ""
	}
	return m.rows[operation].name
}

// Cell gives what a role may do by an operation.
func (m *Matrix) Cell(operation string, role Role) Cell {
	if m.Has(operation) {
		if cell, known := m.rows[operation].roles[role]; known {
			return cell
		}
	}
	return Cell{Reach: Never}
}

// Anyone gives what is open to whoever is there, or is signed in.
func (m *Matrix) Anyone(operation string) Reach {
	if !m.Has(operation) {
		return Never
	}
	return m.rows[operation].anyone
}

// Verdict is the answer to whether somebody may do something.
type Verdict int

// The verdicts. Elsewhere must be answered as if there were no such county.
const (
	Forbidden Verdict = iota // not for this role
	Allowed                  // within the scope
	SignIn                   // nobody is signed in
	Password                 // the password must be changed first
	Factor                   // a second factor must be set up first
	Show                     // the second factor must be shown first
	Elsewhere                // the county is another
)

// Decide says whether a principal may do an operation in a county ("" for one
// that belongs to none), and within what. An operation that the table lacks is
// refused.
func (m *Matrix) Decide(operation string, p Principal, county string) (Scope, Verdict) {
	anyone := m.Anyone(operation)
	switch {
	case anyone == All && (!p.Known() || first(p) != Allowed):
		return Scope{}, Allowed
	case !p.Known():
		return Scope{}, SignIn
	case first(p) == Show && anyone != Pending, first(p) != Allowed && anyone != First && anyone != Pending:
		return Scope{}, first(p)
	case county != "" && p.County != "" && county != p.County && anyone != All:
		return Scope{}, Elsewhere
	}
	s := m.scope(operation, p)
	if anyone != Never || !s.None() {
		return s, Allowed
	}
	return s, Forbidden
}

// first is what a principal must do before anything else, Allowed when nothing.
func first(p Principal) Verdict {
	switch {
	case p.FactorPending:
		return Show
	case p.PasswordFirst:
		return Password
	case p.FactorFirst:
		return Factor
	}
	return Allowed
}

// scope is what a principal's grants give together.
func (m *Matrix) scope(operation string, p Principal) (s Scope) {
	for _, g := range p.Grants {
		s = s.with(reach(g, m.Cell(operation, g.Role).Reach))
	}
	return s
}

// reach is what one grant gives by a cell. A grant whose scope does not fit its
// role gives nothing.
func reach(g Grant, r Reach) Scope {
	local := slices.Contains([]Role{DepartmentOfficer, DepartmentHead, CommunityOfficer, StreetOfficer}, g.Role)
	switch {
	case r == Never, local && g.Scope == "", !local && g.Scope != "" && g.Role != FinanceOfficer:
		return Scope{}
	case r == All, g.Scope == "":
		return Scope{All: true}
	case g.Role == DepartmentOfficer, g.Role == DepartmentHead:
		return Scope{Departments: []string{g.Scope}}
	case g.Role == CommunityOfficer, r == Own:
		return Scope{Communities: []string{g.Scope}} // of a street: its own account alone
	}
	return Scope{Streets: []string{g.Scope}}
}

// with is what either scope has.
func (s Scope) with(more Scope) Scope {
	return Scope{
		All:         s.All || more.All,
		Departments: united(s.Departments, more.Departments),
		Streets:     united(s.Streets, more.Streets),
		Communities: united(s.Communities, more.Communities),
	}
}

func united(a, b []string) []string {
	all := map[string]bool{}
	for _, code := range slices.Concat(a, b) {
		all[code] = true
	}
	return slices.Sorted(maps.Keys(all))
}
