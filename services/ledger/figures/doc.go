// Package figures works out the figures of a burden-reduction report (减负报告):
// where a county stands on a day, against an earlier one, by the same definitions.
//
//	Figures = Of(Book, Calendar, since, on)
//
// Like what it adds up it is pure: without clock, storage or events. It judges
// nothing anew; every sum is one of statements (docs/spec/reconciliation.md §7), and
// says which lists its parts stand in. Departments are ranked, by coverage of what is
// due. Communities never are, nor are streets: they stand in the order of their codes.
package figures
