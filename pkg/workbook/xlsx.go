package workbook

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// xlsx is an open XLSX file: its archive, and what its sheets refer to.
type xlsx struct {
	archive  *archive
	strings  []string // the texts that cells refer to by number
	formats  []format // the formats, likewise
	date1904 bool
	read     map[string]bool // the parts that were read to their end, in lower case
}

// openFile takes every sheet of an XLSX file.
func (b *Book) openFile(name string, size int64) (err error) {
	if b.root, err = os.OpenRoot(filepath.Dir(name)); err != nil {
		return err
	}
	if b.file, err = os.Open(name); err != nil {
		return err
	}
	base := filepath.Base(name)
	if err := b.openXLSX(size); err != nil {
		var t *trouble
		if !errors.As(err, &t) {
			return err
		}
		b.fault(base, t.found, t.expect)
	}
	return nil
}

func (b *Book) openXLSX(size int64) error {
	if err := sniff(b.file, size); err != nil {
		return err
	}
	a, err := openArchive(b.file, size)
	if err != nil {
		return err
	}
	if err := a.sniff(); err != nil {
		return err
	}
	x := &xlsx{archive: a, read: map[string]bool{}}
	tabs, err := x.workbook()
	if err != nil {
		return err
	}
	b.date1904 = x.date1904
	used := map[string]bool{}
	for _, t := range tabs {
		_, known := b.layout.find(t.name)
		switch {
		case known:
			used[strings.ToLower(t.part)] = true
			b.add(t.name, t.name, &worksheet{x, t.part}, t.hidden)
		case !ignoredSheets[fold(t.name)]:
			b.add(t.name, t.name, nil, t.hidden)
		}
	}
	return x.checkRest(used)
}

// tab is a sheet as the workbook lists it.
type tab struct {
	name   string
	id     string
	hidden bool
	part   string
}

// relation is a link from one part to another.
type relation struct{ id, kind, target string }

// workbook reads the parts that the sheets depend on, and lists the sheets.
func (x *xlsx) workbook() ([]tab, error) {
	roots, err := x.relations("")
	if err != nil {
		return nil, err
	}
	main := ""
	for _, r := range roots {
		if r.kind == "officeDocument" {
			main = r.target
		}
	}
	if !x.archive.has(main) {
		return nil, &trouble{"", say("file_type_archive")}
	}
	tabs, err := x.tabs(main)
	if err != nil {
		return nil, err
	}
	relations, err := x.relations(main)
	if err != nil {
		return nil, err
	}
	once := map[string]bool{}
	for _, r := range relations {
		if once[r.kind] && (r.kind == "sharedStrings" || r.kind == "styles") {
			return nil, &trouble{r.target, say("structure_index")}
		}
		once[r.kind] = true
		switch r.kind {
		case "externalLink":
			return nil, &trouble{r.target, say("external_link")}
		case "sharedStrings":
			err = x.readStrings(r.target)
		case "styles":
			err = x.readStyles(r.target)
		case "worksheet":
			for i := range tabs {
				if tabs[i].id == r.id {
					tabs[i].part = r.target
				}
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return tabs, nil
}

// relations reads the links of a part, or of the archive when name is "".
func (x *xlsx) relations(name string) ([]relation, error) {
	dir, base := path.Split(name)
	p, err := x.begin(dir+"_rels/"+base+".rels", "Relationships")
	if err != nil {
		return nil, err
	}
	defer p.close()
	var list []relation
	for {
		e, ok, err := p.child()
		if err != nil {
			return nil, err
		}
		if !ok {
			return list, x.finish(p)
		}
		id, _ := attribute(e, "Id")
		kind, _ := attribute(e, "Type")
		target, _ := attribute(e, "Target")
		if !strings.HasPrefix(target, "/") {
			target = "/" + dir + target
		}
		// Join cannot lead out of the archive: it drops what is above the root.
		list = append(list, relation{id, path.Base(kind), strings.TrimPrefix(path.Clean(target), "/")})
		if err := p.skip(); err != nil {
			return nil, err
		}
	}
}

// tabs reads the list of sheets.
func (x *xlsx) tabs(name string) ([]tab, error) {
	p, err := x.begin(name, "workbook")
	if err != nil {
		return nil, err
	}
	defer p.close()
	var tabs []tab
	for {
		e, ok, err := p.child()
		if err != nil {
			return nil, err
		}
		switch {
		case !ok:
			return tabs, x.finish(p)
		case e.Name.Local == "workbookPr" && p.own(e):
			x.date1904 = truth(e, "date1904")
			err = p.skip()
		case e.Name.Local == "sheets" && p.own(e):
			tabs, err = p.sheets(tabs)
		default:
			err = p.skip()
		}
		if err != nil {
			return nil, err
		}
	}
}

func (p *part) sheets(tabs []tab) ([]tab, error) {
	for {
		e, ok, err := p.child()
		if err != nil || !ok {
			return tabs, err
		}
		if e.Name.Local != "sheet" {
			return tabs, p.unexpected(e)
		}
		var t tab
		t.name, _ = attribute(e, "name")
		state, _ := attribute(e, "state")
		t.hidden = state != "" && state != "visible"
		for _, a := range e.Attr {
			if a.Name.Local == "id" && a.Name.Space != "" {
				t.id = a.Value
			}
		}
		tabs = append(tabs, t)
		if err := p.skip(); err != nil {
			return tabs, err
		}
	}
}

// begin opens a part whose outermost element has this name.
func (x *xlsx) begin(name, root string) (*part, error) {
	p, err := x.archive.part(name)
	if err != nil {
		return nil, err
	}
	if err := p.root(root); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// finish ends a part whose outermost element has ended.
func (x *xlsx) finish(p *part) error {
	x.read[strings.ToLower(p.name)] = true
	return p.finish()
}

// checkRest reads to the end the XML parts that say nothing about rows, except
// the sheets in use, which are read when they are streamed. A part that breaks
// off shows that the file was cut or repaired.
func (x *xlsx) checkRest(used map[string]bool) error {
	for _, name := range x.archive.names {
		key := strings.ToLower(name)
		if x.read[key] || used[key] || !strings.HasSuffix(key, ".xml") && !strings.HasSuffix(key, ".rels") {
			continue
		}
		p, err := x.archive.part(name)
		if err != nil {
			return err
		}
		err = p.finish()
		p.close()
		if err != nil {
			return err
		}
	}
	return nil
}

// stringsMax bounds the memory for the texts that cells refer to.
const stringsMax = 64 << 20

// readStrings reads the texts that cells refer to.
func (x *xlsx) readStrings(name string) error {
	p, err := x.begin(name, "sst")
	if err != nil {
		return err
	}
	defer p.close()
	const header = 16 // bytes that even an empty text takes
	size := 0
	var buffer []byte
	for {
		e, ok, err := p.child()
		if err != nil {
			return err
		}
		if !ok {
			return x.finish(p)
		}
		if e.Name.Local != "si" {
			if err := p.skip(); err != nil {
				return err
			}
			continue
		}
		if buffer, err = p.richText(buffer[:0]); err != nil {
			return err
		}
		if size += len(buffer) + header; size > stringsMax {
			return &trouble{"", say("shared_strings_large", "max", fmt.Sprint(stringsMax))}
		}
		x.strings = append(x.strings, unescape(string(buffer)))
	}
}

// richText appends the text of an element whose runs may have formats of their
// own, and ends it. How a text is pronounced is not part of it.
func (p *part) richText(to []byte) ([]byte, error) {
	for {
		e, ok, err := p.child()
		if err != nil || !ok {
			return to, err
		}
		switch e.Name.Local {
		case "t":
			to, err = p.text(to)
		case "r":
			to, err = p.run(to)
		case "rPh", "phoneticPr", "extLst":
			err = p.skip()
		default:
			err = p.unexpected(e)
		}
		if err != nil {
			return to, err
		}
	}
}

func (p *part) run(to []byte) ([]byte, error) {
	for {
		e, ok, err := p.child()
		if err != nil || !ok {
			return to, err
		}
		if e.Name.Local == "t" {
			to, err = p.text(to)
		} else {
			err = p.skip()
		}
		if err != nil {
			return to, err
		}
	}
}
