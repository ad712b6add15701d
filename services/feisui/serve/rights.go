package serve

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"

	"feisui/pkg/access"
	"feisui/schemas"
)

// rights is the table of who may do what.
var rights = sync.OnceValues(func() (*access.Matrix, error) { return access.Parse(schemas.Access) })

// checkRights refuses a program whose routes and whose table of rights are not
// of each other: a route that the table lacks, a row that is no route. all says
// that every route is here.
func checkRights(table *access.Matrix, routes []string, all bool) error {
	var wrong []error
	for _, route := range routes {
		if !table.Has(route) {
			wrong = append(wrong, errors.New("schemas/access.csv does not say who may "+route))
		}
	}
	for _, row := range table.Operations() {
		if all && !slices.Contains(routes, row) {
			wrong = append(wrong, errors.New("schemas/access.csv has a row for "+row+", which is no route"))
		}
	}
	return errors.Join(wrong...)
}

func (s *Server) checkRights(c Config) error {
	table, err := rights()
	if err != nil {
		return err
	}
	return errors.Join(checkOperatorKey(c.OperatorKey), checkPortalKey(c.PortalKey), checkRights(table, s.api().Operations(), len(c.Targets) == 0))
}

// operatorKeyMin is how many characters an operator's key must have: 256 bits as
// hexadecimal digits are 64.
const operatorKeyMin = 32

// checkOperatorKey refuses a key that could be guessed.
func checkOperatorKey(key string) error {
	if key == "" || len(key) >= operatorKeyMin && !strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil
	}
	return &Mistake{
		"操作员密钥太短或含有空白，请用至少 32 个字母或数字（FEISUI_OPERATOR_KEY）",
		"expected an operator's key of at least 32 printable characters", nil,
	}
}

// operator is whoever runs the machine.
var operator = access.Principal{ID: "operator:machine", Grants: []access.Grant{{Role: access.Operator}}}

// who gives who asks: the operator by the key, others by a session or a token, or
// as the program says that has the server in it.
func (s *Server) who(ctx context.Context, r *http.Request) (access.Principal, error) {
	if shown, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok && s.operates(shown) {
		return operator, nil
	}
	if s.asks != nil {
		if p, err := s.asks(ctx, r); err != nil || p.Known() {
			return p, err
		}
	}
	if s.people == nil {
		return access.Principal{}, nil
	}
	return s.source().Who(ctx, r)
}

// operates reports whether a key is the operator's, in a time that says nothing
// of where they differ.
func (s *Server) operates(shown string) bool {
	a, b := sha256.Sum256([]byte(shown)), sha256.Sum256([]byte(s.operatorKey))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && s.operatorKey != ""
}

// requestOf is a client's request id as the journal keeps it. Ids are each
// principal's own: what somebody else sent under the same one is another request.
// The operator's stand as they are, as all did before people had accounts.
func requestOf(p access.Principal, id string) string {
	if p.ID == operator.ID {
		return id
	}
	id = p.ID + "/" + id
	if len(id) > requestMax {
		sum := sha256.Sum256([]byte(id))
		id = hex.EncodeToString(sum[:])
	}
	return id
}

// requestMax is how many bytes the journal keeps of a request's id.
const requestMax = 200
