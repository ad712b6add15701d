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
	for name, want := range map[string]string{"张三": "***", "某某商贸有限公司": "某某商贸有限公司", "6222020200112233445": "****3445", "": ""} {
		if got := act.PayeeShown(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// TestWhoIsPaidIsShownWhereItIsNoPerson: by how a name ends. Who is named as an organisation
// would be, with a surname before, stays a person.
func TestWhoIsPaidIsShownWhereItIsNoPerson(t *testing.T) {
	t.Parallel()
	for shown, names := range map[bool][]string{
		true: {
			"某某公司", "某公司", "民政局", "县民政局", "县医院", "县卫生院", "人民法院", "镇政府", "东街道", "热水社区", "某村委会", "县幼儿园", "派出所", "县司法所",
			"某某书店", "新华书店", "农机厂", "图书馆", "文明办", "综治办", "街道办", "建设银行", "实验学校", "某某超市", "便民中心", "县一中学", "计生协会",
			"水利管所", "县中医院", "县委党校", "县水文站", "县日报社", "红十字会", "县消防队", "欧阳公司", "东方小学", "大润发·公司",
		},
		false: {
			"张三", "王小明", "欧阳小明", "买买提·阿卜杜拉", "王局", "李店", "赵厂", "王站", "王新站", "张建社", "李运会", "王中学", "王小学", "李大学", "刘中心", "王银行",
			"陈文院", "赵得所", "孙卫队", "周学校", "欧阳新会", "司马建社", "诸葛中心", "王李小明", "扎西多吉",
		},
	} {
		for _, name := range names {
			want := "***"
			if shown {
				want = name
			}
			if got := act.PayeeShown(name); got != want {
				t.Errorf("%s is shown as %s", name, got)
			}
		}
	}
}

// TestALineThatWaitsIsKnownAgain: also one whose payee was hidden and would not be now; another
// payee is seen as ever.
func TestALineThatWaitsIsKnownAgain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ known, name, want string }{
		{"***", "张三", ""}, {"***", "某某公司", ""}, {"***", "某某商贸有限公司", "某某商贸有限公司"}, {"***", "", ""},
		{"某某公司", "某某公司", "某某公司"}, {"某某公司", "张三", "***"},
	} {
		if got := act.PayeeAgain(c.known, c.name); got != c.want {
			t.Errorf("%s, known as %s, is %s", c.name, c.known, got)
		}
	}
}
