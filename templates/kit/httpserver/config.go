// Package httpserver serves JSON over HTTP, and has a client for services that it serves.
// A [Server] is an http.Handler around a ServeMux that adds limits, admission
// control, problems (RFC 9457), entity tags, idempotency keys, health checks, metrics,
// an access log, and the OpenAPI document with a page to read it.
//
// Handlers for the ports of a project are derived. Others are written by hand:
//
//	s.Get("/reports/{id}", func(r *httpserver.Request) (httpserver.Response, error) {
//		id, err := r.PathUUID("id")
//		if err != nil {
//			return httpserver.Response{}, err
//		}
//		report, err := reports.Get(r.Context(), id)
//		if err != nil {
//			return httpserver.Response{}, err // NotFound is answered by 404
//		}
//		return httpserver.JSON(report)
//	})
//	s.Mount("GET /reports.csv", csvHandler) // any http.Handler
package httpserver

import (
	"cmp"
	"math"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Config is the address and the limits of a server. A zero field stands for its default,
// which is given here; there is no way to remove a limit.
type Config struct {
	Addr string // host:port to listen on; 127.0.0.1:8080 by default

	ReadHeaderTimeout time.Duration // for the header of a request; 5s
	ReadTimeout       time.Duration // for a whole request; 15s
	WriteTimeout      time.Duration // from the header of a request to the end of the response; 30s
	IdleTimeout       time.Duration // between two requests on a connection; 2m
	RequestTimeout    time.Duration // after which the context of a request ends; 10s

	MaxBody        int           // of a request's body, in bytes; 1,000,000
	MaxBodyMemory  int           // of all bodies of requests that are held at once, and of responses to reads, each in bytes; 64 MiB, or four times MaxBody
	MaxHeader      int           // of a request's header, in bytes; 64 KiB
	MaxConnections int           // open connections; 10,000, or fewer if file descriptors are scarce
	MaxInFlight    int           // requests handled at once, of which changes are three quarters at most; 256
	MaxWait        time.Duration // after which a waiting request is refused; 100ms

	// AllowOrigins lists the origins whose pages may call the service from a browser,
	// such as https://shop.example.com, or "*" alone. By default there are none.
	AllowOrigins []string

	// Hosts lists the names under which clients reach the service, such as
	// shop.example.com. Requests for other names are refused (421), but not those for an IP
	// address or localhost. If it is empty, any name is served, unless the server listens on a
	// loopback address: a page on the internet could have its own name lead there (DNS rebinding).
	Hosts []string
}

func (c Config) filled() Config {
	c.Addr = cmp.Or(c.Addr, "127.0.0.1:8080")
	c.ReadHeaderTimeout = cmp.Or(c.ReadHeaderTimeout, 5*time.Second)
	c.ReadTimeout = cmp.Or(c.ReadTimeout, 15*time.Second)
	c.WriteTimeout = cmp.Or(c.WriteTimeout, 30*time.Second)
	c.IdleTimeout = cmp.Or(c.IdleTimeout, 2*time.Minute)
	c.RequestTimeout = cmp.Or(c.RequestTimeout, 10*time.Second)
	c.MaxBody = cmp.Or(c.MaxBody, 1_000_000)
	c.MaxBodyMemory = cmp.Or(c.MaxBodyMemory, max(64<<20, 4*c.MaxBody))
	c.MaxHeader = cmp.Or(c.MaxHeader, 64<<10)
	c.MaxConnections = cmp.Or(c.MaxConnections, 10_000)
	c.MaxInFlight = cmp.Or(c.MaxInFlight, 256)
	c.MaxWait = cmp.Or(c.MaxWait, 100*time.Millisecond)
	return c
}

// Check reports the fields that are out of range.
func (c Config) Check(report func(field, problem string)) {
	if _, _, err := net.SplitHostPort(c.filled().Addr); err != nil {
		report("Addr", "must be host:port, such as 127.0.0.1:8080 or :8080")
	}
	duration := func(field string, d time.Duration) {
		if d < 0 || d > time.Hour {
			report(field, "must be between 1ns and 1h")
		}
	}
	duration("ReadHeaderTimeout", c.ReadHeaderTimeout)
	duration("ReadTimeout", c.ReadTimeout)
	duration("WriteTimeout", c.WriteTimeout)
	duration("IdleTimeout", c.IdleTimeout)
	duration("RequestTimeout", c.RequestTimeout)
	duration("MaxWait", c.MaxWait)
	number := func(field string, n, most int) {
		if n < 0 || n > most {
			report(field, "must be between 1 and "+strconv.Itoa(most))
		}
	}
	number("MaxBody", c.MaxBody, 1<<30)
	number("MaxBodyMemory", c.MaxBodyMemory, math.MaxInt)
	number("MaxHeader", c.MaxHeader, 16<<20)
	number("MaxConnections", c.MaxConnections, 1<<24)
	number("MaxInFlight", c.MaxInFlight, 1<<20)
	for _, origin := range c.AllowOrigins {
		if !validOrigin(origin) {
			report("AllowOrigins", "must be origins such as https://shop.example.com, or just *, not "+origin)
		}
	}
	for _, host := range c.Hosts {
		if host == "" || strings.ContainsAny(host, ":/ ") {
			report("Hosts", "must be names such as shop.example.com, without a port, not "+host)
		}
	}
	c.filled().checkTogether(report)
}

// checkTogether reports values that contradict each other.
func (c Config) checkTogether(report func(field, problem string)) {
	if c.MaxBodyMemory < 2*c.MaxBody {
		report("MaxBodyMemory", "must be at least twice MaxBody")
	}
	if c.WriteTimeout <= c.RequestTimeout {
		report("WriteTimeout", "must be longer than RequestTimeout, so that a request that times out is still answered")
	}
	if c.MaxWait >= c.RequestTimeout {
		report("MaxWait", "must be shorter than RequestTimeout: the time of a request that waits is running")
	}
	if c.ReadHeaderTimeout > c.ReadTimeout {
		report("ReadHeaderTimeout", "must not be longer than ReadTimeout, which is for the header too")
	}
}

func validOrigin(s string) bool {
	u, err := url.Parse(s)
	return s == "*" ||
		err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && s == u.Scheme+"://"+u.Host
}
