package serve_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"feisui/services/feisui/record"
	"feisui/services/feisui/serve"
)

// TestRoutesAndDocumentAgree: what is answered is documented, what is documented
// is answered, and every operation belongs to a tag that is explained.
func TestRoutesAndDocumentAgree(t *testing.T) {
	t.Parallel()
	document, err := serve.Document()
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Tags  []struct{ Name, Description string }
		Paths map[string]map[string]struct {
			OperationID, Summary string
			Tags                 []string
		}
	}
	if err := json.Unmarshal(document, &d); err != nil {
		t.Fatal(err)
	}
	explained := map[string]bool{}
	for _, tag := range d.Tags {
		explained[tag.Name] = tag.Description != ""
	}
	var documented []string
	for path, item := range d.Paths {
		for method, operation := range item {
			documented = append(documented, strings.ToUpper(method)+" "+path)
			if operation.OperationID == "" || operation.Summary == "" || len(operation.Tags) != 1 || !explained[operation.Tags[0]] {
				t.Errorf("%s %s says too little of itself: %+v", method, path, operation)
			}
		}
	}
	routes := serve.Patterns()
	slices.Sort(routes)
	slices.Sort(documented)
	if !slices.Equal(routes, documented) {
		t.Errorf("routes:\n%q\ndocumented:\n%q", routes, documented)
	}
	for _, sheet := range record.Layout {
		if !slices.Contains(routes, "POST /v1/counties/{county}/"+sheet.Name) {
			t.Errorf("no row of %s can be recorded", sheet.Name)
		}
	}
}

// TestWhatNoRouteHas is refused in the words that fit, also before there is a county.
func TestWhatNoRouteHas(t *testing.T) {
	t.Parallel()
	for at, want := range map[string]string{
		"POST /v1/counties/c/nonsense":          "SHEET_UNKNOWN",
		"POST /v1/counties/c/tasks/1":           "METHOD",
		"POST /v1/counties/c/tasks/1/2":         "NOT_FOUND",
		"GET /v1/counties/c/nonsense":           "NOT_FOUND",
		"GET /docs":                             "NOT_FOUND", // huma's page
		"GET /v1/openapi.yaml":                  "NOT_FOUND",
		"DELETE /v1/counties/c/tasks":           "METHOD",
		"POST /v1/counties/c/statement":         "METHOD",
		"POST /v1/counties/c/tasks":             "COUNTY_UNKNOWN",
		"GET /v1/counties/c/statement":          "COUNTY_UNKNOWN",
		"GET /v1/counties/c/statement?day=1999": "QUERY",
	} {
		method, path, _ := strings.Cut(at, " ")
		r, w := httptest.NewRequestWithContext(t.Context(), method, "http://localhost"+path, nil), httptest.NewRecorder()
		r.Header.Set("Request-Id", "r")
		r.Header.Set("Authorization", "Bearer "+serve.Key)
		serve.Handler().ServeHTTP(w, r)
		var p struct {
			Status int
			Code   string
		}
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Code != want || p.Status != w.Code || w.Code < http.StatusBadRequest {
			t.Errorf("%s: %d %s (%v), want %s", at, w.Code, w.Body, err, want)
		}
	}
}
