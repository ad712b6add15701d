// Package planted builds a test program that has many mistakes in it, of which each run
// makes one. It shows that tests find what they are there to find: every mistake that is
// planted, and nothing where none is.
//
// A mistake is a change of the program's text. To build the program anew for each would
// take ten times as long as to run it. So a function that some mistakes change is in the
// program as it is and as each of them has it, and the environment says which of them
// runs. A mistake that changes anything else than what functions do (a constant, an
// import, what a function takes) is built by itself.
//
// The files of the program stay as they are: the compiler reads others in their place.
package planted

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Change is a change of one place.
type Change struct {
	File     string // from the root of the module, with slashes
	Old, New string // Old stands in the file exactly once
}

// Mistake is what is changed together, one change after the other. One that changes
// nothing is none: its runs are the control.
type Mistake []Change

// chosen is the variable that says which mistake a run makes: its place among them.
const chosen = "FEISUI_PLANTED"

// Program is the test program of the current folder, with mistakes in it.
type Program struct {
	root, folder string
	program      string           // has all mistakes that change what functions do alone
	alone        map[int]replaced // the others
}

// replaced is what the compiler reads in place of files: texts, by the files' names.
type replaced map[string]string

// Build builds the tests of the current folder, of the module whose root is given, with
// some mistakes in them. It puts into a folder, which is empty, what it makes.
func Build(ctx context.Context, root, folder string, mistakes []Mistake) (*Program, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	p := &Program{root: root, folder: folder, alone: map[int]replaced{}}
	all := map[string]*choices{}
	for i, m := range mistakes {
		changed, err := p.apply(m)
		if err != nil {
			return nil, err
		}
		inside, err := choose(all, i, changed)
		if err != nil {
			return nil, err
		}
		if !inside {
			p.alone[i] = changed
		}
	}
	together := replaced{}
	for file, c := range all {
		together[file] = c.text()
	}
	p.program, err = p.build(ctx, "together", together)
	return p, err
}

// Command is a run that makes a mistake, by its place among those that were built.
func (p *Program) Command(ctx context.Context, mistake int, arguments ...string) (*exec.Cmd, error) {
	program := p.program
	if changed, is := p.alone[mistake]; is {
		var err error
		if program, err = p.build(ctx, fmt.Sprint("alone", mistake), changed); err != nil {
			return nil, err
		}
	}
	cmd := exec.CommandContext(ctx, program, arguments...)
	cmd.Env = append(os.Environ(), chosen+"="+fmt.Sprint(mistake))
	return cmd, nil
}

// apply gives the files that a mistake changes as they are then.
func (p *Program) apply(m Mistake) (replaced, error) {
	changed := replaced{}
	for _, c := range m {
		file := filepath.Join(p.root, filepath.FromSlash(c.File))
		text, known := changed[file]
		if !known {
			content, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			text = string(content)
		}
		if n := strings.Count(text, c.Old); n != 1 {
			return nil, fmt.Errorf("the text to change stands in %s %d times, not once:\n%s", c.File, n, c.Old)
		}
		changed[file] = strings.Replace(text, c.Old, c.New, 1)
	}
	return changed, nil
}

// build builds the tests with other files in place of some.
func (p *Program) build(ctx context.Context, name string, changed replaced) (program string, err error) {
	dir := filepath.Join(p.folder, name)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	instead := map[string]string{}
	for file, text := range changed {
		instead[file] = filepath.Join(dir, fmt.Sprint(len(instead), "-", filepath.Base(file)))
		if err := os.WriteFile(instead[file], []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	replace, err := json.Marshal(map[string]any{"Replace": instead})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlay, replace, 0o600); err != nil {
		return "", err
	}
	program = filepath.Join(dir, "planted.test")
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-ldflags=-s -w", "-overlay="+overlay, "-o", program, ".")
	if said, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build with %s: %w\n%s", name, err, said)
	}
	return program, nil
}
