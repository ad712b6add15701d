package people

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What a password is.
const (
	PasswordMin = 12  // characters
	PasswordMax = 200 // bytes: hashing a book costs the server, not its writer
)

// CheckPassword refuses a password that somebody would guess: short, with the
// user's name, all digits, few different characters, or a word that everybody
// takes with something around it.
func CheckPassword(password, name string) error {
	lower := strings.ToLower(password)
	switch n := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password) || len(password) > PasswordMax:
		return refuse(Invalid, "PASSWORD_LONG")
	case n < PasswordMin:
		return refuse(Invalid, "PASSWORD_SHORT")
	case name != "" && strings.Contains(lower, strings.ToLower(name)):
		return refuse(Invalid, "PASSWORD_NAME")
	case common(lower):
		return refuse(Invalid, "PASSWORD_COMMON")
	}
	return nil
}

// differentMin is how many different characters a password has.
const differentMin = 5

func common(lower string) bool {
	different := map[rune]bool{}
	for _, r := range lower {
		different[r] = true
	}
	// Digits around a word just stand there; those within may stand for letters.
	bare, within := letters(lower), letters(strings.Map(back, strings.Trim(lower, "0123456789.,-_!?#*")))
	return len(different) < differentMin || bare == "" || slices.Contains(taken, bare) || slices.Contains(taken, within)
}

// letters drops what is none.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, s)
}

func back(r rune) rune {
	if letter, ok := written[r]; ok {
		return letter
	}
	return r
}

// written are characters that people write for letters.
var written = map[rune]rune{'0': 'o', '1': 'l', '3': 'e', '4': 'a', '5': 's', '7': 't', '@': 'a', '$': 's', '!': 'i'}

// taken are the words that everybody takes, in the lists of passwords that were
// found out and in this program.
var taken = []string{
	"a", "aa", "aaa", "ab", "abc", "abcd", "abcde", "abcdef", "abcdefg", "abcdefgh", "abcdefghij", "abcdefghijkl", "admin", "adminadmin",
	"administrator", "adminpassword", "asd", "asdf", "asdfgh", "asdfghjkl", "asdfghjklqwertyuiop", "baseball", "changeit", "changeme",
	"china", "computer", "default", "demo", "department", "dragon", "feisui", "feisuifeisui", "football", "gov", "government", "guest",
	"huawei", "iloveyou", "iloveyouforever", "letmein", "letmeinplease", "login", "loveyou", "manager", "master", "minzheng", "monkey",
	"mypassword", "nopassword", "office", "p", "pass", "passpass", "passphrase", "passw", "passwd", "password", "passwordpassword", "passwords",
	"princess", "q", "qaz", "qazwsx", "qazwsxedc", "qazwsxedcrfv", "qq", "qwe", "qweasd", "qweasdzxc", "qwer", "qwert", "qwerty", "qwertyqwerty",
	"qwertyui", "qwertyuiop", "qwertyuiopasdfghjkl", "root", "rootroot", "secret", "secretpassword", "security", "service", "shehui", "shequ",
	"sunshine", "superman", "superuser", "supervisor", "sysadmin", "system", "temp", "temporary", "test", "testing", "testpassword", "testtest",
	"trustno", "trustnol", "user", "username", "wang", "welcome", "welcomewelcome", "woaini", "woainiwoaini", "woaizhongguo", "wsx", "xsw", "zaq",
	"zaqxsw", "zhang", "zhongguo", "zhongguoren", "zxc", "zxcv", "zxcvbn", "zxcvbnm", "密码", "我爱你", "我的密码",
}

// SamePassword is the refusal of a new password that is the old one.
func SamePassword() *Refusal { return refuse(Invalid, "PASSWORD_SAME") }

// OldPasswordWrong is the refusal of who changes a password, or another way in,
// without knowing the one of now.
func OldPasswordWrong() *Refusal { return refuse(Forbidden, "PASSWORD_WRONG") }
