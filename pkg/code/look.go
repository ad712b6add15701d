package code

import "strings"

// This file is characters that pass for others: a number or a name that has one looks like
// another number or name, and is a different one.

// passing are characters that pass for another, each before that one: Cyrillic and Greek
// letters, hyphens that a word processor writes, and kana.
const passing = `
	АA ВB ЕE ЅS ІI ЈJ КK МM НH ОO РP СC ТT УY ХX ԌG аa сc ԁd еe һh іi јj оo рp ԛq ѕs ԝw хx уy
	ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX οo νv ɑa ɡg ıi
	‐- ‑- ‒- –- −- ﹣-
	ー一 ニ二 ハ八 エ工 タ夕 ト卜 ロ口 カ力 チ千`

// radicals are what the Kangxi radicals pass for, from U+2F00 on: programs that read PDF
// files write those.
const radicals = "" +
	"一丨丶丿乙亅二亠人儿入八冂冖冫几凵刀力勹匕匚匸十卜卩厂厶又口囗土士夂夊夕大女子宀寸小尢尸屮山巛工己巾干幺广廴" +
	"廾弋弓彐彡彳心戈戶手支攴文斗斤方无日曰月木欠止歹殳毋比毛氏气水火爪父爻爿片牙牛犬玄玉瓜瓦甘生用田疋疒癶白皮皿" +
	"目矛矢石示禸禾穴立竹米糸缶网羊羽老而耒耳聿肉臣自至臼舌舛舟艮色艸虍虫血行衣襾見角言谷豆豕豸貝赤走足身車辛辰辵" +
	"邑酉釆里金長門阜隶隹雨靑非面革韋韭音頁風飛食首香馬骨高髟鬥鬯鬲鬼魚鳥鹵鹿麥麻黃黍黑黹黽鼎鼓鼠鼻齊齒龍龜龠"

const radicalFirst = '⼀' // U+2F00

var passesFor = func() map[rune]rune {
	is := map[rune]rune{}
	for pair := range strings.FieldsSeq(passing) {
		both := []rune(pair)
		is[both[0]] = both[1]
	}
	for i, r := range []rune(radicals) {
		is[radicalFirst+rune(i)] = r
	}
	return is
}()

// Lookalike gives the first character of a text that passes for another, and that one; 0
// and 0 where none does. It knows those that input methods, word processors and PDF files
// bring into Chinese texts; letters of ASCII and digits that look alike are not among them.
func Lookalike(s string) (is, as rune) {
	for _, r := range s {
		if as, passes := passesFor[r]; passes {
			return r, as
		}
	}
	return 0, 0
}
