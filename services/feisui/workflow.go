package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"feisui/pkg/message"
	"feisui/services/process/define"
	"feisui/services/process/simulate"
)

// workflowCmd is what can be asked of workflows without a server.
type workflowCmd struct {
	Check    workflowCheckCmd    `cmd:"" help:"检查流程文件 (check a declaration)."`
	Diagram  workflowDiagramCmd  `cmd:"" help:"画出流程图，Mermaid (draw a workflow)."`
	Simulate workflowSimulateCmd `cmd:"" help:"随机演练流程，检验其承诺 (play random histories against what a workflow promises)."`
}

type workflowCheckCmd struct {
	Files []string `arg:"" name:"file" help:"流程文件 (YAML)."`
}

// Run prints what is declared in each file, or all that is wrong with it.
func (c *workflowCheckCmd) Run(stdout output, stderr notices) error {
	var wrong error
	for _, file := range c.Files {
		w, err := loadWorkflow(file, stderr)
		switch {
		case errors.Is(err, errRefused):
			wrong = err
			continue
		case err != nil:
			return err
		}
		if _, err := fmt.Fprintf(stdout, "%s: %s，第 %d 版：%d 个状态，%d 个步骤，%d 个期限 (%s, version %[3]d: %[4]d states, %[5]d actions, %[6]d deadlines)\n",
			file, w.Title.Chinese, w.Version, len(w.States), len(w.Actions), len(w.Timers), w.Workflow); err != nil {
			return err
		}
	}
	return wrong
}

// loadWorkflow reads a declaration. One that cannot be used is errRefused, and
// its faults are printed as file:line:place: expected （中文）.
func loadWorkflow(file string, stderr io.Writer) (*define.Workflow, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, usageError{err}
	}
	w, err := define.Load(content, define.Names)
	var faults define.Faults
	if !errors.As(err, &faults) {
		return w, err
	}
	for _, f := range faults {
		one := define.Faults{f}
		at := file + ":"
		if f.Line == 0 && f.Place == "" {
			at += " "
		}
		fmt.Fprintf(stderr, "%s%s（%s）\n", at, one.Say(message.English), one.Sentence(message.Chinese))
	}
	return nil, errRefused
}

type workflowDiagramCmd struct {
	File  string `arg:"" optional:"" help:"流程文件，缺省为内置的全部流程 (a declaration; default: all that are built in)."`
	Out   string `placeholder:"DIR" help:"写入目录，每个流程一页 (write a page for each into a folder)."`
	Check bool   `help:"只核对目录中的各页，不写 (write nothing; exit 1 where a page differs)."`
}

// errStalePages says that pages are not what the declarations give.
var errStalePages = errors.New("流程图与声明不一致，请运行 make gen (pages differ from the declarations: run make gen)")

// Run prints the pages, or keeps them in a folder.
func (c *workflowDiagramCmd) Run(stdout output, stderr notices) error {
	workflows, err := c.workflows(stderr)
	if err != nil {
		return err
	}
	stale := false
	for _, w := range workflows {
		page := define.Page(w.Definition)
		if c.Out == "" {
			if _, err := stdout.Write(page); err != nil {
				return err
			}
			continue
		}
		name := filepath.Join(c.Out, w.Workflow+".md")
		have, err := os.ReadFile(name)
		switch {
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return err
		case bytes.Equal(have, page):
			continue
		}
		stale = true
		if _, err := fmt.Fprintln(stdout, name); err != nil {
			return err
		}
		if c.Check {
			continue
		}
		if err := os.MkdirAll(c.Out, 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, page, 0o644); err != nil {
			return err
		}
	}
	if c.Check && stale {
		return errStalePages
	}
	return nil
}

func (c *workflowDiagramCmd) workflows(stderr io.Writer) ([]*define.Workflow, error) {
	if c.File != "" {
		w, err := loadWorkflow(c.File, stderr)
		return []*define.Workflow{w}, err
	}
	return builtinWorkflows()
}

// builtinWorkflows gives the workflows that come with the program, by name.
func builtinWorkflows() ([]*define.Workflow, error) {
	all, err := define.Builtin()
	if err != nil {
		return nil, err
	}
	var list []*define.Workflow
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, all[name])
	}
	return list, nil
}

type workflowSimulateCmd struct {
	File      string `arg:"" optional:"" help:"流程文件，缺省为内置的全部流程 (a declaration; default: all that are built in)."`
	Histories int    `default:"1000" help:"每个流程演练多少次 (how many histories of each)."`
	Seed      uint64 `default:"1" help:"第一次的种子，依次加一 (the first history's seed; the next have the next)."`
}

// historiesMost bounds what is asked for: more take days.
const historiesMost = 100_000_000

// Run plays histories, and prints what was played, or the history in which
// something does not hold.
func (c *workflowSimulateCmd) Run(stdout output, stderr notices) error {
	if c.Histories < 1 || c.Histories > historiesMost {
		return usageError{fmt.Errorf("--histories %d: expected 1 to %d (次数应在此之间)", c.Histories, historiesMost)}
	}
	var workflows []*define.Workflow
	var err error
	if c.File != "" {
		w, err := loadWorkflow(c.File, stderr)
		if err != nil {
			return err
		}
		workflows = append(workflows, w)
	} else if workflows, err = builtinWorkflows(); err != nil {
		return err
	}
	for _, w := range workflows {
		f, err := simulate.Run(simulate.Real, w, c.Seed, c.Histories, runtime.GOMAXPROCS(0))
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(stdout, simulated, w.Workflow, f.Histories, f.Ended, f.Asked, f.Acted, f.Refused, f.FormsRefused,
			f.Passed, f.Followed, f.Moved, f.Reminded, f.SettledAgain, f.Amended, f.Provisional, f.Events, f.Facts, f.PlayedAgain,
			entered(w, f.Entered)); err != nil {
			return err
		}
	}
	return nil
}

// simulated is what is printed of a workflow that keeps its promises.
const simulated = `%s: 演练 %d 次，%d 次办到终结，承诺全部成立 (histories, ended; all promises kept)
  申请 %d：办成 %d，拒绝 %d，表单退回 %d (commands: acted, refused, forms refused)
  期限已过 %d，其中引起步骤 %d；改日 %d，提醒 %d；重复处理 %d，均无后果 (passed, with a step; moved, reminders; settled again without effect)
  日历变更 %d，暂定期限 %d (amendments of the calendar, provisional deadlines)
  事件 %d，事实 %d；重演 %d 次，完全相同 (events, facts; played twice and alike)
  到过的状态 (states entered): %s
`

// entered says how often each state was, those that never were among them.
func entered(w *define.Workflow, times map[string]int64) string {
	var all []string
	for _, state := range slices.Sorted(maps.Keys(w.States)) {
		all = append(all, fmt.Sprint(state, " ", times[state]))
	}
	return strings.Join(all, ", ")
}
