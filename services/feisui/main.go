// Command feisui (费随, "the fee follows") says, for any community and date,
// which tasks were handed down without their fee.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// Exit statuses: 2 is for what the user can mend, a workbook that cannot be
// read or a wrong argument; 1 for what is broken on our side.
const (
	exitOK     = 0
	exitBroken = 1
	exitUsage  = 2
)

// cli is what can be asked of feisui, a struct a command.
type cli struct {
	Reconcile reconcileCmd `cmd:"" help:"对账：读入县里的表格，说明每个社区的任务、经费、挂牌 (read a workbook, print its statement)."`
	Run       runCmd       `cmd:"" help:"运行：记录、对账、应答，直到停止 (the running county)."`
	Import    importCmd    `cmd:"" help:"把表格登记到运行中的服务 (send a workbook to a running server)."`
	Statement statementCmd `cmd:"" help:"向运行中的服务要对账单 (ask a running server for a statement)."`
	Rebuild   rebuildCmd   `cmd:"" help:"从记录重建账目，与现有的逐行核对后换用 (make the ledger's book anew, compare, switch)."`
	Verify    verifyCmd    `cmd:"" help:"全面核查运行中的服务所保存的一切 (look at everything that a running county keeps)."`
	People    peopleCmd    `cmd:"" help:"人员 (the people who act)."`
	Workflow  workflowCmd  `cmd:"" help:"流程：检查、画图、演练 (workflows: check, draw, simulate)."`
	OpenAPI   openAPICmd   `cmd:"" name:"openapi" hidden:"" help:"接口文档 (the OpenAPI document of feisui run)."`
	Sample    sampleCmd    `cmd:"" help:"生成示例数据：真实区划，虚构业务 (write an invented county workbook)."`
}

// usageError is a wrong argument.
type usageError struct{ error }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var commands cli
	exited := -1
	parser, err := kong.New(&commands,
		kong.Name("feisui"),
		kong.Description("费随事转对账：谁交办，谁出钱 (the fee follows the task)."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exited = code }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.BindTo(stdout, (*output)(nil)),
		kong.BindTo(stderr, (*notices)(nil)),
		kong.UsageOnError(),
	)
	if err != nil {
		fmt.Fprintln(stderr, "feisui:", err)
		return exitBroken
	}
	command, err := parser.Parse(args)
	if exited >= 0 { // --help has answered
		return exited
	}
	if err != nil {
		fmt.Fprintln(stderr, "feisui:", err)
		return exitUsage
	}
	return status(command.Run(), stderr)
}

// output and notices tell the two writers apart for kong's binding.
type (
	output  io.Writer
	notices io.Writer
)

func status(err error, stderr io.Writer) int {
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errRefused):
		return exitUsage
	case errors.As(err, &usage):
		fmt.Fprintln(stderr, "feisui:", err)
		return exitUsage
	default:
		fmt.Fprintln(stderr, "feisui:", err)
		return exitBroken
	}
}
