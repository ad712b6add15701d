package serve_test

import (
	"strings"
	"testing"

	"feisui/pkg/access"
	"feisui/schemas"
	"feisui/services/feisui/serve"
)

// TestRoutesAndRightsAgree: every route has its row in the table of rights, and
// every row is a route. The controls: a row that is taken out, one that is too many.
func TestRoutesAndRightsAgree(t *testing.T) {
	t.Parallel()
	check := func(text string, routes []string, all bool) error {
		table, err := access.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return serve.CheckRights(table, routes, all)
	}
	routes := serve.Operations()
	if err := check(schemas.Access, routes, true); err != nil {
		t.Error(err)
	}
	lines := strings.SplitAfter(schemas.Access, "\n")
	for i := 1; i < len(lines)-1; i++ {
		operation, _, _ := strings.Cut(lines[i], ",")
		err := check(strings.Join(lines[:i], "")+strings.Join(lines[i+1:], ""), routes, false)
		if err == nil || !strings.Contains(err.Error(), operation) {
			t.Errorf("without the row of %s: %v", operation, err)
		}
	}
	more := schemas.Access + strings.Replace(lines[1], "openapi", "erase", 1)
	if err := check(more, routes, true); err == nil || !strings.Contains(err.Error(), "erase") {
		t.Errorf("with a row that is no route: %v", err)
	}
	if err := check(more, routes, false); err != nil {
		t.Errorf("a process that runs a part of the routes: %v", err)
	}
}

// TestWhoIsNoAdministratorOfBusiness: the three administrators have no cell in
// any business operation, and no other role one in theirs, whatever is added. The
// directory alone is both's, and tells administrators what organisations are called
// and nothing else, which has a test of its own.
func TestWhoIsNoAdministratorOfBusiness(t *testing.T) {
	t.Parallel()
	table, err := access.Parse(schemas.Access)
	if err != nil {
		t.Fatal(err)
	}
	administrators := []access.Role{access.SystemAdmin, access.SecurityAdmin, access.AuditAdmin}
	for _, operation := range table.Operations() {
		administered, business := "", ""
		for _, role := range access.Roles {
			if table.Cell(operation, role).Reach == access.Never || role == access.Operator {
				continue
			}
			if role == administrators[0] || role == administrators[1] || role == administrators[2] {
				administered = string(role)
			} else {
				business = string(role)
			}
		}
		if both := administered != "" && business != ""; both != (operation == "directory") {
			t.Errorf("%s is for %q and for %q", operation, administered, business)
		}
	}
}
