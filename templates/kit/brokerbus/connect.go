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

// TrustCA has connections trust the CA certificates in a file instead of the system's. It
// does nothing without a file. The error is Invalid if there is none in it.
func TrustCA(c *tls.Config, file string) error {
	if file == "" {
		return nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(pem) {
		return kit.Errorf(kit.Invalid, "the CA file %s has no certificate in PEM", file)
	}
	return nil
}

// UseCertificate has connections use the client's certificate and its key in two files.
// It does nothing without a file.
func UseCertificate(c *tls.Config, cert, key string) error {
	if cert == "" {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err == nil {
		c.Certificates = []tls.Certificate{pair}
	}
	return err
}
