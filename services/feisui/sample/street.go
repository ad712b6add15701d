package sample

import "feisui/pkg/civil"

// street is a street or town and the one programme that is paid to it in a
// lump: a department assigns the same item to every community and pays the
// street, which passes each community's part on.
type street struct {
	*county
	code, name string
	size       int // Communities that are written.

	programme   item
	notice      string // Its document number.
	issued      civil.Date
	starts, due civil.Date
	voucher     string
	paid        civil.Date
	kept        bool // The street passes nothing on.
}

func newStreet(c *county, p Place, size int) *street {
	r := c.generator(p.Street)
	s := &street{county: c, code: p.Street, name: p.StreetName, size: size}
	s.programme = c.programmes[r.IntN(len(c.programmes))]
	s.notice = c.document(p.County, s.programme.department, 1+r.IntN(60))
	s.issued = c.workday(c.first.AddDays(8 + r.IntN(70)))
	s.starts = s.issued.AddDays(20 + r.IntN(20))
	s.due = s.starts.AddDays(60 + r.IntN(120))
	s.voucher = c.number("PZ", p.Street, 1)
	switch story := r.IntN(100); {
	case story < 70:
		s.paid = c.workdays.After(s.issued, 1+r.IntN(6))
	case story < 85: // Late.
		s.paid = c.workday(s.starts.AddDays(5 + r.IntN(60)))
	default:
		s.paid, s.kept = c.workdays.After(s.issued, 1+r.IntN(10)), true
	}
	return s
}

func (s *street) write() {
	s.out.add(departments, s.code, s.name, "street")
	s.out.add(payments, s.voucher, s.paid.String(), s.programme.department, s.code, "", "item:"+s.programme.code,
		(s.programme.rate * fen(s.size)).yuan(), "", "")
}
