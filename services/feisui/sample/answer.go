package sample

import "feisui/pkg/civil"

// reasons are the codes a community rejects with, and their words.
var reasons = []struct{ code, words string }{
	{"N01", "不在清单且未准入"}, {"N02", "属负面清单或上级收回事项"}, {"N03", "无依据文件或文号无效"}, {"N04", "无经费安排"},
	{"N05", "上期经费未到账"}, {"N06", "超出准入范围"}, {"N07", "时限不合理"}, {"N08", "重复交办"},
	{"N09", "要求不当"}, {"N10", "无承接能力"}, {"N11", "已失效或准入到期"}, {"N99", "其他"},
}

// answer decides what the community says to a task and writes its receipts.
func (c *community) answer(t *task) {
	reject := 3
	if t.unadmitted || t.uncatalogued {
		reject = 24
	}
	switch share := c.r.IntN(100); {
	case share < 2:
		t.state = recalled
		c.recall(t)
	case share < 2+reject:
		t.state = rejected
		c.reject(t)
	case share < 7+reject:
		t.state = conditional
		c.acceptIf(t)
	case share < 15+reject:
		t.state = lapsed
		if c.chance(25) {
			c.receipt(t, c.workdays.After(t.issued, c.between(1, 3)), "query", "", none, 0, "请明确经费来源")
		}
	default:
		c.accept(t)
	}
}

// receipt writes a receipt, and reports whether it was filed within the year.
func (c *community) receipt(t *task, on civil.Date, outcome, reason string, amount fen, by civil.Date, words string) bool {
	if on > c.last {
		return false
	}
	c.out.add(receipts, t.no, outcome, on.String(), reason, amount.yuan(), cell(by), words, "")
	return true
}

func (c *community) recall(t *task) {
	on := c.workday(t.issued.AddDays(c.between(2, 30)))
	if on > c.last {
		t.state = lapsed
		return
	}
	t.recalled = on
	if c.chance(40) {
		c.receipt(t, t.issued, "accept", "", none, 0, "")
	}
}

func (c *community) reject(t *task) {
	reason := reasons[c.r.IntN(len(reasons))]
	switch {
	case t.list == "negative":
		reason = reasons[1]
	case t.unadmitted || t.uncatalogued:
		reason = reasons[0]
	}
	if !c.receipt(t, c.workdays.After(t.issued, c.between(1, 5)), "reject", reason.code, none, 0, reason.words) {
		t.state = lapsed
	}
}

// acceptIf accepts on condition that money comes by a date.
func (c *community) acceptIf(t *task) {
	on := c.workdays.After(t.issued, c.between(1, 5))
	amount := fen(c.between(5, 60)) * 10000
	if cost, known := c.cost(*t); known && cost > 0 {
		amount = cost
	}
	by := min(on.AddDays(c.between(20, 60)), c.latest)
	if !c.receipt(t, on, "conditional", "", amount, by, "经费到账后办理") {
		t.state = lapsed
	}
}

func (c *community) accept(t *task) {
	on := c.workdays.After(t.issued, c.between(0, 4))
	if c.chance(4) {
		asked := c.workdays.After(t.issued, c.between(1, 3))
		c.receipt(t, asked, "query", "", none, 0, "请明确数量和经费来源")
		on = c.workdays.After(asked, c.between(1, 4))
	}
	if !c.receipt(t, on, "accept", "", none, 0, "") {
		t.state = lapsed
	}
}

// complete decides whether and when a task is done, and writes it.
func (c *community) complete(t *task) {
	likely := 78
	switch t.state {
	case rejected, recalled:
		return
	case lapsed:
		likely = 15
	}
	end := t.due
	if end == 0 {
		end = t.starts.AddDays(60)
	}
	on := max(end.AddDays(c.between(-14, 10)), t.issued.AddDays(3))
	if !c.chance(likely) || on > c.last {
		return
	}
	t.completed = on
	if t.quantity > 0 && (t.timing == "arrears" || c.chance(5)) && c.chance(70) {
		t.done = max(1, t.quantity*c.between(85, 112)/100)
	}
	c.out.add(completions, t.no, on.String(), count(t.done))
}
