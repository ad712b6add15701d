package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"feisui/pkg/access"
	"feisui/pkg/journal"
	"feisui/pkg/message"
	"feisui/services/feisui/serve"
	"feisui/services/ledger/api"
	"feisui/services/people/keep"
)

// demoPassword is that of every demo account. It is no secret: it stands in the
// README, and lets nobody in on a server that others reach.
const demoPassword = "try-feisui-today"

// sampleRequest is the id under which a sample is loaded, so that a second start
// changes nothing.
func sampleRequest(division string) string { return "sample/" + division }

// patiently has the sample there. The database may go while it is loaded: what was begun
// is begun anew, in which what is there already stays.
func (c *runCmd) patiently(ctx context.Context, server *serve.Server, at remote, stdout output, stderr notices) error {
	for told := false; ; told = true {
		var said bytes.Buffer // once
		err := c.demo(ctx, server, at, &said)
		switch {
		case err == nil:
			_, err = said.WriteTo(stdout)
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case !passes(err):
			return err
		case !told:
			fmt.Fprintf(stderr, "feisui: %s (%v)\n", say("sample_waits"), err)
		}
		waiting, cancel := context.WithTimeout(ctx, sampleAgain)
		<-waiting.Done()
		cancel()
	}
}

// sampleAgain is how long a sample waits for a database that is away.
const sampleAgain = time.Second

// errBehind says that lists do not show yet what is recorded.
var errBehind = errors.New("the rows of lists could not be written in time")

// passes reports that an error says of the database only that it is away, or slow.
func passes(err error) bool {
	var u unsure
	return errors.As(err, &u) && u.passing() || errors.Is(err, errBehind) || journal.Unreachable(err)
}

// demo loads the sample, and makes its demo accounts and prints them, in a county
// that holds nothing else.
func (c *runCmd) demo(ctx context.Context, server *serve.Server, at remote, stdout output) error {
	sample, others, err := server.Loaded(ctx, c.County, sampleRequest(c.Sample))
	if err != nil {
		return err
	}
	if others && !sample {
		_, err := fmt.Fprintln(stdout, say("no_sample"))
		return err
	}
	position, err := loadSample(ctx, at, c.Sample, c.On, stdout)
	if err != nil {
		return err
	}
	of, err := at.demoScopes(ctx, position)
	if err != nil {
		return err
	}
	switch err := server.Demo(ctx, c.County, sampleRequest(c.Sample), demoPassword, of); {
	case errors.Is(err, keep.ErrNoDemo):
		_, err = fmt.Fprintln(stdout, say("no_demo"))
		return err
	case err != nil:
		return fmt.Errorf("make the demo accounts: %w", err)
	}
	if err := at.play(ctx, of); err != nil {
		var no *refused
		if !errors.As(err, &no) { // somebody changed a password, or what is acted on
			return err
		}
		if _, err := fmt.Fprintln(stdout, say("no_play", "why", err.Error())); err != nil {
			return err
		}
	}
	return printDemo(stdout, of)
}

// demoScopes are the department of the first task whose fee is missing, its
// community and the street of that, so that there is something to see for each. It fails
// with errBehind while the list is of before a position.
func (c *remote) demoScopes(ctx context.Context, position int64) (of keep.DemoScopes, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.path("tasks", url.Values{"lamp": {"red"}, "limit": {"1"}}), nil)
	if err != nil {
		return of, err
	}
	var list api.TaskList
	err = c.call(r, func(from io.Reader) error { return json.NewDecoder(from).Decode(&list) })
	if err == nil && list.Position < position {
		err = errBehind
	}
	if err == nil && len(list.Tasks) == 0 {
		err = errors.New("the sample has no task without its fee")
	}
	if err != nil {
		return of, err
	}
	task := list.Tasks[0]
	return keep.DemoScopes{
		Department: task.Department, Street: task.Street, Community: task.Community,
		Titles: demoTitles(), Pairs: []access.Role{access.Authority, access.FinanceOfficer},
	}, nil
}

// demoTitles are the roles in words, Chinese as the names beside them are.
func demoTitles() map[access.Role]string {
	titles := map[access.Role]string{}
	for _, role := range access.Roles {
		if role != access.Operator {
			titles[role] = messages.Say(message.Chinese, message.Text{Key: "role_" + string(role)})
		}
	}
	return titles
}

// printDemo lists the demo accounts: how to sign in, as what, and of whom.
func printDemo(stdout output, of keep.DemoScopes) error {
	if _, err := fmt.Fprintln(stdout, say("demo", "password", demoPassword)); err != nil {
		return err
	}
	for _, one := range of.Users() {
		role, scope := one.Grant.Role, one.Grant.Scope
		if _, err := fmt.Fprintf(stdout, "  %-24s %s %s\n", one.Name, say("role_"+string(role)), cmp.Or(scope, say("whole_county"))); err != nil {
			return err
		}
	}
	return nil
}

// say gives a sentence in Chinese with the English after it.
func say(key string, args ...string) string {
	text := message.Text{Key: key, Args: message.Args{}}
	for i := 0; i+1 < len(args); i += 2 {
		text.Args[args[i]] = args[i+1]
	}
	return messages.Say(message.Chinese, text) + " (" + messages.Say(message.English, text) + ")"
}
