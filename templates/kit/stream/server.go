// Package stream sends what does not fit into memory, or has no end yet, over HTTP:
// sequences as lines of JSON, and bytes as they are. A part is never taken for the whole,
// by neither side.
package stream

import (
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"sync"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/httpserver"
	"github.com/outgrowkit/outgrow/templates/kit/jsoncodec"
)

// Lines is the type of JSON lines. None is registered; this is what most clients and servers
// of them call it.
const Lines = "application/x-ndjson"

// failure begins the line that stands for an error: no element has a member error.
const failure = `{"error":`

const (
	bufferSize = 32 << 10              // bytes that wait at most
	latency    = 10 * time.Millisecond // for which they wait at most
)

// SendLines answers with a line for each element of a sequence. An error before the first one
// is returned; one after it is the last line, {"error": problem}, and cuts the answer off, so
// that a client that does not look for it is not misled either. The sequence ends when the
// client has gone, or reads nothing for write_timeout, or the server is stopping.
func SendLines[T any](
	w http.ResponseWriter, r *httpserver.Request, names jsoncodec.Names, sequence iter.Seq2[T, error], app func([]byte, T) []byte,
) error {
	out := &lineWriter{to: w}
	w.Header().Set("Content-Type", Lines)
	if r.Method == http.MethodHead {
		return nil
	}
	defer out.stop()
	for v, err := range sequence {
		if stopped := stopping(r.Context()); stopped != nil {
			err = stopped
		}
		if err != nil {
			return out.fail(r.Context(), names.ToJSON(err))
		}
		if err := out.put(func(b []byte) []byte { return app(b, v) }); err != nil {
			return err
		}
	}
	if err := stopping(r.Context()); err != nil { // for which it may have ended
		return out.fail(r.Context(), err)
	}
	return out.flush()
}

// stopping returns an error if the service is stopping, or the client has gone, which then
// does not see it.
func stopping(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return kit.Wrap(kit.Unavailable, err, "the service is stopping")
	}
	return nil
}

// lineWriter collects lines for a moment, so that many fast ones are sent at once and a slow
// one is not kept.
type lineWriter struct {
	to    http.ResponseWriter
	begun bool // only the handler reads it

	mu     sync.Mutex
	buffer []byte
	timer  *time.Timer
	err    error
}

// put adds a line.
func (l *lineWriter) put(app func([]byte) []byte) error {
	l.begun = true
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.buffer) == 0 {
		l.later()
	}
	l.buffer = append(app(l.buffer), '\n')
	if len(l.buffer) >= bufferSize {
		l.send()
	}
	return l.err
}

// later has what is collected sent in a moment.
func (l *lineWriter) later() {
	if l.timer == nil {
		l.timer = time.AfterFunc(latency, func() { _ = l.flush() }) // which the next one returns
	} else {
		l.timer.Reset(latency)
	}
}

// fail sends the problem for an error as the last line, and returns the error.
func (l *lineWriter) fail(ctx context.Context, err error) error {
	if l.begun {
		_ = l.put(func(b []byte) []byte { return append(httpserver.AppendProblem(ctx, append(b, failure...), err), '}') })
		_ = l.flush() // the client may be gone
	}
	return err
}

// flush sends what is collected.
func (l *lineWriter) flush() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.send()
	return l.err
}

func (l *lineWriter) send() {
	if l.err != nil || len(l.buffer) == 0 {
		return
	}
	l.err = sendPart(l.to, l.buffer)
	l.buffer = l.buffer[:0]
}

// stop returns when nothing is sent any more.
func (l *lineWriter) stop() {
	if l.timer != nil {
		l.timer.Stop()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buffer = nil
}

// SendBytes answers with what is read, as it comes, and closes it. An error before the first
// byte is returned; one after it cuts the answer off.
func SendBytes(w http.ResponseWriter, r *httpserver.Request, body io.ReadCloser) error {
	defer func() { _ = body.Close() }() // it was only read
	w.Header().Set("Content-Type", "application/octet-stream")
	if r.Method == http.MethodHead {
		return nil
	}
	buffer := make([]byte, bufferSize)
	for {
		n, err := body.Read(buffer)
		if n > 0 {
			if err := sendPart(w, buffer[:n]); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// sendPart sends a part at once, unless middleware hides how.
func sendPart(w http.ResponseWriter, part []byte) error {
	_, err := w.Write(part)
	if err == nil {
		err = http.NewResponseController(w).Flush()
	}
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return kit.Wrap(kit.Unavailable, err, "the client has gone, or does not read")
	}
	return nil
}
