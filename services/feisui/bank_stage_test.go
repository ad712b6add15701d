package main

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/xuri/excelize/v2"

	"feisui/services/feisui/serve"
)

// mapping is how the bank of the tests heads its columns.
const mapping = `{"voucher":"支付凭证号","paid_on":"支付日期","payer":"付款人","payee":"收款人","community":"受益社区","amount":"金额(元)","item":"事项","summary":"附言"}`

const bankHead = "序列,支付凭证号,支付日期,付款人,收款人,受益社区,金额(元),事项,附言,余额\n"

// bank hands a statement in.
func (s *stage) bank(who, request, name string, content []byte, more string) answer {
	s.t.Helper()
	a, err := s.tryBank(who, request, name, content, more)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

func (s *stage) tryBank(who, request, name string, content []byte, more string) (a answer, err error) {
	return s.tryUpload(who, "/bank-statements", request, name, content, more)
}

// tryUpload hands one file in, of somebody who saw a step last where that matters.
func (s *stage) tryUpload(who, path, request, name string, content []byte, more string, seen ...int) (a answer, err error) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", name)
	if err != nil {
		return a, err
	}
	if _, err := part.Write(content); err != nil {
		return a, err
	}
	if err := form.Close(); err != nil {
		return a, err
	}
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.address+"/v1/counties/county"+path+"?"+more, &body)
	if err != nil {
		return a, err
	}
	if request == "" {
		request = uuid.NewString()
	}
	r.Header.Set("Request-Id", request)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Authorization", "Bearer "+who)
	for _, step := range seen {
		r.Header.Set("If-Match", strconv.Itoa(step))
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		return a, err
	}
	defer got.Body.Close()
	a.status = got.StatusCode
	if a.body, err = io.ReadAll(got.Body); err == nil && s.contract != nil {
		s.contract.answered(s.t.(*testing.T), http.MethodPost, "/v1/counties/{county}"+path, got, a.body)
	}
	return a, err
}

// bankAsked is the query of a statement.
func bankAsked(source, mapping, total string, more ...string) string {
	q := url.Values{"source": {source}}
	for name, value := range map[string]string{"mapping": mapping, "total": total} {
		if value != "" {
			q.Set(name, value)
		}
	}
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return q.Encode()
}

// took hands a statement in that must be taken.
func (s *stage) took(who, content, query string) (b serve.BankStatement) {
	s.t.Helper()
	a := s.bank(who, "", "流水.csv", []byte(content), query)
	if a.status != http.StatusOK {
		s.t.Fatalf("%d %s", a.status, a.body)
	}
	a.into(s.t, &b)
	return b
}

func (s *stage) pool(who string) (p serve.BankPool) {
	s.t.Helper()
	a := s.ask(who, http.MethodGet, "/bank-pool", "", "")
	if a.status != http.StatusOK {
		s.t.Fatalf("%d %s", a.status, a.body)
	}
	a.into(s.t, &p)
	return p
}

// statementXLSX writes the lines of a CSV as a spreadsheet, and lets the test spoil it.
func statementXLSX(t *testing.T, csv string, spoil func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	for r, line := range strings.Split(strings.TrimSpace(csv), "\n") {
		for c, cell := range strings.Split(line, ",") {
			at, err := excelize.CoordinatesToCellName(c+1, r+1)
			if err == nil {
				err = f.SetCellStr("Sheet1", at, cell)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if spoil != nil {
		spoil(f)
	}
	path := filepath.Join(t.TempDir(), "book.xlsx")
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
