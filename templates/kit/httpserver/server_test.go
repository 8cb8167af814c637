package httpserver

import (
	"context"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
)

func TestAnswers(t *testing.T) {
	b := serve(t, Config{}, nil)
	made := b.do(t, ask{method: "POST", path: "/notes", body: `{"text":"milk"}`})
	if made.status != 201 || versionOf(made.header.Get("ETag")) != 1 || made.header.Get("Content-Type") != "application/json" {
		t.Fatalf("POST: %+v", made)
	}
	path := made.header.Get("Location")
	got := b.do(t, ask{method: "GET", path: path})
	if got.status != 200 || got.body != made.body || got.header.Get("Cache-Control") != "private, no-cache" {
		t.Fatalf("GET: %+v", got)
	}
	head := b.do(t, ask{method: "HEAD", path: path})
	if head.status != 200 || head.body != "" || head.header.Get("Content-Length") == "" || head.header.Get("ETag") != made.header.Get("ETag") {
		t.Fatalf("HEAD: %+v", head)
	}
	changed := b.do(t, ask{method: "PUT", path: path, body: `{"text":"bread"}`, header: http.Header{"If-Match": {`"1"`}}})
	if changed.status != 200 || versionOf(changed.header.Get("ETag")) != 2 {
		t.Fatalf("PUT: %+v", changed)
	}
	gone := b.do(t, ask{method: "DELETE", path: path})
	if gone.status != 204 || gone.body != "" || gone.header.Get("Content-Type") != "" {
		t.Fatalf("DELETE: %+v", gone)
	}
	for _, r := range []reply{made, got, head, changed, gone} {
		if r.header.Get("X-Request-Id") == "" || r.header.Get("X-Content-Type-Options") != "nosniff" ||
			!strings.Contains(r.header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("headers that every answer has are missing: %v", r.header)
		}
	}
}

func TestRefused(t *testing.T) {
	b := serve(t, Config{MaxBody: 100}, nil)
	n := b.create(t, "milk")
	there := "/notes/" + n.ID.String()
	gone := "/notes/" + kit.NewUUID().String()
	match := func(tags ...string) http.Header { return http.Header{"If-Match": tags} }
	kind := func(v ...string) http.Header { return http.Header{"Content-Type": v} }
	milk := `{"text":"milk"}`
	for name, c := range map[string]struct {
		ask
		status int
		code   kit.Code
		fields []string
	}{
		"not there":              {ask{"GET", gone, "", nil}, 404, kit.NotFound, nil},
		"not a UUID":             {ask{"GET", "/notes/7", "", nil}, 422, kit.Invalid, []string{"id"}},
		"no such path":           {ask{"GET", "/nothing", "", nil}, 404, kit.NotFound, nil},
		"slash at the end":       {ask{"GET", "/notes/", "", nil}, 404, kit.NotFound, nil},
		"no such method":         {ask{"PATCH", "/notes", "", nil}, 405, kit.Invalid, nil},
		"no tag":                 {ask{"PUT", there, milk, nil}, 428, kit.Invalid, nil},
		"weak tag":               {ask{"PUT", there, milk, match(`W/"1"`)}, 412, kit.Conflict, nil},
		"tag with a sign":        {ask{"PUT", there, milk, match(`"+1"`)}, 412, kit.Conflict, nil},
		"tag with a zero":        {ask{"PUT", there, milk, match(`"01"`)}, 412, kit.Conflict, nil},
		"empty tag":              {ask{"PUT", there, milk, match(`""`)}, 412, kit.Conflict, nil},
		"half a tag":             {ask{"PUT", there, milk, match(`"`)}, 400, kit.Invalid, nil},
		"huge tag":               {ask{"PUT", there, milk, match(`"99999999999999999999"`)}, 412, kit.Conflict, nil},
		"stale tag":              {ask{"PUT", there, milk, match(`"7"`)}, 412, kit.Conflict, nil},
		"tag of what is gone":    {ask{"PUT", gone, milk, match(`"1"`)}, 404, kit.NotFound, nil},
		"no JSON":                {ask{"POST", "/notes", `{"text":`, nil}, 400, kit.Invalid, nil},
		"bad UTF-8":              {ask{"POST", "/notes", "{\"text\":\"\xff\"}", nil}, 400, kit.Invalid, nil},
		"missing field":          {ask{"POST", "/notes", `{}`, nil}, 422, kit.Invalid, []string{"text"}},
		"broken rule":            {ask{"POST", "/notes", `{"text":" "}`, nil}, 422, kit.Invalid, []string{"text"}},
		"too large":              {ask{"POST", "/notes", strings.Repeat(" ", 101), nil}, 413, kit.Invalid, nil},
		"plain text":             {ask{"POST", "/notes", milk, kind("text/plain")}, 415, kit.Invalid, nil},
		"no type":                {ask{"POST", "/notes", milk, kind()}, 415, kit.Invalid, nil},
		"two types":              {ask{"POST", "/notes", milk, kind("application/json", "text/plain")}, 415, kit.Invalid, nil},
		"latin-1":                {ask{"POST", "/notes", milk, kind("application/json; charset=latin1")}, 415, kit.Invalid, nil},
		"malformed type":         {ask{"POST", "/notes", milk, kind("application/json; =")}, 415, kit.Invalid, nil},
		"compressed":             {ask{"POST", "/notes", milk, http.Header{"Content-Encoding": {"gzip"}}}, 415, kit.Invalid, nil},
		"no body":                {ask{"POST", "/notes", "", kind("application/json")}, 400, kit.Invalid, nil},
		"blank key":              {ask{"POST", "/notes", milk, http.Header{"Idempotency-Key": {""}}}, 400, kit.Invalid, nil},
		"key with a space":       {ask{"POST", "/notes", milk, http.Header{"Idempotency-Key": {"a b"}}}, 400, kit.Invalid, nil},
		"long key":               {ask{"POST", "/notes", milk, http.Header{"Idempotency-Key": {strings.Repeat("a", 256)}}}, 400, kit.Invalid, nil},
		"two keys":               {ask{"POST", "/notes", milk, http.Header{"Idempotency-Key": {"a", "b"}}}, 400, kit.Invalid, nil},
		"too large, with a key":  {ask{"POST", "/notes", strings.Repeat(" ", 101), http.Header{"Idempotency-Key": {"a"}}}, 413, kit.Invalid, nil},
		"limit is no number":     {ask{"GET", "/notes?limit=many", "", nil}, 422, kit.Invalid, []string{"limit"}},
		"limit is zero":          {ask{"GET", "/notes?limit=0", "", nil}, 422, kit.Invalid, []string{"limit"}},
		"limit is too large":     {ask{"GET", "/notes?limit=201", "", nil}, 422, kit.Invalid, []string{"limit"}},
		"limit is huge":          {ask{"GET", "/notes?limit=99999999999999999999", "", nil}, 422, kit.Invalid, []string{"limit"}},
		"limit is empty":         {ask{"GET", "/notes?limit=", "", nil}, 422, kit.Invalid, []string{"limit"}},
		"two limits":             {ask{"GET", "/notes?limit=1&limit=2", "", nil}, 422, kit.Invalid, []string{"limit"}},
		"after is no cursor":     {ask{"GET", "/notes?after=", "", nil}, 422, kit.Invalid, []string{"after"}},
		"unknown parameters":     {ask{"GET", "/notes?limt=1&aftr=2", "", nil}, 422, kit.Invalid, []string{"aftr", "limt"}},
		"all wrong at once":      {ask{"GET", "/notes?limit=x&after=&z=1", "", nil}, 422, kit.Invalid, []string{"limit", "after", "z"}},
		"unreadable query":       {ask{"GET", "/notes?limit=%zz", "", nil}, 400, kit.Invalid, nil},
		"missing parameter":      {ask{"GET", "/notes/find", "", nil}, 422, kit.Invalid, []string{"text"}},
		"parameter is not UTF-8": {ask{"GET", "/notes/find?text=%ff", "", nil}, 422, kit.Invalid, []string{"text"}},
		"parameter with NUL":     {ask{"GET", "/notes/find?text=%00", "", nil}, 422, kit.Invalid, []string{"text"}},
		"one of many is wrong":   {ask{"GET", "/notes/find?text=a&length=1&length=x", "", nil}, 422, kit.Invalid, []string{"length"}},
		"given twice":            {ask{"GET", "/notes/find?text=a&text=b", "", nil}, 422, kit.Invalid, []string{"text"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := b.do(t, c.ask)
			p := got.problem(t)
			if got.status != c.status || p.Status != c.status || p.Code != c.code {
				t.Fatalf("got %d, %+v; want %d, %s", got.status, p, c.status, c.code)
			}
			var fields []string
			for _, f := range p.Errors {
				fields = append(fields, f.Field)
			}
			if !reflect.DeepEqual(fields, c.fields) {
				t.Errorf("fields %v, want %v", fields, c.fields)
			}
			if p.Detail == "" || p.Title == "" || p.Type != "about:blank" || p.RequestID != got.header.Get("X-Request-Id") {
				t.Errorf("the problem is incomplete: %+v", p)
			}
		})
	}
	if n := len(b.ledger.notes); n != 1 {
		t.Errorf("%d notes after refused requests, want 1", n)
	}
}

// TestTooLargeCloses shows that the rest of a large body is not read.
func TestTooLargeCloses(t *testing.T) {
	b := serve(t, Config{MaxBody: 100}, nil)
	got, err := http.Post(b.url+"/notes", "application/json", strings.NewReader(strings.Repeat(" ", 1000)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = got.Body.Close() }()
	if got.StatusCode != 413 || !got.Close {
		t.Errorf("got %s, which closes the connection: %v", got.Status, got.Close)
	}
}

// TestUncleanPaths shows that a redirect keeps the method and the body.
func TestUncleanPaths(t *testing.T) {
	b := serve(t, Config{}, nil)
	for path, want := range map[string]string{"/notes//x": "/notes/x", "/notes/../notes": "/notes"} {
		got := b.do(t, ask{method: "PUT", path: path, body: `{"text":"milk"}`})
		if got.status != 307 || got.header.Get("Location") != want {
			t.Errorf("%s: %+v", path, got)
		}
	}
}

func TestAllow(t *testing.T) {
	b := serve(t, Config{}, nil)
	for path, want := range map[string]string{
		"/notes":   "GET, HEAD, POST",
		"/notes/x": "GET, HEAD, PUT, DELETE",
		// Other methods match /notes/{id}, and are refused since this is not a UUID:
		"/notes/find": "GET, HEAD, PUT, DELETE",
		"/docs":       "",
		"/healthz":    "GET, HEAD",
		"/-/readyz":   "GET, HEAD",
	} {
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"} {
			got := b.do(t, ask{method: method, path: path})
			switch {
			case strings.Contains(want, method):
				if got.status == 405 {
					t.Errorf("%s %s: %d", method, path, got.status)
				}
			case got.header.Get("Allow") != want || (got.status == 405) != (want != ""):
				t.Errorf("%s %s: %d, Allow %q; want %q", method, path, got.status, got.header.Get("Allow"), want)
			}
		}
	}
}

// TestErrors maps every error that a handler can return.
func TestErrors(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		match  bool
		status int
		code   kit.Code
	}{
		"not found":       {kit.Errorf(kit.NotFound, "m"), false, 404, kit.NotFound},
		"already exists":  {kit.Errorf(kit.AlreadyExists, "m"), false, 409, kit.AlreadyExists},
		"conflict":        {kit.Errorf(kit.Conflict, "m"), false, 409, kit.Conflict},
		"precondition":    {kit.Errorf(kit.Conflict, "m"), true, 412, kit.Conflict},
		"invalid":         {kit.Errorf(kit.Invalid, "m"), false, 422, kit.Invalid},
		"unauthenticated": {kit.Errorf(kit.Unauthenticated, "m"), false, 401, kit.Unauthenticated},
		"unauthorized":    {kit.Errorf(kit.Unauthorized, "m"), false, 403, kit.Unauthorized},
		"overloaded":      {kit.Errorf(kit.Overloaded, "m"), false, 503, kit.Overloaded},
		"unavailable":     {kit.Wrap(kit.Unavailable, errDisk, "m"), false, 503, kit.Unavailable},
		"internal":        {kit.Wrap(kit.Internal, errDisk, "m"), false, 500, kit.Internal},
		"unknown":         {errDisk, false, 500, kit.Internal},
		"deadline":        {context.DeadlineExceeded, false, 503, kit.Unavailable},
		"problem":         {malformed("m", errDisk), false, 400, kit.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			b := serve(t, Config{}, nil, func(s *Server) {
				s.Get("/fails", func(*Request) (Response, error) { return Response{}, c.err })
			})
			a := ask{method: "GET", path: "/fails"}
			if c.match {
				a.header = http.Header{"If-Match": {`"1"`}}
			}
			got := b.do(t, a)
			p := got.problem(t)
			if got.status != c.status || p.Code != c.code {
				t.Fatalf("got %d %s, want %d %s", got.status, p.Code, c.status, c.code)
			}
			if (got.header.Get("Retry-After") != "") != (c.status == 503) {
				t.Errorf("Retry-After %q", got.header.Get("Retry-After"))
			}
			if strings.Contains(got.body, "disk") {
				t.Errorf("the cause was sent: %s", got.body)
			}
			if kit.CodeOf(c.err) == kit.Internal && !strings.Contains(b.log.String(), "disk") && name != "deadline" {
				t.Errorf("the cause was not logged: %s", b.log)
			}
		})
	}
}

func TestPanic(t *testing.T) {
	b := serve(t, Config{}, nil, func(s *Server) {
		s.Get("/panics", func(*Request) (Response, error) { panic(errDisk) })
		s.Mount("GET /plain/panics", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(errDisk) }))
	})
	for _, path := range []string{"/panics", "/plain/panics"} {
		got := b.do(t, ask{method: "GET", path: path})
		if p := got.problem(t); got.status != 500 || p.Code != kit.Internal || strings.Contains(got.body, "disk") {
			t.Errorf("%s: %+v", path, got)
		}
	}
	if log := b.log.String(); strings.Count(log, errDisk.Error()) != 2 || !strings.Contains(log, "server_test.go") {
		t.Errorf("want each panic in the log once, with its stack:\n%s", log)
	}
	if free := len(b.admission.slots); free != 0 {
		t.Errorf("%d places are still taken", free)
	}
}

func TestPlain(t *testing.T) {
	b := serve(t, Config{MaxBody: 10}, nil, func(s *Server) {
		s.Mount("POST /plain/{name}", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if RequestID(r.Context()) == "" {
				t.Error("the context does not know the request's identifier")
			}
			buf := make([]byte, 100)
			if _, err := r.Body.Read(buf); err != nil && err.Error() == "http: request body too large" {
				w.WriteHeader(http.StatusRequestEntityTooLarge)
				return
			}
			_, _ = w.Write([]byte("hello " + r.PathValue("name")))
		}))
		s.Mount("GET /plain/half", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusAccepted)
			panic(errDisk)
		}))
	})
	if got := b.do(t, ask{method: "POST", path: "/plain/ada", body: "x"}); got.status != 200 || got.body != "hello ada" {
		t.Errorf("got %+v", got)
	}
	if got := b.do(t, ask{method: "POST", path: "/plain/ada", body: strings.Repeat("x", 100)}); got.status != 413 {
		t.Errorf("got %+v", got)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+"/plain/half", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := http.DefaultClient.Do(r); err == nil {
		_ = got.Body.Close()
		t.Error("half an answer passes for a whole one")
	}
}

func TestAccessLog(t *testing.T) {
	b := serve(t, Config{}, nil)
	b.do(t, ask{method: "GET", path: "/notes/7", header: http.Header{"X-Request-Id": {"from-outside"}}})
	b.do(t, ask{method: "GET", path: "/nothing", header: http.Header{"X-Request-Id": {"forged\" line"}}})
	b.do(t, ask{method: "GET", path: "/healthz"})
	log := b.log.String()
	for _, want := range []string{
		`"msg":"request","route":"GET /notes/{id}","path":"/notes/7","status":422,"duration":`,
		`"request_id":"from-outside","error":"invalid path: id must be a UUID"`,
		`"route":"unmatched","path":"/nothing","status":404`,
		`"method":"GET"`,
	} {
		if !strings.Contains(log, want) {
			t.Errorf("%s is missing in\n%s", want, log)
		}
	}
	if strings.Contains(log, "forged") || strings.Contains(log, "healthz") {
		t.Errorf("the log holds what it should not:\n%s", log)
	}
}

func TestCrossOrigin(t *testing.T) {
	from := func(origin string) http.Header {
		return http.Header{"Origin": {origin}, "Access-Control-Request-Method": {"PUT"}}
	}
	none := serve(t, Config{}, nil)
	if got := none.do(t, ask{method: "OPTIONS", path: "/notes", header: from("https://a.example")}); got.status != 405 ||
		got.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("with no origin allowed: %+v", got)
	}
	b := serve(t, Config{AllowOrigins: []string{"https://a.example"}}, nil)
	asked := b.do(t, ask{method: "OPTIONS", path: "/notes", header: from("https://a.example")})
	if asked.status != 204 || asked.header.Get("Access-Control-Allow-Origin") != "https://a.example" ||
		!strings.Contains(asked.header.Get("Access-Control-Allow-Methods"), "PUT") {
		t.Errorf("preflight: %+v", asked)
	}
	if got := b.do(t, ask{method: "GET", path: "/notes", header: from("https://a.example")}); got.status != 200 ||
		got.header.Get("Access-Control-Allow-Origin") != "https://a.example" || got.header.Get("Vary") != "Origin" {
		t.Errorf("request: %+v", got)
	}
	if got := b.do(t, ask{method: "GET", path: "/notes", header: from("https://b.example")}); got.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("another origin: %+v", got)
	}
}

func TestNewRefuses(t *testing.T) {
	b := serve(t, Config{}, nil)
	if _, err := New(Config{}, b.deps); kit.CodeOf(err) != kit.Invalid {
		t.Errorf("metrics that are registered already: %v, want Invalid", err)
	}
}
