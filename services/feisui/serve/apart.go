package serve

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"feisui/pkg/web"
	"feisui/services/portal"
)

// This file is a portal in a process of its own, which has neither database nor bus nor
// anybody's rights: whatever it shows it asks of the API's process, and passes on what
// browsers ask of /v1, so that one address is enough for them.
//
// Their name for us goes with it (Host), and so do cookies: the API sees what it would
// see without us. From where they come it cannot see; it believes what we say of that
// because of a key that both have, and nobody else who says it.

// The headers by which a portal says from where somebody comes. They mean something to
// the API's process alone, and are taken off everything that comes to ours.
const (
	portalKeyHeader = "Feisui-Portal-Key"
	portalForHeader = "Feisui-Portal-For"
)

// How long the API's process may take: to be reached, to begin an answer to a question.
// A command it may take as long as it would itself.
const (
	reachMax    = 3 * time.Second
	questionMax = 2 * time.Minute
)

// far is an API in another process.
type far struct {
	at   *url.URL
	key  string
	asks http.RoundTripper
}

// openApart takes the address of a portal that asks another process.
func (s *Server) openApart(ctx context.Context, c Config) (err error) {
	if !slices.Equal(c.Targets, []string{"portal"}) {
		return &Mistake{"--api 只用于单独运行的门户（--target portal）", "--api is for a portal alone (--target portal)", nil}
	}
	if s.far, err = farOf(c.API, c.PortalKey); err != nil {
		return err
	}
	return s.listen(ctx, c)
}

func farOf(address, key string) (*far, error) {
	at, err := url.Parse(address)
	if err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Hostname() == "" || strings.Trim(at.Path, "/") != "" || at.RawQuery != "" || at.User != nil {
		return nil, &Mistake{"--api 应为业务进程的网址，如 http://127.0.0.1:8081", "expected an address such as http://127.0.0.1:8081", err}
	}
	if at.Scheme == "http" && !loopback(at.Hostname()) {
		return nil, &Mistake{"--api：其他机器上的业务进程须用 https 访问", "expected https to reach another machine", nil}
	}
	if key == "" {
		return nil, noPortalKey()
	}
	return &far{at, key, transport()}, checkPortalKey(key)
}

// checkPortalKey refuses a key that could be guessed.
func checkPortalKey(key string) error {
	if checkOperatorKey(key) != nil {
		return noPortalKey()
	}
	return nil
}

func noPortalKey() error {
	return &Mistake{
		"请在 FEISUI_PORTAL_KEY 中给出门户与业务进程共用的密钥，至少 32 个字母或数字",
		"expected a key of at least 32 printable characters in FEISUI_PORTAL_KEY, the same in both processes", nil,
	}
}

// apart are all that HTTP answers in a portal alone: how the process is itself, pages,
// and the API's process for everything else.
func (s *Server) apart() http.Handler {
	own := s.own().Handler()
	table, err := rights()
	if err != nil {
		s.log.Error("there is no portal", slog.Any("error", err)) // Open has refused to start
		return own
	}
	asking := s.far.handler(s.log, s.leaving)
	pages := portal.New(portal.Options{API: asking, Rights: table, Log: s.log, Now: s.clock})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case s.strange(r) != nil || r.URL.Path == "/healthz" || r.URL.Path == "/readyz":
			own.ServeHTTP(w, r)
		case ofPrograms(r.URL.Path) || !pages.Has(r) && !strings.Contains(r.Header.Get("Accept"), "text/html"):
			asking.ServeHTTP(w, r)
		default:
			pages.ServeHTTP(w, r)
		}
	})
}

// handler asks the API's process, also for what goes on for long.
func (f *far) handler(log *slog.Logger, leaving <-chan struct{}) http.Handler {
	proxy := &httputil.ReverseProxy{
		Transport: f.asks,
		ErrorLog:  slog.NewLogLogger(log.Handler(), slog.LevelInfo),
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(f.at)
			r.Out.Host = r.In.Host
			host, _, err := net.SplitHostPort(r.In.RemoteAddr)
			if err != nil {
				host = r.In.RemoteAddr
			}
			r.Out.Header.Set(portalKeyHeader, f.key)
			r.Out.Header.Set(portalForHeader, host)
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if r.Context().Err() == nil {
				log.WarnContext(r.Context(), "the API's process did not answer", slog.String("path", r.URL.Path), slog.Any("error", err))
			}
			say(w, away(r, err))
		},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, "/changes") {
			proxy.ServeHTTP(w, r)
			return
		}
		// What never ends by itself ends with us; whoever listens comes back.
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		go func() {
			select {
			case <-leaving:
				cancel()
			case <-ctx.Done():
			}
		}()
		proxy.ServeHTTP(w, r.WithContext(ctx))
	})
}

// transport waits for a question's answer less long than for a command's.
func transport() http.RoundTripper {
	dial := &net.Dialer{Timeout: reachMax}
	of := func(answerMax time.Duration) *http.Transport {
		return &http.Transport{
			DialContext: dial.DialContext, TLSHandshakeTimeout: reachMax, ResponseHeaderTimeout: answerMax,
			MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute, DisableCompression: true, // an answer goes on as it is
		}
	}
	questions, commands := of(questionMax), of(recordMax)
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			return questions.RoundTrip(r)
		}
		return commands.RoundTrip(r)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip asks.
func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// away says that the API's process did not answer; of a command that may have reached
// it, that nobody knows what came of it.
func away(r *http.Request, err error) *problem {
	var op *net.OpError
	reached := !errors.As(err, &op) || op.Op != "dial"
	if reached && r.Method != http.MethodGet && r.Method != http.MethodHead {
		return refuse(http.StatusGatewayTimeout, "OUTCOME_UNKNOWN",
			"不能确定是否已登记，请用同一请求编号重发：只会登记一次", "it is not known whether this was recorded: send it again with the same request id, it is recorded once")
	}
	return refuse(http.StatusBadGateway, web.APIAway,
		"业务服务暂时连不上，什么都没有办。请稍后重试；若一直如此，请联系系统管理员", "the service behind this portal cannot be reached, and nothing was done: try again in a moment")
}

// say writes a problem where no route does.
func say(w http.ResponseWriter, p *problem) {
	w.Header().Set("Content-Type", p.ContentType(""))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	if err := json.NewEncoder(w).Encode(p); err != nil {
		panic(http.ErrAbortHandler) // whoever asked is gone
	}
}

// believing takes from a portal that shows our key from where somebody comes. Who shows
// another is no portal of ours; without any, what is said of it is nothing.
func (s *Server) believing(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, from := r.Header.Get(portalKeyHeader), r.Header.Get(portalForHeader)
		r.Header.Del(portalKeyHeader)
		r.Header.Del(portalForHeader)
		if key == "" || s.far != nil { // to a portal nobody is a portal
			next.ServeHTTP(w, r)
			return
		}
		a, b := sha256.Sum256([]byte(key)), sha256.Sum256([]byte(s.portalKey))
		address, err := netip.ParseAddr(from)
		if s.portalKey == "" || subtle.ConstantTimeCompare(a[:], b[:]) != 1 || err != nil {
			say(w, refuse(http.StatusForbidden, "PORTAL_KEY",
				"门户与业务进程的密钥（FEISUI_PORTAL_KEY）不一致，请联系系统管理员", "the portal and this process have different keys (FEISUI_PORTAL_KEY)"))
			return
		}
		r.RemoteAddr = netip.AddrPortFrom(address, 0).String()
		next.ServeHTTP(w, r)
	})
}

// readyApart is readyz of a portal alone: it is ready when the API's process answers.
func (s *Server) readyApart(ctx context.Context) *readinessOut {
	part := Part{Name: "api"}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.far.at.JoinPath("healthz").String(), http.NoBody)
	if err == nil {
		r.Host = "localhost" // by which every process may be called
		r.Header.Set(portalKeyHeader, s.far.key)
		r.Header.Set(portalForHeader, "127.0.0.1") // another key is refused, as it would be for everybody
		var answer *http.Response
		if answer, err = s.far.asks.RoundTrip(r); err == nil {
			err = answer.Body.Close()
			part.OK = answer.StatusCode == http.StatusOK
		}
	}
	if err != nil || !part.OK {
		part.OK, part.Error = false, "the API's process does not answer"
	}
	out := &readinessOut{http.StatusOK, Readiness{part.OK, []Part{part}}}
	if !part.OK {
		out.Status = http.StatusServiceUnavailable
	}
	return out
}
