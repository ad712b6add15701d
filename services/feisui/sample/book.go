package sample

import "strconv"

// sink takes the rows of all sheets, in any order of sheets. The cells are the
// sink's only until row returns. After close(false) nothing need remain.
type sink interface {
	row(s sheetID, cells []string) error
	close(whole bool) error
}

// book counts rows and keeps the first error, after which it writes nothing.
type book struct {
	to      sink
	chinese bool
	rows    [sheetCount]int
	err     error
}

// add writes a row; words are given in English.
func (b *book) add(s sheetID, cells ...string) {
	if b.err != nil {
		return
	}
	if b.chinese {
		for i, c := range sheets[s].columns {
			if c.kind == word {
				cells[i] = chineseWord(s, cells[i])
			}
		}
	}
	b.rows[s]++
	b.err = b.to.row(s, cells)
}

func (b *book) summary(out string) Summary {
	s := Summary{Out: out, Rows: map[string]int{}}
	for id := note + 1; id < sheetCount; id++ {
		s.Rows[sheets[id].en] = b.rows[id]
	}
	return s
}

// count writes a number, and nothing for one that is not given (below zero).
func count(n int) string {
	if n < 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// fen is an amount of money.
type fen int64

// yuan is the amount as a cell has it; nothing where none is given.
func (f fen) yuan() string {
	if f < 0 {
		return ""
	}
	b := strconv.AppendInt(make([]byte, 0, 16), int64(f)/100, 10)
	return string(append(b, '.', byte('0'+f/10%10), byte('0'+f%10)))
}

// none is the amount or count that is not given.
const none = -1
