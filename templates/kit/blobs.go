package kit

import (
	"context"
	"io"
	"time"
)

// Blob describes a stream of bytes that is kept under a name.
type Blob struct {
	Name     string
	Size     int64             // in bytes
	ETag     string            // another one where the content is another, without quotes
	Type     string            // the content type, such as image/png
	Meta     map[string]string // as it was put
	Modified time.Time         // when it was put, to the second at least
}

// BlobPut says how a blob is put.
type BlobPut struct {
	Type string // the content type; application/octet-stream if it is empty
	// Meta has keys of up to 64 lower-case letters, digits and hyphens, and any text but
	// none as values: up to 1,500 bytes together, as they are in a URL.
	Meta     map[string]string
	IfAbsent bool   // AlreadyExists if there is one with the name
	IfMatch  string // Conflict unless the one that there is has this ETag; "" for any
}

// BlobGet says what is read of a blob.
type BlobGet struct {
	Offset, Length int64  // in bytes; a Length of 0 is the rest
	IfMatch        string // Conflict unless it has this ETag; "" for any
	IfNoneMatch    string // if it has this ETag, there is no body; "" for none
}

// Blobs keeps streams of bytes, such as files that users send: none is ever held in memory
// as a whole.
//
// A name is one or several parts with slashes between them. A part is up to 120 letters,
// digits, and - _ . characters, and not . or .. itself; a name has up to 500 bytes. It is
// what the service calls a blob: what users call it belongs in Meta.
//
// The error of each method is NotFound if there is no such blob, Invalid for a name, a
// range or an option that is out of range, and Unavailable if the blobs are away, did not
// answer in time or ctx ended. All methods may be called concurrently, by any number of
// processes.
type Blobs interface {
	// Put keeps what it reads from body until io.EOF, in the place of what there was. It is
	// atomic: others read all of it, or what there was before, also if the process dies. An
	// error of body is returned, and Invalid if there is more than blobs.max_size.
	Put(ctx context.Context, name string, body io.Reader, how BlobPut) (Blob, error)
	// Get returns a blob, and a body to read it from, which must be closed. A body that was
	// read to its end is what was put: if it is not, the last read returns Internal instead
	// of the rest. Only that of a range is not compared. What is put meanwhile does not
	// change what is read.
	Get(ctx context.Context, name string, what BlobGet) (Blob, io.ReadCloser, error)
	// Stat returns a blob without its content.
	Stat(ctx context.Context, name string) (Blob, error)
	// List returns a page of the blobs whose names begin with the prefix: up to limit of
	// them (1 to 1,000), without Type and Meta, in an order of its own. The first page has
	// the cursor "", and next is that of the next one; it is "" on the last page. A page
	// may have fewer than limit, or none. What is there all the time is on one page.
	List(ctx context.Context, prefix, cursor string, limit int) (page []Blob, next string, err error)
	// Copy puts what another blob has, with its Type and Meta, without reading it here.
	Copy(ctx context.Context, from, to string) (Blob, error)
	// Delete removes a blob. That there is none is no error.
	Delete(ctx context.Context, name string) error
	// Link returns a URL with which anybody may GET or PUT a blob until it expires, after
	// up to 7 days. It may be relative to the URL of the service.
	Link(ctx context.Context, method, name string, expires time.Duration) (string, error)
}

// DeleteOrphans removes the blobs whose names begin with the prefix, that were put longer
// ago than the grace, and to which nothing refers. It asks referred for up to 1,000 names
// at once, and returns how many blobs it removed. The grace must be longer than it takes
// from a put to the commit of what refers to it.
func DeleteOrphans(ctx context.Context, b Blobs, prefix string, grace time.Duration, referred func(ctx context.Context, names []string) (map[string]bool, error)) (removed int, err error) {
	before := time.Now().Add(-grace)
	for cursor := ""; ; {
		page, next, err := b.List(ctx, prefix, cursor, 1000)
		if err != nil {
			return removed, err
		}
		var old []string
		for _, blob := range page {
			if blob.Modified.Before(before) {
				old = append(old, blob.Name)
			}
		}
		used, err := referred(ctx, old)
		if err != nil {
			return removed, err
		}
		for _, name := range old {
			if used[name] {
				continue
			}
			if err := b.Delete(ctx, name); err != nil {
				return removed, err
			}
			removed++
		}
		if cursor = next; cursor == "" {
			return removed, nil
		}
	}
}
