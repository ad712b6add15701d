package serve

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// Passwords and figures do not go over a network in plain. So a server listens on
// this machine alone, unless it speaks TLS, or a proxy that does stands before it.
// It answers only who calls it by a name of this machine, of its certificate or
// of the proxy: a page whose own name was made to point here does not.

// checkListening refuses an address that other machines reach in plain, and reads
// the certificate.
func (s *Server) checkListening(c Config) error {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return noListening(c.Listen, err)
	}
	s.names = func(host string) bool { return c.BehindProxy != "" && strings.EqualFold(host, c.BehindProxy) }
	if c.TLSCert != "" || c.TLSKey != "" {
		certificate, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
		if err != nil {
			return &Mistake{"证书不能使用（--tls-cert、--tls-key）", "the certificate cannot be used (--tls-cert, --tls-key)", err}
		}
		s.certificate = &certificate
		s.names = func(host string) bool {
			return host != "" && certificate.Leaf.VerifyHostname(host) == nil || c.BehindProxy != "" && strings.EqualFold(host, c.BehindProxy)
		}
		return nil
	}
	if c.BehindProxy == "" && !loopback(host) {
		return &Mistake{
			"监听地址 " + c.Listen + " 不在本机：请给出证书（--tls-cert、--tls-key），或说明前面的代理以什么名字访问（--behind-proxy），或用 127.0.0.1",
			"expected a loopback address rather than " + c.Listen + ", or a certificate (--tls-cert, --tls-key), or the name by which a proxy reaches it (--behind-proxy)", nil,
		}
	}
	return nil
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.IsLoopback()
}

// strange refuses a request that was not meant for a name of this server.
func (s *Server) strange(r *http.Request) *problem {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if loopback(host) || s.names != nil && s.names(host) {
		return nil
	}
	return refuse(http.StatusMisdirectedRequest, "HOST", "请用 127.0.0.1 或 localhost 访问，不接受其他名字："+host,
		"expected 127.0.0.1 or localhost as the host, found "+host)
}
