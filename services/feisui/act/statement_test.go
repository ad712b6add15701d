package act_test

import (
	"slices"
	"strings"
	"testing"

	"feisui/services/feisui/act"
)

func TestTheNumbersOfTasksInASummary(t *testing.T) {
	t.Parallel()
	known := []string{"JB2025-0031", "JB2025-00310", "2025-0031", "费转〔2025〕1号", "123", "JB/2025-一号"}
	stands := func(no string) bool { return slices.Contains(known, no) }
	for text, want := range map[string][]string{
		"":                          nil,
		"拨付JB2025-0031社区经费":         {"JB2025-0031"},
		"JB2025-0031":               {"JB2025-0031"},
		"JB2025-00310":              {"JB2025-00310"}, // the longer one is meant
		"JB2025-00311":              nil,              // no part of another number
		"XJB2025-0031":              nil,              // a letter before it makes it another
		"JB2025-0031、JB2025-00310":  {"JB2025-0031", "JB2025-00310"},
		"JB2025-0031两次 JB2025-0031": {"JB2025-0031"},
		"费转〔2025〕1号文":               {"费转〔2025〕1号"},
		"关于JB/2025-一号的经费":           {"JB/2025-一号"},
		"付款123":                     nil, // too short to be meant
		strings.Repeat("经费", 200):   nil,
	} {
		if got := act.NumbersIn(text, stands); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// TestALongSummaryIsReadQuickly: each place of a text is asked for a bounded number
// of numbers, however long the text is.
func TestALongSummaryIsReadQuickly(t *testing.T) {
	t.Parallel()
	asked := 0
	act.NumbersIn(strings.Repeat("拨", 500), func(string) bool { asked++; return false })
	if asked == 0 || asked > 500*64 {
		t.Errorf("asked %d times", asked)
	}
}

func TestWhatIsAPersonsIsNotKept(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"电话13812345678": "电话****5678",
		"身份证11010519491231002X，卡6222020200112233445": "身份证****002X，卡****3445",
		"凭证20250303001，社区431026102001":               "凭证20250303001，社区431026102001",
		"":                                           "",
	} {
		if got := act.Masked(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	for name, want := range map[string]string{"张三": "***", "买买提·阿卜杜拉": "***", "某某商贸有限公司": "某某商贸有限公司", "6222020200112233445": "****3445", "": ""} {
		if got := act.PayeeShown(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
