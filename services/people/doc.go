// Package people keeps who acts in a county: users (人员) and what they were
// granted (授权), how they sign in, and what may be done to them.
//
// A person may have more than one account. User.Person is the human being, and
// whatever asks for a second person compares it. A rule file (user.go, grant.go,
// password.go, attempt.go, session.go, token.go) reads top to bottom: what is
// known, and what a command does to it. Times come in as arguments.
//
// What is known of people is personal data. It never becomes an event: it stands
// in tables of its own (services/people/keep), and entries name opaque ids.
package people
