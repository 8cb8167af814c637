package activemqbus

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"

	"github.com/Azure/go-amqp"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// What is wrong with a server or with the config.
var (
	errLogin   = errors.New("it refuses the user or the password")
	errNoTLS   = errors.New("it does not use TLS, which the URL requires")
	errTLS     = errors.New("it requires TLS: the URL must begin with amqps://")
	errNotAMQP = errors.New("it does not speak AMQP 1.0")
	errKind    = errors.New("it is of another kind than ActiveMQ Classic")
	errTopic   = errors.New("the name is another service's")
)

// wire is a connection, and remembers what the server said first.
type wire struct {
	net.Conn
	first []byte // up to 8 bytes
}

func (w *wire) Read(p []byte) (n int, err error) {
	n, err = w.Conn.Read(p)
	if more := min(n, 8-len(w.first)); more > 0 {
		w.first = append(w.first, p[:more]...)
	}
	return n, err
}

// dial connects to one of the brokers, and returns which one.
func (c Config) dial(ctx context.Context) (conn *amqp.Conn, at address, err error) {
	all, err := c.addresses()
	if err != nil {
		return nil, at, kit.Errorf(kit.Invalid, "URL: %v", err)
	}
	var failed []error
	for _, at := range all {
		conn, err := c.dialOne(ctx, at)
		if err == nil {
			return conn, at, nil
		}
		failed = append(failed, err)
	}
	return nil, at, errors.Join(failed...)
}

func (c Config) dialOne(ctx context.Context, at address) (*amqp.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, c.ConnectTimeout)
	defer cancel()
	w, err := c.reach(ctx, at)
	if err != nil {
		return nil, err
	}
	conn, err := amqp.NewConn(ctx, w, c.options(at))
	if err != nil {
		_ = w.Close() // nothing was sent that counts
		if len(w.first) == 0 && !at.overTLS && errors.Is(err, io.EOF) && c.speaksTLS(ctx, at) {
			err = fmt.Errorf("%w: %w", errTLS, err)
		}
		return nil, w.explain(err)
	}
	if product := fmt.Sprint(conn.Properties()["product"]); product != "ActiveMQ" {
		_ = conn.Close() // it is not wanted
		return nil, fmt.Errorf("%w: it says that it is %.50q", errKind, product)
	}
	return conn, nil
}

// reach returns a connection over which nothing was said.
func (c Config) reach(ctx context.Context, at address) (*wire, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", at.host)
	if err != nil || !at.overTLS {
		return &wire{Conn: conn}, err
	}
	host, _, _ := net.SplitHostPort(at.host)
	config, err := c.tls(host)
	if err == nil {
		secure := tls.Client(conn, config)
		if err = secure.HandshakeContext(ctx); err == nil {
			return &wire{Conn: secure}, nil
		}
	}
	_ = conn.Close() // nothing was sent that counts
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		err = fmt.Errorf("%w: %w", errNoTLS, err)
	}
	return nil, err
}

// speaksTLS reports whether a server that said nothing does so because it requires TLS.
func (c Config) speaksTLS(ctx context.Context, at address) bool {
	d := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}} //nolint:gosec // nothing is sent
	conn, err := d.DialContext(ctx, "tcp", at.host)
	if err == nil {
		_ = conn.Close() // nothing was sent that counts
	}
	return err == nil || isTLS(err)
}

// options are new for each connection: a broker refuses a container ID that it knows.
func (c Config) options(at address) *amqp.ConnOptions {
	o := &amqp.ConnOptions{
		ContainerID:  kit.NewUUID().String(),
		SASLType:     amqp.SASLTypeAnonymous(),
		IdleTimeout:  c.Lease, // the connection to a frozen broker is closed
		WriteTimeout: c.PublishTimeout,
	}
	o.HostName, _, _ = net.SplitHostPort(at.host)
	if at.user != "" {
		o.SASLType = amqp.SASLTypePlain(at.user, at.password)
	}
	return o
}

// explain returns an error that says why the client could not begin to speak AMQP.
func (w *wire) explain(err error) error {
	const alert = "\x15\x03" // of TLS
	switch first := string(w.first); {
	case strings.HasPrefix(first, alert):
		return fmt.Errorf("%w: %w", errTLS, err)
	case first != "" && !strings.HasPrefix(first, "AMQP"), strings.HasPrefix(first, "AMQP\x00\x00\x09"):
		return fmt.Errorf("%w: %w", errNotAMQP, err)
	case strings.Contains(err.Error(), "SASL"):
		return fmt.Errorf("%w: %w", errLogin, err)
	default:
		return err
	}
}

// explain returns an error that says what is wrong with the broker or the config.
func (c Config) explain(err error) error {
	if _, ok := errors.AsType[*kit.Error](err); ok || err == nil {
		return err
	}
	at := "ActiveMQ at " + c.servers()
	for _, wrong := range []error{errLogin, errNoTLS, errTLS, errNotAMQP, errKind, errTopic} {
		if errors.Is(err, wrong) {
			return kit.Wrap(kit.Invalid, err, at+" cannot be used")
		}
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return kit.Wrap(kit.Invalid, err, "cannot read a file that is needed to connect to ActiveMQ")
	}
	if isTLS(err) {
		return kit.Wrap(kit.Invalid, err, at+" has a certificate that is not trusted or does not match, or refuses the client's: see the CA file")
	}
	if denied(err) {
		return kit.Wrap(kit.Invalid, err, at+" denies the user what the bus needs: to read, write and create its topics and queues")
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) ||
		strings.Contains(err.Error(), "i/o timeout") { // of a connection that was lost; it has no type
		return kit.Wrap(kit.Unavailable, err, at+" does not answer in time, as one that is frozen, or whose store is full")
	}
	if _, ok := errors.AsType[*net.OpError](err); ok {
		return kit.Wrap(kit.Unavailable, err, at+" cannot be reached")
	}
	return kit.Wrap(kit.Unavailable, err, at+" cannot be used")
}

func isTLS(err error) bool {
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	_, alert := errors.AsType[tls.AlertError](err)
	return certificate || authority || alert || strings.Contains(err.Error(), "remote error: tls:")
}

// denied reports whether the broker refused something for lack of permission.
func denied(err error) bool {
	remote, ok := errors.AsType[*amqp.Error](err)
	return ok && (remote.Condition == amqp.ErrCondUnauthorizedAccess || strings.Contains(remote.Description, "not authorized"))
}

// KeyOf returns which key of the section leads to an error of New or Look.
func (c Config) KeyOf(err error) string {
	switch {
	case errors.Is(err, errTopic):
		return "topic"
	case denied(err), errors.Is(err, errLogin) && c.User == "":
		return "user"
	case errors.Is(err, errLogin):
		return "password"
	default:
		return "url"
	}
}
