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
		rows := b.Sheets[sheet.name]
		if len(rows) == 0 {
			continue
		}
		var content bytes.Buffer
		writer := csv.NewWriter(&content)
		name, header := sheet.name, []string{}
		for _, column := range sheet.columns {
			if chinese {
				header = append(header, column.chinese)
			} else {
				header = append(header, column.name)
			}
		}
		records := [][]string{header}
		for _, row := range rows {
			var record []string
			for _, column := range sheet.columns {
				cell := row[column.name]
				if chinese {
					cell = office(column, cell)
				}
				record = append(record, cell)
			}
			records = append(records, record)
		}
		if err := writer.WriteAll(records); err != nil {
			return err
		}
		bytesOut := content.Bytes()
		if chinese {
			name = sheet.chinese
			if slices.Contains([]string{"payments", "arrivals", "plaques"}, sheet.name) {
				encoded, err := simplifiedchinese.GB18030.NewEncoder().Bytes(bytesOut)
				if err != nil {
					return err
				}
				bytesOut = encoded
			}
		}
		if err := os.WriteFile(filepath.Join(dir, name+".csv"), bytesOut, 0o644); err != nil {
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
