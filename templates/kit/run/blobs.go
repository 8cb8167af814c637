package run

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/blobs"
	"github.com/outgrowkit/outgrow/templates/kit/httpserver"
)

// BlobsSpec tells how to open the blobs that are configured.
type BlobsSpec struct {
	Adapter string // such as s3
	Config  blobs.Config
	// Open opens the driver for the service with a name.
	Open func(service string) (blobs.Driver, error)
	// Key returns the key that leads to an error, such as blobs.s3.bucket.
	Key func(error) string
}

// Blobs provides the blobs as a kit.Blobs, and serves the links that lead to the service.
func Blobs(spec BlobsSpec) fx.Option {
	return fx.Options(
		fx.Provide(
			spec.provide,
			func(b *blobs.Blobs) kit.Blobs { return b },
			fx.Annotate(spec.check, fx.ResultTags(`group:"checks"`)),
			fx.Annotate(linkRoutes, fx.ResultTags(`group:"open,flatten"`)),
		),
		Routes(func(s *httpserver.Server, b *blobs.Blobs) { s.LinkBlobs(b) }),
		Background("cleaning of blobs", cleaning),
		Metrics(newBlobsCollector),
	)
}

// linkRoutes returns the patterns of links, which are signed: nobody needs a token for them.
func linkRoutes(b *blobs.Blobs) []string {
	at := b.LinkPath()
	if at == "" {
		return nil
	}
	return []string{"GET " + at + "/{name...}", "PUT " + at + "/{name...}"}
}

func (s BlobsSpec) blame(err error) error { return blame("the blobs ("+s.Adapter+")", s.Key(err), err) }

// provide opens the blobs. Those that cannot be used as they are configured are an error;
// a server that is away is not, since the service has more to do than blobs.
func (s BlobsSpec) provide(ctx context.Context, life fx.Lifecycle, of *service, as role, log *slog.Logger) (*blobs.Blobs, error) {
	driver, err := s.Open(of.name)
	if err != nil {
		return nil, s.blame(err)
	}
	b := blobs.New(s.Config, driver)
	life.Append(fx.StopHook(b.Close))
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	switch err := b.Ping(ctx); kit.CodeOf(err) {
	case "":
	case kit.Unavailable:
		if as == server { // other commands do not start it
			log.WarnContext(ctx, "the blobs are away; the service starts without them", "blobs", s.Adapter, "error", err, "change", of.advice(s.Key(err)))
		}
	default:
		return nil, s.blame(err)
	}
	return b, nil
}

// check tells of blobs that are away, for which a service is not less ready: no other
// process has them either.
func (s BlobsSpec) check(b *blobs.Blobs) httpserver.Check {
	return httpserver.Check{Name: "blobs", Found: s.Adapter + " can be used", Later: true, Ping: func(ctx context.Context) error { return s.blame(b.Ping(ctx)) }}
}

// cleaningInterval is how often is looked for what puts of processes that died have left.
const cleaningInterval = time.Hour

func cleaning(b *blobs.Blobs, log *slog.Logger) func(context.Context) error {
	return func(ctx context.Context) error {
		for {
			if err := b.Clean(ctx); err != nil && ctx.Err() == nil {
				log.WarnContext(ctx, "what unfinished puts of blobs have left cannot be removed; it is tried again in an hour", "error", err)
			}
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(cleaningInterval):
			}
		}
	}
}

var (
	blobRequests = prometheus.NewDesc("blob_requests_total", "Requests to the blobs.", nil, nil)
	blobErrors   = prometheus.NewDesc("blob_errors_total", "Requests to the blobs that failed, but for those that were wrong.", nil, nil)
	blobIn       = prometheus.NewDesc("blob_put_bytes_total", "Bytes that were put.", nil, nil)
	blobOut      = prometheus.NewDesc("blob_read_bytes_total", "Bytes that were read.", nil, nil)
)

// newBlobsCollector returns what reads what is counted when metrics are collected.
func newBlobsCollector(b *blobs.Blobs) collector {
	return collector{[]*prometheus.Desc{blobRequests, blobErrors, blobIn, blobOut}, func(to chan<- prometheus.Metric) {
		s := b.Stats()
		for about, value := range map[*prometheus.Desc]int64{
			blobRequests: s.Requests.Load(), blobErrors: s.Errors.Load(), blobIn: s.In.Load(), blobOut: s.Out.Load(),
		} {
			to <- prometheus.MustNewConstMetric(about, prometheus.CounterValue, float64(value))
		}
	}}
}
