package naive

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// ReadFolder reads a folder of CSV files and its policy.json into a book, with the English sheet and column names.
func ReadFolder(folder string) (Book, error) {
	book := Book{Sheets: map[string][]Row{}}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return book, err
	}
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return book, err
		}
		if entry.Name() == "policy.json" {
			if err := json.Unmarshal(bytes.TrimPrefix(content, []byte("\ufeff")), &book.Policy); err != nil {
				return book, err
			}
			continue
		}
		name, isCSV := strings.CutSuffix(entry.Name(), ".csv")
		if !isCSV {
			continue
		}
		for _, sheet := range schema {
			if name != sheet.name && name != sheet.chinese {
				continue
			}
			rows, err := readSheet(sheet, content)
			if err != nil {
				return book, err
			}
			book.Sheets[sheet.name] = rows
		}
	}
	return book, nil
}

// readSheet reads one CSV file. Columns that are not of the sheet (序号, 备注, #…) are left alone.
func readSheet(sheet sheetSpec, content []byte) ([]Row, error) {
	// §1: UTF-8 with or without BOM, or GB18030; encoding is found per file.
	if !utf8.Valid(content) {
		decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(content)
		if err != nil {
			return nil, err
		}
		content = decoded
	}
	reader := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte("\ufeff"))))
	reader.FieldsPerRecord = -1
	records, err := reader.ReadAll()
	if err != nil || len(records) == 0 {
		return nil, err
	}
	var rows []Row
	for _, record := range records[1:] {
		row := Row{}
		for i, cell := range record {
			if i >= len(records[0]) {
				break
			}
			header := strings.TrimSpace(records[0][i])
			for _, column := range sheet.columns {
				if header == column.name || header == column.chinese {
					row[column.name] = asWritten(cell)
				}
			}
		}
		if strings.TrimSpace(strings.Join(record, "")) != "" {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// asWritten takes off the apostrophe that keeps a text from being a formula (§1).
func asWritten(cell string) string {
	rest := strings.TrimLeft(cell, "'")
	if rest == cell {
		return cell
	}
	for _, first := range []string{"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"} {
		if strings.HasPrefix(rest, first) {
			return cell[1:]
		}
	}
	return cell
}
