package httpserver

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// nameOf returns a host without its port and brackets, in lower case.
func nameOf(host string) string {
	u := url.URL{Host: host}
	return strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
}

// serves reports whether the service answers requests for the host: see Config.Hosts. An
// attacker has a name to rebind, not an address.
func (s *Server) serves(host string) bool {
	if len(s.config.Hosts) == 0 && !s.isLocal {
		return true
	}
	name := nameOf(host)
	_, err := netip.ParseAddr(name)
	return err == nil || name == "localhost" || strings.HasSuffix(name, ".localhost") ||
		slices.ContainsFunc(s.config.Hosts, func(listed string) bool { return strings.EqualFold(listed, name) })
}

// refuseHost answers a request for a name that the service does not have.
func refuseHost(w http.ResponseWriter, r *http.Request) {
	NewProblem(http.StatusMisdirectedRequest, kit.Invalid,
		"the service is not known as %q: http.hosts lists its names", nameOf(r.Host)).send(w)
}

// crossOrigin allows pages of the allowed origins to read the response. It answers
// preflight requests, and reports whether the request was one.
func (s *Server) crossOrigin(w http.ResponseWriter, r *http.Request) bool {
	h := w.Header()
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	allowed := slices.Contains(s.config.AllowOrigins, origin) || slices.Contains(s.config.AllowOrigins, "*")
	if origin == "" || !allowed {
		return false
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", "ETag, Location, Retry-After, Idempotency-Replayed, X-Request-Id")
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, X-Request-Id")
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return true
}
