package activemqbus

import (
	"cmp"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
	"github.com/outgrowkit/outgrow/templates/kit/internal/amqpconn"
)

// Config says where the broker is and how it is used. Zero values stand for the
// defaults.
type Config struct {
	// URL is amqp:// or amqps://host:port; amqp://127.0.0.1:5672. Several, separated by
	// commas, are of brokers that take over from each other and share one store.
	URL string

	User     string
	Password kit.Secret
	CAFile   string // CA certificates to trust instead of the system's, PEM
	CertFile string // the client's own certificate, PEM
	KeyFile  string // and its key

	Topic string // prefix of the names of topics and queues; the service's name

	ConnectTimeout time.Duration // to connect to a broker, and for each request to it; 2s
	PublishTimeout time.Duration // for the confirmation of a message; 5s
	Lease          time.Duration // until a process that is not heard of has no partition; 4s
	Window         int           // messages in flight to the broker before Publish blocks; 2048
	MaxMessage     int           // bytes of the largest payload; 1 MiB
}

// filled returns the config with defaults in place of zeros.
func (c Config) filled() Config {
	c.URL = cmp.Or(c.URL, "amqp://127.0.0.1:5672")
	c.ConnectTimeout = cmp.Or(c.ConnectTimeout, 2*time.Second)
	c.PublishTimeout = cmp.Or(c.PublishTimeout, 5*time.Second)
	c.Lease = cmp.Or(c.Lease, 4*time.Second)
	c.Window = cmp.Or(c.Window, 2048)
	c.MaxMessage = cmp.Or(c.MaxMessage, 1<<20)
	return c
}

// longestLease is less than how long a broker waits for a process that says nothing,
// unless it is configured: it passes on messages then.
const longestLease = 15 * time.Second

// largestFrame is what a broker takes at most (wireFormat.maxFrameSize), less some room
// for what surrounds a payload.
const largestFrame = 100<<20 - 1<<16

// Check reports values that are out of range.
func (c Config) Check(report func(field, problem string)) {
	c = c.filled()
	brokerbus.Common{
		Field: "Topic", Name: c.Topic, URL: c.URL, CertFile: c.CertFile, KeyFile: c.KeyFile, Window: c.Window, MaxWindow: 1_000_000,
		ConnectTimeout: c.ConnectTimeout, PublishTimeout: c.PublishTimeout, Lease: c.Lease, MaxLease: longestLease,
	}.Check(report)
	brokerbus.CheckRange(report, "MaxMessage", c.MaxMessage, 1, largestFrame)
	if _, err := c.addresses(); err != nil {
		report("URL", err.Error())
	}
}

// servers returns the URL without passwords.
func (c Config) servers() string { return brokerbus.WithoutLogin(c.URL) }

// addresses returns those of the URL.
func (c Config) addresses() ([]amqpconn.Address, error) {
	return amqpconn.Addresses(c.URL, c.User, c.Password.Reveal())
}
