package naive

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// canonicalRow brings the cells of a row to one form each, so that equal content is equal text: dates 2025-03-01,
// money as a fraction of fen, words in English. Empty cells are left out.
func canonicalRow(sheet sheetSpec, raw Row) (Row, error) {
	row := Row{}
	for _, column := range sheet.columns {
		cell := strings.TrimSpace(raw[column.name])
		if cell == "" {
			continue
		}
		canonical, err := canonicalCell(column, cell, raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", sheet.name, column.name, err)
		}
		row[column.name] = canonical
	}
	return row, nil
}

// canonicalCell is the canonical text of one cell that is not empty.
func canonicalCell(column columnSpec, cell string, raw Row) (string, error) {
	switch column.holds {
	case number:
		return canonicalNumber(cell), nil
	case purpose:
		if no, isTask := strings.CutPrefix(cell, "task:"); isTask {
			return "task:" + canonicalNumber(no), nil
		}
		if code, isItem := strings.CutPrefix(cell, "item:"); isItem {
			return "item:" + strings.TrimSpace(code), nil
		}
		return cell, nil
	case date:
		return canonicalDate(cell)
	case amount:
		return canonicalMoney(cell)
	case rate:
		// §1: rate is an amount (for ratio a number of percent, with or without %).
		if english(strings.TrimSpace(raw["rule"])) == "ratio" {
			return canonicalDecimal(strings.TrimSuffix(cell, "%"))
		}
		return canonicalMoney(cell)
	case decimal:
		return canonicalDecimal(cell)
	case word:
		return english(cell), nil
	}
	return cell, nil
}

// english is the English word of an enumerated value.
func english(cell string) string {
	for key, chinese := range words {
		if chinese == cell {
			_, key, qualified := strings.Cut(" "+key, " ")
			if last := strings.Fields(key); qualified && len(last) > 0 {
				return last[len(last)-1]
			}
		}
	}
	return cell
}

// canonicalNumber is a no or voucher as §1 compares it: trimmed, in NFC and half width.
func canonicalNumber(cell string) string {
	half := strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		case r == '　':
			return ' '
		}
		return r
	}, norm.NFC.String(cell))
	return strings.TrimSpace(half)
}

var dateForms = []*regexp.Regexp{
	regexp.MustCompile(`^(\d{4})-(\d{1,2})-(\d{1,2})$`),
	regexp.MustCompile(`^(\d{4})/(\d{1,2})/(\d{1,2})$`),
	regexp.MustCompile(`^(\d{4})年(\d{1,2})月(\d{1,2})日$`),
}

// canonicalDate reads 2025-03-01, 2025/3/1, 2025年3月1日 or the number of an Excel date. As texts, canonical dates
// compare like dates, and the empty text is before them all.
func canonicalDate(cell string) (string, error) {
	for _, form := range dateForms {
		if m := form.FindStringSubmatch(cell); m != nil {
			day, err := time.Parse("2006-1-2", m[1]+"-"+m[2]+"-"+m[3])
			return day.Format(time.DateOnly), err
		}
	}
	var serial int
	if _, err := fmt.Sscanf(cell, "%d", &serial); err == nil && fmt.Sprint(serial) == cell {
		return time.Date(1899, 12, 30+serial, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), nil
	}
	return "", fmt.Errorf("%q is no date", cell)
}

// canonicalMoney reads yuan (1,200.50), 8.35万元 or 1200元 into fen.
func canonicalMoney(cell string) (string, error) {
	fen := big.NewRat(100, 1)
	if wan, cut := strings.CutSuffix(cell, "万元"); cut {
		cell, fen = wan, big.NewRat(1000000, 1)
	} else {
		cell = strings.TrimSuffix(cell, "元")
	}
	plain, err := canonicalDecimal(cell)
	if err != nil {
		return "", err
	}
	return new(big.Rat).Mul(fraction(plain), fen).RatString(), nil
}

// canonicalDecimal reads a decimal number, with or without commas between thousands.
func canonicalDecimal(cell string) (string, error) {
	n, ok := new(big.Rat).SetString(strings.TrimSpace(strings.ReplaceAll(cell, ",", "")))
	if !ok {
		return "", fmt.Errorf("%q is no number", cell)
	}
	return n.RatString(), nil
}

// fraction is the value of a canonical money or decimal cell, nil where it is empty.
func fraction(cell string) *big.Rat {
	if cell == "" {
		return nil
	}
	n, ok := new(big.Rat).SetString(cell)
	if !ok {
		panic("not canonical: " + cell)
	}
	return n
}
