package main

import (
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"feisui/pkg/money"
	"feisui/services/feisui/serve"
	"feisui/services/ledger/api"
	"feisui/services/ledger/reconcile"
)

func (s *stage) whole(who, no string) (task api.WholeTask) {
	s.t.Helper()
	s.get(who, "/tasks/"+url.PathEscape(no), &task)
	return task
}

// TestATaskIsForWhomTheListHasIt: every role sees a task as a whole that stands in its
// list, and another as one that is not there.
func TestATaskIsForWhomTheListHasIt(t *testing.T) {
	t.Parallel()
	s := inhabited(t)
	seen := 0
	for _, a := range businessAskers() {
		var list api.TaskList
		s.get(a.shown(), "/tasks?limit=1000", &list)
		for _, row := range rightsRows["tasks"] {
			no := row["no"]
			i := slices.IndexFunc(list.Tasks, func(t api.ListedTask) bool { return t.No == no })
			if i < 0 {
				said := s.refused(a.shown(), "/tasks/"+no, http.StatusNotFound, "TASK_UNKNOWN")
				if absent := s.refused(a.shown(), "/tasks/absent", http.StatusNotFound, "TASK_UNKNOWN"); strings.ReplaceAll(said, no, "absent") != absent {
					t.Errorf("%s: %s is told from what is not there: %s", a.name, no, said)
				}
				continue
			}
			seen++
			if task := s.whole(a.shown(), no); fmt.Sprint(asLine(&task.ListedTask)) != fmt.Sprint(asLine(&list.Tasks[i])) {
				t.Errorf("%s: %+v, in the list %+v", a.name, task.ListedTask, list.Tasks[i])
			}
		}
	}
	if seen < 12 {
		t.Errorf("only %d were seen", seen)
	}
	s.refused("person:system system_admin@", "/tasks/T-A1", http.StatusForbidden, "FORBIDDEN")
}

func asLine(t *api.ListedTask) string {
	return fmt.Sprint(t.Community, t.Name, t.Street, t.No, t.Department, t.Item, t.State, t.Status, t.Lamp,
		amountOf(t.Entitlement), t.Allocated, amountOf(t.Shortfall), amountOf(t.OverdueShortfall))
}

// TestATaskSaysWhatItsFiguresComeFrom plays one: a fee by the case, promised, paid
// through the street, of which a part arrived late.
func TestATaskSaysWhatItsFiguresComeFrom(t *testing.T) {
	t.Parallel()
	s := played(t, serve.Config{})
	s.contract = contractOf(t)
	s.rows("departments", `{"code":"`+streetOfBoth+`","name":"热水镇","kind":"street"}`)
	s.rows("tasks", `{"no":"2025/1","department":"D01","community":"`+north+`","item":"A01","issued_on":"2025-01-06","quantity":"12","pay_by":"2025-01-20","document":"民发〔2025〕1号"}`)
	s.rows("receipts", `{"task":"2025/1","outcome":"query","filed_on":"2025-01-07","reason":"N10","note":"工作量"}`, `{"task":"2025/1","outcome":"accept","filed_on":"2025-01-08"}`)
	s.rows("commitments", `{"no":"CN1","kind":"quota","department":"D01","community":"`+north+`","purpose":"item:A01","amount":"500","made_on":"2025-01-07","by":"2025-01-31"}`)
	s.rows("payments",
		`{"voucher":"V1","paid_on":"2025-01-10","payer":"D01","payee":"`+streetOfBoth+`","community":"`+north+`","purpose":"task:2025/1","amount":"200"}`,
		`{"voucher":"V2","paid_on":"2025-01-27","payer":"`+streetOfBoth+`","payee":"`+north+`","amount":"150","upstream":"V1"}`,
		`{"voucher":"W1","paid_on":"2025-01-10","payer":"D01","payee":"`+streetOfBoth+`","amount":"300","purpose":"department"}`)
	s.rows("arrivals", `{"voucher":"V2","confirmed_on":"2025-01-28","amount":"120"}`)
	task := s.whole(northOfficer, "2025/1")
	if task.Fee.Words.Chinese != "20 元 × 12（交办数量）" || task.Fee.Rule != "per_case" || task.Fee.By != "quantity" || task.Facts.Document != "民发〔2025〕1号" {
		t.Errorf("the fee: %+v, %+v", task.Fee, task.Facts)
	}
	if o := task.Obligations; len(o) != 1 || o[0].Payer != "D01" || o[0].Amount != 240_00 || o[0].DueEnd.String() != "2025-01-20" || !o[0].Past ||
		o[0].Allocated != 120_00 || o[0].Shortfall != 120_00 || o[0].DaysLate != 42 || len(o[0].From) != 1 || o[0].From[0].Voucher != "V2" {
		t.Errorf("obligations: %+v", o)
	}
	if task.Money != (api.TaskMoney{Paid: 200_00, Held: 50_00, InTransit: 30_00, Confirmed: 120_00}) {
		t.Errorf("money: %+v", task.Money)
	}
	var hops []string
	for _, h := range task.Payments {
		hops = append(hops, fmt.Sprint(h.Voucher, " ", h.Payer, "→", h.Payee, " passed on ", h.PassedOn, " held ", h.Held, " in transit ", h.InTransit,
			" arrived ", h.Confirmed, " for it ", h.Allocated, " days ", h.Days))
	}
	want := []string{
		"V1 D01→431026102 passed on 15000 held 5000 in transit 0 arrived 0 for it 0 days 52",
		"V2 431026102→431026102001 passed on 0 held 0 in transit 3000 arrived 12000 for it 12000 days 35",
	}
	if !slices.Equal(hops, want) {
		t.Errorf("%q, want %q", hops, want)
	}
	if r := task.Receipts; len(r) != 2 || r[0].Note != "工作量" || r[0].Reason != "N10" || r[1].Outcome != "accept" {
		t.Errorf("receipts: %+v", r)
	}
	if c := task.Commitments; len(c) != 1 || c[0].No != "CN1" || c[0].Paid != 150_00 {
		t.Errorf("commitments: %+v", c)
	}
	if len(task.Flags) != 1 || task.Flags[0].Rule != reconcile.UnderfundedTask {
		t.Errorf("flags: %+v", task.Flags)
	}
	behind := map[string]string{}
	for _, e := range task.Entries {
		behind[e.Stream+" "+e.Type] = e.On.String()
	}
	for _, e := range []string{
		"task/2025/1 task.assigned 2025-01-06", "task/2025/1 task.receipted 2025-01-08", "item/A01 item.listed ", "community/" + north + " community.registered ",
		"commitment/CN1 commitment.made 2025-01-07", "payment/V1 payment.made 2025-01-10", "payment/V1 payment.passed_on 2025-01-27",
		"payment/V2 payment.made 2025-01-27", "payment/V2 payment.arrived 2025-01-28",
	} {
		name, on := e[:strings.LastIndex(e, " ")], e[strings.LastIndex(e, " ")+1:]
		if got, there := behind[name]; !there || got != on {
			t.Errorf("%s: %q, there: %t; of %v", name, got, there, behind)
		}
	}
	if behind["payment/W1 payment.made"] != "" {
		t.Error("money for something else is behind it")
	}
	for i, e := range task.Entries {
		if i > 0 && e.Position <= task.Entries[i-1].Position || e.Position > task.Position || e.Actor == "" || e.Request == "" {
			t.Errorf("%+v", e)
		}
	}
}

// TestWholeTasksAddUp: of every task of a drawn county the whole is its line in the
// list, what pays its obligations is what its payments give, and each payment is
// passed on, arrived, held or in transit.
func TestWholeTasksAddUp(t *testing.T) {
	t.Parallel()
	server := running(t, "c")
	mustRun(t, "import", filepath.Join(casesFolder(), "random-21", "book"), "--server", server, "--county", "c")
	var list api.TaskList
	ask(t, server, "c", "tasks", url.Values{"limit": {"1000"}}, &list)
	paid, allocated := 0, 0
	for i := range list.Tasks {
		var task api.WholeTask
		if status := ask(t, server, "c", "tasks/"+url.PathEscape(list.Tasks[i].No), nil, &task); status != http.StatusOK {
			t.Fatalf("%s: %d", list.Tasks[i].No, status)
		}
		if got, want := asLine(&task.ListedTask), asLine(&list.Tasks[i]); got != want {
			t.Errorf("%s, in the list %s", got, want)
		}
		var owed, came, short, from, given money.Fen
		for _, o := range task.Obligations {
			owed, came, short = owed.Plus(o.Amount), came.Plus(o.Allocated), short.Plus(o.Shortfall)
			for _, a := range o.From {
				from = from.Plus(a.Amount)
			}
		}
		for _, h := range task.Payments {
			given = given.Plus(h.Allocated)
			if where := h.PassedOn.Plus(h.Confirmed).Plus(h.Held).Plus(h.InTransit); where != h.Amount && !h.ReversedOn.Given() {
				t.Errorf("%s of %s: %d is somewhere of %d", h.Voucher, task.No, where, h.Amount)
			}
		}
		if task.Entitlement != nil && (owed != *task.Entitlement || came != task.Allocated || short != *task.Shortfall) && task.Status != reconcile.Void {
			t.Errorf("%s: owed %d, came %d, short %d; %s", task.No, owed, came, short, asLine(&task.ListedTask))
		}
		if from != task.Allocated || given != task.Allocated {
			t.Errorf("%s: %d is from arrivals, %d of payments, %d came", task.No, from, given, task.Allocated)
		}
		if (task.Entitlement == nil) != (len(task.Fee.Missing) > 0) && task.Status != reconcile.Void {
			t.Errorf("%s: %s lacks %q", task.No, asLine(&task.ListedTask), task.Fee.Missing)
		}
		paid, allocated = paid+len(task.Payments), allocated+len(task.Obligations)
	}
	if paid < 10 || allocated < 10 {
		t.Errorf("only %d payments and %d obligations were looked at", paid, allocated)
	}
	var problem struct{ Code string }
	if status := ask(t, server, "c", "tasks/absent", nil, &problem); status != http.StatusNotFound || problem.Code != "TASK_UNKNOWN" {
		t.Errorf("what is not there: %d %s", status, problem.Code)
	}
}
