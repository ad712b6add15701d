package naive

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// WriteCSV writes the book as the folder of §1 with English names, one file per sheet that has rows. The same book
// gives the same bytes.
func (b Book) WriteCSV(dir string) error { return b.write(dir, false) }

// WriteChineseCSV writes the same book the way an office would: Chinese sheet and column names and words, dates as
// 2025年3月1日, amounts with 元, and the money sheets in GB18030.
func (b Book) WriteChineseCSV(dir string) error { return b.write(dir, true) }

// write writes the book with either names.
func (b Book) write(dir string, chinese bool) error {
	for _, sheet := range schema {
		if len(b.Sheets[sheet.name]) == 0 {
			continue
		}
		name, content, err := b.file(sheet, chinese)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name+".csv"), content, 0o644); err != nil {
			return err
		}
	}
	if b.Policy == nil {
		return nil
	}
	policy, err := json.MarshalIndent(b.Policy, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "policy.json"), policy, 0o644)
}

// office is a cell as an office would write it.
func office(column columnSpec, cell string) string {
	if cell == "" {
		return ""
	}
	switch column.holds {
	case word:
		return first(words[column.name+" "+cell], words[cell], cell)
	case date:
		if day, err := canonicalDate(cell); err == nil {
			parts := strings.Split(day, "-")
			return fmt.Sprintf("%s年%s月%s日", parts[0], strings.TrimPrefix(parts[1], "0"), strings.TrimPrefix(parts[2], "0"))
		}
	case amount:
		if !strings.HasSuffix(cell, "元") {
			return cell + "元"
		}
	}
	return cell
}

// file gives one sheet's file, without its ending.
func (b Book) file(sheet sheetSpec, chinese bool) (name string, content []byte, err error) {
	name, header := sheet.name, make([]string, len(sheet.columns))
	for i, column := range sheet.columns {
		if header[i] = column.name; chinese {
			header[i] = column.chinese
		}
	}
	records := [][]string{header}
	for _, row := range b.Sheets[sheet.name] {
		record := make([]string, len(sheet.columns))
		for i, column := range sheet.columns {
			if record[i] = row[column.name]; chinese {
				record[i] = office(column, record[i])
			}
		}
		records = append(records, record)
	}
	var written bytes.Buffer
	if err := csv.NewWriter(&written).WriteAll(records); err != nil {
		return "", nil, err
	}
	if !chinese {
		return name, written.Bytes(), nil
	}
	if slices.Contains([]string{"payments", "arrivals", "plaques"}, sheet.name) {
		content, err = simplifiedchinese.GB18030.NewEncoder().Bytes(written.Bytes())
		return sheet.chinese, content, err
	}
	return sheet.chinese, written.Bytes(), nil
}
