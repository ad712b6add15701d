package code_test

import (
	"errors"
	"testing"

	"feisui/pkg/code"
)

func TestDivisions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text   string
		street code.Division
		kind   code.Kind
	}{
		{"110101001", "110101001", code.Subdistrict},           // 东华门街道
		{"110106100", "110106100", code.Town},                  // 北宫镇
		{"110111208", "110111208", code.Township},              // 霞云岭乡
		{"321003350", "321003350", code.Township},              // 平山乡
		{"110115403", "110115403", code.EnterpriseUnit},        // 北京经济技术开发区
		{"120112501", "120112501", code.EnterpriseUnit},        // 津南国家农业园区
		{"110101001001", "110101001", code.ResidentsCommittee}, // 多福巷社区
		{"411381110002", "411381110", code.ResidentsCommittee}, // in the country, and a 居委会
		{"990101001199", "990101001", code.ResidentsCommittee},
		{"990101001200", "990101001", code.VillagersCommittee},
		{"990101001399", "990101001", code.VillagersCommittee},
		{"110105020400", "110105020", code.ResidentsLike}, // 机场工作区
		{"110108026501", "110108026", code.VillagersLike},
		{"９９０１０１００１２００", "990101001", code.VillagersCommittee},
		{" 990101001200　", "990101001", code.VillagersCommittee},
	} {
		d, err := code.ParseDivision(c.text)
		if err != nil || d.Street() != c.street || d.Kind() != c.kind {
			t.Errorf("%q: got %s in %s, %s, %v", c.text, d, d.Street(), d.Kind(), err)
		}
		if d.IsCommunity() != (d != c.street) {
			t.Errorf("%q: IsCommunity is %v", c.text, d.IsCommunity())
		}
	}
}

func TestWhatIsNoDivision(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]error{
		"":              code.ErrDivisionForm,
		"990101":        code.ErrDivisionForm,
		"99010100120":   code.ErrDivisionForm,
		"9901010012001": code.ErrDivisionForm,
		"99010100120O":  code.ErrDivisionForm,
		"9.9010100E+11": code.ErrDivisionForm,
		"-99010100":     code.ErrDivisionForm,
		"090101001":     code.ErrDivisionCounty,
		"350527000":     code.ErrDivisionStreet,
		"350527000000":  code.ErrDivisionStreet,
		"990101600":     code.ErrDivisionStreet,
		"990101900001":  code.ErrDivisionStreet,
		"990101001000":  code.ErrDivisionCommunity,
		"990101001600":  code.ErrDivisionCommunity,
	} {
		d, err := code.ParseDivision(text)
		if d != "" || !errors.Is(err, want) {
			t.Errorf("%q: got %q, %v; want %v", text, d, err, want)
		}
		if kind := code.Division(text).Kind(); kind != "" {
			t.Errorf("%q is a %s", text, kind)
		}
	}
}

func TestCodesByLength(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text              string
		street, community bool
		of                string
	}{
		{"990101001", true, false, ""},
		{"000000000", true, false, ""},
		{"990101001001", false, true, "990101001"},
		{"99010100100１", false, false, ""},
		{"99010100100a", false, false, ""},
		{"D01", false, false, ""},
		{"", false, false, ""},
	} {
		if code.IsStreet(c.text) != c.street || code.IsCommunity(c.text) != c.community || code.Street(c.text) != c.of {
			t.Errorf("%q: street %v, community %v, in %q", c.text, code.IsStreet(c.text), code.IsCommunity(c.text), code.Street(c.text))
		}
	}
}
