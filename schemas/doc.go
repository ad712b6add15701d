// Package schemas is the published language: every event that services record
// and publish, as a Go type, under one name. The type task.assigned is the Go
// type TaskAssigned, the file events/task.assigned.json and the end of the
// subject feisui.<county>.task.assigned.
//
// How a shape may grow: fields are only added, never renamed, retyped or
// removed, and a new field's absence means what its absence meant before. Every
// payload in golden/ was published once and decodes for ever. A fact that must
// say something else is a new type.
//
// Amounts are whole fen, dates are civil dates (Asia/Shanghai), decimals are
// strings. A field that is absent was not given, which is never the same as 0.
// Events hold offices, codes and counts, never a person.
package schemas
