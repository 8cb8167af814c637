package stream

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"mime"
	"net/http"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/httpserver"
	"github.com/outgrowkit/outgrow/templates/kit/jsoncodec"
)

// ReceiveLines returns the elements that [SendLines] answers a call with. Each iteration makes
// the call, and ends it where it stops. The error is that of the service, or Unavailable if
// the lines end before the service has said that they do.
func ReceiveLines[T any](
	ctx context.Context, c *httpserver.Caller, names jsoncodec.Names, spec httpserver.CallSpec, read func([]byte) (T, error),
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		got, err := open(ctx, c, names, spec, Lines)
		if err != nil {
			yield(*new(T), err)
			return
		}
		defer got.Body.Close() //nolint:errcheck // it is only read
		lines := bufio.NewScanner(&whole{got})
		lines.Buffer(nil, httpserver.MaxAnswer)
		lines.Split(splitLines)
		for lines.Scan() {
			v, err := readLine(lines.Bytes(), names, read)
			if !yield(v, err) || err != nil {
				return
			}
		}
		err = lines.Err()
		if errors.Is(err, bufio.ErrTooLong) {
			err = kit.Errorf(kit.Internal, "a line of the stream exceeds %d bytes", httpserver.MaxAnswer)
		}
		if err != nil {
			yield(*new(T), err)
		}
	}
}

// readLine returns the element in a line, or the error.
func readLine[T any](line []byte, names jsoncodec.Names, read func([]byte) (T, error)) (v T, err error) {
	if problem, failed := bytes.CutPrefix(line, []byte(failure)); failed {
		return v, names.ToGo(httpserver.ReadProblem(bytes.TrimSuffix(problem, []byte("}"))))
	}
	return read(line)
}

// splitLines is a bufio.SplitFunc. What does not end with a newline is no line.
func splitLines(data []byte, atEOF bool) (advance int, line []byte, err error) {
	if end := bytes.IndexByte(data, '\n'); end >= 0 {
		return end + 1, data[:end], nil
	}
	if atEOF && len(data) > 0 {
		return 0, nil, kit.Errorf(kit.Unavailable, "the stream ended early")
	}
	return 0, nil, nil
}

// ReceiveBytes returns what [SendBytes] answers a call with. The caller closes it.
func ReceiveBytes(ctx context.Context, c *httpserver.Caller, names jsoncodec.Names, spec httpserver.CallSpec) (io.ReadCloser, error) {
	got, err := open(ctx, c, names, spec, "application/octet-stream") //nolint:bodyclose // whole does it
	if err != nil {
		return nil, err
	}
	return &whole{got}, nil
}

// open makes a call that is answered with a type.
func open(ctx context.Context, c *httpserver.Caller, names jsoncodec.Names, spec httpserver.CallSpec, want string) (*http.Response, error) {
	got, err := c.Open(ctx, spec, nil)
	if err != nil {
		return nil, names.ToGo(err)
	}
	if kind, _, _ := mime.ParseMediaType(got.Header.Get("Content-Type")); kind != want {
		_ = got.Body.Close() // nothing was read
		return nil, kit.Errorf(kit.Internal, "the service answered with %q instead of %s", kind, want)
	}
	return got, nil
}

// whole is the body of a response that must not end where its connection does: then nobody
// knows whether there is more.
type whole struct{ *http.Response }

// Read reads a part of the body.
func (w *whole) Read(p []byte) (int, error) {
	n, err := w.Body.Read(p)
	switch {
	case err == nil:
	case err != io.EOF: //nolint:errorlint // one that wraps it is not the end
		err = kit.Wrap(kit.Unavailable, err, "the stream ended early")
	case w.ProtoMajor < 2 && w.ContentLength < 0 && len(w.TransferEncoding) == 0 && !w.Uncompressed:
		err = kit.Errorf(kit.Unavailable, "the stream ended, and nothing says that it is whole: a proxy answers in HTTP/1.0")
	}
	return n, err
}

// Close ends the call.
func (w *whole) Close() error { return w.Body.Close() }

// Send makes a call with a body that is read as it is sent, and decodes the response. When
// it returns, the body is read no longer.
func Send[T any](
	ctx context.Context, c *httpserver.Caller, names jsoncodec.Names, spec httpserver.CallSpec, body io.Reader, read func([]byte) (T, error),
) (value T, err error) {
	text, err := c.Send(ctx, spec, body)
	if err != nil {
		return value, names.ToGo(err)
	}
	return read(text)
}

// SendNoContent makes a call as Send does, whose response has no content.
func SendNoContent(ctx context.Context, c *httpserver.Caller, names jsoncodec.Names, spec httpserver.CallSpec, body io.Reader) error {
	_, err := c.Send(ctx, spec, body)
	return names.ToGo(err)
}
