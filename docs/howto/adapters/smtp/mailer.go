// Package smtp is an adapter of the example's own.
package smtp

import (
	"context"
	"net"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Config says where the mail server is.
type Config struct {
	Addr string // host:port
}

// Mailer sends mail. It is a ports.Mailer.
type Mailer struct {
	Sent prometheus.Counter // mails

	config Config
}

// New returns a mailer.
func New(c Config) *Mailer {
	return &Mailer{config: c, Sent: prometheus.NewCounter(prometheus.CounterOpts{
		Name: "mails_sent_total", Help: "Mails sent.",
	})}
}

// Send sends a mail.
func (m *Mailer) Send(_ context.Context, _ kit.UUID, _, _ string) error {
	m.Sent.Inc()
	return nil
}

// Ping returns nil if the mail server can be reached.
func (m *Mailer) Ping(ctx context.Context) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", m.config.Addr)
	if err != nil {
		return kit.Wrap(kit.Unavailable, err, "the mail server cannot be reached")
	}
	return conn.Close()
}
