package httpserver

import (
	"net/http"
	"strings"
	"testing"
)

const (
	document = `{"openapi":"3.1.0"}`
	docsPage = `<pre>curl 'http://localhost:8080/notes'</pre>`
)

func withDocument(d *Deps) { d.OpenAPI, d.Docs = []byte(document), []byte(docsPage) }

func TestMetrics(t *testing.T) {
	b := serve(t, Config{}, nil)
	b.do(t, ask{method: "GET", path: "/notes"})
	b.do(t, ask{method: "GET", path: "/notes"})
	b.do(t, ask{method: "GET", path: "/nothing"})
	got := b.do(t, ask{method: "GET", path: "/metrics"})
	for _, want := range []string{
		`http_request_duration_seconds_count{method="GET",route="/notes",status="200"} 2`,
		`http_request_duration_seconds_count{method="any",route="unmatched",status="404"} 1`,
		`http_requests_in_flight 0`,
		`http_connections_open`,
	} {
		if !strings.Contains(got.body, want) {
			t.Errorf("%s is missing in\n%s", want, got.body)
		}
	}
}

func TestDocument(t *testing.T) {
	b := serve(t, Config{}, withDocument)
	got := b.do(t, ask{method: "GET", path: "/openapi.json"})
	if got.status != 200 || got.body != document || got.header.Get("Content-Type") != "application/json" {
		t.Fatalf("got %+v", got)
	}
}

// TestTakenPaths has a service whose handlers want paths of the server's own.
func TestTakenPaths(t *testing.T) {
	b := serve(t, Config{}, withDocument, func(s *Server) {
		for _, pattern := range []string{"GET /metrics", "GET /docs", "/healthz", "POST /readyz"} {
			s.Mount(pattern, Handler(func(*Request) (Response, error) { return Response{Body: []byte(`"mine"`)}, nil }))
		}
	})
	for path, mine := range map[string]bool{
		"/metrics": true, "/docs": true, "/healthz": true, "/readyz": false, "/openapi.json": false,
		"/-/metrics": false, "/-/docs": false, "/-/healthz": false, "/-/readyz": false, "/-/openapi.json": false,
	} {
		got := b.do(t, ask{method: "GET", path: path})
		if got.status != 200 || (got.body == `"mine"`) != mine {
			t.Errorf("%s: %d %.60s", path, got.status, got.body)
		}
	}
}

func TestNothingToServe(t *testing.T) {
	b := serve(t, Config{}, func(d *Deps) { d.Metrics = nil })
	for _, path := range []string{"/metrics", "/docs", "/openapi.json"} {
		if got := b.do(t, ask{method: "GET", path: path}); got.status != 404 {
			t.Errorf("%s: %+v", path, got)
		}
	}
}

func TestDocs(t *testing.T) {
	b := serve(t, Config{}, withDocument)
	got := b.do(t, ask{method: "GET", path: "/docs"})
	if got.status != 200 || got.header.Get("Content-Type") != "text/html; charset=utf-8" ||
		got.body != strings.ReplaceAll(docsPage, "http://localhost:8080", b.url) {
		t.Errorf("got %+v", got)
	}
	if policy := got.header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'; style-src 'unsafe-inline';") {
		t.Errorf("policy %s", policy)
	}
}

func TestDocsBase(t *testing.T) {
	b := serve(t, Config{}, withDocument)
	for host, want := range map[string]string{
		"[::1]:80":     "http://[::1]:80",
		"$(reboot)":    "http://localhost:8080",
		"a'b":          "http://localhost:8080",
		"h.example.co": "https://h.example.co",
	} {
		header := http.Header{"Host": {host}}
		if strings.HasPrefix(want, "https") {
			header.Set("X-Forwarded-Proto", "https")
		}
		got := b.do(t, ask{method: "GET", path: "/docs", header: header})
		if got.status == 400 { // net/http refuses it before
			continue
		}
		if !strings.Contains(got.body, "'"+want+"/notes'") {
			t.Errorf("host %s: %s is missing", host, want)
		}
	}
}
