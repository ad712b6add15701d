package workbook

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
)

const (
	tokenMax     = 1 << 20 // bytes of one tag or one run of text
	depthMax     = 64      // elements inside of each other
	attributeMax = 256     // attributes of one element
)

// part reads one XML part strictly, from its first byte to its last. It fails
// where a program that is content with less would leave out what it cannot
// read: at a part that breaks off, at tags that do not match, at entities that
// the part defines for itself.
type part struct {
	name  string
	bytes io.ReadCloser
	guard *guard
	xml   *xml.Decoder
	open  []xml.Name // the elements that have begun and not ended
	ended bool       // the root element has
}

func (a *archive) part(name string) (*part, error) {
	r, err := a.open(name)
	if err != nil {
		return nil, err
	}
	g := &guard{from: r, buffer: make([]byte, 32<<10)}
	return &part{name: name, bytes: r, guard: g, xml: xml.NewDecoder(g)}, nil
}

func (p *part) close() {
	p.bytes.Close() //nolint:errcheck // read only: nothing to lose
}

func (p *part) damaged() error { return damaged(p.name, p.guard.offset) }

// next gives the next token, or io.EOF behind the end of a whole part. A token
// is valid until the next call.
func (p *part) next() (xml.Token, error) {
	p.guard.token = 0
	token, err := p.xml.RawToken()
	if errors.Is(err, io.EOF) && p.ended && len(p.open) == 0 {
		return nil, io.EOF
	}
	if err != nil || token == nil {
		return nil, p.damaged()
	}
	switch t := token.(type) {
	case xml.StartElement:
		err = p.begin(t)
	case xml.EndElement:
		err = p.end(t)
	case xml.CharData:
		if len(p.open) == 0 && len(bytes.TrimSpace(t)) > 0 {
			err = p.damaged()
		}
	case xml.Directive:
		err = &trouble{"<!" + string(t), say("xml_dtd", "part", excerpt(p.name))}
	}
	return token, err
}

func (p *part) begin(e xml.StartElement) error {
	if p.ended && len(p.open) == 0 || len(p.open) >= depthMax || len(e.Attr) > attributeMax {
		return p.damaged()
	}
	for i, a := range e.Attr {
		for _, b := range e.Attr[:i] {
			if a.Name == b.Name {
				return p.damaged()
			}
		}
	}
	p.open = append(p.open, e.Name)
	return nil
}

func (p *part) end(e xml.EndElement) error {
	last := len(p.open) - 1
	if last < 0 || p.open[last] != e.Name {
		return p.damaged()
	}
	p.open = p.open[:last]
	p.ended = true
	return nil
}

// root begins the outermost element, which must have this name. Elements of
// the format's own have the prefix that the root has.
func (p *part) root(name string) error {
	for {
		token, err := p.next()
		if err != nil {
			return err
		}
		if e, ok := token.(xml.StartElement); ok {
			if e.Name.Local != name {
				return p.damaged()
			}
			return nil
		}
	}
}

// own reports whether an element is of the format's own, and not of an extension.
func (p *part) own(e xml.StartElement) bool { return e.Name.Space == p.open[0].Space }

// child gives the next element inside of the one that was begun last, and ends
// that one when there is none.
func (p *part) child() (e xml.StartElement, ok bool, err error) {
	for {
		token, err := p.next()
		if err != nil {
			return e, false, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			return t, true, nil
		case xml.EndElement:
			return e, false, nil
		case xml.CharData:
			if len(bytes.TrimSpace(t)) > 0 {
				return e, false, &trouble{string(t), say("structure_element", "part", excerpt(p.name))}
			}
		}
	}
}

// text appends the text of the element that was begun last, and ends it.
func (p *part) text(to []byte) ([]byte, error) {
	for {
		token, err := p.next()
		if err != nil {
			return to, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			return to, p.unexpected(t)
		case xml.EndElement:
			return to, nil
		case xml.CharData:
			if to = append(to, t...); len(to) > tokenMax {
				return to, p.damaged()
			}
		}
	}
}

// skip ends the element that was begun last, whatever is inside.
func (p *part) skip() error {
	for depth := len(p.open); len(p.open) >= depth; {
		if _, err := p.next(); err != nil {
			return err
		}
	}
	return nil
}

// finish reads on to the end of the part.
func (p *part) finish() error {
	for {
		if _, err := p.next(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func (p *part) unexpected(e xml.StartElement) error {
	return &trouble{"<" + e.Name.Local + ">", say("structure_element", "part", excerpt(p.name))}
}

// attribute gives the value of an attribute without a prefix.
func attribute(e xml.StartElement, name string) (string, bool) {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value, true
		}
	}
	return "", false
}

// truth reads an attribute that is a Boolean.
func truth(e xml.StartElement, name string) bool {
	v, _ := attribute(e, name)
	return v == "1" || v == "true" || v == "on"
}

var errTokenLong = errors.New("a token is too long")

// guard stands under the decoder, which would gather a token of any length.
type guard struct {
	from   io.Reader
	buffer []byte
	unread []byte
	offset int64 // of the next byte
	token  int   // bytes since the token began
	err    error
}

// ReadByte makes the decoder take no more bytes than it uses.
func (g *guard) ReadByte() (byte, error) {
	if len(g.unread) == 0 {
		if err := g.fill(); err != nil {
			return 0, err
		}
	}
	if g.token++; g.token > tokenMax {
		return 0, errTokenLong
	}
	b := g.unread[0]
	g.unread = g.unread[1:]
	g.offset++
	return b, nil
}

func (g *guard) fill() error {
	for g.err == nil {
		n, err := g.from.Read(g.buffer)
		g.err = err
		if n > 0 {
			g.unread = g.buffer[:n]
			return nil
		}
	}
	return g.err
}

func (g *guard) Read([]byte) (int, error) {
	return 0, errors.ErrUnsupported // the decoder reads bytes
}
