package rabbitmqbus

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"regexp"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
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
	Lease          time.Duration // how long a member that the server does not answer goes on, in whole seconds; 4s
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

var exchangeName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Check reports values that are out of range.
func (c Config) Check(report func(field, problem string)) {
	c = c.filled()
	if c.Exchange != "" && !exchangeName.MatchString(c.Exchange) {
		report("Exchange", "must be 1 to 64 letters, digits, - and _")
	}
	if c.MaxMessage < 1024 || c.MaxMessage > 512<<20 {
		report("MaxMessage", "must be from 1024 to 536870912 bytes, or 0 for the default")
	}
	if c.Window < 1 || c.Window > 60_000 {
		report("Window", "must be from 1 to 60000, or 0 for the default")
	}
	brokerbus.CheckPeriods(report,
		brokerbus.Period{Field: "ConnectTimeout", Value: c.ConnectTimeout, Min: 100 * time.Millisecond, Max: time.Minute},
		brokerbus.Period{Field: "PublishTimeout", Value: c.PublishTimeout, Min: 100 * time.Millisecond, Max: time.Hour},
		brokerbus.Period{Field: "Lease", Value: c.Lease, Min: time.Second, Max: time.Hour},
	)
	for _, server := range c.addresses() {
		switch at, err := url.Parse(server); {
		case err != nil || at.Scheme != "amqp" && at.Scheme != "amqps" || at.Host == "":
			report("URL", "must be amqp:// or amqps:// with a host and a port")
		case at.User != nil:
			report("URL", "must not contain a password; User and Password are fields of their own")
		case at.Path != "" && at.Path != "/":
			report("URL", "must not have a path; the virtual host is a field of its own")
		}
	}
	if (c.CertFile == "") != (c.KeyFile == "") {
		report("CertFile", "and KeyFile go together")
	}
}

func (c Config) addresses() []string { return strings.Split(strings.ReplaceAll(c.URL, " ", ""), ",") }

// dial connects to one of the servers, each of which has ConnectTimeout to answer.
func (c Config) dial(ctx context.Context) (*amqp.Connection, error) {
	security, err := c.tls()
	if err != nil {
		return nil, err
	}
	var refused []error
	for _, address := range c.addresses() {
		conn, err := c.dialOne(ctx, address, security.Clone()) // the client notes the server's name in it
		if err == nil {
			return conn, nil
		}
		refused = append(refused, err)
	}
	return nil, errors.Join(refused...)
}

func (c Config) dialOne(ctx context.Context, address string, security *tls.Config) (*amqp.Connection, error) {
	ctx, cancel := context.WithTimeout(ctx, c.ConnectTimeout)
	defer cancel()
	w := &wire{patience: c.PublishTimeout}
	var inTime func() bool
	conn, err := amqp.DialConfig(address, amqp.Config{
		Vhost:           c.VHost,
		SASL:            []amqp.Authentication{&amqp.PlainAuth{Username: c.User, Password: c.Password.Reveal()}},
		Heartbeat:       max(time.Second, c.Lease.Truncate(time.Second)),
		TLSClientConfig: security,
		Dial: func(network, address string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			w.Conn = conn
			inTime = context.AfterFunc(ctx, func() { _ = w.Close() })
			return w, nil
		},
	})
	if w.Conn == nil {
		return nil, err
	}
	if inTime() && err == nil {
		return conn, nil
	}
	_ = w.Close() // the client does not when it gives up
	return nil, w.explain(errors.Join(err, ctx.Err()), strings.HasPrefix(address, "amqps"))
}

// tls returns how servers are told to be the right ones.
func (c Config) tls() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if err := brokerbus.TrustCA(config, c.CAFile); err != nil {
		return nil, err
	}
	if err := brokerbus.UseCertificate(config, c.CertFile, c.KeyFile); err != nil {
		return nil, kit.Wrap(kit.Invalid, err, "cannot use the client's certificate")
	}
	return config, nil
}

// KeyOf returns which key of the section leads to an error of New or Look.
func (c Config) KeyOf(err error) string {
	switch {
	case errors.Is(err, errExchange):
		return "exchange"
	case errors.Is(err, amqp.ErrVhost) || hasCode(err, amqp.NotAllowed):
		return "vhost"
	case errors.Is(err, amqp.ErrCredentials) && c.User != "":
		return "password"
	case hasCode(err, amqp.AccessRefused):
		return "user"
	default:
		return "url"
	}
}

// hasCode reports whether an error is one that the server has told, with a code.
func hasCode(err error, code int) bool {
	told, ok := errors.AsType[*amqp.Error](err)
	return ok && told.Code == code
}
