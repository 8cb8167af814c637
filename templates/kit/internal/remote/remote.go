// Package remote is what the configurations of clients of servers have in common, and what
// is wrong where one does not answer as it should.
package remote

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/keyed"
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

// Client returns the configuration of a client; nil if it does not use TLS. The error is
// Invalid if a file cannot be used.
func (t TLS) Client() (*tls.Config, error) {
	if !t.TLS && t.CAFile == "" && t.CertFile == "" {
		return nil, nil
	}
	return keyed.TLS(t.CAFile, t.CertFile, t.KeyFile)
}

// CheckServer reports what is out of range of the values that the configurations of all
// servers have. An example is one of Addr.
func CheckServer(report func(field, problem string), addr, example, prefix string, timeout time.Duration) {
	for _, one := range Addresses(addr) {
		if _, port, err := net.SplitHostPort(one); err != nil || !isPort(port) {
			report("Addr", "must be host:port, such as "+example)
		}
	}
	if !prefixForm.MatchString(prefix) {
		report("Prefix", "must be up to 64 letters, digits, - and _")
	}
	if timeout < time.Millisecond || timeout > 10*time.Second {
		report("Timeout", "must be from 1ms to 10s, or 0 for the default")
	}
}

var prefixForm = regexp.MustCompile(`^[A-Za-z0-9_-]{0,64}$`)

func isPort(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n > 0 && n < 1<<16
}

// Addresses returns those of an Addr, which are separated by commas.
func Addresses(addr string) []string { return strings.Split(strings.ReplaceAll(addr, " ", ""), ",") }

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
// the configuration must be changed, and otherwise Unavailable. KeyOf finds its key.
func (t TLS) Unreachable(server string, err error) error {
	if where, ok := errors.AsType[*net.DNSError](err); ok && where.IsNotFound {
		return kit.Wrap(kit.Invalid, err, server+" has no address")
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		key := map[bool]string{false: "ca_file", true: "tls"}[t.TLS]
		return keyed.Error(key, kit.Wrap(kit.Invalid, err, server+" does not use TLS"))
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return keyed.Error("ca_file", kit.Wrap(kit.Invalid, err, "the certificate of "+server+" is not trusted"))
	}
	if _, ok := errors.AsType[tls.AlertError](err); ok {
		return keyed.Error("cert_file", kit.Wrap(kit.Invalid, err, server+" refuses the client's certificate"))
	}
	return kit.Wrap(kit.Unavailable, err, server+" does not answer")
}

// Strange is Unreachable for the first words with a server, which may be of another kind than
// it is taken for.
func (t TLS) Strange(server string, err error) error {
	told := t.Unreachable(server, err)
	if op, ok := errors.AsType[*net.OpError](err); kit.CodeOf(told) != kit.Unavailable || ok && op.Op == "dial" {
		return told
	}
	with := map[bool]string{false: "with", true: "without"}[t.TLS]
	return kit.Wrap(kit.Unavailable, err, server+" does not answer; it may be of another kind, or "+with+" TLS")
}

// Login returns the error for a server that refuses who asks.
func Login(err error) error { return keyed.Error("password", err) }

// KeyOf returns which key of a driver's section leads to an error: that of the address, if
// it is of none of its other keys.
func KeyOf(err error) string { return cmp.Or(keyed.Of(err), "addr") }
