package serve

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// As long as people have no accounts, whoever reaches the address may record. So
// the server listens on this machine alone, and answers only who calls it by a
// name of this machine: a page whose own name was made to point here does not.

// checkLoopback refuses an address that other machines reach.
func checkLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return noListening(address, err)
	}
	if !loopback(host) {
		return &Mistake{
			"监听地址 " + address + " 不在本机：还没有账号，谁连得上谁就能登记，请用 127.0.0.1 或 localhost",
			"expected a loopback address rather than " + address + ": there are no accounts yet, and whoever reaches it may record", nil,
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

// strange refuses a request that was not meant for a name of this machine.
func strange(r *http.Request) *problem {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if loopback(host) {
		return nil
	}
	return refuse(http.StatusMisdirectedRequest, "HOST", "请用 127.0.0.1 或 localhost 访问，不接受其他名字："+host,
		"expected 127.0.0.1 or localhost as the host, found "+host)
}
