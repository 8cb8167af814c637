package stream_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/httpserver"
	"github.com/outgrowkit/outgrow/templates/kit/jsoncodec"
	"github.com/outgrowkit/outgrow/templates/kit/stream"
)

var (
	elements = flag.Int("stream.elements", 50_000, "how many elements a large sequence has")
	megabyte = flag.Int("stream.megabytes", 20, "how large a large body is")
)

// number is an element.
type number struct{ N int }

func appendNumber(b []byte, v number) []byte { return fmt.Appendf(b, `{"n":%d}`, v.N) }

func readNumber(data []byte) (number, error) {
	n, err := strconv.Atoi(strings.Trim(string(data), `{}"n:`))
	return number{n}, err
}

var names = jsoncodec.Names{{Go: "Customer", JSON: "customer"}}

// offered is what a test serves.
type offered struct {
	numbers func(ctx context.Context) iter.Seq2[number, error]
	bytes   func(ctx context.Context) (io.ReadCloser, error)
	upload  func(ctx context.Context, body io.Reader) error
	limit   int64

	middleware []httpserver.Middleware
}

// mount serves what is offered.
func (o offered) mount(s *httpserver.Server) {
	s.Send("GET /numbers", func(w http.ResponseWriter, r *httpserver.Request) error {
		return stream.SendLines(w, r, names, o.numbers(r.Context()), appendNumber)
	})
	s.Send("GET /bytes", func(w http.ResponseWriter, r *httpserver.Request) error {
		body, err := o.bytes(r.Context())
		if err != nil {
			return err
		}
		return stream.SendBytes(w, r, body)
	})
	s.Receive("PUT /bytes", cmp.Or(o.limit, httpserver.MaxUpload), func(r *httpserver.Request, body io.Reader) (httpserver.Response, error) {
		return httpserver.Response{Status: http.StatusNoContent}, o.upload(r.Context(), body)
	})
	s.Get("/other", func(*httpserver.Request) (httpserver.Response, error) { return httpserver.JSON("other") })
}

// serve serves what is offered, and returns its URL and a caller.
func serve(t *testing.T, c httpserver.Config, o offered) (string, *httpserver.Caller) {
	t.Helper()
	c.Addr = "127.0.0.1:0"
	s, err := httpserver.New(c, httpserver.Deps{Log: slog.New(slog.DiscardHandler), Middleware: o.middleware})
	if err != nil {
		t.Fatal(err)
	}
	o.mount(s)
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Shutdown(t.Context()) }) // which has ended: nothing is waited for
	url := "http://" + s.Addr().String()
	return url, caller(t, url)
}

func caller(t *testing.T, url string) *httpserver.Caller {
	t.Helper()
	c, err := httpserver.NewCaller(url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func get(path string) httpserver.CallSpec {
	return httpserver.CallSpec{Method: http.MethodGet, Path: path}
}

func numbers(ctx context.Context, c *httpserver.Caller) iter.Seq2[number, error] {
	return stream.ReceiveLines(ctx, c, names, get("/numbers"), readNumber)
}

// upTo yields n numbers and then an error, if there is one.
func upTo(n int, end error) func(context.Context) iter.Seq2[number, error] {
	return func(context.Context) iter.Seq2[number, error] {
		return func(yield func(number, error) bool) {
			for i := range n {
				if !yield(number{i}, nil) {
					return
				}
			}
			if end != nil {
				yield(number{}, end)
			}
		}
	}
}

// TestAnswers shows what clients of other kinds get.
func TestAnswers(t *testing.T) {
	wrong := kit.Violations{{Field: "Customer", Message: "is unknown"}}.Err("order")
	for _, c := range []struct {
		about, method string
		n             int
		end           error
		status        int
		kind, body    string // the body's beginning
		cut           bool
	}{
		{"lines", "GET", 2, nil, 200, stream.Lines, "{\"n\":0}\n{\"n\":1}\n", false},
		{"no lines", "GET", 0, nil, 200, stream.Lines, "", false},
		{"an error", "GET", 0, wrong, 422, "application/problem+json", `{"type":"about:blank","title":"Unprocessable Entity"`, false},
		{"an error later", "GET", 1, wrong, 200, stream.Lines, "{\"n\":0}\n" + `{"error":{"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"invalid order","code":"invalid","errors":[{"field":"customer","message":"is unknown"}],"request_id":"`, true},
		{"HEAD", "HEAD", 2, nil, 200, stream.Lines, "", false},
	} {
		url, _ := serve(t, httpserver.Config{}, offered{numbers: upTo(c.n, c.end)})
		r, err := http.NewRequestWithContext(t.Context(), c.method, url+"/numbers", nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(got.Body)
		_ = got.Body.Close()
		if got.StatusCode != c.status || got.Header.Get("Content-Type") != c.kind || !strings.HasPrefix(string(body), c.body) || c.body == "" && len(body) > 0 {
			t.Errorf("%s: %d %s %s", c.about, got.StatusCode, got.Header.Get("Content-Type"), body)
		}
		if (err != nil) != c.cut {
			t.Errorf("%s: the answer ends with %v", c.about, err)
		}
	}
}

// TestFieldsHaveTheirNames shows that errors name fields as in Go, also in a last line.
func TestFieldsHaveTheirNames(t *testing.T) {
	for _, n := range []int{0, 1} {
		_, c := serve(t, httpserver.Config{}, offered{numbers: upTo(n, kit.Violations{{Field: "Customer", Message: "is unknown"}}.Err("order"))})
		var end error
		for _, err := range numbers(t.Context(), c) {
			end = err
		}
		if e, ok := errors.AsType[*kit.Error](end); !ok || len(e.Fields) != 1 || e.Fields[0].Field != "Customer" {
			t.Errorf("after %d numbers the error is %#v", n, end)
		}
	}
}

// TestCutOff shows that lines which a proxy cuts off are not taken for all.
func TestCutOff(t *testing.T) {
	const head = "Content-Type: " + stream.Lines + "\r\n"
	for about, answer := range map[string]string{
		"in HTTP/1.0":       "HTTP/1.0 200 OK\r\n" + head + "\r\n{\"n\":0}\n",
		"in a line":         "HTTP/1.1 200 OK\r\n" + head + "Content-Length: 11\r\n\r\n{\"n\":0}\n{\"n",
		"before its length": "HTTP/1.1 200 OK\r\n" + head + "Content-Length: 16\r\n\r\n{\"n\":0}\n",
		"in chunks":         "HTTP/1.1 200 OK\r\n" + head + "Transfer-Encoding: chunked\r\n\r\n8\r\n{\"n\":0}\n\r\n",
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 4096))
			_, _ = conn.Write([]byte(answer))
			_ = conn.Close()
		}()
		n := 0
		var end error
		for _, err := range numbers(t.Context(), caller(t, "http://"+l.Addr().String())) {
			if end = err; err == nil {
				n++
			}
		}
		if n != 1 || kit.CodeOf(end) != kit.Unavailable {
			t.Errorf("%s: %d numbers, and then %v", about, n, end)
		}
		_ = l.Close()
	}
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<p>log in</p>")) }))
	defer page.Close()
	for _, err := range numbers(t.Context(), caller(t, page.URL)) {
		if kit.CodeOf(err) != kit.Internal || !strings.Contains(err.Error(), "text/html") {
			t.Errorf("a page is taken for lines: %v", err)
		}
	}
}

// opaque is middleware that hides what a ResponseWriter can do.
func opaque(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(struct{ http.ResponseWriter }{w}, r)
	})
}

// TestOutlivesTimeouts shows that a sequence whose elements come slowly is not cut off.
func TestOutlivesTimeouts(t *testing.T) {
	const limit = 30 * time.Millisecond
	_, c := serve(t, httpserver.Config{RequestTimeout: limit, ReadTimeout: limit, WriteTimeout: 2 * limit}, offered{
		middleware: []httpserver.Middleware{opaque},
		numbers: func(ctx context.Context) iter.Seq2[number, error] {
			return func(yield func(number, error) bool) {
				for i := range 4 {
					select {
					case <-time.After(3 * limit):
					case <-ctx.Done():
						yield(number{}, ctx.Err())
						return
					}
					if !yield(number{i}, nil) {
						return
					}
				}
			}
		},
	})
	n := 0
	for _, err := range numbers(t.Context(), c) {
		if err != nil {
			t.Fatalf("after %d numbers: %v", n, err)
		}
		n++
	}
	if n != 4 {
		t.Errorf("%d numbers came", n)
	}
}

// TestStuckClient shows that a client that stops reading does not hold a stream.
func TestStuckClient(t *testing.T) {
	ended := make(chan string, 2)
	url, _ := serve(t, httpserver.Config{RequestTimeout: 10 * time.Millisecond, WriteTimeout: 100 * time.Millisecond}, offered{
		numbers: func(context.Context) iter.Seq2[number, error] {
			return func(yield func(number, error) bool) {
				for i := 0; yield(number{i}, nil); i++ {
				}
				ended <- "numbers"
			}
		},
		bytes: func(context.Context) (io.ReadCloser, error) { return endless{ended}, nil },
	})
	for _, path := range []string{"/numbers", "/bytes"} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close() //nolint:errcheck // nothing is read from it
		if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path); err != nil {
			t.Fatal(err)
		}
	}
	<-ended
	<-ended
}

// endless has no end.
type endless struct{ ended chan string }

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func (e endless) Close() error {
	e.ended <- "bytes"
	return nil
}

// TestKeepsNobodyWaiting shows that streams hold no slot for other requests, and are limited
// themselves.
func TestKeepsNobodyWaiting(t *testing.T) {
	url, c := serve(t, httpserver.Config{MaxInFlight: 2}, offered{
		numbers: func(ctx context.Context) iter.Seq2[number, error] {
			return func(yield func(number, error) bool) {
				yield(number{}, nil)
				<-ctx.Done()
			}
		},
	})
	for range 2 {
		next, stop := iter.Pull2(numbers(t.Context(), c))
		defer stop()
		if _, err, _ := next(); err != nil {
			t.Fatal(err)
		}
	}
	for range 10 {
		got, err := http.Get(url + "/other")
		if err != nil {
			t.Fatal(err)
		}
		if _ = got.Body.Close(); got.StatusCode != http.StatusOK {
			t.Errorf("another request is answered with %s", got.Status)
		}
	}
	for _, err := range numbers(t.Context(), c) {
		if kit.CodeOf(err) != kit.Overloaded {
			t.Errorf("a third sequence: %v", err)
		}
	}
}

// TestShutdown shows that a stream that goes on is told to end, and does not look whole then,
// whether it says so itself or not.
func TestShutdown(t *testing.T) {
	for _, silent := range []bool{false, true} {
		s, err := httpserver.New(httpserver.Config{Addr: "127.0.0.1:0", RequestTimeout: 50 * time.Millisecond}, httpserver.Deps{Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		offered{numbers: func(ctx context.Context) iter.Seq2[number, error] {
			return func(yield func(number, error) bool) {
				yield(number{}, nil)
				if <-ctx.Done(); !silent {
					yield(number{}, ctx.Err())
				}
			}
		}}.mount(s)
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		next, stop := iter.Pull2(numbers(t.Context(), caller(t, "http://"+s.Addr().String())))
		defer stop()
		if _, err, _ := next(); err != nil {
			t.Fatal(err)
		}
		down := make(chan error)
		go func() { down <- s.Shutdown(context.WithoutCancel(t.Context())) }()
		if _, err, _ := next(); kit.CodeOf(err) != kit.Unavailable || !strings.Contains(err.Error(), "the service is stopping") {
			t.Errorf("the stream ends with %v", err)
		}
		if err := <-down; err != nil {
			t.Error(err)
		}
	}
}

// TestUploadLimit shows that what is too large is refused, whether its length is known or not.
func TestUploadLimit(t *testing.T) {
	read := 0
	_, c := serve(t, httpserver.Config{MaxBody: 10}, offered{limit: 1000, upload: func(_ context.Context, body io.Reader) error {
		all, err := io.ReadAll(body)
		read = len(all)
		return err
	}})
	for _, n := range []int{1000, 1001, 5_000_000} {
		for _, body := range []io.Reader{bytes.NewReader(make([]byte, n)), io.MultiReader(bytes.NewReader(make([]byte, n)))} {
			err := stream.SendNoContent(t.Context(), c, names, httpserver.CallSpec{Method: http.MethodPut, Path: "/bytes"}, body)
			if n <= 1000 && (err != nil || read != n) {
				t.Errorf("%d of %d bytes: %v", read, n, err)
			}
			if n > 1000 && (kit.CodeOf(err) != kit.Invalid || !strings.Contains(err.Error(), "must not exceed 1000 bytes")) {
				t.Errorf("%d bytes: %v", n, err)
			}
		}
	}
}

// TestUploadByPost shows that a page of another origin cannot have a browser upload something.
func TestUploadByPost(t *testing.T) {
	s, err := httpserver.New(httpserver.Config{}, httpserver.Deps{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	s.Receive("POST /bytes", 1000, func(*httpserver.Request, io.Reader) (httpserver.Response, error) {
		return httpserver.Response{Status: http.StatusNoContent}, nil
	})
	for kind, want := range map[string]int{
		"": 415, "text/plain;charset=UTF-8": 415, "multipart/form-data; boundary=a": 415, "application/x-www-form-urlencoded": 415, "?": 415,
		"application/octet-stream": 204, "text/csv": 204,
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/bytes", strings.NewReader("a"))
		r.Header.Set("Content-Type", kind)
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, r); w.Code != want {
			t.Errorf("%q is answered with %d, want %d", kind, w.Code, want)
		}
	}
}

// TestLargeAnswer shows that an answer that is too large is refused, and not cut short.
func TestLargeAnswer(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.Copy(w, &pattern{httpserver.MaxAnswer + 1})
	}))
	defer s.Close()
	c, err := httpserver.NewCaller(s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = stream.SendNoContent(t.Context(), c, names, httpserver.CallSpec{Method: http.MethodPut, Path: "/"}, nil)
	if kit.CodeOf(err) != kit.Internal || !strings.Contains(err.Error(), "exceeds") {
		t.Errorf("got %v", err)
	}
}

// pattern is a body that is made as it is read.
type pattern struct{ left int64 }

func (p *pattern) Read(b []byte) (int, error) {
	if p.left == 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(b)), p.left))
	p.left -= int64(n)
	return n, nil
}

// heap returns the bytes in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestConstantMemory shows that neither side holds more of a large stream than of a small one.
func TestConstantMemory(t *testing.T) {
	size := int64(*megabyte) << 20
	const most = 4 << 20
	var highest uint64
	_, c := serve(t, httpserver.Config{}, offered{
		numbers: upTo(*elements, nil),
		bytes:   func(context.Context) (io.ReadCloser, error) { return io.NopCloser(&pattern{size}), nil },
		upload: func(_ context.Context, body io.Reader) error {
			var n int64
			for part := make([]byte, 32<<10); ; {
				m, err := body.Read(part)
				if n += int64(m); n%(size/8) < int64(m) {
					highest = max(highest, heap())
				}
				if err == io.EOF && n == size {
					return nil
				}
				if err != nil {
					return kit.Wrap(kit.Internal, err, "only "+strconv.FormatInt(n, 10)+" bytes came")
				}
			}
		},
	})
	before, begun := heap(), time.Now()
	report := func(what string) {
		t.Logf("%s: %v, %d KB more in use at most", what, time.Since(begun).Round(time.Millisecond), (int64(max(highest, before))-int64(before))>>10)
		if highest > before+most {
			t.Errorf("%s: %d bytes are in use, %d before", what, highest, before)
		}
		highest, begun = 0, time.Now()
	}
	n := 0
	for v, err := range numbers(t.Context(), c) {
		if err != nil || v.N != n {
			t.Fatalf("the element %d is %v, %v", n, v, err)
		}
		if n++; n%max(1, *elements/8) == 0 {
			highest = max(highest, heap())
		}
	}
	if n != *elements {
		t.Errorf("there are %d elements", n)
	}
	report(fmt.Sprintf("%d elements", n))
	if err := stream.SendNoContent(t.Context(), c, names, httpserver.CallSpec{Method: http.MethodPut, Path: "/bytes"}, &pattern{size}); err != nil {
		t.Error(err)
	}
	report(fmt.Sprintf("%d MB up", *megabyte))
	body, err := stream.ReceiveBytes(t.Context(), c, names, get("/bytes"))
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close() //nolint:errcheck // it is only read
	got, err := io.Copy(measured{&highest}, body)
	if err != nil || got != size {
		t.Errorf("%d bytes came: %v", got, err)
	}
	report(fmt.Sprintf("%d MB down", *megabyte))
}

// measured looks at the memory now and then.
type measured struct{ highest *uint64 }

func (m measured) Write(p []byte) (int, error) {
	if p = p[:len(p):len(p)]; len(p) > 0 && time.Now().UnixNano()%1000 == 0 {
		*m.highest = max(*m.highest, heap())
	}
	return len(p), nil
}
