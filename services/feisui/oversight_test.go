package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"feisui/services/feisui/serve"
)

// TestAFlagOpensACaseAndMoneyClosesIt: what nobody paid for becomes a case by
// itself; a part of the money goes on with it; the whole closes it, and that it
// came late is said for ever.
func TestAFlagOpensACaseAndMoneyClosesIt(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	s.owed("JB-1", north)
	no := feeOf("JB-1", "1")
	in := s.caseIs(no, "notified")
	if len(in.Flags) != 1 || in.Flags[0].Rule != "unfunded" || int64(*in.Flags[0].Amount) != 240_00 || in.Parties["department"] != "D01" ||
		in.Parties["community"] != north || in.Due == nil || in.Due.DueOn.String() != "2025-03-10" {
		t.Errorf("%+v", in)
	}
	// One yuan restarts nothing.
	s.paid("V1", "JB-1", north, "1", "2025-03-03")
	eventually(t, func() bool {
		in = s.caseIs(no, "notified")
		return len(in.Flags) == 1 && in.Flags[0].Rule == "underfunded" && int64(*in.Flags[0].Amount) == 239_00
	})
	s.paid("V2", "JB-1", north, "239", "2025-03-03")
	in = s.caseIs(no, "cured_late")
	if !in.Ended || in.Title.Chinese != "费迟到销号（红转黄）" || len(in.Flags) != 0 {
		t.Errorf("%+v", in)
	}
	if all := s.cases(ofAuthority); !slices.Equal(all, []string{no}) {
		t.Errorf("%v", all)
	}
	if last := in.Timeline[len(in.Timeline)-1].Chinese; !strings.Contains(last, "费到自行销号") {
		t.Error(last)
	}
	if a := s.tryCase("person:head department_head@D01", no, "reply", `{"kind":"explain","text":"x"}`); a.status != http.StatusConflict {
		t.Errorf("%d %s", a.status, a.body)
	}
}
