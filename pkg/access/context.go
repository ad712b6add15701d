package access

import "context"

type (
	principalKey struct{}
	scopeKey     struct{}
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
