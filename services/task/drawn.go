package task

import (
	"crypto/sha256"
	"encoding/binary"

	"feisui/pkg/civil"
)

// Drawn reports that a task is one of some in a hundred that are drawn to be checked
// (抽查), by its number and the day on which its community says it was done: whoever
// numbers or verifies it does not choose that day, and everybody draws the same.
// percent is from 0, none, to 100, all.
func Drawn(no string, done civil.Date, percent int) bool {
	sum := sha256.Sum256([]byte("sample\n" + no + "\n" + done.String()))
	return binary.BigEndian.Uint64(sum[:])%100 < uint64(max(percent, 0))
}
