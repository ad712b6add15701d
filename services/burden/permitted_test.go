package burden_test

import (
	"testing"

	"feisui/services/burden"
)

func TestWhatShouldNotBeIsPointedOut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kind, title, why, name string }{
		{"certificate", "直系亲属关系证明", burden.NotPermittedCertificate, "亲属关系证明"},
		{"certificate", "户口登记项目变更证明", burden.NotPermittedCertificate, "户口登记项目内容变更申请证明"},
		{"certificate", "户口簿复印件", "", ""},
		{"certificate", "养犬", burden.NotPermittedCertificate, "居民养犬证明"},
		{"certificate", "证件遗失声明盖章", burden.NotPermittedCertificate, "证件遗失证明"},
		{"certificate", "物品遗失证明", "", ""},
		{"certificate", "低保对象证明", "", ""},
		{"form", "婚姻状况月报", "", ""},
		{"secondment", "借调文书一名", burden.NotPermittedSecondment, ""},
		{"app", "", "", ""},
	} {
		if why, name := burden.Permitted(c.kind, c.title); why != c.why || name != c.name {
			t.Errorf("%s %s: %q %q", c.kind, c.title, why, name)
		}
	}
}

func TestNumbersOfPeopleAreSeen(t *testing.T) {
	t.Parallel()
	for text, personal := range map[string]bool{
		"要求每周报一次台账":                false,
		"电话13912345678":            true,
		"电话 139 1234 5678":         true,
		"电话１３９１２３４５６７８":            true,
		"身份证43102619900101001X 的人": true,
		"431026199001010019":       true,
		"文号〔2025〕12号，2025-03-03":   false,
		"社区 431026102001":          false, // a community's code has twelve
		"21234567890":              false,
		"共 12345 户 67890 人":        false,
		"":                         false,
		"139123456789":             false,
	} {
		if burden.Personal(text) != personal {
			t.Errorf("%q", text)
		}
	}
}

// TestACodeOfABudgetIsNobodysNumber: what is refused among codes is a resident's number,
// whatever stands around it, and a mobile telephone's; the resident is the example of GB
// 11643-1999.
func TestACodeOfABudgetIsNobodysNumber(t *testing.T) {
	t.Parallel()
	for text, personal := range map[string]bool{
		"县财社〔2025〕12号，科目 2080208":    false,
		"指标 43102625Y000012345678":   false,
		"项目 431026250000000012345":   false, // 21 digits
		"项目 43102619900101001":       false, // 17: no check character
		"项目 431026199001010010":      false, // 18: and a wrong one
		"2080208 50201 431026":       false,
		"12345678901":                false, // eleven digits, and no mobile begins so
		"11010519491231002X":         true,
		"经办人11010519491231002x":      true,
		"１１０１０５１９４９１２３１００２Ｘ":         true,
		"110105-19491231-002X":       true,
		"110105 1949 1231 002X":      true,
		"2080208 11010519491231002X": true, // joined to what stands before it, it is 25 long
		"208020811010519491231002X":  true,
		"2080208，13912345678":        true,
		"2080208 13912345678":        true,
		"139 1234 5678":              true,
		"X13912345678":               true,
		"X":                          false,
		"":                           false,
		"社会福利 2081001；指标文号 汝财预〔2025〕3号；X 项目 001": false,
	} {
		if burden.PersonalAmongCodes(text) != personal {
			t.Errorf("%q", text)
		}
	}
	// The control: by its length alone such a code is refused, which holds everywhere else.
	if !burden.Personal("项目 431026250000000012345") {
		t.Error("a number of 21 digits is nobody's where no code belongs")
	}
}

// TestNumbersOfTelephonesAreSeen where none so long belongs.
func TestNumbersOfTelephonesAreSeen(t *testing.T) {
	t.Parallel()
	for text, telephone := range map[string]bool{
		"科员 2222222": true, "0735-2222222": true, "222-2222": true, "２２２２２２２": true, "13912345678": true, "222 2222转8": true,
		"社会事务科": false, "222222": false, "科员（2 号窗口，3 楼 305）": false, "123456号1": false, "": false,
	} {
		if burden.Telephone(text) != telephone {
			t.Errorf("%q", text)
		}
	}
}
