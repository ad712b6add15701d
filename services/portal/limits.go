package portal

import (
	"errors"
	"mime"
	"net/http"
	"os"
	"time"
)

// This file bounds what a form may be, before anything of it is looked at: whoever
// can reach the page for signing in can send one.

const (
	formMax       = 256 << 10        // bytes; the longest form that people fill in takes a tenth
	fileMax       = 32 << 20         // bytes of a form with a file, as much as the API takes of a bank's statement
	formWaitUsual = 30 * time.Second // from a form's head to its last byte
)

// readForm reads the form that a request sends, where it may send one. One with
// files, which only those who are signed in may send, is read by who takes it.
func (v *visit) readForm(files bool) error {
	if v.r.Method == http.MethodGet || v.r.Method == http.MethodHead {
		return nil
	}
	switch kind, _, err := mime.ParseMediaType(v.r.Header.Get("Content-Type")); {
	case err == nil && kind == "application/x-www-form-urlencoded":
	case err == nil && kind == "multipart/form-data" && files:
		v.r.Body = http.MaxBytesReader(v.w, v.r.Body, fileMax)
		return nil
	default: // text that looks like JSON, which another site's page could send, is no form (A58)
		return refusal(http.StatusUnsupportedMediaType, "FORM_TYPE", "form_type")
	}
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, formMax)
	if err := v.wait(v.portal.formWait); err != nil {
		return err
	}
	err := v.r.ParseForm()
	return errors.Join(v.unreadable(err), v.wait(0))
}

// unreadable says why a form could not be read.
func (v *visit) unreadable(err error) error {
	var large *http.MaxBytesError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &large):
		return refusal(http.StatusRequestEntityTooLarge, "FORM_SIZE", "form_size")
	case errors.Is(err, os.ErrDeadlineExceeded):
		v.w.Header().Set("Connection", "close") // the rest may still come
		return refusal(http.StatusRequestTimeout, "FORM_SLOW", "form_slow")
	}
	return refusal(http.StatusBadRequest, "FORM", "unreadable")
}

// wait bounds how long the rest of a request may take to come; 0: as long as it
// takes. Where there is no connection, everything is there.
func (v *visit) wait(most time.Duration) error {
	var until time.Time
	if most > 0 {
		until = time.Now().Add(most) //nolint:forbidigo // a connection keeps the machine's time, whatever day the county has
	}
	if err := http.NewResponseController(v.w).SetReadDeadline(until); !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}
