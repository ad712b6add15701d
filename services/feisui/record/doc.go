// Package record is the record door: it takes a county's workbook, as users
// keep it, into the journal, or refuses it whole with every fault.
//
// A workbook goes through four steps, a file each: the cells are read as their
// columns say (sheets.go), rows that repeat are dropped (rows.go), references
// are looked up (references.go), and each row becomes a command that its
// service decides (door.go). One append takes all events, or none.
package record
