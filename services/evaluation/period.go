package evaluation

import (
	"cmp"
	"maps"
	"slices"
)

// Fewest is how many communities must have rated a department before more than
// their number is published.
const Fewest = 3

// Rating is what one community says of one department: a number of a small scale
// for each criterion, and a word where it wrote one.
type Rating struct {
	Department string
	Scores     map[string]int
	Word       string
}

// Period gathers ratings until it is published. What comes later is not counted, so
// what was published once stays.
type Period struct {
	sums        map[string]*sum // by department
	words       bool            // what was written is published too, without names
	published   bool
	communities int
	departments []string
}

type sum struct {
	count    int
	criteria map[string]tally
	words    []string
}

type tally struct{ count, total int }

// NewPeriod begins with a period in which nobody has said anything; words says that
// what is written will be published too.
func NewPeriod(words bool) *Period { return &Period{sums: map[string]*sum{}, words: words} }

// Rate takes a rating in.
func (p *Period) Rate(r Rating) {
	if p.published {
		return
	}
	s := p.sums[r.Department]
	if s == nil {
		s = &sum{criteria: map[string]tally{}}
		p.sums[r.Department] = s
	}
	s.count++
	for criterion, score := range r.Scores {
		t := s.criteria[criterion]
		s.criteria[criterion] = tally{t.count + 1, t.total + score}
	}
	if r.Word != "" {
		s.words = append(s.words, r.Word)
	}
}

// Publish ends the period: so many communities there were, and these departments
// were to be rated; none: whichever were.
func (p *Period) Publish(communities int, departments []string) {
	if p.published {
		return
	}
	p.published, p.communities = true, communities
	if p.departments = departments; len(departments) == 0 {
		p.departments = slices.Collect(maps.Keys(p.sums))
	}
}

// Published reports that the period is over.
func (p *Period) Published() bool { return p.published }

// Results are what was said, by department.
type Results struct {
	Communities int // that could rate
	Departments []Department
}

// Department is what communities said of one.
type Department struct {
	Department string
	Rated      int   // how many communities rated it
	Withheld   bool  // fewer than Fewest did: nothing else is said
	Rank       int   // 1 for the highest mean; the same for the same; 0 where withheld
	Mean       int64 // over all criteria, in hundredths, half up
	Criteria   []Criterion
	Words      []string // in the order of their letters, which says nothing of whose they are
}

// Criterion is the mean of one, in hundredths, half up.
type Criterion struct {
	Criterion string
	Mean      int64
}

// Results gives what was said by department, the highest mean first, those that
// nothing is said of last; nothing before the period is over.
func (p *Period) Results() Results {
	r := Results{Communities: p.communities}
	if !p.published {
		return r
	}
	for _, department := range slices.Compact(slices.Sorted(slices.Values(p.departments))) {
		r.Departments = append(r.Departments, p.department(department))
	}
	slices.SortStableFunc(r.Departments, func(a, b Department) int {
		return cmp.Or(cmp.Compare(b.Mean, a.Mean), cmp.Compare(a.Department, b.Department))
	})
	for i := range r.Departments {
		d := &r.Departments[i]
		switch {
		case d.Withheld:
		case i > 0 && d.Mean == r.Departments[i-1].Mean:
			d.Rank = r.Departments[i-1].Rank
		default:
			d.Rank = i + 1
		}
	}
	return r
}

func (p *Period) department(code string) Department {
	s := p.sums[code]
	if s == nil || s.count < Fewest {
		d := Department{Department: code, Withheld: true}
		if s != nil {
			d.Rated = s.count
		}
		return d
	}
	d, all := Department{Department: code, Rated: s.count}, tally{}
	for _, criterion := range slices.Sorted(maps.Keys(s.criteria)) {
		t := s.criteria[criterion]
		d.Criteria = append(d.Criteria, Criterion{criterion, t.mean()})
		all = tally{all.count + t.count, all.total + t.total}
	}
	d.Mean = all.mean()
	if p.words {
		d.Words = slices.Sorted(slices.Values(s.words))
	}
	return d
}

// mean is in hundredths, half up.
func (t tally) mean() int64 {
	if t.count == 0 {
		return 0
	}
	total, count := int64(t.total), int64(t.count)
	return (total*200 + count) / (2 * count)
}
