package brokerbus

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"strings"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/keyed"
)

// Server is one that may not be reached, in errors.
type Server struct {
	Kind string // such as NATS
	URL  string // may have a password, which no error tells
}

// Fault is something that may be wrong with a server, or with the configuration for it.
type Fault struct {
	is        bool
	code      kit.Code
	key, says string
}

// When returns a fault, if it is this. The key is that of the configuration to change,
// or "" for that of the address. The server is the subject of what is said.
func When(is bool, code kit.Code, key, says string) Fault { return Fault{is, code, key, says} }

// Explain returns an error that says why a server cannot be used, and has the key of the
// configuration that leads to it: the first of what only its kind can have, or else
// something that any server can. An error that says so already is returned as it is.
func (s Server) Explain(err error, own ...Fault) error {
	if _, ok := errors.AsType[*kit.Error](err); ok || err == nil {
		return err
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return kit.Wrap(kit.Invalid, err, "cannot read a file that is needed to connect to "+s.Kind)
	}
	for _, f := range append(own, s.faults(err)...) {
		if f.is {
			return Keyed(f.key, kit.Wrap(f.code, err, s.Kind+" at "+WithoutLogin(s.URL)+" "+f.says))
		}
	}
	return err
}

// faults are those that any server can have. The last one is that none is known.
func (s Server) faults(err error) []Fault {
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	_, record := errors.AsType[tls.RecordHeaderError](err)
	alert := strings.Contains(err.Error(), "remote error: tls:") // it has no type
	_, network := errors.AsType[*net.OpError](err)
	return []Fault{
		{errors.Is(err, ErrNeedsTLS), kit.Invalid, "", "requires TLS: the URL must begin with amqps://"},
		{errors.Is(err, ErrKind), kit.Invalid, "", "is not " + s.Kind},
		{certificate || authority, kit.Invalid, "ca_file", "has a certificate that is not trusted or does not match: see the CA file"},
		{record, kit.Invalid, "", "does not use TLS, which the configuration requires"},
		{alert, kit.Invalid, "cert_file", "refuses the TLS connection: see the client's certificate"},
		{isTimeout(err), kit.Unavailable, "", "does not answer in time, or is not " + s.Kind},
		{network, kit.Unavailable, "", "cannot be reached"},
		{true, kit.Unavailable, "", "cannot be used"},
	}
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded)
}

// Keyed returns an error that KeyOf finds a key of the configuration in, if there is one.
func Keyed(key string, err error) error { return keyed.Error(key, err) }

// Refuse returns an error that is Invalid, and has a key.
func Refuse(key, format string, args ...any) error {
	return Keyed(key, kit.Errorf(kit.Invalid, format, args...))
}

// KeyOf returns which key of the configuration leads to an error; otherwise if it has none.
func KeyOf(err error, otherwise string) string { return cmp.Or(keyed.Of(err), otherwise) }

// What the first bytes from a server tell.
var (
	ErrNeedsTLS = errors.New("it requires TLS")
	ErrKind     = errors.New("it does not begin as such a server does")
)
