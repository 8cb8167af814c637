// Package keyed has errors that tell which key of the configuration leads to them, as
// adapters of servers return.
package keyed

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"

	"github.com/outgrowkit/outgrow/templates/kit"
)

type keyed struct {
	error
	key string
}

func (k keyed) Unwrap() error { return k.error }

// Error returns an error that has a key, unless that is "".
func Error(key string, err error) error {
	if key == "" {
		return err
	}
	return keyed{err, key}
}

// Of returns the key of an error; "" if it has none.
func Of(err error) string {
	k, _ := errors.AsType[keyed](err)
	return k.key
}

// TLS returns how to connect over TLS: with the CA certificates in a file instead of the
// system's, if there is one, and with the client's certificate and its key in two, if there
// are. Its errors are Invalid, and have a key.
func TLS(caFile, cert, key string) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if caFile != "" {
		pem, err := os.ReadFile(caFile)
		if err != nil {
			return nil, Error("ca_file", kit.Wrap(kit.Invalid, err, "cannot read the CA file"))
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, Error("ca_file", kit.Errorf(kit.Invalid, "the CA file %s has no certificate in PEM", caFile))
		}
	}
	if cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return nil, Error("cert_file", kit.Wrap(kit.Invalid, err, "cannot use the certificate "+cert+" and its key"))
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}
