package fund

import (
	"cmp"
	"slices"
)

// inOrder gives the rows so that each comes after the one that it passes on,
// and refuses circles, whose rows come as if they passed on nothing: each of
// them would have further faults that come from the circle alone. Otherwise
// rows come by date and voucher.
func (b *book) inOrder(rows []RecordPayment) []RecordPayment {
	sorted := slices.Clone(rows)
	slices.SortStableFunc(sorted, func(a, b RecordPayment) int {
		return cmp.Or(cmp.Compare(a.Payment.PaidOn, b.Payment.PaidOn), cmp.Compare(a.Payment.Voucher, b.Payment.Voucher))
	})
	o := &ordering{
		book: b, sorted: sorted, index: make(map[string]int, len(rows)),
		state: make([]visit, len(rows)), out: make([]RecordPayment, 0, len(rows)),
	}
	for i, row := range sorted {
		o.index[row.Payment.Voucher] = i
	}
	for i := range sorted {
		o.place(i)
	}
	return o.out
}

// ordering is inOrder under way.
type ordering struct {
	book   *book
	sorted []RecordPayment
	index  map[string]int // in sorted, by voucher
	state  []visit
	out    []RecordPayment
}

type visit int8

const (
	unseen visit = iota
	onPath
	placed
)

// place puts a row after the chain above it. The chain is followed in a loop,
// not by recursion: how long it is, the file decides.
func (o *ordering) place(i int) {
	var path []int
	for ok := true; ok && o.state[i] == unseen; {
		o.state[i] = onPath
		path = append(path, i)
		var up int
		if up, ok = o.index[o.sorted[i].Payment.Upstream]; ok {
			i = up
		}
		if ok && o.state[i] == onPath {
			o.refuseCircle(path[slices.Index(path, i):])
		}
	}
	for _, k := range slices.Backward(path) {
		o.state[k] = placed
		o.out = append(o.out, o.sorted[k])
	}
}

// refuseCircle names the circle at the first of its rows; one at least is of the
// workbook, since what is recorded has none.
func (o *ordering) refuseCircle(circle []int) {
	first := -1
	for k := range circle {
		if row := o.sorted[circle[k]].Row; row != unchanged && (first < 0 || row < o.sorted[circle[first]].Row) {
			first = k
		}
	}
	var vouchers []string
	for k := range len(circle) + 1 {
		vouchers = append(vouchers, o.sorted[circle[(first+k)%len(circle)]].Payment.Voucher)
	}
	row := o.sorted[circle[first]]
	o.book.refusePayment(row.Row, "upstream", row.Payment.Upstream, "circle", "circle", names(vouchers, " → "))
	for _, k := range circle {
		o.sorted[k].Payment.Upstream = ""
	}
}
