package code_test

import (
	"errors"
	"strings"
	"testing"

	"feisui/pkg/code"
)

func TestDocuments(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		// From reports.
		"市委[2022]34号":     "市委〔2022〕34号",
		"姜委发[2022]34、35号": "姜委发〔2022〕34号 姜委发〔2022〕35号",
		"姜委发[2022]35号":    "姜委发〔2022〕35号",
		"汝政办函[2004]54号":   "汝政办函〔2004〕54号",
		"万办字[**]60号":      "万办字〔**〕60号",
		// From sources; these are canonical.
		"江源政办发〔2022〕11号": "江源政办发〔2022〕11号",
		"江永民发〔2021〕34号":  "江永民发〔2021〕34号",
		"湘民发〔2020〕41号":   "湘民发〔2020〕41号",
		"民发〔2015〕136号":   "民发〔2015〕136号",
		"国办函〔2026〕12号":   "国办函〔2026〕12号",
		"鞍民发〔2021〕18号":   "鞍民发〔2021〕18号",
		"岳楼政办函〔2014〕1号":  "岳楼政办函〔2014〕1号",
		"豫办〔2014〕33号":    "豫办〔2014〕33号",
		"财预〔1998〕99999号": "财预〔1998〕99999号",
		// The offices' own, with their short name not yet filled in.
		"×费转督〔2026〕12号": "*费转督〔2026〕12号",
		"×费转改〔2026〕3号":  "*费转改〔2026〕3号",
		// As people type them.
		"民发【2015】136号":                 "民发〔2015〕136号",
		"民发（2015）136号":                 "民发〔2015〕136号",
		"民发(2015)136号":                 "民发〔2015〕136号",
		"民发﹝2015﹞136号":                 "民发〔2015〕136号",
		"民发［２０１５］１３６号":                 "民发〔2015〕136号",
		"民发[2015〕136号":                 "民发〔2015〕136号",
		"民发〔2015〕第136号":                "民发〔2015〕136号",
		"民发〔2015〕0136号":                "民发〔2015〕136号",
		"民发〔2015〕第 0136 号":             "民发〔2015〕136号",
		"　民 发 〔 2015 〕\u00a0136 号\n":   "民发〔2015〕136号",
		"民发〔20XX〕1X号":                  "民发〔20**〕1*号",
		"ＸＸ发〔2022〕＊号":                  "**发〔2022〕*号",
		"民发〔****〕00*号":                 "民发〔****〕*号",
		"民发〔2*2*〕1号":                   "民发〔2*2*〕1号",
		"民发〔*023〕1号":                   "民发〔*023〕1号",
		"姜委发[2022]34号、35号、第036号":       "姜委发〔2022〕34号 姜委发〔2022〕35号 姜委发〔2022〕36号",
		"民发〔2015〕136号、湘民发[2020]41、42号": "民发〔2015〕136号 湘民发〔2020〕41号 湘民发〔2020〕42号",
	} {
		found, err := code.ParseDocument(text)
		var got []string
		for _, d := range found {
			got = append(got, d.String())
			if d.Masked() != strings.Contains(d.String(), "*") {
				t.Errorf("%q: Masked of %s is %v", text, d, d.Masked())
			}
		}
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%q: got %q, %v; want %s", text, got, err, want)
		}
	}
}

func TestTheOneDocument(t *testing.T) {
	t.Parallel()
	found, err := code.ParseDocument("万办字[**]060号")
	if want := (code.Document{Issuer: "万办字", Year: "**", Number: "60"}); err != nil || len(found) != 1 || found[0] != want {
		t.Errorf("got %#v, %v; want %#v", found, err, want)
	}
}

func TestWhatIsNoDocument(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]error{
		"":                 code.ErrDocumentForm,
		"号":                code.ErrDocumentForm,
		"34号文件":            code.ErrDocumentForm,
		"市委34号":            code.ErrDocumentForm,
		"民发〔2015〕136":      code.ErrDocumentForm,
		"民发2015年136号":      code.ErrDocumentForm,
		"民发〔2015 136号":     code.ErrDocumentForm,
		"民发〕2015〔136号":     code.ErrDocumentForm,
		"〔2015〕136号":       code.ErrDocumentIssuer,
		"ABC〔2015〕136号":    code.ErrDocumentIssuer,
		"《通知》民发〔2015〕136号": code.ErrDocumentIssuer,
		"关于印发某某街道社区工作经费管理办法的通知等民发〔2015〕136号": code.ErrDocumentIssuer,
		"民发〔15〕136号":         code.ErrDocumentYear,
		"民发〔1815〕136号":       code.ErrDocumentYear,
		"民发〔2115〕136号":       code.ErrDocumentYear,
		"民发〔*8**〕136号":       code.ErrDocumentYear,
		"民发〔20155〕136号":      code.ErrDocumentYear,
		"民发〔〕136号":           code.ErrDocumentYear,
		"民发〔2015〕号":          code.ErrDocumentNumber,
		"民发〔2015〕0号":         code.ErrDocumentNumber,
		"民发〔2015〕-1号":        code.ErrDocumentNumber,
		"民发〔2015〕100000号":    code.ErrDocumentNumber,
		"民发〔2015〕一百三十六号":     code.ErrDocumentNumber,
		"民发〔2015〕136号号":      code.ErrDocumentNumber,
		"民发〔2015〕136、号":      code.ErrDocumentNumber,
		"民发〔2015〕136号、〕1号":   code.ErrDocumentNumber,
		"民发〔2015〕34、民发35号":   code.ErrDocumentNumber,
		"民发〔2015〕1号〔2016〕2号": code.ErrDocumentNumber,
	} {
		if found, err := code.ParseDocument(text); found != nil || !errors.Is(err, want) {
			t.Errorf("%q: got %v, %v; want %v", text, found, err, want)
		}
	}
}

func FuzzParseDocument(f *testing.F) {
	for _, s := range []string{"民发〔2015〕136号", "姜委发[2022]34、35号", "万办字[**]60号", "民发〔20XX〕第 0136 号", "、号", "〔〕号"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		found, err := code.ParseDocument(s)
		if (err == nil) != (len(found) > 0) {
			t.Fatalf("%q: %v, %v", s, found, err)
		}
		for _, d := range found {
			again, err := code.ParseDocument(d.String())
			if err != nil || len(again) != 1 || again[0] != d {
				t.Errorf("%q was read as %s, and that as %v, %v", s, d, again, err)
			}
		}
	})
}
