package portal

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	"feisui/pkg/web"
)

// This file takes a table that somebody uploads, and hands it on to the API. Between
// a preview and what follows it, the file stands in the page itself: nothing of it is
// kept here, and a page that is left has left nothing behind.

const (
	uploadMax = 33 << 20 // bytes of a form with a file: as much as the API takes, and the form
	keptMax   = 1 << 20  // bytes of a file that is kept in a page; a larger one is chosen again
	inMemory  = 2 << 20  // bytes of a form that are read into memory; the rest goes to a file
)

// Inputs by which a file comes and is kept.
const (
	inputFile     = "file"
	inputKept     = "file_data"
	inputKeptName = "file_name"
)

// upload is a file as it came.
type upload struct {
	Name string
	Data []byte
}

// Kept reports that a page may keep it.
func (u *upload) Kept() bool { return u != nil && len(u.Data) <= keptMax }

// Text is the file as a page keeps it.
func (u *upload) Text() string { return base64.StdEncoding.EncodeToString(u.Data) }

// Size says how large it is.
func (u *upload) Size() string { return count((len(u.Data)+1023)/1024) + " KB" }

// readUpload reads a form with its file: the one that was chosen now, else the one
// that the page kept. It is nil where there is none.
func (v *visit) readUpload() (*upload, error) {
	if err := v.readFiles(); err != nil {
		return nil, err
	}
	file, head, err := v.r.FormFile(inputFile)
	if errors.Is(err, http.ErrMissingFile) {
		return v.keptUpload()
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(file)
	if err != nil {
		return nil, err
	}
	if len(data) == 0 {
		return v.keptUpload()
	}
	return &upload{Name: filepath.Base(filepath.Clean("/" + head.Filename)), Data: data}, nil
}

// readFiles reads a form with files.
func (v *visit) readFiles() error {
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, uploadMax)
	if err := v.r.ParseMultipartForm(inMemory); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return refusal(http.StatusRequestEntityTooLarge, "TOO_LARGE", "file_large")
		}
		return refusal(http.StatusBadRequest, "FORM", "unreadable")
	}
	return nil
}

// readUploads reads a form with several files, by the names that they have: a name
// says which sheet a file is.
func (v *visit) readUploads() (all []*upload, err error) {
	if err := v.readFiles(); err != nil {
		return nil, err
	}
	for _, head := range v.r.MultipartForm.File[inputFile] {
		file, err := head.Open()
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(file)
		if err := errors.Join(err, file.Close()); err != nil {
			return nil, err
		}
		if len(data) > 0 {
			all = append(all, &upload{Name: filepath.Base(filepath.Clean("/" + head.Filename)), Data: data})
		}
	}
	return all, nil
}

func (v *visit) keptUpload() (*upload, error) {
	kept := v.r.PostForm.Get(inputKept)
	if kept == "" {
		return nil, nil //nolint:nilnil // no file was chosen, of which whoever asked says so
	}
	data, err := base64.StdEncoding.DecodeString(kept)
	if err != nil {
		return nil, refusal(http.StatusBadRequest, "FORM", "unreadable")
	}
	return &upload{Name: v.r.PostForm.Get(inputKeptName), Data: data}, nil
}

// forAPI is the name by which the API is given a file: what it is a table of, and of
// its own name the kind alone.
func (u *upload) forAPI(table string) string {
	if strings.EqualFold(filepath.Ext(u.Name), ".xlsx") {
		return table + ".xlsx"
	}
	if strings.EqualFold(filepath.Ext(u.Name), ".csv") {
		return table + ".csv"
	}
	return table + strings.ToLower(filepath.Ext(u.Name)) // the API says that it is neither
}

// sendFile has the API take a file, once for one request id.
func (v *visit) sendFile(path string, query url.Values, request, table string, u *upload, into any) error {
	return v.sendFiles(path, query, request, []*upload{{u.forAPI(table), u.Data}}, into)
}

// sendFiles is sendFile of several, by the names that they have. Which step was seen is sent
// along where the form says it.
func (v *visit) sendFiles(path string, query url.Values, request string, all []*upload, into any) error {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, u := range all {
		part, err := form.CreateFormFile(inputFile, u.Name)
		if err != nil {
			return err
		}
		if _, err := part.Write(u.Data); err != nil {
			return err
		}
	}
	if err := form.Close(); err != nil {
		return err
	}
	header := http.Header{"Content-Type": {form.FormDataContentType()}, "Request-Id": {request}}
	if seen := v.r.PostForm.Get(seenField); seen != "" {
		header.Set("If-Match", seen)
	}
	a, err := v.ask(context.WithoutCancel(v.r.Context()), http.MethodPost, path, query, header, &body)
	if err != nil {
		return err
	}
	return a.read(into)
}

// fileRefused reports that a file is what has to be mended.
func fileRefused(p *web.Problem) bool {
	return mended(p) || p.Status == http.StatusUnsupportedMediaType || p.Status == http.StatusRequestEntityTooLarge
}
