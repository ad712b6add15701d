package access

import "context"

type (
	principalKey struct{}
	scopeKey     struct{}
	askerKey     struct{}
	againKey     struct{}
)

// With gives a context in which p asks, within s.
func With(ctx context.Context, p Principal, s Scope) context.Context {
	return context.WithValue(context.WithValue(ctx, principalKey{}, p), scopeKey{}, s)
}

// From gives who asks; nobody where nobody was named.
func From(ctx context.Context) Principal {
	p, _ := ctx.Value(principalKey{}).(Principal)
	return p
}

// Within gives what may be seen or touched; nothing where nothing was said.
func Within(ctx context.Context) Scope {
	s, _ := ctx.Value(scopeKey{}).(Scope)
	return s
}

// Asking gives a context in which Still asks again.
func Asking(ctx context.Context, again func(context.Context) (Scope, bool)) context.Context {
	return context.WithValue(ctx, askerKey{}, again)
}

// Still asks anew whether who asks may, and within what: for answers that go on
// for longer than rights may be believed. It says no where nobody can be asked.
func Still(ctx context.Context) (Scope, bool) {
	again, _ := ctx.Value(askerKey{}).(func(context.Context) (Scope, bool))
	if again == nil {
		return Scope{}, false
	}
	return again(context.WithValue(ctx, againKey{}, true))
}

// Again reports that it is Still that asks: nobody does anything, an answer goes on.
func Again(ctx context.Context) bool {
	again, _ := ctx.Value(againKey{}).(bool)
	return again
}
