package serve

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"feisui/pkg/access"
	"feisui/pkg/bus"
	"feisui/pkg/civil"
	"feisui/pkg/journal"
	"feisui/pkg/local"
	"feisui/pkg/relay"
	"feisui/schemas"
	"feisui/services/feisui/intake"
	"feisui/services/ledger/keep"
	people "feisui/services/people/keep"
	"feisui/services/people/sso"
)

// How long parts may take, and how much the headers of a request.
const (
	drainMax  = 20 * time.Second
	headerMax = 10 * time.Second

	headersMax = 32 << 10 // bytes: an address of 8 KB and what browsers send beside it
)

// A connection to NATS that is half open is found out after so many questions
// whether it is there.
const (
	pingEvery   = 5 * time.Second
	pingsMissed = 2
)

// Server is a running county.
type Server struct {
	log      *slog.Logger
	calendar civil.Calendar
	pool     *pgxpool.Pool
	journal  *journal.Journal
	watch    *journal.Watch
	bus      *bus.Bus
	postgres *private    // nil when it is somebody else's
	broker   *local.NATS // nil likewise
	conn     *nats.Conn
	listener net.Listener
	closers  []func() error // last opened, first closed
	clock    func() time.Time
	targets  []string      // what runs here; none: everything
	leaving  chan struct{} // closed when the server begins to end
	lull     lull

	operatorKey string
	portalKey   string
	far         *far           // the API's process, of a portal alone; nil: this is it
	people      *people.People // who asks, but for the operator
	intake      intake.Store   // workbooks that wait to be confirmed
	asks        func(context.Context, *http.Request) (access.Principal, error)
	trail       access.Trail
	sso         *sso.Provider          // who else signs people in; nil: nobody
	proxied     bool                   // a proxy before it speaks TLS
	names       func(host string) bool // by which it may be called besides those of this machine
	certificate *tls.Certificate       // nil: HTTP in plain

	mu           sync.Mutex
	counties     map[string]*county
	demoPassword string // of the demo accounts, "" where there are none
}

// Open starts the parts in the order in which they need each other, and returns
// when the ledger is at the journal's end and the address is taken. What was
// opened is closed again when something fails.
func Open(ctx context.Context, c Config) (s *Server, err error) {
	s = &Server{
		log: c.Log, calendar: c.Calendar, clock: c.Clock, targets: c.Targets, leaving: make(chan struct{}), counties: map[string]*county{},
		operatorKey: c.OperatorKey, portalKey: c.PortalKey, asks: c.Who, proxied: c.BehindProxy != "",
	}
	defer func() {
		if err != nil {
			closing := s.Close()
			if closing != nil { // who ends a start early asks what came of it no more
				s.log.ErrorContext(ctx, "a start that came to nothing is not wholly closed", slog.Any("error", closing))
			}
			err = errors.Join(err, closing)
		}
	}()
	if err := checkTargets(c.Targets); err != nil {
		return s, err
	}
	if err := s.checkListening(c); err != nil {
		return s, err
	}
	if err := s.checkRights(c); err != nil {
		return s, err
	}
	if err := checkCountyName(c.CountyName); err != nil {
		return s, err
	}
	if c.API != "" {
		return s, s.openApart(ctx, c)
	}
	if err := s.openSSO(c); err != nil {
		return s, err
	}
	url, err := s.openPostgres(ctx, c)
	if err != nil {
		return s, err
	}
	if err := s.openBus(ctx, c); err != nil {
		return s, err
	}
	if err := s.openJournal(ctx, c, url); err != nil {
		return s, err
	}
	if err := s.patiently(ctx, func() error { return s.openCounties(ctx, c.Counties, c.CountyName) }); err != nil {
		return s, err
	}
	return s, s.listen(ctx, c)
}

// listen takes the address.
func (s *Server) listen(ctx context.Context, c Config) (err error) {
	s.listener, err = new(net.ListenConfig).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return noListening(c.Listen, err)
	}
	if s.certificate != nil {
		s.listener = tls.NewListener(s.listener, &tls.Config{Certificates: []tls.Certificate{*s.certificate}, MinVersion: tls.VersionTLS12})
	}
	s.closing(func() error {
		if err := s.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	})
	return nil
}

func (s *Server) closing(f func() error) { s.closers = append(s.closers, f) }

// Close ends every part, and leaves nothing running.
func (s *Server) Close() error {
	var errs []error
	for _, closer := range slices.Backward(s.closers) {
		errs = append(errs, closer())
	}
	s.closers = nil
	return errors.Join(errs...)
}

// Address is where HTTP is answered, host:port.
func (s *Server) Address() string { return s.listener.Addr().String() }

// NATS is where other programs reach the private NATS, "" when it has no port or
// NATS is somebody else's.
func (s *Server) NATS() string {
	if s.broker == nil {
		return ""
	}
	return s.broker.URL()
}

func (s *Server) openPostgres(ctx context.Context, c Config) (url string, err error) {
	if c.MigrateURL != "" {
		if err := reachable(ctx, "FEISUI_MIGRATE_URL", c.MigrateURL); err != nil {
			return "", err
		}
	}
	if c.DatabaseURL != "" {
		return c.DatabaseURL, reachable(ctx, "--database", c.DatabaseURL)
	}
	s.postgres, err = startPrivate(ctx, local.PostgresOptions{Dir: filepath.Join(c.Data, "postgres"), Log: c.Log})
	if err != nil {
		return "", err
	}
	s.closing(s.postgres.stop)
	s.postgres.keep(ctx)
	return s.postgres.url(), nil
}

func (s *Server) openBus(ctx context.Context, c Config) (err error) {
	if c.NATSURL != "" {
		s.conn, err = nats.Connect(c.NATSURL, nats.Name("feisui"), nats.MaxReconnects(-1), nats.RetryOnFailedConnect(true),
			nats.ReconnectWait(look), nats.PingInterval(pingEvery), nats.MaxPingsOutstanding(pingsMissed))
	} else {
		s.broker, err = local.StartNATS(local.NATSOptions{Dir: filepath.Join(c.Data, "nats"), Listen: c.NATSListen, Log: c.Log})
		if err != nil {
			return noBroker(err)
		}
		s.closing(func() error { s.broker.Stop(); return nil })
		s.conn, err = s.broker.Connect()
	}
	if err != nil {
		return noNATS(err)
	}
	s.closing(func() error { s.conn.Close(); return nil })
	if s.broker == nil && !s.conn.IsConnected() {
		s.log.WarnContext(ctx, "NATS does not answer; going on without it and trying every second", slog.Any("error", s.conn.LastError()))
		s.bus, err = bus.New(s.conn)
		return err
	}
	s.bus, err = bus.Open(ctx, s.conn)
	if s.broker == nil && err != nil && !errors.Is(err, jetstream.ErrJetStreamNotEnabled) && ctx.Err() == nil {
		s.log.WarnContext(ctx, "JetStream does not answer; going on without it and trying every second", slog.Any("error", err))
		s.bus, err = bus.New(s.conn)
	}
	return err
}

// patiently opens what is on the database. One of somebody else's may come after us,
// for parts start in any order, and any may go while we start: what was begun is begun
// anew. So open may be called again whatever came of it.
func (s *Server) patiently(ctx context.Context, open func() error) error {
	for told := false; ; told = true {
		err := open()
		switch {
		case err == nil || !journal.Unreachable(err):
			return err
		case ctx.Err() != nil:
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		case s.postgres != nil && s.postgres.failure() != nil:
			return s.postgres.failure()
		}
		if !told {
			s.log.WarnContext(ctx, "the database does not answer; trying every second", slog.Any("error", err))
		}
		pause(ctx, look)
	}
}

func (s *Server) openJournal(ctx context.Context, c Config, url string) error {
	migrate := c.MigrateURL
	if migrate == "" {
		migrate = url
	}
	for _, schema := range []journal.Schema{journal.Tables, keep.Tables, people.Tables, intake.Tables} {
		if err := s.patiently(ctx, func() error { return schema.Migrate(ctx, migrate) }); err != nil {
			return err
		}
	}
	pool, err := journal.Connect(ctx, url)
	if err != nil {
		return err
	}
	s.closing(func() error { pool.Close(); return nil })
	s.pool = pool
	s.intake = intake.Store{Pool: pool, Now: c.Clock}
	more := []journal.Option{journal.Bell(s.ring), journal.Doubts(func(u *journal.Unfit) {
		s.log.WarnContext(ctx, "the database is not as safe as it could be", slog.String("why", u.Error()))
	}), journal.Decoder(func(kind string, data []byte) (any, error) { return schemas.Decode(kind, data) })}
	if c.AnyClock {
		more = append(more, journal.AnyClock())
	}
	err = s.patiently(ctx, func() error {
		s.journal, err = journal.Open(ctx, pool, c.Clock, more...)
		return err
	})
	if err != nil {
		return err
	}
	if s.runs("ledger") {
		if err := s.patiently(ctx, func() error { return keep.Fit(ctx, pool) }); err != nil {
			return err
		}
	}
	if err := s.openPeople(ctx, c); err != nil {
		return err
	}
	s.watch = s.journal.Watch()
	return s.patiently(ctx, func() error {
		_, err := s.watch.Look(ctx)
		return err
	})
}

// openCounties makes the counties that are named and missing, and has the parts
// of every one that there is take in its journal.
func (s *Server) openCounties(ctx context.Context, named []string, called string) error {
	for _, name := range named {
		if err := s.journal.CreateCounty(ctx, name, cmp.Or(called, name)); err != nil && !errors.Is(err, journal.ErrCountyExists) {
			return noCounty(name, err)
		}
	}
	counties, err := s.journal.Counties(ctx)
	if err != nil {
		return err
	}
	for _, named := range counties {
		c, err := s.openCounty(ctx, named.County)
		if err != nil {
			return fmt.Errorf("county %s: %w", named.County, err)
		}
		s.mu.Lock() // a bell of a county before may be looking
		s.counties[c.name] = c
		s.mu.Unlock()
	}
	return nil
}

func (s *Server) openCounty(ctx context.Context, name string) (c *county, err error) {
	c = &county{name: name, journal: s.journal}
	if s.records() {
		if c.past, err = openPast(ctx, s.watch, name, s.runs("act"), s.log); err != nil {
			return nil, err
		}
	}
	if s.runs("registry") {
		if err := s.beginDay(ctx, c); err != nil {
			return nil, err
		}
	}
	if !s.runs("ledger") {
		c.passed = newElsewhere(s.leaving)
		return c, nil
	}
	c.ledger, err = keep.Open(ctx, keep.Config{
		County: name, Journal: s.journal, News: s.watch, Pool: s.pool, Calendar: s.calendar, Log: s.log, StandBack: s.lull.standBack,
	})
	return c, err
}

// ring tells the relay and the ledger, here and in other processes, that there
// is news. A bell that is lost costs a second.
func (s *Server) ring(county string, position int64) {
	s.hear(county, position)
	if err := s.bus.Ring(county, position); err != nil {
		s.log.Info("a bell was not rung; readers look every second", slog.String("county", county), slog.Any("error", err))
	}
}

// hear takes in that a county's journal has reached a position.
func (s *Server) hear(county string, position int64) {
	s.watch.Heard(county, position)
	s.mu.Lock()
	here := s.counties[county]
	s.mu.Unlock()
	if here != nil {
		here.news()
	}
}

// Run serves until ctx ends or a part fails, and then drains: requests that have
// begun are answered, and for that the other parts end after HTTP.
func (s *Server) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	behind, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var parts sync.WaitGroup
	part := func(name string, run func(context.Context) error) {
		parts.Go(func() {
			if err := run(behind); err != nil && behind.Err() == nil {
				cancel(fmt.Errorf("%s: %w", name, err)) // half up is worse than down
			}
		})
	}
	err := s.start(behind, part)
	if err == nil {
		err = s.serveHTTP(ctx)
	}
	stop()
	parts.Wait()
	return errors.Join(failure(ctx), err)
}

// start has every part but HTTP run.
func (s *Server) start(ctx context.Context, part func(name string, run func(context.Context) error)) error {
	if s.far != nil {
		return nil
	}
	part("look", s.lookForNews)
	for name, c := range s.counties {
		if err := s.follow(ctx, c, part); err != nil {
			return err
		}
		if s.runs("relay") {
			r := relay.New(s.watch, s.bus, name, event, recordedAt, s.log)
			if c.passed == nil { // else somebody waits for what the ledger elsewhere hears by the bus
				r.StandBack(s.lull.takeTurn)
			}
			part("relay of "+name, r.Run)
		}
		if s.runs("registry") {
			part("days of "+name, func(ctx context.Context) error { return s.days(ctx, c) })
		}
		if s.runs("act") {
			part("deadlines of "+name, func(ctx context.Context) error { return s.drive(ctx, c) })
			part("cases of "+name, func(ctx context.Context) error { return s.openCases(ctx, c) })
		}
	}
	if s.postgres != nil {
		part("PostgreSQL", s.postgres.lasts)
	}
	return nil
}

func (s *Server) serveHTTP(ctx context.Context) error {
	h := &http.Server{
		Handler: s.believing(s.routes()), ReadHeaderTimeout: headerMax, MaxHeaderBytes: headersMax,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelInfo),
	}
	ended := make(chan error, 1)
	go func() { ended <- h.Serve(s.listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		close(s.leaving)
		if failure(ctx) != nil { // what requests wait for may never come
			return h.Close()
		}
		drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainMax)
		defer cancel()
		if err := h.Shutdown(drain); err != nil {
			s.log.WarnContext(ctx, "not every request was answered before the end", slog.Any("error", err))
			return h.Close()
		}
		return nil
	}
}

// failure is what ended a context, nil when it was asked to end.
func failure(ctx context.Context) error {
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}
