package sim_test

// cutMistakes are mistakes that nobody sees as long as nothing goes wrong, each
// with an operation whose cuts find it.
var cutMistakes = []planted{
	{
		wrong: "what ended in an error is acknowledged",
		file:  batchGo,
		old:   "if err == nil {\n\t\t\tend := p.end",
		new:   "if err == nil || p != nil && passing(err) {\n\t\t\tend := p.end",
		cut:   "an event is appended, and made known",
	}, {
		wrong: "the request of an import is stored in a transaction of its own",
		file:  batchGo,
		old:   "\t\treturn nil\n\t})\n\treturn p, err\n",
		new: "\t\treturn nil\n\t})\n" +
			"\tif err == nil && batch[0].large {\n" +
			"\t\terr = pgx.BeginTxFunc(ctx, j.pool, pgx.TxOptions{}, func(tx pgx.Tx) error {\n" +
			"\t\t\tlook := plan{county: p.county, facts: facts{head: p.end}, recordedAt: p.end.recordedAt}\n" +
			"\t\t\tif _, err := look.append(ctx, tx); err != nil {\n\t\t\t\treturn err\n\t\t\t}\n" +
			"\t\t\treturn p.copyRequests(ctx, tx)\n\t\t})\n" +
			"\t}\n\treturn p, err\n",
		also: []change{{
			importGo,
			"\trequests := []string{",
			"\treturn true, nil\n}\n\nfunc (p *plan) copyRequests(ctx context.Context, tx pgx.Tx) error {\n\trequests := []string{",
		}, {
			importGo,
			"\t_, err = tx.CopyFrom(ctx, pgx.Identifier{\"journal\", \"request\"}",
			"\t_, err := tx.CopyFrom(ctx, pgx.Identifier{\"journal\", \"request\"}",
		}, {
			importGo,
			"\treturn err == nil, err\n",
			"\treturn err\n",
		}},
		cut: "an import",
	}, {
		wrong: "a relay remembers where the bus ends, and does not ask",
		file:  relayGo,
		old:   "func (r *Relay[E]) tail(ctx context.Context) (bus.Tail, error) {\n",
		new: "var ends sync.Map\n\nfunc (r *Relay[E]) tail(ctx context.Context) (bus.Tail, error) {\n" +
			"\tif end, known := ends.Load(r); known {\n\t\treturn end.(bus.Tail), nil\n\t}\n",
		also: []change{{
			relayGo,
			"\t\t_, err = r.to.Append(ctx, r.county, tail, batch)\n",
			"\t\tif tail, err = r.to.Append(ctx, r.county, tail, batch); err == nil {\n\t\t\tends.Store(r, tail)\n\t\t}\n",
		}, {
			relayGo,
			"\treturn r.to.Tail(ctx, r.county)\n",
			"\ttail, err := r.to.Tail(ctx, r.county)\n\tif err == nil {\n\t\tends.Store(r, tail)\n\t}\n\treturn tail, err\n",
		}, {relayGo, "\t\"log/slog\"\n", "\t\"log/slog\"\n\t\"sync\"\n"}},
		cut: "an event is appended, and made known",
	}, {
		wrong: "a book moves its position in a transaction of its own",
		file:  storeGo,
		old:   "\t\ts.move(b, j.to)\n\t\treturn tx.SendBatch(ctx, b).Close()\n\t})\n\treturn j, err\n",
		new: "\t\treturn tx.SendBatch(ctx, b).Close()\n\t})\n\tif err != nil || j == nil {\n\t\treturn j, err\n\t}\n" +
			"\treturn j, pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{}, func(tx pgx.Tx) error {\n" +
			"\t\tif _, err := read(ctx, tx, `where county = $1 and generation = $2 and live for update`, s.county, j.to.generation); err != nil {\n" +
			"\t\t\treturn err\n\t\t}\n" +
			"\t\tb := &pgx.Batch{}\n\t\ts.move(b, j.to)\n\t\treturn tx.SendBatch(ctx, b).Close()\n\t})\n",
		cut: "an event is appended, and made known",
	}, {
		wrong: "what could not be written is forgotten, and nothing comes after it",
		file:  writeGo,
		old:   "\tl.waiting = j\n}",
		new:   "}",
		cut:   "a fee arrives, and flags are cleared",
	}, {
		wrong: "the book is written without a bound",
		file:  storeGo,
		old:   "\tctx, cancel := context.WithTimeout(ctx, limit)\n",
		new:   "\t_ = limit\n\tctx, cancel := context.WithCancel(ctx)\n",
		cut:   "a day begins, and flags are announced",
	}, {
		wrong: "a relay counts as old what it could not refill at once",
		file:  relayGo,
		old:   "\t\tif when := r.when(e); ",
		new:   "\t\tr.old = tail.First\n\t\tif when := r.when(e); ",
		cut:   "the bus was purged",
	},
}
