package keep_test

import (
	"strings"
	"sync/atomic"
	"testing"

	"feisui/pkg/access"
	"feisui/services/people"
	"feisui/services/people/keep"
)

// TestWhatIsTakenOnceIsTakenOnceByMany: of those who show one code, one recovery code
// or one way back at the same moment, one is right.
func TestWhatIsTakenOnceIsTakenOnceByMany(t *testing.T) {
	t.Parallel()
	const many = 4 // fewer than lock the name
	w := newWorld(t)
	w.demo()
	in := w.signIn(access.Leader)
	signed, err := w.people.Session(w.Context(), in.Secret)
	w.must(err)
	by := func(id string) keep.Request { return keep.Request{County: county, ID: id, By: signed.Who} }
	w.must(w.people.BeginFactor(w.Context(), by("begin"), signed))
	begun, err := w.people.Factor(w.Context(), &signed.User)
	w.must(err)
	step := w.now.Load() / 30
	codes, err := w.people.ConfirmFactor(w.Context(), by("confirm"), signed, in.Secret, begun.Begun.Code(step))
	w.must(err)
	if again, err := w.people.ConfirmFactor(w.Context(), by("confirm"), signed, in.Secret, begun.Begun.Code(step)); err != nil || len(again) > 0 {
		t.Errorf("sent again: %v %v", again, err)
	}

	for _, c := range [][2]string{{"a code", begun.Begun.Code(step + 1)}, {"a recovery code", codes[0]}} { // in this order: the first is of now
		what, shown := c[0], c[1]
		w.signIn(access.Leader) // forgives nothing that was wrong; the password is right
		var pending []keep.SignedIn
		for range many {
			pending = append(pending, w.signIn(access.Leader))
		}
		var right, wrong atomic.Int64
		all(many, func(i int) {
			who, err := w.people.Session(w.Context(), pending[i].Secret)
			if err == nil {
				_, err = w.people.ShowFactor(w.Context(), who, pending[i].Secret, shown)
			}
			switch no := code(err); no {
			case "":
				right.Add(1)
			case "FACTOR_WRONG":
				wrong.Add(1)
			default:
				t.Errorf("%s: %s", what, no)
			}
		})
		if right.Load() != 1 || wrong.Load() != many-1 {
			t.Errorf("%s was taken %d times, and refused %d times", what, right.Load(), wrong.Load())
		}
		w.now.Add(int64(2 * people.Day)) // what was wrong is forgotten
	}

	back, err := w.people.Leave(w.Context(), keep.Flow{County: county, State: "s", Nonce: "n", Verifier: "v"}, "")
	w.must(err)
	var came atomic.Int64
	all(many, func(int) {
		switch _, err := w.people.Return(w.Context(), back); code(err) {
		case "":
			came.Add(1)
		case "ELSEWHERE_AGAIN":
		default:
			t.Error(err)
		}
	})
	if came.Load() != 1 {
		t.Errorf("one way back was taken %d times", came.Load())
	}
}

// TestTooManyLeave: whoever can reach the page for signing in can leave, and fills
// nothing by it for longer than ten minutes.
func TestTooManyLeave(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := keep.Flow{County: county, State: "s", Nonce: "n", Verifier: "v"}
	w.must(w.owner(`insert into people.flow (hash, county, state, nonce, verifier, next, began_at)
		select sha256(n::text::bytea), $1, '', '', '', '', $2 from generate_series(1, $3::int) n`, county, w.clock(), people.FlowsMax))
	if _, err := w.people.Leave(w.Context(), f, ""); code(err) != "ELSEWHERE_MANY" {
		t.Error(err)
	}
	w.now.Add(int64(people.FlowMax))
	f.Next = "/" + strings.Repeat("x", people.NextMax)
	back, err := w.people.Leave(w.Context(), f, "")
	w.must(err)
	if f, err := w.people.Return(w.Context(), back); err != nil || f.Next != "" {
		t.Errorf("%v, and %d bytes are kept for who leaves", err, len(f.Next))
	}

	f.Next, f.Address = "/", "192.0.2.1"
	for range people.FlowsFrom {
		_, err := w.people.Leave(w.Context(), f, "")
		w.must(err)
	}
	if _, err := w.people.Leave(w.Context(), f, ""); code(err) != "ELSEWHERE_MANY" {
		t.Error(err)
	}
	f.Address = "192.0.2.2"
	_, err = w.people.Leave(w.Context(), f, "")
	w.must(err) // one address is nobody else's hindrance
}
