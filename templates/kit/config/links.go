package config

import (
	"regexp"
	"strings"
)

// Kubernetes sets variables for each of its services in every container. Those of
// a service that has the name of this program have this program's prefix; they
// are neither settings nor mistakes.
var (
	linkURL   = regexp.MustCompile(`^(tcp|udp|sctp)://\S+$`)
	linkNames = []struct {
		name  *regexp.Regexp
		value *regexp.Regexp
	}{
		{regexp.MustCompile(`_PORT(_\d+_(TCP|UDP|SCTP))?$`), linkURL},
		{regexp.MustCompile(`_PORT_\d+_(TCP|UDP|SCTP)_PROTO$`), regexp.MustCompile(`^(tcp|udp|sctp)$`)},
		{regexp.MustCompile(`_PORT_\d+_(TCP|UDP|SCTP)_PORT$`), regexp.MustCompile(`^\d+$`)},
		{regexp.MustCompile(`_PORT_\d+_(TCP|UDP|SCTP)_ADDR$`), regexp.MustCompile(`^[0-9a-fA-F.:]+$`)},
		{regexp.MustCompile(`_SERVICE_HOST$`), regexp.MustCompile(`^[0-9a-fA-F.:]+$`)},
		{regexp.MustCompile(`_SERVICE_PORT(_[A-Z0-9_]+)?$`), regexp.MustCompile(`^\d+$`)},
	}
)

// isServiceLink reports whether Kubernetes set the variable. One that is also
// that of a key is the key's, unless there is one for the host of the service.
func isServiceLink(name string, values map[string]string, s *schema) bool {
	for _, link := range linkNames {
		at := link.name.FindStringIndex(name)
		if at == nil || !link.value.MatchString(strings.TrimSpace(values[name])) {
			continue
		}
		_, host := values[name[:at[0]]+"_SERVICE_HOST"]
		return host || s.byVar[name] == nil
	}
	return false
}
