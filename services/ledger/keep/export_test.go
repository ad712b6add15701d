package keep

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"feisui/pkg/access"
	"feisui/services/ledger"
)

// CatchUp takes in what is recorded, and writes it, once and now.
func (l *Ledger) CatchUp(ctx context.Context) error {
	if err := l.keeper.CatchUp(ctx); err != nil {
		return err
	}
	return l.flush(ctx)
}

// AnnounceOnce says what is to be said of flags now.
func (l *Ledger) AnnounceOnce(ctx context.Context) error { return l.announceOnce(ctx) }

// Generation is that which the ledger writes.
func (l *Ledger) Generation() int64 {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.written.generation
}

// Rows gives a book's rows as JSON objects, by table, as they should stand.
func Rows(c *ledger.Current) (map[string][]string, error) {
	all := map[string][]string{}
	for _, s := range c.Standings() {
		r := rowsOf(s)
		for _, err := range []error{
			texts(all, accounts, &r), texts(all, tasks, &r), texts(all, payments, &r), texts(all, flags, &r),
		} {
			if err != nil {
				return nil, err
			}
		}
	}
	for _, k := range c.Kept() {
		for _, account := range orNone(k.Accounts) {
			text, err := json.Marshal(map[string]any{"position": k.Position, "account": account, "reason": k.Reason})
			if err != nil {
				return nil, err
			}
			all["kept"] = append(all["kept"], string(text))
		}
	}
	return all, nil
}

func texts[R comparable](all map[string][]string, t *table[R], r *rows) error {
	for _, row := range *t.of(r) {
		text, err := json.Marshal(row)
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		all[t.name] = append(all[t.name], storable(text))
	}
	return nil
}

// Tables of the book, in which a generation has rows.
func TableNames() []string { return append(titles(), "kept") }

// Assembled are the statements that newTable puts together.
func Assembled() []string {
	var all []string
	for _, s := range [][]string{
		{accounts.remove, accounts.drop, accounts.insert, accounts.replace}, {tasks.remove, tasks.drop, tasks.insert, tasks.replace},
		{payments.remove, payments.drop, payments.insert, payments.replace}, {flags.remove, flags.drop, flags.insert, flags.replace},
	} {
		all = append(all, strings.Join(s, "\x00"))
	}
	return strings.Split(strings.Join(all, "\x00"), "\x00")
}

// CountsBehind counts flags behind the fence of a scope alone.
func (l *Ledger) CountsBehind(ctx context.Context, fence access.Scope) (List[FlagCount], error) {
	return l.countsBehind(ctx, fence, FlagFilter{Within: access.Scope{All: true}})
}

// FlagsBehind lists flags behind the fence of a scope alone, as if the list's own
// filter had been forgotten.
func (l *Ledger) FlagsBehind(ctx context.Context, fence access.Scope, p Page) (List[Flag], error) {
	return l.flagsBehind(ctx, fence, FlagFilter{Within: access.Scope{All: true}}, p)
}

// TasksBehind does so with tasks.
func (l *Ledger) TasksBehind(ctx context.Context, fence access.Scope, p Page) (List[Task], error) {
	return l.tasksBehind(ctx, fence, TaskFilter{Within: access.Scope{All: true}}, p)
}

// CommunitiesBehind does so with communities.
func (l *Ledger) CommunitiesBehind(ctx context.Context, fence access.Scope, p Page) (List[Community], error) {
	return l.communitiesBehind(ctx, fence, CommunityFilter{Within: access.Scope{All: true}}, p)
}

// Impatient has lists wait so long for rows.
func (l *Ledger) Impatient(d time.Duration) { l.patience = d }
