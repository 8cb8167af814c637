package httpserver_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/blobs"
	"github.com/outgrowkit/outgrow/templates/kit/folderblobs"
	"github.com/outgrowkit/outgrow/templates/kit/httpserver"
)

const blobLimit = 3_000_000

// servingBlobs serves a folder of blobs below /files, but for what is in secret.
func servingBlobs(t *testing.T, c httpserver.Config) (kit.Blobs, string) {
	t.Helper()
	d, err := folderblobs.New("shop", folderblobs.Config{Path: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	b := blobs.New(blobs.Config{MaxSize: blobLimit}, d)
	t.Cleanup(func() { _ = b.Close() })
	s, err := httpserver.New(c, httpserver.Deps{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	s.Blobs("/files", b, func(_ *http.Request, name string) error {
		if strings.HasPrefix(name, "secret/") {
			return kit.Errorf(kit.Unauthorized, "it is secret")
		}
		return nil
	})
	s.Get("/other", func(*httpserver.Request) (httpserver.Response, error) { return httpserver.JSON("other") })
	service := httptest.NewServer(s)
	t.Cleanup(service.Close)
	return b, service.URL
}

// head is that of a response.
type head struct {
	StatusCode int
	Header     http.Header
}

// exchange sends a request, with header lines as name: value.
func exchange(t *testing.T, method, url string, body io.Reader, header ...string) (head, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range header {
		if name, value, ok := strings.Cut(line, ": "); ok {
			r.Header.Set(name, value)
		}
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it is only read
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return head{response.StatusCode, response.Header}, string(data)
}

// TestBlobsOverHTTP shows what each request is answered with.
func TestBlobsOverHTTP(t *testing.T) {
	_, url := servingBlobs(t, httpserver.Config{MaxBody: 1000})
	large := strings.Repeat("0123456789", blobLimit/10)
	put, _ := exchange(t, http.MethodPut, url+"/files/a/One.png", strings.NewReader(large), "Content-Type: image/png", "If-None-Match: *")
	tag := put.Header.Get("ETag")
	if put.StatusCode != http.StatusNoContent || tag == "" {
		t.Fatalf("PUT: %d, ETag %q", put.StatusCode, tag)
	}
	for _, c := range []struct {
		about, method, path, body, header string
		status                            int
		want                              string // the body; "" for any
	}{
		{"all", "GET", "a/One.png", "", "", 200, large},
		{"a range", "GET", "a/One.png", "", "Range: bytes=12-15", 206, "2345"},
		{"the rest", "GET", "a/One.png", "", "Range: bytes=2999997-", 206, "789"},
		{"the end", "GET", "a/One.png", "", "Range: bytes=-3", 206, "789"},
		{"no range", "GET", "a/One.png", "", "Range: bytes=9999999-", 416, ""},
		{"a range of this version", "GET", "a/One.png", "", "Range: bytes=0-1|If-Range: " + tag, 206, "01"},
		{"a range of another version", "GET", "a/One.png", "", `Range: bytes=0-1|If-Range: "other"`, 200, large},
		{"what is known", "GET", "a/One.png", "", "If-None-Match: " + tag, 304, ""},
		{"what has changed", "GET", "a/One.png", "", `If-Match: "other"`, 412, ""},
		{"HEAD", "HEAD", "a/One.png", "", "", 200, ""},
		{"nothing", "GET", "a", "", "", 404, ""},
		{"no name", "GET", "a%20b", "", "", 422, ""},
		{"a secret", "GET", "secret/a", "", "", 403, ""},
		{"PUT of a secret", "PUT", "secret/a", "x", "", 403, ""},
		{"PUT of a second", "PUT", "a/One.png", "x", "If-None-Match: *", 412, ""},
		{"PUT over another", "PUT", "a/One.png", "x", `If-Match: "other"`, 412, ""},
		{"PUT over any", "PUT", "a/One.png", "x", "If-Match: *", 400, ""},
		{"PUT of no type", "PUT", "a/One.png", "x", "Content-Type: ?", 422, ""},
		{"PUT that is too large", "PUT", "a/One.png", large + large, "", 413, ""},
		{"PUT over this", "PUT", "a/One.png", "x", "If-Match: " + tag, 204, ""},
		{"what was put", "GET", "a/One.png", "", "", 200, "x"},
		{"POST", "POST", "a/One.png", "x", "", 405, ""},
	} {
		response, said := exchange(t, c.method, url+"/files/"+c.path, strings.NewReader(c.body), strings.Split(c.header, "|")...)
		if response.StatusCode != c.status || c.want != "" && said != c.want {
			t.Errorf("%s: %d, %d bytes, %.200s", c.about, response.StatusCode, len(said), said)
		}
		if kind := response.Header.Get("Content-Type"); c.status >= http.StatusBadRequest && kind != "application/problem+json" {
			t.Errorf("%s: an error of the type %q: %s", c.about, kind, said)
		}
		if c.about == "all" && (response.Header.Get("Content-Type") != "image/png" || response.Header.Get("ETag") != tag || response.Header.Get("Last-Modified") == "") {
			t.Errorf("the header is %v", response.Header)
		}
	}
	// Of a body without a length the limit is found while it is read.
	if response, said := exchange(t, http.MethodPut, url+"/files/b", io.MultiReader(strings.NewReader(large), strings.NewReader("x"))); response.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("%d %s", response.StatusCode, said)
	}
	if response, _ := exchange(t, http.MethodGet, url+"/files/b", nil); response.StatusCode != http.StatusNotFound {
		t.Errorf("what is too large is there: %d", response.StatusCode)
	}
}

// TestBlobsKeepNobodyWaiting shows that uploads and downloads that take long hold no slot
// for requests, outlive the timeouts of those, and are limited themselves.
func TestBlobsKeepNobodyWaiting(t *testing.T) {
	b, url := servingBlobs(t, httpserver.Config{MaxInFlight: 2, RequestTimeout: time.Millisecond, ReadTimeout: 30 * time.Second, WriteTimeout: 30 * time.Second})
	var ends []*io.PipeWriter
	answers := make(chan int, 2)
	for _, name := range []string{"a", "b"} {
		body, end := io.Pipe()
		ends = append(ends, end)
		go func() {
			response, _ := exchange(t, http.MethodPut, url+"/files/"+name, body)
			answers <- response.StatusCode
		}()
		if _, err := end.Write([]byte("begun ")); err != nil {
			t.Fatal(err)
		}
	}
	for range 10 {
		if response, said := exchange(t, http.MethodGet, url+"/other", nil); response.StatusCode != http.StatusOK {
			t.Errorf("another request: %d %s", response.StatusCode, said)
		}
	}
	// The second one may still be on its way to the server.
	for {
		response, _ := exchange(t, http.MethodPut, url+"/files/c", strings.NewReader("x"))
		if response.StatusCode == http.StatusServiceUnavailable {
			break
		}
	}
	for _, end := range ends {
		_, _ = end.Write([]byte("and ended"))
		_ = end.Close()
	}
	for range ends {
		if status := <-answers; status != http.StatusNoContent {
			t.Errorf("an upload: %d", status)
		}
	}
	blob, err := b.Stat(t.Context(), "a")
	if err != nil || blob.Size != int64(len("begun and ended")) {
		t.Errorf("there is %+v, %v", blob, err)
	}
}

// TestBlobsThatEndEarly shows that neither side takes a part for the whole.
func TestBlobsThatEndEarly(t *testing.T) {
	b, url := servingBlobs(t, httpserver.Config{})
	body, end := io.Pipe()
	go func() {
		_, _ = end.Write(bytes.Repeat([]byte("x"), 1<<20))
		_ = end.CloseWithError(io.ErrUnexpectedEOF)
	}()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, url+"/files/a", body)
	if err != nil {
		t.Fatal(err)
	}
	if response, err := http.DefaultClient.Do(r); err == nil {
		_ = response.Body.Close()
		t.Errorf("half of a request is answered with %d", response.StatusCode)
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		_, err := b.Stat(t.Context(), "a")
		if kit.CodeOf(err) != kit.NotFound {
			t.Fatalf("half of an upload is there: %v", err)
		}
		if b.(*blobs.Blobs).Stats().In.Load() == 1<<20 || time.Now().After(deadline) {
			break
		}
	}
}
