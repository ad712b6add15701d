package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/google/uuid"

	"feisui/pkg/civil"
	"feisui/pkg/journal/memory"
	"feisui/pkg/message"
	"feisui/pkg/workbook"
	"feisui/schemas"
	"feisui/services/feisui/record"
	"feisui/services/feisui/report"
	"feisui/services/ledger"
	"feisui/services/ledger/reconcile"
)

// errRefused says that a workbook was refused, and that its faults are printed.
var errRefused = errors.New("the workbook was refused")

type reconcileCmd struct {
	Workbook string `arg:"" help:"CSV 文件夹或 XLSX 文件 (a folder of CSV files, or one XLSX)."`
	On       string `required:"" placeholder:"DATE" help:"对账日期，如 2025-06-30 (the date to answer for)."`
	Since    string `placeholder:"DATE" help:"与此日期比较：进、出、现有 (compare with this earlier date)."`
	Format   string `enum:"table,json" default:"table" help:"table 供人看，json 供程序用 (${enum})."`
	Lang     string `enum:"zh-CN,en" default:"zh-CN" env:"FEISUI_LANG" help:"表格的语言 (${enum})."`
	Calendar string `placeholder:"FILE" help:"修订工作日历：每行 日期,off|work (amends the working days)."`
}

// Run reads the workbook through the record door into a journal in memory, and
// prints the statement of what was recorded.
func (c *reconcileCmd) Run(stdout output, stderr notices) error {
	on, since, err := c.dates()
	if err != nil {
		return err
	}
	days, err := calendar(c.Calendar)
	if err != nil {
		return err
	}
	book, err := c.read(stderr)
	if err != nil {
		return err
	}
	statement, err := c.statement(book, days, since, on)
	if err != nil {
		return err
	}
	if c.Format == "json" {
		return report.JSON(stdout, &statement)
	}
	return report.Table(stdout, message.Language(c.Lang), &statement, book.Names())
}

func (c *reconcileCmd) statement(book *ledger.Book, days civil.Calendar, since, on civil.Date) (reconcile.CountyStatement, error) {
	if since.Given() {
		return book.Compare(days, since, on)
	}
	return book.County(days, on)
}

func (c *reconcileCmd) dates() (on, since civil.Date, err error) {
	if on, err = date("--on", c.On); err != nil || c.Since == "" {
		return on, 0, err
	}
	since, err = date("--since", c.Since)
	if err == nil && since >= on {
		err = usageError{fmt.Errorf("--since %s: expected a date before --on %s（应早于对账日期）", since, on)}
	}
	return on, since, err
}

func date(flag, text string) (civil.Date, error) {
	d, err := civil.Read(text)
	if err != nil {
		return 0, usageError{fmt.Errorf("%s %q: %w（日期应写成 2025-06-30）", flag, text, err)}
	}
	return d, nil
}

// calendar is the published one, amended by a file if there is one.
func calendar(file string) (civil.Calendar, error) {
	if file == "" {
		return civil.China(), nil
	}
	f, err := os.Open(file)
	if err != nil {
		return civil.Calendar{}, usageError{err}
	}
	defer f.Close()
	days, err := civil.China().Amend(f)
	if err != nil {
		return days, usageError{fmt.Errorf("%s:%w", file, err)}
	}
	return days, nil
}

// read takes the workbook into a book, or prints why not.
func (c *reconcileCmd) read(stderr io.Writer) (*ledger.Book, error) {
	in, err := workbook.Open(c.Workbook, record.Layout)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			err = usageError{err}
		}
		return nil, err
	}
	defer in.Close()
	request, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	j := memory.New[schemas.Event]()
	if _, err := record.Import(in, j, request); err != nil {
		return nil, explain(err, stderr)
	}
	book := ledger.NewBook()
	for entry := range j.After(0) {
		if err := book.Apply(entry.Event); err != nil {
			return nil, fmt.Errorf("position %d: %w", entry.Position, err)
		}
	}
	return book, nil
}

// explain prints every fault of a refused workbook, one a line.
func explain(err error, stderr io.Writer) error {
	var refused *record.Refused
	if !errors.As(err, &refused) {
		return err
	}
	for _, f := range refused.Faults {
		fmt.Fprintln(stderr, f)
	}
	if refused.More > 0 {
		fmt.Fprintf(stderr, "… and %d more faults（另有 %d 处错误未列出）\n", refused.More, refused.More)
	}
	return errRefused
}
