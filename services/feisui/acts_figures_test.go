package main

import (
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"feisui/services/feisui/serve"
)

// TestActingAndRecordingCountAlike: after people acted, the county's statement is
// the one that reconcile prints for a workbook of the same facts, on every day that
// matters.
func TestActingAndRecordingCountAlike(t *testing.T) {
	t.Parallel()
	place := shared(t)
	s := played(t, serve.Config{DatabaseURL: place.database})
	s.issue("JB-1", north, `,"pay_by":"2025-03-31"`)
	s.issue("JB-2", south, `,"amount":"500","pay_by":"2025-03-10"`)
	s.issue("JB-3", north)
	s.issue("JB-4", south)
	s.act(northOfficer, "JB-1", "accept", "")
	s.act(southOfficer, "JB-2", "accept_on_condition", `{"condition_amount":"500","condition_by":"2025-03-20"}`)
	s.act(northOfficer, "JB-3", "reject", `{"reason":"N04","note":"没有经费"}`)
	s.rows("payments", `{"voucher":"V1","paid_on":"2025-03-03","payer":"D01","payee":"`+north+`","purpose":"task:JB-1","amount":"100"}`)
	s.rows("arrivals", `{"voucher":"V1","confirmed_on":"2025-03-03","amount":"100"}`)
	s.pass("2025-03-04")
	if a := s.act(officeHead, "JB-1", "amend", `{"amount":"300","reason":"标准提高"}`); a.Entitlement == nil || *a.Entitlement != 300_00 {
		t.Errorf("who gives an amount where none was is not told what the task comes to: %+v", a)
	}
	s.act(officeHead, "JB-4", "recall", `{"reason":"重复交办"}`)
	s.pointedOut()
	s.act(officeClerk, "JB-1", "verify", "")
	folder := t.TempDir()
	for name, text := range map[string]string{
		"departments": "code,name,kind\nD01,民政局,department\nD02,司法局,department\n",
		"communities": "code,name,street,households\n" + north + ",北社区," + streetOfBoth + ",1000\n" + south + ",南社区," + streetOfBoth + ",2000\n",
		"items":       "code,name,department,list,rule,rate\nA01,高龄津贴核查,D01,assist,per_case,20\nA02,上级收回事项,D01,negative,none,\n",
		"tasks": "no,department,community,item,issued_on,quantity,amount,pay_by,recalled_on\n" +
			"JB-1,D01," + north + ",A01,2025-03-03,12,300,2025-03-31,\nJB-2,D01," + south + ",A01,2025-03-03,12,500,2025-03-10,\n" +
			"JB-3,D01," + north + ",A01,2025-03-03,12,,,\nJB-4,D01," + south + ",A01,2025-03-03,12,,,2025-03-04\n",
		"receipts": "task,outcome,filed_on,reason,condition_amount,condition_by,note\nJB-1,accept,2025-03-03,,,,\n" +
			"JB-2,conditional,2025-03-03,,500,2025-03-20,\nJB-3,reject,2025-03-03,N04,,,没有经费\n",
		"completions": "task,completed_on,quantity\nJB-1,2025-03-04,11\n",
		"payments":    "voucher,paid_on,payer,payee,purpose,amount\nV1,2025-03-03,D01," + north + ",task:JB-1,100\n",
		"arrivals":    "voucher,confirmed_on,amount\nV1,2025-03-03,100\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name+".csv"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, on := range []string{"2025-03-03", "2025-03-04", "2025-03-11", "2025-03-21", "2025-04-01", "2025-12-31"} {
		got := decoded(t, s.ask("", http.MethodGet, "/statement?on="+on, "", "").body)
		if want := statementOf(t, folder, on); !reflect.DeepEqual(got, want) {
			t.Errorf("on %s:\n%s", on, strings.Join(differences("", got, want), "\n"))
		}
	}
}

// pointedOut has the north report more of JB-1 than was asked for, and less, and it is said
// to who reports and to who verifies; the same as was asked for, and nothing, is the control.
func (s *stage) pointedOut() {
	s.t.Helper()
	said := func(all []serve.Words, done string) bool {
		return len(all) == 1 && strings.Contains(all[0].Chinese, "报告办结的数量为 "+done+"，交办的数量为 12")
	}
	for _, c := range []struct {
		form, done string
	}{{`,"quantity":"99"`, "99"}, {`,"quantity":"12"`, ""}, {``, ""}, {`,"quantity":"11"`, "11"}} {
		warned := s.act(northOfficer, "JB-1", "report", `{"completed_on":"2025-03-04"`+c.form+`}`).Instances[0].Warnings
		if c.done != "" && !said(warned, c.done) || c.done == "" && len(warned) > 0 {
			s.t.Errorf("of %q who reports is told %v", c.form, warned)
		}
		for _, open := range s.seen(officeClerk, "JB-1").Actions {
			if open.Action == "verify" && (c.done != "" && !said(open.Warned, c.done) || c.done == "" && len(open.Warned) > 0) {
				s.t.Errorf("of %q who verifies is told %v", c.form, open.Warned)
			}
		}
		if c.done != "11" {
			s.act(northOfficer, "JB-1", "withdraw_report", "")
		}
	}
}
