// Package act is the act door: a person, now, with every guard. It is pure, like
// the record door: a command on an instance meets what is recorded, the calendar
// and the county's day, and gives the events of one append, or a refusal.
//
//   - How a workflow goes, its definition says; services/process reads it. What
//     the definition names of the domain is done here: guards look at facts, and
//     effects bring them.
//   - Effects are rows of the county's sheets. All rows of a command, for however
//     many instances, are one workbook that record.Decide decides on, so the rules
//     of the record door are the only ones; what it refuses comes back by the field
//     of the form that a cell came from.
//   - What was recorded without a workflow is taken up where its facts have it.
package act
