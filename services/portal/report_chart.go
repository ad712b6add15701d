package portal

import (
	"strconv"
	"strings"
)

// This file draws the trend of a report. Everything that is drawn stands in the table
// beside it, so the drawing may leave out what does not fit.

// The drawing's measures, in its own units; the page scales it.
const (
	chartWidth  = 640
	chartHeight = 220
	chartLeft   = 46
	chartTop    = 12
	chartRight  = 12
	chartBottom = 30
)

// dot is a point of a curve.
type dot struct {
	X, Y  int
	Label string // below it
	Value string // above it
}

// curve is a share over time, from 0 to 100 percent.
type curve struct {
	Dots   []dot
	Path   string
	Levels []level
}

type level struct {
	Y    int
	Text string
}

// drawn is a measure of a drawing, as SVG has it.
func drawn(n int) string { return strconv.Itoa(n) }

// curveOf draws the coverage of what is due. A day on which nothing was due has no
// point: there is no share of nothing.
func (v *visit) curveOf(trend []headline) curve {
	const whole, levels = 10_000, 4
	c := curve{}
	high := chartHeight - chartTop - chartBottom
	y := func(bp int64) int { return chartTop + high - int(bp)*high/whole }
	for i := range levels + 1 {
		bp := int64(whole * i / levels)
		c.Levels = append(c.Levels, level{y(bp), strconv.FormatInt(bp/100, 10) + "%"})
	}
	var path strings.Builder
	for i, h := range trend {
		if h.CoverageDueBP == nil {
			continue
		}
		x := chartLeft
		if len(trend) > 1 {
			x += i * (chartWidth - chartLeft - chartRight) / (len(trend) - 1)
		}
		d := dot{X: x, Y: y(*h.CoverageDueBP), Value: percent(h.CoverageDueBP), Label: h.On.String()[2:7]}
		step := "L"
		if len(c.Dots) == 0 {
			step = "M"
		}
		path.WriteString(step + strconv.Itoa(d.X) + " " + strconv.Itoa(d.Y))
		c.Dots = append(c.Dots, d)
	}
	c.Path = path.String()
	return c
}
