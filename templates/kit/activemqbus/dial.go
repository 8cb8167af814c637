package activemqbus

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"github.com/Azure/go-amqp"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
	"github.com/outgrowkit/outgrow/templates/kit/internal/amqpconn"
)

var errLogin = errors.New("login")

// dial connects to one of the brokers, and returns which one.
func (c Config) dial(ctx context.Context) (*amqp.Conn, amqpconn.Address, error) {
	all, err := c.addresses()
	if err != nil {
		return nil, amqpconn.Address{}, brokerbus.Refuse("url", "URL: %v", err)
	}
	return amqpconn.First(all, func(at amqpconn.Address) (*amqp.Conn, error) { return c.dialOne(ctx, at) })
}

func (c Config) dialOne(ctx context.Context, at amqpconn.Address) (*amqp.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, c.ConnectTimeout)
	defer cancel()
	w, err := amqpconn.Dial(ctx, at, c.CAFile, c.CertFile, c.KeyFile)
	if err != nil {
		return nil, err
	}
	conn, err := amqp.NewConn(ctx, w, c.options(at))
	if err != nil {
		_ = w.Close() // nothing was sent that counts
		if w.First() == "" && !at.Secure && errors.Is(err, io.EOF) && c.speaksTLS(ctx, at) {
			return nil, fmt.Errorf("%w: %w", brokerbus.ErrNeedsTLS, err)
		}
		if strings.Contains(err.Error(), "SASL") {
			err = fmt.Errorf("%w: %w", errLogin, err)
		}
		return nil, w.Explain(err, "AMQP\x00\x01", "AMQP\x02\x01", "AMQP\x03\x01")
	}
	if product := fmt.Sprint(conn.Properties()["product"]); product != "ActiveMQ" {
		_ = conn.Close() // it is not wanted
		return nil, kit.Errorf(kit.Invalid, "the server at %s is of another kind than ActiveMQ Classic: it says that it is %.50q", c.servers(), product)
	}
	return conn, nil
}

// speaksTLS reports whether a server that said nothing does so because it requires TLS.
func (c Config) speaksTLS(ctx context.Context, at amqpconn.Address) bool {
	d := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}} //nolint:gosec // nothing is sent
	conn, err := d.DialContext(ctx, "tcp", at.Host)
	if err == nil {
		_ = conn.Close() // nothing was sent that counts
	}
	return err == nil || strings.Contains(err.Error(), "remote error: tls:")
}

// options are new for each connection: a broker refuses a container ID that it knows.
func (c Config) options(at amqpconn.Address) *amqp.ConnOptions {
	o := &amqp.ConnOptions{
		ContainerID:  kit.NewUUID().String(),
		SASLType:     amqp.SASLTypeAnonymous(),
		IdleTimeout:  c.Lease, // the connection to a frozen broker is closed
		WriteTimeout: c.PublishTimeout,
	}
	o.HostName, _, _ = net.SplitHostPort(at.Host)
	if at.User != "" {
		o.SASLType = amqp.SASLTypePlain(at.User, at.Password)
	}
	return o
}

// explain returns an error that says what is wrong with the broker or the config.
func (c Config) explain(err error) error {
	password := map[bool]string{false: "password", true: "user"}[c.User == ""]
	return brokerbus.Server{Kind: "ActiveMQ", URL: c.URL}.Explain(err,
		brokerbus.When(errors.Is(err, brokerbus.ErrKind), kit.Invalid, "", "does not speak AMQP 1.0"),
		brokerbus.When(errors.Is(err, errLogin), kit.Invalid, password, "refuses the user or the password"),
		brokerbus.When(denied(err), kit.Invalid, "user", "denies the user what the bus needs: to read, write and create its topics and queues"),
		brokerbus.When(late(err), kit.Unavailable, "", "does not answer in time: it is frozen, its store is full, or it is not ActiveMQ"),
	)
}

// late reports whether the broker did not answer in time, or for so long that the
// connection was lost, of which the error has no type.
func late(err error) bool {
	return err != nil && (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) || strings.Contains(err.Error(), "i/o timeout"))
}

// denied reports whether the broker refused something for lack of permission.
func denied(err error) bool {
	remote, ok := errors.AsType[*amqp.Error](err)
	return ok && (remote.Condition == amqp.ErrCondUnauthorizedAccess || strings.Contains(remote.Description, "not authorized"))
}

// KeyOf returns which key of the section leads to an error of New or Look.
func (c Config) KeyOf(err error) string { return brokerbus.KeyOf(err, "url") }
