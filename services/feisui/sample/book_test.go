package sample_test

import (
	"encoding/csv"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"feisui/services/feisui/sample"
)

// row is a row by its columns' names, and book the rows by their sheet's.
type (
	row  map[string]string
	book map[string][]row
)

// write writes a sample and reads it back.
func write(t *testing.T, o sample.Options) book {
	t.Helper()
	o.Out = filepath.Join(t.TempDir(), "book")
	if _, err := sample.Write(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	return readBook(t, o.Out)
}

func readBook(t *testing.T, dir string) book {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	if err != nil {
		t.Fatal(err)
	}
	b := book{}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text, marked := strings.CutPrefix(string(data), "\uFEFF")
		if !marked || strings.Contains(text, "\r") {
			t.Errorf("%s: want a byte order mark and plain newlines", name)
		}
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		sheet := strings.TrimSuffix(filepath.Base(name), ".csv")
		b[sheet] = []row{}
		for _, cells := range rows[1:] {
			r := row{}
			for i, c := range cells {
				r[rows[0][i]] = c
			}
			b[sheet] = append(b[sheet], r)
		}
	}
	return b
}

func having(rows []row, column, value string) []row {
	var some []row
	for _, r := range rows {
		if r[column] == value {
			some = append(some, r)
		}
	}
	return some
}

func equal(a, b []row) bool { return slices.EqualFunc(a, b, maps.Equal[row, row]) }
