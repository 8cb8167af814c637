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
