package people

import (
	"crypto/sha256"
	"encoding/binary"

	"feisui/pkg/access"
)

// Line is a record in a county's audit log. Lines are numbered 1, 2, 3 … and each
// hash covers the line and the hash before it, so that a line that was changed,
// taken out or put in is found. Lines cut off at the end are found by whoever has
// noted a number with its hash.
type Line struct {
	N    int64 `json:"n"`
	Time int64 `json:"-"` // microseconds since 1970 in UTC
	access.Record
	Prev [32]byte `json:"-"`
	Hash [32]byte `json:"-"`
}

// Seal gives the line with its hash.
func (l Line) Seal() Line {
	h := sha256.New()
	number := func(n int64) { h.Write(binary.BigEndian.AppendUint64(nil, uint64(n))) }
	h.Write(l.Prev[:])
	number(l.N)
	number(l.Time)
	for _, s := range []string{l.County, l.Actor, l.Operation, l.Target, string(l.Decision), l.Code, l.Address, l.RequestID} {
		number(int64(len(s))) // or "ab","c" were "a","bc"
		h.Write([]byte(s))
	}
	h.Sum(l.Hash[:0])
	return l
}

// Follows says what is wrong with a line after another, "" when nothing is. The
// zero Line is before the first.
func (l Line) Follows(before Line) string {
	switch {
	case l.N != before.N+1:
		return "lines are missing before it"
	case l.Prev != before.Hash:
		return "the line before it is another than it was"
	case l.Seal().Hash != l.Hash:
		return "it was changed"
	}
	return ""
}
