package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadme runs the commands of the README's console blocks, in order, in one
// folder, and compares what they print. A line "..." stands for any lines.
func TestReadme(t *testing.T) {
	readme := string(contents(t, filepath.Join("..", "..", "README.md")))
	t.Chdir(t.TempDir())
	writeFaulty(t, "坏例")
	commands := 0
	for _, block := range consoleBlocks(readme) {
		if strings.Contains(block, "curl") { // TestReadmeOfPeople
			continue
		}
		for _, command := range strings.Split(block, "$ feisui ")[1:] {
			commands++
			line, want, _ := strings.Cut(command, "\n")
			stdout, stderr, _ := feisui(t, strings.Fields(line)...)
			if problem := matches(stdout+stderr, want); problem != "" {
				t.Errorf("feisui %s: %s\n%s", line, problem, stdout+stderr)
			}
		}
	}
	if commands < 4 {
		t.Errorf("the README has %d commands", commands)
	}
}

// TestReadmeOfPeople runs the blocks with curl in them as they stand, against a
// server that was started as the README says.
func TestReadmeOfPeople(t *testing.T) {
	t.Parallel()
	needPostgres(t)
	p := launch(t, "--data", dataOf(t), "--sample", "431026")
	sh, commands := newShell(t), 0
	for _, block := range consoleBlocks(at(p.address, contents(t, filepath.Join("..", "..", "README.md")))) {
		if strings.Contains(block, "curl") {
			commands += sh.follows(block)
		}
	}
	if commands < 8 {
		t.Errorf("the README has %d commands", commands)
	}
	p.end(t)
}

// at has a text say another address than that of `make run`.
func at(address string, text []byte) string {
	return strings.ReplaceAll(string(text), "http://127.0.0.1:8080", address)
}

func TestReadmeMatchingSeesADifference(t *testing.T) {
	t.Parallel()
	for want, ok := range map[string]bool{"a\n...\nc\n": true, "a\nb\nc\n": true, "...\nc\n": true, "a\n...\nd\n": false, "b\n...\n": false, "a\n": false} {
		if problem := matches("a\nb\nc\n", want); (problem == "") != ok {
			t.Errorf("%q: %q", want, problem)
		}
	}
}

func consoleBlocks(text string) (blocks []string) {
	for _, part := range strings.Split(text, "```console\n")[1:] {
		block, _, _ := strings.Cut(part, "```")
		blocks = append(blocks, block)
	}
	return blocks
}

// matches says what is wrong with an output, "" when it is as wanted.
func matches(output, want string) (problem string) {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	skip := false
	for w := range strings.SplitSeq(strings.TrimSpace(want), "\n") {
		if w == "..." {
			skip = true
			continue
		}
		for skip && len(lines) > 0 && lines[0] != w {
			lines = lines[1:]
		}
		if len(lines) == 0 || lines[0] != w {
			return "missing: " + w
		}
		lines, skip = lines[1:], false
	}
	if len(lines) > 0 && !skip {
		return "more: " + lines[0]
	}
	return ""
}

// writeFaulty writes the workbook whose faults the README shows.
func writeFaulty(t *testing.T, folder string) {
	t.Helper()
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"社区.csv": "区划代码,名称,街道乡镇\n431026102001,热水汤河居委会,431026102\n",
		"部门.csv": "部门代码,名称,类别\nD01,民政局,部门\n",
		"交办.csv": "交办单号,部门,社区,事项,交办日期,约定经费\nJB1,D01,431026102001,T0701,2025-03-01,12.345\nJB2,D01,431026999999,T0701,2025-03-01,100\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
