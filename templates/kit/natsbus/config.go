package natsbus

import (
	"cmp"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// Config says where the server is and how it is used. Zero values stand for the
// defaults.
type Config struct {
	URL string // nats:// or tls://host:port, several separated by commas; nats://127.0.0.1:4222

	User            string
	Password        kit.Secret
	CredentialsFile string // a .creds file, instead of user and password
	CAFile          string // CA certificates to trust instead of the system's, PEM
	CertFile        string // the client's own certificate, PEM
	KeyFile         string // and its key

	Stream   string        // prefix of the names of streams and subjects; the service's name
	Replicas int           // servers that keep each message; 1
	MaxAge   time.Duration // how long a message is kept for a group that is away; 0 is forever

	ConnectTimeout time.Duration // to connect to a server, and for each request to it; 2s
	PublishTimeout time.Duration // for the confirmation of a message; 5s
	Lease          time.Duration // until another member takes over from one that died; 4s
	Window         int           // messages in flight to the server before Publish blocks; 2048
}

// filled returns the config with defaults in place of zeros.
func (c Config) filled() Config {
	c.URL = cmp.Or(c.URL, nats.DefaultURL)
	c.Replicas = cmp.Or(c.Replicas, 1)
	c.ConnectTimeout = cmp.Or(c.ConnectTimeout, 2*time.Second)
	c.PublishTimeout = cmp.Or(c.PublishTimeout, 5*time.Second)
	c.Lease = cmp.Or(c.Lease, 4*time.Second)
	c.Window = cmp.Or(c.Window, 2048)
	return c
}

// Check reports values that are out of range.
func (c Config) Check(report func(field, problem string)) {
	c = c.filled()
	brokerbus.Common{
		Field: "Stream", Name: c.Stream, URL: c.URL, CertFile: c.CertFile, KeyFile: c.KeyFile,
		Window: c.Window, MaxWindow: 1_000_000, Replicas: c.Replicas, MaxReplicas: 5, MaxAge: c.MaxAge,
		ConnectTimeout: c.ConnectTimeout, PublishTimeout: c.PublishTimeout, Lease: c.Lease, MaxLease: time.Hour,
	}.Check(report)
	if c.CredentialsFile != "" && c.User != "" {
		report("CredentialsFile", "and User exclude each other")
	}
}

// duplicates returns how long the server discards a message that is sent again. It
// must not be longer than messages are kept.
func (c Config) duplicates() time.Duration {
	const window = 2 * time.Minute
	return min(cmp.Or(c.MaxAge, window), window)
}

// servers returns the URL without passwords.
func (c Config) servers() string { return brokerbus.WithoutLogin(c.URL) }

// options returns how to connect.
func (c Config) options() []nats.Option {
	opts := []nats.Option{
		nats.Timeout(c.ConnectTimeout),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(100 * time.Millisecond),
		nats.ReconnectJitter(400*time.Millisecond, 400*time.Millisecond),
		nats.IgnoreAuthErrorAbort(), // a server may still be starting
		// A message that cannot be sent now fails instead of being kept in memory.
		nats.ReconnectBufSize(-1),
		// The connection to a frozen server is closed after 3 to 4 seconds.
		nats.PingInterval(time.Second),
		nats.MaxPingsOutstanding(2),
		nats.FlusherTimeout(c.ConnectTimeout),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}), // whoever caused one gets it as well
		nats.UserInfo(c.User, c.Password.Reveal()),
	}
	if c.CredentialsFile != "" {
		opts = append(opts, nats.UserCredentials(c.CredentialsFile))
	}
	if c.CAFile != "" {
		opts = append(opts, nats.RootCAs(c.CAFile))
	}
	if c.CertFile != "" {
		opts = append(opts, nats.ClientCert(c.CertFile, c.KeyFile))
	}
	return opts
}

// KeyOf returns which key of the section leads to an error of New or Look.
func (c Config) KeyOf(err error) string { return brokerbus.KeyOf(err, "url") }
