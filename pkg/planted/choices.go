package planted

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
)

// source is a file of Go.
type source struct {
	text string
	*ast.File
	set *token.FileSet
}

func parse(name, text string) (*source, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	return &source{text, file, set}, nil
}

func (s *source) offset(p token.Pos) int { return s.set.Position(p).Offset }

func (s *source) between(from, to token.Pos) string { return s.text[s.offset(from):s.offset(to)] }

func (s *source) of(n ast.Node) string { return s.between(n.Pos(), n.End()) }

// choices is a file in which some functions are there more than once.
type choices struct {
	*source
	instead map[*ast.FuncDecl][]choice
}

// choice is a function as a mistake has it.
type choice struct {
	mistake int
	in      *source
	decl    *ast.FuncDecl
}

// choose notes what a mistake makes of functions. It reports whether that is all that it
// does; else nothing of it is noted.
func choose(all map[string]*choices, mistake int, changed replaced) (inside bool, err error) {
	type found struct {
		of   *choices
		decl *ast.FuncDecl
		choice
	}
	var notes []found
	for file, text := range changed {
		if all[file] == nil {
			content, err := os.ReadFile(file)
			if err != nil {
				return false, err
			}
			was, err := parse(file, string(content))
			if err != nil {
				return false, err
			}
			all[file] = &choices{was, map[*ast.FuncDecl][]choice{}}
		}
		was := all[file]
		is, err := parse(file, text)
		if err != nil {
			return false, err
		}
		if len(was.Decls) != len(is.Decls) {
			return false, nil
		}
		for i, decl := range was.Decls {
			if was.of(decl) == is.of(is.Decls[i]) {
				continue
			}
			one, isOne := decl.(*ast.FuncDecl)
			other, isOther := is.Decls[i].(*ast.FuncDecl)
			if !isOne || !isOther || one.Name.Name == "init" || was.head(one) != is.head(other) {
				return false, nil
			}
			notes = append(notes, found{was, one, choice{mistake, is, other}})
		}
	}
	for _, n := range notes {
		n.of.instead[n.decl] = append(n.of.instead[n.decl], n.choice)
	}
	return true, nil
}

// head is what a function is called, takes and gives.
func (s *source) head(f *ast.FuncDecl) string { return s.between(f.Pos(), f.Body.Pos()) }

// text is the file with all choices in it.
func (c *choices) text() string {
	functions := make([]*ast.FuncDecl, 0, len(c.instead))
	for _, decl := range c.Decls {
		if f, is := decl.(*ast.FuncDecl); is && len(c.instead[f]) > 0 {
			functions = append(functions, f)
		}
	}
	if len(functions) == 0 {
		return c.source.text
	}
	var b strings.Builder
	at := c.offset(c.Name.End())
	b.WriteString(c.source.text[:at] + "; import plantedos \"os\"")
	for _, f := range functions {
		b.WriteString(c.source.text[at:c.offset(f.Name.Pos())] + asItIs(f))
		at = c.offset(f.Name.End())
	}
	b.WriteString(c.source.text[at:])
	// A file of a package has a name of its own; so has what it is told.
	told := fmt.Sprint("plantedIn", c.offset(functions[0].Pos()), asItIs(functions[0]))
	fmt.Fprintf(&b, "\nvar %s = plantedos.Getenv(%q)\n", told, chosen)
	for _, f := range functions {
		for _, other := range c.instead[f] {
			b.WriteString("\n" + other.renamed() + "\n")
		}
		b.WriteString(c.switching(f, told))
	}
	return b.String()
}

func asItIs(f *ast.FuncDecl) string { return "plantedNone" + f.Name.Name }

func (c choice) name() string { return fmt.Sprintf("planted%d%s", c.mistake, c.decl.Name.Name) }

func (c choice) renamed() string {
	return c.in.between(c.decl.Pos(), c.decl.Name.Pos()) + c.name() + c.in.between(c.decl.Name.End(), c.decl.End())
}

// switching is the function that calls whichever is chosen.
func (c *choices) switching(f *ast.FuncDecl, told string) string {
	var head, call strings.Builder
	head.WriteString("\nfunc ")
	of := ""
	if f.Recv != nil {
		of = "planted."
		fmt.Fprintf(&head, "(planted %s) ", c.of(f.Recv.List[0].Type))
	}
	head.WriteString(f.Name.Name)
	if types := f.Type.TypeParams; types != nil {
		head.WriteString(c.of(types))
		var names []string
		for _, field := range types.List {
			for _, name := range field.Names {
				names = append(names, name.Name)
			}
		}
		call.WriteString("[" + strings.Join(names, ", ") + "]")
	}
	var takes, gives []string
	for _, field := range f.Type.Params.List {
		for range max(1, len(field.Names)) {
			name := fmt.Sprint("planted", len(takes))
			takes = append(takes, name+" "+c.of(field.Type))
			if _, many := field.Type.(*ast.Ellipsis); many {
				name += "..."
			}
			gives = append(gives, name)
		}
	}
	head.WriteString("(" + strings.Join(takes, ", ") + ") ")
	call.WriteString("(" + strings.Join(gives, ", ") + ")")
	answer := ""
	if f.Type.Results != nil {
		head.WriteString(c.of(f.Type.Results) + " ")
		answer = "return "
	}
	body := []string{"{\n\tswitch " + told + " {"}
	for _, other := range c.instead[f] {
		body = append(body, fmt.Sprintf("\tcase %q:\n\t\t%s%s%s%s", fmt.Sprint(other.mistake), answer, of, other.name(), call.String()))
	}
	body = append(body, fmt.Sprintf("\tdefault:\n\t\t%s%s%s%s", answer, of, asItIs(f), call.String()), "\t}\n}\n")
	return head.String() + strings.Join(body, "\n")
}
