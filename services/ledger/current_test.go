package ledger_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"feisui/pkg/civil"
	"feisui/schemas"
	"feisui/services/ledger"
)

const (
	canal  = "990101001001"
	bridge = "990101001002"
)

// county takes entries in as a journal would give them.
type county struct {
	*ledger.Current
	position int64
	versions map[string]int64
}

func newCounty(t *testing.T) *county {
	t.Helper()
	c := &county{ledger.NewCurrent(civil.China()), 0, map[string]int64{}}
	c.take(t, schemas.CommunityRegistered{Code: canal, Name: "运河社区", Street: "990101001"}, canal)
	c.take(t, schemas.CommunityRegistered{Code: bridge, Name: "石桥社区", Street: "990101001"}, bridge)
	c.take(t, schemas.DepartmentRegistered{Code: "D01", Name: "民政局"})
	c.take(t, schemas.CountyDayBegan{Date: civil.Of(2025, 6, 30)})
	return c
}

func (c *county) take(t *testing.T, e schemas.Event, accounts ...string) {
	t.Helper()
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	c.raw(e.Stream(), e.Type(), string(data), accounts...)
}

func (c *county) raw(stream, kind, data string, accounts ...string) {
	c.position++
	c.versions[stream]++
	c.Take(ledger.Entry{Position: c.position, Version: c.versions[stream], Type: kind, Data: []byte(data), Accounts: accounts})
}

func (c *county) assign(t *testing.T, no, community string) {
	t.Helper()
	c.take(t, schemas.TaskAssigned{No: no, Department: "D01", Community: community, Item: "SX-018", IssuedOn: civil.Of(2025, 3, 3)}, community)
}

func (c *county) tasks(t *testing.T, community string) int {
	t.Helper()
	s := c.Standing(community)
	if s == nil || s.Community == nil {
		t.Fatalf("%s was not judged", community)
	}
	return len(s.Community.Tasks)
}

func TestPoisonBlocksItsCommunityAndNobodyElse(t *testing.T) {
	t.Parallel()
	for name, poison := range map[string]func(c *county){
		"a type that is not known":     func(c *county) { c.raw("task/JB-9", "task.exploded", `{}`, canal) },
		"a shape that does not decode": func(c *county) { c.raw("task/JB-9", "task.assigned", `{"no":7}`, canal) },
		"a thing that is not there": func(c *county) {
			c.raw("task/JB-9", "task.recalled", `{"no":"JB-9","recalled_on":"2025-05-01"}`, canal)
		},
		"an arrival that is not there": func(c *county) {
			c.raw("payment/PZ-9", "payment.arrival_withdrawn", `{"voucher":"PZ-9","arrival":3,"withdrawn_on":"2025-05-01"}`, canal)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCounty(t)
			c.assign(t, "JB-1", canal)
			c.Judge()
			poison(c)
			at := c.position
			c.assign(t, "JB-2", canal)
			c.assign(t, "JB-3", bridge)
			c.Judge()
			if n := c.tasks(t, bridge); n != 1 {
				t.Errorf("the other community has %d tasks, want 1", n)
			}
			if n := c.tasks(t, canal); n != 1 {
				t.Errorf("the blocked community has %d tasks, want the 1 from before", n)
			}
			if b := c.Standing(canal).Block; b.Position != at || b.Reason == "" {
				t.Errorf("blocked at %+v, want position %d with a reason", b, at)
			}
			if b := c.Standing(bridge).Block; b != (ledger.Block{}) {
				t.Errorf("the other community is blocked too: %+v", b)
			}
			if kept := c.Kept(); len(kept) != 2 || kept[0].Position != at || kept[1].Position != at+1 {
				t.Errorf("kept aside are %+v, want positions %d and %d", kept, at, at+1)
			}
			for _, a := range c.Unsaid() {
				if a.Account == canal {
					t.Errorf("flags of a blocked account would be announced: %+v", a)
				}
			}
		})
	}
}

// An entry of two accounts, one of which is blocked, cannot be taken for the
// other either: half of it would be worse than nothing.
func TestABlockSpreadsWithTheEntriesKeptAside(t *testing.T) {
	t.Parallel()
	c := newCounty(t)
	c.raw("task/JB-9", "task.exploded", `{}`, canal)
	c.take(t, schemas.PaymentMade{
		Voucher: "PZ-1", PaidOn: civil.Of(2025, 5, 5), Payer: "D01", Payee: "990101001", Beneficiary: canal, Origin: "D01",
		InheritedPurpose: "department", Amount: 100,
	}, canal, "990101001")
	c.Judge()
	if b := c.Blocked()["990101001"]; b.Position != c.position || !strings.Contains(b.Reason, "position 5") {
		t.Errorf("the holder is blocked at %+v, want position %d because of position 5", b, c.position)
	}
}

func TestPoisonForTheCountyBlocksTheCounty(t *testing.T) {
	t.Parallel()
	c := newCounty(t)
	c.Judge()
	c.raw("policy/county", "policy.adopted", `{"grace_days":"many"}`)
	at := c.position
	c.assign(t, "JB-1", canal)
	c.Judge()
	for _, account := range []string{canal, bridge} {
		if b := c.Standing(account).Block; b.Position != at {
			t.Errorf("%s is blocked at %d, want %d", account, b.Position, at)
		}
	}
	if n := c.tasks(t, canal); n != 0 {
		t.Errorf("%d tasks were taken after the county was blocked", n)
	}
}

// What people do in a workflow is part of a community's history, and changes no
// figure: not even where nobody is named, which else means everybody, or where
// it cannot be read.
func TestStepsAreJudgedByNobody(t *testing.T) {
	t.Parallel()
	c := newCounty(t)
	c.assign(t, "JB-1", canal)
	c.Judge()
	begun := schemas.InstanceBegun{Workflow: "task", Instance: "JB-1", Parties: map[string]string{"department": "D01", "community": canal}}
	acted := schemas.InstanceActed{Workflow: "task", Instance: "JB-1", Step: 2}
	accounts := ledger.NewAccounts()
	for _, e := range []schemas.Event{begun, acted} {
		if of := accounts.Of(e); !slices.Equal(of, []string{canal}) {
			t.Errorf("%s is of %v", e.Type(), of)
		}
	}
	for _, e := range []schemas.Event{
		begun, acted, schemas.DefinitionProposed{Workflow: "task"}, schemas.DefinitionAdopted{Workflow: "task"}, schemas.InstanceReminded{Workflow: "admission"},
	} {
		c.take(t, e, accounts.Of(e)...)
	}
	c.raw("instance/task/JB-1", "instance.unheard_of", `{"step":"three"}`)
	if judged := c.Judge(); len(judged) > 0 || len(c.Kept()) > 0 || c.Position() != 11 {
		t.Errorf("judged %v, kept %v, at %d", judged, c.Kept(), c.Position())
	}
	// Only theirs: any other entry without an account concerns everybody.
	c.take(t, schemas.DepartmentRegistered{Code: "D02", Name: "司法局"})
	if judged := c.Judge(); len(judged) != 2 {
		t.Errorf("judged %v, want both", judged)
	}
}

func TestDaysDoNotGoBackwards(t *testing.T) {
	t.Parallel()
	c := newCounty(t)
	c.take(t, schemas.CountyDayBegan{Date: civil.Of(2025, 6, 29)})
	if c.Day() != civil.Of(2025, 6, 30) {
		t.Errorf("the day is %s", c.Day())
	}
}

func TestNothingIsJudgedBeforeADayBegan(t *testing.T) {
	t.Parallel()
	c := &county{ledger.NewCurrent(civil.China()), 0, map[string]int64{}}
	c.take(t, schemas.CommunityRegistered{Code: canal, Name: "运河社区", Street: "990101001"}, canal)
	if judged := c.Judge(); judged != nil {
		t.Errorf("judged %+v as of no day", judged)
	}
	c.take(t, schemas.CountyDayBegan{Date: civil.Of(2025, 6, 30)})
	if judged := c.Judge(); len(judged) != 1 || judged[0].Account != canal {
		t.Errorf("judged %+v, want %s", judged, canal)
	}
}

func TestFlagsAreAnnouncedOnce(t *testing.T) {
	t.Parallel()
	c := newCounty(t)
	c.assign(t, "JB-1", canal)
	c.Judge()
	said := c.Unsaid()
	rules := func() (all []string) {
		for _, a := range said {
			for _, e := range a.Events {
				all = append(all, e.Type()+" "+a.Account)
			}
		}
		slices.Sort(all)
		return all
	}
	if len(rules()) == 0 {
		t.Fatal("a task that no catalogue knows raises no flag")
	}
	for _, a := range said {
		for _, e := range a.Events {
			c.take(t, e, a.Account)
		}
	}
	c.Judge()
	if said = c.Unsaid(); len(said) > 0 {
		t.Errorf("announced twice: %v", rules())
	}
	c.take(t, schemas.TaskRecalled{No: "JB-1", RecalledOn: civil.Of(2025, 6, 1)}, canal)
	c.Judge()
	said = c.Unsaid()
	for _, rule := range rules() {
		if rule != "flag.cleared "+canal {
			t.Errorf("after the recall: %s", rule)
		}
	}
	if len(said) != 1 {
		t.Errorf("%d accounts have something to say, want 1", len(said))
	}
}

// A payment for a task elsewhere and a change of that task, decided at the same
// time: neither entry names the other's account, and both are judged.
func TestWhatTwoRecordAtOnceIsJudged(t *testing.T) {
	t.Parallel()
	c := newCounty(t)
	c.take(t, schemas.ItemListed{Code: "SX-018", Name: "入户核查", List: "assist", Rule: "none"})
	c.assign(t, "JB-1", canal)
	c.Judge()
	c.take(t, schemas.PaymentMade{
		Voucher: "PZ-1", PaidOn: civil.Of(2025, 5, 5), Payer: "D01", Payee: bridge, Beneficiary: bridge, Origin: "D01",
		Purpose: "task:JB-1", InheritedPurpose: "task:JB-1", Amount: 100,
	}, bridge)
	c.Judge()
	c.take(t, schemas.TaskSupplemented{No: "JB-1", Department: "D01", Community: canal, Item: "SX-018", IssuedOn: civil.Of(2025, 3, 3)}, canal)
	var judged []string
	for _, j := range c.Judge() {
		judged = append(judged, j.Account)
	}
	if want := []string{canal, bridge}; !slices.Equal(judged, want) {
		t.Errorf("judged %v, want %v", judged, want)
	}
}
