// Package httpserver serves the application as JSON over HTTP, and calls another
// that is served so. It is net/http with its own mux, and what every service
// needs around it: limits, problems (RFC 9457), entity tags, idempotency keys,
// health, metrics, the access log, and the OpenAPI document with a page to read.
package httpserver

import (
	"net"
	"time"
)

// Config says where to listen and how much to take. What is zero has the value
// that is named here; nothing is unlimited.
type Config struct {
	Addr string // host:port to listen on; 127.0.0.1:8080

	ReadHeaderTimeout time.Duration // for the head of a request; 5s
	ReadTimeout       time.Duration // for a whole request; 15s
	WriteTimeout      time.Duration // from the head of a request to the end of its answer; 30s
	IdleTimeout       time.Duration // for a connection between two requests; 2m
	RequestTimeout    time.Duration // until the context of a request ends; 10s

	MaxBody        int           // bytes of a request's body; 1 MiB
	MaxHeader      int           // bytes of a request's head; 64 KiB
	MaxConnections int           // open connections, or as many as the descriptors of the process allow; 10,000
	MaxInFlight    int           // requests that are worked on at once; 256
	MaxWait        time.Duration // until a request that waits to be worked on is refused; 100ms

	// AllowOrigins names the origins whose pages may call from a browser, such
	// as https://shop.example.com, or is "*" alone; none where it is empty.
	AllowOrigins []string
}

func (c Config) filled() Config {
	fill(&c.Addr, "127.0.0.1:8080")
	fill(&c.ReadHeaderTimeout, 5*time.Second)
	fill(&c.ReadTimeout, 15*time.Second)
	fill(&c.WriteTimeout, 30*time.Second)
	fill(&c.IdleTimeout, 2*time.Minute)
	fill(&c.RequestTimeout, 10*time.Second)
	fill(&c.MaxBody, 1<<20)
	fill(&c.MaxHeader, 64<<10)
	fill(&c.MaxConnections, 10_000)
	fill(&c.MaxInFlight, 256)
	fill(&c.MaxWait, 100*time.Millisecond)
	return c
}

func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Check reports what is out of range, by the name of the field.
func (c Config) Check(report func(field, problem string)) {
	if _, _, err := net.SplitHostPort(c.filled().Addr); err != nil {
		report("Addr", "must be host:port, such as 127.0.0.1:8080 or :8080")
	}
	for _, d := range []struct {
		field string
		value time.Duration
	}{
		{"ReadHeaderTimeout", c.ReadHeaderTimeout},
		{"ReadTimeout", c.ReadTimeout},
		{"WriteTimeout", c.WriteTimeout},
		{"IdleTimeout", c.IdleTimeout},
		{"RequestTimeout", c.RequestTimeout},
		{"MaxWait", c.MaxWait},
	} {
		if d.value < 0 || d.value > time.Hour {
			report(d.field, "must be between 1ns and 1h")
		}
	}
	for _, n := range []struct {
		field      string
		value, max int
	}{
		{"MaxBody", c.MaxBody, 1 << 30},
		{"MaxHeader", c.MaxHeader, 16 << 20},
		{"MaxConnections", c.MaxConnections, 1 << 24},
		{"MaxInFlight", c.MaxInFlight, 1 << 20},
	} {
		if n.value < 0 || n.value > n.max {
			report(n.field, "must be between 1 and "+thousands(n.max))
		}
	}
	for _, origin := range c.AllowOrigins {
		if !validOrigin(origin) {
			report("AllowOrigins", "must be origins such as https://shop.example.com, or * alone, not "+origin)
		}
	}
	if f := c.filled(); f.WriteTimeout <= f.RequestTimeout {
		report("WriteTimeout", "must be longer than RequestTimeout, so that a request that takes too long is answered")
	}
}
