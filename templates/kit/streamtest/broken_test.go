package streamtest_test

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"net/http"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit/httpserver"
	"github.com/outgrowkit/outgrow/templates/kit/internal/brokentest"
	"github.com/outgrowkit/outgrow/templates/kit/jsoncodec"
	"github.com/outgrowkit/outgrow/templates/kit/stream"
	"github.com/outgrowkit/outgrow/templates/kit/streamtest"
)

// item is an element.
type item struct {
	Number int
	Text   string
}

func sample(i int) item { return item{i, "line\nbreak"} }

func appendItem(b []byte, v item) []byte {
	text, _ := json.Marshal(v) //nolint:errchkjson // it has a number and a text
	return append(b, text...)
}

func readItem(data []byte) (v item, err error) { return v, json.Unmarshal(data, &v) }

var names jsoncodec.Names

// methods are what is tested, each as the method of a service is called from afar.
type methods struct {
	lines  func(*testing.T, streamtest.Sequence[item]) streamtest.Sequence[item]
	bytes  func(*testing.T, streamtest.Download) streamtest.Download
	upload func(*testing.T, streamtest.Upload) streamtest.Upload
}

func whole() methods {
	return methods{
		lines: func(t *testing.T, offered streamtest.Sequence[item]) streamtest.Sequence[item] {
			c := streamtest.Serve(t, func(s *httpserver.Server) {
				s.Send("GET /items", func(w http.ResponseWriter, r *httpserver.Request) error {
					return stream.SendLines(w, r, names, offered(r.Context()), appendItem)
				})
			})
			return func(ctx context.Context) iter.Seq2[item, error] {
				return stream.ReceiveLines(ctx, c, names, httpserver.CallSpec{Method: http.MethodGet, Path: "/items"}, readItem)
			}
		},
		bytes: func(t *testing.T, offered streamtest.Download) streamtest.Download {
			c := streamtest.Serve(t, func(s *httpserver.Server) {
				s.Send("GET /items", func(w http.ResponseWriter, r *httpserver.Request) error {
					body, err := offered(r.Context())
					if err != nil {
						return err
					}
					return stream.SendBytes(w, r, body)
				})
			})
			return func(ctx context.Context) (io.ReadCloser, error) {
				return stream.ReceiveBytes(ctx, c, names, httpserver.CallSpec{Method: http.MethodGet, Path: "/items"})
			}
		},
		upload: func(t *testing.T, offered streamtest.Upload) streamtest.Upload {
			c := streamtest.Serve(t, func(s *httpserver.Server) {
				s.Receive("PUT /items", httpserver.MaxUpload, func(r *httpserver.Request, body io.Reader) (httpserver.Response, error) {
					return httpserver.Response{Status: http.StatusNoContent}, offered(r.Context(), body)
				})
			})
			return func(ctx context.Context, body io.Reader) error {
				return stream.SendNoContent(ctx, c, names, httpserver.CallSpec{Method: http.MethodPut, Path: "/items"}, body)
			}
		},
	}
}

func run(t *testing.T, m methods) {
	t.Run("Lines", func(t *testing.T) { streamtest.Lines(t, sample, m.lines) })
	t.Run("Bytes", func(t *testing.T) { streamtest.Bytes(t, m.bytes) })
	t.Run("Uploads", func(t *testing.T) { streamtest.Uploads(t, m.upload) })
}

// sequence changes the sequences that callers get.
func sequence(change func(iter.Seq2[item, error]) iter.Seq2[item, error]) func(methods) methods {
	return func(m methods) methods {
		lines := m.lines
		m.lines = func(t *testing.T, offered streamtest.Sequence[item]) streamtest.Sequence[item] {
			called := lines(t, offered)
			return func(ctx context.Context) iter.Seq2[item, error] { return change(called(ctx)) }
		}
		return m
	}
}

// breakages are ways to break a promise, each with the test that must fail.
var breakages = map[string]brokentest.Breakage[methods]{
	"hides errors": {Subtest: "Lines/FailsLater", Break: sequence(func(s iter.Seq2[item, error]) iter.Seq2[item, error] {
		return func(yield func(item, error) bool) {
			for v, err := range s {
				if err != nil || !yield(v, nil) {
					return
				}
			}
		}
	})},
	"hides the first error": {Subtest: "Lines/FailsAtOnce", Break: sequence(func(iter.Seq2[item, error]) iter.Seq2[item, error] {
		return func(func(item, error) bool) {}
	})},
	"takes a panic for the end": {Subtest: "Lines/Panics", Break: sequence(func(s iter.Seq2[item, error]) iter.Seq2[item, error] {
		return func(yield func(item, error) bool) {
			for v, err := range s {
				if err != nil || !yield(v, err) {
					return
				}
			}
		}
	})},
	"loses one": {Subtest: "Lines/All", Break: sequence(func(s iter.Seq2[item, error]) iter.Seq2[item, error] {
		return func(yield func(item, error) bool) {
			for v, err := range s {
				if v.Number != 999 && !yield(v, err) {
					return
				}
			}
		}
	})},
	"takes a part for the whole": {Subtest: "Bytes/FailsLater", Break: func(m methods) methods {
		bytes := m.bytes
		m.bytes = func(t *testing.T, offered streamtest.Download) streamtest.Download {
			called := bytes(t, offered)
			return func(ctx context.Context) (io.ReadCloser, error) {
				r, err := called(ctx)
				return lenient{r}, err
			}
		}
		return m
	}},
	"accepts half": {Subtest: "Uploads/EndsEarly", Break: func(m methods) methods {
		upload := m.upload
		m.upload = func(t *testing.T, offered streamtest.Upload) streamtest.Upload {
			called := upload(t, offered)
			return func(ctx context.Context, body io.Reader) error { return called(ctx, lenient{io.NopCloser(body)}) }
		}
		return m
	}},
}

// lenient takes every error for the end.
type lenient struct{ io.ReadCloser }

func (l lenient) Read(p []byte) (int, error) {
	n, err := l.ReadCloser.Read(p)
	if err != nil {
		err = io.EOF
	}
	return n, err
}

func TestTheSuiteFindsWhatIsBroken(t *testing.T) { brokentest.Finds(t, breakages) }

func TestWhole(t *testing.T) { run(t, whole()) }

// TestBroken is run by the test above.
func TestBroken(t *testing.T) { run(t, brokentest.Chosen(t, breakages)(whole())) }
