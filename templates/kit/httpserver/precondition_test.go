package httpserver

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// The rules are those of RFC 9110, sections 13.1 and 13.2.
func TestPreconditions(t *testing.T) {
	const version, other = `"1"`, `"2"`
	milk := `{"text":"milk"}`
	for name, c := range map[string]struct {
		match, noneMatch []string
		get, put, remove int
	}{
		"none":                       {nil, nil, 200, 428, 204},
		"the version":                {[]string{version}, nil, 200, 200, 204},
		"the tag":                    {[]string{"TAG"}, nil, 200, 200, 204},
		"the tag of another build":   {[]string{`"1-00000000"`}, nil, 200, 200, 204},
		"another version":            {[]string{other}, nil, 412, 412, 412},
		"a list":                     {[]string{`"7", "a,b", "1"`}, nil, 200, 200, 204},
		"two lines":                  {[]string{`"7"`, `, "1",,`}, nil, 200, 200, 204},
		"a list of others":           {[]string{`"7", W/"1"`}, nil, 412, 412, 412},
		"any":                        {[]string{`*`}, nil, 200, 200, 204},
		"strong comparison":          {[]string{`W/"1"`}, nil, 412, 412, 412},
		"not a list":                 {[]string{`1`}, nil, 400, 400, 400},
		"half a tag":                 {[]string{`"1", "`}, nil, 400, 400, 400},
		"empty":                      {[]string{``}, nil, 400, 400, 400},
		"none match":                 {nil, []string{other}, 200, 428, 204},
		"one of none":                {nil, []string{`"2", TAG`}, 304, 412, 412},
		"weak comparison":            {nil, []string{`W/TAG`}, 304, 412, 412},
		"body of another build":      {nil, []string{`"1-00000000"`}, 200, 428, 204},
		"none at all":                {nil, []string{`*`}, 304, 412, 412},
		"none is not a list":         {nil, []string{`1`}, 200, 400, 400},
		"both are true":              {[]string{version}, []string{other}, 200, 200, 204},
		"If-Match comes first":       {[]string{other}, []string{`TAG`}, 412, 412, 412},
		"If-None-Match comes second": {[]string{version}, []string{`TAG`}, 304, 412, 412},
	} {
		t.Run(name, func(t *testing.T) {
			for method, want := range map[string]int{"GET": c.get, "HEAD": c.get, "PUT": c.put, "DELETE": c.remove} {
				b := serve(t, Config{}, nil)
				path := "/notes/" + b.create(t, "milk").ID.String()
				tag := b.do(t, ask{method: "GET", path: path}).header.Get("ETag")
				header := http.Header{"If-Modified-Since": {"Fri, 01 Jan 2100 00:00:00 GMT"}, "If-Unmodified-Since": {"Thu, 01 Jan 1970 00:00:00 GMT"}}
				for name, lines := range map[string][]string{"If-Match": c.match, "If-None-Match": c.noneMatch} {
					for _, line := range lines {
						header.Add(name, strings.ReplaceAll(line, "TAG", tag))
					}
				}
				a := ask{method: method, path: path, header: header}
				if method == "PUT" {
					a.body = milk
				}
				got := b.do(t, a)
				if got.status != want {
					t.Errorf("%s: %d, want %d: %s", method, got.status, want, got.body)
				}
				if want == 304 && (got.body != "" || got.header.Get("ETag") != tag) {
					t.Errorf("%s: %+v", method, got)
				}
				if n := len(b.ledger.notes); n != 1 && (method != "DELETE" || want != 204) {
					t.Errorf("%s was refused and has removed the note", method)
				}
			}
		})
	}
}

// A resource that is not there is answered as it is without preconditions.
func TestPreconditionsOfWhatIsGone(t *testing.T) {
	b := serve(t, Config{}, nil)
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		for _, header := range []http.Header{{"If-Match": {`*`}}, {"If-Match": {`"1"`}}, {"If-Match": {`"1"`}, "If-None-Match": {"*"}}} {
			a := ask{method: method, path: "/notes/" + kit.NewUUID().String(), header: header, body: `{"text":"milk"}`}
			if got := b.do(t, a); got.status != 404 {
				t.Errorf("%s, %v: %+v", method, header, got)
			}
		}
	}
}

// What is below a resource is about its state.
func TestPreconditionsBelow(t *testing.T) {
	done := 0
	b := serve(t, Config{}, nil, func(s *Server) {
		s.Post("/notes/{id}/pin", func(*Request) (Response, error) {
			done++
			return Response{Status: http.StatusNoContent}, nil
		})
	})
	path := "/notes/" + b.create(t, "milk").ID.String() + "/pin"
	for tag, want := range map[string]int{`"2"`: 412, `"1"`: 204, `*`: 204} {
		if got := b.do(t, ask{method: "POST", path: path, header: http.Header{"If-Match": {tag}}}); got.status != want {
			t.Errorf("%s: %+v", tag, got)
		}
	}
	if done != 2 {
		t.Errorf("done %d times", done)
	}
}

// Two builds write one version differently: neither confirms the other's body.
func TestTagOfAnotherBody(t *testing.T) {
	fields := ""
	b := serve(t, Config{}, nil, func(s *Server) {
		s.Get("/built", func(*Request) (Response, error) {
			return Response{Version: 3, Body: []byte(`{"a":1` + fields + `}`)}, nil
		})
	})
	tag := b.do(t, ask{method: "GET", path: "/built"}).header.Get("ETag")
	known := http.Header{"If-None-Match": {tag}}
	if got := b.do(t, ask{method: "GET", path: "/built", header: known}); got.status != 304 {
		t.Errorf("the same body: %+v", got)
	}
	fields = `,"b":2`
	if got := b.do(t, ask{method: "GET", path: "/built", header: known}); got.status != 200 || got.header.Get("ETag") == tag {
		t.Errorf("another body: %+v", got)
	}
	if versionOf(tag) != 3 {
		t.Errorf("the version is not in %s", tag)
	}
}

// Callers have keys of their own; the key of one cannot be chosen by another.
func TestKeysOfCallers(t *testing.T) {
	b := serve(t, Config{}, func(d *Deps) {
		d.Middleware = append(d.Middleware, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if who := r.Header.Get("Who"); who != "" {
					r = r.WithContext(WithIdentity(r.Context(), who))
				}
				next.ServeHTTP(w, r)
			})
		})
	})
	seen := map[string]string{}
	for _, who := range []string{"", "ada", "bob", "ada x"} {
		for _, key := range []string{"k", scoped(WithIdentity(context.Background(), "ada"), "k")[3:]} {
			for range 2 {
				a := keyed(key, `{"text":"milk"}`)
				a.header.Set("Who", who)
				got := b.do(t, a)
				if before := seen[who+"\n"+key]; got.status != 201 || before != "" && before != got.body {
					t.Errorf("%q with %s: %+v, before %s", who, key, got, before)
				}
				seen[who+"\n"+key] = got.body
			}
		}
	}
	if n := len(b.ledger.notes); n != len(seen) {
		t.Errorf("%d notes for %d keys of callers", n, len(seen))
	}
}
