package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"feisui/pkg/message"
	"feisui/services/feisui/serve"
)

//go:embed messages
var messageFiles embed.FS

// messages are what the commands say.
var messages = message.MustLoad(fs.Sub(messageFiles, "messages"))

type importCmd struct {
	Workbook string `arg:"" help:"CSV 文件夹或 XLSX 文件 (a folder of CSV files, or one XLSX)."`
	Request  string `placeholder:"ID" help:"请求编号；重发时用同一编号 (request id, the same when sent again)."`
	Correct  bool   `help:"更正：与已登记不同的单元格以表格为准，空单元格不改 (amend what differs; an empty cell says nothing)."`
	Reason   string `placeholder:"TEXT" help:"更正理由，记入账目 (why, recorded with each amendment)."`
	Lang     string `enum:"zh-CN,en" default:"zh-CN" env:"FEISUI_LANG" help:"${enum}"`
	remote
}

// Run sends a workbook: it is taken whole, or refused whole with every fault.
func (c *importCmd) Run(ctx context.Context, stdout output, stderr notices) error {
	lang := message.Language(c.Lang)
	switch c.Reason = strings.TrimSpace(c.Reason); {
	case c.Correct && c.Reason == "":
		return usageError{errors.New(messages.Say(lang, message.Text{Key: "reason_missing"}))}
	case !c.Correct && c.Reason != "":
		return usageError{errors.New(messages.Say(lang, message.Text{Key: "reason_alone"}))}
	}
	if c.Request == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return err
		}
		c.Request = id.String()
	}
	answer, err := c.upload(ctx, upload{path: c.Workbook, request: c.Request, reason: c.Reason, shown: terminal(stderr), lang: lang})
	if errors.As(err, &unsure{}) {
		err = fmt.Errorf("%w\n%s", err, messages.Say(lang, message.Text{Key: "again", Args: message.Args{"request": c.Request}}))
	}
	if err != nil {
		return refusedRemotely(err, stderr)
	}
	_, err = fmt.Fprintln(stdout, messages.Say(lang, told(answer)))
	return err
}

// told says what came of an import.
func told(a serve.Imported) message.Text {
	text := message.Text{Key: "recorded", Args: message.Args{
		"new": strconv.Itoa(a.New), "amended": strconv.Itoa(a.Amended), "position": strconv.FormatInt(a.Position, 10),
	}}
	switch {
	case a.Repeated && a.New > 0:
		text.Key = "repeated"
	case a.New == 0:
		text.Key = "nothing_new"
	case a.Amended > 0:
		text.Key = "amended"
	}
	return text
}
