package serve

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/services/people/sso"
)

// Config says what a server runs on. The zero values run everything privately.
type Config struct {
	Data        string   // the folder of the private servers
	Listen      string   // host:port of HTTP; port 0 for any
	DatabaseURL string   // a PostgreSQL to use instead of a private one
	MigrateURL  string   // who migrates it; empty: DatabaseURL
	NATSURL     string   // a NATS to use instead of one in this process
	NATSListen  string   // host:port for other programs to reach the private NATS; empty: none
	Counties    []string // counties that are made where they are missing; those that are there are served too
	CountyName  string   // what a county that is made is called, such as 汝城县; empty: as in Counties; one that is there keeps its name
	Targets     []string // what runs in this process, of Targets; none: everything
	API         string   // where the API's process answers, of a portal alone; empty: in this process
	Calendar    civil.Calendar
	Clock       func() time.Time // for when something was recorded and which day it is, never for a rule
	AnyClock    bool             // take a clock that is not the database's
	Log         *slog.Logger

	// OperatorKey is what whoever runs the machine shows as Authorization: Bearer;
	// empty: nobody is the operator.
	OperatorKey string
	// PortalKey is what a portal in another process and the API's process both have: by
	// it the one believes the other from where somebody comes. Empty: no portal is believed.
	PortalKey string
	// Who says who asks, where a program that has a server in it knows that better
	// than the county's accounts; nil, and nobody found: a session or a token says it.
	Who         func(context.Context, *http.Request) (access.Principal, error)
	CheapHashes bool // of passwords that keep nothing safe, as tests use

	// FactorKeyFile has the key by which second factors are sealed in the database; empty:
	// it is in Data, where a server with a private PostgreSQL makes it.
	FactorKeyFile string

	// FactorKeyAlsoFile has a key that opens second factors and seals none: that of before
	// or after, while the key is changed; empty: there is none.
	FactorKeyAlsoFile string

	// A server listens on this machine alone unless it is reached over TLS: its own,
	// with the files of a certificate and its key, or that of a proxy before it, by
	// which it is called BehindProxy.
	TLSCert, TLSKey string
	BehindProxy     string

	// SSO is where the county has people sign in for everything; without an
	// issuer they sign in here alone.
	SSO sso.Config
}
