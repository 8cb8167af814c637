// Package blobs is what all adapters for blobs have in common, above a Driver for each:
// what names and options may be, limits, checksums, and what is counted.
package blobs

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Config says what is kept.
type Config struct {
	MaxSize int64 // of a blob, in bytes; up to 5 TiB
}

// Check reports values that are out of range.
func (c Config) Check(report func(field, problem string)) {
	if c.MaxSize < 1 || c.MaxSize > 5<<40 {
		report("MaxSize", "must be from 1 to 5497558138880 bytes")
	}
}

// Stats is what was done with blobs since they were opened.
type Stats struct {
	Requests atomic.Int64
	Errors   atomic.Int64 // that are Unavailable, Overloaded or Internal
	In, Out  atomic.Int64 // bytes that were put, and read
}

// Blobs is a kit.Blobs.
type Blobs struct {
	driver Driver
	config Config
	stats  Stats
}

// New returns blobs over a driver, which they close.
func New(c Config, d Driver) *Blobs { return &Blobs{driver: d, config: c} }

// begin counts a request, and returns an error if there is none to make.
func (b *Blobs) begin(ctx context.Context, err error) error {
	b.stats.Requests.Add(1)
	if err == nil && ctx.Err() != nil {
		return ended(ctx)
	}
	return err
}

// note counts an error, and returns it.
func (b *Blobs) note(err error) error {
	switch kit.CodeOf(err) {
	case kit.Unavailable, kit.Overloaded, kit.Internal:
		b.stats.Errors.Add(1)
	}
	return err
}

// Put keeps a blob: see kit.Blobs.
func (b *Blobs) Put(ctx context.Context, name string, body io.Reader, how kit.BlobPut) (kit.Blob, error) {
	if how.Type == "" {
		how.Type = "application/octet-stream"
	}
	if err := b.begin(ctx, checkPut(name, how)); err != nil {
		return kit.Blob{}, err
	}
	from := &Body{ctx: ctx, from: body, left: b.config.MaxSize, most: b.config.MaxSize, count: &b.stats.In}
	blob, err := b.driver.Put(ctx, name, from, how)
	if own := from.cause(); err != nil && own != nil {
		return kit.Blob{}, own
	}
	return blob, b.note(err)
}

// Get returns a blob and its body: see kit.Blobs.
func (b *Blobs) Get(ctx context.Context, name string, what kit.BlobGet) (kit.Blob, io.ReadCloser, error) {
	if err := b.begin(ctx, checkGet(name, what)); err != nil {
		return kit.Blob{}, nil, err
	}
	o, err := b.driver.Get(ctx, name, what)
	if err != nil || o.Body == nil {
		return o.Blob, nil, b.note(err)
	}
	r := &reader{ctx: ctx, of: b, name: name, body: o.Body, left: o.Size - what.Offset, want: o.Sum, sum: newSumming(o.Sum.Part)}
	if what.Length > 0 {
		r.left = min(r.left, what.Length)
	}
	if r.left < o.Size {
		r.want = Sum{}
	}
	if r.left == 0 {
		r.err = r.finished()
	}
	return o.Blob, r, nil
}

// Stat returns a blob: see kit.Blobs.
func (b *Blobs) Stat(ctx context.Context, name string) (kit.Blob, error) {
	if err := b.begin(ctx, checkName(name)); err != nil {
		return kit.Blob{}, err
	}
	blob, err := b.driver.Stat(ctx, name)
	return blob, b.note(err)
}

// List returns blobs: see kit.Blobs.
func (b *Blobs) List(ctx context.Context, prefix, cursor string, limit int) (page []kit.Blob, next string, err error) {
	if err := b.begin(ctx, checkList(prefix, cursor, limit)); err != nil {
		return nil, "", err
	}
	page, next, err = b.driver.List(ctx, prefix, cursor, limit)
	return page, next, b.note(err)
}

// Copy puts what another blob has: see kit.Blobs.
func (b *Blobs) Copy(ctx context.Context, from, to string) (kit.Blob, error) {
	err := checkName(from)
	if err == nil {
		err = checkName(to)
	}
	if err := b.begin(ctx, err); err != nil {
		return kit.Blob{}, err
	}
	blob, err := b.driver.Copy(ctx, from, to)
	return blob, b.note(err)
}

// Delete removes a blob: see kit.Blobs.
func (b *Blobs) Delete(ctx context.Context, name string) error {
	if err := b.begin(ctx, checkName(name)); err != nil {
		return err
	}
	return b.note(b.driver.Delete(ctx, name))
}

// Link returns a URL: see kit.Blobs.
func (b *Blobs) Link(ctx context.Context, method, name string, expires time.Duration) (string, error) {
	err := checkName(name)
	switch {
	case err != nil:
	case method != http.MethodGet && method != http.MethodPut:
		err = kit.Errorf(kit.Invalid, "a link is for GET or PUT, not %.20q", method)
	case expires < time.Second || expires > 7*24*time.Hour:
		err = kit.Errorf(kit.Invalid, "a link expires after 1s to 168h, not %v", expires)
	}
	if err := b.begin(ctx, err); err != nil {
		return "", err
	}
	link, err := b.driver.Link(ctx, method, name, expires)
	return link, b.note(err)
}

// LinkPath returns the path of links that lead to the service: see Linked. It is "" if they
// lead elsewhere.
func (b *Blobs) LinkPath() string {
	if linked, ok := b.driver.(Linked); ok {
		return linked.LinkPath()
	}
	return ""
}

// Verify returns nil if a link allows a method on a blob: see Linked.
func (b *Blobs) Verify(method, name, query string) error {
	linked, ok := b.driver.(Linked)
	if !ok || strings.Contains(query, ";") {
		return kit.Errorf(kit.Unauthorized, "there is no such link")
	}
	return linked.Verify(method, name, query)
}

// left is how long a put that does not go on is let be.
const left = 24 * time.Hour

// Clean removes what puts of processes that died have left: nothing that is newer than a
// day.
func (b *Blobs) Clean(ctx context.Context) error {
	return b.note(b.driver.Clean(ctx, time.Now().Add(-left)))
}

// MaxSize returns how large a blob may be, in bytes.
func (b *Blobs) MaxSize() int64 { return b.config.MaxSize }

// Stats returns what was done.
func (b *Blobs) Stats() *Stats { return &b.stats }

// Ping returns nil if blobs can be put.
func (b *Blobs) Ping(ctx context.Context) error { return b.driver.Ping(ctx) }

// Close closes the driver.
func (b *Blobs) Close() error { return b.driver.Close() }
