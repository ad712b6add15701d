// Package burden keeps what departments hang on communities' doors and lay on
// their desks: plaques (挂牌) and other burdens (其他负担).
//
// It is the smallest service and the one to read first. A rule file
// (plaque.go, burden.go) reads top to bottom: what is known of one stream, how
// an event changes that, and what a command does to it.
package burden
