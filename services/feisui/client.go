package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"

	"feisui/pkg/message"
	"feisui/services/feisui/sample"
	"feisui/services/feisui/serve"
)

// remote is the running server that a command talks to.
type remote struct {
	Server string `default:"http://127.0.0.1:8080" env:"FEISUI_SERVER" help:"服务地址 (${default})."`
	County string `default:"county" env:"FEISUI_COUNTY" help:"县 (the county)."`
	credential
}

// refused is a server's answer that says no.
type refused struct {
	Code   string `json:"code"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Errors []struct {
		Line string `json:"line"`
	} `json:"errors"`
	More int `json:"more"`
}

func (r *refused) Error() string { return fmt.Sprintf("%s (%s)", r.Title, r.Detail) }

// refusedRemotely prints the faults that a server found.
func refusedRemotely(err error, stderr io.Writer) error {
	var r *refused
	if !errors.As(err, &r) {
		return err
	}
	for _, e := range r.Errors {
		fmt.Fprintln(stderr, e.Line)
	}
	if r.More > 0 {
		fmt.Fprintf(stderr, "… and %d more faults（另有 %d 处错误未列出）\n", r.More, r.More)
	}
	if len(r.Errors) > 0 {
		return errRefused
	}
	return usageError{r}
}

// upload is a workbook on its way to a server.
type upload struct {
	path, request string
	reason        string    // why it corrects what is recorded; "" when it does not
	shown         io.Writer // the terminal on which to show how far it is; nil for none
	lang          message.Language
}

// upload sends the files of a workbook in one request.
func (c *remote) upload(ctx context.Context, u upload) (answer serve.Imported, err error) {
	files, size, err := workbookFiles(u.path)
	if err != nil {
		return answer, usageError{err}
	}
	query := url.Values{}
	if u.reason != "" {
		query = url.Values{"correct": {"true"}, "reason": {u.reason}}
	}
	body, w := io.Pipe()
	form := multipart.NewWriter(w)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.path("imports", query), body)
	if err != nil {
		return answer, err
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Request-Id", u.request)
	shown := progress{out: u.shown, lang: u.lang}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		shown.begin(size)
		w.CloseWithError(send(form, files, &shown))
		shown.wait()
	}()
	err = c.call(r, func(from io.Reader) error { return json.NewDecoder(from).Decode(&answer) })
	err = errors.Join(err, body.Close()) // a server that refuses early leaves the rest unread, and its sender waiting
	<-sent
	shown.end()
	return answer, err
}

func (c *remote) path(what string, query url.Values) string {
	u := c.Server + "/v1/counties/" + url.PathEscape(c.County) + "/" + what
	if len(query) > 0 {
		u += "?" + query.Encode()
	}
	return u
}

// workbookFiles lists the files of a folder, or the XLSX with its policy.json,
// and says how many bytes they are.
func workbookFiles(path string) (files []string, size int64, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, 0, err
	}
	if !info.IsDir() {
		files, size = []string{path}, info.Size()
		policy := filepath.Join(filepath.Dir(path), "policy.json")
		if info, err := os.Stat(policy); err == nil {
			files, size = append(files, policy), size+info.Size()
		}
		return files, size, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, 0, err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, 0, err
		}
		files, size = append(files, filepath.Join(path, e.Name())), size+info.Size()
	}
	return files, size, nil
}

// send writes the files into a form, and each byte also to sent.
func send(form *multipart.Writer, files []string, sent io.Writer) error {
	for _, name := range files {
		if err := sendFile(form, name, sent); err != nil {
			return err
		}
	}
	return form.Close()
}

func sendFile(form *multipart.Writer, name string, sent io.Writer) error {
	part, err := form.CreateFormFile("file", filepath.Base(name))
	if err != nil {
		return err
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.MultiWriter(part, sent), f)
	return errors.Join(err, f.Close())
}

// call sends a request and reads the answer, or what was refused.
func (c *remote) call(r *http.Request, read func(io.Reader) error) error {
	if err := c.show(r); err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if dial := (*net.OpError)(nil); errors.As(err, &dial) && dial.Op != "dial" || errors.Is(err, io.EOF) {
		return unsure{fmt.Errorf("服务中断，没有回答 (the server went away): %w", err), ""}
	}
	if err != nil {
		return usageError{fmt.Errorf("连不上服务，请先运行 feisui run (%w)", err)}
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusOK {
		return read(answer.Body)
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, 16<<20))
	if err != nil {
		return err
	}
	no := &refused{}
	if json.NewDecoder(bytes.NewReader(text)).Decode(no) != nil || no.Title == "" {
		return fmt.Errorf("the server answered %s", answer.Status)
	}
	if answer.StatusCode >= http.StatusInternalServerError {
		return unsure{errors.New(no.Error()), no.Code}
	}
	return no
}

// unsure is what may have come of a request all the same.
type unsure struct {
	error
	code string // of the answer, "" when there was none
}

// passing reports that the server has no database for the moment, or a slow one: the same
// request may be answered in a while.
func (u unsure) passing() bool {
	return slices.Contains([]string{"UNAVAILABLE", "OUTCOME_UNKNOWN", "AUDIT_AWAY", "NOT_IN_FIGURES", "BUSY"}, u.code)
}

type statementCmd struct {
	On        string `required:"" placeholder:"DATE" help:"对账日期 (the date to answer for)."`
	Since     string `placeholder:"DATE" help:"与此日期比较 (compare with this earlier date)."`
	Community string `placeholder:"CODE" help:"只看一个社区 (one community)."`
	Position  string `placeholder:"N" xor:"known" help:"按第 N 条记录时所知 (as known at a position)."`
	KnownAt   string `placeholder:"TIME" xor:"known" help:"按某一时刻所知，如 2025-06-30T18:00:00+08:00 (as known at a moment)."`
	Format    string `enum:"table,json" default:"table" help:"${enum}"`
	Lang      string `enum:"zh-CN,en" default:"zh-CN" env:"FEISUI_LANG" help:"${enum}"`
	remote
}

// Run prints what reconcile prints for the same facts.
func (c *statementCmd) Run(ctx context.Context, stdout output, stderr notices) error {
	query := url.Values{"on": {c.On}, "format": {c.Format}, "lang": {c.Lang}}
	for name, value := range map[string]string{"since": c.Since, "community": c.Community, "position": c.Position, "known_at": c.KnownAt} {
		if value != "" {
			query.Set(name, value)
		}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.path("statement", query), nil)
	if err != nil {
		return usageError{err}
	}
	err = c.call(r, func(from io.Reader) error {
		_, err := io.Copy(stdout, from)
		return err
	})
	return refusedRemotely(err, stderr)
}

// loadSample writes the sample county and sends it, under a request id that is
// its own: a second start changes nothing. Then it prints the totals. It gives the
// position up to which the journal has the sample.
func loadSample(ctx context.Context, c remote, division, on string, stdout output) (position int64, err error) {
	folder, err := os.MkdirTemp("", "feisui-sample-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(folder)
	out := filepath.Join(folder, "sample")
	if _, err := sample.Write(ctx, sample.Options{Division: division, Out: out, Year: 2025, Seed: 1, Tasks: 40, Chinese: true}); err != nil {
		return 0, err
	}
	answer, err := c.upload(ctx, upload{path: out, request: sampleRequest(division)})
	if err != nil {
		return 0, fmt.Errorf("load the sample: %w", err)
	}
	s := statementCmd{On: on, Format: "table", Lang: "zh-CN", remote: c}
	var table bytes.Buffer
	if err := s.Run(ctx, &table, io.Discard); err != nil {
		return 0, err
	}
	_, err = stdout.Write(firstSections(table.Bytes()))
	return answer.Position, err
}

// firstSections are the totals and what needs attention.
func firstSections(table []byte) []byte {
	if end := bytes.Index(table, []byte("\n三、")); end > 0 {
		return table[:end+1]
	}
	return table
}
