package sim_test

// cutMistakes are mistakes that nobody sees as long as nothing goes wrong, each
// with the operations of which the cuts of each find it: no operation is without.
var cutMistakes = []mistake{
	{
		wrong: "what ended in an error is acknowledged",
		file:  batchGo,
		old:   "if err == nil {\n\t\t\tend := p.end",
		new:   "if err == nil || p != nil && passing(err) {\n\t\t\tend := p.end",
		cuts: []string{
			"an event is appended, and made known", "an event that expects a version", "a batch of several requests", "a request again, and another with its id",
			"an import of more than all before it", "an import where another process was faster", "an event that cannot be taken",
			"an event with two processes", "a day begins with two processes", "the book is rebuilt while another process writes it",
		},
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
			File: importGo,
			Old:  "\terr = copyRows(ctx, tx, \"journal.request\"",
			New:  "\treturn true, nil\n}\n\nfunc (p *plan) copyRequests(ctx context.Context, tx pgx.Tx) error {\n\treturn copyRows(ctx, tx, \"journal.request\"",
		}, {
			File: importGo,
			Old:  "\treturn err == nil, err\n",
			New:  "",
		}},
		cuts: []string{"an import"},
	}, {
		wrong: "a relay remembers where the bus ends, and does not ask",
		file:  relayGo,
		old:   "func (r *Relay[E]) tail(ctx context.Context) (bus.Tail, error) {\n",
		new: "var ends sync.Map\n\nfunc (r *Relay[E]) tail(ctx context.Context) (bus.Tail, error) {\n" +
			"\tif end, known := ends.Load(r); known {\n\t\treturn end.(bus.Tail), nil\n\t}\n",
		also: []change{{
			File: relayGo,
			Old:  "\t\t_, err = r.to.Append(ctx, r.county, tail, batch)\n",
			New:  "\t\tif tail, err = r.to.Append(ctx, r.county, tail, batch); err == nil {\n\t\t\tends.Store(r, tail)\n\t\t}\n",
		}, {
			File: relayGo,
			Old:  "\treturn r.to.Tail(ctx, r.county)\n",
			New:  "\ttail, err := r.to.Tail(ctx, r.county)\n\tif err == nil {\n\t\tends.Store(r, tail)\n\t}\n\treturn tail, err\n",
		}, {File: relayGo, Old: "\t\"log/slog\"\n", New: "\t\"log/slog\"\n\t\"sync\"\n"}},
		cuts: []string{"an event is appended, and made known"},
	}, {
		wrong: "a book moves its position in a transaction of its own",
		file:  storeGo,
		old:   "\t\ts.move(b, j.to)\n\t\treturn tx.SendBatch(ctx, b).Close()\n\t})\n\treturn j, err\n",
		new: "\t\treturn tx.SendBatch(ctx, b).Close()\n\t})\n\tif err != nil || j == nil {\n\t\treturn j, err\n\t}\n" +
			"\treturn j, pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{}, func(tx pgx.Tx) error {\n" +
			"\t\tif _, err := read(ctx, tx, `where county = $1 and generation = $2 and live for update`, s.county, j.to.generation); err != nil {\n" +
			"\t\t\treturn err\n\t\t}\n" +
			"\t\tb := &pgx.Batch{}\n\t\ts.move(b, j.to)\n\t\treturn tx.SendBatch(ctx, b).Close()\n\t})\n",
		cuts: []string{"an event is appended, and made known", "a start with some of it to do"},
	}, {
		wrong: "what could not be written is forgotten, and nothing comes after it",
		file:  writeGo,
		old:   "\tl.waiting = j\n}",
		new:   "}",
		cuts:  []string{"a fee arrives, and flags are cleared"},
	}, {
		wrong: "the book is written without a bound",
		file:  storeGo,
		old:   "\tctx, cancel := context.WithTimeout(ctx, limit)\n",
		new:   "\t_ = limit\n\tctx, cancel := context.WithCancel(ctx)\n",
		cuts:  []string{"a day begins, and flags are announced", "a start with other rules"},
	}, {
		wrong: "a relay counts as old what it could not refill at once",
		file:  relayGo,
		old:   "\t\tif when := r.when(e); ",
		new:   "\t\tr.old = tail.First\n\t\tif when := r.when(e); ",
		cuts:  []string{"the bus was purged"},
	}, {
		wrong: "a relay gives up when something fails",
		file:  relayGo,
		old:   "\t\tif failures = r.tell(ctx, failures, err); !more {\n",
		new:   "\t\tif failures = r.tell(ctx, failures, err); failures > 0 {\n\t\t\t<-ctx.Done()\n\t\t}\n\t\tif !more {\n",
		cuts: []string{
			"the bus was wiped", "the bus was rolled back", "somebody else published to the bus", "the bus knows more than the journal",
			"the bus was purged", "all on the bus grew too old", "a start with all to do",
		},
	}, {
		wrong: "a rebuild whose end failed counts as done",
		file:  "services/ledger/keep/rebuild.go",
		old:   `return Rebuilt{}, fmt.Errorf("it is not known whether the new book is live: %w", err)`,
		new:   `return r, nil`,
		cuts:  []string{"the book is rebuilt"},
	}, {
		wrong: "a ledger gives up writing when something fails",
		file:  writeGo,
		old:   "\t\tif failing = err != nil; failing {\n",
		new:   "\t\tif failing = err != nil; failing {\n\t\t\t<-ctx.Done()\n",
		cuts:  []string{"the book was restored to an earlier time"},
	},
}
