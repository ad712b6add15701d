package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"feisui/schemas"
)

// newGoldens gives a payload for every shape that has none among those present,
// the goldens below dir, and the MANIFEST that lists it; the present ones gain
// it. It fails when a payload that is listed is missing or changed: what was
// published once stays.
func newGoldens(dir string, src source, present files) (files, error) {
	listed, err := readManifest(filepath.Join(dir, "MANIFEST"))
	if err != nil {
		return nil, err
	}
	for name, sum := range listed {
		if payload, ok := present[name]; !ok {
			return nil, fmt.Errorf("golden %s is listed and missing", name)
		} else if digest(payload) != sum {
			return nil, fmt.Errorf("golden %s was changed after it was published", name)
		}
	}
	added := files{}
	for _, name := range schemas.Types() {
		fresh, err := missing(name, src, present)
		if err != nil {
			return nil, err
		}
		n := highest(name, present)
		for _, payload := range fresh {
			n++
			file := fmt.Sprintf("%s.%d.json", name, n)
			present[file] = payload
			added[filepath.Join(dir, file)] = payload
		}
	}
	added[filepath.Join(dir, "MANIFEST")] = manifest(present)
	return added, nil
}

// missing gives payloads for those of a type's two shapes, the full and the
// least, that no golden has.
func missing(name string, src source, present files) ([][]byte, error) {
	schema, err := eventSchema(name, src)
	if err != nil {
		return nil, err
	}
	var have []string
	for file, payload := range present {
		if of, _, ok := cutNumber(file); !ok || of != name {
			continue
		}
		var v any
		if err := json.Unmarshal(payload, &v); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		have = append(have, shape(schema, v))
	}
	var fresh [][]byte
	for _, full := range []bool{true, false} {
		v, err := sample(schemas.Category(name), "", schema, full)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if s := shape(schema, v); !slices.Contains(have, s) {
			have = append(have, s)
			payload, err := inOrder(name, v)
			if err != nil {
				return nil, err
			}
			fresh = append(fresh, payload)
		}
	}
	return fresh, nil
}

// inOrder prints a payload as the Go type does, with its fields in its order.
func inOrder(name string, v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	e, err := schemas.Decode(name, b)
	if err != nil {
		return nil, err
	}
	if b, err = json.Marshal(e); err != nil {
		return nil, err
	}
	return indented(b)
}

// shape names the properties of a schema that a value gives, at every depth.
func shape(s *jsonschema.Schema, v any) string {
	given := map[string]bool{}
	collect(s, v, "", given)
	return strings.Join(slices.Sorted(maps.Keys(given)), " ")
}

func collect(s *jsonschema.Schema, v any, path string, given map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for name, property := range s.Properties {
			if inner, ok := v[name]; ok {
				given[path+name] = true
				collect(property, inner, path+name+".", given)
			}
		}
	case []any:
		for _, item := range v {
			collect(s.Items, item, path, given)
		}
	}
}

func readGoldens(dir string) (files, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	present := files{}
	for _, path := range paths {
		if present[filepath.Base(path)], err = os.ReadFile(path); err != nil {
			return nil, err
		}
	}
	return present, nil
}

// cutNumber takes a golden's name, task.assigned.1.json, apart into its event
// type and its number.
func cutNumber(file string) (name string, n int, ok bool) {
	stem, ok := strings.CutSuffix(file, ".json")
	dot := strings.LastIndexByte(stem, '.')
	if !ok || dot < 0 {
		return "", 0, false
	}
	n, err := strconv.Atoi(stem[dot+1:])
	if err != nil || n < 1 {
		return "", 0, false
	}
	return stem[:dot], n, true
}

func highest(name string, present files) (n int) {
	for file := range present {
		if of, number, ok := cutNumber(file); ok && of == name {
			n = max(n, number)
		}
	}
	return n
}

func digest(b []byte) string { return fmt.Sprintf("%x", sha256.Sum256(b)) }

// manifest lists payloads as sha256sum does.
func manifest(present files) []byte {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(present)) {
		fmt.Fprintf(&b, "%s  %s\n", digest(present[name]), name)
	}
	return b.Bytes()
}

func readManifest(path string) (map[string]string, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	listed := map[string]string{}
	for lines := bufio.NewScanner(bytes.NewReader(b)); lines.Scan(); {
		sum, name, ok := strings.Cut(lines.Text(), "  ")
		if !ok {
			return nil, fmt.Errorf("MANIFEST: a line %q that is no sum and name", lines.Text())
		}
		listed[name] = sum
	}
	return listed, nil
}
