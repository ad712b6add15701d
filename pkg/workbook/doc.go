// Package workbook reads one county's workbook: a folder of CSV files or one
// XLSX file, a sheet per file. It knows no event and no rule; the caller says
// which sheets and columns there are, and gets rows of text.
//
// Four promises:
//
//   - No row is dropped in silence. A row is yielded, or it is blank, or there
//     is a fault. Rows are worth nothing until the caller has streamed every
//     sheet to its end and found Faults empty: what is wrong with a file may
//     stand behind its last row.
//   - Values are what people typed. A formula, a forged cached value, a hidden
//     row, a number that Excel has rounded or that shows something else than
//     it holds, is a fault and never a value.
//   - Memory is bounded whatever the file claims: rows are streamed, a line, a
//     token, a cell, the shared strings and the unpacked size have limits.
//   - No input makes it panic.
//
// Cells come trimmed and in NFC, of at most 4,096 characters. Their width is
// not folded, since names must stay as they are written; whoever reads a number
// or a code folds it.
package workbook
