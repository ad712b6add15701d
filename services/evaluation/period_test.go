package evaluation_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"feisui/services/evaluation"
)

func rating(department string, fee, manner int, word string) evaluation.Rating {
	return evaluation.Rating{Department: department, Scores: map[string]int{"fee": fee, "manner": manner}, Word: word}
}

func TestDepartmentsAreRankedByTheirMean(t *testing.T) {
	t.Parallel()
	p := evaluation.NewPeriod(true)
	for _, r := range []evaluation.Rating{
		rating("D01", 5, 4, "乙"), rating("D01", 4, 4, ""), rating("D01", 5, 3, "甲"), // 25 of 6: 4.166…
		rating("D02", 1, 2, ""), rating("D02", 2, 2, ""), rating("D02", 1, 2, ""), // 10 of 6: 1.666…
		rating("D03", 5, 4, ""), rating("D03", 4, 4, ""), rating("D03", 5, 3, ""),
		rating("D04", 5, 5, "只有我们说"), rating("D04", 5, 5, ""),
	} {
		p.Rate(r)
	}
	if got := p.Results(); got.Departments != nil || p.Published() {
		t.Errorf("it is said before it is over: %+v", got)
	}
	p.Publish(7, []string{"D05", "D04", "D03", "D02", "D01", "D01"})
	p.Rate(rating("D02", 5, 5, "")) // too late
	p.Publish(70, nil)
	want := evaluation.Results{Communities: 7, Departments: []evaluation.Department{
		{Department: "D01", Rated: 3, Rank: 1, Mean: 417, Criteria: []evaluation.Criterion{{"fee", 467}, {"manner", 367}}, Words: []string{"乙", "甲"}},
		{Department: "D03", Rated: 3, Rank: 1, Mean: 417, Criteria: []evaluation.Criterion{{"fee", 467}, {"manner", 367}}},
		{Department: "D02", Rated: 3, Rank: 3, Mean: 167, Criteria: []evaluation.Criterion{{"fee", 133}, {"manner", 200}}},
		{Department: "D04", Rated: 2, Withheld: true},
		{Department: "D05", Withheld: true},
	}}
	if got := p.Results(); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nrather than\n%+v", got, want)
	}
}

// TestTheOrderOfRatingsSaysNothing: results are the same in whatever order
// communities spoke, so they tell nobody who spoke when.
func TestTheOrderOfRatingsSaysNothing(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	all := make([]evaluation.Rating, 200)
	for i := range all {
		all[i] = rating(fmt.Sprintf("D%02d", rng.IntN(12)), 1+rng.IntN(5), 1+rng.IntN(5), fmt.Sprint(rng.IntN(50)))
	}
	results := func() evaluation.Results {
		p := evaluation.NewPeriod(true)
		for _, r := range all {
			p.Rate(r)
		}
		p.Publish(200, nil)
		return p.Results()
	}
	first := results()
	for range 20 {
		rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		if again := results(); !reflect.DeepEqual(again, first) {
			t.Fatalf("%+v\nrather than\n%+v", again, first)
		}
	}
	if len(first.Departments) != 12 {
		t.Errorf("%d departments", len(first.Departments))
	}
}

func TestWordsAreKeptUnlessTheyAreToBePublished(t *testing.T) {
	t.Parallel()
	p := evaluation.NewPeriod(false)
	for range evaluation.Fewest {
		p.Rate(rating("D01", 3, 3, "不公布"))
	}
	p.Publish(3, nil)
	if got := p.Results().Departments; len(got) != 1 || got[0].Words != nil || got[0].Mean != 300 {
		t.Errorf("%+v", got)
	}
}
