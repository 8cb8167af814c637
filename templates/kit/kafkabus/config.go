package kafkabus

import (
	"cmp"
	"context"
	"crypto/tls"
	"net"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
	"github.com/outgrowkit/outgrow/templates/kit/internal/keyed"
)

// Config says where the brokers are and how they are used. Zero values stand for the
// defaults.
type Config struct {
	Brokers string // host:port, several separated by commas; 127.0.0.1:9092

	User      string
	Password  kit.Secret
	Mechanism string // of SASL: plain, scram-sha-256 or scram-sha-512; plain
	TLS       bool   // also with a CA file or a certificate
	CAFile    string // CA certificates to trust instead of the system's, PEM
	CertFile  string // the client's own certificate, PEM
	KeyFile   string // and its key

	Topic    string        // prefix of the names of topics and groups; the service's name
	Replicas int           // brokers that keep each message; 1
	MaxAge   time.Duration // how long a message is kept for a group that is away; 0 is forever

	ConnectTimeout time.Duration // to connect to a broker, and for each request to it; 2s
	PublishTimeout time.Duration // for the confirmation of a message; 5s
	Lease          time.Duration // until another member takes over from one that died; 6s
	Window         int           // messages in flight to the brokers before Publish blocks; 2048

	through string // the address that is used instead of any broker's, in tests
}

// filled returns the config with defaults in place of zeros.
func (c Config) filled() Config {
	c.Brokers = cmp.Or(c.Brokers, "127.0.0.1:9092")
	c.Mechanism = cmp.Or(c.Mechanism, "plain")
	c.Replicas = cmp.Or(c.Replicas, 1)
	c.ConnectTimeout = cmp.Or(c.ConnectTimeout, 2*time.Second)
	c.PublishTimeout = cmp.Or(c.PublishTimeout, 5*time.Second)
	c.Lease = cmp.Or(c.Lease, 6*time.Second)
	c.Window = cmp.Or(c.Window, 2048)
	return c
}

// Check reports values that are out of range.
func (c Config) Check(report func(field, problem string)) {
	c = c.filled()
	brokerbus.Common{
		Field: "Topic", Name: c.Topic, CertFile: c.CertFile, KeyFile: c.KeyFile,
		Window: c.Window, MaxWindow: 1_000_000, Replicas: c.Replicas, MaxReplicas: 9, MaxAge: c.MaxAge, ConnectTimeout: c.ConnectTimeout,
		PublishTimeout: c.PublishTimeout, MinPublish: time.Second, Lease: c.Lease, MaxLease: 30 * time.Minute,
	}.Check(report)
	for broker := range strings.SplitSeq(c.Brokers, ",") {
		if _, port, err := net.SplitHostPort(broker); err != nil || port == "" || strings.ContainsAny(broker, "/@ ") {
			report("Brokers", "must be host:port, several separated by commas")
			break
		}
	}
	if mechanisms[c.Mechanism] == nil {
		report("Mechanism", "must be plain, scram-sha-256 or scram-sha-512")
	}
	if c.User == "" && !c.Password.IsZero() {
		report("Password", "needs a User")
	}
}

var mechanisms = map[string]func(user, password string) sasl.Mechanism{
	"plain": func(user, password string) sasl.Mechanism {
		return plain.Auth{User: user, Pass: password}.AsMechanism()
	},
	"scram-sha-256": func(user, password string) sasl.Mechanism {
		return scram.Auth{User: user, Pass: password}.AsSha256Mechanism()
	},
	"scram-sha-512": func(user, password string) sasl.Mechanism {
		return scram.Auth{User: user, Pass: password}.AsSha512Mechanism()
	},
}

// versions are those that requests need: topics have IDs.
var versions = func() *kversion.Versions {
	v := &kversion.Versions{}
	v.SetMaxKeyVersion(int16(kmsg.Metadata), 10)
	return v
}()

// client returns a client with more options than those that say how to connect.
func (c Config) client(more ...kgo.Opt) (*kgo.Client, error) {
	dial := (&net.Dialer{Timeout: c.ConnectTimeout}).DialContext
	if c.overTLS() {
		secure, err := keyed.TLS(c.CAFile, c.CertFile, c.KeyFile)
		if err != nil {
			return nil, err
		}
		dial = (&tls.Dialer{NetDialer: &net.Dialer{Timeout: c.ConnectTimeout}, Config: secure}).DialContext
	}
	opts := []kgo.Opt{
		kgo.SeedBrokers(strings.Split(c.Brokers, ",")...),
		kgo.Dialer(func(ctx context.Context, network, host string) (net.Conn, error) {
			ctx, cancel := context.WithTimeout(ctx, c.ConnectTimeout) // for TLS, too
			defer cancel()
			return dial(ctx, network, cmp.Or(c.through, host))
		}),
		kgo.ClientID(c.Topic),
		kgo.MinVersions(versions),
		kgo.DisableClientMetrics(),
		// A request to a frozen broker ends, and its connection with it.
		kgo.RequestTimeoutOverhead(c.overhead()),
		kgo.RequestRetries(2),
		kgo.RetryTimeout(c.ConnectTimeout),
		kgo.RetryBackoffFn(func(int) time.Duration { return 100 * time.Millisecond }),
		kgo.MetadataMinAge(100 * time.Millisecond),
	}
	if c.User != "" {
		opts = append(opts, kgo.SASL(mechanisms[c.Mechanism](c.User, c.Password.Reveal())))
	}
	return kgo.NewClient(append(opts, more...)...)
}

func (c Config) overTLS() bool { return c.TLS || c.CAFile != "" || c.CertFile != "" }

// overhead is how long the answer to a request may take, beside the time that the
// request itself gives the broker.
func (c Config) overhead() time.Duration { return min(c.ConnectTimeout, c.PublishTimeout/4) }

// KeyOf returns which key of the section leads to an error of New or Look.
func (c Config) KeyOf(err error) string { return brokerbus.KeyOf(err, "brokers") }
