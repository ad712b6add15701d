package main

import (
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"feisui/pkg/message"
)

// terminal gives the terminal that a writer is, nil where it is none: nothing of
// a bar belongs into a file or a pipe.
func terminal(w io.Writer) io.Writer {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return f
	}
	return nil
}

// progressEvery is how often the bar is drawn: more often nobody sees.
const progressEvery = 100 * time.Millisecond

// progress shows on a terminal how far an upload is, and then that the server
// works on it. One without a terminal shows nothing. What the bar cannot write is
// no reason to stop: errors of the terminal are passed over.
type progress struct {
	out  io.Writer // nil where nothing is shown
	lang message.Language
	bar  *progressbar.ProgressBar
}

// begin shows that so many bytes are to be sent.
func (p *progress) begin(bytes int64) {
	if p.out != nil {
		p.bar = progressbar.NewOptions64(bytes, p.options("uploading")...)
	}
}

// Write counts bytes that were sent.
func (p *progress) Write(sent []byte) (int, error) {
	if p.bar != nil {
		_ = p.bar.Add(len(sent)) // the terminal's errors
	}
	return len(sent), nil
}

// wait shows that everything was sent and the answer is to come.
func (p *progress) wait() {
	if p.bar != nil {
		p.end()
		p.bar = progressbar.NewOptions64(-1, p.options("waiting", progressbar.OptionSpinnerType(14))...)
		_ = p.bar.RenderBlank() // the terminal's errors
	}
}

// end leaves the line empty, for what comes next.
func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Finish() // the terminal's errors
	}
}

func (p *progress) options(key string, more ...progressbar.Option) []progressbar.Option {
	return append([]progressbar.Option{
		progressbar.OptionSetWriter(p.out), progressbar.OptionSetDescription(messages.Say(p.lang, message.Text{Key: key})),
		progressbar.OptionSetWidth(30), progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(false),
		progressbar.OptionUseANSICodes(true), progressbar.OptionThrottle(progressEvery),
	}, more...)
}
