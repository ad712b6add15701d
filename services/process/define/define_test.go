package define_test

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"feisui/pkg/message"
	"feisui/pkg/workflow"
	"feisui/schemas"
	"feisui/services/process/define"
)

// small is a declaration of three states, with what a test may change.
const small = `workflow: leave
version: 1
title: {zh: 请假, en: Leave}
number: no
parties: {department: department}
begin: ask
states:
  asked: {title: {zh: 待批, en: Asked}}
  granted: {title: {zh: 已批, en: Granted}, final: true}
  refused: {title: {zh: 未批, en: Refused}, final: true}
actions:
  ask:
    title: {zh: 申请, en: Ask}
    to: asked
    by: [department_officer@department]
    form:
      type: object
      additionalProperties: false
      required: [no, department]
      properties:
        no: {type: string, minLength: 1, title: 编号, x-title: Number}
        department: {type: string, minLength: 1, title: 部门, x-title: Department}
        from: {type: string, format: date, title: 起始日, x-title: From}
  grant:
    title: {zh: 同意, en: Grant}
    from: [asked]
    to: granted
    by: [department_head@department]
  refuse:
    title: {zh: 不同意, en: Refuse}
    from: [asked]
    to: refused
    by: [system]
deadlines:
  granting:
    title: {zh: 审批期限, en: To grant}
    in: [asked]
    whom: [department_head@department]
    days: 3
    unit: working
    pass: refuse
`

func TestADeclarationIsRead(t *testing.T) {
	t.Parallel()
	w, err := define.Load([]byte(small), define.Names)
	if err != nil {
		t.Fatal(err)
	}
	if w.Workflow != "leave" || w.Actions["ask"].To != "asked" || w.Timers["granting"].Days != 3 || w.States["granted"].Title.Chinese != "已批" {
		t.Errorf("%+v", w.Definition)
	}
	// What is adopted is its JSON, and that is the same.
	b, err := json.Marshal(w.Definition)
	if err != nil {
		t.Fatal(err)
	}
	again, err := define.Adopted(b, define.Names)
	if err != nil {
		t.Fatal(err)
	}
	if b2, _ := json.Marshal(again.Definition); string(b2) != string(b) {
		t.Errorf("%s\n%s", b, b2)
	}
}

func TestWhatIsNotReadIsRefusedWithItsLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ old, now, zh string }{
		"a key that nothing has":       {"begin: ask", "begins: ask", "6:begins: 不认识“begins”，可用：workflow, version"},
		"a key deep inside":            {"    days: 3", "    day: 3", "39:deadlines.granting.day: 不认识“day”，可用：title, in, days"},
		"a key that is there twice":    {"begin: ask", "begin: ask\nbegin: ask", "7:begin: “begin”重复"},
		"a key twice in a form":        {"      type: object", "      type: object\n      type: object", "18:actions.ask.form.type: “type”重复"},
		"a number that is none":        {"version: 1", "version: one", "2:version: 值的类型不对"},
		"a text that is a number":      {"begin: ask", "begin: 7", "6:begin: 应为文字，加引号即可：7"},
		"a text where a list is due":   {"    from: [asked]\n    to: granted", "    from: asked\n    to: granted", "26:actions.grant.from: 值的类型不对"},
		"a list where a text is due":   {"begin: ask", "begin: [ask]", "6:begin: 值的类型不对"},
		"a yes that is a text":         {"final: true}\n  refused", "final: yes please}\n  refused", "9:states.granted.final: 值的类型不对"},
		"an alias":                     {"title: {zh: 请假, en: Leave}", "title: &x {zh: 请假, en: Leave}\nparties: *x", "4:parties: 不得使用别名（*）"},
		"no YAML":                      {"begin: ask", "begin: [", "无法读取：line 5"},
		"two documents":                {"begin: ask", "begin: ask\n---\nbegin: ask", "只应有一个文档"},
		"a fault in the declaration":   {"    pass: refuse", "    pass: grant", "41:deadlines.granting.pass: 期限引起的步骤 grant 应可由 system 办理"},
		"a state that is not there":    {"    to: refused", "    to: denied", "32:actions.refuse.to: 没有声明状态 denied"},
		"a form that is no schema":     {"minLength: 1, title: 编号", "minLength: x, title: 编号", "16:actions.ask.form: 不是 JSON Schema"},
		"a form that refers elsewhere": {"{type: string, minLength: 1, title: 编号", `{$ref: "http://127.0.0.1/x", title: 编号`, "16:actions.ask.form: 不是 JSON Schema"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(small, c.old) {
				t.Fatalf("%q is not there", c.old)
			}
			_, err := define.Load([]byte(strings.Replace(small, c.old, c.now, 1)), define.Names)
			var faults define.Faults
			if !errors.As(err, &faults) || !strings.Contains(faults.Say(message.Chinese), c.zh) {
				t.Errorf("%v\n%s", err, faults.Say(message.Chinese))
			}
		})
	}
}

func TestADeclarationHasBounds(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"nothing":   "",
		"too large": small + "# " + strings.Repeat("x", 1<<20),
		"too deep":  strings.Replace(small, "type: object", "x: "+strings.Repeat("[", 40)+strings.Repeat("]", 40)+"\n      type: object", 1),
		"a list":    "- a\n- b\n",
		"a word":    "leave",
	} {
		_, err := define.Load([]byte(content), define.Names)
		var faults define.Faults
		if !errors.As(err, &faults) || len(faults) == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAFormIsRefusedFieldByField(t *testing.T) {
	t.Parallel()
	all, err := define.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	task := all["task"]
	const good = `"no":"JB1","department":"D01","community":"990101001001","item":"SX-018"`
	for _, c := range []struct{ action, form, zh string }{
		{"issue", `{` + good + `}`, ""},
		{"issue", `{` + good + `,"amount":"8350.50","due_on":"2025-06-30","quantity":"42.5"}`, ""},
		{"issue", `{"no":"","community":"990101001001","item":"SX-018"}`, "department: 应填写交办部门\nno: 应填写交办单号"},
		{"issue", `{` + good + `,"org_id":"B","rate":"9"}`, "org_id: 表单中没有栏目 org_id\nrate: 表单中没有栏目 rate"},
		{"issue", `{` + good + `,"amount":"八千"}`, "amount: 约定经费应为金额（元），如 1200.50"},
		{"issue", `{` + good + `,"amount":"1.005"}`, "amount: 约定经费应精确到分，最多两位小数"},
		{"issue", `{` + good + `,"amount":8350}`, "amount: 约定经费应为文字"},
		{"issue", `{` + good + `,"quantity":"-1"}`, "quantity: 数量不得为负"},
		{"issue", `{` + good + `,"due_on":"2025-02-30"}`, "due_on: 完成时限应为真实存在的日期"},
		{"issue", `{"no":"JB1","department":"D01","community":"99","item":"SX-018"}`, "community: 社区应为 12 位数字"},
		{"issue", `{` + good + `,"amount":"-1"}`, "amount: 约定经费不得为负"},
		{"issue", `{` + good + `,"amount":"100000000000.01"}`, "amount: 约定经费不得超过 1000 亿元、15 位数字"}, // #4
		{"issue", `{` + good + `,"quantity":"1234567890123456"}`, "quantity: 数量不得超过 15 位数字"},
		{"issue", `{` + good + `,"due_on":"9999-01-30"}`, "due_on: 完成时限应在 1901 年至 2199 年之间"}, // #12
		{"issue", `{` + good + `,"due_on":"2025/6/30"}`, "due_on: 完成时限应为日期，如 2025-03-01"},
		{"issue", `{"no":"M\u202e4","department":"D01","community":"990101001001","item":"SX\u200b"}`, "item: 事项编码中不能有字符 U+200B：请将其删除\nno: 交办单号中不能有字符 U+202E：请将其删除"},
		{"issue", `{"no":"M\u20134","department":"D01","community":"990101001001","item":"\u0421X"}`, "item: 事项编码中的 U+0421 看起来是“C”，其实是另一个字符：请改为“C”\nno: 交办单号中的 U+2013 看起来是“-”，其实是另一个字符：请改为“-”"}, // #18
		{"issue", `{` + good + `,"verification":"见 6\u20138 页"}`, ""},
		{"issue", `{` + good + `,"document":"湘民\n1号"}`, "document: 依据文号中不能有字符 U+000A：请将其删除"},
		{"issue", `{` + good + `,"verification":"现场\n查看"}`, ""},
		{"issue", `{` + good + `,"verification":"\u2067"}`, "verification: 验收方式中不能有字符 U+2067：请将其删除"},
		{"issue", `{` + good + `,"verification":" \u00a0"}`, "verification: 验收方式只有空白：请填写，或留空"}, // #15
		{"issue", `{` + good + `,"x\u202ey":1}`, "x\u202ey: 表单中没有栏目 xU+202Ey"},
		{"issue", `[]`, "form: 表单应为 JSON 对象"},
		{"issue", `{`, "form: 表单应为 JSON 对象"},
		{"issue", `{"no":"` + strings.Repeat("x", 65) + `","department":"D01","community":"990101001001","item":"SX-018"}`, "no: 交办单号至多 64 个字，现有 65 个"},
		{"issue", `{"no":"` + strings.Repeat("x", 70000) + `"}`, "form: 表单过大"},
		{"reject", `{"reason":"N04"}`, ""},
		{"reject", `{"reason":"N77"}`, "reason: 原因代码应为其中之一：N01, N02, N03, N04, N05, N06, N07, N08, N09, N10, N11, N12, N99"},
		{"reject", `{"reason":"N99"}`, "note: 应填写说明"},
		{"reject", `{"reason":"N99","note":"无场地"}`, ""},
		{"amend", `{"reason":"改期"}`, "form: 表单至少填写 2 项"},
		{"see", ``, ""},
		{"see", `{}`, ""},
		{"see", `{"note":"x"}`, "note: 表单中没有栏目 note"},
	} {
		if got := filledIn(task, c.action, c.form); got != c.zh {
			t.Errorf("%s %.80s: %q, want %q", c.action, c.form, got, c.zh)
		}
	}
}

// TestARefusalShowsWhatWasFound: the value, not its kind, and no more of it than is of use.
func TestARefusalShowsWhatWasFound(t *testing.T) {
	t.Parallel()
	all, err := define.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for form, want := range map[string]string{
		`{"reason":12.34}`: "12.34", `{"reason":null}`: "null", `{"reason":["N01"]}`: `["N01"]`, `{"reason":true}`: "true", `{"reason":"N77"}`: "N77", // #28
		`{"reason":"N01","note":"` + strings.Repeat("字", 501) + `"}`: strings.Repeat("字", 80) + "…", `{"reason":"N01","colour":"red"}`: "red",
		`{"reason":"N01","note":"a\u202eb"}`: "aU+202Eb", `{}`: "", `{"reason":""}`: "",
	} {
		err := all["task"].Fill("reject", json.RawMessage(form))
		var refused workflow.Refusals
		if !errors.As(err, &refused) || len(refused) != 1 || refused[0].Found != want {
			t.Errorf("%.60s: %+v, want %q", form, refused, want)
		}
	}
}

func filledIn(w *define.Workflow, action, form string) string {
	err := w.Fill(action, json.RawMessage(form))
	if err == nil {
		return ""
	}
	var refused workflow.Refusals
	if !errors.As(err, &refused) {
		return "broken: " + err.Error()
	}
	lines := make([]string, len(refused))
	for i, r := range refused {
		lines[i] = r.Field + ": " + define.Messages.Say(message.Chinese, r.Expect)
	}
	return strings.Join(lines, "\n")
}

func TestTheBuiltinWorkflowsAreWhole(t *testing.T) {
	t.Parallel()
	all, err := define.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	if names := slices.Sorted(maps.Keys(all)); !slices.Equal(names, []string{
		"admission", "bank_line", "burden", "case", "commitment", "draft", "evaluation", "outside_work", "payment", "period", "plaque", "rating", "report", "suggestion", "task",
	}) {
		t.Errorf("%q", names)
	}
	// What nobody refers to, nobody needs to have.
	used := map[string]bool{}
	for _, w := range all {
		for _, a := range w.Actions {
			for _, g := range slices.Concat(a.Guards, a.Warns) {
				used[g] = true
			}
			for _, b := range a.Branches {
				used[b.When] = true
			}
			for _, e := range a.Effects {
				used[e.Name] = true
			}
		}
	}
	for _, name := range slices.Concat(define.Names.Guards, define.Names.Effects) {
		if !used[name] {
			t.Errorf("nothing refers to %s", name)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(small))
	for _, name := range []string{"task", "admission", "case", "plaque", "rating"} {
		content, err := schemas.Workflows.ReadFile("workflows/" + name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		w, err := define.Load(content, define.Names)
		var faults define.Faults
		if err != nil && (!errors.As(err, &faults) || len(faults) == 0) {
			t.Fatalf("%v", err)
		}
		if err == nil {
			if again := w.Check(define.Names); again != nil {
				t.Errorf("%v", again)
			}
		}
	})
}

// Whatever is filled in is taken or refused with sentences, and what is taken has
// no field that the form does not have.
func FuzzFill(f *testing.F) {
	all, err := define.Builtin()
	if err != nil {
		f.Fatal(err)
	}
	for _, form := range []string{`{"reason":"N99","note":"x"}`, `{"no":"1","amount":"1.5"}`, `{}`, `[]`, `{"a":{"a":[1e999]}}`, "\x00"} {
		f.Add("task", "reject", []byte(form))
		f.Add("admission", "apply", []byte(form))
	}
	f.Fuzz(func(t *testing.T, name, action string, form []byte) {
		w := all[name]
		if w == nil {
			return
		}
		err := w.Fill(action, form)
		var refused workflow.Refusals
		if err != nil && (!errors.As(err, &refused) || len(refused) == 0) {
			t.Fatalf("%v", err)
		}
		for _, r := range refused {
			if !define.Messages.Has(r.Expect.Key) {
				t.Errorf("%q has no sentence", r.Expect.Key)
			}
		}
		if err == nil && len(strings.TrimSpace(string(form))) > 0 {
			var fields map[string]any
			if json.Unmarshal(form, &fields) != nil {
				t.Errorf("%q was taken", form)
			}
		}
	})
}

// TestWhatIsKnownMayHoldAnything: a number that was recorded before its characters were
// looked at goes on; what only looks like it is refused.
func TestWhatIsKnownMayHoldAnything(t *testing.T) {
	t.Parallel()
	all, err := define.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	known := func(text string) bool { return text == "SX\u00a01" || text == "\u200b" }
	for item, allowed := range map[string]bool{"SX\u00a01": true, "\u200b": true, "SX\u00a02": false, "\u200c": false} {
		form, err := json.Marshal(map[string]string{"no": "M4", "department": "D01", "community": "990101001001", "item": item})
		if err != nil {
			t.Fatal(err)
		}
		if err := all["task"].FillOf("issue", form, known); (err == nil) != allowed {
			t.Errorf("%q: %v", item, err)
		}
		if err := all["task"].Fill("issue", form); err == nil {
			t.Errorf("%q is known to nobody", item)
		}
	}
}
