package burden

import "strings"

// The kinds of which something may be forbidden.
const (
	certificate = "certificate"
	secondment  = "secondment"
)

// Why a burden should not be: the key of the sentence that says so.
const (
	NotPermittedCertificate = "certificate_banned"
	NotPermittedSecondment  = "secondment"
)

// banned are the certificates that a community must not be asked for, by the words
// that a title of one has: the national list of twenty (民发〔2020〕20号). Where an
// entry has several, a title has all of them. Provinces add to the list; theirs are
// not here.
var banned = []struct {
	name  string
	words []string
}{
	{"亲属关系证明", []string{"亲属关系"}},
	{"居民身份信息证明", []string{"身份信息"}},
	{"户口登记项目内容变更申请证明", []string{"户口", "变更"}},
	{"居民养犬证明", []string{"养犬"}},
	{"无犯罪记录证明", []string{"无犯罪"}},
	{"社区戒毒社区康复人员情况（表现）证明", []string{"戒毒"}},
	{"人员失踪证明", []string{"失踪"}},
	{"婚姻状况证明", []string{"婚姻状况"}},
	{"出生证明", []string{"出生"}},
	{"健在证明", []string{"健在"}},
	{"死亡证明", []string{"死亡"}},
	{"疾病状况证明", []string{"疾病"}},
	{"残疾状况证明", []string{"残疾"}},
	{"婚育状况证明", []string{"婚育"}},
	{"居民就业状况证明", []string{"就业状况"}},
	{"居民个人档案证明", []string{"个人档案"}},
	{"居民财产证明", []string{"财产"}},
	{"遗产继承权证明", []string{"遗产继承"}},
	{"市场主体住所证明", []string{"市场主体", "住所"}},
	{"证件遗失证明", []string{"证件", "遗失"}},
}

// Permitted says why a burden of a kind and a title should not be: a key, and of a
// certificate its name in the national list; "" where nothing is known against it.
// A title is what somebody typed, so it is pointed out and never refused.
func Permitted(kind, title string) (why, name string) {
	switch kind {
	case secondment:
		return NotPermittedSecondment, ""
	case certificate:
		for _, c := range banned {
			if hasAll(title, c.words) {
				return NotPermittedCertificate, c.name
			}
		}
	}
	return "", ""
}

func hasAll(text string, words []string) bool {
	for _, word := range words {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}
