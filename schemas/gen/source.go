package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
)

// source is what package schemas says in its comments.
type source struct {
	about string            // the package comment
	types map[string]string // type → its comment on one line, less its name
}

func readSource(dir string) (source, error) {
	src := source{types: map[string]string{}}
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return src, err
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			return src, err
		}
		if file.Doc != nil {
			src.about = file.Doc.Text()
		}
		for _, decl := range file.Decls {
			if decl, ok := decl.(*ast.GenDecl); ok && decl.Tok == token.TYPE {
				src.comments(decl)
			}
		}
	}
	if src.about == "" {
		return src, fmt.Errorf("no package comment in %s", dir)
	}
	return src, nil
}

func (src source) comments(decl *ast.GenDecl) {
	for _, spec := range decl.Specs {
		spec := spec.(*ast.TypeSpec)
		doc := spec.Doc
		if doc == nil {
			doc = decl.Doc
		}
		text := strings.Join(strings.Fields(doc.Text()), " ")
		src.types[spec.Name.Name] = strings.TrimPrefix(text, spec.Name.Name+" ")
	}
}

// growth is the part of the package comment on how a shape may grow.
func (src source) growth() (string, error) {
	const heading = "How a shape may grow: "
	_, text, found := strings.Cut(src.about, heading)
	if !found {
		return "", fmt.Errorf("the package comment has no %q", heading)
	}
	return strings.ToUpper(text[:1]) + strings.TrimSpace(text[1:]), nil
}
