package blobstest

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/blobs"
	"github.com/outgrowkit/outgrow/templates/kit/httpserver"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
)

// links shows that a link allows its method on its blob, and nothing else.
func links(t *testing.T, b *blobs.Blobs, _ blobs.Driver) {
	s, err := httpserver.New(httpserver.Config{}, httpserver.Deps{Log: slog.New(slog.DiscardHandler)})
	assert.NoError(t, err)
	s.LinkBlobs(b)
	service := httptest.NewServer(s)
	defer service.Close()
	link := func(method, name string) string {
		at, err := b.Link(t.Context(), method, name, time.Hour)
		assert.NoError(t, err)
		if strings.HasPrefix(at, "/") {
			at = service.URL + at
		}
		return at
	}
	up, down := link(http.MethodPut, "a/One"), link(http.MethodGet, "a/One")
	if status, _ := request(t, http.MethodGet, down, ""); status != http.StatusNotFound {
		t.Errorf("GET of nothing: %d", status)
	}
	if status, said := request(t, http.MethodPut, up, "hello"); status/100 != 2 {
		t.Fatalf("PUT: %d %s", status, said)
	}
	holds(t, b, "a/One", []byte("hello"))
	if status, said := request(t, http.MethodGet, down, ""); status != http.StatusOK || said != "hello" {
		t.Errorf("GET: %d %q", status, said)
	}
	put(t, b, "a/Two", []byte("secret"), kit.BlobPut{})
	for about, refused := range map[string][2]string{
		"PUT with the link for GET": {http.MethodPut, down},
		"GET with the link for PUT": {http.MethodGet, up},
		"another name":              {http.MethodGet, strings.Replace(down, "One", "Two", 1)},
		"no signature":              {http.MethodGet, down[:strings.IndexByte(down, '?')]},
		"another signature":         {http.MethodGet, down[:len(down)-1] + string(down[len(down)-1]^1)},
	} {
		if status, said := request(t, refused[0], refused[1], "x"); status != http.StatusForbidden {
			t.Errorf("%s: %d %s", about, status, said)
		}
	}
	holds(t, b, "a/One", []byte("hello"))
	for _, wrong := range []time.Duration{0, -time.Hour, 8 * 24 * time.Hour} {
		_, err := b.Link(t.Context(), http.MethodGet, "a", wrong)
		assert.Code(t, err, kit.Invalid)
	}
	_, err = b.Link(t.Context(), http.MethodDelete, "a", time.Hour)
	assert.Code(t, err, kit.Invalid)
}

func request(t *testing.T, method, url, body string) (status int, said string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	assert.NoError(t, err)
	response, err := http.DefaultClient.Do(r)
	assert.NoError(t, err)
	defer response.Body.Close() //nolint:errcheck // it is only read
	data, err := io.ReadAll(response.Body)
	assert.NoError(t, err)
	return response.StatusCode, string(data)
}
