package httpserver

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/jsoncodec"
)

// Caller is a client of a service that is served by a Server.
type Caller struct {
	base   string
	client *http.Client
}

// MaxAnswer is the size of the largest response that a Caller reads, in bytes.
const MaxAnswer = 64 << 20

// NewCaller returns a caller of the service at the base URL, such as http://shop:8080;
// Invalid if that is not an HTTP URL. If client is nil, it uses one that keeps up to 128
// idle connections, does not follow redirects and times out after 30 seconds.
func NewCaller(baseURL string, client *http.Client) (*Caller, error) {
	u, err := url.Parse(baseURL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, kit.Errorf(kit.Invalid, "invalid base URL %q: want one such as http://shop:8080", baseURL)
	}
	if client == nil {
		client = newClient()
	}
	return &Caller{base: strings.TrimSuffix(baseURL, "/"), client: client}, nil
}

func newClient() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConns = 0
	t.MaxIdleConnsPerHost = 128
	return &http.Client{
		Transport:     t,
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// CallSpec describes a call.
type CallSpec struct {
	Method  string
	Path    string // escaped, such as "/orders/0198c0f2-7d6e-7a3b-8c4d-5e6f70819203"
	Query   url.Values
	Version int64  // sent as If-Match unless it is zero
	Body    []byte // JSON, or nil
}

// Call makes a call and decodes the response. Errors name fields as in Go.
func Call[T any](
	ctx context.Context, c *Caller, names jsoncodec.Names, spec CallSpec, read func([]byte) (T, error),
) (value T, err error) {
	body, err := c.Do(ctx, spec)
	if err != nil {
		return value, names.ToGo(err)
	}
	return read(body)
}

// CallNoContent makes a call whose response has no content. Errors name fields as in Go.
func CallNoContent(ctx context.Context, c *Caller, names jsoncodec.Names, spec CallSpec) error {
	_, err := c.Do(ctx, spec)
	return names.ToGo(err)
}

// Do makes a call and returns the body of a successful answer. A problem is returned as a
// *kit.Error with the code and message that it has in the service, and with fields named as
// in JSON. The error is Unavailable if the service cannot be reached or ctx ends.
func (c *Caller) Do(ctx context.Context, spec CallSpec) ([]byte, error) {
	r, err := c.request(ctx, spec)
	if err != nil {
		return nil, err
	}
	return answerOf(c.client.Do(r)) //nolint:bodyclose // answerOf does it
}

// answerOf returns the body of a successful answer to a request, or the error.
func answerOf(got *http.Response, err error) ([]byte, error) {
	if err != nil {
		return nil, kit.Wrap(kit.Unavailable, err, "cannot reach the service")
	}
	defer func() { _ = got.Body.Close() }() // it was only read from
	body, err := io.ReadAll(io.LimitReader(got.Body, MaxAnswer+1))
	if err != nil {
		return nil, kit.Wrap(kit.Unavailable, err, "the response of the service ended early")
	}
	if len(body) > MaxAnswer {
		return nil, kit.Errorf(kit.Internal, "the response of the service exceeds %d bytes", MaxAnswer)
	}
	if got.StatusCode < 200 || got.StatusCode > 299 {
		return nil, errorOf(got, body)
	}
	return body, nil
}

func (c *Caller) request(ctx context.Context, spec CallSpec) (*http.Request, error) {
	target := c.base + spec.Path
	if len(spec.Query) > 0 {
		target += "?" + spec.Query.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, spec.Method, target, bytes.NewReader(spec.Body))
	if err != nil {
		return nil, kit.Wrap(kit.Invalid, err, "invalid call")
	}
	if spec.Body != nil {
		r.Header.Set("Content-Type", jsonType(spec.Method))
	}
	if spec.Version != 0 {
		r.Header.Set("If-Match", versionTag(spec.Version))
	}
	if id := RequestID(ctx); id != "" {
		r.Header.Set("X-Request-Id", id)
	}
	return r, nil
}

// errorOf returns the error for an unsuccessful response.
func errorOf(got *http.Response, body []byte) error {
	kind, _, _ := mime.ParseMediaType(got.Header.Get("Content-Type")) // "" if it is malformed
	var p Problem
	if kind != "application/problem+json" || json.Unmarshal(body, &p) != nil || statuses[p.Code] == 0 {
		return kit.Errorf(codeOf(got.StatusCode), "the service answered %s", got.Status)
	}
	e := kit.Errorf(p.Code, "%s", p.Detail)
	for _, f := range p.Errors {
		e.Fields = append(e.Fields, kit.FieldError(f))
	}
	return e
}

// codeOf returns the code for a response without a problem, such as that of a proxy.
func codeOf(status int) kit.Code {
	switch status {
	case http.StatusNotFound:
		return kit.NotFound
	case http.StatusConflict, http.StatusPreconditionFailed:
		return kit.Conflict
	case http.StatusUnauthorized:
		return kit.Unauthenticated
	case http.StatusForbidden:
		return kit.Unauthorized
	case http.StatusTooManyRequests:
		return kit.Overloaded
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return kit.Unavailable
	}
	if status >= 400 && status < 500 {
		return kit.Invalid
	}
	return kit.Internal
}
