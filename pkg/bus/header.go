package bus

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// PositionHeader carries the position in the journal of the entry that a
// message tells of. Subscribers find it in the metadata.
const PositionHeader = "Feisui-Position"

// reserved begins the names by which the server is told what to do with a
// message, to purge the stream for it among other things.
const reserved = "nats-"

// encodeHeader gives the headers that carry an id and metadata. It fails when
// they cannot come back as they are.
func encodeHeader(id string, metadata map[string]string) (nats.Header, error) {
	if id == "" || id != escape(id) {
		return nil, fmt.Errorf("message id %q: it must be printable ASCII without spaces, quotes and percent signs", id)
	}
	h := make(nats.Header, len(metadata)+3) // its id, and what a relay adds
	h[jetstream.MsgIDHeader] = []string{id}
	for name, value := range metadata {
		if !token(name) || isReserved(name) {
			return nil, fmt.Errorf("metadata %q cannot be the name of a header", name)
		}
		h[name] = []string{escape(value)}
	}
	return h, nil
}

// decodeHeader gives the id and the metadata of headers. What was written by
// another hand comes as it is.
func decodeHeader(h nats.Header) (id string, metadata map[string]string) {
	metadata = make(map[string]string, len(h))
	for name, values := range h {
		if len(values) > 0 && !isReserved(name) {
			metadata[name] = unescape(values[0])
		}
	}
	return h.Get(jetstream.MsgIDHeader), metadata
}

// position reads the position out of a header; 0 when there is none.
func position(value string) int64 {
	p, err := strconv.ParseInt(value, 10, 64)
	if err != nil || p < 0 {
		return 0
	}
	return p
}

func isReserved(name string) bool {
	return len(name) >= len(reserved) && strings.EqualFold(name[:len(reserved)], reserved)
}

// token reports whether a name can be the name of a header (RFC 9110, 5.6.2).
func token(name string) bool {
	odd := func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	}
	return name != "" && !strings.ContainsFunc(name, odd)
}

// plain reports whether CloudEvents carries a byte in a header as it is.
func plain(c byte) bool { return c > ' ' && c <= '~' && c != '"' && c != '%' }

// escape writes a value as CloudEvents' bindings want it in headers: printable
// ASCII, anything else in percent-encoding.
func escape(value string) string {
	odd := 0
	for i := range len(value) {
		if !plain(value[i]) {
			odd++
		}
	}
	if odd == 0 {
		return value
	}
	const digits = "0123456789ABCDEF"
	out := make([]byte, 0, len(value)+2*odd)
	for i := range len(value) {
		if c := value[i]; plain(c) {
			out = append(out, c)
		} else {
			out = append(out, '%', digits[c>>4], digits[c&15])
		}
	}
	return string(out)
}

// unescape reads what escape wrote. A percent sign that begins no pair of
// hexadecimal digits stands for itself.
func unescape(value string) string {
	if !strings.Contains(value, "%") {
		return value
	}
	out := make([]byte, 0, len(value))
	for i := 0; i < len(value); i++ {
		if value[i] == '%' && i+2 < len(value) {
			if c, err := strconv.ParseUint(value[i+1:i+3], 16, 8); err == nil {
				out, i = append(out, byte(c)), i+2
				continue
			}
		}
		out = append(out, value[i])
	}
	return string(out)
}
