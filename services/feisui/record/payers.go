package record

import (
	"strings"

	"feisui/pkg/civil"
	"feisui/pkg/money"
	"feisui/schemas"
)

// payers reads CODE:WEIGHT[@DATE] joined by semicolons (spec §2).
func (c *cells) payers(column string) []schemas.Payer {
	var payers []schemas.Payer
	sum := false
	list := c.list(column)
	c.is(column, Payers)
	for _, part := range list {
		p, key := payer(part)
		if key != "" {
			c.fault(column, part, key)
			return nil
		}
		sum = sum || !p.Weight.IsZero()
		payers = append(payers, p)
	}
	if len(payers) > 0 && !sum {
		c.fault(column, c.raw(column), "weights_zero")
		return nil
	}
	return payers
}

// payer reads one share; key says what is wrong with it.
func payer(s string) (p schemas.Payer, key string) {
	name, share, ok := strings.Cut(s, ":")
	if p.Code = strings.TrimSpace(name); !ok || p.Code == "" {
		return p, "payer_form"
	}
	weight, day, dated := strings.Cut(share, "@")
	var err error
	if p.Weight, err = money.ParseDecimal(strings.TrimSpace(weight)); err != nil {
		return p, moneyKey("number", err)
	}
	if dated {
		if p.PayBy, err = civil.Read(strings.TrimSpace(day)); err != nil {
			return p, dateKey(err)
		}
	}
	return p, ""
}
