// Package chaos has only tests: a county of real processes under load, whose
// service, PostgreSQL, NATS and connections are killed, wiped and cut, and whose
// journal, book, money and bus are then looked at. `make chaos` is its long form.
package chaos
