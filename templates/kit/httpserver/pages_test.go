package httpserver

import (
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

func sample(t testing.TB) []byte {
	t.Helper()
	document, err := os.ReadFile("testdata/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	return document
}

func withDocument(document []byte) func(*Deps) {
	return func(d *Deps) { d.OpenAPI = document }
}

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
	b := serve(t, Config{}, withDocument(sample(t)))
	got := b.do(t, ask{method: "GET", path: "/openapi.json"})
	if got.status != 200 || got.body != string(sample(t)) || got.header.Get("Content-Type") != "application/json" {
		t.Fatalf("got %+v", got)
	}
	again := b.do(t, ask{method: "GET", path: "/openapi.json", header: http.Header{"If-None-Match": {got.header.Get("ETag")}}})
	if again.status != 304 || again.body != "" {
		t.Errorf("got %+v", again)
	}
}

// TestTakenPaths has a service whose handlers want paths of the server's own.
func TestTakenPaths(t *testing.T) {
	b := serve(t, Config{}, withDocument(sample(t)), func(s *Server) {
		for _, pattern := range []string{"GET /metrics", "GET /docs", "/healthz", "POST /readyz"} {
			s.Handle(pattern, func(*Request) (Response, error) { return Response{Body: []byte(`"mine"`)}, nil })
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
	b := serve(t, Config{}, func(d *Deps) { d.Gather, d.Metrics = nil, nil })
	for _, path := range []string{"/metrics", "/docs", "/openapi.json"} {
		if got := b.do(t, ask{method: "GET", path: path}); got.status != 404 {
			t.Errorf("%s: %+v", path, got)
		}
	}
}

func TestDocs(t *testing.T) {
	b := serve(t, Config{}, withDocument(sample(t)))
	got := b.do(t, ask{method: "GET", path: "/docs", header: http.Header{"Host": {"shop.example.com:8080"}}})
	if got.status != 200 || got.header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("got %+v", got)
	}
	if policy := got.header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'; style-src 'sha256-") {
		t.Errorf("policy %s", policy)
	}
	for _, want := range []string{
		"<title>shop 1.2.3</title>",
		"Update an order",
		`<span class="method PUT">PUT</span><code>/orders/{id}</code>`,
		`<a href="#schema-Order">Order</a>`,
		`id="schema-Order"`,
		"list of ",
		"draft | paid | sent",
		"map from string to number",
		"default 50",
		"deprecated",
		"curl -X PUT &#39;http://shop.example.com:8080/orders/0198c0f2-7d6e-7a3b-8c4d-5e6f70819203&#39;",
		"-H &#39;If-Match: &#34;1&#34;&#39;",
		`Ada O&#39;\&#39;&#39;Hara`,
		"/parcels/by-carrier?carrier=…",
		"Retry-After",
	} {
		if !strings.Contains(got.body, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if loads := regexp.MustCompile(`(?i)<(script|link|img|iframe|object|embed|form)\b|@import|url\(|\b(src|style|on[a-z]+)=`).FindString(got.body); loads != "" {
		t.Errorf("the page loads or runs something: %s", loads)
	}
	for _, link := range regexp.MustCompile(`href="#([^"]*)"`).FindAllStringSubmatch(got.body, -1) {
		if !strings.Contains(got.body, `id="`+link[1]+`"`) {
			t.Errorf("the link to %s leads nowhere", link[1])
		}
	}
}

func TestDocsBase(t *testing.T) {
	b := serve(t, Config{}, withDocument(sample(t)))
	for host, want := range map[string]string{
		"[::1]:80":     "http://[::1]:80",
		"$(reboot)":    "http://localhost",
		"a'b":          "http://localhost",
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
		if !strings.Contains(got.body, "<code>"+want+"</code>") {
			t.Errorf("host %s: %s is missing", host, want)
		}
	}
}

func TestHostileDocument(t *testing.T) {
	evil := `<script>alert(1)</script>"'` + "`"
	quoted, err := json.Marshal(evil)
	if err != nil {
		t.Fatal(err)
	}
	document := strings.ReplaceAll(`{"info":{"title":X,"description":X},"tags":[{"name":X,"description":X}],
		"paths":{X:{"get":{"summary":X,"operationId":X,"tags":[X],"parameters":[{"name":X,"in":X,"schema":{"type":X,"enum":[X]}}],
		"requestBody":{"content":{X:{"example":{X:X}}}},"responses":{X:{"description":X,"content":{X:{"schema":{"$ref":X}}}}}}}},
		"components":{"schemas":{X:{"type":"object","properties":{X:{"type":"string","format":X,"pattern":X,"example":X}}}}}}`,
		"X", string(quoted))
	d, err := newDocs(Deps{OpenAPI: []byte(document)})
	if err != nil {
		t.Fatal(err)
	}
	page, err := d.render("http://x")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(page), "<script") {
		t.Errorf("the document runs:\n%s", page)
	}
}

// FuzzDocs renders whatever is JSON, and what refers to itself.
func FuzzDocs(f *testing.F) {
	f.Add(sample(f))
	f.Add([]byte(`{"paths":{"/a":{"$ref":"#/paths/~1a","get":7},"/b":{"get":{"parameters":[7,{"$ref":"#/x"}],"responses":{"":{},"2":{"content":{"a":7}}}}}}}`))
	f.Add([]byte(`{"components":{"schemas":{"A":{"$ref":"#/components/schemas/A"},"B":{"allOf":[{"$ref":"#/components/schemas/B"}]},"C":{"items":{"$ref":"#/components/schemas/C"},"type":"array"}}}}`))
	f.Add([]byte(`{"components":{"schemas":{"D":{"oneOf":[{"anyOf":[{"const":1}]},{}]},"E":{"type":["array","null",7],"items":[]},"F":{"examples":[{}],"minimum":-1}}}}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		d, err := newDocs(Deps{OpenAPI: document})
		if err != nil {
			return
		}
		if _, err := d.render("http://x"); err != nil {
			t.Error(err)
		}
	})
}
