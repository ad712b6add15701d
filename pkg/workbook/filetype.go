package workbook

import (
	"bytes"
	"io"
	"os"
	"strings"
	"unicode/utf8"
)

// sniff refuses a file that is no ZIP archive by what it begins with, whatever
// its name says.
func sniff(f *os.File, size int64) error {
	start := make([]byte, min(size, 4096))
	if _, err := f.ReadAt(start, 0); err != nil && err != io.EOF {
		return &trouble{err.Error(), say("file_unreadable")}
	}
	text := strings.ToLower(strings.TrimSpace(string(bytes.TrimPrefix(start, bomUTF8))))
	found := string(start[:min(len(start), 16)])
	switch {
	case size == 0:
		return &trouble{"", say("file_empty")}
	case bytes.HasPrefix(start, []byte("PK\x03\x04")), bytes.HasPrefix(start, []byte("PK\x05\x06")):
		return nil
	case bytes.HasPrefix(start, []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")):
		if holdsName(f, size, "EncryptedPackage") {
			return &trouble{"EncryptedPackage", say("file_type_password")}
		}
		return &trouble{"OLE", say("file_type_xls")}
	case bytes.HasPrefix(start, []byte("\x09\x08")), bytes.HasPrefix(start, []byte("\x09\x04")):
		return &trouble{"BIFF", say("file_type_xls")}
	case strings.HasPrefix(text, "<!doctype html"), strings.HasPrefix(text, "<html"),
		strings.HasPrefix(text, "<table"), strings.HasPrefix(text, "<meta"):
		return &trouble{found, say("file_type_html")}
	case bytes.IndexByte(start, 0) < 0 && (printableText(start) || utf8.Valid(start)):
		return &trouble{found, say("file_type_text")}
	}
	return &trouble{found, say("file_type_other")}
}

// printableText reports whether bytes have none that text, in whatever
// encoding, has not.
func printableText(start []byte) bool {
	for _, b := range start {
		if b < ' ' && b != '\t' && b != '\r' && b != '\n' {
			return false
		}
	}
	return true
}

// holdsName reports whether the directory of an OLE file has a stream of this
// name, which it keeps in UTF-16.
func holdsName(f *os.File, size int64, name string) bool {
	const searchMax = 1 << 20
	wide := make([]byte, 0, 2*len(name))
	for i := range len(name) {
		wide = append(wide, name[i], 0)
	}
	// The directory of a large file may stand at its end.
	for _, from := range []int64{0, max(0, size-searchMax)} {
		data := make([]byte, min(size, searchMax))
		n, err := f.ReadAt(data, from)
		if (err == nil || err == io.EOF) && bytes.Contains(data[:n], wide) {
			return true
		}
	}
	return false
}

// sniff refuses archives that hold something else than an XLSX workbook.
func (a *archive) sniff() error {
	for _, name := range a.names {
		switch base := strings.ToLower(name[strings.LastIndexByte(name, '/')+1:]); {
		case strings.HasPrefix(base, "vbaproject"):
			return &trouble{name, say("file_type_macros")}
		case base == "workbook.bin":
			return &trouble{name, say("file_type_xlsb")}
		}
	}
	if a.has("mimetype") && a.has("content.xml") {
		return &trouble{"content.xml", say("file_type_ods")}
	}
	if !a.has("[Content_Types].xml") || !a.has("_rels/.rels") {
		return &trouble{"", say("file_type_archive")}
	}
	for name := range a.parts {
		if strings.HasPrefix(name, "xl/externallinks/") {
			return &trouble{name, say("external_link")}
		}
	}
	return nil
}
