package blobs

import (
	"context"
	"io"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Driver keeps blobs. It is all that an adapter has to do: names, options and ranges have
// been checked, and what it returns is compared.
//
// Its methods may be called concurrently. They return Unavailable within a short time of
// the driver's own if the blobs are away, whatever ctx allows, and the other errors of
// kit.Blobs.
type Driver interface {
	// Put keeps what it reads from body until io.EOF, and its Sum. If reading fails, or
	// ctx ends before others can read the blob, there is nothing of it.
	Put(ctx context.Context, name string, body *Body, how kit.BlobPut) (kit.Blob, error)
	// Get returns a blob with what is read of it. The body is nil if what.IfNoneMatch is
	// its ETag, and the blob may have no more than that then.
	Get(ctx context.Context, name string, what kit.BlobGet) (Object, error)
	Stat(ctx context.Context, name string) (kit.Blob, error)
	List(ctx context.Context, prefix, cursor string, limit int) (page []kit.Blob, next string, err error)
	Copy(ctx context.Context, from, to string) (kit.Blob, error)
	Delete(ctx context.Context, name string) error
	Link(ctx context.Context, method, name string, expires time.Duration) (string, error)
	// Clean removes what puts have left that neither ended nor went on since a time.
	Clean(ctx context.Context, since time.Time) error
	// Ping returns nil if blobs can be put, as far as that can be told without putting one.
	Ping(ctx context.Context) error
	// Close releases what the driver holds. Later calls return Unavailable.
	Close() error
}

// Linked is a Driver whose links lead to the service.
type Linked interface {
	// LinkPath returns the path before the names in links, such as /blobs.
	LinkPath() string
	// Verify returns nil if a link with a query allows a method on a blob now, and
	// otherwise Unauthorized.
	Verify(method, name, query string) error
}

// Object is a blob that is read.
type Object struct {
	kit.Blob
	Body io.ReadCloser
	Sum  Sum // of the whole blob
}
