package brokerbus

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"regexp"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Period is a field of a configuration, and its range.
type Period struct {
	Field           string
	Value, Min, Max time.Duration
}

// CheckPeriods reports those that are out of range.
func CheckPeriods(report func(field, problem string), all ...Period) {
	for _, p := range all {
		if p.Value < p.Min || p.Value > p.Max {
			report(p.Field, fmt.Sprintf("must be from %v to %v, or 0 for the default", p.Min, p.Max))
		}
	}
}

var login = regexp.MustCompile(`(\w+://)?[^,]*@`)

// WithoutLogin returns URLs, which are separated by commas, without users and passwords.
func WithoutLogin(urls string) string { return login.ReplaceAllString(urls, "$1") }

// AtLeast reports whether a server's version is major.minor or later, or unknown.
func AtLeast(version string, major, minor int) bool {
	var a, b int
	if _, err := fmt.Sscanf(version, "%d.%d", &a, &b); err != nil {
		return true
	}
	return a > major || a == major && b >= minor
}

// TLS returns how to connect over TLS: with the CA certificates in a file instead of the
// system's, if there is one, and with the client's certificate and its key in two, if there
// are. Its errors have a key.
func TLS(caFile, cert, key string) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if caFile != "" {
		pem, err := os.ReadFile(caFile)
		if err != nil {
			return nil, Keyed("ca_file", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, Refuse("ca_file", "the CA file %s has no certificate in PEM", caFile)
		}
	}
	if cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return nil, Keyed("cert_file", kit.Wrap(kit.Invalid, err, "cannot use the certificate "+cert+" and its key"))
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}
