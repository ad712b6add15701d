package code

import (
	"errors"
	"regexp"
	"strings"
	"unicode"
)

// Document is the number of an official document (公文文号, 发文字号), as GB/T
// 9704-2012 §7.2.5 has it: the issuing office's short name, the year in full
// within 〔〕, and a number that is not padded and has no 第. Parts that a copy
// hides are written with a *.
type Document struct {
	Issuer string // 机关代字: 民发, 姜委发
	Year   string // 2015, 20**, or any number of * where all of it is hidden
	Number string // 136
}

// What can be wrong with a document number.
var (
	ErrDocumentForm   = errors.New("not a document number of the form 民发〔2015〕136号")
	ErrDocumentIssuer = errors.New("a document number whose issuer is not 1 to 20 Chinese characters")
	ErrDocumentYear   = errors.New("a document number whose year is not 1900–2099")
	ErrDocumentNumber = errors.New("a document number whose number is not 1–99999")
)

const mask = "*"

// The parts, once plain has gone over the text. A year that is hidden whole says
// nothing of its length.
var (
	issuerForm = regexp.MustCompile(`^[\p{Han}*]{1,20}$`)
	yearForm   = regexp.MustCompile(`^((19|20|1\*|2\*|\*9|\*0|\*\*)[0-9*]{2}|\*{1,3})$`)
	numberForm = regexp.MustCompile(`^[1-9*][0-9*]{0,4}$`)
)

// ParseDocument reads a citation: one document number, or several joined by 、
// of which a later one may leave out issuer and year, as 姜委发[2022]34、35号
// does. Brackets of any kind, either width, space anywhere, 第 and leading zeros
// are read; X, × and ＊ hide a character as * does.
func ParseDocument(text string) ([]Document, error) {
	text = strings.Map(plain, HalfWidth(text))
	if !strings.HasSuffix(text, "号") {
		return nil, ErrDocumentForm
	}
	var found []Document
	var d Document
	for i, part := range strings.Split(text, "、") {
		number := part
		if i == 0 || strings.Contains(part, "〔") {
			var err error
			if d, number, err = parseHead(part); err != nil {
				return nil, err
			}
		}
		number = strings.TrimPrefix(strings.TrimSuffix(number, "号"), "第")
		d.Number = strings.TrimLeft(number, "0")
		if !numberForm.MatchString(d.Number) {
			return nil, ErrDocumentNumber
		}
		found = append(found, d)
	}
	return found, nil
}

// plain gives the one form of the brackets and masks, and drops space.
func plain(r rune) rune {
	switch r {
	case '〔', '[', '【', '(', '﹝':
		return '〔'
	case '〕', ']', '】', ')', '﹞':
		return '〕'
	case '*', 'X', 'x', '×':
		return '*'
	}
	if unicode.IsSpace(r) {
		return -1
	}
	return r
}

// parseHead takes issuer and year off the front of a part.
func parseHead(part string) (d Document, number string, err error) {
	issuer, rest, opened := strings.Cut(part, "〔")
	year, number, closed := strings.Cut(rest, "〕")
	switch {
	case !opened || !closed:
		return d, "", ErrDocumentForm
	case !issuerForm.MatchString(issuer):
		return d, "", ErrDocumentIssuer
	case !yearForm.MatchString(year):
		return d, "", ErrDocumentYear
	}
	return Document{Issuer: issuer, Year: year}, number, nil
}

// Masked reports whether a part of the number is hidden, so that two which are
// equal may not be one document.
func (d Document) Masked() bool { return strings.Contains(d.Issuer+d.Year+d.Number, mask) }

// String is the canonical form: 民发〔2015〕136号.
func (d Document) String() string { return d.Issuer + "〔" + d.Year + "〕" + d.Number + "号" }
