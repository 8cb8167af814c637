package blobs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Body is what is put: it ends with an error when ctx does, and when it is too large.
type Body struct {
	ctx   context.Context
	from  io.Reader
	left  int64 // that it may still have, in bytes
	most  int64
	sum   summing
	count *atomic.Int64 // of bytes
	err   error         // that reading it ended with
}

// Read reads a part.
func (b *Body) Read(p []byte) (int, error) {
	if b.err == nil && b.ctx.Err() != nil {
		b.err = ended(b.ctx)
	}
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.from.Read(p)
	if b.left -= int64(n); b.left < 0 {
		b.err = TooLarge(b.most)
		return 0, b.err
	}
	b.sum.add(p[:n])
	b.count.Add(int64(n))
	b.err = err
	return n, err
}

// Sum returns the sum of what was read.
func (b *Body) Sum() Sum { return Sum{Text: b.sum.end()} }

// cause returns the error of what is put, which is not the driver's; nil if there was none.
func (b *Body) cause() error {
	if b.err == io.EOF { //nolint:errorlint // one that wraps it is not the end
		return nil
	}
	return b.err
}

// TooLarge returns the error for a blob of more than so many bytes.
func TooLarge(most int64) error {
	return kit.Wrap(kit.Invalid, &http.MaxBytesError{Limit: most}, fmt.Sprintf("the blob has more than %d bytes (blobs.max_size)", most))
}

func ended(ctx context.Context) error {
	return kit.Wrap(kit.Unavailable, context.Cause(ctx), "the request ended before the blob")
}

// reader is the body of a blob. It gives the last bytes away only if all are what was put.
type reader struct {
	ctx  context.Context
	of   *Blobs
	name string
	body io.ReadCloser
	left int64 // bytes
	want Sum   // zero for a range
	sum  summing
	err  error // that reading it ended with
}

// Read reads a part.
func (r *reader) Read(p []byte) (int, error) {
	if r.err == nil && r.ctx.Err() != nil {
		r.err = ended(r.ctx)
	}
	if r.err != nil || len(p) == 0 {
		return 0, r.err
	}
	n, err := r.body.Read(p[:min(int64(len(p)), r.left)])
	r.left -= int64(n)
	if r.want.Text != "" {
		r.sum.add(p[:n])
	}
	switch {
	case r.left == 0:
		if r.err = r.finished(); r.err != io.EOF { //nolint:errorlint // it is io.EOF itself
			return 0, r.err
		}
	case err != nil:
		r.err = r.of.note(cutOff(r.ctx, r.name, err))
	}
	r.of.stats.Out.Add(int64(n))
	if n > 0 {
		return n, nil
	}
	return 0, r.err
}

// finished returns io.EOF if what was read is what was put, and otherwise an error.
func (r *reader) finished() error {
	if r.want.Text == "" || r.sum.end() == r.want.Text {
		return io.EOF
	}
	return r.of.note(kit.Errorf(kit.Internal, "the blob %s is not what was put: its checksum is %s and was %s", r.name, r.sum.end(), r.want.Text))
}

func cutOff(ctx context.Context, name string, err error) error {
	if ctx.Err() != nil {
		return ended(ctx)
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return kit.Wrap(kit.Unavailable, err, "the blob "+name+" could not be read to its end")
}

// Close releases what the body holds.
func (r *reader) Close() error { return r.body.Close() }
