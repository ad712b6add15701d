package sheet

import (
	"errors"
	"fmt"
	"io"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
)

// Form is a table that people fill in: its heads, and how its cells take what is typed.
type Form struct {
	Name   Name
	Fields []Field
}

// Field is a column of a form.
type Field struct {
	Name  Name
	Typed Typed
	Must  bool   // every row has it: its head is marked
	Help  Name   // shown at a cell that is chosen, at most 255 characters
	Words []Name // the values that a cell may have, offered as a list; none: any
}

// Typed is what becomes of what is typed into a cell.
type Typed int

// What cells take.
const (
	AsItIs Typed = iota // a text: 431026102001 is not rounded, and 007 keeps its zeros
	Number              // a number, shown as it is held
	Day                 // a date, shown as 2025-03-01
)

// helpMax is the longest text that spreadsheets show at a cell; a file with a longer
// one they call damaged.
const helpMax = 255

// lastRow is the last row of a sheet.
const lastRow = excelize.TotalRows

// Forms writes a workbook: a sheet about how to fill it in, and a sheet a form. A
// help that is too long, or words that together are, are an error.
func Forms(w io.Writer, chinese bool, about *Table, forms []Form) (err error) {
	b, err := newBook()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.file.Close()) }()
	if err := b.table(about, chinese); err != nil {
		return err
	}
	plain, err := b.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	marked, err := b.file.NewStyle(&excelize.Style{
		Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FFF2CC"}},
	})
	if err != nil {
		return err
	}
	for i := range forms {
		if err := b.form(&forms[i], chinese, map[bool]int{false: plain, true: marked}); err != nil {
			return fmt.Errorf("the form %s: %w", forms[i].Name.English, err)
		}
	}
	return b.write(w)
}

// form writes one sheet; heads are the styles of those that need not, and must, be given.
func (b *book) form(f *Form, chinese bool, heads map[bool]int) error {
	name := f.Name.Say(chinese)
	if err := b.sheet(name); err != nil {
		return err
	}
	for i := range f.Fields {
		if err := b.field(name, i+1, &f.Fields[i], chinese, heads[f.Fields[i].Must]); err != nil {
			return fmt.Errorf("%s: %w", f.Fields[i].Name.English, err)
		}
	}
	return b.file.SetPanes(name, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
}

func (b *book) field(sheet string, number int, f *Field, chinese bool, head int) error {
	letter, err := excelize.ColumnNumberToName(number)
	if err != nil {
		return err
	}
	if err := b.file.SetColWidth(sheet, letter, letter, 18); err != nil {
		return err
	}
	if format := map[Typed]int{AsItIs: b.text, Day: b.day}[f.Typed]; format != 0 {
		if err := b.file.SetColStyle(sheet, letter, format); err != nil {
			return err
		}
	}
	top := letter + "1"
	if err := errors.Join(b.file.SetCellStr(sheet, top, f.Name.Say(chinese)), b.file.SetCellStyle(sheet, top, top, head)); err != nil {
		return err
	}
	return b.offer(sheet, fmt.Sprintf("%s2:%s%d", letter, letter, lastRow), f, chinese)
}

// offer shows a field's help, and its words as a list that takes nothing else.
func (b *book) offer(sheet, cells string, f *Field, chinese bool) error {
	help := f.Help.Say(chinese)
	if help == "" && len(f.Words) == 0 {
		return nil
	}
	if n := len(utf16.Encode([]rune(help))); n > helpMax {
		return fmt.Errorf("the help is %d characters long, at most %d are shown", n, helpMax)
	}
	rule := excelize.NewDataValidation(true)
	rule.SetSqref(cells)
	rule.SetInput(f.Name.Say(chinese), help)
	if len(f.Words) > 0 {
		words := make([]string, len(f.Words))
		for i, w := range f.Words {
			words[i] = w.Say(chinese)
		}
		if err := rule.SetDropList(words); err != nil {
			return err
		}
		choose := Name{"choose one of the list", "请从列表中选择"}
		rule.SetError(excelize.DataValidationErrorStyleStop, f.Name.Say(chinese), choose.Say(chinese))
	}
	return b.file.AddDataValidation(sheet, rule)
}
