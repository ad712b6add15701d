// Command gen writes what follows from the Go types of package schemas: one
// JSON Schema per event and one for the envelope in events/, the AsyncAPI
// document asyncapi.json, and the tables of README.md. With -goldens it also writes a golden payload for every shape that
// has none, and lists it in golden/MANIFEST. Run it in the module's root:
//
//	go run ./schemas/gen            write what changed
//	go run ./schemas/gen -check     write nothing; list what differs, and exit 1
//	go run ./schemas/gen -goldens   also publish payloads of new shapes
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

func main() {
	if err := realMain(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

var errStale = errors.New("files differ from the Go types; run go run ./schemas/gen")

func realMain(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("gen", flag.ContinueOnError)
	check := flags.Bool("check", false, "write nothing; list the files that differ, and exit 1")
	goldens := flags.Bool("goldens", false, "publish a golden payload for every shape that has none")
	dir := flags.String("dir", "schemas", "where package schemas is")
	if err := flags.Parse(args); err != nil {
		return err
	}
	src, err := readSource(*dir)
	if err != nil {
		return err
	}
	published, err := readGoldens(filepath.Join(*dir, "golden"))
	if err != nil {
		return err
	}
	added := files{}
	if *goldens {
		added, err = newGoldens(filepath.Join(*dir, "golden"), src, published)
		if err != nil {
			return err
		}
	}
	want, err := plan(*dir, src, published)
	if err != nil {
		return err
	}
	maps.Copy(want, added)
	changed, err := differing(*dir, want)
	if err != nil {
		return err
	}
	for _, path := range changed {
		fmt.Fprintln(out, path)
	}
	if *check {
		if len(changed) > 0 {
			return errStale
		}
		return nil
	}
	return write(changed, want)
}

// files is content by path. A path with nil content is not to exist.
type files map[string][]byte

// plan gives every generated file below dir as it should be.
func plan(dir string, src source, goldens files) (files, error) {
	want, err := documents(filepath.Join(dir, "events"), src)
	if err != nil {
		return nil, err
	}
	if want[filepath.Join(dir, "asyncapi.json")], err = asyncAPI(src, goldens); err != nil {
		return nil, err
	}
	readme := filepath.Join(dir, "README.md")
	text, err := os.ReadFile(readme)
	if err != nil {
		return nil, err
	}
	want[readme], err = tables(text, src)
	return want, err
}

// differing lists the paths whose content is not as wanted, and the documents
// of events that are no longer there.
func differing(dir string, want files) ([]string, error) {
	present, err := filepath.Glob(filepath.Join(dir, "events", "*.json"))
	if err != nil {
		return nil, err
	}
	for _, path := range present {
		if _, wanted := want[path]; !wanted {
			want[path] = nil
		}
	}
	var changed []string
	for _, path := range slices.Sorted(maps.Keys(want)) {
		have, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if want[path] == nil || have == nil || !bytes.Equal(have, want[path]) {
			changed = append(changed, path)
		}
	}
	return changed, nil
}

func write(changed []string, want files) error {
	for _, path := range changed {
		if want[path] == nil {
			if err := os.Remove(path); err != nil {
				return err
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, want[path], 0o644); err != nil {
			return err
		}
	}
	return nil
}
