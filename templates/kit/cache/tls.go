package cache

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"strconv"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// TLS says how a server is told to be the right one. It is part of the configuration of
// drivers that have one.
type TLS struct {
	TLS      bool   `config:"tls"` // also with a CAFile or a CertFile
	CAFile   string // CA certificates to trust instead of the system's, PEM
	CertFile string // the client's own certificate, PEM
	KeyFile  string // and its key
}

// Check reports values that do not fit together.
func (t TLS) Check(report func(field, problem string)) {
	if (t.CertFile == "") != (t.KeyFile == "") {
		report("CertFile", "and KeyFile go together")
	}
}

var (
	errCA   = errors.New("cannot use the CA file")
	errCert = errors.New("cannot use the client's certificate")
)

// Client returns the configuration of a client; nil if it does not use TLS. The error is
// Invalid if a file cannot be used.
func (t TLS) Client() (*tls.Config, error) {
	if !t.TLS && t.CAFile == "" && t.CertFile == "" {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if t.CAFile != "" {
		pem, err := os.ReadFile(t.CAFile)
		if err != nil {
			return nil, kit.Wrap(kit.Invalid, errors.Join(errCA, err), "the CA certificates are missing")
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, kit.Wrap(kit.Invalid, errCA, t.CAFile+" has no certificate in PEM")
		}
	}
	if t.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
		if err != nil {
			return nil, kit.Wrap(kit.Invalid, errors.Join(errCert, err), "the client has no certificate")
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// IsAddress reports whether it is host:port.
func IsAddress(addr string) bool {
	_, port, err := net.SplitHostPort(addr)
	n, notNumber := strconv.Atoi(port)
	return err == nil && notNumber == nil && n > 0 && n < 1<<16
}

// Dial connects to a server, with TLS unless security is nil, and sets the deadline of ctx.
func Dial(ctx context.Context, addr string, security *tls.Config) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline) // it fails later if it fails now
	}
	if security == nil {
		return conn, nil
	}
	security = security.Clone()
	security.ServerName, _, _ = net.SplitHostPort(addr)
	secure := tls.Client(conn, security)
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return secure, nil
}

// Unreachable returns the error for a server that does not answer as it should: Invalid if
// the configuration must be changed, and otherwise Unavailable.
func Unreachable(server string, err error) error {
	if where, ok := errors.AsType[*net.DNSError](err); ok && where.IsNotFound {
		return kit.Wrap(kit.Invalid, err, server+" has no address")
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return kit.Wrap(kit.Invalid, err, server+" does not use TLS")
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return kit.Wrap(kit.Invalid, err, "the certificate of "+server+" is not trusted")
	}
	if _, ok := errors.AsType[tls.AlertError](err); ok {
		return kit.Wrap(kit.Invalid, err, server+" refuses the client's certificate")
	}
	return kit.Wrap(kit.Unavailable, err, server+" does not answer")
}

// KeyOf returns which key leads to an error of Client or Unreachable: that of the address,
// if it is not one of TLS.
func (t TLS) KeyOf(err error, address string) string {
	_, plain := errors.AsType[tls.RecordHeaderError](err)
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	_, refused := errors.AsType[tls.AlertError](err)
	switch {
	case plain && t.TLS:
		return "tls"
	case refused, errors.Is(err, errCert):
		return "cert_file"
	case plain, untrusted, errors.Is(err, errCA):
		return "ca_file"
	}
	return address
}
