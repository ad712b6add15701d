package figures

import (
	"sync"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/services/ledger"
	"feisui/services/ledger/reconcile"
)

// Figures are those of a report. Amounts are in fen, shares in basis points of which
// numerator and denominator stand beside them.
type Figures struct {
	On    civil.Date `json:"on" doc:"截止日期 (as of which day)"`
	Since civil.Date `json:"since" doc:"对比日期 (the earlier day that it is compared with)"`

	Now  Headline `json:"now"`
	Then Headline `json:"then" doc:"对比日期的同口径数字 (the same on the earlier day, by the same definitions)"`

	Tasks   Movement `json:"tasks" doc:"在办任务：原有、新增、减少、净增减、现有 (tasks that stand: then, in, out, net, now)"`
	Plaques Movement `json:"plaques"`
	Burdens Movement `json:"burdens"`

	Departments []Department `json:"departments" doc:"按到期经费到位率排名，同率同名次；没有到期经费的不排名，列在后 (by coverage of what is due; without anything due unranked, and last)"`
	Streets     []Street     `json:"streets" doc:"按区划代码，不排名 (by code; not ranked)"`
	LeftOut     []LeftOut    `json:"left_out" doc:"到位率的分子分母没有计入的 (what the shares do not count, by name)"`
	Unfunded    Unfunded     `json:"unfunded"`
	Stuck       []Holder     `json:"stuck" doc:"钱停在哪里：超期未转拨多的在前 (who holds money that was to be passed on: most beyond its time first)"`
	Trend       []Headline   `json:"trend" doc:"对比日期，其后各月末和截止日期，最多 12 点 (since, then month ends between and on, at most 12)"`

	Lists map[string]InList `json:"lists" doc:"now 各项数字见于哪个列表 (the list in which each figure of now can be read, by its name)"`
}

// Movement is what stood, came, went and stands. Always: Then + Net = Now.
type Movement struct {
	Then int `json:"then"`
	In   int `json:"in"`
	Out  int `json:"out"`
	Net  int `json:"net"`
	Now  int `json:"now"`
}

func movementOf(f reconcile.Flow) Movement { return Movement{f.Then, f.In, f.Out, f.In - f.Out, f.Now} }

// InList is a list in which a number can be looked into: a path below the county's,
// with the filters that choose its parts. Lists are of now; the parts as they were
// are in the statement of the same position and day.
type InList struct {
	List       string `json:"list" enum:"tasks,flags,communities,workflows/plaque/instances,workflows/burden/instances"`
	Rule       string `json:"rule,omitempty"`
	Status     string `json:"status,omitempty"`
	Lamp       string `json:"lamp,omitempty"`
	Department string `json:"department,omitempty"`
	Item       string `json:"item,omitempty"`
	Street     string `json:"street,omitempty"`
	Party      string `json:"party,omitempty"`

	SinceFrom string `json:"since_from,omitempty" format:"date" doc:"预警自何日起，含 (flags since this day or later)"`
	SinceTo   string `json:"since_to,omitempty" format:"date" doc:"含 (or earlier)"`
}

// county is what figures are worked out from: two statements, and what they do not say.
type county struct {
	book      *ledger.Book
	days      civil.Calendar
	then, now reconcile.CountyStatement
}

// Of works the figures out. since must lie before on. It fails when amounts are too
// large to add up.
func Of(book *ledger.Book, days civil.Calendar, since, on civil.Date) (*Figures, error) {
	c := &county{book: book, days: days}
	trend := make([]Headline, 0, pointsMax+1)
	for _, point := range points(since, on) {
		trend = append(trend, Headline{On: point})
	}
	if err := c.judge(since, on, trend); err != nil {
		return nil, err
	}
	f := &Figures{On: on, Since: since, Lists: lists()}
	err := money.Guard(func() { c.fill(f) })
	f.Trend = trend
	f.Trend[0], f.Trend[len(trend)-1] = f.Then, f.Now
	return f, err
}

// atOnce bounds how many days are judged at the same time.
const atOnce = 4

// judge finds where the county stands on every day that is asked about. Nobody
// writes into a book that is read, so days need not wait for each other.
func (c *county) judge(since, on civil.Date, trend []Headline) error {
	errs := make([]error, len(trend))
	free := make(chan struct{}, atOnce)
	var judging sync.WaitGroup
	for i := range trend {
		free <- struct{}{}
		judging.Go(func() {
			defer func() { <-free }()
			day := trend[i].On
			s, err := c.book.County(c.days, day)
			if err != nil {
				errs[i] = err
				return
			}
			switch day {
			case since:
				c.then = s
			case on:
				c.now = s
			default:
				errs[i] = money.Guard(func() { trend[i] = headline(&s) })
			}
		})
	}
	judging.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *county) fill(f *Figures) {
	f.Then, f.Now = headline(&c.then), headline(&c.now)
	change := c.book.Between(&c.then, &c.now)
	f.Tasks, f.Plaques, f.Burdens = movementOf(change.Tasks), movementOf(change.Plaques), movementOf(change.Burdens)
	c.cover(f, change)
	f.LeftOut = append(f.LeftOut, aside(&f.Now.Counts)...)
	f.Unfunded = c.unfunded()
	f.Stuck = c.stuck()
}
