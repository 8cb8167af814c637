package s3blobs

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/keyed"
)

// client returns what speaks to the server. Checksums are the driver's own.
func (c Config) client() (*s3.Client, *http.Transport, error) {
	security, err := keyed.TLS(c.CAFile, c.CertFile, c.KeyFile)
	if err != nil {
		return nil, nil, err
	}
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           c.dial,
		TLSClientConfig:       security,
		TLSHandshakeTimeout:   c.Timeout,
		ResponseHeaderTimeout: c.Timeout,
		IdleConnTimeout:       90 * time.Second,
		MaxIdleConnsPerHost:   64,
		DisableCompression:    true,
		WriteBufferSize:       64 << 10,
		ReadBufferSize:        64 << 10,
	}
	options := s3.Options{
		BaseEndpoint:               aws.String(c.Endpoint),
		Region:                     c.Region,
		UsePathStyle:               c.PathStyle,
		Credentials:                aws.AnonymousCredentials{},
		HTTPClient:                 &http.Client{Transport: watching{transport, c.Timeout}, CheckRedirect: stay},
		Retryer:                    quick(),
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired,
	}
	if c.AccessKey != "" {
		options.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: c.AccessKey, SecretAccessKey: c.SecretKey.Reveal()}, nil
		})
	}
	return s3.New(options), transport, nil
}

// stay follows no redirect: what is signed is for one server.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// retryer tries again what failed at once, and not what has waited already.
type retryer struct{ *retry.Standard }

func quick() aws.Retryer {
	return retryer{retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts, o.MaxBackoff = 3, 200*time.Millisecond
	})}
}

func (r retryer) IsErrorRetryable(err error) bool {
	late, ok := errors.AsType[net.Error](err)
	return (!ok || !late.Timeout()) && r.Standard.IsErrorRetryable(err)
}

// once has a request that depends on what there is sent once: it would not hold again
// after it was done.
func once(o *s3.Options) { o.Retryer = aws.NopRetryer{} }

func (c Config) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: c.Timeout}).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return moving{conn, c.Timeout}, nil
}

// moving is a connection that fails when nothing could be written for a while.
type moving struct {
	net.Conn
	limit time.Duration
}

// piece is what is written at once, in bytes.
const piece = 256 << 10

func (c moving) Write(p []byte) (n int, err error) {
	for {
		_ = c.SetWriteDeadline(time.Now().Add(c.limit)) // the write fails if this does
		m, err := c.Conn.Write(p[n:min(len(p), n+piece)])
		if n += m; err != nil || n == len(p) {
			return n, err
		}
	}
}

// watching ends responses of which nothing has come for a while.
type watching struct {
	*http.Transport
	limit time.Duration
}

// RoundTrip sends a request.
func (w watching) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	response, err := w.Transport.RoundTrip(r.WithContext(ctx))
	if err != nil {
		cancel(err)
		return nil, err
	}
	response.Body = &watchedBody{response.Body, cancel, w.limit}
	return response, nil
}

type watchedBody struct {
	io.ReadCloser
	cancel context.CancelCauseFunc
	limit  time.Duration
}

var errSilent = errors.New("the server sends nothing more")

// Read reads a part.
func (b *watchedBody) Read(p []byte) (int, error) {
	limit := time.AfterFunc(b.limit, func() { b.cancel(errSilent) })
	defer limit.Stop()
	return b.ReadCloser.Read(p)
}

// Close ends the request.
func (b *watchedBody) Close() error {
	defer b.cancel(nil)
	return b.ReadCloser.Close()
}

// refusals are the errors of servers for which the configuration must be changed, with the
// key to change.
var refusals = map[string]struct{ key, says string }{
	"NoSuchBucket":                 {"bucket", "there is no bucket"},
	"InvalidBucketName":            {"bucket", "it is not the name of a bucket"},
	"InvalidAccessKeyId":           {"access_key", "the access key is unknown"},
	"SignatureDoesNotMatch":        {"secret_key", "the secret key is wrong"},
	"AccessDenied":                 {"access_key", "who has the access key may not do that"},
	"Forbidden":                    {"access_key", "who has the access key may not do that"},
	"AuthorizationHeaderMalformed": {"region", "the region is wrong"},
	"PermanentRedirect":            {"region", "the bucket is elsewhere"},
	"RequestTimeTooSkewed":         {"endpoint", "the clocks of this machine and the server differ"},
}

// nested are the errors of servers that keep blobs in folders, versitygw and MinIO, for a name
// that would be both a blob and a folder.
var nested = []string{"ObjectParentIsFile", "ExistingObjectIsDirectory", "XMinioParentIsObject", "XMinioObjectExistsAsDirectory"}

// explain returns an error that says what is wrong: Unavailable if the server may serve
// later, and Invalid if the configuration must be changed.
func (c Config) explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	at := "S3 at " + c.Endpoint
	if ctx.Err() != nil {
		return kit.Wrap(kit.Unavailable, ctx.Err(), "the request ended before "+at+" has answered")
	}
	code := codeOf(err)
	if code == "" {
		return c.unreachable(at, err)
	}
	if why, ok := refusals[code]; ok {
		return keyed.Error(why.key, kit.Wrap(kit.Invalid, err, at+" refuses the bucket "+c.Bucket+": "+why.says))
	}
	if slices.Contains(nested, code) {
		return kit.Wrap(kit.Invalid, err, at+" cannot have a blob whose name, followed by /, begins that of another one")
	}
	if status := statusOf(err); status >= 300 && status < 500 && status != http.StatusTooManyRequests && code != "NoSuchUpload" {
		return kit.Wrap(kit.Internal, err, at+" does not do what is asked of it")
	}
	return kit.Wrap(kit.Unavailable, err, at+" does not serve now")
}

// statusOf returns the status of HTTP that an error came with, or 0.
func statusOf(err error) int {
	if r, ok := errors.AsType[*smithyhttp.ResponseError](err); ok {
		return r.HTTPStatusCode()
	}
	return 0
}

// wrong returns the error for an endpoint that must be changed.
func wrong(err error, says string) error {
	return keyed.Error("endpoint", kit.Wrap(kit.Invalid, err, says))
}

// unreachable returns the error for what does not answer as S3 does.
func (c Config) unreachable(at string, err error) error {
	if where, ok := errors.AsType[*net.DNSError](err); ok && where.IsNotFound {
		return wrong(err, at+" has no address")
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok || errors.Is(err, http.ErrSchemeMismatch) {
		return wrong(err, at+" does not use TLS")
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return keyed.Error("ca_file", kit.Wrap(kit.Invalid, err, "the certificate of "+at+" is not trusted"))
	}
	if _, ok := errors.AsType[tls.AlertError](err); ok {
		return keyed.Error("cert_file", kit.Wrap(kit.Invalid, err, at+" refuses the client's certificate"))
	}
	if _, ok := errors.AsType[*smithy.DeserializationError](err); ok || strings.Contains(err.Error(), "malformed HTTP") {
		return wrong(err, "what answers at "+c.Endpoint+" is not S3")
	}
	if sent, ok := errors.AsType[*url.Error](err); ok {
		err = sent.Err // without the names that the client has for what it did
	}
	return kit.Wrap(kit.Unavailable, err, at+" does not answer")
}
