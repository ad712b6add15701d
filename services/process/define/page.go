package define

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"feisui/services/process"
)

// Page draws a workflow for people: a Mermaid state diagram, and tables of its
// steps and deadlines, in Chinese and English.
func Page(d *process.Definition) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s (%s)\n\n", d.Title.Chinese, d.Title.English)
	fmt.Fprintf(&b, "Version %d. Made by `make gen` from [schemas/workflows/%s.yaml](../../schemas/workflows/%[2]s.yaml); do not edit.\n\n", d.Version, d.Workflow)
	for _, name := range slices.Sorted(maps.Keys(d.Amounts)) {
		fmt.Fprintf(&b, "The amount `%s` is %s yuan; a county sets its own.\n\n", name, d.Amounts[name])
	}
	for _, name := range slices.Sorted(maps.Keys(d.Limits)) {
		fmt.Fprintf(&b, "The limit `%s` is %d; a county sets its own.\n\n", name, d.Limits[name])
	}
	for _, name := range slices.Sorted(maps.Keys(d.Rules)) {
		answered := map[bool]string{true: "a notice", false: "answered with the step"}[d.Rules[name].Severity == "S3"]
		fmt.Fprintf(&b, "The guard `%s` warns by rule %s (%s: %s).\n\n", name, d.Rules[name].Code, d.Rules[name].Severity, answered)
	}
	for _, party := range slices.Sorted(maps.Keys(d.Offices)) {
		fmt.Fprintf(&b, "The part `%s` has %s.\n\n", party, cmp.Or(d.Offices[party], "whom the step names; a county sets its own office"))
	}
	for _, party := range slices.Sorted(maps.Keys(d.Instead)) {
		fmt.Fprintf(&b, "Once the part `%s` is named, it acts and is told instead of `%s`.\n\n", d.Instead[party], party)
	}
	diagram(&b, d)
	if len(d.SeenBy) > 0 {
		fmt.Fprintf(&b, "Seen by: %s.\n\n", strings.Join(d.SeenBy, ", "))
	}
	for _, i := range d.Informs {
		informs(&b, &i)
	}
	steps(&b, d)
	deadlines(&b, d)
	return []byte(b.String())
}

// informs says who hears of steps without having one.
func informs(b *strings.Builder, i *process.Inform) {
	fmt.Fprintf(b, "Told of %s", strings.Join(i.Actions, ", "))
	if i.Given != "" {
		fmt.Fprintf(b, " that says %s", i.Given)
	}
	for _, name := range slices.Sorted(maps.Keys(i.Of)) {
		fmt.Fprintf(b, ", where %s is %s", name, strings.Join(i.Of[name], ", "))
	}
	fmt.Fprintf(b, ", and asked nothing: %s.\n\n", strings.Join(i.Whom, ", "))
}

// edge is an arrow of a diagram.
type edge struct{ from, to string }

func diagram(b *strings.Builder, d *process.Definition) {
	labels := map[edge][]string{}
	for _, name := range slices.Sorted(maps.Keys(d.Actions)) {
		a := d.Actions[name]
		from := a.From
		if name == d.Begin {
			from = []string{"[*]"}
		}
		for _, state := range from {
			for _, to := range ends(&a) {
				labels[edge{state, to}] = append(labels[edge{state, to}], a.Title.Chinese)
			}
		}
	}
	b.WriteString("```mermaid\nstateDiagram-v2\n")
	for _, name := range slices.Sorted(maps.Keys(d.States)) {
		fmt.Fprintf(b, "  %s: %s\n", name, d.States[name].Title.Chinese)
	}
	arrows := slices.SortedFunc(maps.Keys(labels), func(x, y edge) int {
		return strings.Compare(x.from+"\x00"+x.to, y.from+"\x00"+y.to)
	})
	for _, e := range arrows {
		fmt.Fprintf(b, "  %s --> %s: %s\n", e.from, e.to, strings.Join(labels[e], " / "))
	}
	for _, name := range slices.Sorted(maps.Keys(d.States)) {
		if d.States[name].Final {
			fmt.Fprintf(b, "  %s --> [*]\n", name)
		}
	}
	b.WriteString("```\n\n")
}

// ends are the states to which an action leads elsewhere.
func ends(a *process.Action) []string {
	var to []string
	if a.To != "" {
		to = append(to, a.To)
	}
	for _, branch := range a.Branches {
		to = append(to, branch.To)
	}
	return to
}

func steps(b *strings.Builder, d *process.Definition) {
	b.WriteString("| step | 步骤 | from | to | by | and only if |\n|---|---|---|---|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(d.Actions)) {
		a := d.Actions[name]
		to := a.To
		if to == "" {
			to = "–"
		}
		for _, branch := range a.Branches {
			to += fmt.Sprintf("; %s where %s", branch.To, branch.When)
		}
		only := slices.Clone(a.Guards)
		for _, other := range a.NotBy {
			only = append(only, "another person than of "+other)
		}
		if a.Answers != "" {
			only = append(only, "it answers "+a.Answers)
		}
		for _, warning := range a.Warns {
			only = append(only, "warns unless "+warning)
		}
		if a.Seen {
			only = append(only, "whoever takes it saw the last step")
		}
		if a.Times > 0 {
			only = append(only, fmt.Sprintf("%d times at most", a.Times))
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s |\n", name, a.Title.Chinese, strings.Join(a.From, ", "), to, strings.Join(a.By, ", "), strings.Join(only, "; "))
	}
}

func deadlines(b *strings.Builder, d *process.Definition) {
	b.WriteString("\n| deadline | 期限 | while | of whom | days | when it passes | tells |\n|---|---|---|---|---|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(d.Timers)) {
		t := d.Timers[name]
		days := []string{fmt.Sprintf("%d %s", t.Days, t.Unit)}
		if t.After != "" {
			days[0] += " after " + t.After
		}
		if t.Grace > 0 {
			days[0] += fmt.Sprintf(", and %d of grace", t.Grace)
		}
		for _, x := range t.Extends {
			if x.Until != "" {
				days = append(days, x.Action+" says anew")
			} else {
				days = append(days, fmt.Sprintf("%s adds %d, %d times", x.Action, x.Days, max(x.Times, 1)))
			}
		}
		if len(t.Still) > 0 {
			days = append(days, "stands still in "+strings.Join(t.Still, ", "))
		}
		pass := cmp.Or(t.Pass, "–")
		if t.Warning {
			pass += " (a warning)"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s |\n", name, t.Title.Chinese, strings.Join(t.In, ", "), strings.Join(t.Whom, ", "), strings.Join(days, "; "), pass, strings.Join(t.Notify, ", "))
	}
}
