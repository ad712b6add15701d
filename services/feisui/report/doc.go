// Package report writes a county's statement for people: aligned in a terminal
// of 100 columns, Chinese first, amounts in yuan.
//
// Departments are ranked, by what they owe. Communities never are: they stand
// in the order of their codes.
package report
