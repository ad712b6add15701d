package workbook_test

import (
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"feisui/pkg/workbook"
)

const benchRows = 100_000

// benchRow is one task as counties write it.
func benchRow(n int) []string {
	return []string{
		fmt.Sprintf("2025/%06d", n), fmt.Sprintf("D%03d", n%97), fmt.Sprintf("3212040010%02d", n%100), fmt.Sprintf("W%d", n%300),
		fmt.Sprintf("姜委发〔2025〕%d号", n), "2025-01-04", "2025/1/4", "2025年12月31日",
		fmt.Sprint(n % 1000), "1,200.50", "8.35万元", "2025-12-31", "", "",
	}
}

func benchHeader() []string {
	var names []string
	for _, c := range layout[0].Columns {
		names = append(names, c.Chinese)
	}
	return names
}

func countRows(b *testing.B, path string) {
	b.Helper()
	book, err := workbook.Open(path, layout)
	fatalIfErr(b, err)
	defer book.Close()
	n := 0
	for range book.Sheet("tasks") {
		n++
	}
	if n != benchRows || len(book.Faults()) > 0 {
		b.Fatalf("%d rows, faults %v", n, book.Faults())
	}
}

// BenchmarkCSVRows measures opening and streaming a table, and encoding/csv
// alone on the same bytes in the same run: "ratio" is how many times the rate
// of encoding/csv ours is.
func BenchmarkCSVRows(b *testing.B) {
	var text strings.Builder
	w := csv.NewWriter(&text)
	fatalIfErr(b, w.Write(benchHeader()))
	for n := range benchRows {
		fatalIfErr(b, w.Write(benchRow(n)))
	}
	w.Flush()
	dir := folder(b, map[string]string{"交办.csv": text.String()})
	var ours, theirs time.Duration
	for b.Loop() {
		start := time.Now()
		countRows(b, dir)
		ours += time.Since(start)
		start = time.Now()
		encodingCSV(b, filepath.Join(dir, "交办.csv"))
		theirs += time.Since(start)
	}
	b.ReportMetric(float64(benchRows*b.N)/ours.Seconds(), "rows/s")
	b.ReportMetric(float64(benchRows*b.N)/theirs.Seconds(), "encoding/csv-rows/s")
	b.ReportMetric(theirs.Seconds()/ours.Seconds(), "ratio")
}

func encodingCSV(b *testing.B, path string) {
	b.Helper()
	f, err := os.Open(path)
	fatalIfErr(b, err)
	defer f.Close()
	r := csv.NewReader(f)
	r.ReuseRecord = true
	for n := -1; ; n++ {
		if _, err := r.Read(); err == io.EOF && n == benchRows {
			return
		} else if err != nil {
			b.Fatal(n, err)
		}
	}
}

// BenchmarkXLSXRows measures opening and streaming a table, and excelize's
// row iterator on the same file.
func BenchmarkXLSXRows(b *testing.B) {
	path := filepath.Join(b.TempDir(), "账.xlsx")
	benchWorkbook(b, path)
	var ours, theirs time.Duration
	for b.Loop() {
		start := time.Now()
		countRows(b, path)
		ours += time.Since(start)
		start = time.Now()
		excelizeRows(b, path)
		theirs += time.Since(start)
	}
	b.ReportMetric(float64(benchRows*b.N)/ours.Seconds(), "rows/s")
	b.ReportMetric(float64(benchRows*b.N)/theirs.Seconds(), "excelize-rows/s")
	b.ReportMetric(theirs.Seconds()/ours.Seconds(), "ratio")
}

func benchWorkbook(b *testing.B, path string) {
	b.Helper()
	x := excelize.NewFile()
	fatalIfErr(b, x.SetSheetName("Sheet1", "交办"))
	w, err := x.NewStreamWriter("交办")
	fatalIfErr(b, err)
	for n := -1; n < benchRows; n++ {
		row := benchHeader()
		if n >= 0 {
			row = benchRow(n)
		}
		cells := make([]any, len(row))
		for i, text := range row {
			cells[i] = text
		}
		fatalIfErr(b, w.SetRow(fmt.Sprintf("A%d", n+2), cells))
	}
	fatalIfErr(b, w.Flush())
	fatalIfErr(b, x.SaveAs(path))
}

func excelizeRows(b *testing.B, path string) {
	b.Helper()
	x, err := excelize.OpenFile(path)
	fatalIfErr(b, err)
	defer x.Close()
	rows, err := x.Rows("交办")
	fatalIfErr(b, err)
	n := -1
	for ; rows.Next(); n++ {
		if _, err := rows.Columns(); err != nil {
			b.Fatal(err)
		}
	}
	if n != benchRows {
		b.Fatalf("%d rows", n)
	}
}
