package rabbitmqbus

import (
	"cmp"
	"context"
	"errors"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
	"github.com/outgrowkit/outgrow/templates/kit/internal/amqpconn"
)

// Config says where the server is and how it is used. Zero values stand for the
// defaults.
type Config struct {
	URL   string // amqp:// or amqps://host:port, several separated by commas; amqp://127.0.0.1:5672
	VHost string `config:"vhost"` // virtual host; /

	User     string // guest
	Password kit.Secret
	CAFile   string // CA certificates to trust instead of the system's, PEM
	CertFile string // the client's own certificate, PEM
	KeyFile  string // and its key

	Exchange   string // prefix of the names of exchanges and queues; the service's name
	MaxMessage int    // max_message_size of the server, in bytes; 16777216

	ConnectTimeout time.Duration // to connect to a server, and for each request to it; 2s
	PublishTimeout time.Duration // for the confirmation of a message; 5s
	Lease          time.Duration // until others take over from a member that is not heard of, or half as long again; 4s
	Window         int           // messages in flight to the server before Publish blocks; 2048
}

// filled returns the config with defaults in place of zeros.
func (c Config) filled() Config {
	c.URL = cmp.Or(c.URL, "amqp://127.0.0.1:5672")
	c.VHost = cmp.Or(c.VHost, "/")
	c.MaxMessage = cmp.Or(c.MaxMessage, 16<<20)
	c.ConnectTimeout = cmp.Or(c.ConnectTimeout, 2*time.Second)
	c.PublishTimeout = cmp.Or(c.PublishTimeout, 5*time.Second)
	c.Lease = cmp.Or(c.Lease, 4*time.Second)
	c.Window = cmp.Or(c.Window, 2048)
	if c.User == "" && c.Password.Reveal() == "" {
		c.User, c.Password = "guest", kit.NewSecret("guest")
	}
	return c
}

// Check reports values that are out of range.
func (c Config) Check(report func(field, problem string)) {
	c = c.filled()
	brokerbus.Common{
		Field: "Exchange", Name: c.Exchange, URL: c.URL, CertFile: c.CertFile, KeyFile: c.KeyFile, Window: c.Window, MaxWindow: 60_000,
		ConnectTimeout: c.ConnectTimeout, PublishTimeout: c.PublishTimeout, Lease: c.Lease, MaxLease: time.Hour,
	}.Check(report)
	brokerbus.CheckRange(report, "MaxMessage", c.MaxMessage, 1024, 512<<20)
	if _, err := c.addresses(); err != nil {
		report("URL", err.Error())
	}
}

// addresses returns those of the URL.
func (c Config) addresses() ([]amqpconn.Address, error) {
	return amqpconn.Addresses(c.URL, c.User, c.Password.Reveal())
}

// dial connects to one of the servers, each of which has ConnectTimeout to answer.
func (c Config) dial(ctx context.Context, heartbeat time.Duration) (*amqp.Connection, error) {
	all, err := c.addresses()
	if err != nil {
		return nil, brokerbus.Refuse("url", "URL: %v", err)
	}
	conn, _, err := amqpconn.First(all, func(at amqpconn.Address) (*amqp.Connection, error) { return c.dialOne(ctx, at, heartbeat) })
	return conn, err
}

func (c Config) dialOne(ctx context.Context, at amqpconn.Address, heartbeat time.Duration) (*amqp.Connection, error) {
	ctx, cancel := context.WithTimeout(ctx, c.ConnectTimeout)
	defer cancel()
	dialled, err := amqpconn.Dial(ctx, at, c.CAFile, c.CertFile, c.KeyFile)
	if err != nil {
		return nil, err
	}
	w := &wire{Conn: dialled, patience: c.PublishTimeout}
	inTime := context.AfterFunc(ctx, func() { _ = w.Close() })
	conn, err := amqp.Open(w, amqp.Config{
		Vhost:     c.VHost,
		SASL:      []amqp.Authentication{&amqp.PlainAuth{Username: at.User, Password: at.Password}},
		Heartbeat: max(time.Second, (heartbeat + time.Second - 1).Truncate(time.Second)),
		Locale:    "en_US",
	})
	if inTime() && err == nil {
		return conn, nil
	}
	_ = w.Close()                            // the client does not when it gives up
	if errors.Is(err, amqp.ErrCredentials) { // who has the password wrong waits, too
		return nil, err
	}
	return nil, dialled.Explain(errors.Join(err, ctx.Err()), "\x01", "AMQP\x00\x00")
}

// KeyOf returns which key of the section leads to an error of New or Look.
func (c Config) KeyOf(err error) string { return brokerbus.KeyOf(err, "url") }
