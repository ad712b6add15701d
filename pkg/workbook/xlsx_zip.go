package workbook

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

	"feisui/pkg/code"
	"feisui/pkg/message"
)

const (
	// entriesMax bounds the parts of an archive. A workbook of thirteen sheets
	// has some thirty.
	entriesMax = 1000
	// directoryMax bounds the list of them, before it is read.
	directoryMax = 1 << 20
	// unpackedMax bounds what all parts together unpack to. There is no rule
	// on the ratio: honest styles shrink to a hundredth.
	unpackedMax = 512 << 20
)

// trouble is what is wrong with an XLSX file or one of its parts.
type trouble struct {
	found  string
	expect message.Text
}

func (t *trouble) Error() string { return t.expect.Key }

func damaged(part string, offset int64) *trouble {
	return &trouble{"", say("xlsx_damaged", "part", excerpt(part), "offset", fmt.Sprint(offset))}
}

// archive is the ZIP file around an XLSX, whose directory has been checked:
// every part has one name, one place and the size that it says.
type archive struct {
	parts map[string]*zip.File // by name in lower case, as the format compares names
	names []string             // in the order of the directory
}

func openArchive(f io.ReaderAt, size int64) (*archive, error) {
	start, ok := directoryStart(f, size)
	if !ok {
		return nil, damaged("ZIP", size)
	}
	r, err := zip.NewReader(f, size)
	if err != nil {
		return nil, damaged("ZIP", start)
	}
	if len(r.File) > entriesMax {
		return nil, &trouble{fmt.Sprint(len(r.File)), say("zip_count", "max", fmt.Sprint(entriesMax))}
	}
	a := &archive{parts: map[string]*zip.File{}}
	total := uint64(0)
	for _, part := range r.File {
		if err := checkEntry(part); err != nil {
			return nil, err
		}
		key := strings.ToLower(part.Name)
		if a.parts[key] != nil {
			return nil, &trouble{part.Name, say("zip_twice")}
		}
		a.parts[key] = part
		a.names = append(a.names, part.Name)
		if total += part.UncompressedSize64; part.UncompressedSize64 > unpackedMax || total > unpackedMax {
			return nil, &trouble{part.Name, say("too_large_unpacked", "max", fmt.Sprint(unpackedMax))}
		}
	}
	return a, checkOverlap(r.File, start)
}

// directoryStart finds the directory, which must be small and stand, with
// nothing in between, before the record that ends the file.
func directoryStart(f io.ReaderAt, size int64) (start int64, ok bool) {
	const endLength, commentMax = 22, 1<<16 - 1
	tail := make([]byte, min(size, endLength+commentMax))
	if _, err := f.ReadAt(tail, size-int64(len(tail))); err != nil && err != io.EOF {
		return 0, false
	}
	at := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if at < 0 || len(tail)-at < endLength {
		return 0, false
	}
	record := tail[at:]
	if int(binary.LittleEndian.Uint16(record[20:])) != len(record)-endLength {
		return 0, false
	}
	end := size - int64(len(record))
	count := binary.LittleEndian.Uint16(record[10:])
	length := int64(binary.LittleEndian.Uint32(record[12:]))
	start = int64(binary.LittleEndian.Uint32(record[16:]))
	// These values may say that the numbers are in a longer record before.
	if count == 0xFFFF || length == 0xFFFF || length == 0xFFFFFFFF || start == 0xFFFFFFFF {
		if s, l, e, ok := longDirectory(f, end); ok {
			start, length, end = s, l, e
		}
	}
	return start, length <= directoryMax && start >= 0 && start+length == end
}

// longDirectory reads where the directory is from the record of a ZIP64 file,
// which some libraries write for small files too.
func longDirectory(f io.ReaderAt, end int64) (start, length, recordAt int64, ok bool) {
	locator, record := make([]byte, 20), make([]byte, 56)
	if _, err := f.ReadAt(locator, end-20); err != nil || !bytes.HasPrefix(locator, []byte("PK\x06\x07")) {
		return 0, 0, 0, false
	}
	recordAt = int64(binary.LittleEndian.Uint64(locator[8:]))
	if recordAt < 0 || recordAt > end {
		return 0, 0, 0, false
	}
	if _, err := f.ReadAt(record, recordAt); err != nil || !bytes.HasPrefix(record, []byte("PK\x06\x06")) {
		return 0, 0, 0, false
	}
	length = int64(binary.LittleEndian.Uint64(record[40:]))
	start = int64(binary.LittleEndian.Uint64(record[48:]))
	return start, length, recordAt, length >= 0 && length <= directoryMax
}

// checkEntry refuses names that lead out of a folder, and what is no plain part.
func checkEntry(part *zip.File) error {
	const encrypted = 1
	name := part.Name
	switch {
	case part.Flags&encrypted != 0:
		return &trouble{name, say("file_type_password")}
	case !utf8.ValidString(name) || strings.ContainsAny(name, "\\:\x00") || name != strings.Map(printable, name),
		!fs.ValidPath(strings.TrimSuffix(name, "/")):
		return &trouble{name, say("zip_name")}
	case part.Mode()&^fs.ModePerm != 0 && !part.Mode().IsDir():
		return &trouble{name, say("zip_name")}
	case part.Method != zip.Store && part.Method != zip.Deflate:
		return &trouble{name, say("zip_method")}
	}
	return nil
}

func printable(r rune) rune {
	if code.Visible(r) {
		return r
	}
	return -1
}

// checkOverlap refuses parts that share bytes: a small file could unpack to
// the limit many times over, or say two things to two programs.
func checkOverlap(files []*zip.File, directory int64) error {
	type extent struct {
		name       string
		start, end int64
	}
	const headerLength = 30
	var extents []extent
	for _, part := range files {
		data, err := part.DataOffset()
		if err != nil || part.CompressedSize64 > uint64(directory) {
			return damaged(part.Name, data)
		}
		start := data - headerLength - int64(len(part.Name))
		extents = append(extents, extent{part.Name, start, data + int64(part.CompressedSize64)})
	}
	slices.SortFunc(extents, func(a, b extent) int { return cmp.Compare(a.start, b.start) })
	after := int64(0)
	for _, e := range extents {
		if e.start < after || e.end > directory {
			return &trouble{e.name, say("zip_overlap")}
		}
		after = e.end
	}
	return nil
}

// has reports whether the archive has a part of this name.
func (a *archive) has(name string) bool { return a.parts[strings.ToLower(name)] != nil }

// open gives the bytes of a part. They end in an error when they are not as
// many, or do not sum up, as the directory says.
func (a *archive) open(name string) (io.ReadCloser, error) {
	part := a.parts[strings.ToLower(name)]
	if part == nil {
		return nil, damaged(name, 0)
	}
	r, err := part.Open()
	if err != nil {
		return nil, damaged(name, 0)
	}
	return r, nil
}
